//! Messages that a transition decides: committed with the row, sent after it, cleared when sent.

use crate::{
    CaptureRequestId, Money, OrderId, PaymentId, PaymentRequestId, RefundId, RefundRequestId,
    Status, Time,
};
use serde::{Deserialize, Serialize};

/// A message to be sent at least once. The same message always has the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxMessage {
    /// Unique per transition: payment, row version, place.
    pub id: String,
    /// The row version that decided it: grows along a payment's life.
    pub sequence: u64,
    /// When it was decided.
    pub at: Time,
    /// What it says, and to whom.
    pub content: OutboxContent,
}

/// What an outbox message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxContent {
    /// To the capture function: look at this payment now. A hint; the row says what to do.
    CaptureHint,
    /// To the merchant's order system.
    OrderEvent(OrderEvent),
}

/// What happened to an order's payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// What happened.
    pub kind: OrderEventKind,
    /// The order, if known.
    pub order_id: Option<OrderId>,
    /// POP's id, if known.
    pub payment_id: Option<PaymentId>,
    /// The payment's amount.
    pub amount: Money,
    /// Where the payment stands.
    pub status: Status,
    /// POP's code, the reason of a review, or what a person decided about it.
    pub code: Option<String>,
    /// The capture or refund that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
}

/// A capture or refund within an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transfer {
    /// Money taken, or not.
    Capture {
        /// The idempotency key.
        request_id: CaptureRequestId,
        /// How much it is about.
        amount: Money,
        /// How much is captured now, all captures together; absent if nothing is.
        total: Option<Money>,
    },
    /// Money given back, or not.
    Refund {
        /// The idempotency key.
        request_id: RefundRequestId,
        /// POP's id, if known.
        refund_id: Option<RefundId>,
        /// How much it is about.
        amount: Money,
        /// How much is given back now, all refunds together; absent if nothing is.
        total: Option<Money>,
    },
}

/// The kinds of order events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderEventKind {
    /// Funds are reserved.
    Authorized,
    /// Refused.
    Declined,
    /// Money taken: ship.
    Captured,
    /// The capture failed for good.
    CaptureFailed,
    /// Cancelled.
    Cancelled,
    /// Never paid, or never captured, in time.
    Expired,
    /// A person must look.
    NeedsReview,
    /// A person decided about it.
    ReviewResolved,
    /// Authorised, not captured, and the limit is near: capture or cancel.
    CaptureDue,
    /// What was not captured of a partly captured payment is released.
    CaptureClosed,
    /// A cancellation was refused: the payment goes on.
    CancelFailed,
    /// Money given back.
    Refunded,
    /// A refund failed for good.
    RefundFailed,
}

impl OrderEventKind {
    /// The `type` of the CloudEvent.
    #[must_use]
    pub fn event_type(self) -> &'static str {
        match self {
            Self::Authorized => "payment.authorized",
            Self::Declined => "payment.declined",
            Self::Captured => "payment.captured",
            Self::CaptureFailed => "payment.capture_failed",
            Self::Cancelled => "payment.cancelled",
            Self::Expired => "payment.expired",
            Self::NeedsReview => "payment.needs_review",
            Self::ReviewResolved => "payment.review_resolved",
            Self::CaptureDue => "payment.capture_due",
            Self::CaptureClosed => "payment.capture_closed",
            Self::CancelFailed => "payment.cancel_failed",
            Self::Refunded => "payment.refunded",
            Self::RefundFailed => "payment.refund_failed",
        }
    }
}

impl OutboxMessage {
    /// The body of the queue message. For the capture queue an id and nothing else; for order events a CloudEvent
    /// (version 1.0) in JSON.
    #[must_use]
    pub fn body(&self, payment: &PaymentRequestId) -> String {
        match &self.content {
            OutboxContent::CaptureHint => {
                serde_json::json!({ "paymentRequestId": payment }).to_string()
            }
            OutboxContent::OrderEvent(event) => self.cloud_event(payment, event).to_string(),
        }
    }

    fn cloud_event(&self, payment: &PaymentRequestId, event: &OrderEvent) -> serde_json::Value {
        let mut data = serde_json::json!({
            "paymentRequestId": payment,
            "orderId": event.order_id,
            "paymentId": event.payment_id,
            "amount": event.amount,
            "status": event.status,
            "code": event.code,
        });
        match &event.transfer {
            None => {}
            Some(Transfer::Capture {
                request_id,
                amount,
                total,
            }) => {
                data["capture"] = serde_json::json!({
                    "captureRequestId": request_id, "amount": amount, "total": total,
                });
            }
            Some(Transfer::Refund {
                request_id,
                refund_id,
                amount,
                total,
            }) => {
                data["refund"] = serde_json::json!({
                    "refundRequestId": request_id, "refundId": refund_id, "amount": amount, "total": total,
                });
            }
        }
        serde_json::json!({
            "specversion": "1.0",
            "id": self.id,
            "source": "pop-payments",
            "type": event.kind.event_type(),
            "subject": payment,
            "time": self.at.rfc3339(),
            "sequence": format!("{:010}", self.sequence),
            "datacontenttype": "application/json",
            "data": data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The body of a message, and the part of it that is about money.
    fn body(content: OutboxContent) -> Value {
        let message = OutboxMessage {
            id: "PAY_1:7:1".into(),
            sequence: 7,
            at: Time::from_millis(1_735_689_600_000),
            content,
        };
        let payment = PaymentRequestId::new("PAY_1").unwrap();
        serde_json::from_str(&message.body(&payment)).unwrap()
    }

    fn euros(cents: u64) -> Money {
        Money::from_wire(&cents.to_string(), "EUR").unwrap()
    }

    fn event(transfer: Option<Transfer>) -> OutboxContent {
        OutboxContent::OrderEvent(OrderEvent {
            kind: OrderEventKind::Captured,
            order_id: Some(OrderId::new("ORDER_1").unwrap()),
            payment_id: Some(PaymentId::new("2025").unwrap()),
            amount: euros(8_000),
            status: Status::Captured,
            code: Some("CODE".into()),
            transfer,
        })
    }

    #[test]
    fn a_hint_names_the_payment_and_nothing_else() {
        let hint = body(OutboxContent::CaptureHint);
        assert_eq!(hint, json!({"paymentRequestId": "PAY_1"}));
    }

    #[test]
    fn an_order_event_is_a_cloud_event() {
        let want = json!({
            "specversion": "1.0", "id": "PAY_1:7:1", "source": "pop-payments", "type": "payment.captured",
            "subject": "PAY_1", "time": "2025-01-01T00:00:00Z", "sequence": "0000000007",
            "datacontenttype": "application/json",
            "data": {
                "paymentRequestId": "PAY_1", "orderId": "ORDER_1", "paymentId": "2025", "status": "CAPTURED",
                "code": "CODE", "amount": {"currency": "EUR", "value": "8000"},
            },
        });
        assert_eq!(body(event(None)), want);
    }

    #[test]
    fn an_order_event_about_a_transfer_says_which_and_how_much() {
        let money = |value: &str| json!({"currency": "EUR", "value": value});
        let capture = Transfer::Capture {
            request_id: CaptureRequestId::new("C1").unwrap(),
            amount: euros(3_000),
            total: Some(euros(5_000)),
        };
        assert_eq!(
            body(event(Some(capture)))["data"]["capture"],
            json!({"captureRequestId": "C1", "amount": money("3000"), "total": money("5000")})
        );
        let refund = Transfer::Refund {
            request_id: RefundRequestId::new("R1").unwrap(),
            refund_id: Some(RefundId::new("RF").unwrap()),
            amount: euros(1_000),
            total: None,
        };
        assert_eq!(
            body(event(Some(refund)))["data"]["refund"],
            json!({"refundRequestId": "R1", "refundId": "RF", "amount": money("1000"), "total": null})
        );
    }
}
