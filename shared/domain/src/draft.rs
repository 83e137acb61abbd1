//! The row being changed by one event: the elementary moves that [`crate::decide()`] is made of.

use crate::decide::{Decision, Ignored, Transition};
use crate::message::{AmountSeen, PaymentFacts};
use crate::outbox::{OrderEvent, OrderEventKind, OutboxContent, OutboxMessage, Transfer};
use crate::stored_card::{StoredCard, TokenizedCard};
use crate::{
    Cancel, CancelBy, CancelState, Capture, CaptureMode, CaptureOn, CaptureRequestId, CaptureState,
    Doubt, Money, ORDER_ALREADY_PAID, Payment, Policy, Refund, RefundRequestId, RefundState,
    Review, ReviewReason, SaveCard, Status, StoredCardId, Time, plan,
};

/// The code of a cancellation that came after money was taken.
pub(crate) const ALREADY_CAPTURED: &str = "ALREADY_CAPTURED";

/// A copy of the row, with what the event did to it.
pub(crate) struct Draft<'a> {
    pub(crate) payment: Payment,
    pub(crate) now: Time,
    pub(crate) policy: &'a Policy,
    /// When the row was to be looked at before.
    was_due_at: Option<Time>,
    /// The row must be written, if only for its next due time.
    touched: bool,
    /// Nothing was learned by the step that was tried: it is for later.
    postponed: bool,
    /// The event changed what we know: its message is evidence.
    moved: bool,
    /// The card as the event's message shows it, with POP's token.
    shown_card: Option<TokenizedCard>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(payment: &Payment, now: Time, policy: &'a Policy) -> Self {
        let was_due_at = payment.due_at;
        let mut payment = payment.clone();
        payment.version += 1;
        Self {
            payment,
            was_due_at,
            postponed: false,
            now,
            policy,
            touched: false,
            moved: false,
            shown_card: None,
        }
    }

    /// The decision: a transition if anything was touched, else `ignored`.
    pub(crate) fn finish(mut self, ignored: Ignored) -> Decision {
        let keep_card = self.store_card();
        self.pay_order_once();
        if !self.touched {
            return Decision::Ignore(ignored);
        }
        self.payment.due_at = self.next_due_at();
        Decision::Commit(Transition {
            next: self.payment,
            moved: self.moved,
            keep_card,
        })
    }

    /// A look that nobody waited for, such as a page that polls, does not put off the one that is due.
    fn next_due_at(&self) -> Option<Time> {
        let next = plan::due_at(&self.payment, self.now, self.policy)?;
        let early = self.was_due_at.filter(|due| *due > self.now);
        match early {
            Some(due) if self.postponed && !self.moved => Some(due.min(next)),
            _ => Some(next),
        }
    }

    /// The card to be stored: the buyer agreed, the payment is authorised, and POP's message shows the token.
    fn store_card(&mut self) -> Option<StoredCard> {
        let payment = &self.payment;
        let wanted = matches!(payment.save_card, SaveCard::Wanted | SaveCard::NotGiven);
        let authorized = matches!(payment.status, Status::Authorized | Status::Captured);
        if !wanted || !authorized || payment.review.is_some() {
            return None;
        }
        let card = self.shown_card.take()?;
        let buyer = payment.buyer_id()?;
        let id = StoredCardId::derive(&buyer, &card.token);
        let stored = StoredCard {
            id: id.clone(),
            buyer,
            token: card.token,
            face: card.face,
            network_transaction_id: payment.card.network_transaction_id.clone(),
            saved_at: self.now,
            saved_by: payment.id.clone(),
        };
        self.learned();
        self.payment.save_card = SaveCard::Saved(id);
        Some(stored)
    }

    /// One order is paid once: what a second attempt authorises is cancelled, and what it takes is given back.
    fn pay_order_once(&mut self) {
        let payment = &self.payment;
        if payment.order_held_by.is_none() || payment.review.is_some() {
            return;
        }
        match payment.status {
            Status::Authorized if payment.cancel.is_none() && payment.takes_nothing() => {
                self.want_cancel(CancelBy::OrderRule);
            }
            Status::Captured => self.give_back(),
            _ => {}
        }
    }

    /// Asks, once, for all to be refunded that is taken and not given back yet.
    fn give_back(&mut self) {
        let payment = &self.payment;
        let id = RefundRequestId::of_orphan(&payment.id);
        let asked = payment.refunds.iter().any(|r| r.request_id == id);
        let left = Money::new(payment.refundable_minor(), payment.amount.currency());
        if let (false, Ok(amount)) = (asked, left) {
            self.want_refund(id, amount, Some(ORDER_ALREADY_PAID.to_owned()));
        }
    }

    /// Fixes that the payment is to be cancelled; POP is asked after the commit.
    pub(crate) fn want_cancel(&mut self, by: CancelBy) {
        self.learned();
        self.payment.cancel = Some(Cancel {
            by,
            state: CancelState::Requested,
            requested_at: self.now,
        });
    }

    /// Fixes a refund's id and amount; POP is asked after the commit.
    pub(crate) fn want_refund(
        &mut self,
        request_id: RefundRequestId,
        amount: Money,
        reason: Option<String>,
    ) {
        self.learned();
        self.payment.refunds.push(Refund {
            request_id,
            amount,
            state: RefundState::Requested,
            refund_id: None,
            reason,
            requested_at: self.now,
            contested: false,
        });
    }

    /// The row is written so that it is looked at again later; nothing was learned.
    pub(crate) fn postpone(&mut self) {
        self.touched = true;
        self.postponed = true;
    }

    /// The row is written because its outbox is shorter; nothing was learned.
    pub(crate) fn shortened(&mut self) {
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
        let may_retry = self.payment.ended_without_money() && self.now < self.payment.expires_at;
        if status != Status::Pending && !may_retry {
            self.forget_people();
        }
    }

    pub(crate) fn forget_people(&mut self) {
        if let Some(order) = &mut self.payment.order {
            order.forget_people();
        }
    }

    /// Ends the payment with the event that tells of it. One that is captured in part keeps what it took.
    pub(crate) fn end(&mut self, status: Status, code: Option<&str>) {
        if self.payment.captured_minor() > 0 && !self.payment.status.is_final() {
            return self.close_captures(code);
        }
        self.lapse_open_captures();
        let mut code = code;
        if let Some(cancel) = &mut self.payment.cancel
            && cancel.state == CancelState::Requested
        {
            cancel.state = CancelState::Done;
            if status == Status::Cancelled {
                code = Some(cancel.by.code());
            }
        }
        if !matches!(self.payment.save_card, SaveCard::Saved(_)) {
            self.payment.save_card = SaveCard::No;
        }
        self.payment.end_code = code.map(str::to_owned);
        self.enter(status);
        let kind = match status {
            Status::Cancelled => OrderEventKind::Cancelled,
            Status::Declined => OrderEventKind::Declined,
            _ => OrderEventKind::Expired,
        };
        self.tell(kind, code);
    }

    /// What was not captured of a partly captured payment is gone.
    pub(crate) fn close_captures(&mut self, code: Option<&str>) {
        self.lapse_open_captures();
        self.enter(Status::Captured);
        self.payment.doubt = None;
        self.overtake_cancel(ALREADY_CAPTURED);
        self.tell(OrderEventKind::CaptureClosed, code);
    }

    /// What became of a capture leaves nothing to cancel.
    pub(crate) fn overtake_cancel(&mut self, code: &str) {
        if self.payment.is_cancelling() {
            self.refuse_cancel(code);
        }
    }

    pub(crate) fn refuse_cancel(&mut self, code: &str) {
        self.learned();
        if let Some(cancel) = &mut self.payment.cancel {
            cancel.state = CancelState::Refused {
                code: code.to_owned(),
            };
        }
        self.tell(OrderEventKind::CancelFailed, Some(code));
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
        self.tell_of(kind, code, None);
    }

    /// Tells of the capture at this place.
    pub(crate) fn tell_capture(&mut self, kind: OrderEventKind, code: Option<&str>, at: usize) {
        let total = self.payment.captured_minor();
        let capture = &self.payment.captures[at];
        let transfer = Transfer::Capture {
            request_id: capture.request_id.clone(),
            amount: capture.amount,
            total: Money::new(total, self.payment.amount.currency()).ok(),
        };
        self.tell_of(kind, code, Some(transfer));
    }

    /// Tells of the refund at this place.
    pub(crate) fn tell_refund(&mut self, kind: OrderEventKind, code: Option<&str>, at: usize) {
        let total = self.payment.refunded_minor();
        let refund = &self.payment.refunds[at];
        let transfer = Transfer::Refund {
            request_id: refund.request_id.clone(),
            refund_id: refund.refund_id.clone(),
            amount: refund.amount,
            total: Money::new(total, self.payment.amount.currency()).ok(),
        };
        self.tell_of(kind, code, Some(transfer));
    }

    fn tell_of(&mut self, kind: OrderEventKind, code: Option<&str>, transfer: Option<Transfer>) {
        let orphan = self.payment.order_held_by.is_some() && kind != OrderEventKind::NeedsReview;
        let code = if orphan {
            Some(ORDER_ALREADY_PAID)
        } else {
            code
        };
        let event = OrderEvent {
            kind,
            order_id: self.payment.order_id().cloned(),
            payment_id: self.payment.payment_id.clone(),
            amount: self.payment.amount,
            status: self.payment.status,
            code: code.map(str::to_owned),
            transfer,
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
        if facts.stored_card.is_some() {
            self.shown_card.clone_from(&facts.stored_card);
        }
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
