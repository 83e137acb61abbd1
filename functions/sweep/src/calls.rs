//! The calls to POP that a row may need, and what came of them.

use crate::Sweep;
use domain::evidence::{Call, SignedMessage};
use domain::message::{Answer, NoAnswer};
use domain::plan::{CaptureOrder, RefundOrder};
use domain::{Event, PaymentRequestId, RefundRequestId};
use pop::provider::{Exchange, Provider};

/// What is to be worked into a row, before it is committed.
pub(crate) struct Asked {
    /// The call it came of; `None` if POP was not asked.
    pub(crate) call: Option<Call>,
    pub(crate) event: Event,
    pub(crate) message: Option<SignedMessage>,
}

impl Asked {
    /// Time alone.
    pub(crate) fn nobody() -> Self {
        Self {
            call: None,
            event: Event::TimePassed,
            message: None,
        }
    }

    fn of<T>(call: Call, exchange: Exchange<T>, event: impl FnOnce(Answer<T>) -> Event) -> Self {
        Self {
            call: Some(call),
            event: event(exchange.answer),
            message: exchange.message,
        }
    }
}

impl<S, Q, P: Provider> Sweep<S, Q, P> {
    pub(crate) async fn inquire(&self, id: &PaymentRequestId) -> Asked {
        let exchange = self.ask(|| self.provider.inquire(id)).await;
        Asked::of(Call::Inquiry, exchange, Event::Inquired)
    }

    pub(crate) async fn capture(&self, order: &CaptureOrder) -> Asked {
        let exchange = self.ask(|| self.provider.capture(order)).await;
        Asked::of(Call::Capture, exchange, |answer| {
            Event::CaptureAnswered(order.request_id.clone(), answer)
        })
    }

    pub(crate) async fn cancel(&self, id: &PaymentRequestId) -> Asked {
        let exchange = self.ask(|| self.provider.cancel(id)).await;
        Asked::of(Call::Cancel, exchange, Event::CancelAnswered)
    }

    pub(crate) async fn refund(&self, order: &RefundOrder) -> Asked {
        let exchange = self.ask(|| self.provider.refund(order)).await;
        Asked::of(Call::Refund, exchange, |answer| {
            Event::RefundAnswered(order.request_id.clone(), answer)
        })
    }

    pub(crate) async fn inquire_refund(&self, id: &RefundRequestId) -> Asked {
        let exchange = self.ask(|| self.provider.inquire_refund(id)).await;
        Asked::of(Call::RefundInquiry, exchange, |answer| {
            Event::RefundInquired(id.clone(), answer)
        })
    }

    /// Calls POP, and at once a second time when the answer got lost: most losses are of the moment, and the next run
    /// is a minute away. Not after a time-out, which has used up the time for one row. Both calls carry the same ids.
    async fn ask<T, F: Future<Output = Exchange<T>>>(&self, call: impl Fn() -> F) -> Exchange<T> {
        self.pace.turn().await;
        let exchange = call().await;
        match exchange.answer {
            Answer::None(reason) if reason != NoAnswer::TimedOut => {
                self.pace.turn().await;
                call().await
            }
            _ => exchange,
        }
    }
}
