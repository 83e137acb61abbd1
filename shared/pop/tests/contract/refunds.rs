//! Cancel and refund: what answers and notifyRefund say.

use crate::support::{read, verified, verified_answer};
use domain::Money;
use domain::evidence::MessageKind;
use domain::message::{
    AmountSeen, Answer, CancelReport, NoAnswer, Outcome, RefundNotification, RefundReport,
    ReportedStatus, ResultStatus,
};
use pop::answer::{read_cancel, read_refund, read_refund_inquiry};
use pop::notification::Notification;
use proptest::prelude::*;
use serde_json::{Value, json};

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

fn cancel(body: &[u8]) -> Answer<CancelReport> {
    read_cancel(&verified_answer(MessageKind::CancelResponse, body))
}

fn refund(body: &[u8]) -> Answer<RefundReport> {
    read_refund(&verified_answer(MessageKind::RefundResponse, body))
}

fn inquiry(body: &[u8]) -> Answer<RefundReport> {
    read_refund_inquiry(&verified_answer(MessageKind::RefundInquiryResponse, body))
}

fn said<T>(answer: Answer<T>) -> (Outcome, T) {
    match answer {
        Answer::Verified(outcome, report) => (outcome, report),
        Answer::None(reason) => panic!("{reason}"),
    }
}

/// A notifyRefund with every field of its page.
fn whole() -> Value {
    json!({
        "notifyType": "REFUND_RESULT",
        "result": {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"},
        "refundStatus": "SUCCESS", "refundRequestId": "REFUND_1", "refundId": "2025C0018",
        "refundAmount": {"value": "500", "currency": "EUR"}, "refundTime": "2026-11-20T12:01:01+08:30",
        "grossSettlementAmount": {"value": "540", "currency": "USD"}, "rrn": "1", "arn": "2", "metadata": "{}",
    })
}

fn changed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body = whole();
    change(&mut body);
    bytes(&body)
}

fn notified(body: &[u8]) -> RefundNotification {
    match read(body) {
        Ok(Notification::Refund(notification)) => notification,
        other => panic!("{other:?}"),
    }
}

#[test]
fn answers_to_cancel() {
    let body = json!({
        "result": {"resultStatus": "S", "resultCode": "SUCCESS"}, "paymentRequestId": "PAY_1", "paymentId": "2025C",
        "cancelTime": "2026-11-20T12:01:01-08:00",
    });
    let (outcome, report) = said(cancel(&bytes(&body)));
    assert_eq!(
        (outcome.status, outcome.code.as_str()),
        (ResultStatus::Success, "SUCCESS")
    );
    assert_eq!(report.request_id.unwrap().as_str(), "PAY_1");
    assert_eq!(report.payment_id.unwrap().as_str(), "2025C");
    for (status, want, code) in [
        ("F", ResultStatus::Failure, "CANCEL_WINDOW_EXCEED"),
        ("U", ResultStatus::Unknown, "UNKNOWN_EXCEPTION"),
    ] {
        let body = json!({"result": {"resultStatus": status, "resultCode": code}});
        let (outcome, report) = said(cancel(&bytes(&body)));
        assert_eq!((outcome.status, outcome.code.as_str()), (want, code));
        assert_eq!(report, CancelReport::default());
    }
}

#[test]
fn answers_to_refund() {
    let body = json!({
        "result": {"resultStatus": "S", "resultCode": "SUCCESS"}, "refundRequestId": "REFUND_1",
        "refundId": "2025C0018", "paymentId": "2025C", "refundAmount": {"value": 500, "currency": "EUR"},
        "refundTime": "2026-11-20T12:01:01Z",
    });
    let (outcome, report) = said(refund(&bytes(&body)));
    assert_eq!(outcome.status, ResultStatus::Success);
    assert_eq!(report.request_id.unwrap().as_str(), "REFUND_1");
    assert_eq!(report.refund_id.unwrap().as_str(), "2025C0018");
    assert_eq!(report.payment_id.unwrap().as_str(), "2025C");
    assert_eq!(
        report.amount,
        AmountSeen::Is(Money::from_wire("500", "EUR").unwrap())
    );
    assert_eq!(
        report.status,
        ReportedStatus::Other,
        "the answer's result is the refund's"
    );

    let body = json!({"result": {"resultStatus": "U", "resultCode": "REFUND_IN_PROCESS"}});
    let (outcome, report) = said(refund(&bytes(&body)));
    assert_eq!(
        (outcome.status, outcome.code.as_str()),
        (ResultStatus::Unknown, "REFUND_IN_PROCESS")
    );
    assert_eq!(
        (report.request_id, report.amount),
        (None, AmountSeen::Absent)
    );
}

#[test]
fn an_inquiry_about_a_refund_has_two_levels() {
    for (word, want) in [
        (json!("SUCCESS"), ReportedStatus::Success),
        (json!("FAIL"), ReportedStatus::Fail),
        (json!("PROCESSING"), ReportedStatus::Processing),
        (json!("PENDING"), ReportedStatus::Pending),
        (json!("CANCELLED"), ReportedStatus::Cancelled),
        (json!("CANCELED"), ReportedStatus::Cancelled),
        (json!("success"), ReportedStatus::Other),
        (json!(null), ReportedStatus::Other),
        (json!(true), ReportedStatus::Other),
    ] {
        let body = json!({"result": {"resultStatus": "S", "resultCode": "SUCCESS"}, "refundStatus": word,
                          "refundRequestId": "REFUND_1", "refundId": "r"});
        let (outcome, report) = said(inquiry(&bytes(&body)));
        assert_eq!(
            (outcome.status, report.status),
            (ResultStatus::Success, want),
            "{word}"
        );
    }
    let unknown = json!({"result": {"resultStatus": "F", "resultCode": "REFUND_NOT_EXIST"}});
    let (outcome, report) = said(inquiry(&bytes(&unknown)));
    assert_eq!(
        (outcome.status, report.status),
        (ResultStatus::Failure, ReportedStatus::Other)
    );
}

#[test]
fn answers_that_cannot_be_read_are_none() {
    let ids = [
        "paymentRequestId",
        "paymentId",
        "refundRequestId",
        "refundId",
    ];
    for id in ids {
        let body = bytes(&json!({"result": {"resultStatus": "S"}, id: "x".repeat(65)}));
        if id.starts_with("payment") {
            assert_eq!(cancel(&body), Answer::None(NoAnswer::Unreadable), "{id}");
        }
        if id != "paymentRequestId" {
            assert_eq!(refund(&body), Answer::None(NoAnswer::Unreadable), "{id}");
            assert_eq!(inquiry(&body), Answer::None(NoAnswer::Unreadable), "{id}");
        }
    }
    for body in [b"{\"result\":".as_slice(), b"{\"a\":1,\"a\":2}"] {
        assert_eq!(cancel(body), Answer::None(NoAnswer::Unreadable));
        assert_eq!(refund(body), Answer::None(NoAnswer::Unreadable));
    }
}

#[test]
fn a_refund_is_notified_by_its_own_id() {
    let body = bytes(&whole());
    let got = notified(&body);
    assert_eq!(got.request_id.as_str(), "REFUND_1");
    assert_eq!(got.outcome.status, ResultStatus::Success);
    let refund = &got.refund;
    assert_eq!(refund.request_id.as_ref(), Some(&got.request_id));
    assert_eq!(refund.refund_id.as_ref().unwrap().as_str(), "2025C0018");
    assert_eq!(refund.payment_id, None, "it names no payment");
    assert_eq!(
        refund.amount,
        AmountSeen::Is(Money::from_wire("500", "EUR").unwrap())
    );
    assert_eq!(refund.status, ReportedStatus::Success);
    assert_eq!(
        verified(&body).into_message().kind,
        MessageKind::NotifyRefund
    );
}

#[test]
fn odd_shapes_of_it() {
    let failed = notified(&changed(|body| {
        body["refundStatus"] = json!("FAIL");
        body["result"] = json!({"resultStatus": "F", "resultCode": "PROCESS_FAIL"});
    }));
    assert_eq!(
        (failed.outcome.status, failed.refund.status),
        (ResultStatus::Failure, ReportedStatus::Fail)
    );
    let contradicting = notified(&changed(|body| body["refundStatus"] = json!("FAIL")));
    assert_eq!(
        contradicting.outcome.status,
        ResultStatus::Success,
        "for the rules to judge"
    );
    let bare =
        notified(br#"{"notifyType":"REFUND_RESULT","refundRequestId":7,"refundAmount":null}"#);
    assert_eq!(bare.request_id.as_str(), "7");
    assert_eq!(bare.outcome.status, ResultStatus::Other);
    assert_eq!(
        (bare.refund.status, bare.refund.amount),
        (ReportedStatus::Other, AmountSeen::Absent)
    );
    let named = notified(&changed(|body| body["paymentId"] = json!("2025C")));
    assert_eq!(named.refund.payment_id.unwrap().as_str(), "2025C");
    let cents = notified(&changed(|body| {
        body["refundAmount"]["value"] = json!("5.00")
    }));
    assert_eq!(cents.refund.amount, AmountSeen::Unreadable);
    for (field, value, code) in [
        ("refundRequestId", json!(null), "missing_field"),
        ("refundRequestId", json!(""), "missing_field"),
        ("refundRequestId", json!("a b"), "bad_id"),
        ("refundRequestId", json!("x".repeat(65)), "bad_id"),
        ("refundId", json!(["x"]), "bad_id"),
        ("paymentId", json!({"id": "x"}), "bad_id"),
    ] {
        let error = read(&changed(|body| body[field] = value.clone())).unwrap_err();
        assert_eq!(error.code(), code, "{field} {value}");
        assert!(error.to_string().contains(field), "{error}");
    }
}

proptest! {
    #[test]
    fn every_refunded_amount_comes_through(value in 1_u64..10_000_000_000_000_000, currency in "[A-Z]{3}") {
        let body = changed(|body| body["refundAmount"] = json!({"value": value, "currency": currency}));
        let want = Money::from_wire(&value.to_string(), &currency).unwrap();
        prop_assert_eq!(notified(&body).refund.amount, AmountSeen::Is(want));
    }
}
