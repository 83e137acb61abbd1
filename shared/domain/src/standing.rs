//! What those who watch over all payments want to know of each: whether its outcome is unknown, and since when; whether
//! reserved money is about to be lost; and how many outcomes POP has told so far.

use crate::plan::pay_began;
use crate::{CaptureMode, CaptureState, Payment, Policy, Refund, RefundState, Status, Time};

/// Since when an outcome that POP owes us is not known; `None` while none is.
///
/// What waits for the buyer's first click, for the merchant's word or for a person is not unknown, and neither is a
/// refund that POP says it is at: that may take days, and is bounded by [`Policy::refund_limit`].
#[must_use]
pub fn unknown_since(payment: &Payment, now: Time) -> Option<Time> {
    if payment.review.is_some() {
        return None;
    }
    let cancel = payment.cancel.as_ref().filter(|_| payment.is_cancelling());
    let refunds = payment.refunds.iter().filter(|refund| is_unclear(refund));
    let of_calls = [
        payment.doubt.as_ref().map(|doubt| doubt.since),
        cancel.map(|cancel| cancel.requested_at),
        refunds.map(|refund| refund.requested_at).min(),
        payment.awaits_card().then_some(payment.status_since),
        status_unknown_since(payment, now),
    ];
    of_calls.into_iter().flatten().min()
}

fn is_unclear(refund: &Refund) -> bool {
    refund.is_open() && (refund.contested || refund.state != RefundState::InProcess)
}

fn status_unknown_since(payment: &Payment, now: Time) -> Option<Time> {
    match payment.status {
        Status::Pending => Some(pay_began(payment)),
        Status::Authorized => match (payment.open_capture(), payment.capture_mode) {
            (Some(capture), _) => Some(capture.requested_at),
            // Ours to capture, and not asked for: only its end is POP's to tell.
            (None, CaptureMode::Manual) => payment.capture_by.filter(|limit| now >= *limit),
            (None, _) => Some(payment.authorized_at.unwrap_or(payment.status_since)),
        },
        _ => None,
    }
}

/// Whether money that is reserved for a manual payment is not captured although its limit is within the margin, or past.
/// A capture in part that leaves the rest is no such thing, and neither is a payment that is to be given up.
#[must_use]
pub fn is_near_deadline(payment: &Payment, now: Time, policy: &Policy) -> bool {
    let waits = payment.open_capture().is_some() || payment.captures.is_empty();
    payment.status == Status::Authorized
        && payment.capture_mode == CaptureMode::Manual
        && payment.order_held_by.is_none()
        && !payment.is_cancelling()
        && waits
        && payment
            .capture_by
            .is_some_and(|limit| now >= limit - policy.capture_margin)
}

/// How many outcomes are known that POP tells by a notification of its own: of the authorisation, of each capture and of
/// each refund. The close of a payment that nobody finished is none: we know its time as well as POP does.
#[must_use]
pub fn outcomes(payment: &Payment) -> usize {
    let decided = matches!(
        payment.status,
        Status::Authorized | Status::Captured | Status::CaptureFailed | Status::Declined
    );
    let captures = payment.captures.iter().filter(|capture| {
        matches!(
            capture.state,
            CaptureState::Succeeded | CaptureState::Failed { .. }
        )
    });
    let refunds = payment.refunds.iter().filter(|refund| refund.is_settled());
    usize::from(decided) + captures.count() + refunds.count()
}
