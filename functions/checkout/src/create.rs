//! `POST /payments`: the merchant's server creates a payment. The same request again changes nothing.

use crate::request::{self, CreateBody};
use crate::{Checkout, Problem, view};
use domain::{Event, NewPayment, Payment};
use pop::provider::Provider;
use runtime::http::{Request, Response};
use runtime::logs;
use store::{Commit, Input, Queues, Store, advance};

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    pub(crate) async fn create(&self, request: &Request) -> Result<Response, Problem> {
        self.admit_merchant(request).await?;
        let new = request::read::<CreateBody>(&request.body)?.check(self.capture_on)?;
        let policy = &self.ports.policy;
        let payment = Payment::create(new.clone(), (self.clock)(), policy);
        let commit = Commit::created(payment, policy);
        if store::create(&self.ports.store, &commit).await? {
            logs::about(&commit.next.id);
            tracing::info!("a payment was created");
            return Ok(self.created(201, &commit.next).await);
        }
        self.created_before(&new).await
    }

    /// The id is taken: by the same request, by a payment that POP told of first, or by another request.
    async fn created_before(&self, new: &NewPayment) -> Result<Response, Problem> {
        let event = Input::of(Event::OrderArrived(new.clone()));
        let payment = advance(&self.ports, &new.id, &event, (self.clock)())
            .await?
            .payment;
        if payment.is_same_as(new) {
            return Ok(self.created(200, &payment).await);
        }
        Err(Problem::new(
            409,
            "id_in_use",
            "This paymentRequestId stands for another payment; use a new one.",
        ))
    }

    async fn created(&self, status: u16, payment: &Payment) -> Response {
        let keys = self.token_keys.get().await;
        let token = keys.issue(&payment.id, payment.expires_at);
        let mut view = view::merchant(payment);
        view["checkoutUrl"] = self.page.url(&payment.id, &token).into();
        view["clientToken"] = token.into();
        Response::json(status, view.to_string())
    }
}
