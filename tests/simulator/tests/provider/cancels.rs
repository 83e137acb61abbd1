//! Giving an authorisation up.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{PaymentState, Rates};

use crate::shop::{Answer, GOOD_CARD, Shop};

const UPGRADE_CARD: &str = "4099990000000105";
const DAY: u64 = 24 * 3600;

async fn cancel(shop: &Shop, id: &str) -> Answer {
    shop.call("cancel", &json!({ "paymentRequestId": id }))
        .await
}

#[tokio::test]
async fn a_cancelled_payment_stays_cancelled() {
    let shop = Shop::open().await;
    shop.pay("OPEN", UPGRADE_CARD)
        .await
        .assert("U", "PAYMENT_IN_PROCESS");
    shop.pay("AUTHORISED", GOOD_CARD)
        .await
        .assert("S", "SUCCESS");
    shop.pay("REFUSED", "4054692760174822")
        .await
        .assert("F", "DO_NOT_HONOR");
    for id in ["OPEN", "AUTHORISED"] {
        for _ in 0..2 {
            shop.call("cancel", &json!({ "paymentRequestId": id }))
                .await
                .assert("S", "SUCCESS");
        }
        let inquiry = shop.inquire(id).await;
        assert_eq!(inquiry["paymentStatus"], "CANCELLED");
        assert_eq!(inquiry["transactions"][0]["transactionType"], "CANCEL");
    }
    assert!(!shop.provider.finish_challenge("OPEN", true));
    shop.call("cancel", &json!({ "paymentRequestId": "REFUSED" }))
        .await
        .assert("F", "ORDER_STATUS_INVALID");
    // The pay call's own result stays what it was.
    shop.pay("AUTHORISED", GOOD_CARD)
        .await
        .assert("S", "SUCCESS");
    shop.pay("OPEN", UPGRADE_CARD)
        .await
        .assert("F", "ORDER_IS_CANCELED");
    shop.capture("AUTHORISED", "C", 30000)
        .await
        .assert("F", "AUTH_CANCELLED");
    shop.capture("OPEN", "D", 30000)
        .await
        .assert("F", "ORDER_IS_CANCELED");
}

#[tokio::test]
async fn cancelling_twice_gives_the_same_answer_and_either_id_will_do() {
    let shop = Shop::open().await;
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    let payment_id = shop.record("P").payment_id;
    let first = cancel(&shop, "P").await;
    first.assert("S", "SUCCESS");
    assert_eq!(first.body()["paymentId"], payment_id);
    let again = shop
        .call(
            "cancel",
            &json!({ "paymentId": payment_id, "paymentRequestId": "other" }),
        )
        .await;
    assert_eq!(again.body(), first.body());
    cancel(&shop, "NOBODY").await.assert("F", "ORDER_NOT_EXIST");
    shop.call("cancel", &json!({}))
        .await
        .assert("F", "PARAM_ILLEGAL");
    assert_eq!(shop.books().totals.cancelled, 1);
}

#[tokio::test]
async fn captured_money_is_refunded_not_cancelled() {
    let shop = Shop::open_with(|config| {
        config.rates = Rates {
            slow_capture: 1.0,
            ..Rates::none()
        };
        config.timing.settle = (60_000, 60_000);
    })
    .await;
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    shop.capture("P", "C", 10_000)
        .await
        .assert("U", "CAPTURE_IN_PROCESS");
    cancel(&shop, "P").await.assert("F", "ORDER_STATUS_INVALID");
    shop.provider.advance(Duration::from_secs(61));
    assert_eq!(shop.record("P").captured(), 10_000);
    cancel(&shop, "P").await.assert("F", "ORDER_STATUS_INVALID");
    shop.provider.advance(Duration::from_secs(8 * DAY));
    cancel(&shop, "P").await.assert("F", "ORDER_STATUS_INVALID");
    assert_eq!(shop.record("P").state, PaymentState::Success);
    // A capture that failed is in nobody's way.
    shop.pay("Q", "4099990000000162")
        .await
        .assert("S", "SUCCESS");
    shop.capture("Q", "D", 30_000)
        .await
        .assert("U", "CAPTURE_IN_PROCESS");
    shop.provider.advance(Duration::from_secs(61));
    cancel(&shop, "Q").await.assert("S", "SUCCESS");
}

#[tokio::test]
async fn after_seven_days_it_is_too_late() {
    let shop = Shop::open().await;
    let longer = Shop::open_with(|config| {
        config.timing.authorisation_validity = Duration::from_secs(30 * DAY);
    })
    .await;
    for shop in [&shop, &longer] {
        shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
        shop.pay("Q", GOOD_CARD).await.assert("S", "SUCCESS");
        shop.provider.advance(Duration::from_secs(7 * DAY - 60));
        cancel(shop, "P").await.assert("S", "SUCCESS");
        shop.provider.advance(Duration::from_secs(120));
        cancel(shop, "P").await.assert("S", "SUCCESS");
        cancel(shop, "Q").await.assert("F", "CANCEL_WINDOW_EXCEED");
    }
    assert_eq!(shop.inquire("Q").await["paymentStatus"], "CANCELLED");
    assert_eq!(longer.inquire("Q").await["paymentStatus"], "SUCCESS");
}

#[tokio::test]
async fn a_cancel_before_the_automatic_capture_wins() {
    let shop = Shop::open_with(|config| config.timing.auto_capture = (60_000, 60_000)).await;
    for id in ["BEFORE", "AFTER"] {
        shop.pay_with(
            id,
            GOOD_CARD,
            "/paymentFactor/captureMode",
            json!("AUTOMATIC"),
        )
        .await
        .assert("S", "SUCCESS");
    }
    cancel(&shop, "BEFORE").await.assert("S", "SUCCESS");
    shop.provider.advance(Duration::from_secs(61));
    cancel(&shop, "AFTER")
        .await
        .assert("F", "ORDER_STATUS_INVALID");
    shop.provider.advance(Duration::from_secs(61));
    assert!(shop.record("BEFORE").captures.is_empty());
    assert_eq!(shop.record("AFTER").captured(), 30_000);
}

#[tokio::test]
async fn a_cancelled_challenge_is_closed_and_the_payment_may_be_announced() {
    for (rate, letters) in [(0.0, 0), (1.0, 1)] {
        let shop = Shop::open_with(|config| {
            config.rates = Rates {
                cancel_told: rate,
                ..Rates::none()
            }
        })
        .await;
        let answer = shop.pay("P", UPGRADE_CARD).await.body();
        let page = answer["normalUrl"]
            .as_str()
            .unwrap()
            .replace(shop.provider.url(), "");
        cancel(&shop, "P").await.assert("S", "SUCCESS");
        let html = shop.control("GET", &page, "").await.text;
        assert!(
            html.contains("closed") && !html.contains("<button"),
            "{html}"
        );
        shop.control("POST", &format!("{page}/success"), "").await;
        assert_eq!(shop.record("P").state, PaymentState::Cancelled);
        shop.provider.advance(Duration::from_secs(20 * 60));
        let letters = shop.inbox.wait_for(letters).await;
        for letter in letters {
            let body = letter.body();
            assert_eq!(
                (&body["notifyType"], &body["result"]["resultCode"]),
                (&json!("PAYMENT_RESULT"), &json!("ORDER_IS_CANCELED"))
            );
        }
    }
}

#[tokio::test]
async fn a_cancellation_is_listed_as_cancel_as_void_or_not_at_all() {
    let shop = Shop::open_with(|config| {
        config.rates = Rates {
            cancel_listed_otherwise: 0.7,
            ..Rates::none()
        }
    })
    .await;
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..24 {
        let id = format!("P{n}");
        shop.pay(&id, GOOD_CARD).await.assert("S", "SUCCESS");
        cancel(&shop, &id).await.assert("S", "SUCCESS");
        let inquiry = shop.inquire(&id).await;
        assert_eq!(inquiry["paymentStatus"], "CANCELLED");
        let listed = inquiry.pointer("/transactions/0/transactionType");
        assert_eq!(
            listed,
            shop.inquire(&id)
                .await
                .pointer("/transactions/0/transactionType"),
            "always the same"
        );
        seen.insert(listed.and_then(Value::as_str).map(str::to_owned));
    }
    assert_eq!(
        seen,
        [None, Some("CANCEL".to_owned()), Some("VOID".to_owned())].into()
    );
}
