//! Refunds within the row.

use crate::{Money, RefundId, RefundRequestId, Time};
use serde::{Deserialize, Serialize};

/// Where one refund stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum RefundState {
    /// To be asked for, or asked for without a verified answer: ask (again) with the same id.
    Requested,
    /// POP is at it.
    InProcess,
    /// POP's answer does not settle it: inquire.
    Doubtful {
        /// Its code.
        code: String,
    },
    /// The money is on its way back.
    Succeeded,
    /// Refused for good.
    Failed {
        /// POP's code.
        code: String,
    },
}

/// One refund; id and amount are fixed when it is first committed and never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The idempotency key, made by the merchant.
    pub request_id: RefundRequestId,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    #[serde(flatten)]
    pub state: RefundState,
    /// POP's id.
    pub refund_id: Option<RefundId>,
    /// For the buyer's statement.
    pub reason: Option<String>,
    /// When it was decided.
    pub requested_at: Time,
    /// Set while a message against its final state is being looked into.
    #[serde(default)]
    pub contested: bool,
}

impl Refund {
    /// Whether it ended; how, never changes.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(
            self.state,
            RefundState::Succeeded | RefundState::Failed { .. }
        )
    }

    /// Whether its outcome is outstanding.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.is_settled() || self.contested
    }
}
