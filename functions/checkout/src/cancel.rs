//! `POST /payments/{id}/cancel`: the merchant's server wants a payment cancelled that is not captured. The wish is
//! committed before POP is asked; what stays unanswered the sweep asks again.

use crate::{Checkout, Problem, view};
use domain::{CancelBy, CancelState, Event, Ignored, Payment, PaymentRequestId, Status, Time};
use pop::provider::Provider;
use runtime::http::{Request, Response};
use store::{Input, Queues, Store, advance};

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    pub(crate) async fn cancel(
        &self,
        request: &Request,
        id: &PaymentRequestId,
    ) -> Result<Response, Problem> {
        self.admit_merchant(request).await?;
        let asked = Input::of(Event::CancelAsked(CancelBy::Merchant));
        let asked = advance(&self.ports, id, &asked, (self.clock)()).await?;
        if asked.ignored.is_none() {
            tracing::info!(
                payment.status = asked.payment.status.as_str(),
                "the merchant wants it cancelled"
            );
        }
        if asked.ignored == Some(Ignored::NotCancellable) {
            let detail = "Only a payment that is neither captured nor being captured, not over and not in review, can be cancelled; refund what is captured.";
            return Err(Problem::new(409, "not_cancellable", detail));
        }
        let payment = self
            .cancel_at_provider(asked.payment, request.deadline)
            .await?;
        match (&payment.cancel, payment.status) {
            (_, Status::Cancelled) => Ok(view::for_merchant(200, &payment)),
            (Some(cancel), _) if matches!(cancel.state, CancelState::Refused { .. }) => {
                let detail = "POP refused to cancel this payment; look at its status.";
                Err(Problem::new(409, "cancel_refused", detail))
            }
            _ => Ok(view::for_merchant(202, &payment)),
        }
    }

    /// Asks POP to cancel if that is wanted, once; gives the row as it then stands. With too little time left, or
    /// without an answer, it stays wanted, and the sweep asks.
    pub(crate) async fn cancel_at_provider(
        &self,
        payment: Payment,
        deadline: Option<Time>,
    ) -> Result<Payment, Problem> {
        if !payment.is_cancelling() || !self.has_time(deadline) {
            return Ok(payment);
        }
        let exchange = self.provider.cancel(&payment.id).await;
        let input = Input {
            event: Event::CancelAnswered(exchange.answer),
            message: exchange.message,
        };
        let payment = advance(&self.ports, &payment.id, &input, (self.clock)())
            .await?
            .payment;
        tracing::info!(
            payment.status = payment.status.as_str(),
            payment.review = payment.review_code(),
            "cancel was called"
        );
        Ok(payment)
    }
}
