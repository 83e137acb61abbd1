//! `GET /payments/{id}`: where a payment stands. While that is not known, POP is asked first.

use crate::auth::Caller;
use crate::{Checkout, Problem, view};
use domain::{CaptureMode, Event, Payment, PaymentRequestId, Seconds, Status, Time};
use pop::provider::Provider;
use runtime::http::{Request, Response};
use runtime::logs;
use store::{Input, Queues, Store, advance};

/// A page polls; POP is asked at most this often about one payment.
const ASK_EVERY: Seconds = Seconds(2);

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    pub(crate) async fn status(
        &self,
        request: &Request,
        id: &PaymentRequestId,
    ) -> Result<Response, Problem> {
        let caller = self.admit_either(request, id).await?;
        let now = (self.clock)();
        let Some(payment) = self.ports.store.load(id).await? else {
            return Err(Problem::not_found());
        };
        logs::about(id);
        let payment = match is_worth_asking(&payment, now) {
            true => self.ask(&payment).await?,
            false => payment,
        };
        match caller {
            Caller::Merchant => Ok(view::for_merchant(200, &payment)),
            Caller::Page => {
                let cards = match (payment.status, payment.buyer_id()) {
                    (Status::Created, Some(buyer)) => self.ports.store.cards(&buyer).await?,
                    _ => Vec::new(),
                };
                Ok(view::for_page(200, &payment, &cards))
            }
        }
    }

    async fn ask(&self, before: &Payment) -> Result<Payment, Problem> {
        let exchange = self.provider.inquire(&before.id).await;
        let input = Input {
            event: Event::Inquired(exchange.answer),
            message: exchange.message,
        };
        let advanced = advance(&self.ports, &before.id, &input, (self.clock)()).await?;
        let payment = advanced.payment;
        // A page asks every few seconds: only what is new is worth a line.
        if payment.status != before.status || payment.review_code() != before.review_code() {
            tracing::info!(
                payment.status = payment.status.as_str(),
                payment.review = payment.review_code(),
                "POP was asked because somebody looked, and knew more"
            );
        }
        Ok(payment)
    }
}

/// Whether POP may know more than the row, and was not asked a moment ago.
fn is_worth_asking(payment: &Payment, now: Time) -> bool {
    let waits_for_pop = match payment.status {
        Status::Pending => true,
        Status::Authorized => {
            payment.capture_mode != CaptureMode::Manual || payment.open_capture().is_some()
        }
        _ => payment.doubt.is_some(),
    };
    let last = payment.asked_at.map_or(payment.status_since, |asked| {
        asked.max(payment.status_since)
    });
    waits_for_pop && payment.review.is_none() && now >= last + ASK_EVERY
}
