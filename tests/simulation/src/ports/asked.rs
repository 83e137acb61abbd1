//! What functions ask of the table and the queues, for those who listen.

use domain::outbox::OutboxMessage;
use domain::{BuyerId, OrderId, PaymentId, PaymentRequestId, RefundRequestId, StoredCardId, Time};
use std::sync::{Arc, OnceLock};
use store::{Commit, DueCursor, EarlyNotification, KeptMessage};

/// One call of a port, with what it was given.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)] // the calls of `store::Store` and `store::Queues`
pub enum Asked<'a> {
    Load(&'a PaymentRequestId),
    Find(&'a PaymentId),
    Commit(&'a Commit),
    Shelve(&'a EarlyNotification),
    Keep(&'a KeptMessage),
    Due {
        shard: u16,
        until: Time,
        limit: u16,
        after: Option<&'a DueCursor>,
    },
    Evidence(&'a PaymentRequestId),
    OrderHolder(&'a OrderId),
    FindRefund(&'a RefundRequestId),
    Cards(&'a BuyerId),
    Card(&'a BuyerId, &'a StoredCardId),
    ForgetCard(&'a BuyerId, &'a StoredCardId),
    Send(&'a PaymentRequestId, &'a [OutboxMessage]),
}

/// Hears of every call before it is made.
pub trait Listener: Send + Sync {
    /// This function makes this call.
    fn asked(&self, function: &'static str, what: Asked<'_>);
}

/// Where somebody may listen.
#[derive(Clone, Default)]
pub(super) struct Ear(Arc<OnceLock<Arc<dyn Listener>>>);

impl Ear {
    /// Lets this one listen; the first one does.
    pub(super) fn lend(&self, listener: Arc<dyn Listener>) {
        let _taken_before = self.0.set(listener);
    }

    pub(super) fn tell(&self, function: &'static str, what: Asked<'_>) {
        if let Some(listener) = self.0.get() {
            listener.asked(function, what);
        }
    }
}
