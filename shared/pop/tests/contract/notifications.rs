//! What notifications say, in the documented shapes and in the odd ones.

use crate::support::{read, sample, verified};
use domain::Money;
use domain::evidence::MessageKind;
use domain::message::{
    AmountSeen, CaptureNotification, Outcome, PaymentNotification, ResultStatus,
};
use pop::ReadError;
use pop::notification::Notification;
use proptest::prelude::*;
use serde_json::{Value, json};

fn payment(body: &[u8]) -> PaymentNotification {
    match read(body) {
        Ok(Notification::Payment(notification)) => notification,
        other => panic!("{other:?}"),
    }
}

fn capture(body: &[u8]) -> CaptureNotification {
    match read(body) {
        Ok(Notification::Capture(notification)) => notification,
        other => panic!("{other:?}"),
    }
}

fn outcome(status: ResultStatus, code: &str) -> Outcome {
    let code = code.to_owned();
    Outcome { status, code }
}

fn money(value: &str, currency: &str) -> AmountSeen {
    AmountSeen::Is(Money::from_wire(value, currency).unwrap())
}

/// The documented notification with something changed.
fn changed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body = serde_json::from_slice(sample!("notify_payment_success_caav_typo")).unwrap();
    change(&mut body);
    serde_json::to_vec(&body).unwrap()
}

#[test]
fn the_documented_payment_notification() {
    let body = sample!("notify_payment_success_caav_typo");
    let got = payment(body);
    assert_eq!(got.request_id.as_str(), "2020010123456789XXXX");
    assert!(got.is_final);
    assert_eq!(got.outcome, outcome(ResultStatus::Success, "SUCCESS"));
    assert_eq!(got.facts.request_id.as_ref(), Some(&got.request_id));
    assert_eq!(
        got.facts.payment_id.as_ref().unwrap().as_str(),
        "2020010123456789XXXX"
    );
    assert_eq!(got.facts.amount, money("8000", "EUR"));
    assert_eq!(got.facts.auth_expires_at, None);
    let card = &got.facts.card;
    assert_eq!(card.avs_result_raw.as_deref(), Some("A"));
    assert_eq!(card.cvv_result_raw.as_deref(), Some("Y"));
    assert_eq!(
        card.network_transaction_id.as_deref(),
        Some("sampleNetworkTransactionId123456")
    );
    assert_eq!(card.eci.as_deref(), Some("02"));
    assert_eq!(card.three_ds_version.as_deref(), Some("2.2.0"));
    assert_eq!(
        card.ds_transaction_id.as_deref(),
        Some("sample_dsTranasctionId")
    );
    assert!(
        !format!("{got:?}").contains("cavvSample"),
        "the cryptogram is not read"
    );
    let message = verified(body).into_message();
    assert_eq!(
        (message.kind, message.body.as_slice()),
        (MessageKind::NotifyPayment, body)
    );
}

#[test]
fn the_smallest_payment_notification() {
    let got = payment(sample!("notify_payment_success_minimal_no_resultinfo"));
    assert_eq!(got.request_id.as_str(), "paymentRequestId01");
    assert_eq!(got.facts.amount, money("4200", "SGD"));
    assert_eq!(got.facts.card, Default::default());
    assert_eq!(got.facts.acquirer, None);
}

#[test]
fn the_documented_capture_notifications() {
    let body = sample!("notify_capture_success");
    let got = capture(body);
    assert_eq!(got.payment_id.as_str(), "2022XXXXXXX");
    assert_eq!(got.outcome, outcome(ResultStatus::Success, "SUCCESS"));
    assert_eq!(
        got.capture.request_id.as_ref().unwrap().as_str(),
        "captureRequestId01"
    );
    assert_eq!(
        got.capture.capture_id.as_ref().unwrap().as_str(),
        "2022XXXXXXX"
    );
    assert_eq!(got.capture.payment_id.as_ref(), Some(&got.payment_id));
    assert_eq!(got.capture.amount, money("4200", "SGD"));
    assert_eq!(verified(body).message().kind, MessageKind::NotifyCapture);
    let failed = capture(sample!("notify_capture_failed_with_capturetime"));
    assert_eq!(
        failed.outcome,
        outcome(ResultStatus::Failure, "PROCESS_FAIL")
    );
}

#[test]
fn kinds_that_are_not_acted_on_are_named() {
    let other = |body: &[u8]| match read(body).unwrap() {
        Notification::Other {
            named_kind,
            request_id,
            payment_id,
        } => {
            assert_eq!(verified(body).message().kind, MessageKind::NotifyOther);
            (named_kind, request_id, payment_id)
        }
        known => panic!("{known:?}"),
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        other(sample!("notify_dispute_created_no_notifytype_no_result")),
        (
            "DISPUTE_CREATED".into(),
            some("requestId_12345****"),
            some("202209231540108001001888XXXXXX****")
        )
    );
    let to_come = br#"{"notifyType":"UPDATE_RESULT","paymentId":7}"#;
    assert_eq!(other(to_come), ("UPDATE_RESULT".into(), None, some("7")));
    let vaulting = sample!("vault_payment_method_response_success");
    assert_eq!(other(vaulting), ("UNNAMED".into(), None, None));
    for (kind, want) in [
        (json!("UPDATE_AMOUNT_RESULT"), "UPDATE_AMOUNT_RESULT"),
        (json!("payment_result"), "payment_result"),
        (json!("X".repeat(65)), "UNNAMED"),
        (json!("A B\n"), "UNNAMED"),
        (json!(["PAYMENT_RESULT"]), "UNNAMED"),
        (json!(null), "UNNAMED"),
    ] {
        assert_eq!(
            other(&changed(|body| body["notifyType"] = kind.clone())).0,
            want,
            "{kind}"
        );
    }
}

#[test]
fn pending_is_not_final_whatever_its_status() {
    let got = payment(&changed(|body| {
        body["notifyType"] = json!("PAYMENT_PENDING")
    }));
    assert!(!got.is_final);
    assert_eq!(got.outcome.status, ResultStatus::Success);
}

#[test]
fn results_that_are_not_clear_decide_nothing() {
    for (result, status, code) in [
        (
            json!({"resultStatus": "S", "resultCode": "SUCCESS"}),
            ResultStatus::Success,
            "SUCCESS",
        ),
        (
            json!({"resultStatus": "F", "resultCode": "RISK_REJECT"}),
            ResultStatus::Failure,
            "RISK_REJECT",
        ),
        (json!({"resultStatus": "U"}), ResultStatus::Unknown, ""),
        (
            json!({"resultStatus": "s", "resultCode": "SUCCESS"}),
            ResultStatus::Other,
            "SUCCESS",
        ),
        (
            json!({"resultStatus": "SUCCESS", "resultCode": 5}),
            ResultStatus::Other,
            "5",
        ),
        (json!({"resultStatus": true}), ResultStatus::Other, ""),
        (json!({}), ResultStatus::Other, ""),
        (json!("S"), ResultStatus::Other, ""),
        (json!(["S"]), ResultStatus::Other, ""),
        (json!(null), ResultStatus::Other, ""),
    ] {
        let got = payment(&changed(|body| body["result"] = result.clone()));
        assert_eq!(got.outcome, outcome(status, code), "{result}");
    }
    let missing = changed(|body| drop(body.as_object_mut().unwrap().remove("result")));
    assert_eq!(payment(&missing).outcome, outcome(ResultStatus::Other, ""));
    let long = changed(|body| body["result"]["resultCode"] = json!("C".repeat(500)));
    assert_eq!(
        payment(&long).outcome.code,
        "C".repeat(64),
        "a code is cut to the contract's length"
    );
}

#[test]
fn amounts_are_read_leniently_but_never_guessed() {
    let good = money("8000", "EUR");
    for (amount, want) in [
        (json!({"value": "8000", "currency": "EUR"}), good),
        (json!({"value": 8000, "currency": "EUR", "new": {}}), good),
        (json!(null), AmountSeen::Absent),
        (json!(""), AmountSeen::Absent),
        (json!({}), AmountSeen::Absent),
        (
            json!({"value": "80.00", "currency": "EUR"}),
            AmountSeen::Unreadable,
        ),
        (
            json!({"value": 80.0, "currency": "EUR"}),
            AmountSeen::Unreadable,
        ),
        (
            json!({"value": -8000, "currency": "EUR"}),
            AmountSeen::Unreadable,
        ),
        (
            json!({"value": "0", "currency": "EUR"}),
            AmountSeen::Unreadable,
        ),
        (
            json!({"value": "8e3", "currency": "EUR"}),
            AmountSeen::Unreadable,
        ),
        (
            json!({"value": "8000", "currency": "eur"}),
            AmountSeen::Unreadable,
        ),
        (json!({"value": "8000"}), AmountSeen::Unreadable),
        (json!({"currency": "EUR"}), AmountSeen::Unreadable),
        (
            json!({"value": null, "currency": null}),
            AmountSeen::Unreadable,
        ),
        (json!(8000), AmountSeen::Unreadable),
        (json!("8000 EUR"), AmountSeen::Unreadable),
        (json!([]), AmountSeen::Unreadable),
    ] {
        let got = payment(&changed(|body| body["paymentAmount"] = amount.clone()));
        assert_eq!(got.facts.amount, want, "{amount}");
    }
}

#[test]
fn ids_are_read_or_refused_but_never_passed_over() {
    let with = |name: &str, value: Value| read(&changed(|body| body[name] = value));
    let number = with("paymentRequestId", json!(20_221_114_141_714_891_u64));
    let Ok(Notification::Payment(number)) = number else {
        panic!("{number:?}")
    };
    assert_eq!(number.request_id.as_str(), "20221114141714891");
    assert!(
        with("paymentId", json!(null)).is_ok(),
        "an absent paymentId is for the rules to judge"
    );
    for (name, value, code) in [
        ("paymentRequestId", json!(null), "missing_field"),
        ("paymentRequestId", json!(""), "missing_field"),
        ("paymentRequestId", json!("x".repeat(65)), "bad_id"),
        ("paymentRequestId", json!("a b"), "bad_id"),
        ("paymentRequestId", json!("é"), "bad_id"),
        ("paymentRequestId", json!({"id": "x"}), "bad_id"),
        ("paymentId", json!("x".repeat(65)), "bad_id"),
        ("paymentId", json!(["x"]), "bad_id"),
        // Too large for a whole number: digits would be lost.
        ("paymentId", json!(2.021_111_219_401_080_2e34), "bad_id"),
    ] {
        let error = with(name, value.clone()).unwrap_err();
        assert_eq!(error.code(), code, "{name} {value}");
        assert!(error.to_string().contains(name), "{error}");
    }
    let huge = br#"{"notifyType":"PAYMENT_RESULT","paymentRequestId":20211112194010800100188570271832381}"#;
    assert_eq!(read(huge).unwrap_err().code(), "bad_id");
    let unbound = br#"{"notifyType":"CAPTURE_RESULT","captureRequestId":"c"}"#;
    assert_eq!(
        read(unbound),
        Err(ReadError::Missing { field: "paymentId" })
    );
    let long = br#"{"notifyType":"UPDATE_RESULT","paymentId":"a b"}"#;
    assert_eq!(read(long).unwrap_err().code(), "bad_id");
}

#[test]
fn facts_of_a_useless_type_are_left_out() {
    let got = payment(&changed(|body| {
        body["authExpiryTime"] = json!("2020-01-08T12:01:01+08:30");
        body["paymentResultInfo"]["avsResultRaw"] = json!(null);
        body["paymentResultInfo"]["cvvResultRaw"] = json!({});
        body["paymentResultInfo"]["networkTransactionId"] = json!("n".repeat(257));
        body["paymentResultInfo"]["threeDSResult"]["eci"] = json!(2);
        body["acquirerInfo"] = json!({
            "acquirerName": "A", "referenceRequestId": 12, "acquirerTransactionId": null, "new": [1]
        });
        body["unknown"] = json!([{"deep": [[[]]]}]);
    }));
    assert_eq!(
        got.facts.auth_expires_at.unwrap().rfc3339(),
        "2020-01-08T03:31:01Z"
    );
    let card = got.facts.card;
    assert_eq!(
        (
            card.avs_result_raw,
            card.cvv_result_raw,
            card.network_transaction_id
        ),
        (None, None, None)
    );
    assert_eq!(card.eci.as_deref(), Some("2"));
    let acquirer = got.facts.acquirer.unwrap();
    assert_eq!(acquirer.name.as_deref(), Some("A"));
    assert_eq!(acquirer.reference_request_id.as_deref(), Some("12"));
    assert_eq!(acquirer.transaction_id, None);
    let nested = payment(&changed(|body| {
        body["paymentResultInfo"] = json!({"acquirerInfo": {"acquirerTransactionId": "t"}});
        body["authExpiryTime"] = json!("tomorrow");
    }));
    assert_eq!(
        nested.facts.acquirer.unwrap().transaction_id.as_deref(),
        Some("t")
    );
    assert_eq!(nested.facts.auth_expires_at, None);
    assert_eq!(
        payment(&changed(|body| body["paymentResultInfo"] = json!("none")))
            .facts
            .card,
        Default::default()
    );
}

#[test]
fn hostile_documents_end_in_an_error() {
    let nested = |open: &str, close: &str, depth: usize| {
        format!(
            r#"{{"notifyType":"PAYMENT_RESULT","x":{}{}}}"#,
            open.repeat(depth),
            close.repeat(depth)
        )
    };
    for (body, code) in [
        (nested("[", "]", 100_000).into_bytes(), "not_json"),
        (nested(r#"{"a":"#, "}", 20_000).into_bytes(), "not_json"),
        (nested("[", "]", 300).into_bytes(), "not_json"),
        (b"{\"notifyType\":\"\xff\"}".to_vec(), "not_json"),
        (b"{\"notifyType\":\"\\ud800\"}".to_vec(), "not_json"),
        (b"{".to_vec(), "not_json"),
        (b"{} {}".to_vec(), "not_json"),
        (b"{\"a\":1e999}".to_vec(), "not_json"),
        (
            br#"{"notifyType":"PAYMENT_RESULT","notifyType":"CAPTURE_RESULT"}"#.to_vec(),
            "not_json",
        ),
        (
            br#"{"paymentAmount":{"value":"1","value":"2","currency":"EUR"}}"#.to_vec(),
            "not_json",
        ),
        (br#"{"x":[{"a":1,"\u0061":2}]}"#.to_vec(), "not_json"),
    ] {
        let error = read(&body).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(verified(&body).message().kind, MessageKind::NotifyOther);
    }
    assert!(read(nested("[", "]", 100).as_bytes()).is_err_and(|e| e.code() == "missing_field"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,70}".prop_map(Value::from),
        Just(json!("S")),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z]{1,8}", inner.clone(), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            (inner.clone(), inner)
                .prop_map(|(value, currency)| json!({"value": value, "currency": currency})),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_in_any_field_is_read_without_panic(
        capture in any::<bool>(),
        field in prop::sample::select(vec![
            "notifyType", "result", "paymentRequestId", "paymentId", "paymentAmount", "captureAmount", "captureId",
            "captureRequestId", "authExpiryTime", "paymentResultInfo", "acquirerInfo", "cardInfo", "refundRequestId",
        ]),
        value in any_json(),
    ) {
        let sample = if capture { sample!("notify_capture_success") } else { sample!("notify_payment_success_caav_typo") };
        let mut body: Value = serde_json::from_slice(sample).unwrap();
        body[field] = value;
        if let Ok(Notification::Payment(got)) = read(&serde_json::to_vec(&body).unwrap()) {
            prop_assert!(got.request_id.as_str().len() <= 64);
            prop_assert!(got.outcome.code.chars().count() <= 64);
        }
    }

    #[test]
    fn every_amount_comes_through(value in 1_u64..10_000_000_000_000_000, currency in "[A-Z]{3}", as_number in any::<bool>()) {
        let written = if as_number { json!(value) } else { json!(value.to_string()) };
        let body = changed(|body| body["paymentAmount"] = json!({"value": written, "currency": currency}));
        prop_assert_eq!(payment(&body).facts.amount, money(&value.to_string(), &currency));
    }
}
