//! The sums of batches: lines against summaries, and what is paid out by class.

use crate::fault::Fault;
use crate::finding::{Finding, Says, Sum};
use crate::kind::Kind;
use crate::limits;
use crate::line::{Fees, Line, SummaryLine};
use crate::number::{Amount, Exact, Unit};
use crate::transaction::{Class, TransactionType};
use domain::Currency;
use std::collections::{BTreeMap, BTreeSet};

/// A batch: of one merchant's account, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchKey {
    /// `customerId`.
    pub customer: String,
    /// `settlementBatchId`.
    pub batch: String,
    /// What it is paid out in.
    pub currency: Currency,
}

/// Lines of one class within a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClassSum {
    /// How many.
    pub lines: u64,
    /// What is paid out for them.
    pub net: Exact,
    /// Fees among that.
    pub fees: Exact,
}

/// What a summary says of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// What is paid out by its line TOTAL.
    pub total: Option<Exact>,
    /// Fees by its line TOTAL.
    pub total_fees: Option<Exact>,
    /// What is paid out by its other lines together.
    pub parts: Exact,
}

impl Summary {
    /// Together with another part of it.
    fn with(&self, other: &Self) -> Self {
        let both = |one: Option<Exact>, two: Option<Exact>| match (one, two) {
            (Some(one), Some(two)) => Some(one + two),
            (one, two) => one.or(two),
        };
        Self {
            total: both(self.total, other.total),
            total_fees: both(self.total_fees, other.total_fees),
            parts: self.parts + other.parts,
        }
    }
}

/// The sums of one batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// Its lines by class; empty where only a summary is known.
    pub classes: BTreeMap<Class, ClassSum>,
    /// Whether every fee of its lines is in its currency, so that their sum means something.
    fees_mixed: bool,
    /// Its summary, if that was given.
    pub summary: Option<Summary>,
    /// Words of its summary that we do not know, some of them.
    unknown_types: BTreeSet<String>,
}

impl Batch {
    /// What its lines pay out together.
    #[must_use]
    pub fn net(&self) -> Exact {
        self.classes.values().map(|sum| sum.net).sum()
    }

    /// How many lines it has.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.classes.values().map(|sum| sum.lines).sum()
    }

    fn fees(&self) -> Option<Exact> {
        let sum = self.classes.values().map(|sum| sum.fees).sum();
        (!self.fees_mixed).then_some(sum)
    }
}

/// So many unknown words of a batch's summary are told.
const MOST_UNKNOWN_TYPES: usize = 20;

/// All batches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batches(BTreeMap<BatchKey, Batch>);

/// Whether a sum is put in or taken out.
#[derive(Clone, Copy)]
enum Way {
    In,
    Out,
}

impl Batches {
    fn of(&mut self, customer: &str, batch: &str, currency: Currency) -> Result<&mut Batch, Fault> {
        let key = BatchKey {
            customer: customer.to_owned(),
            batch: batch.to_owned(),
            currency,
        };
        if self.0.len() >= limits::BATCHES && !self.0.contains_key(&key) {
            return Err(Fault::TooManyBatches);
        }
        Ok(self.0.entry(key).or_default())
    }

    /// A line of settlement details.
    pub(crate) fn add(&mut self, line: &Line, unit: Unit) -> Result<(), Fault> {
        self.count(line, unit, Way::In)
    }

    /// A line that was added and came before.
    pub(crate) fn take_back(&mut self, line: &Line, unit: Unit) -> Result<(), Fault> {
        self.count(line, unit, Way::Out)
    }

    fn count(&mut self, line: &Line, unit: Unit, way: Way) -> Result<(), Fault> {
        let (Some(batch), Some(settled)) = (&line.batch, line.settled) else {
            return Ok(());
        };
        let batch = self.of(&line.customer, batch, settled.currency)?;
        let fees = fees(line.fees, settled.currency, unit);
        batch.fees_mixed |= fees.is_none();
        let sum = batch.classes.entry(line.what.class()).or_default();
        let (net, fees) = (settled.exact(unit), fees.unwrap_or_default());
        match way {
            Way::In => {
                sum.lines += 1;
                sum.net += net;
                sum.fees += fees;
            }
            Way::Out => {
                sum.lines = sum.lines.saturating_sub(1);
                sum.net += -net;
                sum.fees += -fees;
            }
        }
        Ok(())
    }

    /// A line of a summary.
    pub(crate) fn add_summary(&mut self, line: &SummaryLine, unit: Unit) -> Result<(), Fault> {
        let Amount { currency, .. } = line.settled;
        let batch = self.of(&line.customer, &line.batch, currency)?;
        if let TransactionType::Other(word) = &line.what
            && batch.unknown_types.len() < MOST_UNKNOWN_TYPES
        {
            batch.unknown_types.insert(word.clone());
        }
        let summary = batch.summary.get_or_insert_default();
        let net = line.settled.exact(unit);
        if line.what == TransactionType::Total {
            let before = summary.total.unwrap_or_default();
            summary.total = Some(before + net);
            summary.total_fees = match line.fees {
                Fees::None => summary.total_fees,
                fees => self::fees(fees, currency, unit),
            };
        } else {
            summary.parts += net;
        }
        Ok(())
    }

    pub(crate) fn merge(&mut self, other: Self) -> Result<(), Fault> {
        for (key, theirs) in other.0 {
            let batch = self.of(&key.customer, &key.batch, key.currency)?;
            batch.fees_mixed |= theirs.fees_mixed;
            batch.unknown_types.extend(theirs.unknown_types);
            for (class, sum) in theirs.classes {
                let ours = batch.classes.entry(class).or_default();
                ours.lines += sum.lines;
                ours.net += sum.net;
                ours.fees += sum.fees;
            }
            batch.summary = match (batch.summary, theirs.summary) {
                // The same summary in another form, say once more as a workbook.
                (Some(ours), Some(theirs)) if ours == theirs => Some(ours),
                (Some(ours), Some(theirs)) => Some(ours.with(&theirs)),
                (ours, theirs) => ours.or(theirs),
            };
        }
        Ok(())
    }

    /// By merchant's account, batch and currency.
    pub fn iter(&self) -> impl Iterator<Item = (&BatchKey, &Batch)> {
        self.0.iter()
    }

    /// What does not add up. Batches without a summary cannot be checked and say nothing; without any details neither
    /// do summaries, but for their own sums.
    pub(crate) fn findings(&self, details_given: bool) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (key, batch) in &self.0 {
            let Some(summary) = batch.summary else {
                continue;
            };
            for word in &batch.unknown_types {
                let says = Says::words(format!("a line {word} of its summary"));
                findings.push(Finding {
                    transaction: Some(key.batch.clone()),
                    report: Some(says),
                    ..Finding::new(Kind::TypeUnknown)
                });
            }
            let parts = Says::sum("its parts together", sum(summary.parts, key));
            let Some(total) = summary.total else {
                let words = Says::words("it has no line TOTAL");
                findings.push(finding(Kind::SummaryInconsistent, key, parts, words));
                continue;
            };
            let says_total = Says::sum("TOTAL", sum(total, key));
            if total != summary.parts {
                let found = finding(Kind::SummaryInconsistent, key, parts, says_total.clone());
                findings.push(found);
            }
            if !details_given {
                continue;
            }
            if batch.lines() == 0 && !total.is_zero() {
                let none = Says::words("no line of this batch in the files given");
                findings.push(finding(Kind::DetailsMissing, key, none, says_total));
                continue;
            }
            findings.extend(against_lines(key, batch, total, summary.total_fees));
        }
        findings
    }
}

/// Lines against the total: what is paid out, and the fees.
fn against_lines(
    key: &BatchKey,
    batch: &Batch,
    total: Exact,
    total_fees: Option<Exact>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let words = |what: &str| format!("{what} of its {} lines together", batch.lines());
    if batch.net() != total {
        let lines = Says::sum(words("net"), sum(batch.net(), key));
        let total = Says::sum("TOTAL", sum(total, key));
        findings.push(finding(Kind::TotalDiffers, key, lines, total));
    }
    if let (Some(fees), Some(total_fees)) = (batch.fees(), total_fees)
        && fees != total_fees
    {
        let lines = Says::sum(words("fees"), sum(fees, key));
        let total = Says::sum("fees of TOTAL", sum(total_fees, key));
        findings.push(finding(Kind::TotalDiffers, key, lines, total));
    }
    findings
}

fn finding(kind: Kind, key: &BatchKey, lines: Says, total: Says) -> Finding {
    Finding {
        transaction: Some(key.batch.clone()),
        ours: Some(lines),
        report: Some(total),
        ..Finding::new(kind)
    }
}

fn sum(amount: Exact, key: &BatchKey) -> Sum {
    Sum {
        amount,
        currency: key.currency,
    }
}

/// The fees in this currency; `None` where they are in others too.
fn fees(fees: Fees, currency: Currency, unit: Unit) -> Option<Exact> {
    match fees {
        Fees::None => Some(Exact::ZERO),
        Fees::Sum(sum) if sum.currency == currency => Some(sum.exact(unit)),
        Fees::Sum(_) | Fees::Mixed => None,
    }
}
