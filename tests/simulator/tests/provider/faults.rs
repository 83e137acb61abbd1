//! What goes wrong on purpose.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulator::{Call, Fault, PaymentState, Rates};

use crate::shop::{GOOD_CARD, Shop};

const PAY_FAULTS: [Fault; 10] = [
    Fault::DropAfter,
    Fault::HoldAfter,
    Fault::HttpErrorBefore,
    Fault::HttpErrorAfter,
    Fault::UnknownBefore,
    Fault::UnknownAfter,
    Fault::BrokenJson,
    Fault::Unsigned,
    Fault::WrongSignature,
    Fault::TrafficLimit,
];

fn is_verified_success(answer: &Result<crate::shop::Answer, String>) -> bool {
    answer.as_ref().is_ok_and(|answer| {
        answer.status == 200
            && answer.verified
            && serde_json::from_str::<Value>(&answer.text)
                .is_ok_and(|body| body["result"]["resultStatus"] == "S")
    })
}

#[tokio::test]
async fn each_fault_hides_the_result_and_works_before_or_after_as_it_says() {
    let shop = Shop::open_with(|config| config.timing.hold = Duration::from_millis(150)).await;
    for (n, fault) in PAY_FAULTS.into_iter().enumerate() {
        let id = format!("P{n}");
        shop.provider.order_fault(Call::Pay, &id, fault);
        let begun = Instant::now();
        let answer = shop.try_call("pay", &shop.order(&id, GOOD_CARD)).await;
        assert!(!is_verified_success(&answer), "{fault:?}: {answer:?}");
        assert_eq!(
            answer.is_err(),
            matches!(fault, Fault::DropAfter | Fault::HoldAfter),
            "{fault:?}: {answer:?}"
        );
        let held = begun.elapsed() >= Duration::from_millis(150);
        assert!(held || fault != Fault::HoldAfter, "not held");
        let carried_out = shop
            .books()
            .payments
            .iter()
            .any(|payment| payment.payment_request_id == id);
        assert_eq!(carried_out, fault.is_after(), "{fault:?}");
        shop.pay(&id, GOOD_CARD).await.assert("S", "SUCCESS");
        assert_eq!(shop.record(&id).authorisations, 1, "{fault:?}");
    }
    let faults = shop.books().faults;
    assert_eq!(
        (faults["dropAfter"], faults["trafficLimit"], faults.len()),
        (1, 1, 10)
    );
}

#[tokio::test]
async fn faults_are_ordered_over_http_too_and_hit_captures() {
    let shop = Shop::open().await;
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
    let order =
        json!({ "call": "capture", "paymentRequestId": "P", "fault": "dropAfter" }).to_string();
    assert_eq!(
        shop.control("POST", "/_sim/faults", &order).await.status,
        200
    );
    assert_eq!(
        shop.control("POST", "/_sim/faults", r#"{"call":"capture"}"#)
            .await
            .status,
        400
    );
    let amount = json!({ "currency": "EUR", "value": "30000" });
    let capture = json!({ "captureRequestId": "C", "paymentId": shop.record("P").payment_id, "captureAmount": amount });
    assert!(shop.try_call("capture", &capture).await.is_err());
    assert_eq!(shop.record("P").captured(), 30000);
    shop.call("capture", &capture).await.assert("S", "SUCCESS");
    assert_eq!(
        (
            shop.record("P").captures[0].calls,
            shop.record("P").captures[0].effects
        ),
        (2, 1)
    );
}

/// Pays so many times, each until a trustworthy answer comes; what was seen on the way.
async fn history(seed: u64, payments: usize) -> (Vec<String>, BTreeMap<String, u64>) {
    let shop = Shop::open_with(|config| {
        config.seed = seed;
        config.rates = Rates::heavy();
        config.timing.hold = Duration::from_millis(20);
    })
    .await;
    let mut seen = Vec::new();
    for n in 0..payments {
        let id = format!("P{n}");
        for attempt in 1..=20 {
            let answer = shop.try_call("pay", &shop.order(&id, GOOD_CARD)).await;
            let settled = is_verified_success(&answer);
            let what = answer.map_or_else(
                |_| "no answer".to_owned(),
                |answer| format!("{} verified: {}", answer.status, answer.verified),
            );
            seen.push(format!("{id} {attempt}: {what}, settled: {settled}"));
            if settled {
                break;
            }
        }
        assert_eq!(
            (shop.record(&id).state, shop.record(&id).authorisations),
            (PaymentState::Success, 1)
        );
    }
    let faults = shop.books().faults;
    (seen, faults)
}

#[tokio::test]
async fn the_same_seed_gives_the_same_history() {
    let (first, faults) = history(11, 40).await;
    assert_eq!((first.clone(), faults.clone()), history(11, 40).await);
    assert_ne!(first, history(12, 40).await.0);
    assert!(
        faults.contains_key("notificationNeverSent") && faults.contains_key("oddAnswer"),
        "{faults:?}"
    );
}

#[tokio::test]
async fn odd_shapes_change_no_meaning() {
    let shop = Shop::open_with(|config| {
        config.rates = Rates {
            odd_shapes: 1.0,
            ..Rates::none()
        }
    })
    .await;
    let mut texts = std::collections::HashSet::new();
    for n in 0..30 {
        let id = format!("P{n}");
        let answer = shop.pay(&id, GOOD_CARD).await;
        answer.assert("S", "SUCCESS");
        let body = answer.body();
        assert_eq!(
            (
                &body["paymentRequestId"],
                body["paymentAmount"]["value"].as_str()
            ),
            (&json!(id), Some("30000"))
        );
        let inquiry = shop.inquire(&id).await;
        assert_eq!(
            (&inquiry["paymentStatus"], &inquiry["paymentId"]),
            (&json!("SUCCESS"), &body["paymentId"])
        );
        assert!(
            inquiry
                .get("transactions")
                .is_none_or(|list| list.is_null() || list.as_array().is_some_and(Vec::is_empty))
        );
        shop.capture(&id, &format!("C{n}"), 30000)
            .await
            .assert("S", "SUCCESS");
        texts.insert(answer.text.replace(&id, "P").len());
    }
    assert!(texts.len() > 5, "only {} forms", texts.len());
    let letters = shop.inbox.wait_for(60).await;
    assert!(
        letters
            .iter()
            .all(|letter| letter.verified && letter.body()["result"]["resultStatus"] == "S")
    );
    assert!(
        letters
            .iter()
            .any(|letter| letter.text.contains("introducedLater"))
    );
}
