//! Reports that were changed on their way: cut off anywhere, or with any one byte changed. None of them may be taken for
//! a whole report that agrees.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../reconcile/support.rs"]
#[allow(dead_code, reason = "a part of it is used here")]
mod support;

use domain::Payment;
use report::{CpuTime, Tried};
use std::time::Duration;
use support::{Sold, reconcile_bytes, settings, settlement};

const NAMES: [&str; 2] = ["details.csv", "summary.csv"];
const LINES: [&str; 3] = [
    "CAPTURE tx=CAP1 orig=PID1 req=CR1 gross=300.00 net=297.00 fee=-3.00",
    "CAPTURE tx=CAP2 orig=PID2 req=CR2 gross=150.00 net=148.00 fee=-2.00",
    "REFUND tx=REF1 orig=PID1 req=RR1 gross=-100.00 net=-99.00 fee=1.00",
];
const SUMMARY: &str = "\
settlementBatchId,customerId,acquirer,summaryType,count,settlementAmountValue,settlementCurrency,feeAmountValue,feeCurrency
B1,M1,Antom,TOTAL,3,346.00,EUR,-4.00,EUR
B1,M1,Antom,CAPTURE,2,445.00,EUR,-5.00,EUR
B1,M1,Antom,REFUND,1,-99.00,EUR,1.00,EUR
<END>
";

fn rows() -> Vec<Payment> {
    let refund = domain::RefundState::Succeeded;
    vec![
        Sold::captured("1", 30000, "EUR")
            .refund("1", 10000, refund, support::DAY)
            .row(),
        Sold::captured("2", 15000, "EUR").row(),
    ]
}

/// Whether the two files are read and agree with the rows, and with each other.
fn agrees(details: &[u8], summary: &[u8]) -> bool {
    let files = [(NAMES[0], details), (NAMES[1], summary)];
    let got = reconcile_bytes(&files, &rows(), settings());
    got.is_ok_and(|got| got.statement.check_unit().is_ok() && got.statement.balances())
}

/// Where in a file the cells of these columns stand, without header and end.
fn cells_of(text: &str, columns: &[&str]) -> Vec<usize> {
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let (mut places, mut start) = (Vec::new(), 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let mut at = start;
        for (place, cell) in line.trim_end().split(',').enumerate() {
            let is_wanted = header.get(place).is_some_and(|name| columns.contains(name));
            if number > 0 && is_wanted && !line.starts_with("<END>") {
                places.extend(at..at + cell.len());
            }
            at += cell.len() + 1;
        }
        start += line.len();
    }
    places
}

#[test]
fn no_report_that_is_cut_off_is_read_as_a_whole_one() {
    let mut tried = Tried::new("reports-cut", "settlement reports, cut off at each byte");
    let details = settlement(&LINES);
    assert!(agrees(details.as_bytes(), SUMMARY.as_bytes()));
    for (text, is_details) in [(details.as_str(), true), (SUMMARY, false)] {
        // The last line feed alone may be missing.
        for end in 0..text.len() - 1 {
            let cut = &text.as_bytes()[..end];
            let began = CpuTime::now();
            let taken = match is_details {
                true => agrees(cut, SUMMARY.as_bytes()),
                false => agrees(details.as_bytes(), cut),
            };
            tried.count(
                format!(
                    "{end} bytes of the {}",
                    if is_details { "details" } else { "summary" }
                ),
                began,
                taken,
            );
        }
    }
    tried.finish(Duration::from_secs(2), 512);
}

#[test]
fn no_byte_of_ids_types_and_amounts_can_change_unseen() {
    let mut tried = Tried::new(
        "reports-byte",
        "settlement reports, one byte of ids, types, amounts or currencies changed",
    );
    let details = settlement(&LINES);
    let of_details = [
        "transactionId",
        "originalTransactionId",
        "transactionType",
        "settlementBatchId",
        "transactionAmountValue",
        "transactionCurrency",
        "settlementAmountValue",
        "settlementCurrency",
    ];
    let of_summary = [
        "settlementBatchId",
        "summaryType",
        "settlementAmountValue",
        "settlementCurrency",
    ];
    for (text, columns, is_details) in [
        (details.as_str(), &of_details[..], true),
        (SUMMARY, &of_summary, false),
    ] {
        for place in cells_of(text, columns) {
            // A refund's sign is not needed to know that it is one: some reports leave it out.
            let is_sign = text.as_bytes()[place] == b'-' && text[..place].ends_with("REFUND,,");
            for byte in *b"0917.-AEx,\"\n" {
                if is_sign {
                    continue;
                }
                let mut changed = text.as_bytes().to_vec();
                if std::mem::replace(&mut changed[place], byte) == byte {
                    continue;
                }
                let began = CpuTime::now();
                let taken = match is_details {
                    true => agrees(&changed, SUMMARY.as_bytes()),
                    false => agrees(details.as_bytes(), &changed),
                };
                tried.count(
                    format!("byte {place} of {} as {byte}", text.lines().nth(1).unwrap()),
                    began,
                    taken,
                );
            }
        }
    }
    tried.finish(Duration::from_secs(2), 512);
}
