//! The provider's word on a capture: the answer to our call, notifyCapture, and the entries of an inquiry.

use super::Source;
use super::pay::contradicted;
use crate::codes::{CaptureFailure, capture_failure};
use crate::draft::{ALREADY_CAPTURED, Draft, amount_misfit};
use crate::message::{
    AmountSeen, Answer, CaptureNotification, CaptureReport, Outcome, PaymentFacts, ResultStatus,
};
use crate::outbox::OrderEventKind;
use crate::{Capture, CaptureMode, CaptureRequestId, CaptureState, ReviewReason, Status};

/// POP is at the capture.
pub(super) const CAPTURE_IN_PROCESS: &str = "CAPTURE_IN_PROCESS";

pub(super) fn answered(
    draft: &mut Draft<'_>,
    id: &CaptureRequestId,
    answer: &Answer<CaptureReport>,
) {
    let Answer::Verified(outcome, report) = answer else {
        if draft.payment.open_capture().is_some() {
            draft.postpone();
        }
        return;
    };
    if report.request_id.as_ref().is_some_and(|named| named != id) {
        return draft.review(ReviewReason::WrongPayment);
    }
    let report = CaptureReport {
        request_id: Some(id.clone()),
        ..report.clone()
    };
    said(draft, outcome, &report, Source::Message);
}

pub(super) fn notified(draft: &mut Draft<'_>, notification: &CaptureNotification) {
    let report = CaptureReport {
        payment_id: Some(notification.payment_id.clone()),
        ..notification.capture.clone()
    };
    said(draft, &notification.outcome, &report, Source::Message);
}

/// POP says how a capture stands.
pub(super) fn said(
    draft: &mut Draft<'_>,
    outcome: &Outcome,
    report: &CaptureReport,
    source: Source,
) {
    let facts = PaymentFacts {
        payment_id: report.payment_id.clone(),
        ..PaymentFacts::default()
    };
    if !draft.fits(&facts) {
        return;
    }
    draft.learn(&facts);
    match outcome.status {
        ResultStatus::Success => succeeded(draft, report, source),
        ResultStatus::Failure => failed(draft, &outcome.code, report, source),
        ResultStatus::Unknown | ResultStatus::Other => unfinished(draft, outcome, report),
    }
}

/// The place of the capture that a report names, by our id or POP's. POP makes one capture by itself: a report without
/// any name is about that one, and so is one that first names what was told without a name.
fn find(draft: &Draft<'_>, report: &CaptureReport) -> Option<usize> {
    let payment = &draft.payment;
    let automatic = payment.capture_mode != CaptureMode::Manual;
    let no_name = report.request_id.is_none() && report.capture_id.is_none();
    let nameless = CaptureRequestId::derive(&payment.id, 1);
    let by_request = |capture: &Capture| report.request_id.as_ref() == Some(&capture.request_id);
    let otherwise = |capture: &Capture| {
        let by_capture = report.capture_id.is_some() && report.capture_id == capture.capture_id;
        let was_nameless = capture.capture_id.is_none() && capture.request_id == nameless;
        by_capture || (automatic && (no_name || was_nameless))
    };
    let captures = &payment.captures;
    let named = captures.iter().rposition(by_request);
    named.or_else(|| captures.iter().rposition(otherwise))
}

/// Whether the row has this capture as one that succeeded.
pub(super) fn is_taken(draft: &Draft<'_>, report: &CaptureReport) -> bool {
    is_known_success(draft, find(draft, report))
}

fn succeeded(draft: &mut Draft<'_>, report: &CaptureReport, source: Source) {
    let place = find(draft, report);
    let want = place.map_or(draft.payment.amount, |at| draft.payment.captures[at].amount);
    if let Some(reason) = amount_misfit(report.amount, want) {
        return draft.review(reason);
    }
    if report.amount == AmountSeen::Absent {
        // Nothing to hold against the row: ask.
        if !is_known_success(draft, place) {
            draft.doubt();
        }
        return;
    }
    match (place, draft.payment.capture_mode) {
        (Some(at), _) => captured(draft, at, report, source),
        (None, CaptureMode::Manual) => draft.review(ReviewReason::ForeignCapture),
        (None, _) if draft.payment.captured_minor() > 0 => {
            draft.review(ReviewReason::SecondCapture)
        }
        (None, _) if draft.payment.status.is_final() => contradicted(draft, source),
        (None, _) => {
            let at = push_automatic(draft, report);
            captured(draft, at, report, source);
        }
    }
}

fn is_known_success(draft: &Draft<'_>, place: Option<usize>) -> bool {
    place.is_some_and(|at| draft.payment.captures[at].state == CaptureState::Succeeded)
}

/// Writes down a capture that POP made by itself; its id is whatever POP gave it.
fn push_automatic(draft: &mut Draft<'_>, report: &CaptureReport) -> usize {
    let request_id = report
        .request_id
        .clone()
        .unwrap_or_else(|| CaptureRequestId::derive(&draft.payment.id, 1));
    draft.payment.captures.push(Capture {
        request_id,
        amount: draft.payment.amount,
        state: CaptureState::InProcess,
        capture_id: report.capture_id.clone(),
        requested_at: draft.now,
        last: true,
    });
    draft.payment.captures.len() - 1
}

fn captured(draft: &mut Draft<'_>, at: usize, report: &CaptureReport, source: Source) {
    let capture = &draft.payment.captures[at];
    if capture.state == CaptureState::Succeeded {
        let other = capture.capture_id.is_some() && report.capture_id.is_some();
        if other && capture.capture_id != report.capture_id {
            draft.review(ReviewReason::SecondCapture);
        } else if capture.capture_id.is_none() && report.capture_id.is_some() {
            draft.learned();
            draft.payment.captures[at]
                .capture_id
                .clone_from(&report.capture_id);
        }
        return;
    }
    match draft.payment.status {
        Status::Created | Status::Pending => {
            // The capture's word came first: it shows that the payment was authorised, and not until when.
            draft.authorize(&PaymentFacts::default());
            take(draft, at, report);
        }
        // One that failed is over: what was left of the payment then may be asked for under another id by now.
        Status::Authorized if draft.payment.captures[at].is_open() => take(draft, at, report),
        _ => contradicted(draft, source),
    }
}

fn take(draft: &mut Draft<'_>, at: usize, report: &CaptureReport) {
    let capture = &mut draft.payment.captures[at];
    capture.state = CaptureState::Succeeded;
    if report.capture_id.is_some() {
        capture.capture_id.clone_from(&report.capture_id);
    }
    draft.learned();
    let whole = draft.payment.captured_minor() >= draft.payment.amount.minor();
    if whole || draft.payment.captures[at].last {
        draft.lapse_open_captures();
        draft.enter(Status::Captured);
        draft.payment.doubt = None;
    }
    draft.overtake_cancel(ALREADY_CAPTURED);
    draft.tell_capture(OrderEventKind::Captured, None, at);
}

fn failed(draft: &mut Draft<'_>, code: &str, report: &CaptureReport, source: Source) {
    let place = find(draft, report);
    match draft.payment.status {
        // It failed before we heard of an authorisation: keep it and ask what is true.
        Status::Created | Status::Pending => draft.learned(),
        Status::Authorized => failed_while_authorized(draft, code, place, report, source),
        // The same inquiry showed one that succeeded: that outweighs it.
        Status::Captured if source == Source::Inquiry => {}
        Status::Captured if place.is_none_or(|at| is_known_success(draft, Some(at))) => {
            contradicted(draft, source)
        }
        _ => {}
    }
}

fn failed_while_authorized(
    draft: &mut Draft<'_>,
    code: &str,
    place: Option<usize>,
    report: &CaptureReport,
    source: Source,
) {
    let Some(at) = place.or_else(|| automatic_place(draft, report)) else {
        // A failed capture that is not ours changes nothing, but is kept.
        return draft.learned();
    };
    match draft.payment.captures[at].state {
        CaptureState::Succeeded => return contradicted(draft, source),
        CaptureState::Failed { .. } | CaptureState::Lapsed => return,
        _ => {}
    }
    match (capture_failure(code), source) {
        (CaptureFailure::AuthorizationCancelled, _) => draft.end(Status::Cancelled, Some(code)),
        (CaptureFailure::AuthorizationExpired, _) => draft.end(Status::Expired, Some(code)),
        (CaptureFailure::Ask, Source::Message) => {
            draft.learned();
            draft.payment.captures[at].state = CaptureState::Doubtful {
                code: code.to_owned(),
            };
        }
        (CaptureFailure::Ask, Source::Inquiry) => {
            draft.review(ReviewReason::CaptureRefused {
                code: code.to_owned(),
            });
        }
        (CaptureFailure::Failed, _) => {
            draft.learned();
            draft.payment.captures[at].state = CaptureState::Failed {
                code: code.to_owned(),
            };
            if draft.payment.captured_minor() > 0 || smaller_may_do(draft, code) {
                // What is captured already stays, and where the contract allows it another capture may follow.
                draft.tell_capture(OrderEventKind::CaptureFailed, Some(code), at);
                if code == "MULTI_CAPTURE_NOT_SUPPORTED" {
                    draft.close_captures(Some(code));
                }
                return;
            }
            // Being cancelled, it ends as POP answers to that.
            if !draft.payment.is_cancelling() {
                draft.enter(Status::CaptureFailed);
            }
            draft.tell_capture(OrderEventKind::CaptureFailed, Some(code), at);
        }
    }
}

/// Whether the same contract and card may allow a capture of less.
fn smaller_may_do(draft: &Draft<'_>, code: &str) -> bool {
    draft.policy.several_captures
        && draft.payment.capture_mode == CaptureMode::Manual
        && matches!(
            code,
            "CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT" | "USER_AMOUNT_EXCEED_LIMIT"
        )
}

/// The one capture that POP makes by itself, whatever it names it.
fn automatic_place(draft: &mut Draft<'_>, report: &CaptureReport) -> Option<usize> {
    if draft.payment.capture_mode == CaptureMode::Manual {
        return None;
    }
    let open = draft.payment.captures.iter().position(Capture::is_open);
    Some(open.unwrap_or_else(|| push_automatic(draft, report)))
}

/// Not finished: in process at POP, or a code that says nothing, after which the same capture is asked for again.
fn unfinished(draft: &mut Draft<'_>, outcome: &Outcome, report: &CaptureReport) {
    let Some(at) = find(draft, report) else {
        return;
    };
    let in_process = matches!(
        outcome.code.as_str(),
        CAPTURE_IN_PROCESS | "PAYMENT_IN_PROCESS"
    );
    let capture = &mut draft.payment.captures[at];
    if !capture.is_open() {
        return;
    }
    if in_process && capture.state != CaptureState::InProcess {
        capture.state = CaptureState::InProcess;
        draft.learned();
    }
    draft.postpone();
}
