//! What the event decides to be told, and to whom.

use super::Draft;
use crate::outbox::{OrderEvent, OrderEventKind, OutboxContent, OutboxMessage, Transfer};
use crate::{Money, ORDER_ALREADY_PAID};

impl Draft<'_> {
    pub(crate) fn tell(&mut self, kind: OrderEventKind, code: Option<&str>) {
        self.tell_of(kind, code, None);
    }

    /// Tells of the capture at this place.
    pub(crate) fn tell_capture(&mut self, kind: OrderEventKind, code: Option<&str>, at: usize) {
        let total = self.payment.captured_minor();
        let capture = &self.payment.captures[at];
        let transfer = Transfer::Capture {
            request_id: capture.request_id.clone(),
            amount: capture.amount,
            total: Money::new(total, self.payment.amount.currency()).ok(),
        };
        self.tell_of(kind, code, Some(transfer));
    }

    /// Tells of the refund at this place.
    pub(crate) fn tell_refund(&mut self, kind: OrderEventKind, code: Option<&str>, at: usize) {
        let total = self.payment.refunded_minor();
        let refund = &self.payment.refunds[at];
        let transfer = Transfer::Refund {
            request_id: refund.request_id.clone(),
            refund_id: refund.refund_id.clone(),
            amount: refund.amount,
            total: Money::new(total, self.payment.amount.currency()).ok(),
        };
        self.tell_of(kind, code, Some(transfer));
    }

    fn tell_of(&mut self, kind: OrderEventKind, code: Option<&str>, transfer: Option<Transfer>) {
        let of_review = matches!(
            kind,
            OrderEventKind::NeedsReview | OrderEventKind::ReviewResolved
        );
        let orphan = self.payment.order_held_by.is_some() && !of_review;
        let code = if orphan {
            Some(ORDER_ALREADY_PAID)
        } else {
            code
        };
        let event = OrderEvent {
            kind,
            order_id: self.payment.order_id().cloned(),
            payment_id: self.payment.payment_id.clone(),
            amount: self.payment.amount,
            status: self.payment.status,
            code: code.map(str::to_owned),
            transfer,
        };
        self.send(OutboxContent::OrderEvent(event));
    }

    pub(super) fn send(&mut self, content: OutboxContent) {
        let version = self.payment.version;
        let place = self
            .payment
            .outbox
            .iter()
            .filter(|message| message.sequence == version)
            .count();
        let id = format!("{}:{version}:{place}", self.payment.id);
        self.payment.outbox.push(OutboxMessage {
            id,
            sequence: version,
            at: self.now,
            content,
        });
    }
}
