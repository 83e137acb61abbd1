//! `POST /payments/{id}/retry`: after a decline, or when the buyer leaves a redirect unfinished to pay in another way,
//! the page begins a new attempt at the same order. POP takes an id for one attempt only.

use crate::{Checkout, Problem};
use domain::{CancelBy, Event, Payment, PaymentRequestId, Status};
use pop::provider::Provider;
use runtime::http::{Request, Response};
use runtime::logs;
use store::{Commit, Input, Queues, Store, advance};

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    pub(crate) async fn retry(
        &self,
        request: &Request,
        id: &PaymentRequestId,
    ) -> Result<Response, Problem> {
        self.admit_page(request, id).await?;
        let row = self.ports.store.load(id).await?;
        let row = row.ok_or_else(Problem::not_found)?;
        logs::about(id);
        if let Some(next) = &row.retried_as {
            let next = self.ports.store.load(next).await?;
            let next = next.ok_or_else(Problem::not_found)?;
            return Ok(self.attempt_made(&next).await);
        }
        let row = self.give_up(row, request).await?;
        let now = (self.clock)();
        let next = row.next_attempt(now, &self.ports.policy);
        let next = next
            .filter(|_| now < row.expires_at)
            .ok_or_else(not_retryable)?;
        let made = Commit::created(next, &self.ports.policy);
        // If it stands already, an earlier try made it, whose answer was lost. Only then may the row name it.
        store::create(&self.ports.store, &made).await?;
        let next = made.next;
        tracing::info!(payment.retried_as = %next.id, "another attempt was begun");
        let retried = Input::of(Event::Retried(next.id.clone()));
        advance(&self.ports, id, &retried, now).await?;
        Ok(self.attempt_made(&next).await)
    }

    /// A payment that waits for the buyer is cancelled first: an order has at most one attempt that may succeed.
    async fn give_up(&self, row: Payment, request: &Request) -> Result<Payment, Problem> {
        if row.status != Status::Pending {
            return Ok(row);
        }
        if !row.can_be_given_up() {
            return Err(still_in_process());
        }
        let asked = Input::of(Event::CancelAsked(CancelBy::Buyer));
        let asked = advance(&self.ports, &row.id, &asked, (self.clock)()).await?;
        let row = self
            .cancel_at_provider(asked.payment, request.deadline)
            .await?;
        match row.status {
            Status::Pending | Status::Authorized | Status::Captured => Err(still_in_process()),
            _ => Ok(row),
        }
    }

    async fn attempt_made(&self, next: &Payment) -> Response {
        let token = self.token_keys.get().await.issue(&next.id, next.expires_at);
        let body = serde_json::json!({
            "paymentRequestId": next.id,
            "checkoutUrl": self.page.url(&next.id, &token),
            "clientToken": token,
        });
        Response::json(201, body.to_string())
    }
}

fn still_in_process() -> Problem {
    let detail = "The outcome of this attempt is not known yet; look at its status in a moment.";
    Problem::new(409, "still_in_process", detail)
}

fn not_retryable() -> Problem {
    let detail =
        "Only a payment that was declined or given up, in the time it had, can be tried again.";
    Problem::new(409, "not_retryable", detail)
}
