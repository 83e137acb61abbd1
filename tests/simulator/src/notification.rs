//! What is kept of a notification, and of its way to the merchant.

use serde::{Deserialize, Serialize};

/// How a notification is signed; all but the first are forgeries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Seal {
    /// By the provider, over what is sent.
    Genuine,
    /// By somebody else's key.
    OtherKey,
    /// By the provider, but for another merchant's client id.
    OtherClient,
    /// By the provider over another body: this one was changed afterwards.
    ChangedBody,
    /// By the provider over another path.
    OtherPath,
    /// By the provider over another time.
    OtherTime,
    /// Not at all.
    Unsigned,
}

/// One sending of a notification and what came back. Times are the system's, not the turned clock's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sending {
    /// When it went out: milliseconds since the epoch.
    pub sent_at: i64,
    /// When the answer was there, or the wait was over.
    pub ended_at: i64,
    /// The answer's HTTP status; `None` when there was no answer.
    pub http_status: Option<u16>,
    /// Whether the answer was a right acknowledgement.
    pub acknowledged: bool,
    /// Why there was no answer.
    pub error: Option<String>,
}

/// A notification, genuine or forged.
pub(crate) struct Notification {
    /// The payment it tells of; `None` for a test sending.
    pub(crate) payment: Option<String>,
    /// Its `notifyType`.
    pub(crate) kind: String,
    pub(crate) result_status: String,
    pub(crate) capture_request_id: Option<String>,
    pub(crate) refund_request_id: Option<String>,
    pub(crate) seal: Seal,
    pub(crate) url: String,
    pub(crate) body: String,
    pub(crate) iso_time: bool,
    pub(crate) blanks: bool,
    /// Chance decided that it never goes out.
    pub(crate) withheld: bool,
    pub(crate) sendings: Vec<Sending>,
}

impl Notification {
    pub(crate) fn is_acknowledged(&self) -> bool {
        self.sendings.iter().any(|sending| sending.acknowledged)
    }
}
