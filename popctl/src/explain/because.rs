//! Why the rules decided as they did. Each sentence follows from the entry, from the row before and after it, and from
//! the rules' own tables of result codes: the same ones that decided.

use super::reviews;
use crate::output::utc;
use crate::span::words;
use domain::codes::{
    CancelFailure, CaptureFailure, PayFailure, RefundFailure, cancel_failure, capture_failure,
    pay_failure, refund_failure,
};
use domain::evidence::{Entry, Evidence, LocalStep};
use domain::message::{
    AmountSeen, Answer, CaptureReport, InquiryReport, Outcome, ReportedStatus, ResultStatus,
};
use domain::{
    CancelBy, CaptureMode, CaptureOn, CaptureState, Event, Payment, Policy, RefundState,
    ReviewReason, Ruling, Status, Time,
};

/// An entry, and the rows around it.
pub(super) struct Scene<'a> {
    pub(super) entry: &'a Evidence,
    pub(super) event: Option<&'a Event>,
    pub(super) step: Option<&'a LocalStep>,
    pub(super) before: Option<&'a Payment>,
    pub(super) after: &'a Payment,
}

impl Scene<'_> {
    fn at(&self) -> Time {
        self.entry.decided.at
    }

    /// The limits under which it was decided.
    fn policy(&self) -> Policy {
        self.entry.decided.terms.policy()
    }

    fn status_before(&self) -> Option<Status> {
        self.before.map(|before| before.status)
    }

    fn entered(&self, status: Status) -> bool {
        self.after.status == status && self.status_before() != Some(status)
    }

    /// In review before and after, so that nothing was acted on.
    fn is_only_kept(&self) -> bool {
        let was = self.before.is_some_and(|before| before.review.is_some());
        was && self.after.review.is_some() && self.event.is_some()
    }

    /// In review since this message, whose amount or ids do not fit.
    fn is_misfit(&self) -> bool {
        let new = self.before.is_none_or(|before| before.review.is_none());
        let reason = self.after.review.as_ref().map(|review| &review.reason);
        new && matches!(
            reason,
            Some(
                ReviewReason::AmountMismatch { .. }
                    | ReviewReason::PaymentIdMismatch
                    | ReviewReason::WrongPayment
            )
        )
    }

    fn changed_nothing(&self) -> bool {
        let Some(before) = self.before else {
            return false;
        };
        super::changes::changes(Some(before), self.after).is_empty()
    }
}

pub(super) fn because(scene: &Scene<'_>) -> Vec<String> {
    let mut why = Vec::new();
    if scene.entry.received_at < scene.at() {
        let waited = words(scene.at().since(scene.entry.received_at));
        why.push(format!(
            "It came {waited} earlier, before anybody knew whose payment POP's id is, and waited on the shelf of that id."
        ));
    }
    if let Entry::Signed(said) = &scene.entry.entry
        && said.kept
    {
        why.push("It names an id of POP's that belongs to another payment of ours, so nothing of it was acted on.".to_owned());
        return why;
    }
    if scene.is_only_kept() {
        why.push(match scene.after.closed_at() {
            Some(_) => "A person had closed the payment: the message is kept as evidence, and nothing of it is acted on.".to_owned(),
            None => "The payment was in review: the message is kept as evidence, and nothing of it is acted on until a person decides.".to_owned(),
        });
        return why;
    }
    match (scene.event, scene.step) {
        // What did not fit was not read any further.
        (Some(_), _) if scene.is_misfit() => {}
        (Some(event), _) => of_message(&mut why, scene, event),
        (None, Some(step)) => of_step(&mut why, scene, step),
        (None, None) => {}
    }
    of_marks(&mut why, scene);
    of_consequences(&mut why, scene);
    if scene.changed_nothing() && scene.event.is_some() && why.is_empty() {
        why.push("It told nothing that could be acted on, and is kept as evidence.".to_owned());
    }
    why
}

fn of_message(why: &mut Vec<String>, scene: &Scene<'_>, event: &Event) {
    match event {
        Event::PayAnswered(Answer::Verified(outcome, report)) => {
            pay_result(why, scene, outcome, report.facts.amount);
        }
        Event::PaymentNotified(notice) if !notice.is_final => why.push(
            "PAYMENT_PENDING settles nothing: its S means that POP is at it, not that it is paid."
                .to_owned(),
        ),
        Event::PaymentNotified(notice) => {
            pay_result(why, scene, &notice.outcome, notice.facts.amount);
        }
        Event::Inquired(Answer::Verified(outcome, report)) => inquiry(why, scene, outcome, report),
        Event::CaptureAnswered(_, Answer::Verified(outcome, report)) => {
            capture_result(why, scene, outcome, report);
        }
        Event::CaptureNotified(notice) => {
            capture_result(why, scene, &notice.outcome, &notice.capture);
        }
        Event::CancelAnswered(Answer::Verified(outcome, _)) => cancel_result(why, outcome),
        Event::RefundAnswered(_, Answer::Verified(outcome, _)) => {
            refund_result(why, outcome, None);
        }
        Event::RefundInquired(_, Answer::Verified(outcome, report)) => {
            refund_result(why, outcome, Some(report.status));
        }
        Event::RefundNotified(notice) => {
            refund_result(why, &notice.outcome, Some(notice.refund.status));
        }
        _ => {}
    }
}

/// A result of the authorisation.
fn pay_result(why: &mut Vec<String>, scene: &Scene<'_>, outcome: &Outcome, amount: AmountSeen) {
    let code = &outcome.code;
    why.push(match outcome.status {
        ResultStatus::Success if scene.entered(Status::Authorized) => {
            "S: the funds are reserved. That is not money yet; for a card nothing is captured by it.".to_owned()
        }
        ResultStatus::Success if amount == AmountSeen::Absent && !scene.after.status.is_final() => {
            "S without an amount: there is nothing to hold against the row, so it is not believed, and POP is asked.".to_owned()
        }
        ResultStatus::Success => "S: known already, or no news to what is known.".to_owned(),
        ResultStatus::Failure if scene.status_before() == Some(Status::Declined) => {
            "F, as is known already.".to_owned()
        }
        ResultStatus::Failure => pay_failure_words(code),
        ResultStatus::Unknown if code == "PAYMENT_IN_PROCESS" => {
            "U PAYMENT_IN_PROCESS: POP has the payment and is not done with it; the outcome is unknown, and POP is asked again.".to_owned()
        }
        ResultStatus::Unknown | ResultStatus::Other => {
            format!("{code} settles nothing: the outcome stays unknown, and POP is asked.")
        }
    });
}

fn pay_failure_words(code: &str) -> String {
    match pay_failure(code) {
        PayFailure::Declined(_) => format!(
            "F with {code} is a refusal, and final for this attempt; the buyer may try again under another one."
        ),
        PayFailure::Closed => format!("{code}: POP closed it because nobody paid in time."),
        PayFailure::Cancelled => format!("{code}: it is cancelled at POP."),
        PayFailure::NotProcessed => format!(
            "{code}: the gateway refused the call itself, so nothing was processed; keys or client id are not as POP has them. The payment's state is unknown."
        ),
        PayFailure::Ask => format!("F with {code} does not settle anything: POP is asked."),
    }
}

fn inquiry(why: &mut Vec<String>, scene: &Scene<'_>, outcome: &Outcome, report: &InquiryReport) {
    match outcome.status {
        ResultStatus::Success => inquiry_status(why, scene, report),
        ResultStatus::Failure if outcome.code == "ORDER_NOT_EXIST" => not_exist(why, scene),
        _ => why.push(format!(
            "The question itself was not settled ({}): that says nothing about the payment.",
            outcome.code
        )),
    }
}

fn inquiry_status(why: &mut Vec<String>, scene: &Scene<'_>, report: &InquiryReport) {
    let taken = report
        .captures
        .iter()
        .any(|capture| capture.status == ReportedStatus::Success);
    if taken {
        why.push("POP shows a capture as SUCCESS: money is taken, and that outweighs everything else of the answer.".to_owned());
        return;
    }
    let cancelling = scene.before.is_some_and(Payment::is_cancelling);
    let limit = scene.before.and_then(|before| before.capture_by);
    why.push(match report.status {
        ReportedStatus::Success => "SUCCESS is the payment's status: for a card it means authorised, and says nothing of a capture; none is shown as taken.".to_owned(),
        ReportedStatus::Fail if scene.entered(Status::Declined) => format!("FAIL is the payment's status, and final; {} is only its reason.", code_or(&report.code)),
        ReportedStatus::Fail => pay_failure_words(&report.code),
        ReportedStatus::Cancelled if cancelling => "CANCELLED, as it was asked to be.".to_owned(),
        ReportedStatus::Cancelled if scene.entered(Status::Expired) => match limit {
            Some(limit) => format!("CANCELLED after the limit ({}): POP lets go of what is not captured in time; to the merchant that is an expiry.", utc(limit)),
            None => "CANCELLED after the time to pay: POP closes what is not paid in time; to the merchant that is an expiry.".to_owned(),
        },
        ReportedStatus::Cancelled => "CANCELLED at POP.".to_owned(),
        ReportedStatus::Processing | ReportedStatus::Pending | ReportedStatus::Other => "POP is not done with it: nothing is decided by that, and it is asked again.".to_owned(),
    });
}

fn code_or(code: &str) -> &str {
    if code.is_empty() { "no code" } else { code }
}

fn not_exist(why: &mut Vec<String>, scene: &Scene<'_>) {
    let Some(before) = scene.before else { return };
    let grace = words(scene.policy().not_exist_grace);
    let known = before.pay.as_ref().is_some_and(|pay| pay.known_to_provider);
    why.push(match before.status {
        Status::Pending if !known && scene.after.status.is_final() => format!("POP does not know the payment, {grace} and more after the last call to pay: that call never arrived, and nothing was charged."),
        _ if known && scene.after.review.is_some() => "POP knew this payment before and does not know it now: only a person can find out.".to_owned(),
        _ => "POP does not know the payment, which agrees with what is known here.".to_owned(),
    });
}

fn capture_result(
    why: &mut Vec<String>,
    scene: &Scene<'_>,
    outcome: &Outcome,
    report: &CaptureReport,
) {
    let code = &outcome.code;
    why.push(match outcome.status {
        ResultStatus::Success if report.amount == AmountSeen::Absent => "S without an amount: there is nothing to hold against the row, so POP is asked.".to_owned(),
        ResultStatus::Success if scene.entered(Status::Captured) => "S: the money is taken.".to_owned(),
        ResultStatus::Success if scene.status_before() == Some(Status::Pending) => "S: the money is taken; so the payment must have been authorised before, which nobody had told yet.".to_owned(),
        ResultStatus::Success => "S: this part of the money is taken, or was known to be.".to_owned(),
        ResultStatus::Failure => match capture_failure(code) {
            CaptureFailure::AuthorizationCancelled => format!("{code}: the authorisation was cancelled, so there is nothing to capture."),
            CaptureFailure::AuthorizationExpired => format!("{code}: the authorisation is over, so there is nothing to capture."),
            CaptureFailure::Ask => format!("F with {code} does not settle whether money was taken: POP is asked before anything else."),
            CaptureFailure::Failed => format!("F with {code}: this capture failed for good."),
        },
        ResultStatus::Unknown | ResultStatus::Other if matches!(code.as_str(), "CAPTURE_IN_PROCESS" | "PAYMENT_IN_PROCESS") => {
            format!("U {code}: POP is at the capture; from now on it is asked how it stands, and not to capture again.")
        }
        ResultStatus::Unknown | ResultStatus::Other => format!("{code} settles nothing: the same capture is asked for again, with the same id."),
    });
}

fn cancel_result(why: &mut Vec<String>, outcome: &Outcome) {
    let code = &outcome.code;
    why.push(match outcome.status {
        ResultStatus::Success => "S: POP cancelled it; what was reserved is released.".to_owned(),
        ResultStatus::Failure => match cancel_failure(code) {
            CancelFailure::AlreadyCancelled => format!("{code}: it is cancelled already."),
            CancelFailure::Unknown => format!("{code}: POP does not know the payment; believed only some time after the last call to pay."),
            CancelFailure::NotProcessed => format!("{code}: the call itself was refused; POP is asked again."),
            CancelFailure::Refused => format!("F with {code}: POP does not cancel it, and does not say why; what it holds decides, so it is asked."),
        },
        ResultStatus::Unknown | ResultStatus::Other => format!("{code} settles nothing: POP is asked to cancel again."),
    });
}

fn refund_result(why: &mut Vec<String>, outcome: &Outcome, status: Option<ReportedStatus>) {
    let code = &outcome.code;
    why.push(match (outcome.status, status) {
        (_, Some(ReportedStatus::Success)) => "SUCCESS: the money is on its way back.".to_owned(),
        (_, Some(ReportedStatus::Fail | ReportedStatus::Cancelled)) => "The refund failed for good: the money stays.".to_owned(),
        (_, Some(ReportedStatus::Processing | ReportedStatus::Pending)) => "POP is at the refund; it is asked again how it stands.".to_owned(),
        (ResultStatus::Success, _) => "S: the money is on its way back.".to_owned(),
        (ResultStatus::Failure, _) if matches!(code.as_str(), "ORDER_NOT_EXIST" | "REFUND_NOT_EXIST") && status.is_some() => "POP does not know the refund: it is asked for again, with the same id.".to_owned(),
        (ResultStatus::Failure, _) => match refund_failure(code) {
            RefundFailure::Ask => format!("F with {code} does not settle it: POP is asked how the refund stands."),
            RefundFailure::NotProcessed => format!("{code}: the call itself was refused; the same refund is asked for again."),
            RefundFailure::Failed => format!("F with {code}: this refund failed for good, and the money stays."),
        },
        (ResultStatus::Unknown, _) if code == "REFUND_IN_PROCESS" => "U REFUND_IN_PROCESS: POP is at the refund; it is asked how it stands, and not to refund again.".to_owned(),
        (ResultStatus::Unknown | ResultStatus::Other, _) => format!("{code} settles nothing: the same refund is asked for again, with the same id."),
    });
}

fn of_step(why: &mut Vec<String>, scene: &Scene<'_>, step: &LocalStep) {
    match step {
        LocalStep::PayStarted { .. } => why.push("Committed before POP was called, so that a lost answer leaves a trace: from here on the outcome is unknown until POP's word comes.".to_owned()),
        LocalStep::CaptureAsked(_) => why.push("Id and amount are fixed before POP is asked; every further try carries the same.".to_owned()),
        LocalStep::CancelAsked { by: CancelBy::OrderRule } => {}
        LocalStep::CancelAsked { .. } if scene.entered(Status::Cancelled) => why.push("POP was never asked for it: it ends here.".to_owned()),
        LocalStep::CancelAsked { .. } => why.push("POP is asked to cancel until it says yes or no; nothing is captured meanwhile.".to_owned()),
        LocalStep::RefundAsked(_) => why.push("Id and amount are fixed before POP is asked; every further try carries the same.".to_owned()),
        LocalStep::OrderHeld { .. } => why.push("The commit was refused because the order's money is another attempt's; the event was decided anew, knowing that.".to_owned()),
        LocalStep::Resolved(resolution) => ruling(why, resolution.ruling),
        LocalStep::TimePassed => time_passed(why, scene),
        LocalStep::Created(_) | LocalStep::Retried { .. } | LocalStep::OrderArrived(_) | LocalStep::PaymentIdTaken { .. } | LocalStep::NoAnswer { .. } => {}
    }
}

fn ruling(why: &mut Vec<String>, ruling: Ruling) {
    why.push(match ruling {
        Ruling::GoOn => "The review ends, and POP is asked before anything else happens; its word decides.",
        Ruling::Cancel => "The review ends, and POP is asked to cancel; it may refuse.",
        Ruling::Close => "Nothing is outstanding any more and nothing moves; the row keeps what POP last said.",
    }
    .to_owned());
}

fn time_passed(why: &mut Vec<String>, scene: &Scene<'_>) {
    let Some(before) = scene.before else { return };
    let limit = before.capture_by.map(utc).unwrap_or_default();
    if scene.entered(Status::Expired) {
        let until = utc(before.expires_at);
        why.push(format!(
            "The time to pay was over at {until} and pay was never called: POP has nothing of it."
        ));
    } else if scene.entered(Status::Captured) {
        why.push(format!(
            "The authorisation ended at {limit} with a part captured: the rest is released."
        ));
    } else if !before.deadline_told && scene.after.deadline_told {
        let margin = words(scene.policy().capture_margin);
        why.push(format!("Nothing is captured and nobody asked; the limit is {limit}, and the merchant is told once, {margin} before it."));
    } else if before.captures.len() < scene.after.captures.len() {
        why.push(match before.capture_on {
            CaptureOn::After(span) => format!(
                "It was to be captured {} after it was authorised, or before its limit comes near.",
                words(span)
            ),
            _ => "The limit of the authorisation is near.".to_owned(),
        });
    } else if before.keeps_people_for_retry() && !scene.after.keeps_people_for_retry() {
        why.push("The time in which the buyer could try again is over: names and addresses were forgotten.".to_owned());
    }
}

/// A review or a doubt that began or ended.
fn of_marks(why: &mut Vec<String>, scene: &Scene<'_>) {
    let was = |mark: fn(&Payment) -> bool| scene.before.is_some_and(mark);
    if let Some(review) = &scene.after.review
        && !was(|before| before.review.is_some())
    {
        why.push(reviews::why(&review.reason, scene.after));
    }
    let doubted = was(|before| before.doubt.is_some());
    let ruled = matches!(scene.step, Some(LocalStep::Resolved(_)));
    match (doubted, scene.after.doubt.is_some()) {
        (false, true) if !ruled => why.push(format!(
            "That does not fit what is known ({}): it is not believed at once. POP is asked, and what it says then counts.",
            scene.status_before().map_or("nothing yet", Status::as_str)
        )),
        (true, false) if !ruled && scene.after.review.is_none() => {
            why.push("What POP says now agrees with the row: the doubt is over.".to_owned());
        }
        _ => {}
    }
}

/// What followed by itself.
fn of_consequences(why: &mut Vec<String>, scene: &Scene<'_>) {
    let after = scene.after;
    let captures = scene.before.map_or(0, |before| before.captures.len());
    let begun = after.captures.get(captures);
    let ours = after.capture_mode == CaptureMode::Manual;
    let by_message =
        scene.event.is_some() || matches!(scene.step, Some(LocalStep::OrderArrived(_)));
    if begun.is_some_and(|capture| capture.state == CaptureState::Requested) && ours && by_message {
        why.push("The merchant wanted it captured as soon as it is authorised: the capture's id and amount are fixed with the same commit.".to_owned());
    }
    if scene.entered(Status::Authorized)
        && ours
        && after.captures.is_empty()
        && after.cancel.is_none()
    {
        let limit = after.capture_by.map(utc).unwrap_or_default();
        why.push(match after.capture_on {
            CaptureOn::Request => format!("Nothing is captured until the merchant asks, at the latest before {limit}."),
            CaptureOn::After(span) => format!("It is captured {} later, by the sweep.", words(span)),
            CaptureOn::Authorized => "Nothing is captured by itself: somebody wanted it cancelled, or its order is another's.".to_owned(),
        });
    }
    if scene.entered(Status::Authorized) && after.capture_mode == CaptureMode::Automatic {
        why.push(
            "POP captures by itself; its word is awaited, and asked for if it does not come."
                .to_owned(),
        );
    }
    let cancels = scene.before.is_none_or(|before| before.cancel.is_none());
    if cancels
        && after
            .cancel
            .as_ref()
            .is_some_and(|cancel| cancel.by == CancelBy::OrderRule)
    {
        why.push(
            "One order is paid once: what this attempt reserved is to be released.".to_owned(),
        );
    }
    let refunds = scene.before.map_or(0, |before| before.refunds.len());
    let wanted = matches!(scene.step, Some(LocalStep::RefundAsked(_)));
    let new = after.refunds.get(refunds);
    if !wanted && new.is_some_and(|refund| refund.state == RefundState::Requested) {
        why.push("One order is paid once: what this attempt took is to be given back.".to_owned());
    }
}
