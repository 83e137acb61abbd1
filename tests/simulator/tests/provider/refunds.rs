//! Giving money back.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Call, Fault, Rates, TransferState};

use crate::shop::{Answer, GOOD_CARD, Shop};

const DAY: u64 = 24 * 3600;
const SLOW: &str = "4099990000000170";
const FAILS_LATER: &str = "4099990000000188";
const FAILS: &str = "4099990000000196";

/// Pays and captures everything.
async fn captured(shop: &Shop, id: &str, card: &str) {
    shop.pay(id, card).await.assert("S", "SUCCESS");
    shop.capture(id, &format!("C_{id}"), 30_000)
        .await
        .assert("S", "SUCCESS");
}

fn request(shop: &Shop, payment: &str, id: &str, value: u64) -> Value {
    json!({
        "refundRequestId": id, "paymentId": shop.record(payment).payment_id,
        "refundAmount": { "currency": "EUR", "value": value.to_string() }
    })
}

async fn refund(shop: &Shop, payment: &str, id: &str, value: u64) -> Answer {
    shop.call("refund", &request(shop, payment, id, value))
        .await
}

async fn status(shop: &Shop, ids: Value) -> Value {
    let answer = shop.call("inquiryRefund", &ids).await;
    answer.assert("S", "SUCCESS");
    answer.body()["refundStatus"].clone()
}

#[tokio::test]
async fn money_is_given_back_once_and_never_more_than_was_taken() {
    let shop = Shop::open().await;
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    let payment_id = shop.record("P").payment_id;
    let refund = |id: &str, value: &str| json!({ "refundRequestId": id, "paymentId": payment_id, "refundAmount": {"currency": "EUR", "value": value} });
    shop.call("refund", &refund("R0", "1"))
        .await
        .assert("F", "ORDER_STATUS_INVALID");
    shop.capture("P", "C", 20000).await.assert("S", "SUCCESS");
    let first = shop.call("refund", &refund("R1", "15000")).await;
    first.assert("S", "SUCCESS");
    assert_eq!(
        shop.call("refund", &refund("R1", "15000")).await.body(),
        first.body()
    );
    shop.call("refund", &refund("R1", "14999"))
        .await
        .assert("F", "REPEAT_REQ_INCONSISTENT");
    shop.call("refund", &refund("R2", "5001"))
        .await
        .assert("F", "REFUND_AMOUNT_EXCEED");
    let inquiry = shop
        .call("inquiryRefund", &json!({ "refundRequestId": "R1" }))
        .await;
    inquiry.assert("S", "SUCCESS");
    assert_eq!(
        (&inquiry.body()["refundStatus"], shop.books().totals.refunds),
        (&json!("SUCCESS"), 1)
    );
    shop.call("inquiryRefund", &json!({ "refundRequestId": "R9" }))
        .await
        .assert("F", "ORDER_NOT_EXIST");
    assert!(
        shop.inbox
            .wait_for(3)
            .await
            .iter()
            .any(|letter| letter.kind() == "REFUND_RESULT")
    );
}

#[tokio::test]
async fn several_parts_up_to_what_was_captured() {
    let shop = Shop::open().await;
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    shop.capture("P", "C1", 10_000).await.assert("S", "SUCCESS");
    shop.capture("P", "C2", 15_000).await.assert("S", "SUCCESS");
    refund(&shop, "P", "R1", 12_000)
        .await
        .assert("S", "SUCCESS");
    refund(&shop, "P", "R2", 13_001)
        .await
        .assert("F", "REFUND_AMOUNT_EXCEED");
    let mut other = request(&shop, "P", "R3", 1);
    other["refundAmount"]["currency"] = json!("USD");
    shop.call("refund", &other)
        .await
        .assert("F", "CURRENCY_NOT_SUPPORT");
    let mut strange = request(&shop, "P", "R4", 1);
    strange["captureId"] = json!("none");
    shop.call("refund", &strange)
        .await
        .assert("F", "PARAM_ILLEGAL");
    let mut named = request(&shop, "P", "R5", 13_000);
    named["captureId"] = json!(shop.record("P").captures[1].id);
    shop.call("refund", &named).await.assert("S", "SUCCESS");
    refund(&shop, "P", "R6", 1)
        .await
        .assert("F", "REFUND_AMOUNT_EXCEED");
    let record = shop.record("P");
    assert_eq!((record.refunded(), record.refunds.len()), (25_000, 5));
    let totals = shop.books().totals;
    assert_eq!((totals.refunds, totals.over_refunded), (2, 0));
    let transactions = shop.inquire("P").await["transactions"].clone();
    let refunds: Vec<&Value> = transactions
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["transactionType"] == "REFUND")
        .collect();
    assert_eq!(
        (
            refunds.len(),
            &refunds[0]["transactionRequestId"],
            &refunds[1]["transactionStatus"]
        ),
        (5, &json!("R1"), &json!("FAIL"))
    );
}

#[tokio::test]
async fn the_same_id_with_other_data_is_refused_whatever_became_of_it() {
    let shop = Shop::open().await;
    captured(&shop, "P", GOOD_CARD).await;
    captured(&shop, "Q", GOOD_CARD).await;
    refund(&shop, "P", "R", 100).await.assert("S", "SUCCESS");
    for (payment, value) in [("P", 101), ("Q", 100)] {
        refund(&shop, payment, "R", value)
            .await
            .assert("F", "REPEAT_REQ_INCONSISTENT");
    }
    refund(&shop, "P", "TOO MUCH", 30_000)
        .await
        .assert("F", "REFUND_AMOUNT_EXCEED");
    refund(&shop, "P", "TOO MUCH", 30_000)
        .await
        .assert("F", "REFUND_AMOUNT_EXCEED");
    refund(&shop, "P", "TOO MUCH", 1)
        .await
        .assert("F", "REPEAT_REQ_INCONSISTENT");
    assert_eq!(
        (shop.record("P").refunded(), shop.record("Q").refunded()),
        (100, 0)
    );
    assert_eq!(shop.record("P").refunds[0].calls, 3);
}

#[tokio::test]
async fn only_what_was_captured_can_be_given_back() {
    let shop = Shop::open().await;
    shop.pay("AUTHORISED", GOOD_CARD)
        .await
        .assert("S", "SUCCESS");
    shop.pay("CANCELLED", GOOD_CARD)
        .await
        .assert("S", "SUCCESS");
    shop.call("cancel", &json!({ "paymentRequestId": "CANCELLED" }))
        .await
        .assert("S", "SUCCESS");
    shop.pay("DECLINED", "4054692760174822")
        .await
        .assert("F", "DO_NOT_HONOR");
    for id in ["AUTHORISED", "CANCELLED", "DECLINED"] {
        refund(&shop, id, &format!("R_{id}"), 1)
            .await
            .assert("F", "ORDER_STATUS_INVALID");
    }
    let nobody = json!({ "refundRequestId": "R", "paymentId": "none", "refundAmount": {"currency": "EUR", "value": "1"} });
    shop.call("refund", &nobody)
        .await
        .assert("F", "ORDER_NOT_EXIST");
    captured(&shop, "OLD", GOOD_CARD).await;
    shop.provider.advance(Duration::from_secs(366 * DAY));
    refund(&shop, "OLD", "R_OLD", 1)
        .await
        .assert("F", "REFUND_WINDOW_EXCEED");
}

#[tokio::test]
async fn each_problem_of_a_refund_names_its_field() {
    let shop = Shop::open().await;
    captured(&shop, "P", GOOD_CARD).await;
    for (field, value) in [
        ("refundRequestId", json!("x".repeat(65))),
        ("refundRequestId", json!(null)),
        ("paymentId", json!("")),
        ("refundAmount", json!({ "currency": "EUR", "value": "-1" })),
        ("referenceRefundId", json!("x".repeat(65))),
        ("refundReason", json!("x".repeat(257))),
        ("refundNotifyUrl", json!("http://shop.example/notify")),
        (
            "refundNotifyUrl",
            json!(format!("https://shop.example/{}", "x".repeat(1010))),
        ),
        ("isAsyncRefund", json!("perhaps")),
    ] {
        let mut body = request(&shop, "P", "R", 100);
        body[field] = value;
        let answer = shop.call("refund", &body).await;
        answer.assert("F", "PARAM_ILLEGAL");
        assert!(answer.text.contains(field), "{field}: {}", answer.text);
    }
    assert!(shop.record("P").refunds.is_empty());
}

#[tokio::test]
async fn a_slow_refund_is_decided_and_announced_later() {
    let shop = Shop::open_with(|config| config.timing.settle = (60_000, 60_000)).await;
    captured(&shop, "GOOD", SLOW).await;
    captured(&shop, "BAD", FAILS_LATER).await;
    shop.inbox.wait_for(4).await;
    for id in ["GOOD", "BAD"] {
        refund(&shop, id, &format!("R_{id}"), 30_000)
            .await
            .assert("U", "REFUND_IN_PROCESS");
        assert_eq!(
            status(&shop, json!({ "refundRequestId": format!("R_{id}") })).await,
            "PROCESSING"
        );
        refund(&shop, id, &format!("MORE_{id}"), 1)
            .await
            .assert("F", "REFUND_AMOUNT_EXCEED");
    }
    shop.provider.advance(Duration::from_secs(61));
    refund(&shop, "GOOD", "R_GOOD", 30_000)
        .await
        .assert("S", "SUCCESS");
    refund(&shop, "BAD", "R_BAD", 30_000)
        .await
        .assert("F", "PROCESS_FAIL");
    let letters = shop.inbox.wait_for(6).await;
    let told = |id: &str| {
        letters
            .iter()
            .map(crate::shop::Letter::body)
            .find(|body| body["refundRequestId"] == id)
            .unwrap()
    };
    let (good, bad) = (told("R_GOOD"), told("R_BAD"));
    assert_eq!(good["notifyType"], "REFUND_RESULT");
    assert_eq!(
        (&good["refundStatus"], &good["result"]["resultStatus"]),
        (&json!("SUCCESS"), &json!("S"))
    );
    assert_eq!(
        good["refundAmount"],
        json!({ "currency": "EUR", "value": "30000" })
    );
    assert!(good["refundTime"].is_string() && good["acquirerInfo"].is_object());
    assert_eq!(
        (good.get("paymentId"), good.get("paymentRequestId")),
        (None, None),
        "found by the refund's id"
    );
    assert_eq!(
        (
            &bad["refundStatus"],
            &bad["result"]["resultStatus"],
            bad.get("refundTime")
        ),
        (&json!("FAIL"), &json!("F"), None)
    );
    // What failed is free to be given back again, under another id.
    assert_eq!(shop.record("BAD").refunds[0].state, TransferState::Fail);
    refund(&shop, "BAD", "AGAIN", 30_000)
        .await
        .assert("U", "REFUND_IN_PROCESS");
}

#[tokio::test]
async fn a_refund_that_fails_at_once_moves_no_money() {
    let shop = Shop::open().await;
    captured(&shop, "P", FAILS).await;
    for _ in 0..2 {
        refund(&shop, "P", "R", 100)
            .await
            .assert("F", "ACCESS_DENIED");
    }
    assert_eq!(
        status(&shop, json!({ "refundRequestId": "R" })).await,
        "FAIL"
    );
    assert_eq!(
        (shop.record("P").refunded(), shop.books().totals.refunds),
        (0, 0)
    );
}

#[tokio::test]
async fn the_providers_id_wins_in_an_inquiry_of_a_refund() {
    let shop = Shop::open().await;
    captured(&shop, "P", GOOD_CARD).await;
    let first = refund(&shop, "P", "R1", 100).await.body();
    refund(&shop, "P", "R2", 200).await.assert("S", "SUCCESS");
    let both = json!({ "refundId": first["refundId"], "refundRequestId": "R2" });
    let answer = shop.call("inquiryRefund", &both).await;
    answer.assert("S", "SUCCESS");
    assert_eq!(answer.body()["refundRequestId"], "R1");
    assert_eq!(answer.body()["refundAmount"]["value"], "100");
    let wrong = json!({ "refundId": "none", "refundRequestId": "R2" });
    shop.call("inquiryRefund", &wrong)
        .await
        .assert("F", "ORDER_NOT_EXIST");
    shop.call("inquiryRefund", &json!({}))
        .await
        .assert("F", "PARAM_ILLEGAL");
}

#[tokio::test]
async fn a_refund_is_announced_where_it_says() {
    let shop = Shop::open().await;
    let elsewhere = Shop::open().await;
    captured(&shop, "P", GOOD_CARD).await;
    shop.inbox.wait_for(2).await;
    let mut body = request(&shop, "P", "OWN", 100);
    body["refundNotifyUrl"] = json!(elsewhere.inbox.url);
    shop.call("refund", &body).await.assert("S", "SUCCESS");
    let own = elsewhere.inbox.wait_for(1).await;
    assert_eq!(own[0].body()["refundRequestId"], "OWN");
    refund(&shop, "P", "PAYMENTS", 100)
        .await
        .assert("S", "SUCCESS");
    let letters = shop.inbox.wait_for(3).await;
    assert_eq!(letters[2].body()["refundRequestId"], "PAYMENTS");

    let dashboard = elsewhere.inbox.url.clone();
    let third = Shop::open_with(|config| config.notify_url = Some(dashboard)).await;
    let mut order = third.order("P", GOOD_CARD);
    order["paymentNotifyUrl"] = json!("");
    third.call("pay", &order).await.assert("S", "SUCCESS");
    third.capture("P", "C", 30_000).await.assert("S", "SUCCESS");
    refund(&third, "P", "DASHBOARD", 100)
        .await
        .assert("S", "SUCCESS");
    let letters = elsewhere.inbox.wait_for(4).await;
    assert!(
        letters
            .iter()
            .any(|letter| letter.body()["refundRequestId"] == "DASHBOARD")
    );
}

#[tokio::test]
async fn refund_notifications_are_resent_doubled_and_lost_like_others() {
    let shop = Shop::open_with(|config| {
        config.timing.resend_scale = 0.0001;
        config.rates = Rates {
            sent_twice: 1.0,
            ..Rates::none()
        };
    })
    .await;
    captured(&shop, "P", GOOD_CARD).await;
    shop.provider.advance(Duration::from_secs(2));
    shop.inbox.wait_for(4).await;
    shop.inbox.answer_next(&[(500, ""), (500, ""), (500, "")]);
    refund(&shop, "P", "R", 100).await.assert("S", "SUCCESS");
    shop.provider.advance(Duration::from_secs(2));
    let of_refund = |books: &simulator::Books| {
        let notifications = &books.payments[0].notifications;
        notifications
            .iter()
            .find(|told| told.refund_request_id.as_deref() == Some("R"))
            .cloned()
    };
    shop.until("acknowledged", |books| {
        of_refund(books).is_some_and(|told| told.acknowledged_at.is_some())
    })
    .await;
    assert!(of_refund(&shop.books()).unwrap().times_sent >= 4);
}

#[tokio::test]
async fn faults_hit_refunds_their_inquiries_and_cancels() {
    let shop = Shop::open().await;
    captured(&shop, "P", GOOD_CARD).await;
    for (n, fault) in [Fault::DropAfter, Fault::UnknownAfter, Fault::TrafficLimit]
        .into_iter()
        .enumerate()
    {
        let id = format!("R{n}");
        let body = request(&shop, "P", &id, 100);
        shop.provider.order_fault(Call::Refund, "P", fault);
        let answer = shop.try_call("refund", &body).await;
        assert_eq!(answer.is_err(), fault == Fault::DropAfter);
        assert_eq!(
            shop.record("P")
                .refunds
                .iter()
                .any(|refund| refund.request_id == id),
            fault.is_after(),
            "{fault:?}"
        );
        shop.call("refund", &body).await.assert("S", "SUCCESS");
    }
    assert_eq!(shop.record("P").refunded(), 300);
    for ids in [
        json!({ "refundRequestId": "R0" }),
        json!({ "refundId": shop.record("P").refunds[0].id }),
    ] {
        shop.provider
            .order_fault(Call::InquiryRefund, "P", Fault::UnknownBefore);
        shop.call("inquiryRefund", &ids)
            .await
            .assert("U", "UNKNOWN_EXCEPTION");
        assert_eq!(status(&shop, ids).await, "SUCCESS");
    }
    shop.pay("Q", GOOD_CARD).await.assert("S", "SUCCESS");
    shop.provider
        .order_fault(Call::Cancel, "Q", Fault::DropAfter);
    let cancel = json!({ "paymentRequestId": "Q" });
    assert!(shop.try_call("cancel", &cancel).await.is_err());
    assert!(shop.record("Q").cancelled_at.is_some());
    shop.call("cancel", &cancel).await.assert("S", "SUCCESS");
}
