//! What a reconciliation finds, held against what was seeded.

use crate::books::BothBooks;
use domain::{Seconds, Time};
use reports::{Encoding, Finding, Period, Reading, Settings, Statement, Unit};
use simulator::reports::{ReportOptions, ReportSet, Seeded};
use std::collections::BTreeMap;
use std::io::Cursor;

/// What was seeded or found: kind, report, and the provider's id of the payment, or the batch.
pub type Told = (String, Option<String>, String);

/// What a reconciliation came to.
#[derive(Debug)]
pub struct Found {
    /// Everything that was found, in order.
    pub told: Vec<Told>,
    /// Everything that had to be.
    pub seeded: Vec<Told>,
    /// The findings as they are.
    pub findings: Vec<Finding>,
    /// The statement.
    pub statement: Statement,
}

impl Found {
    /// What was seeded and not found.
    #[must_use]
    pub fn missed(&self) -> Vec<Told> {
        without(&self.seeded, &self.told)
    }

    /// What was found and not seeded.
    #[must_use]
    pub fn invented(&self) -> Vec<Told> {
        without(&self.told, &self.seeded)
    }
}

/// Those of `all` that `others` do not have as often.
fn without(all: &[Told], others: &[Told]) -> Vec<Told> {
    let mut left = others.to_vec();
    let is_extra = |one: &&Told| match left.iter().position(|other| other == *one) {
        Some(place) => {
            left.swap_remove(place);
            false
        }
        None => true,
    };
    all.iter().filter(is_extra).cloned().collect()
}

/// Reconciles reports with rows; everything of ours up to `end` must be in them.
///
/// # Panics
/// A report cannot be read, or the lines contradict the unit.
#[must_use]
pub fn reconcile(both: &BothBooks, set: &ReportSet, options: &ReportOptions, end: Time) -> Found {
    let settings = Settings {
        unit: Some(if options.minor {
            Unit::Minor
        } else {
            Unit::Major
        }),
        period: Some(Period {
            from: Time::from_millis(0),
            to: end,
        }),
        absent_after: Seconds::days(3),
        encoding: Encoding::Utf8,
    };
    let new_stream = || Ok(Box::new(Cursor::new(Vec::new())) as Box<dyn reports::Stream>);
    let mut reading = Reading::begin(settings, Box::new(new_stream)).unwrap();
    for report in &set.reports {
        let read = reading.file(&report.name, &mut Cursor::new(&report.bytes));
        read.unwrap_or_else(|refused| panic!("{refused}"));
    }
    for row in &both.rows {
        reading.row(row).unwrap();
    }
    let mut matching = reading.resolve(&mut || {}).unwrap();
    let mut findings = Vec::new();
    while let Some(partition) = matching.next_partition().unwrap() {
        for one in partition {
            matching.count(&one).unwrap();
            findings.extend(one.judged.findings);
        }
    }
    let (statement, more) = matching.finish();
    findings.extend(more);
    statement
        .check_unit()
        .unwrap_or_else(|fault| panic!("{fault:?}"));
    for (.., balance) in statement.balances.iter() {
        assert!(balance.unexplained().is_zero(), "{balance:?}");
    }
    let ids: BTreeMap<&str, &str> = both
        .books
        .payments
        .iter()
        .map(|book| (book.payment_request_id.as_str(), book.payment_id.as_str()))
        .collect();
    let mut told: Vec<Told> = findings.iter().map(|finding| told(finding, &ids)).collect();
    told.sort();
    Found {
        told,
        seeded: set.seeded.iter().map(seeded).collect(),
        findings,
        statement,
    }
}

fn told(finding: &Finding, ids: &BTreeMap<&str, &str>) -> Told {
    let ours = finding.payment.as_ref().and_then(|id| ids.get(id.as_str()));
    let theirs = finding.payment_id.as_ref().map(|id| id.as_str());
    let id = ours.copied().or(theirs).or(finding.transaction.as_deref());
    let report = finding.book.map(|book| book.as_str().to_owned());
    (
        finding.kind.code().to_owned(),
        report,
        id.unwrap_or_default().to_owned(),
    )
}

fn seeded(seeded: &Seeded) -> Told {
    let word = serde_json::to_value(seeded.kind).ok();
    let word = word.and_then(|word| word.as_str().map(str::to_owned));
    (
        word.unwrap_or_default(),
        seeded.report.clone(),
        seeded.id.clone(),
    )
}
