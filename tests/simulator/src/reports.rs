//! The provider's reports for reconciliation, written from its books: transaction details, settlement details and
//! summaries (`docs/provider.md`, section "Reports"). On request with discrepancies of every kind, and then it says
//! which, so that whoever reads the reports can be held against that.

mod columns;
mod entries;
mod files;
mod form;
mod summaries;
mod wrong;

use serde::{Deserialize, Serialize};

use crate::books::PaymentRecord;
use crate::chance::Chance;

pub use wrong::{Discrepancy, Seeded};

/// Which of the provider's ways to name and fill columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Generation {
    /// Legacy.
    A,
    /// Payment orchestration today.
    B,
    /// The provider's own acquiring, newest.
    C,
}

/// What files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Text.
    Csv,
    /// A workbook.
    Xlsx,
}

/// How reports are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ReportOptions {
    /// Decides all draws.
    pub seed: u64,
    /// The columns.
    pub generation: Generation,
    /// The files.
    pub form: Form,
    /// Amounts in minor units.
    pub minor: bool,
    /// Byte order mark, carriage returns and quoted cells.
    pub dressed: bool,
    /// The merchant's account.
    pub customer_id: String,
    /// Who processed the payments.
    pub acquirer: String,
    /// The most lines of one file; further ones go into further parts.
    pub lines_per_file: usize,
    /// What everything is paid out in, if not in the currency of each payment.
    pub settlement_currency: Option<String>,
    /// How many of a hundred lines come with the next batch.
    pub late: u32,
    /// A batch in which nothing happened, before all others.
    pub empty_batch: bool,
    /// Lines of fees, reserves and corrections, one of each for each batch.
    pub batch_lines: bool,
    /// What goes wrong, each once if there is a payment for it.
    pub wrong: Vec<Discrepancy>,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            generation: Generation::B,
            form: Form::Csv,
            minor: false,
            dressed: false,
            customer_id: "2188120258646856".to_owned(),
            acquirer: "Antom".to_owned(),
            lines_per_file: 10_000,
            settlement_currency: None,
            late: 0,
            empty_batch: false,
            batch_lines: false,
            wrong: Vec::new(),
        }
    }
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its name, as it lies in the provider's folder.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// All files, and what is wrong with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSet {
    /// Transaction details by day, then settlement details and summaries by batch.
    pub reports: Vec<Report>,
    /// Every discrepancy that a reader must find, and every line that belongs to no payment.
    pub seeded: Vec<Seeded>,
}

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the report {name} cannot be written: {reason}")]
pub struct ReportError {
    /// The file.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// Writes the reports of these payments.
///
/// # Errors
/// A workbook would have more lines than a sheet has.
pub fn write(records: &[PaymentRecord], options: &ReportOptions) -> Result<ReportSet, ReportError> {
    let chance = Chance::new(options.seed);
    let mut entries = entries::of(records, options, &chance);
    let mut seeded = wrong::seed(records, &mut entries, options, &chance);
    let files = files::of(entries, options, &chance, &mut seeded);
    let reports = files.into_iter().map(|file| form::report(&file, options));
    seeded.sort();
    Ok(ReportSet {
        reports: reports.collect::<Result<_, _>>()?,
        seeded,
    })
}
