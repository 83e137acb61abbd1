//! The figures: for people, for machines and for the page of figures.

use crate::boundary::Verdict;
use crate::day::DayReport;
use crate::journey::{card_numbers, journeys};
use crate::scan::{Leak, Place, Rules, Scan, planted};
use crate::shown::{TOKEN, everything_shown};
use crate::values::{card_token, secrets};
use serde::Serialize;
use std::fmt::Write as _;

/// What a run found.
#[derive(Debug, Default, Serialize)]
pub struct Figures {
    /// Ways that payments go.
    pub journeys: u64,
    /// Faults that each of them was put under.
    pub faults: u64,
    /// Payments made.
    pub payments: u64,
    /// Requests with card data where they do not belong.
    pub misplaced: u64,
    /// HTTP answers searched.
    pub answers: u64,
    /// Panics caught whose text held card data and keys.
    pub panics: u64,
    /// Secrets looked for, card tokens and page tokens of each day aside.
    pub secrets: u64,
    /// Card tokens that the provider gave out.
    pub card_tokens: u64,
    /// Shapes in which the secrets are looked for.
    pub forms: u64,
    /// By place: pieces and bytes.
    pub searched: Vec<(Place, u64, u64)>,
    /// All bytes.
    pub bytes: u64,
    /// Secrets planted where they do not belong, to try the search.
    pub planted: u64,
    /// Those that the search missed.
    pub missed: Vec<String>,
    /// Cases that must not compile.
    pub must_not_compile: u64,
    /// Cases that behaved otherwise than they must, with what the compiler said.
    pub wrongly_compiled: Vec<String>,
    /// What was found.
    pub leaks: Vec<Leak>,
    #[serde(skip)]
    scan: Scan,
}

impl Figures {
    /// Takes in a day.
    pub fn add_day(&mut self, day: DayReport) {
        self.payments += day.payments as u64;
        self.answers += day.answers.values().sum::<u64>();
        self.panics += day.panics as u64;
        self.card_tokens += day.card_tokens as u64;
        self.add_scan(day.scan);
    }

    /// Takes in another search.
    pub fn add_scan(&mut self, scan: Scan) {
        self.scan.add(scan);
        let places = self.scan.searched.iter();
        self.searched = places
            .map(|(place, (count, bytes))| (*place, *count, *bytes))
            .collect();
        self.bytes = self.searched.iter().map(|(_, _, bytes)| bytes).sum();
        self.leaks.clone_from(&self.scan.leaks);
    }

    /// Plants secrets to see that the search finds them, and searches what values print.
    pub fn try_the_search(&mut self) {
        let numbers = card_numbers();
        (self.planted, self.missed) = planted(&numbers);
        let rules = Rules::new(&numbers, vec![card_token(TOKEN)]);
        self.journeys = journeys().len() as u64;
        self.secrets = secrets(&numbers).len() as u64;
        self.forms = rules.forms() as u64;
        let mut scan = Scan::default();
        scan.search(&rules, &everything_shown());
        self.add_scan(scan);
    }

    /// Takes in what the compiler said.
    pub fn add_verdict(&mut self, verdict: Verdict) {
        self.must_not_compile = verdict.cases;
        self.wrongly_compiled = verdict.wrong;
    }

    /// Whether nothing leaked, and the search and the compiler notice what they must.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.leaks.is_empty() && self.missed.is_empty() && self.wrongly_compiled.is_empty()
    }

    /// The section of the page of figures.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "`cargo secrets --write-docs` ran {} ways of a payment under {} faults each ({} combinations, {} payments), with\n\
             card data, keys and personal data that can be recognised, through all four functions and a provider over HTTP; and\n\
             sent {} requests with card data in paths, queries, headers, wrong fields and broken bodies. Faults: each fault of\n\
             the provider's answers and habits, the table refusing or losing answers at each stage, queues refusing, and panics\n\
             whose text holds card data and keys ({} of them).\n\n",
            self.journeys,
            self.faults,
            self.journeys * self.faults,
            self.payments,
            thousands(self.misplaced),
            thousands(self.panics),
        );
        let _infallible = write!(
            text,
            "Then it searched all that was written for {} secrets and {} card tokens, each in every shape (grouped, escaped,\n\
             percent-encoded, hexadecimal, base64 at each alignment, lists of bytes; keys by their pieces; {} shapes).\n\n\
             | searched | pieces | bytes |\n|---|---:|---:|\n",
            self.secrets,
            self.card_tokens,
            thousands(self.forms),
        );
        for (place, count, bytes) in &self.searched {
            let (count, bytes) = (thousands(*count), thousands(*bytes));
            let _infallible = writeln!(text, "| {} | {count} | {bytes} |", place.words());
        }
        let _infallible = write!(
            text,
            "\n| figure | |\n|---|---:|\n\
             | bytes searched | {} |\n\
             | leaks found | {} |\n\
             | secrets planted in each place, to try the search | {} |\n\
             | of these missed | {} |\n\
             | copies, prints, writes and stores of card types that must not compile | {} |\n\
             | of these that compile, or fail for another reason | {} |\n",
            thousands(self.bytes),
            self.leaks.len(),
            thousands(self.planted),
            self.missed.len(),
            self.must_not_compile,
            self.wrongly_compiled.len(),
        );
        text
    }
}

/// 1234567 as 1,234,567.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }

    #[test]
    fn a_leak_a_missed_plant_and_a_case_that_compiles_each_break_it() {
        assert!(Figures::default().holds());
        let leak = Leak {
            secret: "card number".into(),
            form: "as it is",
            place: Place::Log,
            what: "the log".into(),
        };
        for broken in [
            Figures {
                leaks: vec![leak],
                ..Figures::default()
            },
            Figures {
                missed: vec!["x".into()],
                ..Figures::default()
            },
            Figures {
                wrongly_compiled: vec!["x".into()],
                ..Figures::default()
            },
        ] {
            assert!(!broken.holds());
        }
    }
}
