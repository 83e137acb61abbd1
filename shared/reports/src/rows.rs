//! Tables, line by line: from CSV and from workbooks alike. Nothing but one line is held, and of a workbook its table of
//! texts.

mod decoded;
mod delimited;
mod ration;
mod workbook;

use crate::fault::Fault;
use std::io::{Read, Seek};

/// A file's bytes.
pub trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

/// What the texts of a CSV file are written in. Told, never guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    Utf8,
    /// GBK and its larger form GB18030.
    Gbk,
}

/// One line of a table.
#[derive(Debug, Default)]
pub(crate) struct Row {
    text: String,
    ends: Vec<usize>,
    /// The line of the file, from 1.
    pub(crate) number: u64,
    /// Whether cells at its end that are empty may be left out, as workbooks do.
    pub(crate) is_padded: bool,
}

impl Row {
    /// How many cells it has.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has none, or nothing in them.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The text of a cell, without blanks around it; empty beyond the last.
    #[must_use]
    pub(crate) fn cell(&self, place: usize) -> &str {
        let end = self.ends.get(place).copied().unwrap_or(self.text.len());
        let start = match place {
            0 => 0,
            _ => self.ends.get(place - 1).copied().unwrap_or(end),
        };
        self.text.get(start..end).unwrap_or_default().trim()
    }

    /// All cells.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|place| self.cell(place))
    }

    fn clear(&mut self, number: u64, is_padded: bool) {
        self.is_padded = is_padded;
        self.text.clear();
        self.ends.clear();
        self.number = number;
    }

    fn push(&mut self, cell: &str) -> Result<(), Fault> {
        if cell.len() > crate::limits::CELL {
            return Err(Fault::CellTooLong);
        }
        if self.ends.len() == crate::limits::COLUMNS {
            return Err(Fault::TooManyColumns);
        }
        self.text.push_str(cell);
        self.ends.push(self.text.len());
        Ok(())
    }

    /// A line of these cells.
    #[cfg(test)]
    pub(crate) fn of(number: u64, cells: &[&str]) -> Self {
        let mut row = Self::default();
        row.clear(number, false);
        for cell in cells {
            row.push(cell).unwrap();
        }
        row
    }
}

/// A fault and the line where it is.
#[derive(Debug)]
pub(crate) struct At {
    pub(crate) line: Option<u64>,
    pub(crate) fault: Fault,
}

impl Fault {
    pub(crate) fn at(self, line: u64) -> At {
        At {
            line: Some(line),
            fault: self,
        }
    }
}

impl<T: Into<Fault>> From<T> for At {
    fn from(fault: T) -> Self {
        Self {
            line: None,
            fault: fault.into(),
        }
    }
}

/// Takes one line after the other.
pub(crate) type Take<'a> = &'a mut dyn FnMut(&Row) -> Result<(), Fault>;

/// Gives every line that is not blank to `take`, in order. Whether it is CSV or a workbook is told by the first bytes.
pub(crate) fn each_row(
    source: &mut dyn Source,
    encoding: Encoding,
    take: Take<'_>,
) -> Result<(), At> {
    match workbook::form(source)? {
        workbook::Form::Archive => workbook::each_row(source, take),
        workbook::Form::Compound => {
            Err(Fault::Workbook("it is encrypted, or of the old form .xls").into())
        }
        workbook::Form::Other => delimited::each_row(source, encoding, take),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_trimmed_and_missing_ones_are_empty() {
        let row = Row::of(7, &["a", "", " b ", "c"]);
        let cells: Vec<_> = row.cells().collect();
        assert_eq!(cells, ["a", "", "b", "c"]);
        assert_eq!((row.cell(4), row.cell(900), row.len()), ("", "", 4));
        assert!(!row.is_empty() && Row::of(1, &["", " "]).is_empty());
    }
}
