//! The answer to an inquiry: the provider's word on where the payment stands now.

use super::Source;
use super::capture::{CAPTURE_IN_PROCESS, is_taken, said};
use super::pay::{authorized, contradicted, ended, failed};
use super::refund;
use crate::codes::{CaptureFailure, capture_failure};
use crate::draft::Draft;
use crate::message::{
    Answer, CaptureReport, InquiryReport, Outcome, ReportedCapture, ReportedStatus, ResultStatus,
};
use crate::{CaptureState, Payment, ReviewReason, SaveCard, Status, Time, plan};

pub(super) fn answered(draft: &mut Draft<'_>, answer: &Answer<InquiryReport>) {
    draft.postpone();
    let Answer::Verified(outcome, report) = answer else {
        return;
    };
    // A slow process may tell of an earlier answer than the one the row already has.
    draft.payment.asked_at = draft.payment.asked_at.max(Some(draft.now));
    match outcome.status {
        ResultStatus::Success => found(draft, report),
        ResultStatus::Failure if outcome.code == "ORDER_NOT_EXIST" => not_found(draft),
        // Our question was refused or not settled: that says nothing about the payment.
        _ => {}
    }
}

fn found(draft: &mut Draft<'_>, report: &InquiryReport) {
    if !draft.fits(&report.facts) {
        return;
    }
    draft.learn(&report.facts);
    if draft.payment.status.is_final() {
        reconcile(draft, report);
    } else {
        follow(draft, report);
    }
    look_for_card(draft, report);
}

/// Takes an inquiry into a payment that is not over yet.
fn follow(draft: &mut Draft<'_>, report: &InquiryReport) {
    if report.status == ReportedStatus::Success {
        authorized(draft, &report.facts, Source::Inquiry);
    }
    // A capture that succeeded and yet could not be believed leaves everything else of the answer open.
    let unclear = !say_successes(draft, report) && !draft.payment.status.is_final();
    if !unclear {
        say_others(draft, report);
    }
    if !draft.payment.status.is_final() && draft.payment.review.is_none() {
        if !unclear {
            settle_status(draft, report);
        }
        look_at_limits(draft, report);
    }
    let settled = matches!(
        report.status,
        ReportedStatus::Success | ReportedStatus::Fail | ReportedStatus::Cancelled
    );
    if settled && !unclear {
        clear_doubt(draft);
    }
}

/// POP shows a payment whose card was to be stored, and no token: it is not waited for any longer.
fn look_for_card(draft: &mut Draft<'_>, report: &InquiryReport) {
    let shown = report.status == ReportedStatus::Success;
    let late = draft.now >= draft.payment.status_since + draft.policy.confirm_window;
    let missing = report.facts.stored_card.is_none() && draft.payment.awaits_card();
    if missing && (shown || late) {
        draft.learned();
        draft.payment.save_card = SaveCard::NotGiven;
    }
}

/// Takes in the captures that succeeded; whether all of them could be believed. They come first: one that succeeded
/// outweighs another that failed.
fn say_successes(draft: &mut Draft<'_>, report: &InquiryReport) -> bool {
    let mut believed = true;
    for capture in successes(report) {
        let (outcome, report) = (outcome_of(capture), report_of(capture));
        said(draft, &outcome, &report, Source::Inquiry);
        believed &= is_taken(draft, &report);
        if draft.payment.review.is_some() {
            return false; // a person decides about the rest
        }
    }
    believed
}

/// Takes in the other captures, except a try that failed of one that succeeded.
fn say_others(draft: &mut Draft<'_>, report: &InquiryReport) {
    let outweighed = |capture: &ReportedCapture| {
        successes(report).any(|good| {
            good.request_id.is_some() && good.request_id == capture.request_id
                || good.capture_id.is_some() && good.capture_id == capture.capture_id
        })
    };
    let captures = report.captures.iter();
    for capture in captures.filter(|c| c.status != ReportedStatus::Success && !outweighed(c)) {
        let (outcome, report) = (outcome_of(capture), report_of(capture));
        said(draft, &outcome, &report, Source::Inquiry);
    }
}

fn successes(report: &InquiryReport) -> impl Iterator<Item = &ReportedCapture> {
    let captures = report.captures.iter();
    captures.filter(|capture| capture.status == ReportedStatus::Success)
}

fn settle_status(draft: &mut Draft<'_>, report: &InquiryReport) {
    match report.status {
        ReportedStatus::Fail => failed(draft, &report.code, Source::Inquiry),
        // As it was asked to be.
        ReportedStatus::Cancelled if draft.payment.is_cancelling() => {
            draft.end(Status::Cancelled, Some(&report.code));
        }
        ReportedStatus::Cancelled if draft.payment.status == Status::Authorized => {
            let end = end_of_cancelled(draft.payment.capture_by, draft.now);
            draft.end(end, Some(&report.code));
        }
        ReportedStatus::Cancelled => {
            let end = end_of_cancelled(Some(draft.payment.expires_at), draft.now);
            ended(draft, end, &report.code, Source::Inquiry);
        }
        _ => {}
    }
}

/// POP cancels what was not paid or not captured in time: to the merchant that is an expiry.
fn end_of_cancelled(limit: Option<Time>, now: Time) -> Status {
    match limit {
        Some(limit) if now >= limit => Status::Expired,
        _ => Status::Cancelled,
    }
}

/// POP answers, but the payment does not end: past its limit a person must look.
fn look_at_limits(draft: &mut Draft<'_>, report: &InquiryReport) {
    let payment = &draft.payment;
    let (now, policy) = (draft.now, draft.policy);
    let pending_until = plan::pay_began(payment) + policy.pending_limit;
    match payment.status {
        Status::Created | Status::Pending
            if now >= payment.limit(pending_until, policy.confirm_window) =>
        {
            draft.review(ReviewReason::PendingTooLong);
        }
        Status::Authorized => {
            let window = policy.confirm_window;
            let over = |end: Time| now >= payment.limit(end + window, window);
            if let Some(code) = refused_capture(payment)
                && report.status == ReportedStatus::Success
            {
                draft.review(ReviewReason::CaptureRefused { code });
            } else if payment.capture_by.is_some_and(over) {
                draft.review(ReviewReason::CaptureNeverCame);
            }
        }
        _ => {}
    }
}

/// The code of a capture that POP refused and that this answer, having been read, does not explain.
fn refused_capture(payment: &Payment) -> Option<String> {
    let mut captures = payment.captures.iter();
    captures.find_map(|capture| match &capture.state {
        CaptureState::Doubtful { code } => Some(code.clone()),
        _ => None,
    })
}

fn not_found(draft: &mut Draft<'_>) {
    let payment = &draft.payment;
    let pay = payment.pay.as_ref();
    let last_try = pay.map_or(payment.created_at, |pay| pay.last_at);
    let was_known = pay.is_some_and(|pay| pay.known_to_provider);
    if draft.now < last_try + draft.policy.not_exist_grace {
        return;
    }
    match payment.status {
        // Pay was never called: POP is right not to know it.
        Status::Created => clear_doubt(draft),
        Status::Pending if !was_known => {
            draft.end(Status::Expired, Some("ORDER_NOT_EXIST"));
            clear_doubt(draft);
        }
        Status::Declined | Status::Cancelled | Status::Expired => clear_doubt(draft),
        _ => draft.review(ReviewReason::Vanished),
    }
}

/// Holds an inquiry against a final state: confirmed, contradicted, or not settled yet.
fn reconcile(draft: &mut Draft<'_>, report: &InquiryReport) {
    // Another amount, or a capture beside the one that is known, goes to review whatever the status.
    say_successes(draft, report);
    refund::look_at_unasked(draft);
    if draft.payment.review.is_some() {
        return;
    }
    match agreement(&draft.payment, report) {
        Some(true) => clear_doubt(draft),
        Some(false) => contradicted(draft, Source::Inquiry),
        None => {
            let since = draft.payment.doubt.as_ref().map(|doubt| doubt.since);
            if since.is_some_and(|since| draft.now >= since + draft.policy.confirm_window) {
                draft.review(ReviewReason::Contradiction);
            }
        }
    }
}

fn agreement(payment: &Payment, report: &InquiryReport) -> Option<bool> {
    use ReportedStatus::{Cancelled, Fail, Success};
    let shows_capture = report
        .captures
        .iter()
        .any(|capture| capture.status == Success);
    match (payment.status, report.status) {
        (Status::Captured, _) if shows_capture => Some(true),
        (Status::Captured, Fail | Cancelled) => Some(false),
        (_, _) if shows_capture => Some(false),
        (Status::CaptureFailed, Success | Cancelled) => Some(true),
        (Status::Declined | Status::Cancelled | Status::Expired, Fail | Cancelled) => Some(true),
        (Status::Cancelled | Status::Expired, Success) if shows_no_authorization(report) => {
            Some(true)
        }
        (Status::Declined | Status::Cancelled | Status::Expired, Success) => Some(false),
        _ => None,
    }
}

/// Whether a capture failed because the authorisation is gone, although the payment's own status still is success.
fn shows_no_authorization(report: &InquiryReport) -> bool {
    use CaptureFailure::{AuthorizationCancelled, AuthorizationExpired};
    let gone = |code: &str| {
        matches!(
            capture_failure(code),
            AuthorizationCancelled | AuthorizationExpired
        )
    };
    let mut captures = report.captures.iter();
    captures
        .any(|capture| outcome_of(capture).status == ResultStatus::Failure && gone(&capture.code))
}

fn clear_doubt(draft: &mut Draft<'_>) {
    if draft.payment.doubt.take().is_some() {
        draft.learned();
    }
}

/// The capture's status as a result. It is the status that counts: one that POP is at is in process whatever its code.
fn outcome_of(capture: &ReportedCapture) -> Outcome {
    let (status, code) = match capture.status {
        ReportedStatus::Success => (ResultStatus::Success, capture.code.as_str()),
        ReportedStatus::Fail | ReportedStatus::Cancelled => {
            (ResultStatus::Failure, capture.code.as_str())
        }
        ReportedStatus::Processing | ReportedStatus::Pending => {
            (ResultStatus::Unknown, CAPTURE_IN_PROCESS)
        }
        ReportedStatus::Other => (ResultStatus::Unknown, capture.code.as_str()),
    };
    Outcome {
        status,
        code: code.to_owned(),
    }
}

fn report_of(capture: &ReportedCapture) -> CaptureReport {
    CaptureReport {
        request_id: capture.request_id.clone(),
        capture_id: capture.capture_id.clone(),
        payment_id: None,
        amount: capture.amount,
    }
}
