//! Files: what is read, and what is refused with which word.

mod workbook;

use crate::support::{Sold, reconcile, reconcile_bytes, settings, settlement};
use reports::{Encoding, ReportKind, Settings};
use workbook::Workbook;

const HEADER: &str = "settlementBatchId,customerId,acquirer,transactionId,originalTransactionId,transactionType,transactionAmountValue,\
transactionCurrency,settlementAmountValue,settlementCurrency";
const LINE: &str = "B1,M1,Antom,CAP1,PID1,CAPTURE,300.00,EUR,300.00,EUR";

/// The code and the line of a refusal.
fn refusal(name: &str, bytes: &[u8]) -> (&'static str, Option<u64>) {
    let refused = reconcile_bytes(&[(name, bytes)], &[], settings()).err();
    let refused =
        refused.unwrap_or_else(|| panic!("{name} is read: {:?}", String::from_utf8_lossy(bytes)));
    let words = refused.to_string();
    assert!(words.starts_with(name) && words.len() < 400, "{words}");
    (refused.fault.code(), refused.line)
}

#[test]
fn what_is_no_whole_report_is_refused_with_its_word_and_line() {
    let cell = |from: &str, to: &str| format!("{HEADER}\n{}\n<END>\n", LINE.replacen(from, to, 1));
    let header =
        |from: &str, to: &str| format!("{}\n{LINE}\n<END>\n", HEADER.replacen(from, to, 1));
    for (text, want) in [
        (String::new(), ("incomplete", None)),
        (format!("{HEADER}\n"), ("incomplete", None)),
        (format!("{HEADER}\n{LINE}\n"), ("incomplete", None)),
        (format!("{HEADER}\n{LINE}"), ("incomplete", None)),
        (format!("{HEADER}\n{LINE}\n<EN"), ("ragged", Some(3))),
        (format!("{HEADER}\n{LINE}\n\"<EN\n"), ("ragged", Some(3))),
        (
            format!("{HEADER}\n{LINE}\n<END>\n{LINE}\n"),
            ("after_end", Some(4)),
        ),
        (
            format!("{HEADER}\n{LINE}\n<END>\n<END>\n"),
            ("after_end", Some(4)),
        ),
        (
            format!("{HEADER}\n{LINE},more\n<END>\n"),
            ("ragged", Some(2)),
        ),
        (
            format!("{HEADER}\nB1,M1,Antom,CAP1\n<END>\n"),
            ("ragged", Some(2)),
        ),
        (
            format!("{}\n<END>\n", HEADER.replace(',', ";")),
            ("unknown_report", Some(1)),
        ),
        (
            format!("{}\n<END>\n", HEADER.replace(',', "\t")),
            ("unknown_report", Some(1)),
        ),
        (format!("{LINE}\n<END>\n"), ("unknown_report", Some(1))),
        ("<END>\n".into(), ("unknown_report", None)),
        (
            header("transactionType", "type"),
            ("unknown_report", Some(1)),
        ),
        (
            header("settlementAmountValue", "other"),
            ("column_missing", Some(1)),
        ),
        (
            header("customerId", "TRANSACTIONID"),
            ("column_twice", Some(1)),
        ),
        (cell("300.00", "300,00"), ("ragged", Some(2))),
        (cell("300.00", "\"300,00\""), ("number", Some(2))),
        (cell("300.00", "=1+1"), ("number", Some(2))),
        (cell("300.00", "3e2"), ("number", Some(2))),
        (cell("300.00", "9999999999999999999"), ("number", Some(2))),
        (cell(",EUR", ",euro"), ("currency", Some(2))),
        (cell(",EUR", ","), ("currency", Some(2))),
        (cell("CAPTURE", ""), ("empty_cell", Some(2))),
        (cell("B1", ""), ("empty_cell", Some(2))),
        (cell("CAP1", "CAP\u{1b}[31m"), ("id", Some(2))),
        (cell("CAP1", "\"a\nb\""), ("id", Some(2))),
        (cell("CAP1", &"9".repeat(300)), ("id", Some(2))),
        (
            cell("CAPTURE", &format!("\"{}\"", "A\u{7}")),
            ("id", Some(2)),
        ),
    ] {
        assert_eq!(refusal("report.csv", text.as_bytes()), want, "{text:?}");
    }
}

#[test]
fn names_say_what_must_not_be_read_and_must_not_lie() {
    let text = format!("{HEADER}\n{LINE}\n<END>\n");
    for (name, want) in [
        ("settlementItems_EUR_B1_000.csv.tmp", ("unfinished", None)),
        ("settlementItems_EUR_B1_000.csv.asc", ("encrypted", None)),
        ("transactionItems_20260401_000.csv", ("misnamed", Some(1))),
        ("settlementSummary_EUR_B1_000.csv", ("misnamed", Some(1))),
    ] {
        assert_eq!(refusal(name, text.as_bytes()), want, "{name}");
    }
}

#[test]
fn a_refusal_repeats_nothing_of_the_file() {
    let text = format!("{HEADER}\n{}\n<END>\n", LINE.replace("300.00", "SECRET"));
    let refused = reconcile(&[("report.csv", text)], &[], settings())
        .err()
        .unwrap();
    assert!(!refused.to_string().contains("SECRET"), "{refused}");
}

#[test]
fn batches_without_lines_are_read() {
    for (name, text, kind) in [
        (
            "report.csv",
            format!("{HEADER}\n<END>\n"),
            ReportKind::Settlement,
        ),
        (
            "report.csv",
            format!("{HEADER}\r\nEND,,,\r\n"),
            ReportKind::Settlement,
        ),
        (
            "settlementItems_EUR_0_000.csv",
            "<END>\n".to_owned(),
            ReportKind::Settlement,
        ),
        (
            "transactionItems_20260401_000.csv",
            "<END>".to_owned(),
            ReportKind::Transactions,
        ),
    ] {
        let got = reconcile(&[(name, text.clone()), (name, text)], &[], settings()).unwrap();
        let file = &got.statement.files[1];
        assert_eq!(
            (file.kind, file.lines, file.repeats),
            (kind, 0, None),
            "{name}"
        );
    }
}

#[test]
fn gbk_is_read_when_it_is_said_and_not_before() {
    let text = format!("{HEADER},description\n{LINE},咖啡\n<END>\n");
    let (gbk, _, _) = encoding_rs::GBK.encode(&text);
    assert_eq!(refusal("report.csv", &gbk), ("encoding", Some(2)));
    let settings = Settings {
        encoding: Encoding::Gbk,
        ..settings()
    };
    let rows = [Sold::captured("1", 30000, "EUR").row()];
    let got = reconcile_bytes(&[("report.csv", &gbk)], &rows, settings).unwrap();
    assert!(got.statement.balances());
    assert_eq!(
        refusal("report.csv", b"\xff\xfea\0,\0"),
        ("encoding", Some(1))
    );
}

#[test]
fn huge_things_are_refused_early() {
    let huge = |cell: &str| format!("{HEADER}\n{}\n<END>\n", LINE.replace("Antom", cell));
    assert_eq!(
        refusal("report.csv", huge(&"x".repeat(9000)).as_bytes()),
        ("cell_too_long", Some(2))
    );
    let endless = format!("{HEADER}\n\"{}", "x".repeat(1 << 20));
    assert_eq!(
        refusal("report.csv", endless.as_bytes()),
        ("line_too_long", Some(2))
    );
    let wide = format!("{HEADER}{}\n<END>\n", ",x".repeat(1000));
    assert_eq!(
        refusal("report.csv", wide.as_bytes()),
        ("too_many_columns", Some(1))
    );
    let many: String = (0..11_000)
        .map(|n| LINE.replace("CAP1", &format!("X{n}")) + "\n")
        .collect();
    let text = format!("{HEADER}\n{many}<END>\n");
    let mut reading = reports::Reading::begin(
        settings(),
        Box::new(|| Ok(Box::new(std::io::Cursor::new(Vec::new())))),
    )
    .unwrap();
    reading
        .file("report.csv", &mut std::io::Cursor::new(text))
        .unwrap();
    let mut matching = reading.resolve(&mut || {}).unwrap();
    let fault = loop {
        match matching.next_partition() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("11,000 lines of one payment"),
            Err(fault) => break fault,
        }
    };
    assert_eq!(fault.code(), "too_many_lines_of_a_payment");
}

#[test]
fn too_many_batches_are_refused() {
    let many: String = (0..100_001)
        .map(|n| LINE.replace("B1", &format!("B{n}")) + "\n")
        .collect();
    let text = format!("{HEADER}\n{many}<END>\n");
    assert_eq!(refusal("report.csv", text.as_bytes()).0, "too_many_batches");
}

#[test]
fn a_workbook_says_the_same_as_the_text() {
    let rows = [Sold::captured("1", 30000, "EUR").row()];
    let lines = [HEADER, LINE, "<END>"].map(|line| line.split(',').collect::<Vec<_>>());
    for (what, workbook) in [
        ("texts in the sheet", Workbook::inline(&lines)),
        ("texts in their table", Workbook::shared(&lines)),
        ("numbers as numbers", Workbook::numbers(&lines)),
        (
            "a wrong dimension",
            Workbook::shared(&lines).with_dimension("A1:A1"),
        ),
        (
            "no names of cells",
            Workbook::inline(&lines).without_names(),
        ),
    ] {
        let files: [(&str, &[u8]); 1] = [("report.xlsx", &workbook.bytes())];
        let got = reconcile_bytes(&files, &rows, settings()).unwrap();
        assert!(got.statement.balances(), "{what}: {:#?}", got.findings);
        assert_eq!(got.statement.files[0].lines, 1, "{what}");
    }
    // The same contents in both forms are noticed.
    let workbook = Workbook::inline(&lines).bytes();
    let text = lines.map(|line| line.join(",")).join("\n");
    let files: [(&str, &[u8]); 2] = [("report.csv", text.as_bytes()), ("report.xlsx", &workbook)];
    let got = reconcile_bytes(&files, &rows, settings()).unwrap();
    assert_eq!(got.statement.files[1].repeats, Some(0));
}

#[test]
fn what_is_no_plain_workbook_is_refused() {
    let lines = [HEADER, LINE, "<END>"].map(|line| line.split(',').collect::<Vec<_>>());
    let good = Workbook::inline(&lines);
    let sheet = |from: &str, to: &str| {
        good.clone()
            .with_sheet(|sheet| sheet.replacen(from, to, 1))
            .bytes()
    };
    let cell = "<c r=\"G2\" t=\"inlineStr\"><is><t>300.00</t></is></c>";
    let whole = good.bytes();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "a formula",
            sheet(cell, "<c r=\"G2\"><f>1+1</f><v>300</v></c>"),
            "formula",
        ),
        (
            "an error",
            sheet(cell, "<c r=\"G2\" t=\"e\"><v>#REF!</v></c>"),
            "error_cell",
        ),
        (
            "a text that is not there",
            sheet(cell, "<c r=\"G2\" t=\"s\"><v>99</v></c>"),
            "workbook",
        ),
        (
            "a number that is none",
            sheet(cell, "<c r=\"G2\"><v>1+1</v></c>"),
            "workbook",
        ),
        (
            "an id as a number",
            sheet(
                "<c r=\"D2\" t=\"inlineStr\"><is><t>CAP1</t></is></c>",
                "<c r=\"D2\"><v>2.02604011940108E+33</v></c>",
            ),
            "imprecise",
        ),
        (
            "a column far away",
            sheet("r=\"G2\"", "r=\"ZZZZZZ2\""),
            "too_many_columns",
        ),
        ("an own entity", sheet("300.00", "&own;"), "workbook"),
        (
            "a huge text",
            sheet("300.00", &"9".repeat(40_000)),
            "cell_too_long",
        ),
        (
            "a huge tag",
            sheet("t=\"inlineStr\"", &format!("t=\"{}\"", "n".repeat(40_000))),
            "cell_too_long",
        ),
        ("no end of the XML", sheet("</sheetData>", ""), "workbook"),
        (
            "no <END>",
            Workbook::inline(&lines[..2]).bytes(),
            "incomplete",
        ),
        ("cut off", whole[..whole.len() / 2].to_vec(), "workbook"),
        (
            "an archive of something else",
            Workbook::archive(&[("readme.txt", "hello".into())]),
            "workbook",
        ),
        (
            "an encrypted workbook",
            [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 4096]].concat(),
            "workbook",
        ),
        (
            "very many parts",
            Workbook::archive(
                &(0..2000)
                    .map(|n| (format!("{n}").leak() as &str, String::new()))
                    .collect::<Vec<_>>(),
            ),
            "workbook_too_large",
        ),
        (
            "a bomb of texts",
            Workbook::shared(&lines)
                .with_texts(|texts| {
                    texts.replacen(
                        "</sst>",
                        &format!("{}</sst>", "<si><t>0123456789</t></si>".repeat(6_000_000)),
                        1,
                    )
                })
                .bytes(),
            "workbook_too_large",
        ),
        (
            "a bomb among the parts",
            good.clone()
                .with_workbook(|text| {
                    text.replacen(
                        "<sheets>",
                        &format!("{}<sheets>", "<x/>".repeat(500_000)),
                        1,
                    )
                })
                .bytes(),
            "workbook_too_large",
        ),
    ];
    for (what, bytes, want) in cases {
        let (code, _) = refusal("report.xlsx", &bytes);
        assert_eq!(code, want, "{what}");
    }
}

#[test]
fn reading_the_same_again_changes_nothing() {
    let rows = [
        Sold::captured("1", 30000, "EUR").row(),
        Sold::captured("2", 1, "EUR").row(),
    ];
    let text = settlement(&[
        "CAPTURE tx=CAP1 orig=PID1 gross=299.00 net=299.00",
        "SURPRISE net=1.00",
    ]);
    let told = || {
        let got = reconcile(&[("report.csv", text.clone())], &rows, settings()).unwrap();
        (got.findings, got.statement)
    };
    assert_eq!(told(), told());
}
