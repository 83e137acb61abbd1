//! The row being changed by one event: the elementary moves that [`crate::decide()`] is made of.

use crate::decide::{Decision, Ignored, Transition};
use crate::outbox::OrderEventKind;
use crate::stored_card::{StoredCard, TokenizedCard};
use crate::{
    Cancel, CancelBy, CancelState, CaptureState, Doubt, Money, ORDER_ALREADY_PAID, Payment, Policy,
    Refund, RefundRequestId, RefundState, Review, ReviewReason, SaveCard, Status, StoredCardId,
    Time, plan,
};

mod captures;
mod facts;
mod tell;

pub(crate) use facts::amount_misfit;

/// The code of a cancellation that came after money was taken.
pub(crate) const ALREADY_CAPTURED: &str = "ALREADY_CAPTURED";

/// A copy of the row, with what the event did to it.
pub(crate) struct Draft<'a> {
    pub(crate) payment: Payment,
    pub(crate) now: Time,
    pub(crate) policy: &'a Policy,
    /// When the row was to be looked at before.
    was_due_at: Option<Time>,
    /// Whether the event is what came of the step that the row needs.
    pub(crate) took_due_step: bool,
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
            took_due_step: true,
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

    /// A look that nobody waited for, such as a page that polls, does not put off what is due: neither before its time
    /// nor, if it is another step than the look took, after it.
    fn next_due_at(&self) -> Option<Time> {
        let next = plan::due_at(&self.payment, self.now, self.policy)?;
        let in_vain = self.postponed && !self.moved;
        match self.was_due_at {
            Some(due) if in_vain && (due > self.now || !self.took_due_step) => Some(due.min(next)),
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
        let asked = (0..self.payment.refunds.len()).any(|at| self.is_of_orphan(at));
        if !asked {
            self.give_back_by(1);
        }
    }

    /// Asks for the same, for the `attempt`-th time: the ones before failed for good.
    fn give_back_by(&mut self, attempt: u32) {
        let payment = &self.payment;
        let id = RefundRequestId::of_orphan(&payment.id, attempt);
        let left = Money::new(payment.refundable_minor(), payment.amount.currency());
        if let Ok(amount) = left {
            self.want_refund(id, amount, Some(ORDER_ALREADY_PAID.to_owned()));
        }
    }

    /// Which try to give back what a second payment of the order took this refund is, from 1; 0 if it is none.
    fn orphan_attempt(&self, at: usize) -> u32 {
        let id = &self.payment.refunds[at].request_id;
        let attempts = 1..=u32::try_from(at + 1).unwrap_or(u32::MAX);
        let of = |attempt: &u32| *id == RefundRequestId::of_orphan(&self.payment.id, *attempt);
        attempts.into_iter().find(of).unwrap_or(0)
    }

    /// Whether this refund gives back what a second payment of the order took.
    pub(crate) fn is_of_orphan(&self, at: usize) -> bool {
        self.orphan_attempt(at) > 0
    }

    /// Asks once more for what POP refused to give back of a second payment of the order.
    pub(crate) fn give_back_again(&mut self) {
        let tries = (0..self.payment.refunds.len()).map(|at| self.orphan_attempt(at));
        let last = tries.max().unwrap_or(0);
        self.give_back_by(last + 1);
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
        if self.payment.status == Status::Authorized && self.payment.failed_for_good() {
            self.enter(Status::CaptureFailed);
        }
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
                closed_at: None,
            });
            self.tell(OrderEventKind::NeedsReview, Some(code));
        }
    }

    /// A message does not fit what is final, or says too little: ask before believing either.
    pub(crate) fn doubt(&mut self) {
        self.learned();
        self.payment.doubt.get_or_insert(Doubt { since: self.now });
    }
}
