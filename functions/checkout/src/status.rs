//! `GET /payments/{id}`: where a payment stands. While that is not known, POP is asked first.

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
        auth::merchant(&self.api_keys, request)
            .or_else(|_| auth::page(&self.token_key, request, id, now))?;
        let Some(payment) = self.ports.store.load(id).await? else {
            return Err(Problem::not_found());
        };
        if !is_worth_asking(&payment, now) {
            return Ok(view::response(&payment));
        }
        let exchange = self.provider.inquire(id).await;
        let input = Input {
            event: Event::Inquired(exchange.answer),
            message: exchange.message,
        };
        let payment = advance(&self.ports, id, &input, (self.clock)())
            .await?
            .payment;
        Ok(view::response(&payment))
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
