//! The wish to cancel a payment.

use crate::Time;
use serde::{Deserialize, Serialize};

/// Who wants a payment cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelBy {
    /// The merchant's server.
    Merchant,
    /// The buyer, who left a payment unfinished to pay in another way.
    Buyer,
    /// The rule that one order is paid once: another attempt holds its money.
    OrderRule,
}

impl CancelBy {
    /// The code that the end of the payment carries.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Merchant => "CANCELLED_BY_MERCHANT",
            Self::Buyer => "CANCELLED_BY_BUYER",
            Self::OrderRule => ORDER_ALREADY_PAID,
        }
    }
}

/// The code on everything told about a payment whose order another attempt has paid.
pub const ORDER_ALREADY_PAID: &str = "ORDER_ALREADY_PAID";

/// Where a cancellation stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum CancelState {
    /// To be asked for, or asked for without a verified answer: ask (again). No capture begins meanwhile.
    Requested,
    /// Not possible; the payment goes on, but nothing is captured unless the merchant asks.
    Refused {
        /// POP's code.
        code: String,
    },
    /// The payment is over.
    Done,
}

/// The wish to cancel a payment; the payment itself is the idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Whose wish.
    pub by: CancelBy,
    /// Where it stands.
    #[serde(flatten)]
    pub state: CancelState,
    /// When it was decided.
    pub requested_at: Time,
}
