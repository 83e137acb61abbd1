//! The reports for reconciliation, as a merchant fetches them.

use base64::Engine as _;
use serde_json::{Value, json};
use simulator::reports::{Discrepancy, Form, Generation, ReportOptions, ReportSet, write};

use crate::shop::{GOOD_CARD, Shop};

/// An automatic payment, a manual one captured in two parts of which some goes back, and one that is cancelled.
async fn shop() -> Shop {
    let shop = Shop::open().await;
    let mode = "/paymentFactor/captureMode";
    shop.pay_with("A", GOOD_CARD, mode, json!("AUTOMATIC"))
        .await
        .assert("S", "SUCCESS");
    for id in ["M", "C"] {
        shop.pay(id, GOOD_CARD).await.assert("S", "SUCCESS");
    }
    for (id, value) in [("M-1", 20_000), ("M-2", 10_000)] {
        shop.capture("M", id, value).await.assert("S", "SUCCESS");
    }
    let refund = json!({
        "refundRequestId": "M-R", "paymentId": shop.record("M").payment_id,
        "refundAmount": { "currency": "EUR", "value": "5000" },
    });
    shop.call("refund", &refund).await.assert("S", "SUCCESS");
    let cancel = json!({ "paymentRequestId": "C" });
    shop.call("cancel", &cancel).await.assert("S", "SUCCESS");
    shop.inbox.wait_for(7).await;
    shop
}

fn reports(shop: &Shop, options: &ReportOptions) -> ReportSet {
    write(&shop.books().payments, options).unwrap()
}

fn text(set: &ReportSet, begins: &str) -> String {
    let found = set
        .reports
        .iter()
        .find(|report| report.name.starts_with(begins));
    String::from_utf8(found.unwrap().bytes.clone()).unwrap()
}

/// The cells of a column, by the first word of each line's type.
fn column(text: &str, name: &str) -> Vec<String> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = header.iter().position(|found| *found == name).unwrap();
    let cells = lines.filter(|line| *line != "<END>");
    let cells = cells.map(|line| line.split(',').nth(place).unwrap().to_owned());
    cells.collect()
}

#[tokio::test]
async fn settlement_details_tell_of_money_and_the_summary_adds_it_up() {
    let shop = shop().await;
    for (generation, minor, gross) in [
        (Generation::A, true, ["10000", "20000", "30000", "-5000"]),
        (
            Generation::B,
            false,
            ["100.00", "200.00", "300.00", "-50.00"],
        ),
        (
            Generation::C,
            false,
            ["100.00", "200.00", "300.00", "-50.00"],
        ),
    ] {
        let options = ReportOptions {
            generation,
            minor,
            ..ReportOptions::default()
        };
        let set = reports(&shop, &options);
        assert!(set.seeded.is_empty());
        let details = text(&set, "settlementItems_EUR_");
        assert!(details.ends_with("\n<END>\n"), "{details}");
        let mut found = column(&details, "transactionAmountValue");
        found.sort();
        let mut want = gross.map(str::to_owned);
        want.sort();
        assert_eq!(found, want, "{generation:?}");
        let number = |cell: &String| (cell.parse::<f64>().unwrap() * 100.0).round();
        let net: f64 = column(&details, "settlementAmountValue")
            .iter()
            .map(number)
            .sum();
        let summary = text(&set, "settlementSummary_EUR_");
        let totals = column(&summary, "settlementAmountValue");
        assert_eq!(number(&totals[0]), net, "{generation:?}: {summary}");
        assert_eq!(column(&summary, "summaryType")[0], "TOTAL");
    }
}

#[tokio::test]
async fn ids_stand_where_each_generation_has_them() {
    let shop = shop().await;
    let record = shop.record("M");
    let set = reports(&shop, &ReportOptions::default());
    let details = text(&set, "settlementItems_");
    let ids = column(&details, "transactionId");
    for capture in &record.captures {
        let place = ids.iter().position(|id| *id == capture.id).unwrap();
        assert_eq!(
            column(&details, "originalTransactionId")[place],
            record.payment_id
        );
        assert_eq!(column(&details, "referenceTransactionId")[place], "");
    }
    let newest = ReportOptions {
        generation: Generation::C,
        ..ReportOptions::default()
    };
    let details = text(&reports(&shop, &newest), "settlementItems_");
    let of_payment = column(&details, "transactionId");
    assert_eq!(
        of_payment
            .iter()
            .filter(|id| **id == record.payment_id)
            .count(),
        3
    );
    let mut asked = column(&details, "transactionRequestId");
    asked.retain(|id| id.starts_with("M-"));
    asked.sort();
    assert_eq!(asked, ["M-1", "M-2", "M-R"]);
    let listed = text(&set, "transactionItems_");
    let mut types = column(&listed.replace(", \"\"goods\"\"", ""), "transactionType");
    types.retain(|what| what == "CANCEL" || what == "VOID");
    assert_eq!(types.len(), 1, "{listed}");
}

#[tokio::test]
async fn files_come_in_parts_dressed_and_as_workbooks() {
    let shop = shop().await;
    let in_parts = ReportOptions {
        lines_per_file: 1,
        empty_batch: true,
        dressed: true,
        ..ReportOptions::default()
    };
    let set = reports(&shop, &in_parts);
    let names: Vec<&str> = set
        .reports
        .iter()
        .map(|report| report.name.as_str())
        .collect();
    assert!(
        names.iter().any(|name| name.ends_with("_003.csv")),
        "{names:?}"
    );
    assert!(
        names.contains(&"settlementItems_USD_0000000000000000000_000.csv"),
        "{names:?}"
    );
    for report in &set.reports {
        assert!(
            report.bytes.starts_with(b"\xef\xbb\xbf\"") && report.bytes.ends_with(b"\"<END>\"\r\n")
        );
    }
    let workbooks = ReportOptions {
        form: Form::Xlsx,
        ..ReportOptions::default()
    };
    for report in reports(&shop, &workbooks).reports {
        assert!(report.name.ends_with(".xlsx") && report.bytes.starts_with(b"PK\x03\x04"));
    }
}

#[tokio::test]
async fn discrepancies_are_repeated_by_their_seed_and_told() {
    let shop = shop().await;
    let options = ReportOptions {
        wrong: vec![
            Discrepancy::UnknownPayment,
            Discrepancy::AmountDiffers,
            Discrepancy::TotalDiffers,
        ],
        batch_lines: true,
        ..ReportOptions::default()
    };
    let set = reports(&shop, &options);
    assert_eq!(set, reports(&shop, &options));
    let kinds: Vec<_> = set.seeded.iter().map(|seeded| seeded.kind).collect();
    for kind in &options.wrong {
        assert_eq!(
            kinds.iter().filter(|found| *found == kind).count(),
            1,
            "{kind:?}"
        );
    }
    let other = ReportOptions { seed: 2, ..options };
    assert_ne!(set, reports(&shop, &other));
}

#[tokio::test]
async fn the_control_hands_them_out() {
    let shop = shop().await;
    let wanted = json!({ "generation": "b", "wrong": ["amount_differs"], "seed": 7 });
    let answer = shop
        .control("POST", "/_sim/reports", &wanted.to_string())
        .await;
    assert_eq!(answer.status, 200);
    let body: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(body["seeded"][0]["kind"], "amount_differs");
    let base64 = body["reports"][0]["base64"].as_str().unwrap();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(base64)
        .unwrap();
    assert!(bytes.starts_with(b"customerId,acquirer"), "{base64}");
    assert_eq!(shop.control("POST", "/_sim/reports", "").await.status, 200);
    let unknown = shop.control("POST", "/_sim/reports", "{\"what\":1}").await;
    assert_eq!(unknown.status, 400);
}
