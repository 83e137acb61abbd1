//! What an audit of one payment found.

use domain::PaymentRequestId;
use domain::replay::Difference;
use serde::Serialize;
use std::fmt;

/// What is wrong, as a stable word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// An entry is not there, or another stands in its place.
    EntryMissing,
    /// An entry is not what was hashed.
    EntryChanged,
    /// An entry does not follow the one before it, or the last is not the one that the row names.
    ChainBroken,
    /// The key that verified a message is not given.
    UnknownKey,
    /// A message is not what POP signed.
    SignatureBad,
    /// The trail tells no life of a payment, or has a message that cannot be acted on.
    NotReplayable,
    /// A field of the row is not what the trail makes of it.
    ReplayDiffers,
    /// The row or an entry cannot be read at all.
    Unreadable,
}

impl Code {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EntryMissing => "entry_missing",
            Self::EntryChanged => "entry_changed",
            Self::ChainBroken => "chain_broken",
            Self::UnknownKey => "unknown_key",
            Self::SignatureBad => "signature_bad",
            Self::NotReplayable => "not_replayable",
            Self::ReplayDiffers => "replay_differs",
            Self::Unreadable => "unreadable",
        }
    }
}

/// One thing that is wrong with a payment or its trail. Holds no body and no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// Which entry, from 1, if one is meant.
    pub entry: Option<u32>,
    /// In words.
    pub detail: String,
    /// The field of the row, and its two values, where the row differs.
    pub difference: Option<Difference>,
}

impl Finding {
    /// One in words.
    #[must_use]
    pub fn new(code: Code, entry: Option<u32>, detail: String) -> Self {
        Self {
            code,
            entry,
            detail,
            difference: None,
        }
    }

    pub(crate) fn differs(difference: Difference) -> Self {
        let Difference {
            field,
            rebuilt,
            stored,
        } = &difference;
        Self {
            code: Code::ReplayDiffers,
            entry: None,
            detail: format!("{field} is {stored}; its trail makes it {rebuilt}"),
            difference: Some(difference),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

/// What the audit of one payment came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The payment.
    pub payment: PaymentRequestId,
    /// Entries of its trail.
    pub entries: usize,
    /// Signed messages among them.
    pub messages: usize,
    /// How many of those POP's keys verify.
    pub verified: usize,
    /// What is wrong; nothing, if the payment is what its trail says.
    pub findings: Vec<Finding>,
}

impl Report {
    /// One that has found nothing yet.
    #[must_use]
    pub fn of(payment: PaymentRequestId, entries: usize) -> Self {
        Self {
            payment,
            entries,
            messages: 0,
            verified: 0,
            findings: Vec::new(),
        }
    }
}
