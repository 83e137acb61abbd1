//! What needs a person, or another look at the provider.

use crate::Time;
use crate::message::AmountSeen;
use serde::{Deserialize, Serialize};

/// Why a person must look at a payment. Nothing is captured meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum ReviewReason {
    /// A signed message names another amount or currency than the row.
    AmountMismatch {
        /// What it named.
        seen: AmountSeen,
    },
    /// A signed message names another `paymentId` than the one bound to the row.
    PaymentIdMismatch,
    /// The `paymentId` belongs to another payment of ours.
    PaymentIdTaken,
    /// A signed answer names another payment than the one asked about.
    WrongPayment,
    /// POP says otherwise than what was final, and an inquiry confirmed it.
    Contradiction,
    /// POP shows a capture that we did not ask for.
    ForeignCapture,
    /// More than one capture succeeded.
    SecondCapture,
    /// Another attempt holds the order's money, and POP refused to give back what this one took.
    OrderPaidTwice,
    /// POP refused a refund in a way that an inquiry did not explain, or never finishes it.
    RefundUnclear,
    /// POP refused a capture for a reason that needs a person, or one that does not fit what it shows.
    CaptureRefused {
        /// Its code.
        code: String,
    },
    /// Authorised, past its limit, and POP shows neither capture nor end.
    CaptureNeverCame,
    /// Pending past its limit.
    PendingTooLong,
    /// POP knew the payment and now says that it does not exist.
    Vanished,
}

impl ReviewReason {
    /// The stable word for events and logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AmountMismatch { .. } => "amount_mismatch",
            Self::PaymentIdMismatch => "payment_id_mismatch",
            Self::PaymentIdTaken => "payment_id_taken",
            Self::WrongPayment => "wrong_payment",
            Self::Contradiction => "contradiction",
            Self::ForeignCapture => "foreign_capture",
            Self::SecondCapture => "second_capture",
            Self::OrderPaidTwice => "order_paid_twice",
            Self::RefundUnclear => "refund_unclear",
            Self::CaptureRefused { .. } => "capture_refused",
            Self::CaptureNeverCame => "capture_never_came",
            Self::PendingTooLong => "pending_too_long",
            Self::Vanished => "vanished",
        }
    }
}

/// A payment in review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Why.
    #[serde(flatten)]
    pub reason: ReviewReason,
    /// Since when.
    pub since: Time,
    /// When a person closed it: settled outside, so that nothing is outstanding any more. Nothing moves either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Time>,
}

/// Why the provider must be asked although nothing is outstanding: a message that does not fit a final state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Since when.
    pub since: Time,
}
