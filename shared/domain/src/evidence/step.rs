//! The steps of a payment that no message of POP's tells of.

use crate::message::{Answer, NoAnswer};
use crate::order::{Buyer, OrderDetails, Shipping};
use crate::{
    CancelBy, CaptureMode, CaptureOn, CaptureRequest, CaptureRequestId, Event, Money, NewPayment,
    OrderId, Payment, PaymentRequestId, Policy, RefundRequest, RefundRequestId, Resolution,
    Seconds, Time,
};
use serde::{Deserialize, Serialize};

/// A step without a message. No data of buyers and no card data stand in it; a refund's reason is the merchant's text
/// for the buyer's statement, and a resolution names the operator who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step", deny_unknown_fields)]
pub enum LocalStep {
    /// The merchant, or the buyer's next try, created the payment.
    Created(Creation),
    /// Pay is about to be called.
    PayStarted {
        /// The buyer agreed that the card is stored.
        save_card: bool,
    },
    /// The merchant asked for a capture.
    CaptureAsked(CaptureRequest),
    /// Somebody wanted the payment cancelled.
    CancelAsked {
        /// Who.
        by: CancelBy,
    },
    /// The merchant asked for a refund.
    RefundAsked(RefundRequest),
    /// The buyer tried again.
    Retried {
        /// With this attempt.
        next: PaymentRequestId,
    },
    /// The merchant created a payment that POP had told of first.
    OrderArrived(OrderRecord),
    /// Another attempt turned out to hold the order's money.
    OrderHeld {
        /// Which.
        by: PaymentRequestId,
    },
    /// POP's id turned out to belong to another payment of ours.
    PaymentIdTaken {
        /// Whether the message before had bound it already, within the same commit.
        unbound: bool,
    },
    /// A person decided about the payment in review: what, who and why.
    Resolved(Resolution),
    /// The row's time came and limits were looked at.
    TimePassed,
    /// A call brought no answer to believe.
    NoAnswer {
        /// Which call.
        call: Call,
        /// Our id of the capture or refund.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<String>,
        /// Why not.
        reason: NoAnswer,
    },
}

/// A call to POP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// pay.
    Pay,
    /// inquiryPayment.
    Inquiry,
    /// capture.
    Capture,
    /// cancel.
    Cancel,
    /// refund.
    Refund,
    /// inquiryRefund.
    RefundInquiry,
}

impl Call {
    /// The word in logs and in the trail.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::Inquiry => "inquiry",
            Self::Capture => "capture",
            Self::Cancel => "cancel",
            Self::Refund => "refund",
            Self::RefundInquiry => "refund_inquiry",
        }
    }
}

/// How a payment began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Creation {
    /// The payment.
    pub id: PaymentRequestId,
    /// Which try at the order, from 1.
    pub attempt: u32,
    /// The attempt with which all began; absent on the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_attempt: Option<PaymentRequestId>,
    /// What the merchant asked for.
    #[serde(flatten)]
    pub asked: OrderRecord,
}

/// What the merchant asked for, without people: of them it is only known that there were some.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRecord {
    /// The merchant's order.
    pub order_id: OrderId,
    /// Of the order without people ([`OrderDetails::digest`]).
    pub digest: String,
    /// How much.
    pub amount: Money,
    /// Automatic or manual.
    pub capture_mode: CaptureMode,
    /// When, if manual.
    pub capture_on: CaptureOn,
    /// How long the buyer may take.
    pub expires_in: Seconds,
    /// Whether names, addresses or telephone numbers stood in the order.
    pub has_people: bool,
    /// Whether the merchant named the buyer.
    pub has_buyer: bool,
}

impl OrderRecord {
    fn of(
        order: &OrderDetails,
        amount: Money,
        (capture_mode, capture_on): (CaptureMode, CaptureOn),
        expires_in: Seconds,
    ) -> Self {
        Self {
            order_id: order.order_id.clone(),
            digest: order.digest(),
            amount,
            capture_mode,
            capture_on,
            expires_in,
            has_people: order.has_people(),
            has_buyer: order.buyer_id().is_some(),
        }
    }

    /// The request of this payment as far as rules depend on it: people and buyer are stand-ins, texts are empty.
    pub(crate) fn stand_in(&self, id: PaymentRequestId) -> NewPayment {
        let mut order = OrderDetails::new(self.order_id.clone(), "", "");
        order.shipping = self.has_people.then(Shipping::default);
        order.buyer = self.has_buyer.then(|| Buyer {
            reference_buyer_id: Some("somebody".to_owned()),
            ..Buyer::default()
        });
        NewPayment {
            id,
            order,
            amount: self.amount,
            capture_mode: self.capture_mode,
            capture_on: self.capture_on,
            expires_in: self.expires_in,
        }
    }
}

impl From<&NewPayment> for OrderRecord {
    fn from(new: &NewPayment) -> Self {
        let capture = (new.capture_mode, new.capture_on);
        Self::of(&new.order, new.amount, capture, new.expires_in)
    }
}

impl Creation {
    /// That of a payment in version 1; `None` for one that POP told of, which has no order.
    #[must_use]
    pub fn of(payment: &Payment) -> Option<Self> {
        let order = payment.order.as_ref()?;
        let capture = (payment.capture_mode, payment.capture_on);
        let expires_in = payment.expires_at.since(payment.created_at);
        Some(Self {
            id: payment.id.clone(),
            attempt: payment.attempt,
            first_attempt: payment.first_attempt.clone(),
            asked: OrderRecord::of(order, payment.amount, capture, expires_in),
        })
    }

    /// The row that it made, with stand-ins for people.
    pub(crate) fn row(&self, now: Time, policy: &Policy) -> Payment {
        let mut payment = Payment::create(self.asked.stand_in(self.id.clone()), now, policy);
        payment.attempt = self.attempt;
        payment.first_attempt.clone_from(&self.first_attempt);
        payment
    }
}

impl LocalStep {
    /// The step behind an event that no message tells of; `None` for POP's own word, and for what only shortens the
    /// outbox.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::PayStarted { save_card } => Self::PayStarted {
                save_card: *save_card,
            },
            Event::CaptureAsked(request) => Self::CaptureAsked(*request),
            Event::CancelAsked(by) => Self::CancelAsked { by: *by },
            Event::RefundAsked(request) => Self::RefundAsked(request.clone()),
            Event::Retried(next) => Self::Retried { next: next.clone() },
            Event::OrderArrived(new) => Self::OrderArrived(new.into()),
            Event::PaymentIdTaken => Self::PaymentIdTaken { unbound: false },
            Event::Resolved(resolution) => Self::Resolved(resolution.clone()),
            Event::TimePassed => Self::TimePassed,
            Event::PayAnswered(Answer::None(why)) => no_answer(Call::Pay, None, *why),
            Event::Inquired(Answer::None(why)) => no_answer(Call::Inquiry, None, *why),
            Event::CaptureAnswered(_, Answer::None(why)) => {
                no_answer(Call::Capture, event.about(), *why)
            }
            Event::CancelAnswered(Answer::None(why)) => no_answer(Call::Cancel, None, *why),
            Event::RefundAnswered(_, Answer::None(why)) => {
                no_answer(Call::Refund, event.about(), *why)
            }
            Event::RefundInquired(_, Answer::None(why)) => {
                no_answer(Call::RefundInquiry, event.about(), *why)
            }
            _ => return None,
        })
    }

    /// The event to decide again on the row of this payment; `None` for what is no event: how it began, and who holds
    /// its order.
    pub(crate) fn event(&self, id: &PaymentRequestId) -> Option<Event> {
        Some(match self {
            Self::PayStarted { save_card } => Event::PayStarted {
                save_card: *save_card,
            },
            Self::CaptureAsked(request) => Event::CaptureAsked(*request),
            Self::CancelAsked { by } => Event::CancelAsked(*by),
            Self::RefundAsked(request) => Event::RefundAsked(request.clone()),
            Self::Retried { next } => Event::Retried(next.clone()),
            Self::OrderArrived(asked) => Event::OrderArrived(asked.stand_in(id.clone())),
            Self::PaymentIdTaken { .. } => Event::PaymentIdTaken,
            Self::Resolved(resolution) => Event::Resolved(resolution.clone()),
            Self::TimePassed => Event::TimePassed,
            Self::NoAnswer {
                call,
                about,
                reason,
            } => unanswered(*call, about.as_deref(), *reason)?,
            Self::Created(_) | Self::OrderHeld { .. } => return None,
        })
    }

    /// The word of what it is, for people.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Created(_) => "created",
            Self::PayStarted { .. } => "pay_started",
            Self::CaptureAsked(_) => "capture_asked",
            Self::CancelAsked { .. } => "cancel_asked",
            Self::RefundAsked(_) => "refund_asked",
            Self::Retried { .. } => "retried",
            Self::OrderArrived(_) => "order_arrived",
            Self::OrderHeld { .. } => "order_held",
            Self::PaymentIdTaken { .. } => "payment_id_taken",
            Self::Resolved(_) => "resolved",
            Self::TimePassed => "time_passed",
            Self::NoAnswer { .. } => "no_answer",
        }
    }

    /// The one text that is stored and hashed.
    #[must_use]
    #[allow(
        clippy::expect_used,
        reason = "ids, numbers and words: nothing that JSON cannot hold"
    )]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain data")
    }

    /// Reads that text; `None` for any other, even one that means the same.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        let step: Self = serde_json::from_str(text).ok()?;
        (step.to_json() == text).then_some(step)
    }
}

fn no_answer(call: Call, about: Option<String>, reason: NoAnswer) -> LocalStep {
    LocalStep::NoAnswer {
        call,
        about,
        reason,
    }
}

fn unanswered(call: Call, about: Option<&str>, reason: NoAnswer) -> Option<Event> {
    let refund = || RefundRequestId::new(about?).ok();
    Some(match call {
        Call::Pay => Event::PayAnswered(Answer::None(reason)),
        Call::Inquiry => Event::Inquired(Answer::None(reason)),
        Call::Cancel => Event::CancelAnswered(Answer::None(reason)),
        Call::Capture => {
            let id = CaptureRequestId::new(about?).ok()?;
            Event::CaptureAnswered(id, Answer::None(reason))
        }
        Call::Refund => Event::RefundAnswered(refund()?, Answer::None(reason)),
        Call::RefundInquiry => Event::RefundInquired(refund()?, Answer::None(reason)),
    })
}
