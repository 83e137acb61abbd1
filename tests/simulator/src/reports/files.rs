//! Files: days and batches, parts, summaries, names.

use std::collections::BTreeMap;

use super::columns::{self, Batch, Writer, day};
use super::entries::Entry;
use super::summaries;
use super::wrong::{self, Discrepancy, Seeded};
use super::{Generation, ReportOptions};
use crate::chance::Chance;
use crate::clock::SECOND;

const DAY: i64 = 86_400 * SECOND;
/// The provider's reports count days at UTC+8.
const EIGHT_HOURS: i64 = 8 * 3600 * SECOND;

/// A table that is to be a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Without what its form adds.
    pub(super) stem: String,
    pub(super) header: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

pub(super) fn of(
    entries: Vec<Entry>,
    options: &ReportOptions,
    chance: &Chance,
    seeded: &mut Vec<Seeded>,
) -> Vec<File> {
    let (settled, listed): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.settled);
    let maker = Maker {
        writer: Writer { options, chance },
        options,
        chance,
    };
    let mut files = maker.transactions(listed);
    let mut batches = maker.batches(settled);
    if options.batch_lines {
        for (batch, entries) in &mut batches {
            maker.add_batch_lines(batch, entries, seeded);
        }
    }
    if options.empty_batch {
        let nothing = Batch {
            id: "0".repeat(19),
            currency: "USD".to_owned(),
            at: 0,
        };
        batches.insert(0, (nothing, Vec::new()));
    }
    let wrong_batches = maker.wrong_batches(&batches, seeded);
    for (batch, entries) in &batches {
        files.extend(maker.settlement(batch, entries));
        let is_of_batch = |(id, _): &&(String, Discrepancy)| *id == batch.id;
        let wrong = wrong_batches
            .iter()
            .find(is_of_batch)
            .map(|(_, kind)| *kind);
        files.push(summaries::summary(&maker.writer, batch, entries, wrong));
        // The summary has the word that nobody knows too.
        if entries.iter().any(|entry| entry.what == wrong::SURPRISE) {
            seeded.push(Seeded {
                kind: Discrepancy::TypeUnknown,
                report: None,
                id: batch.id.clone(),
            });
        }
    }
    files
}

struct Maker<'a> {
    writer: Writer<'a>,
    options: &'a ReportOptions,
    chance: &'a Chance,
}

/// Days since the beginning, as the provider's reports count them.
fn day_number(at: i64) -> i64 {
    (at + EIGHT_HOURS).div_euclid(DAY)
}

/// The start of a day.
fn start_of(day_number: i64) -> i64 {
    day_number * DAY - EIGHT_HOURS
}

impl Maker<'_> {
    fn transactions(&self, entries: Vec<Entry>) -> Vec<File> {
        let mut days: BTreeMap<i64, Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            days.entry(day_number(entry.at)).or_default().push(entry);
        }
        let no_batch = Batch {
            id: String::new(),
            currency: String::new(),
            at: 0,
        };
        let of_day = |(number, entries): (&i64, &Vec<Entry>)| {
            let stem = format!("transactionItems_{}", day(start_of(*number)));
            self.parts(&stem, &no_batch, entries, false)
        };
        days.iter().flat_map(of_day).collect()
    }

    /// Settled entries by batch: one for each day and currency.
    fn batches(&self, entries: Vec<Entry>) -> Vec<(Batch, Vec<Entry>)> {
        let mut days: Vec<i64> = entries.iter().map(|entry| day_number(entry.at)).collect();
        days.sort_unstable();
        days.dedup();
        if let Some(last) = days.last().copied() {
            days.extend([last + 1, last + 2]);
        }
        let mut batches: BTreeMap<(i64, String), Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            let usual = days.partition_point(|day| *day < day_number(entry.at));
            let late =
                self.chance.number(&["late", &entry.own_id]) % 100 < u64::from(self.options.late);
            let place = (usual + entry.later + usize::from(late)).min(days.len() - 1);
            let own = entry.gross.as_ref().map(|gross| gross.currency.clone());
            let currency = self.options.settlement_currency.clone().or(own);
            // Without an amount it stands in some batch.
            let currency = currency.unwrap_or_else(|| "USD".to_owned());
            batches
                .entry((days[place], currency))
                .or_default()
                .push(entry);
        }
        let made = batches.into_iter().map(|((number, currency), entries)| {
            let at = start_of(number + 1) + 10 * 3600 * SECOND;
            let serial = self
                .chance
                .number(&["batch", &number.to_string(), &currency])
                % 100_000_000_000;
            let id = format!("{}{serial:011}", day(at));
            (Batch { id, currency, at }, entries)
        });
        made.collect()
    }

    fn add_batch_lines(&self, batch: &Batch, entries: &mut Vec<Entry>, seeded: &mut Vec<Seeded>) {
        let newest = self.options.generation == Generation::C;
        let reserve = if newest {
            "RESERVE"
        } else {
            "RESERVE_WITHHOLDING"
        };
        let mut lines = vec![
            (Discrepancy::Fee, "SETTLEMENT_FEE", -500),
            (Discrepancy::Reserve, reserve, -1000),
        ];
        if !newest {
            // The acquirer's correction stands last.
            lines.push((Discrepancy::Correction, "DEFAULT", 1));
        }
        for (kind, what, amount) in lines {
            let entry = Entry::of_batch(what, batch.at, amount);
            seeded.push(Seeded {
                id: batch.id.clone(),
                ..Seeded::of(kind, &entry)
            });
            entries.push(entry);
        }
    }

    /// Which batches' summaries are to be wrong.
    fn wrong_batches(
        &self,
        batches: &[(Batch, Vec<Entry>)],
        seeded: &mut Vec<Seeded>,
    ) -> Vec<(String, Discrepancy)> {
        let with_money =
            |(_, entries): &&(Batch, Vec<Entry>)| entries.iter().any(|entry| entry.gross.is_some());
        let mut free: Vec<&Batch> = batches
            .iter()
            .filter(with_money)
            .map(|(batch, _)| batch)
            .collect();
        let mut wrong = Vec::new();
        for kind in [Discrepancy::TotalDiffers, Discrepancy::SummaryInconsistent] {
            if free.is_empty() || !self.options.wrong.contains(&kind) {
                continue;
            }
            let drawn = self.chance.number(&["wrong batch", &format!("{kind:?}")]);
            let place = usize::try_from(drawn % free.len() as u64).unwrap_or(0);
            let batch = free.swap_remove(place);
            seeded.push(Seeded {
                kind,
                report: None,
                id: batch.id.clone(),
            });
            wrong.push((batch.id.clone(), kind));
        }
        wrong
    }

    fn settlement(&self, batch: &Batch, entries: &[Entry]) -> Vec<File> {
        let stem = format!("settlementItems_{}_{}", batch.currency, batch.id);
        self.parts(&stem, batch, entries, true)
    }

    /// Files of so many lines each; one without lines if there are none.
    fn parts(&self, stem: &str, batch: &Batch, entries: &[Entry], settled: bool) -> Vec<File> {
        let header = columns::of(self.options.generation, settled);
        let row = |entry: &Entry| {
            let cells = header
                .iter()
                .map(|column| self.writer.cell(column, entry, batch));
            cells.collect()
        };
        let mut parts: Vec<&[Entry]> = entries.chunks(self.options.lines_per_file.max(1)).collect();
        if parts.is_empty() {
            parts.push(&[]);
        }
        let part = |(seq, entries): (usize, &&[Entry])| File {
            stem: format!("{stem}_{seq:03}"),
            header: header.clone(),
            rows: entries.iter().map(row).collect(),
        };
        parts.iter().enumerate().map(part).collect()
    }
}
