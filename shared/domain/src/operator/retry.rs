//! Whether, and how, a capture may be asked for once more.

use crate::plan::{CaptureOrder, capture_order};
use crate::{Capture, CaptureMode, CaptureRequest, CaptureState, Payment, Policy, Status, Time};

/// What asking for a capture once more comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaptureRetry {
    /// Ask for the same capture with the same id: what became of it is not known, or it was never asked for.
    Ask(CaptureOrder),
    /// Ask POP where the payment stands first: it is at the capture, its refusal must be explained, or something is in
    /// doubt.
    Inquire,
    /// Ask for another capture of the same amount: that the last one failed is known for good, and the contract allows a
    /// further one.
    Another(CaptureRequest),
    /// There is nothing to ask for: it is captured.
    Captured,
    /// The rules do not allow it.
    Refused(Refusal),
}

/// Why a capture may not be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// See [`crate::Ruling`].
    #[error(
        "the payment is in review, and nothing is captured meanwhile: resolve it with go_on, which asks for a refused capture again"
    )]
    InReview,
    /// See [`crate::Ruling`].
    #[error("a person closed the payment: resolve it with go_on to take that back")]
    Closed,
    /// POP captures it.
    #[error("POP captures this payment by itself: inquire shows what it says")]
    NotOurs,
    /// Its mode is not known.
    #[error(
        "POP told of this payment before the merchant did, so it is not known who captures: it is never captured from here"
    )]
    ModeUnknown,
    /// Nothing was asked for yet.
    #[error("no capture was asked for yet: the merchant asks with POST /payments/ID/capture")]
    NeverAsked,
    /// It is being cancelled.
    #[error("the payment is to be cancelled: nothing is captured unless POP refuses that")]
    Cancelling,
    /// Another attempt has the order's money.
    #[error("another attempt has paid this order: what this one holds is given back")]
    OrderPaid,
    /// The authorisation is over.
    #[error("the limit of the authorisation has passed: inquire asks POP for its end")]
    TooLate,
    /// The status is final.
    #[error(
        "the status is final: its capture failed for good, and the authorisation lapses by itself; have the buyer pay anew"
    )]
    Failed,
    /// Not authorised, or not any more.
    #[error("only an authorised payment can be captured")]
    NotAuthorized,
    /// A part is captured, and nothing else was asked for.
    #[error(
        "what was asked for is captured: the merchant asks for a further part with POST /payments/ID/capture"
    )]
    PartCaptured,
}

impl Refusal {
    /// The stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::InReview => "in_review",
            Self::Closed => "closed",
            Self::NotOurs => "captured_by_pop",
            Self::ModeUnknown => "capture_mode_unknown",
            Self::NeverAsked => "never_asked",
            Self::Cancelling => "cancelling",
            Self::OrderPaid => "order_already_paid",
            Self::TooLate => "too_late",
            Self::Failed => "failed_for_good",
            Self::NotAuthorized => "not_authorized",
            Self::PartCaptured => "part_captured",
        }
    }
}

/// What asking for a capture of this payment once more comes to. The same capture keeps its id as long as its outcome is
/// not known; another id is taken only after POP said that the one before failed for good.
#[must_use]
pub fn capture_retry(payment: &Payment, now: Time, policy: &Policy) -> CaptureRetry {
    if let Some(refusal) = standing_in_the_way(payment) {
        return CaptureRetry::Refused(refusal);
    }
    if payment.status == Status::Captured {
        return CaptureRetry::Captured;
    }
    if payment.status != Status::Authorized {
        return CaptureRetry::Refused(Refusal::NotAuthorized);
    }
    if let Some(order) = capture_order(payment, now) {
        return CaptureRetry::Ask(order);
    }
    if payment.doubt.is_some() || payment.open_capture().is_some() {
        return CaptureRetry::Inquire;
    }
    if payment.capture_by.is_none_or(|limit| now >= limit) {
        return CaptureRetry::Refused(Refusal::TooLate);
    }
    match payment.captures.last() {
        None => CaptureRetry::Refused(Refusal::NeverAsked),
        Some(last) if policy.several_captures && failed(last) => another(payment, last),
        Some(last) if failed(last) => CaptureRetry::Refused(Refusal::Failed),
        Some(_) => CaptureRetry::Refused(Refusal::PartCaptured),
    }
}

fn standing_in_the_way(payment: &Payment) -> Option<Refusal> {
    if payment.closed_at().is_some() {
        return Some(Refusal::Closed);
    }
    if payment.review.is_some() {
        return Some(Refusal::InReview);
    }
    match payment.status {
        Status::Captured => return None,
        Status::CaptureFailed => return Some(Refusal::Failed),
        _ => {}
    }
    match payment.capture_mode {
        CaptureMode::Automatic => return Some(Refusal::NotOurs),
        CaptureMode::Unknown => return Some(Refusal::ModeUnknown),
        CaptureMode::Manual => {}
    }
    if payment.order_held_by.is_some() {
        return Some(Refusal::OrderPaid);
    }
    payment.is_cancelling().then_some(Refusal::Cancelling)
}

fn failed(capture: &Capture) -> bool {
    matches!(capture.state, CaptureState::Failed { .. })
}

fn another(payment: &Payment, last: &Capture) -> CaptureRetry {
    let number = u32::try_from(payment.captures.len()).unwrap_or(u32::MAX);
    CaptureRetry::Another(CaptureRequest {
        number: number.saturating_add(1),
        amount: Some(last.amount),
        last: last.last,
    })
}
