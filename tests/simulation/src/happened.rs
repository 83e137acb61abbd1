//! What took effect, as the checks are told of it.

use domain::evidence::Evidence;
use domain::outbox::OutboxMessage;
use domain::{Payment, PaymentRequestId};

/// Something lasting that took effect.
#[derive(Debug, Clone)]
pub enum Happened {
    /// A row was written.
    Committed(Box<Change>),
    /// Messages went into the queues.
    Sent(PaymentRequestId, Vec<OutboxMessage>),
    /// The provider was called.
    Called {
        /// The last part of the path.
        call: &'static str,
        /// The request as sent. Not printed anywhere: it may hold a test card.
        body: bytes::Bytes,
    },
    /// A notification was answered with 200.
    Acknowledged {
        /// As it was sent.
        letter: Box<simulator::Letter>,
    },
}

/// One commit.
#[derive(Debug, Clone)]
pub struct Change {
    /// The row before; `None` for a new one.
    pub before: Option<Payment>,
    /// The row now.
    pub after: Payment,
    /// New entries of the trail.
    pub evidence: Vec<Evidence>,
}
