//! Tables as files: text or workbook, each with the line that ends it.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::files::File;
use super::{Form, Report, ReportError, ReportOptions};

const END: &str = "<END>";

pub(super) fn report(file: &File, options: &ReportOptions) -> Result<Report, ReportError> {
    let (ending, bytes) = match options.form {
        Form::Csv => (
            "csv",
            text(file, options.dressed).map_err(|error| error.to_string()),
        ),
        Form::Xlsx => (
            "xlsx",
            workbook(file, options.dressed).map_err(|error| error.to_string()),
        ),
    };
    let name = format!("{}.{ending}", file.stem);
    match bytes {
        Ok(bytes) => Ok(Report { name, bytes }),
        Err(reason) => Err(ReportError { name, reason }),
    }
}

fn text(file: &File, dressed: bool) -> Result<Vec<u8>, csv::Error> {
    let start: &[u8] = if dressed { b"\xef\xbb\xbf" } else { b"" };
    let (terminator, quotes) = match dressed {
        true => (csv::Terminator::CRLF, csv::QuoteStyle::Always),
        false => (csv::Terminator::Any(b'\n'), csv::QuoteStyle::Necessary),
    };
    let mut writer = csv::WriterBuilder::new()
        .terminator(terminator)
        .quote_style(quotes)
        .flexible(true)
        .from_writer(start.to_vec());
    writer.write_record(&file.header)?;
    for row in &file.rows {
        writer.write_record(row)?;
    }
    writer.write_record([END])?;
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// Amounts as numbers where it is dressed, else everything as text.
fn workbook(file: &File, dressed: bool) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let column = |place: usize| u16::try_from(place).unwrap_or(u16::MAX);
    for (place, name) in file.header.iter().enumerate() {
        sheet.write_string(0, column(place), *name)?;
    }
    let mut line = 0;
    for row in &file.rows {
        line += 1;
        for (place, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let is_amount = dressed && file.header[place].ends_with("Value");
            match cell.parse::<f64>().ok().filter(|_| is_amount) {
                Some(number) => sheet.write_number(line, column(place), number)?,
                None => sheet.write_string(line, column(place), cell)?,
            };
        }
    }
    sheet.write_string(line + 1, 0, END)?;
    workbook.save_to_buffer()
}
