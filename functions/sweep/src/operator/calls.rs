//! Calls to POP that an order makes, and how they are told.

use crate::Sweep;
use domain::evidence::{Call, LocalStep, SignedMessage};
use domain::operator::CallMade;
use domain::plan::CaptureOrder;
use domain::summary::Summary;
use domain::{Event, PaymentRequestId, RefundRequestId};
use pop::provider::Provider;

/// What came of a call, before it is committed.
pub(super) struct Asked {
    call: Call,
    pub(super) event: Event,
    pub(super) message: Option<SignedMessage>,
}

impl Asked {
    /// For the reply: no body, no token.
    pub(super) fn made(&self) -> CallMade {
        let message = self.message.as_ref();
        let no_answer = match LocalStep::of(&self.event) {
            Some(LocalStep::NoAnswer { reason, .. }) => Some(reason.to_string()),
            _ => None,
        };
        CallMade {
            call: self.call,
            about: self.event.about(),
            said: Summary::of(&self.event),
            no_answer,
            answered_at: message.map(|message| message.time.clone()),
            key_version: message.map(|message| message.key_version.clone()),
        }
    }
}

impl<S, Q, P: Provider> Sweep<S, Q, P> {
    pub(super) async fn ask_payment(&self, id: &PaymentRequestId) -> Asked {
        let exchange = self.ask(|| self.provider.inquire(id)).await;
        Asked {
            call: Call::Inquiry,
            event: Event::Inquired(exchange.answer),
            message: exchange.message,
        }
    }

    pub(super) async fn ask_refund(&self, id: &RefundRequestId) -> Asked {
        let exchange = self.ask(|| self.provider.inquire_refund(id)).await;
        Asked {
            call: Call::RefundInquiry,
            event: Event::RefundInquired(id.clone(), exchange.answer),
            message: exchange.message,
        }
    }

    pub(super) async fn ask_capture(&self, order: &CaptureOrder) -> Asked {
        let exchange = self.ask(|| self.provider.capture(order)).await;
        Asked {
            call: Call::Capture,
            event: Event::CaptureAnswered(order.request_id.clone(), exchange.answer),
            message: exchange.message,
        }
    }

    pub(super) async fn ask_cancel(&self, id: &PaymentRequestId) -> Asked {
        let exchange = self.ask(|| self.provider.cancel(id)).await;
        Asked {
            call: Call::Cancel,
            event: Event::CancelAnswered(exchange.answer),
            message: exchange.message,
        }
    }
}
