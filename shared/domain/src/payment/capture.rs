//! Captures within the row: who makes them, when, and where each stands.

use crate::{CaptureId, CaptureRequestId, Money, Seconds, Time};
use serde::{Deserialize, Serialize};

/// Who captures (`paymentFactor.captureMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CaptureMode {
    /// POP, right after the authorisation.
    Automatic,
    /// We do, by the capture call.
    Manual,
    /// Not known: the payment was first heard of from POP. Never captured by us.
    Unknown,
}

/// When a manual payment is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureOn {
    /// As soon as it is authorised.
    Authorized,
    /// When the merchant asks.
    Request,
    /// So long after the authorisation.
    After(Seconds),
}

/// Where one capture stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum CaptureState {
    /// To be asked for, or asked for without a verified answer: ask (again) with the same id.
    Requested,
    /// POP is at it.
    InProcess,
    /// POP refused in a way that an inquiry must explain.
    Doubtful {
        /// Its code.
        code: String,
    },
    /// Money taken.
    Succeeded,
    /// Refused for good.
    Failed {
        /// Its code.
        code: String,
    },
    /// The authorisation ended first.
    Lapsed,
}

/// One capture; id and amount are fixed when it is first committed and never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// The idempotency key.
    pub request_id: CaptureRequestId,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    #[serde(flatten)]
    pub state: CaptureState,
    /// POP's id.
    pub capture_id: Option<CaptureId>,
    /// When it was decided.
    pub requested_at: Time,
    /// Whether none is to follow, although something is left to capture.
    #[serde(default)]
    pub last: bool,
}

impl Capture {
    /// Whether its outcome is outstanding.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(
            self.state,
            CaptureState::Requested | CaptureState::InProcess | CaptureState::Doubtful { .. }
        )
    }
}
