//! The payment's row: what is known, what still has to happen, and what still has to be told.

mod cancel;
mod capture;
mod refund;
mod review;
mod status;

pub use cancel::{Cancel, CancelBy, CancelState, ORDER_ALREADY_PAID};
pub use capture::{Capture, CaptureMode, CaptureOn, CaptureState};
pub use refund::{Refund, RefundState};
pub use review::{Doubt, Review, ReviewReason};
pub use status::Status;

use crate::evidence::Trail;
use crate::message::{Acquirer, CardResult, Redirect};
use crate::order::OrderDetails;
use crate::outbox::OutboxMessage;
use crate::{
    BuyerId, Money, OrderId, PaymentId, PaymentRequestId, Policy, Seconds, StoredCardId, Time,
};
use serde::{Deserialize, Serialize};

/// The calls to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayAttempt {
    /// When pay was first called.
    pub first_at: Time,
    /// When it was last called.
    pub last_at: Time,
    /// Whether a verified message showed that POP has the payment.
    pub known_to_provider: bool,
}

/// Whether the buyer's card is to be stored with this payment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveCard {
    /// No.
    #[default]
    No,
    /// The buyer agreed; POP's token has not come yet.
    Wanted,
    /// Stored under this name.
    Saved(StoredCardId),
    /// POP was asked and showed no token. One that comes later is still stored.
    NotGiven,
}

/// A payment. Changed only by [`crate::decide()`], stored with a compare-and-set on `version`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The key.
    pub id: PaymentRequestId,
    /// Counts the commits of this row, from 1.
    pub version: u64,
    /// What was ordered; absent when POP told of the payment before the merchant did.
    pub order: Option<OrderDetails>,
    /// The amount to authorise and capture.
    pub amount: Money,
    /// Who captures.
    pub capture_mode: CaptureMode,
    /// When, if we do.
    pub capture_on: CaptureOn,
    /// Where it stands.
    pub status: Status,
    /// When it came to stand there.
    pub status_since: Time,
    /// Set while a person must look, and once a person has closed it.
    pub review: Option<Review>,
    /// Set while a contradiction is being looked into.
    pub doubt: Option<Doubt>,
    /// POP's id, once seen.
    pub payment_id: Option<PaymentId>,
    /// When the row was made.
    pub created_at: Time,
    /// When the buyer can no longer pay (`paymentExpiryTime`).
    pub expires_at: Time,
    /// Calls to pay, once there were any.
    pub pay: Option<PayAttempt>,
    /// Where to send the buyer while pending.
    pub redirect: Option<Redirect>,
    /// When it was authorised.
    pub authorized_at: Option<Time>,
    /// Until when it can be captured.
    pub capture_by: Option<Time>,
    /// POP's code of the decline, expiry or cancellation.
    pub end_code: Option<String>,
    /// The card checks' raw results.
    pub card: CardResult,
    /// The acquirer's references.
    pub acquirer: Acquirer,
    /// Its captures.
    pub captures: Vec<Capture>,
    /// The wish to cancel it, if there is one.
    #[serde(default)]
    pub cancel: Option<Cancel>,
    /// Its refunds.
    #[serde(default)]
    pub refunds: Vec<Refund>,
    /// Whether its card is stored.
    #[serde(default)]
    pub save_card: SaveCard,
    /// Set when another attempt holds the order's money: what this one authorises or takes is given back.
    #[serde(default)]
    pub order_held_by: Option<PaymentRequestId>,
    /// Which try at the order this is, from 1.
    #[serde(default = "first")]
    pub attempt: u32,
    /// The attempt with which all began; absent on the first.
    #[serde(default)]
    pub first_attempt: Option<PaymentRequestId>,
    /// The attempt that follows this one.
    #[serde(default)]
    pub retried_as: Option<PaymentRequestId>,
    /// Whether the merchant was told that the capture's limit is near.
    pub deadline_told: bool,
    /// When POP was last asked and answered.
    pub asked_at: Option<Time>,
    /// When a person last let it go on after a review: limits that had passed count anew from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed_at: Option<Time>,
    /// When somebody must look at this row next; absent exactly when nothing is outstanding.
    pub due_at: Option<Time>,
    /// Messages decided and not yet known to be sent.
    pub outbox: Vec<OutboxMessage>,
    /// Where the evidence stands.
    pub trail: Trail,
}

fn first() -> u32 {
    1
}

/// The most attempts at one order that the buyer's page can make.
pub const MAX_ATTEMPTS: u32 = 10;

/// What the merchant asks for when creating a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayment {
    /// The key, made by the merchant.
    pub id: PaymentRequestId,
    /// What is ordered.
    pub order: OrderDetails,
    /// How much.
    pub amount: Money,
    /// Automatic or manual.
    pub capture_mode: CaptureMode,
    /// When, if manual.
    pub capture_on: CaptureOn,
    /// How long the buyer may take.
    pub expires_in: Seconds,
}

impl Payment {
    /// A payment that the merchant creates, in version 1.
    #[must_use]
    pub fn create(new: NewPayment, now: Time, policy: &Policy) -> Self {
        let mut payment = Self::blank(new.id, new.amount, now);
        payment.version = 1;
        payment.order = Some(new.order);
        payment.capture_mode = new.capture_mode;
        payment.capture_on = new.capture_on;
        payment.expires_at = now + new.expires_in;
        payment.due_at = crate::plan::due_at(&payment, now, policy);
        payment
    }

    /// A row without an order, in version 0 (not committed): the start of both ways to create one.
    pub(crate) fn blank(id: PaymentRequestId, amount: Money, now: Time) -> Self {
        Self {
            id,
            version: 0,
            order: None,
            amount,
            capture_mode: CaptureMode::Unknown,
            capture_on: CaptureOn::Request,
            status: Status::Created,
            status_since: now,
            review: None,
            doubt: None,
            payment_id: None,
            created_at: now,
            expires_at: now,
            pay: None,
            redirect: None,
            authorized_at: None,
            capture_by: None,
            end_code: None,
            card: CardResult::default(),
            acquirer: Acquirer::default(),
            captures: Vec::new(),
            cancel: None,
            refunds: Vec::new(),
            save_card: SaveCard::No,
            order_held_by: None,
            attempt: 1,
            first_attempt: None,
            retried_as: None,
            deadline_told: false,
            asked_at: None,
            resumed_at: None,
            due_at: None,
            outbox: Vec::new(),
            trail: Trail::default(),
        }
    }

    /// The merchant's order, if known.
    #[must_use]
    pub fn order_id(&self) -> Option<&OrderId> {
        self.order.as_ref().map(|order| &order.order_id)
    }

    /// The capture whose outcome is outstanding; at most one is.
    #[must_use]
    pub fn open_capture(&self) -> Option<&Capture> {
        self.captures.iter().find(|capture| capture.is_open())
    }

    /// Minor units captured so far.
    #[must_use]
    pub fn captured_minor(&self) -> u64 {
        let succeeded = self
            .captures
            .iter()
            .filter(|c| c.state == CaptureState::Succeeded);
        succeeded.map(|c| c.amount.minor()).sum()
    }

    /// Whether no money is taken, nor being taken.
    #[must_use]
    pub fn takes_nothing(&self) -> bool {
        self.captured_minor() == 0 && self.open_capture().is_none()
    }

    /// Minor units refunded, or asked to be: what is not available for a further refund. One that failed counts while
    /// POP says otherwise.
    #[must_use]
    pub fn refunding_minor(&self) -> u64 {
        let failed = |refund: &Refund| matches!(refund.state, RefundState::Failed { .. });
        let refunds = self.refunds.iter();
        let going = refunds.filter(|refund| refund.is_open() || !failed(refund));
        going.map(|refund| refund.amount.minor()).sum()
    }

    /// Minor units that are captured and neither refunded nor asked to be.
    #[must_use]
    pub fn refundable_minor(&self) -> u64 {
        self.captured_minor().saturating_sub(self.refunding_minor())
    }

    /// Minor units given back so far.
    #[must_use]
    pub fn refunded_minor(&self) -> u64 {
        let done = self
            .refunds
            .iter()
            .filter(|refund| refund.state == RefundState::Succeeded);
        done.map(|refund| refund.amount.minor()).sum()
    }

    /// Whether a cancellation is outstanding.
    #[must_use]
    pub fn is_cancelling(&self) -> bool {
        self.cancel
            .as_ref()
            .is_some_and(|cancel| cancel.state == CancelState::Requested)
    }

    /// Whether every capture was refused for good.
    pub(crate) fn failed_for_good(&self) -> bool {
        let failed = |capture: &Capture| matches!(capture.state, CaptureState::Failed { .. });
        !self.captures.is_empty() && self.captures.iter().all(failed)
    }

    /// The buyer, by the merchant's id.
    #[must_use]
    pub fn buyer_id(&self) -> Option<BuyerId> {
        self.order.as_ref()?.buyer_id()
    }

    /// Whether this attempt holds its order's money, so that no other attempt may. One that is captured in part holds
    /// it even if that part was given back: more may be captured.
    #[must_use]
    pub fn holds_order(&self) -> bool {
        let holds = match self.status {
            Status::Authorized => true,
            Status::Captured => self.refunded_minor() < self.captured_minor(),
            _ => false,
        };
        holds && self.order.is_some() && self.order_held_by.is_none()
    }

    /// Whether POP's token for the card is still expected.
    #[must_use]
    pub fn awaits_card(&self) -> bool {
        self.save_card == SaveCard::Wanted
            && matches!(self.status, Status::Authorized | Status::Captured)
    }

    /// Whether the buyer may try again: it ended without money in a way that another card or another try can mend, and
    /// nothing says otherwise.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.ended_without_money() && self.doubt.is_none()
    }

    pub(crate) fn ended_without_money(&self) -> bool {
        let by_buyer = |cancel: &Cancel| cancel.by == CancelBy::Buyer;
        let ended = match self.status {
            Status::Declined => true,
            Status::Cancelled => self.cancel.as_ref().is_some_and(by_buyer),
            _ => false,
        };
        ended && self.order.is_some() && self.review.is_none() && self.attempt < MAX_ATTEMPTS
    }

    /// Whether the buyer may leave it unfinished to pay in another way: it waits for the buyer at a redirect.
    #[must_use]
    pub fn can_be_given_up(&self) -> bool {
        self.status == Status::Pending && self.redirect.is_some() && self.attempt < MAX_ATTEMPTS
    }

    /// Whether names and addresses are kept only for another try.
    #[must_use]
    pub fn keeps_people_for_retry(&self) -> bool {
        self.status.is_final() && self.order.as_ref().is_some_and(OrderDetails::has_people)
    }

    /// The next attempt at the same order, in version 1; `None` if there can be none. It has as long as this one had.
    #[must_use]
    pub fn next_attempt(&self, now: Time, policy: &Policy) -> Option<Self> {
        if !self.is_retryable() {
            return None;
        }
        let first = self.first_attempt.as_ref().unwrap_or(&self.id);
        let attempt = self.attempt + 1;
        let new = NewPayment {
            id: first.attempt(attempt),
            order: self.order.clone()?,
            amount: self.amount,
            capture_mode: self.capture_mode,
            capture_on: self.capture_on,
            expires_in: self.expires_at.since(self.created_at),
        };
        let mut next = Self::create(new, now, policy);
        next.attempt = attempt;
        next.first_attempt = Some(first.clone());
        Some(next)
    }

    /// Whether a person must look.
    #[must_use]
    pub fn is_in_review(&self) -> bool {
        let review = self.review.as_ref();
        review.is_some_and(|review| review.closed_at.is_none())
    }

    /// When a person closed it: settled outside. `None` if nobody did.
    #[must_use]
    pub fn closed_at(&self) -> Option<Time> {
        self.review.as_ref()?.closed_at
    }

    /// Since when it stands where it stands: its last change of status, or the moment in which a person closed it.
    #[must_use]
    pub fn at_rest_since(&self) -> Time {
        self.closed_at()
            .map_or(self.status_since, |closed| closed.max(self.status_since))
    }

    /// A limit of the rules that passes at `limit`; after a review that a person ended, POP has `again` once more.
    pub(crate) fn limit(&self, limit: Time, again: Seconds) -> Time {
        self.resumed_at
            .map_or(limit, |resumed| limit.max(resumed + again))
    }

    /// Whether anything is outstanding: a state that is not final, a doubt, a review, a refund, a card to be stored,
    /// people to be forgotten, or a message to be sent. Of one that a person closed only messages are.
    #[must_use]
    pub fn is_unresolved(&self) -> bool {
        if self.closed_at().is_some() {
            return !self.outbox.is_empty();
        }
        !self.status.is_final()
            || self.doubt.is_some()
            || self.review.is_some()
            || self.refunds.iter().any(Refund::is_open)
            || self.awaits_card()
            || self.keeps_people_for_retry()
            || !self.outbox.is_empty()
    }

    /// Why a person must look at it, in a stable word; `None` if nobody must.
    #[must_use]
    pub fn review_code(&self) -> Option<&'static str> {
        self.review.as_ref().map(|review| review.reason.code())
    }

    /// Whether `new` asks for what this row already is, so that creating it again changes nothing.
    #[must_use]
    pub fn is_same_as(&self, new: &NewPayment) -> bool {
        let same_order = self.order_id() == Some(&new.order.order_id);
        same_order
            && self.amount == new.amount
            && self.capture_mode == new.capture_mode
            && self.capture_on == new.capture_on
    }
}
