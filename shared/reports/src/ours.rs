//! Our side: what a payment's row says about money, and the names under which reports may know it.

use domain::{
    CaptureState, Currency, OrderId, Payment, PaymentId, PaymentRequestId, RefundState, Status,
    Time,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What is compared of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ours {
    /// The payment.
    pub id: PaymentRequestId,
    /// The row's version when it was read.
    pub version: u64,
    /// POP's id of it.
    pub payment_id: Option<PaymentId>,
    /// The order.
    pub order: Option<OrderId>,
    /// What was to be paid, in minor units.
    pub minor: u64,
    /// Its currency.
    pub currency: Currency,
    /// Where it stands.
    pub status: Status,
    /// That a person must look, or has ended it, and why; in words.
    pub review: Option<String>,
    /// Whether it was ever authorised.
    pub authorized: bool,
    /// Captures.
    pub captures: Vec<Moved>,
    /// Refunds.
    pub refunds: Vec<Moved>,
}

/// A capture or a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Our id of it.
    pub request_id: String,
    /// POP's id of it.
    pub id: Option<String>,
    /// How much, in minor units.
    pub minor: u64,
    /// Its currency.
    pub currency: Currency,
    /// Where it stands.
    pub state: MovedState,
    /// When it was decided.
    pub at: Time,
}

/// Where a capture or refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovedState {
    /// Its outcome is outstanding.
    Open,
    /// Money moved.
    Done,
    /// Refused for good.
    Failed,
    /// The authorisation ended first.
    Lapsed,
}

impl MovedState {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "succeeded",
            Self::Failed => "failed",
            Self::Lapsed => "lapsed",
        }
    }
}

impl Moved {
    /// Whether money moved.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == MovedState::Done
    }
}

impl From<&Payment> for Ours {
    fn from(row: &Payment) -> Self {
        let captures = row.captures.iter().map(|capture| Moved {
            request_id: capture.request_id.to_string(),
            id: capture.capture_id.as_ref().map(ToString::to_string),
            minor: capture.amount.minor(),
            currency: capture.amount.currency(),
            state: match capture.state {
                CaptureState::Succeeded => MovedState::Done,
                CaptureState::Failed { .. } => MovedState::Failed,
                CaptureState::Lapsed => MovedState::Lapsed,
                _ => MovedState::Open,
            },
            at: capture.requested_at,
        });
        let refunds = row.refunds.iter().map(|refund| Moved {
            request_id: refund.request_id.to_string(),
            id: refund.refund_id.as_ref().map(ToString::to_string),
            minor: refund.amount.minor(),
            currency: refund.amount.currency(),
            state: match refund.state {
                RefundState::Succeeded => MovedState::Done,
                RefundState::Failed { .. } => MovedState::Failed,
                _ => MovedState::Open,
            },
            at: refund.requested_at,
        });
        let review = row.review.as_ref().map(|review| {
            let how = if row.is_in_review() {
                "in review"
            } else {
                "closed by a person"
            };
            format!("{how}: {}", review.reason.code())
        });
        Self {
            id: row.id.clone(),
            version: row.version,
            payment_id: row.payment_id.clone(),
            order: row.order_id().cloned(),
            minor: row.amount.minor(),
            currency: row.amount.currency(),
            status: row.status,
            review,
            authorized: row.authorized_at.is_some(),
            captures: captures.collect(),
            refunds: refunds.collect(),
        }
    }
}

impl Ours {
    /// Whether money was taken.
    #[must_use]
    pub fn has_captured(&self) -> bool {
        self.captures.iter().any(Moved::is_done)
    }

    /// Minor units captured.
    #[must_use]
    pub fn captured_minor(&self) -> u64 {
        let done = self.captures.iter().filter(|capture| capture.is_done());
        done.map(|capture| capture.minor).sum()
    }

    /// Whether POP's id is one of those that the row holds.
    #[must_use]
    pub fn is_ours(&self, pop_id: &str) -> bool {
        let of_payment = self.payment_id.as_ref().map(PaymentId::as_str) == Some(pop_id);
        let mut moved = self.captures.iter().chain(&self.refunds);
        of_payment || moved.any(|moved| moved.id.as_deref() == Some(pop_id))
    }

    /// Whether an id of ours is the payment's, or one of its captures' or refunds'.
    #[must_use]
    pub fn has_asked(&self, request_id: &str) -> bool {
        let mut moved = self.captures.iter().chain(&self.refunds);
        self.id.as_str() == request_id || moved.any(|moved| moved.request_id == request_id)
    }

    /// Every name under which a report may know it.
    pub(crate) fn names(&self) -> Vec<Name> {
        let mut names = vec![Name::of(Space::Payment, self.id.as_str())];
        if let Some(id) = &self.payment_id {
            names.push(Name::of(Space::Pop, id.as_str()));
        }
        if let Some(order) = &self.order {
            names.push(Name::of(Space::Order, order.as_str()));
        }
        for (moved, space) in [
            (&self.captures, Space::Payment),
            (&self.refunds, Space::Refund),
        ] {
            for moved in moved {
                names.push(Name::of(space, &moved.request_id));
                names.extend(moved.id.as_deref().map(|id| Name::of(Space::Pop, id)));
            }
        }
        names.sort_unstable();
        names.dedup(); // an automatic capture's id is the payment's
        names
    }

    /// The name of the payment itself.
    pub(crate) fn key(&self) -> Name {
        Name::of(Space::Payment, self.id.as_str())
    }
}

/// Whose ids: equal texts of different makers mean different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Space {
    /// POP's ids of payments, captures, refunds.
    Pop = 0,
    /// Our ids of payments and captures.
    Payment = 1,
    /// The merchant's ids of refunds.
    Refund = 2,
    /// The merchant's orders.
    Order = 3,
    /// Payments that we do not know.
    Unknown = 4,
}

/// An id, shortened to 16 bytes for the join. What joins is compared in full afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(pub(crate) [u8; 16]);

impl Name {
    pub(crate) const LENGTH: usize = 16;

    pub(crate) fn of(space: Space, id: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update([space as u8]);
        hasher.update(id.as_bytes());
        let digest = hasher.finalize();
        let mut name = [0; Self::LENGTH];
        name.copy_from_slice(&digest[..Self::LENGTH]);
        Self(name)
    }

    /// The name at the beginning of a record, and the rest of it.
    pub(crate) fn split(record: &[u8]) -> Option<(Self, &[u8])> {
        let (name, rest) = record.split_first_chunk()?;
        Some((Self(*name), rest))
    }

    pub(crate) fn partition(self) -> usize {
        usize::from(self.0[0]) % crate::partitions::PARTITIONS
    }
}
