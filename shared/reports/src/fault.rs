//! Why a report cannot be read. Nothing of a file that cannot be read is counted.

use crate::number::NumberError;
use std::fmt;

/// A report that is refused: which file, where in it, and why.
#[derive(Debug)]
pub struct Refused {
    /// The file's name.
    pub file: String,
    /// The line, from 1; that of the header is 1. Absent where the whole file is meant.
    pub line: Option<u64>,
    /// Why.
    pub fault: Fault,
}

/// What is wrong with a file. The texts say what to do and never repeat what stands in the file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The line `<END>` is missing.
    #[error(
        "the line <END> is missing: the file is incomplete. Fetch it again; an upload may not have been finished"
    )]
    Incomplete,
    /// Lines after `<END>`.
    #[error("there are lines after <END>: two files were put together. Give them one by one")]
    AfterEnd,
    /// A name that ends in `.tmp`.
    #[error("its name says that the upload is not finished (.tmp): fetch it when it is")]
    Unfinished,
    /// A name that ends in `.asc`, `.pgp` or `.gpg`.
    #[error("its name says that it is encrypted: decrypt it first")]
    Encrypted,
    /// Bytes that are no UTF-8, or not what was said.
    #[error(
        "it is not {0}. Nothing is guessed: if it is known to be GBK, give --encoding gbk; else fetch it again as UTF-8"
    )]
    Encoding(&'static str),
    /// A line longer than [`crate::limits::LINE`].
    #[error("a line has more than {} KiB: this is no report", crate::limits::LINE / 1024)]
    LineTooLong,
    /// A cell longer than [`crate::limits::CELL`].
    #[error(
        "a cell has more than {} characters: this is no report",
        crate::limits::CELL
    )]
    CellTooLong,
    /// More columns than [`crate::limits::COLUMNS`].
    #[error(
        "it has more than {} columns: this is no report",
        crate::limits::COLUMNS
    )]
    TooManyColumns,
    /// More batches than [`crate::limits::BATCHES`].
    #[error(
        "the reports name more than {} batches: give fewer files at once",
        crate::limits::BATCHES
    )]
    TooManyBatches,
    /// More lines of one payment than [`crate::limits::LINES_OF_A_PAYMENT`].
    #[error(
        "more than {} lines belong to one payment: this is no report of payments",
        crate::limits::LINES_OF_A_PAYMENT
    )]
    TooManyLinesOfAPayment,
    /// Another number of cells than columns.
    #[error(
        "it has {cells} cells, and the header {columns}: the line is damaged. Fetch the file again"
    )]
    Ragged {
        /// In this line.
        cells: usize,
        /// In the header.
        columns: usize,
    },
    /// A header that is none of POP's reports.
    #[error(
        "the header names none of POP's reports (it needs transactionType and transactionId, or summaryType). \
         Is the delimiter a comma, and the first line the header?"
    )]
    UnknownReport,
    /// Whether it is the transaction or the settlement report cannot be told.
    #[error(
        "whether this is the transaction or the settlement report can be told neither by its columns nor by its name: \
         name it transactionItems_<date>_<seq> or settlementItems_<currency>_<batch>_<seq>"
    )]
    Ambiguous,
    /// Name and header contradict each other.
    #[error(
        "its name says that it is the {named} report, and its columns that it is the {is}: rename it"
    )]
    Misnamed {
        /// By its name.
        named: &'static str,
        /// By its columns.
        is: &'static str,
    },
    /// A column that is needed.
    #[error("the column {0} is missing: ask POP to put it into the report")]
    ColumnMissing(&'static str),
    /// A column that is there twice.
    #[error("the column {0} stands there twice: which one counts cannot be known")]
    ColumnTwice(&'static str),
    /// A needed cell that is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A number that is none.
    #[error("{0} {1}. Nothing is guessed: fetch the file again as POP made it")]
    Number(String, NumberError),
    /// An amount without its currency, or a currency that is none.
    #[error("{0} is no currency of three capital letters")]
    Currency(String),
    /// An id that cannot be one.
    #[error("{0} cannot be an id: control characters, or more than {max} bytes", max = crate::limits::ID)]
    Id(&'static str),
    /// A count that is none.
    #[error("count is no whole number")]
    Count,
    /// A spreadsheet that is no such thing, or is damaged or encrypted.
    #[error("the workbook cannot be read ({0}): fetch it again, or take the CSV")]
    Workbook(&'static str),
    /// A spreadsheet larger than we take.
    #[error("the workbook is larger than is read ({0}): take the CSV")]
    WorkbookTooLarge(&'static str),
    /// A whole number of more digits than a spreadsheet's numbers keep.
    #[error(
        "a number has more digits than a spreadsheet keeps, so it was changed when it was stored: take the CSV, or the \
         workbook as POP made it"
    )]
    Imprecise,
    /// A formula in a spreadsheet.
    #[error("a cell holds a formula: POP's reports have none. Fetch the file again as POP made it")]
    Formula,
    /// A cell with an error of the spreadsheet program.
    #[error("a cell holds an error value: fetch the file again as POP made it")]
    ErrorCell,
    /// Two files that say they are the same part of a report, and differ.
    #[error("{0} is the same part of the same report with other contents: give one of them")]
    TwoVersions(String),
    /// The stream failed.
    #[error("it cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The temporary files failed.
    #[error(
        "the temporary files cannot be written or read: {0}. Is there room on the disk? TMPDIR names another"
    )]
    Temporary(std::io::Error),
}

impl Fault {
    /// The stable word for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::AfterEnd => "after_end",
            Self::Unfinished => "unfinished",
            Self::Encrypted => "encrypted",
            Self::Encoding(_) => "encoding",
            Self::LineTooLong => "line_too_long",
            Self::CellTooLong => "cell_too_long",
            Self::TooManyColumns => "too_many_columns",
            Self::TooManyBatches => "too_many_batches",
            Self::TooManyLinesOfAPayment => "too_many_lines_of_a_payment",
            Self::Ragged { .. } => "ragged",
            Self::UnknownReport => "unknown_report",
            Self::Ambiguous => "ambiguous",
            Self::Misnamed { .. } => "misnamed",
            Self::ColumnMissing(_) => "column_missing",
            Self::ColumnTwice(_) => "column_twice",
            Self::Empty(_) => "empty_cell",
            Self::Number(..) => "number",
            Self::Currency(_) => "currency",
            Self::Id(_) => "id",
            Self::Count => "count",
            Self::Workbook(_) => "workbook",
            Self::WorkbookTooLarge(_) => "workbook_too_large",
            Self::Imprecise => "imprecise",
            Self::Formula => "formula",
            Self::ErrorCell => "error_cell",
            Self::TwoVersions(_) => "two_versions",
            Self::Io(_) => "unreadable",
            Self::Temporary(_) => "temporary_files",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {} [{}]", self.fault, self.fault.code())
    }
}

impl std::error::Error for Refused {}
