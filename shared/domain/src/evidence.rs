//! The evidence trail: everything that moved a payment, chained by hash. What the provider sent, to the byte, and the
//! steps that no message tells of. The row follows from it ([`crate::replay`]).

mod step;
mod terms;

pub use step::{Call, Creation, LocalStep, OrderRecord};
pub use terms::Terms;

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

/// What an entry records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A message that POP signed.
    Signed(Said),
    /// Something of ours, or a wish of the merchant or the buyer, that no message tells of.
    Local(LocalStep),
}

/// A signed message in the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The message.
    pub message: SignedMessage,
    /// Our id of the capture or refund that an answer is the answer to: the answer need not repeat it.
    pub about: Option<String>,
    /// Kept because it came, and not acted on: it names an id of POP's that belongs to another payment.
    pub kept: bool,
}

impl From<SignedMessage> for Said {
    fn from(message: SignedMessage) -> Self {
        Self {
            message,
            about: None,
            kept: false,
        }
    }
}

/// How an entry was decided on: enough to decide it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// The version of the row that it made, or helped to make.
    pub version: u64,
    /// The time that the rules were given.
    pub at: Time,
    /// The limits that they were given.
    pub terms: Terms,
}

/// One immutable entry of a payment's trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Place in the trail, from 1.
    pub sequence: u32,
    /// When it was received; for a step of our own, when it was taken.
    pub received_at: Time,
    /// How it was decided on.
    pub decided: Decided,
    /// What it records.
    pub entry: Entry,
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
    pub fn append(&mut self, entry: Entry, received_at: Time, decided: Decided) -> Evidence {
        let mut next = Evidence {
            sequence: self.entries + 1,
            received_at,
            decided,
            entry,
            previous: std::mem::take(&mut self.head),
            hash: String::new(),
        };
        next.hash = next.computed_hash();
        self.entries = next.sequence;
        self.head.clone_from(&next.hash);
        next
    }
}

impl Evidence {
    /// The signed message, if it records one.
    #[must_use]
    pub fn message(&self) -> Option<&SignedMessage> {
        match &self.entry {
            Entry::Signed(said) => Some(&said.message),
            Entry::Local(_) => None,
        }
    }

    /// Our id of the capture or refund that its message is the answer to.
    #[must_use]
    pub fn about(&self) -> Option<&str> {
        match &self.entry {
            Entry::Signed(said) => said.about.as_deref(),
            Entry::Local(_) => None,
        }
    }

    /// Whether the entry still is what was hashed.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.hash == self.computed_hash()
    }

    /// Every field is preceded by its length, so that no two entries share an encoding.
    fn computed_hash(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.sequence.to_be_bytes());
        hasher.update(self.received_at.millis().to_be_bytes());
        hasher.update(self.decided.version.to_be_bytes());
        hasher.update(self.decided.at.millis().to_be_bytes());
        let mut add = |field: &[u8]| {
            hasher.update((field.len() as u64).to_be_bytes());
            hasher.update(field);
        };
        add(self.decided.terms.to_string().as_bytes());
        add(self.previous.as_bytes());
        match &self.entry {
            Entry::Signed(said) => {
                let message = &said.message;
                add(if said.kept { b"kept" } else { b"signed" });
                add(message.kind.as_str().as_bytes());
                add(message.path.as_bytes());
                add(message.client_id.as_bytes());
                add(message.time.as_bytes());
                add(message.signature.as_bytes());
                add(message.key_version.as_bytes());
                add(&message.body);
                add(said.about.as_deref().unwrap_or_default().as_bytes());
            }
            Entry::Local(step) => {
                add(b"local");
                add(step.to_json().as_bytes());
            }
        }
        crate::id::hex(&hasher.finalize())
    }
}

/// How a trail is not the unbroken chain that its row names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// The entry at this place, from 1, is not there, or another stands in its place.
    #[error("entry {0} is missing or out of place")]
    Missing(u32),
    /// The entry is not what was hashed.
    #[error("entry {0} was changed")]
    Changed(u32),
    /// The entry does not follow the one before it.
    #[error("entry {0} does not follow the one before it")]
    Detached(u32),
    /// The row names another end than the last entry there is.
    #[error("the row names entry {named} as the last, and another is")]
    OtherEnd {
        /// The number that the row names.
        named: u32,
    },
}

/// The first fault of the chain that must end at `trail`; none if it is whole. No entries match an empty trail.
#[must_use]
pub fn chain_fault(trail: &Trail, entries: &[Evidence]) -> Option<ChainFault> {
    let mut previous = "";
    for (entry, place) in entries.iter().zip(1_u32..) {
        if entry.sequence != place {
            return Some(ChainFault::Missing(place));
        }
        if !entry.is_intact() {
            return Some(ChainFault::Changed(place));
        }
        if entry.previous != previous {
            return Some(ChainFault::Detached(place));
        }
        previous = &entry.hash;
    }
    let named = trail.entries;
    match u32::try_from(entries.len()) {
        Ok(count) if count < named => Some(ChainFault::Missing(count + 1)),
        Ok(count) if count == named && trail.head == previous => None,
        _ => Some(ChainFault::OtherEnd { named }),
    }
}

/// Whether `entries` are a whole, unbroken chain that ends at `trail`.
#[must_use]
pub fn is_whole(trail: &Trail, entries: &[Evidence]) -> bool {
    chain_fault(trail, entries).is_none()
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

    fn decided() -> Decided {
        Decided {
            version: 1,
            at: Time::from_millis(5),
            terms: Terms::of(&crate::Policy::default()),
        }
    }

    fn said(body: &str) -> Entry {
        Entry::Signed(message(body).into())
    }

    fn said_of(entry: &mut Evidence) -> &mut Said {
        let Entry::Signed(said) = &mut entry.entry else {
            unreachable!("made of messages")
        };
        said
    }

    #[test]
    fn a_chain_is_whole_until_anything_changes() {
        let mut trail = Trail::default();
        let entries: Vec<_> = ["a", "b", "c"]
            .map(|b| trail.append(said(b), Time::from_millis(5), decided()))
            .into();
        assert!(is_whole(&trail, &entries));
        assert!(is_whole(&Trail::default(), &[]));
        let changes: [fn(&mut Evidence); 10] = [
            |e| said_of(e).message.body = b"x".into(),
            |e| said_of(e).message.time = "2".into(),
            |e| said_of(e).about = Some("R".into()),
            |e| said_of(e).kept = true,
            |e| e.entry = Entry::Local(LocalStep::TimePassed),
            |e| e.received_at = Time::from_millis(6),
            |e| e.decided.version = 2,
            |e| e.decided.at = Time::from_millis(6),
            |e| e.decided.terms.several_captures = true,
            |e| e.hash = "0".repeat(64),
        ];
        for change in changes {
            for place in 0..3 {
                let mut tampered = entries.clone();
                change(&mut tampered[place]);
                let fault = chain_fault(&trail, &tampered);
                let number = u32::try_from(place + 1).unwrap();
                assert_eq!(fault, Some(ChainFault::Changed(number)));
            }
        }
    }

    #[test]
    fn a_fault_is_named() {
        let mut trail = Trail::default();
        let mut append = |body| trail.append(said(body), Time::from_millis(5), decided());
        let [a, b, c] = ["a", "b", "c"].map(&mut append);
        let mut other = Trail::default();
        let x = other.append(said("x"), Time::from_millis(5), decided());
        let cases: [(&[&Evidence], ChainFault); 7] = [
            (&[&a, &b], ChainFault::Missing(3)),
            (&[&b, &c], ChainFault::Missing(1)),
            (&[&a, &c], ChainFault::Missing(2)),
            (&[&a, &c, &b], ChainFault::Missing(2)),
            (&[&a, &a, &b, &c], ChainFault::Missing(2)),
            (&[], ChainFault::Missing(1)),
            (&[&x, &b, &c], ChainFault::Detached(2)),
        ];
        for (entries, want) in cases {
            let entries: Vec<_> = entries.iter().copied().cloned().collect();
            assert_eq!(chain_fault(&trail, &entries), Some(want));
        }
        let further = trail
            .clone()
            .append(said("d"), Time::from_millis(5), decided());
        let entries = [a, b, c, further];
        assert_eq!(
            chain_fault(&trail, &entries),
            Some(ChainFault::OtherEnd { named: 3 })
        );
        trail.head = "0".repeat(64);
        assert_eq!(
            chain_fault(&trail, &entries[..3]),
            Some(ChainFault::OtherEnd { named: 3 })
        );
    }

    #[test]
    fn debug_shows_no_body() {
        assert_eq!(
            format!("{:?}", message("secret")),
            "SignedMessage(notify_payment, 6 bytes)"
        );
    }
}
