//! From the pay call to the final authorisation result.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{CaptureOutcome, Outcome, PaymentState, Rates, TEST_CARDS};

use crate::shop::{CVV, GOOD_CARD, Shop};

const UPGRADE_CARD: &str = "4099990000000105";
const METADATA: &str = "/paymentMethod/paymentMethodMetaData";

#[tokio::test]
async fn a_good_card_is_authorised_announced_and_not_yet_captured() {
    let shop = Shop::open().await;
    let answer = shop.pay("P", GOOD_CARD).await;
    answer.assert("S", "SUCCESS");
    let body = answer.body();
    assert_eq!(
        body["paymentAmount"],
        json!({"currency": "EUR", "value": "30000"})
    );
    assert_eq!(body["paymentResultInfo"]["avsResultRaw"], "A");
    assert_eq!(body["paymentId"].as_str().unwrap().len(), 35);
    let inquiry = shop.inquire("P").await;
    assert_eq!(
        (&inquiry["paymentStatus"], &inquiry["transactions"]),
        (&json!("SUCCESS"), &Value::Null)
    );
    assert_eq!(
        (&inquiry["paymentId"], &inquiry["authExpiryTime"]),
        (&body["paymentId"], &body["authExpiryTime"])
    );
    let letters = shop.inbox.wait_for(1).await;
    assert!(letters[0].verified);
    assert_eq!(
        (
            letters[0].kind().as_str(),
            &letters[0].body()["paymentRequestId"]
        ),
        ("PAYMENT_RESULT", &json!("P"))
    );
    let record = shop.record("P");
    assert_eq!(
        (record.state, record.authorisations, record.captured()),
        (PaymentState::Success, 1, 0)
    );
}

#[tokio::test]
async fn the_books_and_answers_hold_no_card_data() {
    let shop = Shop::open().await;
    let answer = shop.pay("P", GOOD_CARD).await;
    let letters = shop.inbox.wait_for(1).await;
    let books = shop.control("GET", "/_sim/books", "").await;
    assert_eq!(books.body()["payments"][0]["lastFour"], "6383");
    for text in [&answer.text, &books.text, &letters[0].text] {
        assert!(
            !text.contains(GOOD_CARD) && !text.contains(&format!("\"{CVV}\"")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_same_id_pays_once_and_other_data_are_refused() {
    let shop = Shop::open().await;
    let first = shop.pay("P", GOOD_CARD).await.body();
    for _ in 0..3 {
        assert_eq!(shop.pay("P", GOOD_CARD).await.body(), first);
    }
    shop.pay_with("P", GOOD_CARD, "/paymentAmount/value", json!("30001"))
        .await
        .assert("F", "REPEAT_REQ_INCONSISTENT");
    let mut by_token = shop.order("P", GOOD_CARD);
    by_token["paymentMethod"] = json!({ "paymentMethodType": "CARD", "paymentMethodId": "token",
        "paymentMethodMetaData": { "isCardOnFile": true } });
    shop.call("pay", &by_token)
        .await
        .assert("F", "REPEAT_REQ_INCONSISTENT");
    let record = shop.record("P");
    assert_eq!(
        (record.pay_calls, record.authorisations, record.amount.value),
        (6, 1, 30000)
    );
    shop.pay("Q", "4054692760174822")
        .await
        .assert("F", "DO_NOT_HONOR");
    shop.pay("Q", GOOD_CARD).await.assert("F", "DO_NOT_HONOR");
    assert_eq!(shop.inbox.wait_for(2).await.len(), 2);
}

#[tokio::test]
async fn each_test_card_leads_to_its_outcome() {
    let shop = Shop::open().await;
    for (n, card) in TEST_CARDS.iter().enumerate() {
        let id = format!("P{n}");
        let answer = shop.pay(&id, card.number).await;
        match card.outcome {
            Outcome::Approve | Outcome::ApproveExempt => answer.assert("S", "SUCCESS"),
            Outcome::Decline(code) => answer.assert("F", code),
            _ => answer.assert("U", "PAYMENT_IN_PROCESS"),
        }
        let settled = match card.outcome {
            Outcome::Upgrade => continue,
            Outcome::Decline(code) | Outcome::DeclineLater(code) => (PaymentState::Fail, code),
            _ => (PaymentState::Success, "SUCCESS"),
        };
        shop.until("settled", |books| {
            let payment = &books.payments[n];
            (payment.state, payment.result_code.as_str()) == settled
        })
        .await;
        let expected = match card.capture {
            _ if settled.0 == PaymentState::Fail => {
                ("F".to_owned(), "ORDER_STATUS_INVALID".to_owned())
            }
            CaptureOutcome::Succeed => ("S".to_owned(), "SUCCESS".to_owned()),
            CaptureOutcome::Fail(code) => ("F".to_owned(), code.to_owned()),
            CaptureOutcome::SucceedLater | CaptureOutcome::FailLater(_) => {
                ("U".to_owned(), "CAPTURE_IN_PROCESS".to_owned())
            }
        };
        assert_eq!(
            shop.capture(&id, &format!("C{n}"), 30000).await.result(),
            expected,
            "{}",
            card.number
        );
    }
}

#[tokio::test]
async fn mistyped_data_and_special_amounts_are_declined() {
    let shop = Shop::open().await;
    let yesterday = "2020-01-01T00:00:00+08:00";
    let declined = [
        (
            format!("{METADATA}/expiryMonth"),
            json!("13"),
            "INVALID_EXPIRATION_DATE",
        ),
        (format!("{METADATA}/cvv"), json!("99"), "INVALID_CVV"),
        (
            format!("{METADATA}/cardNo"),
            json!("4117347806156384"),
            "INVALID_CARD_NUMBER",
        ),
        (
            "/paymentAmount/value".to_owned(),
            json!("11"),
            "RISK_REJECT",
        ),
        (
            "/paymentAmount/value".to_owned(),
            json!("1111001111"),
            "RISK_REJECT",
        ),
        (
            "/paymentAmount/currency".to_owned(),
            json!("XTS"),
            "CURRENCY_NOT_SUPPORT",
        ),
        (
            "/settlementStrategy/settlementCurrency".to_owned(),
            json!("XTS"),
            "SETTLE_CONTRACT_NOT_MATCH",
        ),
        (
            format!("{METADATA}/selectedCardBrand"),
            json!("MASTERCARD"),
            "SELECTED_CARD_BRAND_NOT_AVAILABLE",
        ),
        (
            "/paymentExpiryTime".to_owned(),
            json!(yesterday),
            "ORDER_IS_CLOSED",
        ),
    ];
    for (n, (pointer, value, code)) in declined.into_iter().enumerate() {
        let id = format!("P{n}");
        shop.pay_with(&id, GOOD_CARD, &pointer, value)
            .await
            .assert("F", code);
        assert_eq!(shop.inquire(&id).await["paymentResultCode"], code);
    }
}

#[tokio::test]
async fn the_merchants_own_expiry_counts() {
    let shop = Shop::open().await;
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(60);
    let mut order = shop.order("P", UPGRADE_CARD);
    order["paymentExpiryTime"] = json!(soon.to_string());
    shop.call("pay", &order)
        .await
        .assert("U", "PAYMENT_IN_PROCESS");
    let answer = shop
        .control("POST", "/_sim/clock?advance_seconds=61", "")
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        shop.inquire("P").await["paymentResultCode"],
        "ORDER_IS_CLOSED"
    );
    shop.call("pay", &order)
        .await
        .assert("F", "ORDER_IS_CLOSED");
}

#[tokio::test]
async fn pending_is_announced_before_the_result() {
    let rates = Rates {
        pending_after_challenge: 1.0,
        ..Rates::none()
    };
    let shop = Shop::open_with(|config| {
        config.rates = rates;
        config.timing.settle = (60_000, 60_000);
    })
    .await;
    shop.pay("P", UPGRADE_CARD)
        .await
        .assert("U", "PAYMENT_IN_PROCESS");
    assert!(shop.provider.finish_challenge("P", true));
    assert_eq!(shop.record("P").state, PaymentState::Pending);
    shop.inbox.wait_for(1).await;
    shop.provider.advance(Duration::from_secs(61));
    let letters = shop.inbox.wait_for(2).await;
    assert_eq!(
        (letters[0].kind().as_str(), letters[1].kind().as_str()),
        ("PAYMENT_PENDING", "PAYMENT_RESULT")
    );
    assert_eq!(letters[0].body()["result"]["resultStatus"], "S");
    assert_eq!(shop.record("P").authorisations, 1);
}

#[tokio::test]
async fn the_providers_id_wins_in_an_inquiry() {
    let shop = Shop::open().await;
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    shop.pay("Q", GOOD_CARD).await.assert("S", "SUCCESS");
    let both = json!({ "paymentId": shop.record("P").payment_id, "paymentRequestId": "Q" });
    assert_eq!(
        shop.call("inquiryPayment", &both).await.body()["paymentRequestId"],
        "P"
    );
    let wrong = json!({ "paymentId": "none", "paymentRequestId": "Q" });
    shop.call("inquiryPayment", &wrong)
        .await
        .assert("F", "ORDER_NOT_EXIST");
}
