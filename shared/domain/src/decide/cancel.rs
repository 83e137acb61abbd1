//! Cancelling: the merchant's, the buyer's or the order rule's wish, and POP's answer to it.

use super::Ignored;
use super::Source;
use super::pay::contradicted;
use crate::codes::{CancelFailure, cancel_failure};
use crate::draft::Draft;
use crate::message::{Answer, CancelReport, PaymentFacts, ResultStatus};
use crate::{CancelBy, Capture, CaptureState, Payment, Status};

/// Somebody wants the payment cancelled. Nothing can be cancelled while money is being taken, and the buyer leaves a
/// payment only while it is not paid.
pub(super) fn asked(draft: &mut Draft<'_>, by: CancelBy) -> Ignored {
    let payment = &draft.payment;
    if payment.status == Status::Cancelled || payment.is_cancelling() {
        return Ignored::Known;
    }
    let paid = payment.status == Status::Authorized && by == CancelBy::Buyer;
    if payment.review.is_some() || !payment.takes_nothing() || paid {
        return Ignored::NotCancellable;
    }
    match payment.status {
        // POP was never asked for this payment: it ends here.
        Status::Created => {
            draft.want_cancel(by);
            draft.end(Status::Cancelled, None);
            Ignored::Known
        }
        Status::Pending | Status::Authorized => {
            draft.want_cancel(by);
            Ignored::Known
        }
        _ => Ignored::NotCancellable,
    }
}

/// Whether a person who looked may have the payment cancelled. A capture that POP refused does not stand in the way: what
/// became of the money is for POP to say when it is asked. One whose outcome is not known does.
pub(super) fn may_be_ruled(payment: &Payment) -> bool {
    let refused = |capture: &Capture| matches!(capture.state, CaptureState::Doubtful { .. });
    !payment.status.is_final()
        && payment.captured_minor() == 0
        && payment.open_capture().is_none_or(refused)
}

/// As the merchant's wish, for a payment that [`may_be_ruled`] and is not in review any more.
pub(super) fn ruled(draft: &mut Draft<'_>) {
    if !draft.payment.is_cancelling() {
        draft.want_cancel(CancelBy::Merchant);
    }
    if draft.payment.status == Status::Created {
        draft.end(Status::Cancelled, None);
    }
}

pub(super) fn answered(draft: &mut Draft<'_>, answer: &Answer<CancelReport>) {
    let Answer::Verified(outcome, report) = answer else {
        return postpone_if_cancelling(draft);
    };
    let facts = PaymentFacts {
        request_id: report.request_id.clone(),
        payment_id: report.payment_id.clone(),
        ..PaymentFacts::default()
    };
    if !draft.fits(&facts) {
        return;
    }
    match outcome.status {
        ResultStatus::Success => cancelled(draft),
        ResultStatus::Failure => failed(draft, &outcome.code),
        ResultStatus::Unknown | ResultStatus::Other => postpone_if_cancelling(draft),
    }
}

fn cancelled(draft: &mut Draft<'_>) {
    match draft.payment.status {
        Status::Created | Status::Pending | Status::Authorized => {
            draft.end(Status::Cancelled, None);
        }
        Status::Cancelled | Status::Expired | Status::Declined => {}
        Status::Captured | Status::CaptureFailed => contradicted(draft, Source::Message),
    }
}

fn failed(draft: &mut Draft<'_>, code: &str) {
    if !draft.payment.is_cancelling() {
        return;
    }
    match cancel_failure(code) {
        CancelFailure::AlreadyCancelled => cancelled(draft),
        CancelFailure::Unknown if !is_believable(draft) => draft.postpone(),
        CancelFailure::Unknown if !is_known_to_provider(draft) => cancelled(draft),
        CancelFailure::NotProcessed => draft.postpone(),
        CancelFailure::Unknown | CancelFailure::Refused => {
            draft.refuse_cancel(code);
            // It is not said why: what POP holds decides.
            draft.doubt();
        }
    }
}

/// POP may say "not there" while the call to pay is still under way.
fn is_believable(draft: &Draft<'_>) -> bool {
    let payment = &draft.payment;
    let last_try = payment
        .pay
        .as_ref()
        .map_or(payment.created_at, |pay| pay.last_at);
    is_known_to_provider(draft) || draft.now >= last_try + draft.policy.not_exist_grace
}

fn is_known_to_provider(draft: &Draft<'_>) -> bool {
    draft
        .payment
        .pay
        .as_ref()
        .is_some_and(|pay| pay.known_to_provider)
}

fn postpone_if_cancelling(draft: &mut Draft<'_>) {
    if draft.payment.is_cancelling() {
        draft.postpone();
    }
}
