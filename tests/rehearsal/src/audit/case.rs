//! One payment from all sides.

use domain::Payment;
use simulator::PaymentRecord;

use super::events::Events;
use crate::records::Record;
use crate::scenario::{Ask, Plan, Reply, Visit, What};

/// What the plan, the shop, the table, the events and the provider say about one payment.
pub(super) struct Case<'a> {
    /// The payment: the plan's first, its twin, or a further try.
    pub(super) id: &'a str,
    pub(super) plan: &'a Plan,
    pub(super) visit: &'a Visit,
    pub(super) record: Option<&'a Record>,
    pub(super) book: Option<&'a PaymentRecord>,
    pub(super) events: &'a Events,
}

impl<'a> Case<'a> {
    /// The row.
    pub(super) fn payment(&self) -> Option<&'a Payment> {
        self.record.and_then(|record| record.payment.as_ref())
    }

    /// What was asked for about this payment.
    pub(super) fn asks(&self) -> impl Iterator<Item = &'a Ask> {
        self.visit.asks_about(self.id)
    }

    /// Whether the shop said that it has the payment.
    pub(super) fn is_created(&self) -> bool {
        self.asks()
            .any(|ask| ask.name == "create" && matches!(ask.reply, Reply::Done(_)))
    }

    /// Whether the merchant asked for a cancellation that was not refused.
    pub(super) fn cancel_asked(&self) -> bool {
        self.asks()
            .any(|ask| ask.what == What::Cancel && !matches!(ask.reply, Reply::Refused(_)))
    }

    /// Whether anybody may have wanted the payment cancelled: the merchant, a buyer who tried again, or the rule that
    /// one order is paid once.
    pub(super) fn cancel_wanted(&self) -> bool {
        self.cancel_asked() || self.asks().any(|ask| ask.what == What::Retry) || self.is_orphan()
    }

    /// Whether another payment of the order holds its money.
    pub(super) fn is_orphan(&self) -> bool {
        self.payment()
            .is_some_and(|payment| payment.order_held_by.is_some())
    }

    /// Whether the order system was told so about this payment.
    pub(super) fn was_told(&self, event: &str) -> bool {
        self.events.told(self.id, event)
    }
}
