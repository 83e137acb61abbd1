//! One file: which report it is, whether it is whole, and its lines.

use crate::columns::{Columns, Layout, ReportKind};
use crate::fault::{Fault, Refused};
use crate::file_name::FileName;
use crate::line::{Book, Line, Place, SummaryLine};
use crate::rows::{At, Encoding, Row, Source, each_row};
use domain::Time;
use sha2::{Digest, Sha256};

/// What is known of a file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// As it was given.
    pub name: String,
    /// What its name says.
    pub named: FileName,
    /// Which report.
    pub kind: ReportKind,
    /// Which columns.
    pub layout: Layout,
    /// The merchant's account of its first line.
    pub customer: String,
    /// Lines, without header and end.
    pub lines: u64,
    /// The earliest and the latest time of its lines.
    pub times: Option<(Time, Time)>,
    /// Of header and lines, however the file writes them.
    pub(crate) digest: [u8; 32],
    /// The number of the file whose contents it repeats: it is not counted.
    pub repeats: Option<u32>,
}

/// What a line of a file is.
pub(crate) enum Item {
    Line(Line),
    Summary(SummaryLine),
}

/// Reads a file and gives each of its lines. Lines are given before the file's end is seen: nothing of them counts if
/// it is refused.
pub(crate) fn read(
    name: &str,
    number: u32,
    source: &mut dyn Source,
    encoding: Encoding,
    give: &mut dyn FnMut(Item) -> Result<(), Fault>,
) -> Result<FileFacts, Refused> {
    let refused = |line, fault| Refused {
        file: name.to_owned(),
        line,
        fault,
    };
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let named = FileName::read(base).map_err(|fault| refused(None, fault))?;
    let mut reader = Reader {
        number,
        named: named.kind,
        report: None,
        has_ended: false,
        digest: Sha256::new(),
        lines: 0,
        customer: String::new(),
        times: None,
        give,
    };
    each_row(source, encoding, &mut |row| reader.take(row))
        .map_err(|At { line, fault }| refused(line, fault))?;
    if !reader.has_ended {
        return Err(refused(None, Fault::Incomplete));
    }
    let report = reader
        .report
        .map(|(kind, columns)| (kind, columns.layout()));
    let alone = named.kind.map(|kind| (kind, Layout::Acquirer));
    let (kind, layout) = report
        .or(alone)
        .ok_or_else(|| refused(None, Fault::UnknownReport))?;
    Ok(FileFacts {
        name: name.to_owned(),
        named,
        kind,
        layout,
        customer: reader.customer,
        lines: reader.lines,
        times: reader.times,
        digest: reader.digest.finalize().into(),
        repeats: None,
    })
}

struct Reader<'a> {
    number: u32,
    named: Option<ReportKind>,
    report: Option<(ReportKind, Columns)>,
    has_ended: bool,
    digest: Sha256,
    lines: u64,
    customer: String,
    times: Option<(Time, Time)>,
    give: &'a mut dyn FnMut(Item) -> Result<(), Fault>,
}

impl Reader<'_> {
    fn take(&mut self, row: &Row) -> Result<(), Fault> {
        if self.has_ended {
            return Err(Fault::AfterEnd);
        }
        if is_end(row) {
            self.has_ended = true;
            return Ok(());
        }
        for cell in row.cells() {
            self.digest.update((cell.len() as u64).to_be_bytes());
            self.digest.update(cell.as_bytes());
        }
        let Some((kind, columns)) = &self.report else {
            let columns = Columns::of(row)?;
            self.report = Some((columns.kind(self.named)?, columns));
            return Ok(());
        };
        if row.len() > columns.width || (row.len() < columns.width && !row.is_padded) {
            return Err(Fault::Ragged {
                cells: row.len(),
                columns: columns.width,
            });
        }
        let book = match kind {
            ReportKind::Summary => None,
            ReportKind::Transactions => Some(Book::Transactions),
            ReportKind::Settlement => Some(Book::Settlement),
        };
        let place = Place {
            file: self.number,
            line: row.number,
        };
        let item = match book {
            None => Item::Summary(SummaryLine::read(row, columns)?),
            Some(book) => Item::Line(Line::read(row, columns, book, place)?),
        };
        self.note(&item);
        (self.give)(item)
    }

    fn note(&mut self, item: &Item) {
        self.lines += 1;
        let (customer, time) = match item {
            Item::Line(line) => (&line.customer, line.time),
            Item::Summary(line) => (&line.customer, None),
        };
        if self.customer.is_empty() {
            self.customer.clone_from(customer);
        }
        if let Some(time) = time {
            let (first, last) = self.times.unwrap_or((time, time));
            self.times = Some((first.min(time), last.max(time)));
        }
    }
}

/// The line that ends a report: `<END>` alone, in whichever cell.
fn is_end(row: &Row) -> bool {
    let mut words = row.cells().filter(|cell| !cell.is_empty());
    let is = |word: &str| word.eq_ignore_ascii_case("<END>") || word.eq_ignore_ascii_case("END");
    words.next().is_some_and(is) && words.next().is_none()
}

impl FileFacts {
    /// Whether both say by their names that they are the same part of the same report, in the same form.
    pub(crate) fn is_other_version_of(&self, other: &Self) -> bool {
        let form = |name: &str| {
            name.rsplit_once('.')
                .map(|(_, form)| form.to_ascii_lowercase())
        };
        let same_part = self.named.series.is_some()
            && self.named.series == other.named.series
            && self.named.seq == other.named.seq;
        same_part && self.customer == other.customer && form(&self.name) == form(&other.name)
    }
}
