//! What has to be done next about a row, and when somebody must look at it again.

use crate::{
    CaptureMode, CaptureOn, CaptureRequestId, CaptureState, Money, Payment, PaymentId,
    PaymentRequestId, Policy, Refund, RefundRequestId, RefundState, Seconds, Status, Time,
};

/// A pending payment is asked about when its time to pay is over, and so much later: by then POP has closed it.
const AFTER_EXPIRY: Seconds = Seconds(5);

/// The next thing to do about a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing, unless messages are waiting in the outbox.
    Wait,
    /// Ask the provider where the payment stands.
    Inquire,
    /// Ask the provider for this capture.
    Capture(CaptureOrder),
    /// Ask the provider to cancel the payment.
    Cancel(PaymentRequestId),
    /// Ask the provider for this refund.
    Refund(RefundOrder),
    /// Ask the provider where this refund stands.
    InquireRefund(RefundRequestId),
    /// Let the rules look at the time ([`crate::Event::TimePassed`]).
    LookAtTime,
}

/// A capture to ask for. Id and amount were committed before and are the same each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureOrder {
    /// The idempotency key.
    pub request_id: CaptureRequestId,
    /// POP's id of the payment.
    pub payment_id: PaymentId,
    /// How much.
    pub amount: Money,
}

/// A refund to ask for. Id and amount were committed before and are the same each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundOrder {
    /// The idempotency key.
    pub request_id: RefundRequestId,
    /// POP's id of the payment.
    pub payment_id: PaymentId,
    /// How much.
    pub amount: Money,
    /// For the buyer's statement.
    pub reason: Option<String>,
}

/// The step that a due row needs.
#[must_use]
pub fn next_step(payment: &Payment, now: Time, policy: &Policy) -> Step {
    if payment.closed_at().is_some() {
        return Step::Wait;
    }
    if payment.review.is_some() {
        return Step::LookAtTime;
    }
    if payment.doubt.is_some() {
        return Step::Inquire;
    }
    if payment.is_cancelling() && now < cancel_limit(payment, policy) {
        return Step::Cancel(payment.id.clone());
    }
    match payment.status {
        Status::Created if now >= payment.expires_at => Step::LookAtTime,
        Status::Created => Step::Wait,
        Status::Pending => Step::Inquire,
        Status::Authorized => authorized_step(payment, now, policy),
        _ => settled_step(payment, now),
    }
}

/// Until when POP is asked to cancel. From then on it is asked for the end, as of any payment past its limit.
fn cancel_limit(payment: &Payment, policy: &Policy) -> Time {
    let pending_until = pay_began(payment) + policy.pending_limit;
    let limit = payment.capture_by.unwrap_or(pending_until);
    payment.limit(limit, policy.confirm_window)
}

/// When pay was first called, as far as is known.
pub(crate) fn pay_began(payment: &Payment) -> Time {
    let pay = payment.pay.as_ref();
    pay.map_or(payment.created_at, |pay| pay.first_at)
}

fn authorized_step(payment: &Payment, now: Time, policy: &Policy) -> Step {
    let over = payment.capture_by.is_some_and(|limit| now >= limit);
    let ours = payment.capture_mode == CaptureMode::Manual;
    let deferred = deferred_capture_at(payment, policy).is_some_and(|at| now >= at);
    if is_left_uncaptured(payment, now) || (deferred && !over) {
        return Step::LookAtTime;
    }
    let capture = capture_order(payment, now).map(Step::Capture);
    let inquire = !ours || over || payment.open_capture().is_some() || payment.awaits_card();
    in_turn(payment, capture.or(inquire.then_some(Step::Inquire)))
}

fn settled_step(payment: &Payment, now: Time) -> Step {
    if payment.keeps_people_for_retry() && now >= payment.expires_at {
        return Step::LookAtTime;
    }
    in_turn(payment, payment.awaits_card().then_some(Step::Inquire))
}

/// The call for the payment itself and those for its open refunds take turns, so that none waits until another has
/// come to its end: each try is a commit, and so another version.
fn in_turn(payment: &Payment, own: Option<Step>) -> Step {
    let refunds = payment.refunds.iter().filter(|refund| refund.is_open());
    let mut steps: Vec<Step> = refunds.map(|refund| refund_step(payment, refund)).collect();
    steps.extend(own);
    let count = u64::try_from(steps.len()).unwrap_or(u64::MAX).max(1);
    let turn = usize::try_from(payment.version % count).unwrap_or(0);
    steps.into_iter().nth(turn).unwrap_or(Step::Wait)
}

fn refund_step(payment: &Payment, refund: &Refund) -> Step {
    match refund_order(payment, refund) {
        Some(order) => Step::Refund(order),
        // POP's id of the payment is needed first.
        None if refund.state == RefundState::Requested => Step::Inquire,
        None => Step::InquireRefund(refund.request_id.clone()),
    }
}

/// The call that asks for this refund, if it is still to be asked for.
#[must_use]
pub fn refund_order(payment: &Payment, refund: &Refund) -> Option<RefundOrder> {
    if refund.state != RefundState::Requested || payment.review.is_some() {
        return None;
    }
    Some(RefundOrder {
        request_id: refund.request_id.clone(),
        payment_id: payment.payment_id.clone()?,
        amount: refund.amount,
        reason: refund.reason.clone(),
    })
}

/// Whether a payment is captured in part, nothing is under way, and its limit has passed.
pub(crate) fn is_left_uncaptured(payment: &Payment, now: Time) -> bool {
    payment.status == Status::Authorized
        && payment.captured_minor() > 0
        && payment.open_capture().is_none()
        && payment.doubt.is_none()
        && payment.capture_by.is_some_and(|limit| now >= limit)
}

/// Whether a manual payment may be captured without being asked: nothing was captured or tried, and nobody wanted it
/// cancelled.
pub(crate) fn captures_by_itself(payment: &Payment) -> bool {
    payment.captures.is_empty() && payment.cancel.is_none() && payment.order_held_by.is_none()
}

/// The capture to ask for now, if there is one: authorised, manual, not in review or doubt, wanted, and before the
/// limit of the authorisation. After that limit no capture is tried.
#[must_use]
pub fn capture_order(payment: &Payment, now: Time) -> Option<CaptureOrder> {
    let clear = payment.review.is_none() && payment.doubt.is_none() && !payment.is_cancelling();
    let in_time = payment.capture_by.is_some_and(|limit| now < limit);
    if !clear
        || !in_time
        || payment.status != Status::Authorized
        || payment.capture_mode != CaptureMode::Manual
    {
        return None;
    }
    let capture = payment
        .captures
        .iter()
        .find(|capture| capture.state == CaptureState::Requested)?;
    let payment_id = payment.payment_id.clone()?;
    Some(CaptureOrder {
        request_id: capture.request_id.clone(),
        payment_id,
        amount: capture.amount,
    })
}

/// When the guard acts on a manual payment for which no capture was decided: captures one that waits for its delay,
/// or tells the merchant about one that waits for a request. `None` when there is nothing to guard.
#[must_use]
pub(crate) fn deferred_capture_at(payment: &Payment, policy: &Policy) -> Option<Time> {
    let waiting = payment.status == Status::Authorized
        && payment.capture_mode == CaptureMode::Manual
        && payment.captures.is_empty()
        && payment.order_held_by.is_none();
    let guard = payment.capture_by? - policy.capture_margin;
    match payment.capture_on {
        _ if !waiting => None,
        CaptureOn::After(delay) if captures_by_itself(payment) => {
            Some(guard.min(payment.authorized_at? + delay))
        }
        _ => (!payment.deadline_told).then_some(guard),
    }
}

/// When somebody must look at the row next; `None` exactly when nothing is outstanding.
#[must_use]
pub fn due_at(payment: &Payment, now: Time, policy: &Policy) -> Option<Time> {
    let rules = rules_due_at(payment, now, policy);
    let outbox = (!payment.outbox.is_empty()).then(|| now + policy.resend_after);
    match (rules, outbox) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn rules_due_at(payment: &Payment, now: Time, policy: &Policy) -> Option<Time> {
    let check = |since| Some(policy.next_check(&payment.id, payment.version, since, now));
    if payment.closed_at().is_some() {
        return None;
    }
    if payment.review.is_some() {
        return Some(now + policy.review_reminder);
    }
    if let Some(doubt) = &payment.doubt {
        return check(doubt.since);
    }
    if let Some(cancel) = payment.cancel.as_ref().filter(|_| payment.is_cancelling()) {
        return check(cancel.requested_at);
    }
    // The youngest sets the pace, and the others are looked at in turn.
    let refunds = payment.refunds.iter().filter(|refund| refund.is_open());
    let refund = refunds.map(|refund| refund.requested_at).max();
    let card = payment.awaits_card().then_some(payment.status_since);
    let extra = [
        refund.and_then(check),
        card.and_then(check),
        status_due_at(payment, now, policy),
    ];
    extra.into_iter().flatten().min()
}

fn status_due_at(payment: &Payment, now: Time, policy: &Policy) -> Option<Time> {
    let check = |since| Some(policy.next_check(&payment.id, payment.version, since, now));
    match payment.status {
        Status::Created => Some(payment.expires_at.max(now)),
        Status::Pending => {
            let over = payment.expires_at + AFTER_EXPIRY;
            check(pay_began(payment)).map(|at| if now < over { at.min(over) } else { at })
        }
        Status::Authorized => {
            let authorized_at = payment.authorized_at.unwrap_or(payment.status_since);
            if let Some(capture) = payment.open_capture() {
                return check(capture.requested_at);
            }
            match (payment.capture_mode, payment.capture_by) {
                (CaptureMode::Manual, Some(limit)) if now < limit => Some(
                    deferred_capture_at(payment, policy)
                        .unwrap_or(limit)
                        .max(now),
                ),
                (CaptureMode::Manual, Some(limit)) => check(limit),
                _ => check(authorized_at),
            }
        }
        _ if payment.keeps_people_for_retry() => Some(payment.expires_at.max(now)),
        _ => None,
    }
}
