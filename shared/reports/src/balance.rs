//! Our books against the reports, in sums: what differs must be the findings' effects, to the last unit.

use crate::finding::{Finding, Side};
use crate::kind::Kind;
use crate::line::Book;
use crate::number::Exact;
use domain::Currency;
use std::collections::BTreeMap;

/// How many, and how much together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// How many.
    pub number: u64,
    /// How much.
    pub sum: Exact,
}

impl Count {
    pub(crate) fn add(&mut self, amount: Exact) {
        self.number += 1;
        self.sum += amount;
    }

    fn merge(&mut self, other: &Self) {
        self.number += other.number;
        self.sum += other.sum;
    }
}

/// Captures or refunds of one currency, in one of the two reports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Balance {
    /// Ours: those that the reports name, and those of the period.
    pub ours: Count,
    /// The reports' lines, each counted once.
    pub reports: Count,
    /// Ours that a line confirms to the last unit.
    pub matched: Count,
    /// Ours that are not in the reports and need not be yet.
    pub waiting: Count,
    /// What differs, by kind: ours less the reports'.
    pub differences: BTreeMap<Kind, Count>,
}

impl Balance {
    /// Ours less the reports' and less what is waited for: nothing, if both agree.
    #[must_use]
    pub fn difference(&self) -> Exact {
        self.ours.sum - self.reports.sum - self.waiting.sum
    }

    /// The difference less what the findings explain. Nothing, or this program is wrong.
    #[must_use]
    pub fn unexplained(&self) -> Exact {
        let explained: Exact = self.differences.values().map(|count| count.sum).sum();
        self.difference() - explained
    }
}

/// The balances of everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Balances(BTreeMap<(Book, Side, Currency), Balance>);

impl Balances {
    pub(crate) fn of(&mut self, book: Book, side: Side, currency: Currency) -> &mut Balance {
        self.0.entry((book, side, currency)).or_default()
    }

    /// What a finding does to the balance of its report.
    pub(crate) fn explain(&mut self, finding: &Finding) {
        let Some(book) = finding.book else { return };
        for effect in &finding.effects {
            let balance = self.of(book, effect.side, effect.sum.currency);
            balance
                .differences
                .entry(finding.kind)
                .or_default()
                .add(effect.sum.amount);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for ((book, side, currency), theirs) in &other.0 {
            let ours = self.of(*book, *side, *currency);
            ours.ours.merge(&theirs.ours);
            ours.reports.merge(&theirs.reports);
            ours.matched.merge(&theirs.matched);
            ours.waiting.merge(&theirs.waiting);
            for (kind, count) in &theirs.differences {
                ours.differences.entry(*kind).or_default().merge(count);
            }
        }
    }

    /// Those of one report, by side and currency.
    pub fn of_book(&self, book: Book) -> impl Iterator<Item = (Side, Currency, &Balance)> {
        let own = move |(of, ..): &(Book, Side, Currency, &Balance)| *of == book;
        self.iter()
            .filter(own)
            .map(|(_, side, currency, balance)| (side, currency, balance))
    }

    /// By report, side and currency.
    pub fn iter(&self) -> impl Iterator<Item = (Book, Side, Currency, &Balance)> {
        self.0
            .iter()
            .map(|((book, side, currency), balance)| (*book, *side, *currency, balance))
    }
}
