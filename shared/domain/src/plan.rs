//! What has to be done next about a row, and when somebody must look at it again.

use crate::{
    CaptureMode, CaptureOn, CaptureRequestId, CaptureState, Money, Payment, PaymentId, Policy,
    Status, Time,
};

/// The next thing to do about a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing, unless messages are waiting in the outbox.
    Wait,
    /// Ask the provider where the payment stands.
    Inquire,
    /// Ask the provider for this capture.
    Capture(CaptureOrder),
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

/// The step that a due row needs.
#[must_use]
pub fn next_step(payment: &Payment, now: Time, policy: &Policy) -> Step {
    if payment.review.is_some() {
        return Step::LookAtTime;
    }
    if payment.doubt.is_some() {
        return Step::Inquire;
    }
    match payment.status {
        Status::Created if now >= payment.expires_at => Step::LookAtTime,
        Status::Pending => Step::Inquire,
        Status::Authorized => authorized_step(payment, now, policy),
        _ => Step::Wait,
    }
}

fn authorized_step(payment: &Payment, now: Time, policy: &Policy) -> Step {
    if let Some(order) = capture_order(payment, now) {
        return Step::Capture(order);
    }
    let over = payment.capture_by.is_some_and(|limit| now >= limit);
    if payment.capture_mode != CaptureMode::Manual || !payment.captures.is_empty() || over {
        return Step::Inquire;
    }
    match deferred_capture_at(payment, policy) {
        Some(at) if now >= at => Step::LookAtTime,
        _ => Step::Wait,
    }
}

/// The capture to ask for now, if there is one: authorised, manual, not in review or doubt, wanted, and before the
/// limit of the authorisation. After that limit no capture is tried.
#[must_use]
pub fn capture_order(payment: &Payment, now: Time) -> Option<CaptureOrder> {
    let clear = payment.review.is_none() && payment.doubt.is_none();
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
        && payment.captures.is_empty();
    let guard = payment.capture_by? - policy.capture_margin;
    match payment.capture_on {
        _ if !waiting => None,
        CaptureOn::After(delay) => Some(guard.min(payment.authorized_at? + delay)),
        CaptureOn::Authorized | CaptureOn::Request => (!payment.deadline_told).then_some(guard),
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
    if payment.review.is_some() {
        return Some(now + policy.review_reminder);
    }
    if let Some(doubt) = &payment.doubt {
        return check(doubt.since);
    }
    match payment.status {
        Status::Created => Some(payment.expires_at.max(now)),
        Status::Pending => check(
            payment
                .pay
                .as_ref()
                .map_or(payment.created_at, |pay| pay.first_at),
        ),
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
        _ => None,
    }
}
