//! What a reconciliation came to, and the words for it that page and terminal share.

use super::findings::{Findings, Told};
use super::options::Trails;
use super::walk::MOST_READ_AGAIN;
use crate::output::{count, utc};
use domain::{Currency, Seconds};
use reports::{Book, ClassSum, Fits, Kind, Period, Place, Says, Statement};

/// What a reconciliation came to.
#[derive(Debug)]
pub(super) struct Reconciled {
    pub(super) statement: Statement,
    pub(super) findings: Findings,
    pub(super) period: Option<Period>,
    pub(super) absent_after: Seconds,
    pub(super) trails: Trails,
    pub(super) read_again: u64,
}

impl Reconciled {
    /// The verdict, in a line.
    pub(super) fn verdict(&self) -> String {
        let differences = self.number_of(Kind::is_difference);
        match differences {
            0 => "Books and reports agree.".to_owned(),
            number => format!(
                "Books and reports do not agree: {}.",
                count(number, "difference")
            ),
        }
    }

    fn number_of(&self, which: impl Fn(Kind) -> bool) -> u64 {
        let counts = self.statement.counts.iter();
        counts
            .filter(|(kind, _)| which(**kind))
            .map(|(_, number)| number)
            .sum()
    }

    /// What was held against what, in sentences.
    pub(super) fn notes(&self) -> Vec<String> {
        let statement = &self.statement;
        let unit = statement.unit.map_or("", |unit| unit.as_str());
        let fits = statement.evidence.sum();
        let mut notes = vec![format!("Amounts in {unit} units: {}.", fits_words(&fits))];
        notes.push(match self.period {
            Some(Period { from, to }) => format!(
                "Captures and refunds from {} to {} must be in the reports {} later.",
                utc(from),
                utc(to),
                count(self.absent_after.0.unsigned_abs() / 86_400, "day")
            ),
            None => {
                "Not looked for: captures and refunds that are in no report (--from).".to_owned()
            }
        });
        let of_kind = |kind| statement.files.iter().any(|file| file.kind == kind);
        for (kind, words) in [
            (reports::ReportKind::Transactions, "transaction details"),
            (reports::ReportKind::Settlement, "settlement details"),
            (reports::ReportKind::Summary, "settlement summaries"),
        ] {
            if !of_kind(kind) {
                notes.push(format!(
                    "No {words} were given: nothing is held against them."
                ));
            }
        }
        if self.trails == Trails::None {
            notes.push("POP's signed messages were not read (--trails).".to_owned());
        } else if self.read_again >= MOST_READ_AGAIN && self.trails == Trails::Differing {
            notes.push(format!(
                "More than {MOST_READ_AGAIN} payments differ: their trails were not read. Is this the right table?"
            ));
        }
        notes
    }

    /// The file and line of a place, as people find it.
    pub(super) fn place(&self, place: Place) -> String {
        let file = self.statement.files.get(place.file as usize);
        let name = file.map_or("?", |file| file.name.as_str());
        format!("{name}, line {}", place.line)
    }

    /// The kinds that were found, differences first.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (Kind, u64, &[Told])> {
        Kind::all().filter_map(|kind| {
            let number = self
                .statement
                .counts
                .get(&kind)
                .copied()
                .filter(|number| *number > 0)?;
            Some((kind, number, self.findings.kept_of(kind)))
        })
    }
}

/// Lines of one class, or of all.
type PaidOut = (&'static str, Currency, ClassSum);

impl Reconciled {
    /// What is paid out, by currency: each class, then all together.
    pub(super) fn paid_out(&self) -> Vec<PaidOut> {
        let mut paid: Vec<PaidOut> = Vec::new();
        let mut all: Option<(Currency, ClassSum)> = None;
        for ((currency, class), sum) in self.statement.paid_out() {
            match &mut all {
                Some((of, together)) if *of == currency => {
                    together.lines += sum.lines;
                    together.fees += sum.fees;
                    together.net += sum.net;
                }
                _ => {
                    let before = all.replace((currency, sum));
                    paid.extend(before.map(|(currency, sum)| ("together", currency, sum)));
                }
            }
            paid.push((class.as_str(), currency, sum));
        }
        paid.extend(all.map(|(currency, sum)| ("together", currency, sum)));
        paid
    }
}

/// What the lines said of the unit.
fn fits_words(fits: &Fits) -> String {
    match fits.tell() {
        true => format!(
            "{} of our amounts fit major units alone, {} minor ones",
            fits.major, fits.minor
        ),
        false => "nothing in these reports could tell".to_owned(),
    }
}

/// `P0, capture 2026...`: what a finding is about.
pub(super) fn about(told: &Told) -> String {
    let finding = &told.finding;
    let payment = finding
        .payment
        .as_ref()
        .map(|id| format!("payment {}", plain(id.as_str())));
    let unknown = finding
        .payment_id
        .as_ref()
        .filter(|_| finding.payment.is_none());
    let unknown = unknown.map(|id| format!("POP's payment {}", plain(id.as_str())));
    let transaction = finding.transaction.as_ref().map(|id| plain(id));
    let parts: Vec<String> = [payment.or(unknown), transaction]
        .into_iter()
        .flatten()
        .collect();
    match parts.is_empty() {
        true => "-".to_owned(),
        false => parts.join(", "),
    }
}

/// What one side says.
pub(super) fn says(says: &Option<Says>) -> String {
    match says {
        None => "nothing".to_owned(),
        Some(Says { words, amount }) => {
            let amount = amount.map(|sum| sum.display());
            let parts: Vec<String> = [Some(plain(words)), amount].into_iter().flatten().collect();
            parts.join(" ")
        }
    }
}

/// Texts of others, without what a terminal would take for orders.
pub(super) fn plain(text: &str) -> String {
    let shown = |c: char| {
        if c.is_ascii_graphic() || c == ' ' {
            c
        } else {
            '?'
        }
    };
    text.chars().map(shown).collect()
}

/// Heading of the balances of one kind of report.
pub(super) fn book_words(book: Book) -> &'static str {
    match book {
        Book::Transactions => "Against the transaction details",
        Book::Settlement => "Against the settlement details",
    }
}
