//! The payment's state machine: row, event and time in; transition, or the reason for none, out.

mod capture;
mod inquiry;
mod pay;

use crate::draft::Draft;
use crate::message::{AmountSeen, PaymentNotification};
use crate::outbox::OrderEventKind;
use crate::{
    CaptureOn, Event, NewPayment, PayAttempt, Payment, Policy, ReviewReason, Status, Time,
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
    /// The merchant created this payment before.
    AlreadyCreated,
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
    if payment.review.is_some() && is_providers_word(event) {
        // A person decides; until then every message is kept and none is acted on.
        draft.learned();
        return draft.finish(Ignored::Known);
    }
    let mut ignored = Ignored::Known;
    match event {
        Event::PayStarted => ignored = start_pay(&mut draft),
        Event::PayAnswered(answer) => pay::answered(&mut draft, answer),
        Event::Inquired(answer) => inquiry::answered(&mut draft, answer),
        Event::PaymentNotified(notification) => pay::notified(&mut draft, notification),
        Event::CaptureAsked => ignored = ask_capture(&mut draft),
        Event::CaptureAnswered(id, answer) => capture::answered(&mut draft, id, answer),
        Event::CaptureNotified(notification) => capture::notified(&mut draft, notification),
        Event::OrderArrived(new) => ignored = adopt_order(&mut draft, new),
        Event::PaymentIdTaken => draft.review(ReviewReason::PaymentIdTaken),
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

fn is_providers_word(event: &Event) -> bool {
    match event {
        Event::PayAnswered(answer) => is_verified(answer),
        Event::Inquired(answer) => is_verified(answer),
        Event::CaptureAnswered(_, answer) => is_verified(answer),
        Event::PaymentNotified(_) | Event::CaptureNotified(_) => true,
        _ => false,
    }
}

fn is_verified<T>(answer: &crate::message::Answer<T>) -> bool {
    matches!(answer, crate::message::Answer::Verified(..))
}

fn start_pay(draft: &mut Draft<'_>) -> Ignored {
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
    draft.enter(Status::Pending);
    Ignored::Known
}

fn ask_capture(draft: &mut Draft<'_>) -> Ignored {
    if !draft.may_start_capture() {
        return Ignored::NothingToCapture;
    }
    draft.start_capture();
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
    if payment.review.is_some() {
        draft.postpone();
    } else if payment.status == Status::Created && draft.now >= payment.expires_at {
        draft.end(Status::Expired, None);
    } else if draft.may_start_capture()
        && crate::plan::deferred_capture_at(payment, draft.policy).is_some_and(|at| draft.now >= at)
    {
        match payment.capture_on {
            CaptureOn::After(_) => draft.start_capture(),
            CaptureOn::Authorized | CaptureOn::Request => {
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
        draft.postpone();
    }
}
