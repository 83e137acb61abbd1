//! The row being changed by one event: the elementary moves that [`crate::decide()`] is made of.

use crate::decide::{Decision, Ignored, Transition};
use crate::message::{AmountSeen, PaymentFacts};
use crate::outbox::{OrderEvent, OrderEventKind, OutboxContent, OutboxMessage};
use crate::{
    Capture, CaptureMode, CaptureOn, CaptureRequestId, CaptureState, Doubt, Payment, Policy,
    Review, ReviewReason, Status, Time, plan,
};

/// A copy of the row, with what the event did to it.
pub(crate) struct Draft<'a> {
    pub(crate) payment: Payment,
    pub(crate) now: Time,
    pub(crate) policy: &'a Policy,
    /// The row must be written, if only for its next due time.
    touched: bool,
    /// The event changed what we know: its message is evidence.
    moved: bool,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(payment: &Payment, now: Time, policy: &'a Policy) -> Self {
        let mut payment = payment.clone();
        payment.version += 1;
        Self {
            payment,
            now,
            policy,
            touched: false,
            moved: false,
        }
    }

    /// The decision: a transition if anything was touched, else `ignored`.
    pub(crate) fn finish(mut self, ignored: Ignored) -> Decision {
        if !self.touched {
            return Decision::Ignore(ignored);
        }
        self.payment.due_at = plan::due_at(&self.payment, self.now, self.policy);
        Decision::Commit(Transition {
            next: self.payment,
            moved: self.moved,
        })
    }

    /// The row is written so that it is looked at again later; nothing was learned.
    pub(crate) fn postpone(&mut self) {
        self.touched = true;
    }

    /// Something was learned: the message is kept as evidence.
    pub(crate) fn learned(&mut self) {
        self.touched = true;
        self.moved = true;
    }

    pub(crate) fn enter(&mut self, status: Status) {
        self.learned();
        self.payment.status = status;
        self.payment.status_since = self.now;
        self.payment.redirect = None;
        if let Some(doubt) = &mut self.payment.doubt {
            doubt.since = self.now; // from here on it is about the new status
        }
        if status != Status::Pending
            && let Some(order) = &mut self.payment.order
        {
            order.forget_people();
        }
    }

    /// Ends the payment with the event that tells of it.
    pub(crate) fn end(&mut self, status: Status, code: Option<&str>) {
        self.lapse_open_captures();
        self.enter(status);
        self.payment.end_code = code.map(str::to_owned);
        let kind = match status {
            Status::Cancelled => OrderEventKind::Cancelled,
            Status::Declined => OrderEventKind::Declined,
            _ => OrderEventKind::Expired,
        };
        self.tell(kind, code);
    }

    /// Nothing more is expected of captures whose outcome is outstanding.
    pub(crate) fn lapse_open_captures(&mut self) {
        let captures = self.payment.captures.iter_mut();
        for capture in captures.filter(|capture| capture.is_open()) {
            capture.state = CaptureState::Lapsed;
        }
    }

    pub(crate) fn review(&mut self, reason: ReviewReason) {
        self.learned();
        if self.payment.review.is_none() {
            let code = reason.code();
            self.payment.review = Some(Review {
                reason,
                since: self.now,
            });
            self.tell(OrderEventKind::NeedsReview, Some(code));
        }
    }

    /// A message does not fit what is final, or says too little: ask before believing either.
    pub(crate) fn doubt(&mut self) {
        self.learned();
        self.payment.doubt.get_or_insert(Doubt { since: self.now });
    }

    pub(crate) fn tell(&mut self, kind: OrderEventKind, code: Option<&str>) {
        let event = OrderEvent {
            kind,
            order_id: self.payment.order_id().cloned(),
            payment_id: self.payment.payment_id.clone(),
            amount: self.payment.amount,
            status: self.payment.status,
            code: code.map(str::to_owned),
        };
        self.send(OutboxContent::OrderEvent(event));
    }

    fn send(&mut self, content: OutboxContent) {
        let version = self.payment.version;
        let place = self
            .payment
            .outbox
            .iter()
            .filter(|message| message.sequence == version)
            .count();
        let id = format!("{}:{version}:{place}", self.payment.id);
        self.payment.outbox.push(OutboxMessage {
            id,
            sequence: version,
            at: self.now,
            content,
        });
    }

    /// Fixes the one full capture's id and amount, and hints to the capture function.
    pub(crate) fn start_capture(&mut self) {
        self.learned();
        self.payment.captures.push(Capture {
            request_id: CaptureRequestId::derive(&self.payment.id, 1),
            amount: self.payment.amount,
            state: CaptureState::Requested,
            capture_id: None,
            requested_at: self.now,
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

    /// Starts the capture of an authorised manual payment whose policy is "at once".
    pub(crate) fn capture_if_at_once(&mut self) {
        if self.payment.capture_on == CaptureOn::Authorized && self.may_start_capture() {
            self.start_capture();
        }
    }

    /// Whether a capture may be decided: authorised, ours to make, the first, not in review, and within its limit.
    pub(crate) fn may_start_capture(&self) -> bool {
        let payment = &self.payment;
        payment.status == Status::Authorized
            && payment.capture_mode == CaptureMode::Manual
            && payment.captures.is_empty()
            && payment.review.is_none()
            && payment.capture_by.is_some_and(|limit| self.now < limit)
    }

    /// Holds a message's facts against the row. False: it does not fit, and the payment went to review.
    pub(crate) fn fits(&mut self, facts: &PaymentFacts) -> bool {
        let payment = &self.payment;
        let bound = payment.payment_id.as_ref();
        let misfit = if facts
            .request_id
            .as_ref()
            .is_some_and(|id| *id != payment.id)
        {
            Some(ReviewReason::WrongPayment)
        } else if facts
            .payment_id
            .as_ref()
            .is_some_and(|id| bound.is_some_and(|b| b != id))
        {
            Some(ReviewReason::PaymentIdMismatch)
        } else {
            amount_misfit(facts.amount, payment.amount)
        };
        match misfit {
            Some(reason) => {
                self.review(reason);
                false
            }
            None => true,
        }
    }

    /// Takes in what is new among a fitting message's facts.
    pub(crate) fn learn(&mut self, facts: &PaymentFacts) {
        let payment = &mut self.payment;
        let mut new = fill(&mut payment.payment_id, &facts.payment_id);
        new |= fill(&mut payment.card.avs_result_raw, &facts.card.avs_result_raw);
        new |= fill(&mut payment.card.cvv_result_raw, &facts.card.cvv_result_raw);
        new |= fill(
            &mut payment.card.network_transaction_id,
            &facts.card.network_transaction_id,
        );
        new |= fill(&mut payment.card.eci, &facts.card.eci);
        new |= fill(
            &mut payment.card.three_ds_version,
            &facts.card.three_ds_version,
        );
        new |= fill(
            &mut payment.card.ds_transaction_id,
            &facts.card.ds_transaction_id,
        );
        if let Some(acquirer) = &facts.acquirer {
            new |= fill(&mut payment.acquirer.name, &acquirer.name);
            new |= fill(
                &mut payment.acquirer.reference_request_id,
                &acquirer.reference_request_id,
            );
            new |= fill(
                &mut payment.acquirer.transaction_id,
                &acquirer.transaction_id,
            );
        }
        let limit = facts.auth_expires_at;
        if payment.status == Status::Authorized && limit.is_some() && limit != payment.capture_by {
            payment.capture_by = limit;
            new = true;
        }
        if let Some(pay) = &mut payment.pay
            && !pay.known_to_provider
        {
            pay.known_to_provider = true;
            new = true;
        }
        if new {
            self.learned();
        }
    }
}

/// Why an amount does not fit; one that is missing says nothing.
pub(crate) fn amount_misfit(seen: AmountSeen, want: crate::Money) -> Option<ReviewReason> {
    match seen {
        AmountSeen::Absent => None,
        AmountSeen::Is(amount) if amount == want => None,
        _ => Some(ReviewReason::AmountMismatch { seen }),
    }
}

fn fill<T: Clone>(place: &mut Option<T>, value: &Option<T>) -> bool {
    let new = place.is_none() && value.is_some();
    if new {
        place.clone_from(value);
    }
    new
}
