//! The figures as tables, the same on the terminal and in the documents.

use crate::bill::{Bill, Tariff, Units};
use crate::counted::{Counted, Function};
use crate::figures::{Figures, Line, largest_of};
use crate::term::Term;
use std::fmt::Write;

/// A table in Markdown, its columns aligned.
#[must_use]
pub fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        widest.max(heads[column].chars().count()).max(3)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let mut text = String::new();
    let mut line = |cells: &[String]| {
        text.push('|');
        for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 => write!(text, " {cell:<width$} |"),
                _ => write!(text, " {cell:>width$} |"),
            };
        }
        text.push('\n');
    };
    line(
        &heads
            .iter()
            .map(|head| (*head).to_owned())
            .collect::<Vec<_>>(),
    );
    let rule = widths
        .iter()
        .enumerate()
        .map(|(column, width)| match column {
            0 => "-".repeat(*width),
            _ => format!("{}:", "-".repeat(width - 1)),
        });
    line(&rule.collect::<Vec<_>>());
    rows.iter().for_each(|row| line(row));
    text
}

/// Dollars for a million of something.
fn million(usd: f64) -> String {
    format!("{:.2}", usd * 1e6)
}

/// Terms that stand in columns of their own; the others are added up.
const COLUMNS: [(&str, &[Term]); 10] = [
    ("API", &[Term::Api]),
    ("invocations", &[Term::Invocations]),
    ("Lambda time", &[Term::LambdaTime]),
    ("writes", &[Term::Writes]),
    ("index writes", &[Term::IndexWrites]),
    ("reads", &[Term::Reads]),
    ("queues", &[Term::Queues]),
    ("logs", &[Term::Logs, Term::KeptLogs]),
    ("storage", &[Term::Storage, Term::Recovery]),
    ("internet", &[Term::Transfer]),
];

/// Dollars per million of each journey, by term.
#[must_use]
pub fn dollars(figures: &Figures) -> String {
    let mut heads = vec!["dollars per million"];
    heads.extend(COLUMNS.iter().map(|(head, _)| *head));
    heads.extend(["rest", "all"]);
    let of = |terms: &[Term], bill: &Bill| {
        let of_one = |term: &Term| bill.terms.get(term).copied().unwrap_or(0.0);
        terms.iter().map(of_one).sum::<f64>()
    };
    let row = |line: &Line| {
        let columns = COLUMNS.iter().map(|(_, terms)| of(terms, &line.bill));
        let columns: Vec<f64> = columns.collect();
        let rest = line.bill.total - columns.iter().sum::<f64>();
        let mut cells = vec![line.title.to_owned()];
        cells.extend(columns.iter().map(|usd| million(*usd)));
        cells.extend([million(rest), million(line.bill.total)]);
        cells
    };
    table(
        &heads,
        &figures.journeys.iter().map(row).collect::<Vec<_>>(),
    )
}

/// What was counted.
#[must_use]
pub fn counts(figures: &Figures) -> String {
    let heads = [
        "counted for one",
        "API requests",
        "checkout",
        "notify",
        "capture",
        "sweep",
        "AWS calls",
        "calls to POP",
        "write units",
        "index units",
        "read units",
        "queue requests",
        "log bytes",
        "bytes kept",
        "bytes out",
        "billed ms",
    ];
    let row = |line: &Line| {
        let mut cells = vec![line.title.to_owned(), whole(line.units.of(Term::Api))];
        cells.extend(Function::ALL.map(|function| line.invocations_of(function).to_string()));
        let all = &line.counted;
        let pop = all
            .calls
            .get(&crate::counted::Call::Pop)
            .copied()
            .unwrap_or(0);
        let calls = all.calls.values().sum::<u64>() - pop;
        cells.extend([calls.to_string(), pop.to_string()]);
        let units = [all.write_units, all.index_units, all.read_units];
        cells.extend(units.map(|units| format!("{units:.1}")));
        cells.push(whole(line.units.of(Term::Queues)));
        cells.push(all.log_bytes.to_string());
        cells.push(whole(line.stored_bytes));
        cells.push(all.bytes_out.to_string());
        cells.push(whole(line.billed_ms));
        cells
    };
    table(
        &heads,
        &figures.journeys.iter().map(row).collect::<Vec<_>>(),
    )
}

fn whole(number: f64) -> String {
    format!("{number:.0}")
}

/// The three largest terms of each journey, and of the mix.
#[must_use]
pub fn largest(figures: &Figures) -> String {
    let row = |title: &str, bill: &Bill| {
        let mut cells = vec![title.to_owned()];
        cells.extend(largest_of(bill));
        cells.resize(4, String::new());
        cells
    };
    let journeys = figures
        .journeys
        .iter()
        .map(|line| row(line.title, &line.bill));
    let mut rows: Vec<_> = journeys.collect();
    rows.push(row("**the mix below**", &figures.mix));
    table(&["largest terms", "first", "second", "third"], &rows)
}

/// An idle month by term.
#[must_use]
pub fn idle(units: &Units, bill: &Bill) -> String {
    let row = |(term, usd): (Term, f64)| {
        let counted = units.of(term);
        let counted = match counted < 1.0 {
            true => format!("{counted:.3}"),
            false => whole(counted),
        };
        vec![term.title().to_owned(), counted, format!("{usd:.3}")]
    };
    let mut rows: Vec<_> = bill.largest(usize::MAX).into_iter().map(row).collect();
    rows.push(vec![
        "all".into(),
        String::new(),
        format!("{:.3}", bill.total),
    ]);
    table(&["an idle month", "units", "dollars"], &rows)
}

/// The mix, if something were otherwise.
#[must_use]
pub fn alternatives(figures: &Figures) -> String {
    let now = figures.mix.total;
    let row = |title: &str, total: f64| {
        let change = 100.0 * (total - now) / now;
        vec![title.to_owned(), million(total), format!("{change:+.1} %")]
    };
    let others = figures.alternatives.iter();
    let others = others.map(|other| row(other.title, other.total));
    let rows: Vec<_> = std::iter::once(row("as it is", now))
        .chain(others)
        .collect();
    table(
        &["a payment of the mix", "dollars per million", "change"],
        &rows,
    )
}

/// What is assumed, and where it comes from.
#[must_use]
pub fn assumptions(tariff: &Tariff, empty_sweep: &Counted) -> String {
    let durations = &tariff.durations;
    let mut text = String::new();
    for (what, source) in durations.sources() {
        let _ = writeln!(text, "- {what}: {source}");
    }
    let ms = tariff.warm_ms(Function::Sweep, empty_sweep);
    let _ = writeln!(text, "- an empty sweep: {ms:.0} ms billed");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [
            vec!["a".to_owned(), "1.50".to_owned()],
            vec!["longer".to_owned(), "12".to_owned()],
        ];
        let text = table(&["what", "usd"], &rows);
        let want = "| what   |  usd |\n| ------ | ---: |\n| a      | 1.50 |\n| longer |   12 |\n";
        assert_eq!(text, want);
    }
}
