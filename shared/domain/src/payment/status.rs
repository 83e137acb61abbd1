//! Where a payment stands.

use serde::{Deserialize, Serialize};

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Known to us alone; pay was never called.
    Created,
    /// Pay was called and the outcome is not known, or the buyer has to finish (3-D Secure).
    Pending,
    /// The funds are reserved; nothing is captured yet.
    Authorized,
    /// The money is taken. Final.
    Captured,
    /// Refused. Final for this attempt; the buyer may try again with a new one.
    Declined,
    /// Cancelled at the provider. Final.
    Cancelled,
    /// Never paid in time, or never captured in time. Final.
    Expired,
    /// Authorised, but the capture failed for good. Final until a person acts.
    CaptureFailed,
}

impl Status {
    /// Whether nothing more happens by itself.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Created | Self::Pending | Self::Authorized)
    }

    /// The word on the API, in items and in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Pending => "PENDING",
            Self::Authorized => "AUTHORIZED",
            Self::Captured => "CAPTURED",
            Self::Declined => "DECLINED",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
            Self::CaptureFailed => "CAPTURE_FAILED",
        }
    }
}
