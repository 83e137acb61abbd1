//! The authorisation, and the captures that begin with it or later.

use super::Draft;
use crate::message::PaymentFacts;
use crate::outbox::{OrderEventKind, OutboxContent};
use crate::{Capture, CaptureMode, CaptureOn, CaptureRequestId, CaptureState, Money, Status, plan};

impl Draft<'_> {
    /// Fixes the next capture's id and amount, and hints to the capture function.
    pub(crate) fn start_capture(&mut self, amount: Money, last: bool) {
        self.learned();
        let number = u32::try_from(self.payment.captures.len()).unwrap_or(u32::MAX);
        self.payment.captures.push(Capture {
            request_id: CaptureRequestId::derive(&self.payment.id, number.saturating_add(1)),
            amount,
            state: CaptureState::Requested,
            capture_id: None,
            requested_at: self.now,
            last,
        });
        self.send(OutboxContent::CaptureHint);
    }

    pub(crate) fn authorize(&mut self, facts: &PaymentFacts) {
        self.payment.authorized_at = Some(self.now);
        // When POP does not say until when, the window counts from the first pay call: we may hear late, and the
        // authorisation cannot be older than that.
        let earliest = self.payment.pay.as_ref().map_or(self.now, |p| p.first_at);
        let window_ends = earliest + self.policy.capture_window;
        self.payment.capture_by = Some(facts.auth_expires_at.unwrap_or(window_ends));
        self.enter(Status::Authorized);
        self.tell(OrderEventKind::Authorized, None);
        self.capture_if_at_once();
    }

    /// Starts the full capture of an authorised manual payment whose policy is "at once".
    pub(crate) fn capture_if_at_once(&mut self) {
        if self.payment.capture_on == CaptureOn::Authorized
            && plan::captures_by_itself(&self.payment)
            && self.may_start_capture()
        {
            self.start_capture(self.payment.amount, true);
        }
    }

    /// Whether a capture may be decided: authorised, ours to make, none under way, not in review, not being cancelled,
    /// and within its limit. A second one only where the contract allows it.
    pub(crate) fn may_start_capture(&self) -> bool {
        let payment = &self.payment;
        payment.status == Status::Authorized
            && payment.capture_mode == CaptureMode::Manual
            && (payment.captures.is_empty() || self.policy.several_captures)
            && payment.open_capture().is_none()
            && payment.review.is_none()
            && !payment.is_cancelling()
            && payment.order_held_by.is_none()
            && payment.capture_by.is_some_and(|limit| self.now < limit)
    }
}
