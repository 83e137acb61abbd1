//! What the provider says: messages that fit the payment of the tests unless they are changed.

use super::amount;
use domain::message::{
    AmountSeen, Answer, CaptureNotification, CaptureReport, InquiryReport, NoAnswer, Outcome,
    PayReport, PaymentFacts, PaymentNotification, Redirect, ReportedCapture, ReportedStatus,
    ResultStatus,
};
use domain::{CaptureId, CaptureRequestId, Event, PaymentId, PaymentRequestId, Time};

pub(crate) fn request_id() -> PaymentRequestId {
    PaymentRequestId::new("PAY_1").unwrap()
}

pub(crate) fn payment_id() -> PaymentId {
    PaymentId::new("2025010119401080010018890C0235018078").unwrap()
}

/// The id of our own capture.
pub(crate) fn our_capture() -> CaptureRequestId {
    CaptureRequestId::derive(&request_id(), 1)
}

/// What the provider names its own captures in automatic mode.
pub(crate) fn automatic_capture() -> CaptureRequestId {
    CaptureRequestId::new(request_id().as_str()).unwrap()
}

pub(crate) fn capture_id(text: &str) -> CaptureId {
    CaptureId::new(text).unwrap()
}

/// `"S SUCCESS"`, `"F PROCESS_FAIL"`, `"U UNKNOWN_EXCEPTION"`; any other first letter is a status that we do not know.
pub(crate) fn outcome(text: &str) -> Outcome {
    let (status, code) = text.split_once(' ').unwrap();
    let status = match status {
        "S" => ResultStatus::Success,
        "F" => ResultStatus::Failure,
        "U" => ResultStatus::Unknown,
        _ => ResultStatus::Other,
    };
    let code = code.to_owned();
    Outcome { status, code }
}

/// Facts that fit.
pub(crate) fn facts() -> PaymentFacts {
    PaymentFacts {
        request_id: Some(request_id()),
        payment_id: Some(payment_id()),
        amount: AmountSeen::Is(amount()),
        ..PaymentFacts::default()
    }
}

/// The answer to pay.
pub(crate) fn pay(result: &str) -> Event {
    pay_with(result, facts())
}

/// The answer to pay that carries these facts.
pub(crate) fn pay_with(result: &str, facts: PaymentFacts) -> Event {
    let redirect = None;
    Event::PayAnswered(Answer::Verified(
        outcome(result),
        PayReport { facts, redirect },
    ))
}

/// The answer to pay that sends the buyer on to 3-D Secure.
pub(crate) fn pay_redirect() -> Event {
    let redirect = Redirect {
        method: "GET".into(),
        url: "https://issuer.example/3ds".into(),
        parameters: None,
    };
    let report = PayReport {
        facts: facts(),
        redirect: Some(redirect),
    };
    Event::PayAnswered(Answer::Verified(outcome("U PAYMENT_IN_PROCESS"), report))
}

/// notifyPayment with `PAYMENT_RESULT`.
pub(crate) fn notified(result: &str) -> Event {
    notified_with(result, facts())
}

/// notifyPayment with `PAYMENT_RESULT` and these facts.
pub(crate) fn notified_with(result: &str, facts: PaymentFacts) -> Event {
    Event::PaymentNotified(payment_notification(true, result, facts))
}

/// notifyPayment with `PAYMENT_PENDING`.
pub(crate) fn notified_pending(result: &str) -> Event {
    Event::PaymentNotified(payment_notification(false, result, facts()))
}

pub(crate) fn payment_notification(
    is_final: bool,
    result: &str,
    facts: PaymentFacts,
) -> PaymentNotification {
    PaymentNotification {
        request_id: request_id(),
        is_final,
        outcome: outcome(result),
        facts,
    }
}

/// The status words of an inquiry: `"SUCCESS"`, `"FAIL"`, `"CANCELLED"`, `"PROCESSING"`, `"PENDING"`, else unknown.
pub(crate) fn status(word: &str) -> ReportedStatus {
    match word {
        "SUCCESS" => ReportedStatus::Success,
        "FAIL" => ReportedStatus::Fail,
        "CANCELLED" => ReportedStatus::Cancelled,
        "PROCESSING" => ReportedStatus::Processing,
        "PENDING" => ReportedStatus::Pending,
        _ => ReportedStatus::Other,
    }
}

/// An inquiry answered with `S` and this payment status, for example `"FAIL DO_NOT_HONOR"`.
pub(crate) fn inquired(payment: &str, captures: &[ReportedCapture]) -> Event {
    inquired_with(payment, captures, facts())
}

/// As [`inquired`], with these facts.
pub(crate) fn inquired_with(
    payment: &str,
    captures: &[ReportedCapture],
    facts: PaymentFacts,
) -> Event {
    let (word, code) = payment.split_once(' ').unwrap_or((payment, ""));
    let report = InquiryReport {
        facts,
        status: status(word),
        code: code.to_owned(),
        captures: captures.to_vec(),
    };
    Event::Inquired(Answer::Verified(outcome("S SUCCESS"), report))
}

/// An inquiry that was itself refused or not settled.
pub(crate) fn inquiry_refused(result: &str) -> Event {
    let report = InquiryReport {
        facts: PaymentFacts::default(),
        status: ReportedStatus::Other,
        code: String::new(),
        captures: Vec::new(),
    };
    Event::Inquired(Answer::Verified(outcome(result), report))
}

/// A capture in an inquiry: `"SUCCESS SUCCESS"`, `"PROCESSING PAYMENT_IN_PROCESS"`, `"FAIL PROCESS_FAIL"`.
pub(crate) fn shown(request_id: &CaptureRequestId, capture: &str) -> ReportedCapture {
    let (word, code) = capture.split_once(' ').unwrap_or((capture, ""));
    ReportedCapture {
        request_id: Some(request_id.clone()),
        capture_id: Some(capture_id("CAP_1")),
        amount: AmountSeen::Is(amount()),
        status: status(word),
        code: code.to_owned(),
    }
}

/// A report of this capture that fits.
pub(crate) fn capture_report(request_id: &CaptureRequestId) -> CaptureReport {
    CaptureReport {
        request_id: Some(request_id.clone()),
        capture_id: Some(capture_id("CAP_1")),
        payment_id: Some(payment_id()),
        amount: AmountSeen::Is(amount()),
    }
}

/// The answer to our capture.
pub(crate) fn captured(result: &str) -> Event {
    captured_with(result, capture_report(&our_capture()))
}

/// The answer to our capture that carries this report.
pub(crate) fn captured_with(result: &str, report: CaptureReport) -> Event {
    Event::CaptureAnswered(our_capture(), Answer::Verified(outcome(result), report))
}

/// notifyCapture about this capture.
pub(crate) fn capture_notified(request_id: &CaptureRequestId, result: &str) -> Event {
    capture_notified_with(result, capture_report(request_id))
}

/// notifyCapture with this report.
pub(crate) fn capture_notified_with(result: &str, capture: CaptureReport) -> Event {
    Event::CaptureNotified(CaptureNotification {
        payment_id: capture.payment_id.clone().unwrap(),
        outcome: outcome(result),
        capture,
    })
}

/// Every way in which there is no answer.
pub(crate) const SILENCES: [NoAnswer; 6] = [
    NoAnswer::TimedOut,
    NoAnswer::Connection,
    NoAnswer::HttpStatus(502),
    NoAnswer::NotVerified,
    NoAnswer::Unreadable,
    NoAnswer::TooLong,
];

/// Facts that fit, with the limit of the authorisation.
pub(crate) fn facts_until(limit: Time) -> PaymentFacts {
    PaymentFacts {
        auth_expires_at: Some(limit),
        ..facts()
    }
}

/// Ways in which facts do not fit, each with the reason of the review.
pub(crate) fn misfits() -> Vec<(PaymentFacts, &'static str)> {
    let dollars = domain::Money::from_wire("8000", "USD").unwrap();
    let with = |change: fn(&mut PaymentFacts)| {
        let mut facts = facts();
        change(&mut facts);
        facts
    };
    let other_currency = PaymentFacts {
        amount: AmountSeen::Is(dollars),
        ..facts()
    };
    vec![
        (
            with(|f| f.amount = AmountSeen::Is(super::euros(8_001))),
            "amount_mismatch",
        ),
        (
            with(|f| f.amount = AmountSeen::Is(super::euros(1))),
            "amount_mismatch",
        ),
        (other_currency, "amount_mismatch"),
        (
            with(|f| f.amount = AmountSeen::Unreadable),
            "amount_mismatch",
        ),
        (
            with(|f| f.request_id = Some(PaymentRequestId::new("PAY_2").unwrap())),
            "wrong_payment",
        ),
        (
            with(|f| f.payment_id = Some(PaymentId::new("OTHER").unwrap())),
            "payment_id_mismatch",
        ),
    ]
}
