//! `GET /payments/{id}`: where a payment stands. While that is not known, POP is asked first.

use crate::auth::Caller;
use crate::{Checkout, Problem, auth, view};
use domain::{CaptureMode, Event, Payment, PaymentRequestId, Seconds, Status, Time};
use pop::provider::Provider;
use runtime::http::{Request, Response};
use store::{Input, Queues, Store, advance};

/// A page polls; POP is asked at most this often about one payment.
const ASK_EVERY: Seconds = Seconds(2);

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    pub(crate) async fn status(
        &self,
        request: &Request,
        id: &PaymentRequestId,
    ) -> Result<Response, Problem> {
        let now = (self.clock)();
        let caller = auth::either(&self.api_keys, &self.token_key, request, id, now)?;
        let Some(payment) = self.ports.store.load(id).await? else {
            return Err(Problem::not_found());
        };
        let payment = match is_worth_asking(&payment, now) {
            true => self.ask(id).await?,
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

    async fn ask(&self, id: &PaymentRequestId) -> Result<Payment, Problem> {
        let exchange = self.provider.inquire(id).await;
        let input = Input {
            event: Event::Inquired(exchange.answer),
            message: exchange.message,
        };
        let advanced = advance(&self.ports, id, &input, (self.clock)()).await?;
        Ok(advanced.payment)
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
