//! Ports that measure what passes through them.

use super::{Metric, Metrics};
use domain::PaymentRequestId;
use domain::outbox::{OrderEventKind, OutboxContent, OutboxMessage};
use store::{Ports, Queues};

/// A port, and where what passes through it is noted.
#[derive(Debug, Clone)]
pub struct Measured<T> {
    inner: T,
    metrics: Metrics,
}

impl<T> Measured<T> {
    /// Measures this port.
    #[must_use]
    pub fn new(inner: T, metrics: Metrics) -> Self {
        Self { inner, metrics }
    }
}

impl<Q> Measured<Q> {
    /// The same ports with the queues measured.
    #[must_use]
    pub fn queues_of<S>(ports: Ports<S, Q>, metrics: &Metrics) -> Ports<S, Self> {
        Ports {
            store: ports.store,
            queues: Self::new(ports.queues, metrics.clone()),
            policy: ports.policy,
        }
    }
}

/// Counts the payments that went into review, by the event that tells it.
impl<Q: Queues> Queues for Measured<Q> {
    async fn send(&self, payment: &PaymentRequestId, messages: &[OutboxMessage]) -> Vec<String> {
        let sent = self.inner.send(payment, messages).await;
        let reviews = messages
            .iter()
            .filter(|message| tells_review(message) && sent.contains(&message.id));
        for _ in reviews {
            self.metrics.note(Metric::PaymentsInReview, 1);
        }
        sent
    }
}

fn tells_review(message: &OutboxMessage) -> bool {
    matches!(&message.content, OutboxContent::OrderEvent(event) if event.kind == OrderEventKind::NeedsReview)
}

#[cfg(feature = "provider")]
mod provider {
    use super::{Measured, Metric};
    use domain::message::{
        Answer, CancelReport, CaptureReport, InquiryReport, PayReport, RefundReport,
    };
    use domain::plan::{CaptureOrder, RefundOrder};
    use domain::{PaymentRequestId, RefundRequestId};
    use pop::pay_request::PayRequest;
    use pop::provider::{Exchange, Provider};

    impl<P> Measured<P> {
        async fn call<T>(&self, call: impl Future<Output = Exchange<T>>) -> Exchange<T> {
            let begun = self.metrics.now();
            let exchange = call.await;
            let took = self.metrics.now().millis() - begun.millis();
            let took = u64::try_from(took).unwrap_or(0); // the clock was set back meanwhile
            self.metrics.note(Metric::PopLatency, took);
            if matches!(exchange.answer, Answer::None(_)) {
                self.metrics.note(Metric::PopErrors, 1);
            }
            exchange
        }
    }

    /// Measures each call until its answer, and counts those without one that can be believed.
    impl<P: Provider> Provider for Measured<P> {
        async fn pay(&self, request: &PayRequest<'_>) -> Exchange<PayReport> {
            self.call(self.inner.pay(request)).await
        }

        async fn inquire(&self, id: &PaymentRequestId) -> Exchange<InquiryReport> {
            self.call(self.inner.inquire(id)).await
        }

        async fn capture(&self, order: &CaptureOrder) -> Exchange<CaptureReport> {
            self.call(self.inner.capture(order)).await
        }

        async fn cancel(&self, id: &PaymentRequestId) -> Exchange<CancelReport> {
            self.call(self.inner.cancel(id)).await
        }

        async fn refund(&self, order: &RefundOrder) -> Exchange<RefundReport> {
            self.call(self.inner.refund(order)).await
        }

        async fn inquire_refund(&self, id: &RefundRequestId) -> Exchange<RefundReport> {
            self.call(self.inner.inquire_refund(id)).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::outbox::OrderEvent;
    use domain::{Money, Status, Time};

    /// Takes every message but one.
    struct Forgetful(&'static str);

    impl Queues for Forgetful {
        async fn send(&self, _: &PaymentRequestId, messages: &[OutboxMessage]) -> Vec<String> {
            let ids = messages.iter().map(|message| message.id.clone());
            ids.filter(|id| id != self.0).collect()
        }
    }

    fn message(id: &str, kind: Option<OrderEventKind>) -> OutboxMessage {
        let event = |kind| OrderEvent {
            kind,
            order_id: None,
            payment_id: None,
            amount: Money::from_wire("100", "EUR").unwrap(),
            status: Status::Pending,
            code: None,
            transfer: None,
        };
        let content = kind.map(event);
        OutboxMessage {
            id: id.into(),
            sequence: 1,
            at: Time::from_millis(0),
            content: content.map_or(OutboxContent::CaptureHint, OutboxContent::OrderEvent),
        }
    }

    #[tokio::test]
    async fn a_review_is_counted_when_it_is_told() {
        let metrics = Metrics::new(Some("shop"), || Time::from_millis(0));
        let queues = Measured::new(Forgetful("lost"), metrics.clone());
        let messages = [
            message("hint", None),
            message("captured", Some(OrderEventKind::Captured)),
            message("review", Some(OrderEventKind::NeedsReview)),
            message("lost", Some(OrderEventKind::NeedsReview)),
        ];
        let payment = PaymentRequestId::new("PAY_1").unwrap();
        let sent = queues.send(&payment, &messages).await;
        assert_eq!(sent, ["hint", "captured", "review"]);
        let lines = metrics.take_lines();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains(r#""PaymentsInReview":1"#), "{lines:?}");
        assert!(!lines[0].contains("PAY_1"), "{lines:?}");
        queues.send(&payment, &messages[..2]).await;
        assert_eq!(metrics.take_lines(), [""; 0]);
    }
}
