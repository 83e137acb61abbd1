//! What the merchant wants beside the payment itself (captures in parts, cancellations, refunds, stored cards), and what
//! the provider says to it.

use super::said::{capture_id, facts, outcome, payment_id, request_id};
use super::{amount, euros};
use domain::message::{
    AmountSeen, Answer, CancelReport, CaptureReport, Outcome, PaymentFacts, RefundNotification,
    RefundReport, ReportedCapture, ReportedStatus,
};
use domain::stored_card::{CardFace, CardToken, TokenizedCard};
use domain::{
    CaptureRequest, CaptureRequestId, Event, Note, Payment, RefundId, RefundRequest,
    RefundRequestId, Resolution, Ruling,
};

/// The token of the buyer's card.
pub(crate) const TOKEN: &str = "ALIPAYtoken+/of==the==card";

/// The answer to a cancel that names the payment.
pub(crate) fn cancel_answered(result: &str) -> Event {
    let report = CancelReport {
        request_id: Some(request_id()),
        payment_id: Some(payment_id()),
    };
    cancel_answered_with(result, report)
}

pub(crate) fn cancel_answered_with(result: &str, report: CancelReport) -> Event {
    Event::CancelAnswered(Answer::Verified(outcome(result), report))
}

/// A person decides about the payment in review.
pub(crate) fn resolved(ruling: Ruling) -> Event {
    Event::Resolved(Resolution {
        ruling,
        by: Note::new("ada").unwrap(),
        reason: Note::new("looked into it").unwrap(),
    })
}

/// The id of our capture of this number.
pub(crate) fn capture_number(number: u32) -> CaptureRequestId {
    CaptureRequestId::derive(&request_id(), number)
}

/// The merchant asks for the capture of this number, of so many cents or all that is left.
pub(crate) fn capture_asked(number: u32, cents: Option<u64>) -> Event {
    Event::CaptureAsked(CaptureRequest {
        number,
        amount: cents.map(euros),
        last: false,
    })
}

/// As [`capture_asked`], and none is to follow.
pub(crate) fn last_capture_asked(number: u32, cents: u64) -> Event {
    Event::CaptureAsked(CaptureRequest {
        number,
        amount: Some(euros(cents)),
        last: true,
    })
}

/// A report of the capture of this number.
pub(crate) fn part_report(number: u32, cents: u64) -> CaptureReport {
    CaptureReport {
        request_id: Some(capture_number(number)),
        capture_id: Some(capture_id(&format!("CAP_{number}"))),
        payment_id: Some(payment_id()),
        amount: AmountSeen::Is(euros(cents)),
    }
}

/// The answer to the capture of this number.
pub(crate) fn part_captured(number: u32, cents: u64, result: &str) -> Event {
    let answer = Answer::Verified(outcome(result), part_report(number, cents));
    Event::CaptureAnswered(capture_number(number), answer)
}

/// The capture of this number in an inquiry: `"SUCCESS SUCCESS"`, `"FAIL PROCESS_FAIL"`.
pub(crate) fn part_shown(number: u32, cents: u64, capture: &str) -> ReportedCapture {
    let report = part_report(number, cents);
    let (word, code) = capture.split_once(' ').unwrap_or((capture, ""));
    ReportedCapture {
        request_id: report.request_id,
        capture_id: report.capture_id,
        amount: report.amount,
        status: super::said::status(word),
        code: code.to_owned(),
    }
}

pub(crate) fn refund_id(text: &str) -> RefundRequestId {
    RefundRequestId::new(text).unwrap()
}

/// The merchant asks for a refund of so many cents, or of all that is left.
pub(crate) fn refund_asked(id: &str, cents: Option<u64>) -> Event {
    Event::RefundAsked(RefundRequest {
        request_id: refund_id(id),
        amount: cents.map(euros),
        reason: Some("returned".into()),
    })
}

/// A report of `REFUND_1`, of the whole amount.
pub(crate) fn refund_report(status: ReportedStatus) -> RefundReport {
    RefundReport {
        request_id: Some(refund_id("REFUND_1")),
        refund_id: Some(RefundId::new("RF_1").unwrap()),
        payment_id: Some(payment_id()),
        amount: AmountSeen::Is(amount()),
        status,
    }
}

/// The answer to the refund.
pub(crate) fn refund_answered(result: &str) -> Event {
    refund_answered_with(result, refund_report(ReportedStatus::Other))
}

pub(crate) fn refund_answered_with(result: &str, report: RefundReport) -> Event {
    Event::RefundAnswered(
        refund_id("REFUND_1"),
        Answer::Verified(outcome(result), report),
    )
}

/// notifyRefund: the result and the refund's status, `""` for none.
pub(crate) fn refund_notified(result: &str, word: &str) -> Event {
    refund_notified_with(outcome(result), refund_report(super::said::status(word)))
}

pub(crate) fn refund_notified_with(outcome: Outcome, refund: RefundReport) -> Event {
    Event::RefundNotified(RefundNotification {
        request_id: refund_id("REFUND_1"),
        outcome,
        refund,
    })
}

/// The answer to an inquiry about the refund.
pub(crate) fn refund_inquired(result: &str, word: &str) -> Event {
    refund_inquired_with(result, refund_report(super::said::status(word)))
}

pub(crate) fn refund_inquired_with(result: &str, report: RefundReport) -> Event {
    Event::RefundInquired(
        refund_id("REFUND_1"),
        Answer::Verified(outcome(result), report),
    )
}

/// The card as POP stored it.
pub(crate) fn tokenized(token: &str) -> TokenizedCard {
    TokenizedCard {
        token: CardToken::new(token).unwrap(),
        face: CardFace {
            brand: Some("VISA".into()),
            last_four: Some("0768".into()),
            expiry_month: Some("12".into()),
            expiry_year: Some("29".into()),
        },
    }
}

/// Facts that fit and carry the token.
pub(crate) fn facts_with_card() -> PaymentFacts {
    let mut facts = facts();
    facts.stored_card = Some(tokenized(TOKEN));
    facts.card.network_transaction_id = Some("NTI_1".into());
    facts
}

/// POP refuses this refund of the payment's for good.
pub(crate) fn refund_refused(payment: &Payment, id: &RefundRequestId) -> Event {
    let mut refunds = payment.refunds.iter();
    let refund = refunds.find(|refund| refund.request_id == *id).unwrap();
    let mut report = refund_report(ReportedStatus::Other);
    report.request_id = Some(id.clone());
    report.amount = AmountSeen::Is(refund.amount);
    let outcome = outcome("F MERCHANT_BALANCE_NOT_ENOUGH");
    Event::RefundAnswered(id.clone(), Answer::Verified(outcome, report))
}
