//! The evidence trail: what the provider sent, to the byte, chained by hash.

use crate::Time;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a signed message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// notifyPayment.
    NotifyPayment,
    /// notifyCapture.
    NotifyCapture,
    /// notifyRefund.
    NotifyRefund,
    /// A notification of a kind that we do not act on.
    NotifyOther,
    /// The answer to pay.
    PayResponse,
    /// The answer to inquiryPayment.
    InquiryResponse,
    /// The answer to capture.
    CaptureResponse,
    /// The answer to cancel.
    CancelResponse,
    /// The answer to refund.
    RefundResponse,
    /// The answer to inquiryRefund.
    RefundInquiryResponse,
}

impl MessageKind {
    /// The word used in items and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotifyPayment => "notify_payment",
            Self::NotifyCapture => "notify_capture",
            Self::NotifyRefund => "notify_refund",
            Self::NotifyOther => "notify_other",
            Self::PayResponse => "pay_response",
            Self::InquiryResponse => "inquiry_response",
            Self::CaptureResponse => "capture_response",
            Self::CancelResponse => "cancel_response",
            Self::RefundResponse => "refund_response",
            Self::RefundInquiryResponse => "refund_inquiry_response",
        }
    }
}

/// A message with everything that is needed to check its signature again years later: the signature covers
/// `POST <path>\n<client_id>.<time>.<body>`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedMessage {
    /// What it is.
    pub kind: MessageKind,
    /// The path that was signed.
    pub path: String,
    /// `Client-Id` as sent.
    pub client_id: String,
    /// `Request-Time` or `Response-Time` as sent.
    pub time: String,
    /// The `Signature` header as sent.
    pub signature: String,
    /// The version of the key that verified it.
    pub key_version: String,
    /// The exact bytes. May hold a card token: stored as evidence, never logged.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for SignedMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SignedMessage({}, {} bytes)",
            self.kind.as_str(),
            self.body.len()
        )
    }
}

/// One immutable entry of a payment's trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Place in the trail, from 1.
    pub sequence: u32,
    /// When we received it.
    pub received_at: Time,
    /// The message.
    pub message: SignedMessage,
    /// Hash of the entry before, in hex; empty for the first.
    pub previous: String,
    /// Hash of this entry and, through `previous`, of all before it.
    pub hash: String,
}

/// Where a payment's trail stands; part of the row, so that state and trail move together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Trail {
    /// How many entries there are.
    pub entries: u32,
    /// Hash of the last; empty when there is none.
    pub head: String,
}

impl Trail {
    /// Makes the next entry and moves the head to it.
    pub fn append(&mut self, message: SignedMessage, received_at: Time) -> Evidence {
        let sequence = self.entries + 1;
        let previous = std::mem::take(&mut self.head);
        let hash = Evidence::hash_of(sequence, received_at, &message, &previous);
        self.entries = sequence;
        self.head.clone_from(&hash);
        Evidence {
            sequence,
            received_at,
            message,
            previous,
            hash,
        }
    }
}

impl Evidence {
    /// Whether the entry still is what was hashed.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.hash
            == Self::hash_of(
                self.sequence,
                self.received_at,
                &self.message,
                &self.previous,
            )
    }

    /// Every field is preceded by its length, so that no two entries share an encoding.
    fn hash_of(
        sequence: u32,
        received_at: Time,
        message: &SignedMessage,
        previous: &str,
    ) -> String {
        let mut hasher = Sha256::new();
        hasher.update(sequence.to_be_bytes());
        hasher.update(received_at.millis().to_be_bytes());
        let fields: [&[u8]; 8] = [
            previous.as_bytes(),
            message.kind.as_str().as_bytes(),
            message.path.as_bytes(),
            message.client_id.as_bytes(),
            message.time.as_bytes(),
            message.signature.as_bytes(),
            message.key_version.as_bytes(),
            &message.body,
        ];
        for field in fields {
            hasher.update((field.len() as u64).to_be_bytes());
            hasher.update(field);
        }
        crate::id::hex(&hasher.finalize())
    }
}

/// Whether `entries` are a whole, unbroken chain that ends at `trail`. An empty chain matches an empty trail.
#[must_use]
pub fn is_whole(trail: &Trail, entries: &[Evidence]) -> bool {
    let mut previous = "";
    for (index, entry) in entries.iter().enumerate() {
        let in_place = usize::try_from(entry.sequence).is_ok_and(|s| s == index + 1);
        if !in_place || entry.previous != previous || !entry.is_intact() {
            return false;
        }
        previous = &entry.hash;
    }
    trail.head == previous && usize::try_from(trail.entries).is_ok_and(|n| n == entries.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> SignedMessage {
        SignedMessage {
            kind: MessageKind::NotifyPayment,
            path: "/notify".into(),
            client_id: "C".into(),
            time: "1".into(),
            signature: "s".into(),
            key_version: "1".into(),
            body: body.into(),
        }
    }

    #[test]
    fn a_chain_is_whole_until_anything_changes() {
        let mut trail = Trail::default();
        let entries: Vec<_> = ["a", "b", "c"]
            .map(|b| trail.append(message(b), Time::from_millis(5)))
            .into();
        assert!(is_whole(&trail, &entries));
        assert!(is_whole(&Trail::default(), &[]));
        assert!(
            !is_whole(&trail, &entries[..2]),
            "the last entry is missing"
        );
        assert!(
            !is_whole(&trail, &entries[1..]),
            "the first entry is missing"
        );
        let changes: [fn(&mut Evidence); 4] = [
            |e| e.message.body = b"x".into(),
            |e| e.message.time = "2".into(),
            |e| e.received_at = Time::from_millis(6),
            |e| e.hash = "0".repeat(64),
        ];
        for change in changes {
            for place in 0..3 {
                let mut tampered = entries.clone();
                change(&mut tampered[place]);
                assert!(!is_whole(&trail, &tampered));
            }
        }
    }

    #[test]
    fn debug_shows_no_body() {
        assert_eq!(
            format!("{:?}", message("secret")),
            "SignedMessage(notify_payment, 6 bytes)"
        );
    }
}
