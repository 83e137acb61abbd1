//! A file that somebody says is one of POP's reports.

use crate::{Target, rows};
use domain::Payment;
use reports::fault::Fault;
use reports::{Encoding, Period, Reading, Settings, Unit};
use serde_json::json;
use simulator::PaymentRecord;
use simulator::reports::{Discrepancy, Form, Generation, ReportOptions, write};
use std::io::Cursor;

pub(super) const TARGET: Target = Target {
    name: "report_file",
    about: "a file of POP's reports, as CSV or workbook, read and reconciled with a row",
    holds: "it is refused with a stable word that repeats nothing of it, or books and reports differ by what the findings explain; reading it twice says the same",
    longest: 16 * 1024,
    json: false,
    head: 1,
    seeds,
    run,
};

/// Reports of two payments in every generation and form, right and wrong ones, behind a byte of settings.
fn seeds() -> Vec<Vec<u8>> {
    let records = records();
    let mut seeds = Vec::new();
    for (place, generation) in [Generation::A, Generation::B, Generation::C]
        .into_iter()
        .enumerate()
    {
        for form in [Form::Csv, Form::Xlsx] {
            let options = ReportOptions {
                generation,
                form,
                dressed: place == 1,
                batch_lines: true,
                wrong: vec![
                    Discrepancy::UnknownPayment,
                    Discrepancy::TypeUnknown,
                    Discrepancy::SettledTwice,
                ],
                ..ReportOptions::default()
            };
            let set = write(&records, &options).unwrap();
            seeds.extend(
                set.reports
                    .into_iter()
                    .map(|report| [&[1], report.bytes.as_slice()].concat()),
            );
        }
    }
    seeds.push(
        b"\x02summaryType,settlementBatchId,settlementAmountValue,settlementCurrency\n<END>\n"
            .to_vec(),
    );
    seeds
}

/// The payment of [`rows`] as the provider has it, and another one.
fn records() -> Vec<PaymentRecord> {
    let record = |id: &str, payment_id: &str| {
        let amount = json!({ "currency": "EUR", "value": rows::AMOUNT });
        let transfer = |request_id: &str, id: &str| {
            json!({
                "requestId": request_id, "id": id, "amount": amount, "state": "SUCCESS", "resultCode": "SUCCESS",
                "automatic": false, "finishedAt": "2026-01-02T12:01:02Z", "calls": 1, "effects": 1,
            })
        };
        let record = json!({
            "paymentRequestId": id, "paymentId": payment_id, "orderId": "ORDER_1", "amount": amount, "captureMode": "MANUAL",
            "state": "SUCCESS", "resultCode": "SUCCESS", "lastFour": null,
            "cardUse": { "brand": null, "token": false, "tokenize": false, "recurringType": null, "ownAuthentication": false },
            "createdAt": "2026-01-02T12:01:01Z", "finishedAt": "2026-01-02T12:01:01Z", "expiresAt": "2026-01-02T13:01:01Z",
            "authorisedUntil": null, "challengeUrl": null, "cancelledAt": null, "payCalls": 1, "authorisations": 1,
            "captures": [transfer(&format!("{id}-C"), &format!("{payment_id}C"))],
            "refunds": [transfer(rows::REFUND_ID, &format!("{payment_id}R"))], "notifications": [],
        });
        serde_json::from_value(record).unwrap()
    };
    vec![
        record(rows::ID, rows::PAYMENT_ID),
        record("OTHER", "20260102194010800100188010200000002"),
    ]
}

fn run(data: &[u8]) {
    let [byte, file @ ..] = data else { return };
    let row = rows::row(*byte);
    let settings = self::settings(*byte);
    let first = reconciled(settings, row, file);
    assert_eq!(
        first,
        reconciled(settings, row, file),
        "the same when it is read again"
    );
    if let Err(words) = &first {
        assert!(
            words.len() < 500 && !words.chars().any(char::is_control),
            "{words:?}"
        );
    }
}

fn settings(byte: u8) -> Settings {
    Settings {
        unit: [None, Some(Unit::Major), Some(Unit::Minor)][usize::from(byte % 3)],
        period: (byte & 0x10 != 0).then_some(Period {
            from: domain::Time::from_millis(0),
            to: domain::Time::from_millis(4_102_444_800_000),
        }),
        absent_after: domain::Seconds::days(3),
        encoding: if byte & 0x20 == 0 {
            Encoding::Utf8
        } else {
            Encoding::Gbk
        },
    }
}

/// The statement and its findings as text, or the refusal.
fn reconciled(settings: Settings, row: &Payment, file: &[u8]) -> Result<String, String> {
    let new_stream = || Ok(Box::new(Cursor::new(Vec::new())) as Box<dyn reports::Stream>);
    let mut reading = Reading::begin(settings, Box::new(new_stream)).unwrap();
    let read = reading.file("report.csv", &mut Cursor::new(file));
    read.map_err(|refused| refused.to_string())?;
    reading.row(row).unwrap();
    let refused = |fault: Fault| fault.to_string();
    let mut matching = reading.resolve(&mut || {}).map_err(refused)?;
    let mut findings = Vec::new();
    while let Some(partition) = matching.next_partition().map_err(refused)? {
        for one in partition {
            matching.count(&one).map_err(refused)?;
            findings.extend(one.judged.findings);
        }
    }
    let (statement, more) = matching.finish();
    findings.extend(more);
    for (.., balance) in statement.balances.iter() {
        assert!(balance.unexplained().is_zero(), "{balance:?}: {findings:?}");
    }
    Ok(format!("{statement:?} {findings:?}"))
}
