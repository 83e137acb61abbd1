//! The provider's word on the authorisation: the answer to pay, notifyPayment, and the same words in an inquiry.

use super::Source;
use crate::Status;
use crate::codes::{PayFailure, pay_failure};
use crate::draft::Draft;
use crate::message::{
    AmountSeen, Answer, PayReport, PaymentFacts, PaymentNotification, ResultStatus,
};
use crate::{ReviewReason, Status::*};

pub(super) fn answered(draft: &mut Draft<'_>, answer: &Answer<PayReport>) {
    let Answer::Verified(outcome, report) = answer else {
        postpone_if_pending(draft);
        return;
    };
    if outcome.status != ResultStatus::Failure && !draft.fits(&report.facts) {
        return;
    }
    match outcome.status {
        ResultStatus::Success => {
            draft.learn(&report.facts);
            authorized(draft, &report.facts, Source::Message);
        }
        ResultStatus::Failure => failed(draft, &outcome.code, Source::Message),
        ResultStatus::Unknown if outcome.code == "PAYMENT_IN_PROCESS" => in_process(draft, report),
        ResultStatus::Unknown | ResultStatus::Other => postpone_if_pending(draft),
    }
}

fn in_process(draft: &mut Draft<'_>, report: &PayReport) {
    draft.learn(&report.facts);
    if draft.payment.status == Pending
        && report.redirect.is_some()
        && draft.payment.redirect != report.redirect
    {
        draft.learned();
        draft.payment.redirect.clone_from(&report.redirect);
    }
    postpone_if_pending(draft);
}

fn postpone_if_pending(draft: &mut Draft<'_>) {
    if draft.payment.status == Pending {
        draft.postpone();
    }
}

pub(super) fn notified(draft: &mut Draft<'_>, notification: &PaymentNotification) {
    if !draft.fits(&notification.facts) {
        return;
    }
    draft.learn(&notification.facts);
    match (notification.is_final, notification.outcome.status) {
        (true, ResultStatus::Success) => authorized(draft, &notification.facts, Source::Message),
        (true, ResultStatus::Failure) => failed(draft, &notification.outcome.code, Source::Message),
        // A final kind without a final result says too little; keep it and go on asking.
        (true, _) if !draft.payment.status.is_final() => draft.learned(),
        _ => {}
    }
}

/// POP says that the payment is authorised.
pub(super) fn authorized(draft: &mut Draft<'_>, facts: &PaymentFacts, source: Source) {
    match draft.payment.status {
        // Without an amount there is nothing to hold against the row: not believed, asked again.
        Created | Pending if facts.amount == AmountSeen::Absent => draft.learned(),
        Created | Pending => draft.authorize(facts),
        Authorized | Captured | CaptureFailed => {}
        // It was authorised before it ended: a late message tells nothing new.
        Cancelled | Expired
            if source == Source::Message && draft.payment.authorized_at.is_some() => {}
        Declined | Cancelled | Expired => contradicted(draft, source),
    }
}

/// POP says that the payment failed.
pub(super) fn failed(draft: &mut Draft<'_>, code: &str, source: Source) {
    let end = match pay_failure(code) {
        PayFailure::Declined(_) => Declined,
        PayFailure::Closed => Expired,
        PayFailure::Cancelled => Cancelled,
        // Of an inquiry the status is the word, and the code only its reason.
        _ if source == Source::Inquiry => Declined,
        PayFailure::NotProcessed | PayFailure::Ask => return postpone_if_pending(draft),
    };
    ended(draft, end, code, source);
}

/// POP says that the payment came to an end without money.
pub(super) fn ended(draft: &mut Draft<'_>, end: Status, code: &str, source: Source) {
    match draft.payment.status {
        Created | Pending => draft.end(end, Some(code)),
        Authorized | Captured | CaptureFailed => contradicted(draft, source),
        Declined | Cancelled | Expired => {}
    }
}

/// A late or wrong message is asked about; what an inquiry contradicts, a person must see.
pub(super) fn contradicted(draft: &mut Draft<'_>, source: Source) {
    match source {
        Source::Message => draft.doubt(),
        Source::Inquiry => draft.review(ReviewReason::Contradiction),
    }
}
