//! Many seeds: reports of undisturbed books agree with the rows, and of disturbed ones everything is found.

use crate::books::{self, BothBooks};
use crate::found::{Found, Told, reconcile};
use serde::Serialize;
use simulator::reports::{Discrepancy, Form, Generation, ReportOptions, write};
use std::collections::BTreeMap;

/// How often something was seeded, and not found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tries {
    /// Seeded.
    pub seeded: u64,
    /// Of that not found, or found as something else.
    pub missed: u64,
}

/// What became of many seeds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Seeds {
    /// How many.
    pub seeds: u64,
    /// Payments in all worlds.
    pub payments: u64,
    /// Files, with and without discrepancies.
    pub files: u64,
    /// Lines of them.
    pub lines: u64,
    /// By kind.
    pub kinds: BTreeMap<String, Tries>,
    /// Findings that nothing was seeded for.
    pub invented: u64,
    /// What went wrong, in words.
    pub wrong: Vec<String>,
}

/// Other reports for each seed: generation, form, unit, parts, currency of the settlement.
#[must_use]
pub fn options(seed: u64) -> ReportOptions {
    let pick = |below: u64, every: u64| usize::try_from(seed / every % below).unwrap_or(0);
    let currencies = [None, Some("USD"), Some("JPY"), Some("KWD")];
    ReportOptions {
        seed,
        generation: [Generation::B, Generation::A, Generation::C][pick(3, 1)],
        form: [Form::Csv, Form::Csv, Form::Csv, Form::Xlsx][pick(4, 3)],
        minor: pick(2, 2) == 1,
        dressed: pick(2, 1) == 1,
        lines_per_file: [10_000, 7][pick(2, 4)],
        settlement_currency: currencies[pick(4, 1)].map(str::to_owned),
        late: 10,
        empty_batch: true,
        ..ReportOptions::default()
    }
}

/// Runs one seed: first without, then with everything that can be wrong.
#[must_use]
pub fn run(seed: u64) -> Seeds {
    let both = books::run(seed);
    let calm = options(seed);
    let wrong = ReportOptions {
        wrong: Discrepancy::ALL.to_vec(),
        batch_lines: true,
        ..calm.clone()
    };
    let mut seeds = Seeds {
        seeds: 1,
        payments: both.rows.len() as u64,
        ..Seeds::default()
    };
    for options in [calm, wrong] {
        let found = found(&both, &options);
        seeds.take(&found, seed, &options);
    }
    seeds
}

fn found(both: &BothBooks, options: &ReportOptions) -> Found {
    let set = write(&both.books.payments, options).unwrap();
    reconcile(both, &set, options, books::end())
}

impl Seeds {
    fn take(&mut self, found: &Found, seed: u64, options: &ReportOptions) {
        self.files += found.statement.files.len() as u64;
        self.lines += found
            .statement
            .files
            .iter()
            .map(|file| file.lines)
            .sum::<u64>();
        for (kind, ..) in &found.seeded {
            self.kinds.entry(kind.clone()).or_default().seeded += 1;
        }
        let (missed, invented) = (found.missed(), found.invented());
        for (kind, ..) in &missed {
            self.kinds.entry(kind.clone()).or_default().missed += 1;
        }
        self.invented += invented.len() as u64;
        let words = |what: &str, (kind, report, id): &Told| {
            format!(
                "seed {seed} {:?}: {what} {kind} {report:?} {id}",
                options.generation
            )
        };
        self.wrong
            .extend(missed.iter().map(|told| words("missed", told)));
        self.wrong
            .extend(invented.iter().map(|told| words("invented", told)));
    }

    /// Together with others.
    pub fn add(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.payments += other.payments;
        self.files += other.files;
        self.lines += other.lines;
        self.invented += other.invented;
        self.wrong.extend(other.wrong);
        for (kind, tries) in other.kinds {
            let sum = self.kinds.entry(kind).or_default();
            sum.seeded += tries.seeded;
            sum.missed += tries.missed;
        }
    }

    /// Whether everything was found and nothing invented.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.wrong.is_empty()
    }

    /// The section of docs/reconciliation.md.
    #[must_use]
    pub fn markdown(&self) -> String {
        let seeded: u64 = self.kinds.values().map(|tries| tries.seeded).sum();
        let missed: u64 = self.kinds.values().map(|tries| tries.missed).sum();
        let mut text = format!(
            "`cargo reconcile-check --part seeds --write-docs`\n\n\
             {} seeds: {} payments through the four functions in simulated time, {} files with {} lines in three \
             generations, as CSV and workbooks, in major and minor units, paid out in four currencies. Without \
             discrepancies: 0 findings. With them: {seeded} seeded, {missed} missed, {} invented.\n\n\
             | kind | seeded | missed |\n|---|---:|---:|\n",
            self.seeds, self.payments, self.files, self.lines, self.invented
        );
        for (kind, Tries { seeded, missed }) in &self.kinds {
            text += &format!("| `{kind}` | {seeded} | {missed} |\n");
        }
        text
    }
}
