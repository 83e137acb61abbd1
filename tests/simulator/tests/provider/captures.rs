//! Taking the money, and giving it back.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{PaymentState, Rates, TransferState};

use crate::shop::{GOOD_CARD, Shop};

const DAY: u64 = 24 * 3600;

async fn automatic(shop: &Shop, id: &str) {
    shop.pay_with(
        id,
        GOOD_CARD,
        "/paymentFactor/captureMode",
        json!("AUTOMATIC"),
    )
    .await
    .assert("S", "SUCCESS");
}

async fn manual(shop: &Shop, id: &str) {
    shop.pay(id, GOOD_CARD).await.assert("S", "SUCCESS");
}

#[tokio::test]
async fn an_automatic_payment_is_captured_by_itself_under_its_own_id() {
    let shop = Shop::open().await;
    automatic(&shop, "P").await;
    let letters = shop.inbox.wait_for(2).await;
    let capture = letters
        .iter()
        .find(|letter| letter.kind() == "CAPTURE_RESULT")
        .unwrap()
        .body();
    assert_eq!(
        (
            &capture["captureRequestId"],
            &capture["captureAmount"]["value"]
        ),
        (&json!("P"), &json!("30000"))
    );
    assert_eq!(capture.get("paymentRequestId"), None);
    let record = shop.record("P");
    assert_eq!(
        (
            record.captured(),
            record.captures.len(),
            record.captures[0].automatic
        ),
        (30000, 1, true)
    );
    let transaction = &shop.inquire("P").await["transactions"][0];
    assert_eq!(
        (
            &transaction["transactionType"],
            &transaction["transactionStatus"]
        ),
        (&json!("CAPTURE"), &json!("SUCCESS"))
    );
    shop.capture("P", "C", 30000)
        .await
        .assert("F", "ORDER_STATUS_INVALID");
    shop.capture("P", "P", 30000).await.assert("S", "SUCCESS");
    assert_eq!(shop.record("P").captured(), 30000);
}

#[tokio::test]
async fn a_capture_under_way_is_seen_by_inquiry() {
    let shop = Shop::open_with(|config| config.timing.auto_capture = (60_000, 60_000)).await;
    automatic(&shop, "P").await;
    assert!(shop.inquire("P").await["transactions"].is_null());
    shop.provider.advance(Duration::from_secs(61));
    let transaction = &shop.inquire("P").await["transactions"][0];
    assert_eq!(
        (
            &transaction["transactionStatus"],
            &transaction["transactionResult"]["resultCode"]
        ),
        (&json!("PROCESSING"), &json!("PAYMENT_IN_PROCESS"))
    );
    shop.call("cancel", &json!({ "paymentRequestId": "P" }))
        .await
        .assert("F", "ORDER_STATUS_INVALID");
    shop.provider.advance(Duration::from_secs(61));
    assert_eq!(
        shop.inquire("P").await["transactions"][0]["transactionStatus"],
        "SUCCESS"
    );
}

#[tokio::test]
async fn the_same_capture_id_captures_once() {
    let shop = Shop::open().await;
    manual(&shop, "P").await;
    manual(&shop, "Q").await;
    let first = shop.capture("P", "C", 30000).await;
    first.assert("S", "SUCCESS");
    for _ in 0..3 {
        assert_eq!(shop.capture("P", "C", 30000).await.body(), first.body());
    }
    shop.capture("P", "C", 29999)
        .await
        .assert("F", "REPEAT_REQ_INCONSISTENT");
    shop.capture("Q", "C", 30000)
        .await
        .assert("F", "REPEAT_REQ_INCONSISTENT");
    shop.capture("P", "D", 30000)
        .await
        .assert("F", "ORDER_STATUS_INVALID");
    let record = shop.record("P");
    assert_eq!(
        (
            record.captures[0].calls,
            record.captures[0].effects,
            record.captured()
        ),
        (6, 1, 30000)
    );
    assert_eq!(
        (record.captures[1].effects, shop.record("Q").captures.len()),
        (0, 0)
    );
    assert_eq!(shop.books().totals.overcharged, 0);
    let kinds = shop.inbox.wait_for(3).await;
    assert_eq!(
        kinds
            .iter()
            .filter(|letter| letter.kind() == "CAPTURE_RESULT")
            .count(),
        1
    );
}

#[tokio::test]
async fn parts_are_captured_up_to_the_amount_or_the_last_one() {
    let shop = Shop::open().await;
    manual(&shop, "P").await;
    shop.capture("P", "C1", 10000).await.assert("S", "SUCCESS");
    shop.capture("P", "C2", 20001)
        .await
        .assert("F", "CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT");
    shop.capture("P", "C2", 20001)
        .await
        .assert("F", "CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT");
    let usd = json!({ "captureRequestId": "C3", "paymentId": shop.record("P").payment_id, "captureAmount": {"currency": "USD", "value": "1"} });
    shop.call("capture", &usd)
        .await
        .assert("F", "CURRENCY_NOT_SUPPORT");
    let last = json!({ "captureRequestId": "C4", "paymentId": shop.record("P").payment_id, "captureAmount": {"currency": "EUR", "value": "15000"}, "isLastCapture": true });
    shop.call("capture", &last).await.assert("S", "SUCCESS");
    shop.capture("P", "C5", 1)
        .await
        .assert("F", "ORDER_STATUS_INVALID");
    assert_eq!(
        (shop.record("P").captured(), shop.books().totals.captures),
        (25000, 2)
    );

    let single = Shop::open_with(|config| config.several_captures = false).await;
    manual(&single, "P").await;
    single
        .capture("P", "C1", 10000)
        .await
        .assert("S", "SUCCESS");
    single
        .capture("P", "C2", 10000)
        .await
        .assert("F", "MULTI_CAPTURE_NOT_SUPPORTED");
}

#[tokio::test]
async fn what_is_not_captured_in_time_is_lost() {
    let shop = Shop::open().await;
    manual(&shop, "NEVER").await;
    manual(&shop, "PARTLY").await;
    automatic(&shop, "BY ITSELF").await;
    shop.capture("PARTLY", "C1", 10000)
        .await
        .assert("S", "SUCCESS");
    shop.provider.advance(Duration::from_secs(7 * DAY - 10));
    assert_eq!(shop.inquire("NEVER").await["paymentStatus"], "SUCCESS");
    shop.provider.advance(Duration::from_secs(10));
    assert_eq!(shop.inquire("NEVER").await["paymentStatus"], "CANCELLED");
    shop.capture("NEVER", "C2", 30000)
        .await
        .assert("F", "AUTH_EXPIRED");
    shop.capture("PARTLY", "C3", 20000)
        .await
        .assert("F", "AUTH_EXPIRED");
    assert_eq!(shop.inquire("PARTLY").await["paymentStatus"], "SUCCESS");
    assert_eq!(
        (
            shop.record("BY ITSELF").state,
            shop.record("BY ITSELF").captured()
        ),
        (PaymentState::Success, 30000)
    );
    let nowhere = json!({ "captureRequestId": "C4", "paymentId": "none", "captureAmount": {"currency": "EUR", "value": "1"} });
    shop.call("capture", &nowhere)
        .await
        .assert("F", "AUTH_NOT_FOUND");
}

#[tokio::test]
async fn a_slow_capture_is_decided_later() {
    let shop = Shop::open_with(|config| {
        config.rates = Rates {
            slow_capture: 1.0,
            ..Rates::none()
        }
    })
    .await;
    manual(&shop, "P").await;
    shop.pay("Q", "4099990000000162")
        .await
        .assert("S", "SUCCESS");
    for (payment, capture) in [("P", "C"), ("Q", "D")] {
        shop.capture(payment, capture, 30000)
            .await
            .assert("U", "CAPTURE_IN_PROCESS");
    }
    shop.until("decided", |books| {
        books
            .payments
            .iter()
            .all(|payment| payment.captures[0].state != TransferState::Processing)
    })
    .await;
    shop.capture("P", "C", 30000).await.assert("S", "SUCCESS");
    shop.capture("Q", "D", 30000)
        .await
        .assert("F", "RISK_REJECT");
    assert_eq!(
        (shop.record("P").captured(), shop.record("Q").captured()),
        (30000, 0)
    );
    let letters = shop.inbox.wait_for(4).await;
    let failed = letters
        .iter()
        .map(crate::shop::Letter::body)
        .find(|body| body["captureRequestId"] == "D")
        .unwrap();
    assert_eq!(
        (
            &failed["result"]["resultStatus"],
            failed["captureTime"].is_string()
        ),
        (&json!("F"), true)
    );
}

#[tokio::test]
async fn an_authorisation_whose_last_capture_fails_too_late_lapses() {
    let shop = Shop::open_with(|config| config.timing.settle = (60_000, 60_000)).await;
    shop.pay("P", "4099990000000162")
        .await
        .assert("S", "SUCCESS");
    shop.provider.advance(Duration::from_secs(7 * DAY - 30));
    shop.capture("P", "C", 30000)
        .await
        .assert("U", "CAPTURE_IN_PROCESS");
    shop.provider.advance(Duration::from_secs(40));
    assert_eq!(shop.inquire("P").await["paymentStatus"], "SUCCESS");
    shop.provider.advance(Duration::from_secs(40));
    let lapsed = shop.inquire("P").await;
    assert_eq!(
        (&lapsed["paymentStatus"], &lapsed["paymentResultCode"]),
        (&json!("CANCELLED"), &json!("AUTH_EXPIRED"))
    );
    assert_eq!(shop.record("P").captured(), 0);
}

#[tokio::test]
async fn the_rest_of_a_partly_captured_payment_is_gone_after_its_time() {
    let shop = Shop::open().await;
    manual(&shop, "P").await;
    shop.capture("P", "C1", 10000).await.assert("S", "SUCCESS");
    let advance = format!("/_sim/clock?advance_seconds={}", 7 * DAY + 1);
    assert_eq!(shop.control("POST", &advance, "").await.status, 200);
    shop.capture("P", "C2", 20000)
        .await
        .assert("F", "AUTH_EXPIRED");
    shop.capture("P", "C1", 10000).await.assert("S", "SUCCESS");
    let inquiry = shop.inquire("P").await;
    assert_eq!(inquiry["paymentStatus"], "SUCCESS");
    let captured: Vec<&Value> = inquiry["transactions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["transactionStatus"] == "SUCCESS")
        .map(|entry| &entry["transactionAmount"]["value"])
        .collect();
    assert_eq!(captured, ["10000"]);
    assert_eq!(shop.record("P").captured(), 10000);
}
