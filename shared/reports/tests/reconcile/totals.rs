//! Batches: lines against summaries, parts of series, and files that come again.

use crate::support::{Sold, reconcile, settings, settlement};
use domain::Payment;

const HEADER: &str = "settlementBatchId,customerId,acquirer,summaryType,settlementTime,count,settlementAmountValue,settlementCurrency,feeAmountValue,feeCurrency";

fn summary(lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    format!("{HEADER}\n{lines}<END>\n")
}

fn rows() -> Vec<Payment> {
    ["1", "2"]
        .map(|name| Sold::captured(name, 30000, "EUR").row())
        .into()
}

const LINES: [&str; 2] = [
    "CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=300.00 net=297.00 fee=-3.00",
    "CAPTURE tx=CAP2 orig=PID2 req=CR2 gross=300.00 net=298.00 fee=-2.00",
];
const TOTAL: &str = "B1,M1,Antom,TOTAL,2026-04-03T00:00:00+08:00,2,595.00,EUR,-5.00,EUR";
const CAPTURES: &str = "B1,M1,Antom,CAPTURE,2026-04-03T00:00:00+08:00,2,595.00,EUR,-5.00,EUR";

#[test]
fn the_lines_of_a_batch_must_add_up_to_its_total() {
    let other_batch = |line: &str| line.replace("B1,", "B9,");
    let with_correction = [LINES[0], LINES[1], "DEFAULT net=0.01"];
    for (what, lines, summary_lines, want) in [
        (
            "agree",
            &LINES[..],
            vec![CAPTURES.to_owned(), TOTAL.into()],
            vec![],
        ),
        (
            "TOTAL first, as samples have it",
            &LINES,
            vec![TOTAL.into(), CAPTURES.into()],
            vec![],
        ),
        (
            "a line is missing",
            &LINES[..1],
            vec![CAPTURES.into(), TOTAL.into()],
            vec!["total_differs B1", "total_differs B1"],
        ),
        (
            "the fees alone differ",
            &LINES,
            vec![CAPTURES.into(), TOTAL.replace("-5.00", "-6.00")],
            vec!["total_differs B1"],
        ),
        (
            "a correction that both have",
            &with_correction,
            vec![
                CAPTURES.into(),
                "B1,M1,Antom,DEFAULT,2026-04-03T00:00:00+08:00,1,0.01,EUR,,".into(),
                TOTAL.replace("595.00", "595.01"),
            ],
            vec!["correction B1"],
        ),
        (
            "a correction that the summary alone has",
            &LINES,
            vec![
                CAPTURES.into(),
                "B1,M1,Antom,DEFAULT,2026-04-03T00:00:00+08:00,1,0.01,EUR,,".into(),
                TOTAL.replace("595.00", "595.01"),
            ],
            vec!["total_differs B1"],
        ),
        (
            "no TOTAL",
            &LINES,
            vec![CAPTURES.into()],
            vec!["summary_inconsistent B1"],
        ),
        (
            "a summary that does not add up",
            &LINES,
            vec![CAPTURES.replace("595.00", "594.00"), TOTAL.into()],
            vec!["summary_inconsistent B1"],
        ),
        (
            "a summary of another batch too",
            &LINES,
            vec![
                CAPTURES.into(),
                TOTAL.into(),
                other_batch(CAPTURES),
                other_batch(TOTAL),
            ],
            vec!["details_missing B9"],
        ),
        (
            "a word that nobody knows",
            &LINES,
            vec![CAPTURES.replace("CAPTURE", "SURPRISE"), TOTAL.into()],
            vec!["type_unknown B1"],
        ),
        (
            "an empty batch",
            &LINES,
            vec![
                CAPTURES.into(),
                TOTAL.into(),
                "B9,M1,Antom,TOTAL,2026-04-03T00:00:00+08:00,0,0,EUR,,".into(),
            ],
            vec![],
        ),
    ] {
        let summary_lines: Vec<&str> = summary_lines.iter().map(String::as_str).collect();
        let files = [
            ("d.csv", settlement(lines)),
            ("s.csv", summary(&summary_lines)),
        ];
        let settings = reports::Settings {
            period: None,
            ..settings()
        };
        let got = reconcile(&files, &rows(), settings).unwrap();
        assert_eq!(got.told(), want, "{what}: {:#?}", got.findings);
    }
}

#[test]
fn a_summary_alone_is_held_against_itself() {
    let got = reconcile(
        &[("s.csv", summary(&[CAPTURES, TOTAL]))],
        &rows(),
        settings(),
    )
    .unwrap();
    assert!(got.findings.is_empty(), "{:#?}", got.findings);
    let (key, batch) = got.statement.batches.iter().next().unwrap();
    let total = batch.summary.unwrap().total.unwrap();
    assert_eq!(
        (key.batch.as_str(), total.display(key.currency)),
        ("B1", "595.00 EUR".into())
    );
}

#[test]
fn the_legacy_sample_adds_up() {
    let sample = format!(
        "{HEADER}\n\
        2018122611021040123,1022188000000000001,Alipay_SG,TOTAL,2018-12-26T10:00:00+08:30,2,725,USD,-25,USD\n\
        2018122611021040123,1022188000000000001,Alipay_SG,PAYMENT,2018-12-26T10:00:00+08:30,1,1450,USD,-50,USD\n\
        2018122611021040123,1022188000000000001,Alipay_SG,REFUND,2018-12-26T10:00:00+08:30,1,-725,USD,25,USD\n<END>\n"
    );
    let settings = reports::Settings {
        unit: Some(reports::Unit::Minor),
        ..settings()
    };
    let got = reconcile(&[("s.csv", sample)], &[], settings).unwrap();
    assert!(got.findings.is_empty());
    let (key, batch) = got.statement.batches.iter().next().unwrap();
    let total = batch.summary.unwrap().total.unwrap();
    assert_eq!(total.display(key.currency), "7.25 USD");
}

#[test]
fn a_file_that_comes_again_is_noticed_and_counted_once() {
    let text = settlement(&LINES);
    let summary = summary(&[CAPTURES, TOTAL]);
    let again = text.replace('\n', "\r\n");
    let quoted = text.replace("Antom", "\"Antom\"");
    for second in [&text, &again, &quoted] {
        let files = [
            ("one/settlementItems_EUR_B1_000.csv", text.clone()),
            ("two/settlementItems_EUR_B1_000.csv", second.clone()),
            ("summary.csv", summary.clone()),
        ];
        let got = reconcile(&files, &rows(), settings()).unwrap();
        assert!(got.statement.balances(), "{:#?}", got.findings);
        assert_eq!(got.statement.files[1].repeats, Some(0));
        assert_eq!(
            got.statement.counts.get(&reports::Kind::LineRepeated),
            Some(&2)
        );
        let (.., balance) = got.statement.balances.iter().next().unwrap();
        assert_eq!(balance.reports.number, 2);
    }
}

#[test]
fn lines_that_come_again_in_another_form_are_counted_once() {
    // The same batch, once from the transfer and once from the dashboard, whose columns differ.
    let dashboard = settlement(&LINES).replace("settlementTime", "settlementTime2");
    let files = [
        ("settlementItems_EUR_B1_000.csv", settlement(&LINES)),
        ("SETTLEMENT_DETAIL_B1_20260403.csv", dashboard),
        ("summary.csv", summary(&[CAPTURES, TOTAL])),
    ];
    let got = reconcile(&files, &rows(), settings()).unwrap();
    assert!(got.findings.is_empty(), "{:#?}", got.findings);
    assert_eq!(
        got.statement.counts.get(&reports::Kind::LineRepeated),
        Some(&2)
    );

    // Two parts of one series cannot be the same: the capture was settled twice.
    let files = [
        ("settlementItems_EUR_B1_000.csv", settlement(&LINES)),
        ("settlementItems_EUR_B1_001.csv", settlement(&LINES[1..])),
        ("summary.csv", summary(&[CAPTURES, TOTAL])),
    ];
    let got = reconcile(&files, &rows(), settings()).unwrap();
    assert_eq!(
        got.told(),
        ["settled_twice CAP2", "total_differs B1", "total_differs B1"]
    );
}

#[test]
fn two_versions_of_one_part_are_refused() {
    let files = [
        ("settlementItems_EUR_B1_000.csv", settlement(&LINES)),
        (
            "new/settlementItems_EUR_B1_000.csv",
            settlement(&LINES[1..]),
        ),
    ];
    let refused = reconcile(&files, &rows(), settings()).err().unwrap();
    assert_eq!(refused.fault.code(), "two_versions");
    assert!(
        refused
            .to_string()
            .contains("settlementItems_EUR_B1_000.csv"),
        "{refused}"
    );
}

#[test]
fn a_part_that_was_not_given_is_found() {
    let files = [
        ("settlementItems_EUR_B1_000.csv", settlement(&LINES[..1])),
        ("settlementItems_EUR_B1_002.csv", settlement(&LINES[1..])),
    ];
    let got = reconcile(&files, &rows(), settings()).unwrap();
    assert_eq!(got.told(), ["part_missing settlementItems_EUR_B1_001"]);
}
