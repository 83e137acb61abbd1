//! Identifiers: one type per kind of thing, so that two ids cannot be swapped.

use crate::stored_card::CardToken;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// The longest identifier that POP takes (docs/provider.md, "Idempotency").
pub const MAX_ID_LENGTH: usize = 64;

/// Why a text is not an identifier. The text itself is not repeated: it may come from anywhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing stands there.
    #[error("an id is empty")]
    Empty,
    /// Longer than [`MAX_ID_LENGTH`] characters.
    #[error("an id is longer than {MAX_ID_LENGTH} characters")]
    TooLong,
    /// A character that the kind of id does not allow.
    #[error("an id has a character that is not allowed")]
    Character,
}

/// Ids that we or the merchant make: letters, digits, `_` and `-`, safe in paths and keys.
fn check_ours(text: &str) -> Result<(), IdError> {
    check_length(text)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.chars()
        .all(allowed)
        .then_some(())
        .ok_or(IdError::Character)
}

/// Ids that POP makes are opaque: any printable ASCII without blanks.
fn check_theirs(text: &str) -> Result<(), IdError> {
    check_length(text)?;
    text.chars()
        .all(|c| c.is_ascii_graphic())
        .then_some(())
        .ok_or(IdError::Character)
}

fn check_length(text: &str) -> Result<(), IdError> {
    match text.chars().count() {
        0 => Err(IdError::Empty),
        n if n > MAX_ID_LENGTH => Err(IdError::TooLong),
        _ => Ok(()),
    }
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $check:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks length and alphabet; an error means that the sender's id cannot be used.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                $check(&text)?;
                Ok(Self(text))
            }

            /// The id as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(text).map_err(serde::de::Error::custom)
            }
        }
    };
}

id_type!(
    /// One payment attempt, made by the merchant: the key of the row and of POP's idempotency (`paymentRequestId`).
    PaymentRequestId,
    check_theirs
);
id_type!(
    /// POP's name for the same payment (`paymentId`), bound to the row when first seen.
    PaymentId,
    check_theirs
);
id_type!(
    /// One capture as we ask for it (`captureRequestId`): the idempotency key of the capture call.
    CaptureRequestId,
    check_theirs
);
id_type!(
    /// POP's name for a capture (`captureId`).
    CaptureId,
    check_theirs
);
id_type!(
    /// The merchant's order (`referenceOrderId`); several attempts may stand under one order.
    OrderId,
    check_theirs
);

id_type!(
    /// One refund as the merchant asks for it (`refundRequestId`): the idempotency key of the refund call.
    RefundRequestId,
    check_theirs
);
id_type!(
    /// POP's name for a refund (`refundId`).
    RefundId,
    check_theirs
);
id_type!(
    /// The merchant's id of a buyer (`order.buyer.referenceBuyerId`): whose stored cards are whose.
    BuyerId,
    check_theirs
);
id_type!(
    /// Our name for a stored card, made from buyer and token. Shows neither; safe on pages and in logs.
    StoredCardId,
    check_ours
);

impl PaymentRequestId {
    /// The id of the `number`-th attempt (from 2) at the payment that began with `self`. Trying again twice gives the
    /// same id, so that a double click makes one attempt.
    #[must_use]
    pub fn attempt(&self, number: u32) -> Self {
        let readable = format!("{self}-a{number}");
        if readable.len() <= MAX_ID_LENGTH {
            return Self(readable);
        }
        let digest = Sha256::digest(self.as_str().as_bytes());
        Self(format!("A{number}-{}", &hex(&digest)[..40]))
    }

    /// As [`PaymentRequestId::new`], with the narrower alphabet (`[A-Za-z0-9_-]`) asked of ids that come from the
    /// merchant. Ids that POP names may hold more, since they are only looked up.
    pub fn from_merchant(text: impl Into<String>) -> Result<Self, IdError> {
        let text = text.into();
        check_ours(&text)?;
        Ok(Self(text))
    }
}

impl CaptureRequestId {
    /// The id of a payment's `ordinal`-th capture (from 1): the same each time it is derived, so that every retry of
    /// one capture carries one idempotency key and a second capture can never come from a retry.
    #[must_use]
    pub fn derive(payment: &PaymentRequestId, ordinal: u32) -> Self {
        let digest = Sha256::digest(payment.as_str().as_bytes());
        Self(format!("C{ordinal}-{}", &hex(&digest)[..40]))
    }
}

impl RefundRequestId {
    /// As [`RefundRequestId::new`], with the narrower alphabet (`[A-Za-z0-9_-]`) asked of ids that come from the
    /// merchant.
    pub fn from_merchant(text: impl Into<String>) -> Result<Self, IdError> {
        let text = text.into();
        check_ours(&text)?;
        Ok(Self(text))
    }

    /// The id of the `attempt`-th refund (from 1) that gives back what a second payment of one order took. There is
    /// another only after the one before failed for good and a person let it go on.
    #[must_use]
    pub fn of_orphan(payment: &PaymentRequestId, attempt: u32) -> Self {
        let digest = Sha256::digest(payment.as_str().as_bytes());
        let number = match attempt {
            1 => String::new(),
            _ => attempt.to_string(),
        };
        Self(format!("R{number}-{}", &hex(&digest)[..40]))
    }
}

impl StoredCardId {
    /// The id of a buyer's card: the same card stored again has the same id.
    #[must_use]
    pub fn derive(buyer: &BuyerId, token: &CardToken) -> Self {
        let digest = Sha256::new()
            .chain_update(buyer.as_str())
            .chain_update([0])
            .chain_update(token.expose())
            .finalize();
        Self(format!("card_{}", &hex(&digest)[..32]))
    }
}

/// Lower-case hexadecimal, two digits a byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            use fmt::Write;
            let _infallible = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_checked_for_length_and_alphabet() {
        let long = "x".repeat(65);
        for (text, want) in [
            ("PAY_20221114141714891", Ok(())),
            ("a-b_C9", Ok(())),
            ("", Err(IdError::Empty)),
            (long.as_str(), Err(IdError::TooLong)),
            ("a b", Err(IdError::Character)),
            ("a/b", Err(IdError::Character)),
            ("a#b", Err(IdError::Character)),
            ("é", Err(IdError::Character)),
        ] {
            assert_eq!(
                PaymentRequestId::from_merchant(text).map(drop),
                want,
                "{text}"
            );
        }
        assert!(
            PaymentId::new("2022XXXX****").is_ok(),
            "the provider's ids are opaque"
        );
        assert!(PaymentId::new("a\nb").is_err());
    }

    #[test]
    fn a_capture_id_depends_on_payment_and_ordinal_alone_and_fits() {
        let payment = PaymentRequestId::new("p".repeat(64)).unwrap();
        let first = CaptureRequestId::derive(&payment, 1);
        assert_eq!(first, CaptureRequestId::derive(&payment, 1));
        assert_ne!(first, CaptureRequestId::derive(&payment, 2));
        assert_ne!(
            first,
            CaptureRequestId::derive(&PaymentRequestId::new("q").unwrap(), 1)
        );
        assert!(CaptureRequestId::derive(&payment, u32::MAX).as_str().len() <= MAX_ID_LENGTH);
        assert!(check_ours(first.as_str()).is_ok());
    }
}
