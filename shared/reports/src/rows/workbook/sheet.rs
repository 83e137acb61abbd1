//! A sheet's cells.

use super::damaged;
use super::xml::{Xml, attribute};
use crate::fault::Fault;
use crate::limits;
use crate::rows::{At, Row, Source, Take};
use quick_xml::events::{BytesStart, Event};
use std::io::Read;
use zip::ZipArchive;

/// From this number on a spreadsheet's numbers do not hold every whole one that people write: it keeps 15 digits.
const IMPRECISE: f64 = 1e15;

/// The workbook's table of texts, one behind the other.
#[derive(Default)]
pub(super) struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Reads the table.
    pub(super) fn read(archive: &mut ZipArchive<&mut dyn Source>, part: &str) -> Result<Self, At> {
        let part = archive.by_name(part).map_err(|_| damaged())?;
        let mut xml = Xml::new(part, limits::SHARED_TEXTS, "its texts");
        let (mut texts, mut text) = (Self::default(), String::new());
        loop {
            match xml.next()? {
                Event::Start(start) if start.local_name().as_ref() == "si" => {
                    if texts.ends.len() == limits::SHARED_TEXTS_NUMBER {
                        return Err(Fault::WorkbookTooLarge("its number of texts").into());
                    }
                    xml.text("si", &mut text)?;
                    texts.text.push_str(&text);
                    texts.ends.push(texts.text.len());
                }
                Event::Eof => return Ok(texts),
                _ => {}
            }
        }
    }

    fn get(&self, place: usize) -> Option<&str> {
        let end = *self.ends.get(place)?;
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(start..end)
    }
}

/// Gives each line of the sheet that is not blank.
pub(super) fn each_row(
    archive: &mut ZipArchive<&mut dyn Source>,
    part: &str,
    texts: &Texts,
    take: Take<'_>,
) -> Result<(), At> {
    let part = archive.by_name(part).map_err(|_| damaged())?;
    let mut sheet = Sheet {
        xml: Xml::new(part, limits::SHEET, "the sheet"),
        texts,
        cells: Vec::new(),
        used: 0,
    };
    let (mut row, mut number) = (Row::default(), 0);
    loop {
        match sheet.xml.next()? {
            Event::Start(start) if start.local_name().as_ref() == "row" => {
                let named = attribute(&start, "r")?.and_then(|text| text.parse().ok());
                number = named.unwrap_or(number + 1);
                sheet
                    .row(&mut row, number)
                    .map_err(|fault| fault.at(number))?;
                if !row.is_empty() {
                    take(&row).map_err(|fault| fault.at(number))?;
                }
            }
            Event::End(end) if end.local_name().as_ref() == "sheetData" => return Ok(()),
            Event::Eof => return Err(damaged().into()),
            _ => {}
        }
    }
}

struct Sheet<'a, R> {
    xml: Xml<R>,
    texts: &'a Texts,
    /// The line's cells, used again for each line.
    cells: Vec<String>,
    used: usize,
}

/// A cell's form, by its attribute `t`.
#[derive(Clone, Copy)]
enum Form {
    Number,
    SharedText,
    Text,
    Truth,
    Error,
}

impl<R: Read> Sheet<'_, R> {
    /// Reads the cells up to the end of the line.
    fn row(&mut self, row: &mut Row, number: u64) -> Result<(), Fault> {
        self.used = 0;
        let mut place = 0;
        loop {
            match self.xml.next()? {
                Event::Start(start) if start.local_name().as_ref() == "c" => {
                    place = column(&start)?.unwrap_or(place);
                    let form = form(&start)?;
                    self.cell(place, form)?;
                    place += 1;
                }
                Event::End(end) if end.local_name().as_ref() == "row" => break,
                Event::Eof => return Err(damaged()),
                _ => {}
            }
        }
        row.clear(number, true);
        self.cells[..self.used]
            .iter()
            .try_for_each(|cell| row.push(cell))
    }

    /// Reads a cell, whose start was read, into its place.
    fn cell(&mut self, place: usize, form: Form) -> Result<(), Fault> {
        if place >= limits::COLUMNS {
            return Err(Fault::TooManyColumns);
        }
        while self.used <= place {
            match self.cells.get_mut(self.used) {
                Some(cell) => cell.clear(),
                None => self.cells.push(String::new()),
            }
            self.used += 1;
        }
        let cell = &mut self.cells[place];
        loop {
            let element = match self.xml.next()? {
                Event::Start(start) => start.local_name().as_ref().to_owned(),
                Event::End(end) if end.local_name().as_ref() == "c" => return Ok(()),
                Event::Eof => return Err(damaged()),
                _ => continue,
            };
            match element.as_str() {
                "v" => {
                    self.xml.text("v", cell)?;
                    shown(cell, form, self.texts)?;
                }
                "is" => self.xml.text("is", cell)?,
                "f" => return Err(Fault::Formula),
                _ => {}
            }
        }
    }
}

/// Turns what a cell holds into what it shows.
fn shown(cell: &mut String, form: Form, texts: &Texts) -> Result<(), Fault> {
    match form {
        Form::Text => {}
        Form::Error => return Err(Fault::ErrorCell),
        Form::Truth => *cell = if cell == "1" { "TRUE" } else { "FALSE" }.to_owned(),
        Form::SharedText => {
            let place = cell.trim().parse().ok();
            let text = place
                .and_then(|place| texts.get(place))
                .ok_or_else(damaged)?;
            cell.clear();
            cell.push_str(text);
        }
        Form::Number => *cell = number(cell.trim())?,
    }
    Ok(())
}

/// A number as people see it. Spreadsheets store `1.1` as `1.1000000000000001`, which is the same number to them; the
/// shortest text that means it is what was typed, as long as it has no more digits than they keep.
fn number(text: &str) -> Result<String, Fault> {
    let number: f64 = text.parse().map_err(|_| damaged())?;
    if !number.is_finite() {
        return Err(damaged());
    }
    let shown = number.to_string();
    let digits = shown.bytes().filter(u8::is_ascii_digit);
    let significant = digits.skip_while(|digit| *digit == b'0').count();
    match number.abs() < IMPRECISE && significant <= 15 {
        true => Ok(shown),
        false => Err(Fault::Imprecise),
    }
}

/// The column by the cell's name, from 0: `C7` is 2.
fn column(start: &BytesStart<'_>) -> Result<Option<usize>, Fault> {
    let Some(name) = attribute(start, "r").map_err(|at| at.fault)? else {
        return Ok(None);
    };
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic);
    let mut column = 0_usize;
    for letter in letters {
        column = column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1;
        if column > limits::COLUMNS {
            return Err(Fault::TooManyColumns);
        }
    }
    match column {
        0 => Err(damaged()),
        n => Ok(Some(n - 1)),
    }
}

fn form(start: &BytesStart<'_>) -> Result<Form, Fault> {
    let form = attribute(start, "t").map_err(|at| at.fault)?;
    Ok(match form.as_deref() {
        None | Some("n") => Form::Number,
        Some("s") => Form::SharedText,
        Some("str" | "inlineStr" | "d") => Form::Text,
        Some("b") => Form::Truth,
        Some("e") => Form::Error,
        Some(_) => return Err(damaged()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_people_see() {
        for (stored, want) in [
            ("14.5", Ok("14.5")),
            ("1.1000000000000001", Ok("1.1")),
            ("-7.25", Ok("-7.25")),
            ("1E-3", Ok("0.001")),
            ("1450", Ok("1450")),
            ("999999999999999", Ok("999999999999999")),
            ("1000000000000000", Err("imprecise")),
            ("2.01812261102104E+18", Err("imprecise")),
            ("0.30000000000000004", Err("imprecise")),
            ("inf", Err("workbook")),
            ("NaN", Err("workbook")),
            ("", Err("workbook")),
            ("1e999", Err("workbook")),
        ] {
            let got = number(stored).map_err(|fault| fault.code());
            assert_eq!(got, want.map(str::to_owned), "{stored}");
        }
    }
}
