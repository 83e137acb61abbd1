//! Workbooks (.xlsx): the first sheet, line by line.
//!
//! Read from archive and XML directly: a library for spreadsheets reserves memory by numbers that stand in the file, and
//! holds whole sheets. Here every part has a limit, and numbers are taken as the spreadsheet shows them.

mod parts;
mod sheet;
mod xml;

use super::{At, Source, Take};
use crate::fault::Fault;
use crate::limits;
use parts::Parts;
use sheet::Texts;
use std::io::SeekFrom;
use zip::ZipArchive;

/// What a file is by its first bytes.
pub(super) enum Form {
    /// A zip archive: a workbook.
    Archive,
    /// Microsoft's older container: an encrypted workbook, or .xls.
    Compound,
    /// Anything else: text.
    Other,
}

/// Looks at the first bytes, and goes back to the beginning.
pub(super) fn form(source: &mut dyn Source) -> Result<Form, At> {
    let (mut start, mut held) = ([0; 4], 0);
    source.seek(SeekFrom::Start(0))?;
    while held < start.len() {
        match source.read(&mut start[held..])? {
            0 => break,
            read => held += read,
        }
    }
    source.seek(SeekFrom::Start(0))?;
    Ok(match &start {
        b"PK\x03\x04" | b"PK\x05\x06" => Form::Archive,
        b"\xd0\xcf\x11\xe0" => Form::Compound,
        _ => Form::Other,
    })
}

pub(super) fn each_row(source: &mut dyn Source, take: Take<'_>) -> Result<(), At> {
    if source.seek(SeekFrom::End(0))? > limits::WORKBOOK {
        return Err(Fault::WorkbookTooLarge("the file").into());
    }
    check_directory(source)?;
    let mut archive = ZipArchive::new(source).map_err(|_| damaged())?;
    let parts = Parts::find(&mut archive)?;
    let texts = match &parts.texts {
        Some(part) => Texts::read(&mut archive, part)?,
        None => Texts::default(),
    };
    sheet::each_row(&mut archive, &parts.sheet, &texts, take)
}

/// Bytes of the record that ends an archive, and the most that may follow it.
const END_RECORD: usize = 22;
const LONGEST_COMMENT: u64 = 65_535;

/// Refuses an archive of very many parts before its directory is read into memory.
fn check_directory(source: &mut dyn Source) -> Result<(), At> {
    let size = source.seek(SeekFrom::End(0))?;
    let tail = size.min(LONGEST_COMMENT + END_RECORD as u64);
    source.seek(SeekFrom::Start(size - tail))?;
    let mut bytes = vec![0; usize::try_from(tail).unwrap_or(0)];
    source.read_exact(&mut bytes)?;
    source.seek(SeekFrom::Start(0))?;
    let mut ends = bytes
        .windows(END_RECORD)
        .filter(|at| at.starts_with(b"PK\x05\x06"));
    let few =
        |end: &[u8]| usize::from(u16::from_le_bytes([end[10], end[11]])) <= limits::WORKBOOK_PARTS;
    match ends.clone().next() {
        None => Err(damaged().into()),
        Some(_) if ends.all(few) => Ok(()),
        Some(_) => Err(Fault::WorkbookTooLarge("its number of parts").into()),
    }
}

fn damaged() -> Fault {
    Fault::Workbook("it is damaged")
}
