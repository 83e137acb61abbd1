//! Many seeds: reports of undisturbed books agree with the rows, and of disturbed ones everything is found.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use reconcile_check::found::{Found, reconcile};
use reconcile_check::year::{self, BothBooks};
use simulator::reports::{Discrepancy, Form, Generation, ReportOptions, write};
use std::collections::BTreeMap;

const SEEDS: u64 = 24;

/// Other reports for each seed: generation, form, unit, parts, currency of the settlement.
fn options(seed: u64) -> ReportOptions {
    let pick = |below: u64, shift: u64| (seed / shift) % below;
    ReportOptions {
        seed,
        generation: [Generation::B, Generation::A, Generation::C]
            [usize::try_from(pick(3, 1)).unwrap()],
        form: if pick(4, 3) == 3 {
            Form::Xlsx
        } else {
            Form::Csv
        },
        minor: pick(2, 2) == 1,
        dressed: pick(2, 1) == 1,
        lines_per_file: [10_000, 7][usize::try_from(pick(2, 4)).unwrap()],
        settlement_currency: [None, Some("USD"), Some("JPY"), Some("KWD")]
            [usize::try_from(pick(4, 1)).unwrap()]
        .map(str::to_owned),
        late: 10,
        empty_batch: true,
        ..ReportOptions::default()
    }
}

fn run(both: &BothBooks, options: &ReportOptions) -> Found {
    let set = write(&both.books.payments, options).unwrap();
    reconcile(both, &set, options, year::end())
}

#[test]
fn reports_of_the_books_agree_and_every_discrepancy_is_found() {
    let mut by_kind: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let (mut lines, mut payments, mut invented) = (0, 0, 0);
    for seed in 1..=SEEDS {
        let both = year::run(seed);
        payments += both.rows.len();
        let calm = options(seed);
        let got = run(&both, &calm);
        assert!(
            got.told.is_empty(),
            "seed {seed}, {calm:?}: {:#?}",
            got.findings
        );

        let wrong = ReportOptions {
            wrong: Discrepancy::ALL.to_vec(),
            batch_lines: true,
            ..calm
        };
        let got = run(&both, &wrong);
        lines += got
            .statement
            .files
            .iter()
            .map(|file| file.lines)
            .sum::<u64>();
        let (missed, extra) = (got.missed(), got.invented());
        for (kind, ..) in &got.seeded {
            by_kind.entry(kind.clone()).or_default().0 += 1;
        }
        for (kind, ..) in &missed {
            by_kind.entry(kind.clone()).or_default().1 += 1;
        }
        invented += extra.len();
        assert!(
            missed.is_empty() && extra.is_empty(),
            "seed {seed}, {wrong:?}: missed {missed:#?}, invented {extra:#?}"
        );
    }
    println!("{SEEDS} seeds, {payments} payments, {lines} lines, {invented} invented");
    for (kind, (seeded, missed)) in &by_kind {
        println!("{kind:22} {seeded:4} seeded, {missed} missed");
    }
    for kind in Discrepancy::ALL {
        let word = serde_json::to_value(kind).unwrap();
        assert!(
            by_kind.contains_key(word.as_str().unwrap()),
            "{kind:?} was never seeded"
        );
    }
}
