//! Workbooks, written by hand so that each can be wrong in one place.

use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const PACKAGE: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="report" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const PARTS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://x/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>"#;

#[derive(Clone)]
pub(super) struct Workbook {
    workbook: String,
    sheet: String,
    texts: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Inline,
    Shared,
    Numbers,
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn name(column: usize, row: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(column).unwrap());
    format!("{letter}{}", row + 1)
}

impl Workbook {
    fn of(lines: &[Vec<&str>], form: Form) -> Self {
        let (mut sheet, mut texts, mut count) = (String::new(), String::new(), 0);
        for (row, cells) in lines.iter().enumerate() {
            sheet += &format!("<row r=\"{}\">", row + 1);
            for (column, cell) in cells
                .iter()
                .enumerate()
                .filter(|(_, cell)| !cell.is_empty())
            {
                let name = name(column, row);
                let text = escaped(cell);
                sheet += &match form {
                    Form::Numbers if cell.parse::<f64>().is_ok() => {
                        format!("<c r=\"{name}\"><v>{cell}</v></c>")
                    }
                    Form::Shared => {
                        texts += &format!(
                            "<si><r><t>{text}</t></r><rPh sb=\"0\" eb=\"1\"><t>kana</t></rPh></si>"
                        );
                        count += 1;
                        format!("<c r=\"{name}\" t=\"s\"><v>{}</v></c>", count - 1)
                    }
                    _ => format!("<c r=\"{name}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"),
                };
            }
            sheet += "</row>";
        }
        let begin = r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:J3"/><sheetData>"#;
        Self {
            workbook: WORKBOOK.to_owned(),
            sheet: format!("{begin}{sheet}</sheetData></worksheet>"),
            texts: format!(
                "<?xml version=\"1.0\"?><sst count=\"{count}\" uniqueCount=\"18446744073709551615\">{texts}</sst>"
            ),
        }
    }

    pub(super) fn inline(lines: &[Vec<&str>]) -> Self {
        Self::of(lines, Form::Inline)
    }

    pub(super) fn shared(lines: &[Vec<&str>]) -> Self {
        Self::of(lines, Form::Shared)
    }

    pub(super) fn numbers(lines: &[Vec<&str>]) -> Self {
        Self::of(lines, Form::Numbers)
    }

    pub(super) fn with_dimension(self, dimension: &str) -> Self {
        self.with_sheet(|sheet| sheet.replace("A1:J3", dimension))
    }

    pub(super) fn without_names(self) -> Self {
        self.with_sheet(|sheet| {
            let mut sheet = sheet;
            for row in 0..3 {
                for column in 0..10 {
                    sheet = sheet.replace(&format!(" r=\"{}\"", name(column, row)), "");
                }
            }
            sheet
        })
    }

    pub(super) fn with_sheet(mut self, change: impl FnOnce(String) -> String) -> Self {
        self.sheet = change(self.sheet);
        self
    }

    pub(super) fn with_texts(mut self, change: impl FnOnce(String) -> String) -> Self {
        self.texts = change(self.texts);
        self
    }

    pub(super) fn with_workbook(mut self, change: impl FnOnce(String) -> String) -> Self {
        self.workbook = change(self.workbook);
        self
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        Self::archive(&[
            ("_rels/.rels", PACKAGE.to_owned()),
            ("xl/workbook.xml", self.workbook.clone()),
            ("xl/_rels/workbook.xml.rels", PARTS.to_owned()),
            ("xl/worksheets/sheet1.xml", self.sheet.clone()),
            ("xl/sharedStrings.xml", self.texts.clone()),
        ])
    }

    pub(super) fn archive(parts: &[(&str, String)]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            archive
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }
}
