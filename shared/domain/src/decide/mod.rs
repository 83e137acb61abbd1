//! The payment's state machine: row, event and time in; transition, or the reason for none, out.

mod cancel;
mod capture;
mod inquiry;
mod pay;
mod refund;
mod review;

use crate::draft::Draft;
use crate::message::{AmountSeen, PaymentNotification};
use crate::outbox::OrderEventKind;
use crate::plan::{Step, next_step};
use crate::stored_card::StoredCard;
use crate::{
    CaptureOn, CaptureRequest, CaptureRequestId, Event, NewPayment, PayAttempt, Payment,
    PaymentRequestId, Policy, ReviewReason, SaveCard, Status, Time,
};

/// What an event does to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Commit this, then send its outbox.
    Commit(Transition),
    /// Nothing to write.
    Ignore(Ignored),
}

/// The row's next version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The row to store, one version up.
    pub next: Payment,
    /// Whether the message behind the event is evidence for it; if not, only the next due time or the outbox changed.
    pub moved: bool,
    /// A card to be stored with the same commit.
    pub keep_card: Option<StoredCard>,
}

/// Why an event changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// All of it is known already.
    Known,
    /// Pay was called before for this payment, or a person must look at it first.
    AlreadyStarted,
    /// The time to pay is over.
    PayTooLate,
    /// There is nothing to capture, or it is captured already, or it may not be captured by us.
    NothingToCapture,
    /// The capture of this number was asked for before with another amount.
    CaptureDiffers,
    /// More than is left, only a part where the contract allows none, or a number that is not the next.
    CaptureNotPossible,
    /// The payment is over in another way, captured or being captured, or a person must look at it first.
    NotCancellable,
    /// Nothing is captured, or a person must look first.
    NotRefundable,
    /// More than what is captured and not refunded yet, or another currency.
    RefundTooLarge,
    /// The refund of this id was asked for before with another amount.
    RefundDiffers,
    /// The payment has not failed, or was tried as often as may be.
    NotRetryable,
    /// The merchant created this payment before.
    AlreadyCreated,
    /// No person is needed: the payment is not in review.
    NotInReview,
    /// The row's time has not come.
    NotDue,
}

/// How a word reached us: an inquiry is an answer to a question about now, other messages may be late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Message,
    Inquiry,
}

/// What `event` makes of `payment` at `now`.
#[must_use]
pub fn decide(payment: &Payment, event: &Event, now: Time, policy: &Policy) -> Decision {
    let mut draft = Draft::new(payment, now, policy);
    draft.took_due_step = took(event, &next_step(payment, now, policy));
    if payment.review.is_some() && event.is_providers_word() {
        // A person decides; until then every message is kept and none is acted on.
        draft.learned();
        return draft.finish(Ignored::Known);
    }
    let mut ignored = Ignored::Known;
    match event {
        Event::PayStarted { save_card } => ignored = start_pay(&mut draft, *save_card),
        Event::PayAnswered(answer) => pay::answered(&mut draft, answer),
        Event::Inquired(answer) => inquiry::answered(&mut draft, answer),
        Event::PaymentNotified(notification) => pay::notified(&mut draft, notification),
        Event::CaptureAsked(request) => ignored = ask_capture(&mut draft, request),
        Event::CaptureAnswered(id, answer) => capture::answered(&mut draft, id, answer),
        Event::CaptureNotified(notification) => capture::notified(&mut draft, notification),
        Event::CancelAsked(by) => ignored = cancel::asked(&mut draft, *by),
        Event::CancelAnswered(answer) => cancel::answered(&mut draft, answer),
        Event::RefundAsked(request) => ignored = refund::asked(&mut draft, request),
        Event::RefundAnswered(id, answer) => refund::answered(&mut draft, id, answer),
        Event::RefundInquired(id, answer) => refund::inquired(&mut draft, id, answer),
        Event::RefundNotified(notification) => refund::notified(&mut draft, notification),
        Event::Retried(next) => ignored = retried(&mut draft, next),
        Event::OrderArrived(new) => ignored = adopt_order(&mut draft, new),
        Event::PaymentIdTaken => draft.review(ReviewReason::PaymentIdTaken),
        Event::Resolved(resolution) => ignored = review::resolved(&mut draft, resolution),
        Event::TimePassed => ignored = time_passed(&mut draft),
        Event::Sent(ids) => forget_sent(&mut draft, ids),
    }
    draft.finish(ignored)
}

/// The row of a payment that POP tells of before the merchant does; `None` if the message names no readable amount.
/// The capture mode is unknown, so it is never captured by us.
#[must_use]
pub fn from_notification(
    notification: &PaymentNotification,
    now: Time,
    policy: &Policy,
) -> Option<Transition> {
    let AmountSeen::Is(amount) = notification.facts.amount else {
        return None;
    };
    let mut payment = Payment::blank(notification.request_id.clone(), amount, now);
    payment.status = Status::Pending;
    payment.pay = Some(PayAttempt {
        first_at: now,
        last_at: now,
        known_to_provider: true,
    });
    match decide(
        &payment,
        &Event::PaymentNotified(notification.clone()),
        now,
        policy,
    ) {
        Decision::Commit(transition) => Some(transition),
        Decision::Ignore(_) => {
            let mut draft = Draft::new(&payment, now, policy);
            draft.learned();
            match draft.finish(Ignored::Known) {
                Decision::Commit(transition) => Some(transition),
                Decision::Ignore(_) => None,
            }
        }
    }
}

/// Whether an answer is that to the step; what is no answer of POP's is no step's.
fn took(event: &Event, step: &Step) -> bool {
    match event {
        Event::Inquired(_) => *step == Step::Inquire,
        Event::CaptureAnswered(id, _) => {
            matches!(step, Step::Capture(order) if order.request_id == *id)
        }
        Event::CancelAnswered(_) => matches!(step, Step::Cancel(_)),
        Event::RefundAnswered(id, _) => {
            matches!(step, Step::Refund(order) if order.request_id == *id)
        }
        Event::RefundInquired(id, _) => *step == Step::InquireRefund(id.clone()),
        _ => true,
    }
}

fn start_pay(draft: &mut Draft<'_>, save_card: bool) -> Ignored {
    // In review a person decides first: nothing is charged meanwhile.
    if draft.payment.status != Status::Created || draft.payment.review.is_some() {
        return Ignored::AlreadyStarted;
    }
    if draft.now >= draft.payment.expires_at {
        return Ignored::PayTooLate;
    }
    draft.payment.pay = Some(PayAttempt {
        first_at: draft.now,
        last_at: draft.now,
        known_to_provider: false,
    });
    if save_card && draft.payment.buyer_id().is_some() {
        draft.payment.save_card = SaveCard::Wanted;
    }
    draft.enter(Status::Pending);
    Ignored::Known
}

fn ask_capture(draft: &mut Draft<'_>, request: &CaptureRequest) -> Ignored {
    let payment = &draft.payment;
    let id = CaptureRequestId::derive(&payment.id, request.number);
    if let Some(asked) = payment.captures.iter().find(|c| c.request_id == id) {
        let same = request.amount.is_none_or(|amount| amount == asked.amount);
        return if same {
            Ignored::Known
        } else {
            Ignored::CaptureDiffers
        };
    }
    if !draft.may_start_capture() {
        return Ignored::NothingToCapture;
    }
    let left = payment
        .amount
        .minor()
        .saturating_sub(payment.captured_minor());
    let amount = request
        .amount
        .or_else(|| crate::Money::new(left, payment.amount.currency()).ok());
    let next = u32::try_from(payment.captures.len() + 1).ok();
    let whole = amount == Some(payment.amount);
    match amount {
        Some(amount)
            if next == Some(request.number)
                && amount.currency() == payment.amount.currency()
                && (1..=left).contains(&amount.minor())
                && (whole || draft.policy.several_captures) =>
        {
            draft.start_capture(amount, request.last || amount.minor() == left);
            Ignored::Known
        }
        _ => Ignored::CaptureNotPossible,
    }
}

fn retried(draft: &mut Draft<'_>, next: &PaymentRequestId) -> Ignored {
    match &draft.payment.retried_as {
        Some(known) if known == next => return Ignored::Known,
        None if draft.payment.is_retryable() => {}
        _ => return Ignored::NotRetryable,
    }
    draft.learned();
    draft.payment.retried_as = Some(next.clone());
    draft.forget_people();
    Ignored::Known
}

fn adopt_order(draft: &mut Draft<'_>, new: &NewPayment) -> Ignored {
    if draft.payment.order.is_some() {
        return Ignored::AlreadyCreated;
    }
    draft.learned();
    let mut order = new.order.clone();
    if draft.payment.status != Status::Pending {
        order.forget_people();
    }
    draft.payment.order = Some(order);
    draft.payment.capture_mode = new.capture_mode;
    draft.payment.capture_on = new.capture_on;
    draft.payment.expires_at = draft.now + new.expires_in;
    if draft.payment.amount == new.amount {
        draft.capture_if_at_once();
    } else {
        draft.review(ReviewReason::AmountMismatch {
            seen: AmountSeen::Is(new.amount),
        });
    }
    Ignored::Known
}

fn time_passed(draft: &mut Draft<'_>) -> Ignored {
    let payment = &draft.payment;
    if payment.keeps_people_for_retry() && draft.now >= payment.expires_at {
        draft.learned();
        draft.forget_people();
    } else if payment.review.is_some() {
        draft.postpone();
    } else if payment.status == Status::Created && draft.now >= payment.expires_at {
        draft.end(Status::Expired, None);
    } else if crate::plan::is_left_uncaptured(payment, draft.now) {
        draft.close_captures(Some("AUTH_EXPIRED"));
    } else if draft.may_start_capture()
        && crate::plan::deferred_capture_at(payment, draft.policy).is_some_and(|at| draft.now >= at)
    {
        match payment.capture_on {
            CaptureOn::After(_) if crate::plan::captures_by_itself(payment) => {
                draft.start_capture(payment.amount, true);
            }
            _ => {
                draft.learned();
                draft.payment.deadline_told = true;
                draft.tell(OrderEventKind::CaptureDue, None);
            }
        }
    } else if payment.due_at.is_some_and(|due| due <= draft.now) {
        // Due by limits that have changed since: set the time anew.
        draft.postpone();
    }
    Ignored::NotDue
}

fn forget_sent(draft: &mut Draft<'_>, ids: &[String]) {
    let before = draft.payment.outbox.len();
    draft
        .payment
        .outbox
        .retain(|message| !ids.contains(&message.id));
    if draft.payment.outbox.len() != before {
        draft.shortened();
    }
}
