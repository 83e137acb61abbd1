//! Refunds: the merchant's wish, POP's answers to it, and notifyRefund.

use super::{Ignored, Source};
use crate::codes::{RefundFailure, refund_failure};
use crate::draft::{Draft, amount_misfit};
use crate::event::RefundRequest;
use crate::message::{
    AmountSeen, Answer, Outcome, PaymentFacts, RefundNotification, RefundReport, ReportedStatus,
    ResultStatus,
};
use crate::outbox::OrderEventKind;
use crate::{Money, RefundRequestId, RefundState, ReviewReason};

/// The merchant wants money given back: at most what is captured and not given back yet.
pub(super) fn asked(draft: &mut Draft<'_>, request: &RefundRequest) -> Ignored {
    let payment = &draft.payment;
    if let Some(at) = place(draft, &request.request_id) {
        let asked = payment.refunds[at].amount;
        let same = request.amount.is_none_or(|amount| amount == asked);
        return if same {
            Ignored::Known
        } else {
            Ignored::RefundDiffers
        };
    }
    if payment.review.is_some() || payment.captured_minor() == 0 || payment.payment_id.is_none() {
        return Ignored::NotRefundable;
    }
    let currency = payment.amount.currency();
    let left = payment.refundable_minor();
    let amount = request.amount.or_else(|| Money::new(left, currency).ok());
    match amount {
        Some(amount) if amount.currency() == currency && (1..=left).contains(&amount.minor()) => {
            draft.want_refund(request.request_id.clone(), amount, request.reason.clone());
            Ignored::Known
        }
        _ => Ignored::RefundTooLarge,
    }
}

pub(super) fn answered(draft: &mut Draft<'_>, id: &RefundRequestId, answer: &Answer<RefundReport>) {
    let Answer::Verified(outcome, report) = answer else {
        return postpone_if_open(draft, id);
    };
    let Some(at) = fitting(draft, id, report) else {
        return;
    };
    match outcome.status {
        ResultStatus::Success => succeeded(draft, at, report, Source::Message),
        ResultStatus::Failure => failed(draft, at, &outcome.code, Source::Message),
        ResultStatus::Unknown if outcome.code == "REFUND_IN_PROCESS" => in_process(draft, at),
        ResultStatus::Unknown | ResultStatus::Other => postpone_if_open(draft, id),
    }
    // POP answers each time, and each time settles nothing.
    if draft.payment.refunds[at].state == RefundState::Requested {
        look_at_limit(draft, at);
    }
}

pub(super) fn notified(draft: &mut Draft<'_>, notification: &RefundNotification) {
    let RefundNotification {
        request_id,
        outcome,
        refund,
    } = notification;
    let Some(at) = fitting(draft, request_id, refund) else {
        return;
    };
    match (refund.status, outcome.status) {
        (ReportedStatus::Success, ResultStatus::Success) => {
            succeeded(draft, at, refund, Source::Message);
        }
        (ReportedStatus::Fail | ReportedStatus::Cancelled, _) => {
            settle_failed(draft, at, code_of(outcome), Source::Message);
        }
        (ReportedStatus::Processing | ReportedStatus::Pending, _) => in_process(draft, at),
        (ReportedStatus::Other, ResultStatus::Failure) => {
            settle_failed(draft, at, code_of(outcome), Source::Message);
        }
        // The refund is accepted, and nothing is said of its end.
        (ReportedStatus::Other, ResultStatus::Success) => in_process(draft, at),
        // Status and result do not agree, or say too little: ask.
        _ => contest_or_ask(draft, at),
    }
}

pub(super) fn inquired(draft: &mut Draft<'_>, id: &RefundRequestId, answer: &Answer<RefundReport>) {
    postpone_if_open(draft, id);
    let Answer::Verified(outcome, report) = answer else {
        return;
    };
    let Some(at) = fitting(draft, id, report) else {
        return;
    };
    match outcome.status {
        ResultStatus::Success => shown(draft, at, outcome, report),
        // POP does not know the refund: it may be asked for again, with the same id.
        ResultStatus::Failure if is_unknown(&outcome.code) => ask_again(draft, at),
        // Our question was refused or not settled: that says nothing about the refund.
        _ => {}
    }
    look_at_limit(draft, at);
}

fn shown(draft: &mut Draft<'_>, at: usize, outcome: &Outcome, report: &RefundReport) {
    match report.status {
        ReportedStatus::Success => succeeded(draft, at, report, Source::Inquiry),
        ReportedStatus::Fail | ReportedStatus::Cancelled => {
            settle_failed(draft, at, code_of(outcome), Source::Inquiry);
        }
        ReportedStatus::Processing | ReportedStatus::Pending => in_process(draft, at),
        ReportedStatus::Other => {}
    }
}

/// Why a refund failed; of an answer that is itself a success only the status says so.
fn code_of(outcome: &Outcome) -> &str {
    match outcome.status {
        ResultStatus::Failure => &outcome.code,
        _ => "REFUND_FAILED",
    }
}

fn is_unknown(code: &str) -> bool {
    matches!(code, "ORDER_NOT_EXIST" | "REFUND_NOT_EXIST")
}

/// The refund's place, if the report is about it and its ids and amount fit. Otherwise a person must look.
fn fitting(draft: &mut Draft<'_>, id: &RefundRequestId, report: &RefundReport) -> Option<usize> {
    let at = place(draft, id)?;
    if report.request_id.as_ref().is_some_and(|named| named != id) {
        draft.review(ReviewReason::WrongPayment);
        return None;
    }
    let facts = PaymentFacts {
        payment_id: report.payment_id.clone(),
        ..PaymentFacts::default()
    };
    if !draft.fits(&facts) {
        return None;
    }
    if let Some(reason) = amount_misfit(report.amount, draft.payment.refunds[at].amount) {
        draft.review(reason);
        return None;
    }
    let refund = &mut draft.payment.refunds[at];
    if refund.refund_id.is_none() && report.refund_id.is_some() {
        refund.refund_id.clone_from(&report.refund_id);
        draft.learned();
    }
    Some(at)
}

fn place(draft: &Draft<'_>, id: &RefundRequestId) -> Option<usize> {
    let mut refunds = draft.payment.refunds.iter();
    refunds.position(|refund| refund.request_id == *id)
}

fn postpone_if_open(draft: &mut Draft<'_>, id: &RefundRequestId) {
    if place(draft, id).is_some_and(|at| draft.payment.refunds[at].is_open()) {
        draft.postpone();
    }
}

fn succeeded(draft: &mut Draft<'_>, at: usize, report: &RefundReport, source: Source) {
    match draft.payment.refunds[at].state {
        RefundState::Succeeded => confirmed(draft, at, source),
        RefundState::Failed { .. } => contradicted(draft, at, source),
        _ if report.amount == AmountSeen::Absent && source == Source::Message => {
            in_process(draft, at);
        }
        _ => {
            draft.learned();
            draft.payment.refunds[at].state = RefundState::Succeeded;
            draft.tell_refund(OrderEventKind::Refunded, None, at);
        }
    }
}

/// POP refuses the call: what its code means depends on the code.
fn failed(draft: &mut Draft<'_>, at: usize, code: &str, source: Source) {
    let refund = &mut draft.payment.refunds[at];
    match refund_failure(code) {
        RefundFailure::Ask if !refund.is_settled() => {
            refund.state = RefundState::Doubtful {
                code: code.to_owned(),
            };
            draft.learned();
        }
        RefundFailure::Ask | RefundFailure::NotProcessed if refund.is_open() => draft.postpone(),
        RefundFailure::Ask | RefundFailure::NotProcessed => {}
        RefundFailure::Failed => settle_failed(draft, at, code, source),
    }
}

/// POP says that the refund itself failed.
fn settle_failed(draft: &mut Draft<'_>, at: usize, code: &str, source: Source) {
    match draft.payment.refunds[at].state {
        RefundState::Failed { .. } => confirmed(draft, at, source),
        RefundState::Succeeded => contradicted(draft, at, source),
        _ => {
            draft.learned();
            draft.payment.refunds[at].state = RefundState::Failed {
                code: code.to_owned(),
            };
            draft.tell_refund(OrderEventKind::RefundFailed, Some(code), at);
            // The order stays paid twice, and nothing here can mend that.
            if draft.is_of_orphan(at) {
                draft.review(ReviewReason::OrderPaidTwice);
            }
        }
    }
}

fn in_process(draft: &mut Draft<'_>, at: usize) {
    let refund = &mut draft.payment.refunds[at];
    match refund.state {
        RefundState::Requested | RefundState::Doubtful { .. } => {
            refund.state = RefundState::InProcess;
            draft.learned();
        }
        RefundState::InProcess => draft.postpone(),
        RefundState::Succeeded | RefundState::Failed { .. } => {}
    }
}

fn ask_again(draft: &mut Draft<'_>, at: usize) {
    let refund = &mut draft.payment.refunds[at];
    match refund.state {
        RefundState::InProcess | RefundState::Doubtful { .. } => {
            refund.state = RefundState::Requested;
            draft.learned();
        }
        RefundState::Requested => {}
        // It ended, and now POP does not know it.
        RefundState::Succeeded => draft.review(ReviewReason::Vanished),
        RefundState::Failed { .. } => confirmed(draft, at, Source::Inquiry),
    }
}

fn contest_or_ask(draft: &mut Draft<'_>, at: usize) {
    let refund = &mut draft.payment.refunds[at];
    match refund.state {
        RefundState::Succeeded | RefundState::Failed { .. } => refund.contested = true,
        _ => refund.state = RefundState::InProcess,
    }
    draft.learned();
}

/// An inquiry agrees with what is known: nothing is contested any more.
fn confirmed(draft: &mut Draft<'_>, at: usize, source: Source) {
    let refund = &mut draft.payment.refunds[at];
    if source == Source::Inquiry && refund.contested {
        refund.contested = false;
        draft.learned();
    }
}

/// A late or wrong message is asked about; what an inquiry contradicts, a person must see.
fn contradicted(draft: &mut Draft<'_>, at: usize, source: Source) {
    match source {
        Source::Message => {
            draft.learned();
            draft.payment.refunds[at].contested = true;
        }
        Source::Inquiry => draft.review(ReviewReason::Contradiction),
    }
}

/// POP answers, but the refund does not end: past its limit a person must look.
fn look_at_limit(draft: &mut Draft<'_>, at: usize) {
    let (payment, again) = (&draft.payment, draft.policy.confirm_window);
    let refund = &payment.refunds[at];
    let limit = match refund.state {
        RefundState::Doubtful { .. } => again,
        _ => draft.policy.refund_limit,
    };
    if refund.is_open() && draft.now >= payment.limit(refund.requested_at + limit, again) {
        draft.review(ReviewReason::RefundUnclear);
    }
}

/// A refund that waits for POP's id of the payment, which POP does not give: past its limit a person must look.
pub(super) fn look_at_unasked(draft: &mut Draft<'_>) {
    let payment = &draft.payment;
    let unasked = |at: &usize| payment.refunds[*at].state == RefundState::Requested;
    let waiting = (0..payment.refunds.len()).find(unasked);
    if let (None, Some(at)) = (&payment.payment_id, waiting) {
        look_at_limit(draft, at);
    }
}
