//! The simulator's own controls, as programs and the dashboard page use them.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use simulator::{Call, Fault, TEST_CARDS};

use crate::shop::{Answer, GOOD_CARD, Shop};

async fn get(shop: &Shop, path: &str) -> Answer {
    shop.control("GET", path, "").await
}

/// The URL as a query's parameter.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[tokio::test]
async fn the_dashboard_is_a_page_of_its_own_that_lets_nothing_foreign_in() {
    let shop = Shop::open().await;
    let page = get(&shop, "/_sim/").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.split("; ").any(|found| found == part), "{policy}");
    }
    assert!(!policy.contains("unsafe"));
    for part in [
        "<html lang=\"en\">",
        "name=\"viewport\"",
        "<main>",
        "<caption>",
        "scope=\"col\"",
    ] {
        assert!(page.text.contains(part), "no {part}");
    }
    for inline in ["style=", "onclick", "<style", "https://", "http://"] {
        assert!(!page.text.contains(inline), "{inline}");
    }
    for (name, media_type) in [
        ("page.css", "text/css; charset=utf-8"),
        ("dashboard.js", "text/javascript; charset=utf-8"),
        ("tables.js", "text/javascript; charset=utf-8"),
        ("sending.js", "text/javascript; charset=utf-8"),
    ] {
        let asset = get(&shop, &format!("/_sim/{name}")).await;
        assert_eq!(
            (
                asset.status,
                asset.headers["content-type"].to_str().unwrap()
            ),
            (200, media_type),
            "{name}"
        );
        assert!(!asset.text.contains("innerHTML"), "{name}");
    }
    assert_eq!(get(&shop, "/_sim").await.headers["location"], "/_sim/");
    assert_eq!(get(&shop, "/_sim/nothing").await.status, 404);
}

#[tokio::test]
async fn other_sites_pages_cannot_use_the_controls() {
    let shop = Shop::open().await;
    let port = shop.provider.url().rsplit(':').next().unwrap();
    for (origin, status) in [
        ("https://evil.example".to_owned(), 403),
        ("null".to_owned(), 403),
        (shop.provider.url().to_owned(), 200),
        (format!("http://localhost:{port}"), 200),
    ] {
        let request = Request::post("/_sim/clock?advance_seconds=1")
            .header("origin", &origin)
            .body(Full::new(Bytes::new()))
            .unwrap();
        assert_eq!(shop.send(request).await.unwrap().status, status, "{origin}");
    }
}

#[tokio::test]
async fn the_books_can_be_cut_to_the_latest_payments() {
    let shop = Shop::open().await;
    for n in 0..4 {
        shop.pay(&format!("P{n}"), GOOD_CARD)
            .await
            .assert("S", "SUCCESS");
    }
    let books = get(&shop, "/_sim/books?latest=2").await.body();
    let ids: Vec<&Value> = books["payments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|payment| &payment["paymentRequestId"])
        .collect();
    assert_eq!(ids, ["P2", "P3"]);
    assert_eq!(books["totals"]["payments"], 4);
}

#[tokio::test]
async fn the_test_cards_are_listed_with_their_meaning() {
    let shop = Shop::open().await;
    let cards = get(&shop, "/_sim/cards").await.body();
    let cards = cards["cards"].as_array().unwrap();
    assert_eq!(cards.len(), TEST_CARDS.len());
    let card = |number: &str| cards.iter().find(|card| card["number"] == number).unwrap();
    assert_eq!(
        card("4099990000000014")["meaning"],
        "declined: USER_BALANCE_NOT_ENOUGH"
    );
    assert_eq!(card("5162774114974622")["brand"], "MASTERCARD");
}

#[tokio::test]
async fn a_scenario_answers_every_such_call_for_its_time() {
    let shop = Shop::open().await;
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    let order = json!({ "call": "pay", "code": "UNKNOWN_EXCEPTION", "minutes": 30 });
    let listed = shop
        .control("POST", "/_sim/scenario", &order.to_string())
        .await;
    assert_eq!(listed.body()["scenarios"][0]["code"], "UNKNOWN_EXCEPTION");
    for _ in 0..3 {
        shop.pay("Q", GOOD_CARD)
            .await
            .assert("U", "UNKNOWN_EXCEPTION");
    }
    assert_eq!(shop.inquire("P").await["paymentStatus"], "SUCCESS");
    shop.call("inquiryPayment", &json!({ "paymentRequestId": "Q" }))
        .await
        .assert("F", "ORDER_NOT_EXIST");
    assert_eq!(shop.books().faults["scenario"], 3);
    // A fault that was ordered waits until the scenario is over.
    shop.provider.order_fault(Call::Pay, "Q", Fault::DropAfter);
    shop.pay("Q", GOOD_CARD)
        .await
        .assert("U", "UNKNOWN_EXCEPTION");
    shop.provider.advance(Duration::from_secs(30 * 60));
    assert!(
        shop.try_call("pay", &shop.order("Q", GOOD_CARD))
            .await
            .is_err()
    );
    shop.pay("Q", GOOD_CARD).await.assert("S", "SUCCESS");
    assert_eq!(
        get(&shop, "/_sim/scenario").await.body()["scenarios"],
        json!([])
    );
}

#[tokio::test]
async fn scenarios_are_listed_replaced_and_cleared() {
    let shop = Shop::open().await;
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    assert!(
        shop.provider
            .set_scenario(Call::Capture, "PROCESS_FAIL", 60)
    );
    assert!(shop.provider.set_scenario(Call::Capture, "RISK_REJECT", 60));
    assert!(
        shop.provider
            .set_scenario(Call::Cancel, "ACCESS_DENIED", 60)
    );
    shop.capture("P", "C", 30_000)
        .await
        .assert("F", "RISK_REJECT");
    assert!(shop.record("P").captures.is_empty(), "not carried out");
    let cleared = shop
        .control("DELETE", "/_sim/scenario?call=capture", "")
        .await;
    let left = cleared.body()["scenarios"].clone();
    assert_eq!(
        (left.as_array().unwrap().len(), &left[0]["call"]),
        (1, &json!("cancel"))
    );
    shop.capture("P", "C", 30_000).await.assert("S", "SUCCESS");
    shop.control("DELETE", "/_sim/scenario", "").await;
    shop.call("cancel", &json!({ "paymentRequestId": "P" }))
        .await
        .assert("F", "ORDER_STATUS_INVALID");
    for wrong in [
        json!({ "call": "pay", "code": "SUCCESS", "minutes": 30 }),
        json!({ "call": "pay", "code": "not a code", "minutes": 30 }),
        json!({ "call": "pay", "code": "PROCESS_FAIL", "minutes": 0 }),
        json!({ "call": "pay", "code": "PROCESS_FAIL", "minutes": 1441 }),
        json!({ "call": "order", "code": "PROCESS_FAIL", "minutes": 30 }),
        json!({}),
    ] {
        let answer = shop
            .control("POST", "/_sim/scenario", &wrong.to_string())
            .await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    assert_eq!(
        shop.control("DELETE", "/_sim/scenario?call=order", "")
            .await
            .status,
        400
    );
}

/// What every kind of body must hold, by the provider's reference.
const REQUIRED: [(&str, &[&str]); 10] = [
    (
        "PAYMENT_RESULT",
        &[
            "notifyType",
            "result",
            "paymentRequestId",
            "paymentId",
            "paymentAmount",
            "paymentCreateTime",
            "paymentTime",
        ],
    ),
    (
        "PAYMENT_RESULT_FAILED",
        &[
            "notifyType",
            "result",
            "paymentRequestId",
            "paymentId",
            "paymentAmount",
        ],
    ),
    (
        "PAYMENT_PENDING",
        &["notifyType", "result", "paymentRequestId", "paymentId"],
    ),
    (
        "CAPTURE_RESULT",
        &[
            "notifyType",
            "result",
            "captureRequestId",
            "captureId",
            "paymentId",
            "captureAmount",
        ],
    ),
    (
        "CAPTURE_RESULT_FAILED",
        &["notifyType", "result", "captureRequestId", "captureId"],
    ),
    (
        "REFUND_RESULT",
        &[
            "notifyType",
            "result",
            "refundStatus",
            "refundRequestId",
            "refundId",
            "refundAmount",
            "refundTime",
        ],
    ),
    (
        "REFUND_RESULT_FAILED",
        &["notifyType", "result", "refundStatus", "refundRequestId"],
    ),
    (
        "DISPUTE_CREATED",
        &[
            "disputeNotificationType",
            "disputeId",
            "paymentRequestId",
            "paymentId",
            "disputeTime",
            "disputeAmount",
            "disputeReasonCode",
            "disputeSource",
            "defenseDueTime",
        ],
    ),
    (
        "DISPUTE_JUDGED",
        &[
            "disputeNotificationType",
            "disputeId",
            "paymentRequestId",
            "paymentId",
            "disputeJudgedTime",
            "disputeJudgedAmount",
            "disputeJudgedResult",
        ],
    ),
    (
        "VAULTING",
        &[
            "result",
            "vaultingRequestId",
            "paymentMethodDetail",
            "vaultingCreateTime",
        ],
    ),
];

#[tokio::test]
async fn there_is_a_ready_made_body_of_every_kind() {
    let shop = Shop::open().await;
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    shop.capture("P", "C", 20_000).await.assert("S", "SUCCESS");
    let record = shop.record("P");
    let about = get(&shop, "/_sim/samples?payment=P").await.body();
    assert_eq!(about["url"], shop.inbox.url);
    let made_up = get(&shop, "/_sim/samples?payment=").await.body();
    for samples in [&about, &made_up] {
        let samples = samples["samples"].as_array().unwrap();
        let kinds: Vec<&str> = samples
            .iter()
            .map(|sample| sample["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, REQUIRED.map(|(kind, _)| kind));
        for (sample, (kind, fields)) in samples.iter().zip(REQUIRED) {
            for field in fields {
                assert!(!sample["body"][*field].is_null(), "{kind} has no {field}");
            }
        }
        for dispute in &samples[7..9] {
            assert_eq!(
                (
                    dispute["body"].get("notifyType"),
                    dispute["body"].get("result")
                ),
                (None, None)
            );
        }
    }
    let body = |n: usize| &about["samples"][n]["body"];
    assert_eq!(body(0)["paymentId"], record.payment_id);
    assert_eq!(
        body(3)["captureAmount"],
        json!({ "currency": "EUR", "value": "20000" })
    );
    assert_eq!(body(3)["captureId"], record.captures[0].id);
    assert_eq!(get(&shop, "/_sim/samples?payment=none").await.status, 404);
}

#[tokio::test]
async fn who_sends_by_hand_sees_the_merchants_answer() {
    let shop = Shop::open().await;
    let samples = get(&shop, "/_sim/samples").await.body();
    let to = encoded(&shop.inbox.url);
    for sample in samples["samples"].as_array().unwrap() {
        let body = sample["body"].to_string();
        let path = format!("/_sim/notify?wait=true&url={to}");
        let receipt = shop.control("POST", &path, &body).await.body();
        assert_eq!(
            (&receipt["httpStatus"], &receipt["acknowledged"]),
            (&json!(200), &json!(true))
        );
    }
    let letters = shop.inbox.wait_for(10).await;
    assert!(letters.iter().all(|letter| letter.verified));

    shop.inbox
        .answer_next(&[(401, r#"{"code":"bad_signature"}"#)]);
    let path = format!("/_sim/notify?wait=true&seal=otherKey&url={to}");
    let receipt = shop.control("POST", &path, "{}").await.body();
    assert_eq!(
        receipt,
        json!({ "httpStatus": 401, "acknowledged": false, "error": null, "body": r#"{"code":"bad_signature"}"# })
    );
    assert!(!shop.inbox.wait_for(11).await[10].verified);

    let nowhere = encoded("http://127.0.0.1:1/notify");
    let path = format!("/_sim/notify?wait=true&url={nowhere}");
    let receipt = shop.control("POST", &path, "{}").await.body();
    assert!(
        receipt["error"].is_string() && receipt["httpStatus"].is_null(),
        "{receipt}"
    );
    for wrong in [
        "/_sim/notify?wait=true".to_owned(),
        format!("/_sim/notify?wait=true&seal=wax&url={to}"),
    ] {
        assert_eq!(shop.control("POST", &wrong, "{}").await.status, 400);
    }
    let kinds: Vec<String> = shop
        .books()
        .test_notifications
        .iter()
        .map(|told| told.kind.clone())
        .collect();
    assert!(kinds.contains(&"DISPUTE_CREATED".to_owned()), "{kinds:?}");
}
