//! CSV files.

use super::decoded::Decoded;
use super::ration::Rationed;
use super::{At, Encoding, Row, Source, Take};
use crate::fault::Fault;
use crate::limits;
use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};
use std::io::{self, Read};

/// What the reader holds beyond the line that it gives.
const BUFFER: usize = 64 * 1024;

pub(super) fn each_row(
    source: &mut dyn Source,
    encoding: Encoding,
    take: Take<'_>,
) -> Result<(), At> {
    match encoding {
        Encoding::Utf8 => each(source, "UTF-8", take),
        Encoding::Gbk => each(&mut Decoded::new(source), "GBK", take),
    }
}

fn each(source: &mut dyn Read, encoding: &'static str, take: Take<'_>) -> Result<(), At> {
    let rationed = Rationed::new(source, limits::LINE + BUFFER, u64::MAX);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true) // the lines' own check says which line it is
        .buffer_capacity(BUFFER)
        .from_reader(rationed);
    let (mut record, mut row) = (ByteRecord::new(), Row::default());
    let mut next = 1;
    while read(&mut reader, &mut record, next, encoding)? {
        // The reader counts line feeds, and is one behind where carriage returns stand before them.
        let line = record
            .position()
            .map_or(next, |position| position.line().max(next));
        fill(&mut row, &record, line, encoding).map_err(|fault| fault.at(line))?;
        if !row.is_empty() {
            take(&row).map_err(|fault| fault.at(line))?;
        }
        let breaks = record
            .as_slice()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        next = line + 1 + breaks as u64;
        reader.get_mut().renew();
    }
    Ok(())
}

fn read<R: Read>(
    reader: &mut Reader<Rationed<R>>,
    record: &mut ByteRecord,
    line: u64,
    encoding: &'static str,
) -> Result<bool, At> {
    reader.read_byte_record(record).map_err(|error| {
        let fault = match error.into_kind() {
            ErrorKind::Io(_) if reader.get_ref().is_spent() => Fault::LineTooLong,
            ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                Fault::Encoding(encoding)
            }
            ErrorKind::Io(error) => Fault::Io(error),
            _ => Fault::Io(io::ErrorKind::InvalidData.into()),
        };
        fault.at(line)
    })
}

fn fill(
    row: &mut Row,
    record: &ByteRecord,
    line: u64,
    encoding: &'static str,
) -> Result<(), Fault> {
    row.clear(line, false);
    if record.as_slice().len() > limits::LINE {
        return Err(Fault::LineTooLong);
    }
    for cell in record {
        let cell = std::str::from_utf8(cell).map_err(|_| Fault::Encoding(encoding))?;
        row.push(cell)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    type Lines = Vec<(u64, Vec<String>)>;
    type Refusal = (Option<u64>, &'static str);

    fn rows(bytes: &[u8]) -> Result<Lines, Refusal> {
        rows_in(bytes, Encoding::Utf8)
    }

    fn rows_in(bytes: &[u8], encoding: Encoding) -> Result<Lines, Refusal> {
        let mut rows = Vec::new();
        let mut take = |row: &Row| {
            rows.push((row.number, row.cells().map(str::to_owned).collect()));
            Ok(())
        };
        each_row(&mut Cursor::new(bytes), encoding, &mut take)
            .map_err(|at| (at.line, at.fault.code()))?;
        Ok(rows)
    }

    fn line(number: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (
            number,
            cells.iter().map(|cell| (*cell).to_owned()).collect(),
        )
    }

    #[test]
    fn lines_in_every_dress() {
        let plain = [line(1, &["a", "b"]), line(2, &["1", "2"])];
        for text in [
            "a,b\n1,2\n",
            "a,b\r\n1,2\r\n",
            "a,b\r1,2\r",
            "a,b\n1,2",
            "\u{feff}a,b\n1,2\n",
            "\"a\",\"b\"\n\"1\",\"2\"\n",
            " a , b \n1, 2\n",
        ] {
            assert_eq!(rows(text.as_bytes()).unwrap(), plain, "{text:?}");
        }
        let quoted = rows(b"\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\nnext\n").unwrap();
        assert_eq!(
            quoted,
            [
                line(1, &["a,b", "say \"x\"", "two\nlines"]),
                line(3, &["next"])
            ]
        );
        let blank: Vec<_> = rows(b"\n\na\n , \n\nb\n").unwrap();
        assert_eq!(blank.len(), 2, "blank lines are passed over");
        assert_eq!(rows(b"").unwrap(), []);
    }

    #[test]
    fn other_encodings_are_not_guessed() {
        let (gbk, _, _) = encoding_rs::GB18030.encode("a,b\n交易,2\n");
        assert_eq!(rows(&gbk), Err((Some(2), "encoding")));
        assert_eq!(
            rows_in(&gbk, Encoding::Gbk).unwrap(),
            [line(1, &["a", "b"]), line(2, &["交易", "2"])]
        );
        let utf16 = b"\xff\xfea\0,\0b\0\n\0";
        assert_eq!(rows(utf16), Err((Some(1), "encoding")));
        assert_eq!(
            rows_in(b"a\n\xff\xff\n", Encoding::Gbk),
            Err((Some(1), "encoding"))
        );
    }

    #[test]
    fn what_is_far_too_large_is_refused_early() {
        let huge_cell = [b"a\n".as_slice(), &vec![b'x'; limits::CELL + 1]].concat();
        assert_eq!(rows(&huge_cell), Err((Some(2), "cell_too_long")));
        let endless = [b"a\n\"".as_slice(), &vec![b'x'; 3 * limits::LINE]].concat();
        assert_eq!(rows(&endless), Err((Some(2), "line_too_long")));
        let wide = ",".repeat(limits::COLUMNS);
        assert_eq!(rows(wide.as_bytes()), Err((Some(1), "too_many_columns")));
    }
}
