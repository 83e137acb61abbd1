//! The statement: everything in sums.

use crate::balance::Balances;
use crate::batches::{Batches, ClassSum};
use crate::file::FileFacts;
use crate::finding::{Finding, Says};
use crate::kind::Kind;
use crate::number::Unit;
use crate::transaction::Class;
use crate::units::{Evidence, UnitFault};
use domain::{Currency, Time};
use std::collections::{BTreeMap, BTreeSet};

/// What a reconciliation comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The files, in the order in which they were given.
    pub files: Vec<FileFacts>,
    /// Rows of the table.
    pub rows: u64,
    /// Our books against the reports.
    pub balances: Balances,
    /// What is paid out, by batch.
    pub batches: Batches,
    /// What lines say of the unit.
    pub evidence: Evidence,
    /// How many findings of each kind.
    pub counts: BTreeMap<Kind, u64>,
    /// What amounts are in.
    pub unit: Option<Unit>,
}

impl Statement {
    /// Whether books and reports agree.
    #[must_use]
    pub fn balances(&self) -> bool {
        let mut differences = self.counts.iter().filter(|(kind, _)| kind.is_difference());
        differences.all(|(_, count)| *count == 0)
    }

    /// Holds the unit against the lines.
    ///
    /// # Errors
    /// It is not certain: nothing of the statement may be shown.
    pub fn check_unit(&self) -> Result<(), UnitFault> {
        self.evidence.check(self.unit)
    }

    pub(crate) fn count(&mut self, finding: &Finding) {
        *self.counts.entry(finding.kind).or_default() += 1;
    }

    /// What is paid out, by currency and class, over all batches.
    #[must_use]
    pub fn paid_out(&self) -> BTreeMap<(Currency, Class), ClassSum> {
        let mut paid = BTreeMap::new();
        for (key, batch) in self.batches.iter() {
            for (class, sum) in &batch.classes {
                let all: &mut ClassSum = paid.entry((key.currency, *class)).or_default();
                all.lines += sum.lines;
                all.net += sum.net;
                all.fees += sum.fees;
            }
        }
        paid
    }

    /// The earliest and the latest time that lines name.
    #[must_use]
    pub fn times(&self) -> Option<(Time, Time)> {
        times(&self.files)
    }
}

/// The earliest and the latest time that lines of these files name.
#[must_use]
pub fn times(files: &[FileFacts]) -> Option<(Time, Time)> {
    let times = files.iter().filter_map(|file| file.times);
    times.reduce(|(from, to), (first, last)| (from.min(first), to.max(last)))
}

/// Parts of series of files that are not there.
pub(crate) fn parts_missing(files: &[FileFacts]) -> Vec<Finding> {
    let mut series: BTreeMap<(&str, &str), BTreeSet<u16>> = BTreeMap::new();
    for file in files {
        if let (Some(name), Some(seq)) = (&file.named.series, file.named.seq) {
            series
                .entry((file.customer.as_str(), name.as_str()))
                .or_default()
                .insert(seq);
        }
    }
    let mut findings = Vec::new();
    for ((_, name), parts) in series {
        let last = parts.last().copied().unwrap_or(0);
        for missing in (0..last).filter(|seq| !parts.contains(seq)) {
            findings.push(Finding {
                transaction: Some(format!("{name}_{missing:03}")),
                report: Some(Says::words(format!("parts up to {last:03} were given"))),
                ..Finding::new(Kind::PartMissing)
            });
        }
    }
    findings
}
