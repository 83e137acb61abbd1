//! `POST /payments/{id}/pay`: the buyer's page pays, with a card or a stored one. The row is committed before POP is
//! called, and only one call wins.

use crate::request::{self, PayBody, PayWith};
use crate::{Checkout, Problem, view};
use domain::message::{Answer, PayReport, ResultStatus};
use domain::stored_card::StoredCard;
use domain::{Event, Ignored, Payment, PaymentRequestId, Seconds, Status, StoredCardId, Time};
use pop::pay_request::{Env, PayMethod, PayRequest};
use pop::provider::{Exchange, Provider};
use runtime::http::{Request, Response};
use runtime::logs;
use store::{Input, Queues, Store, advance};

/// A call may take ten seconds, and the commit after it a few more.
const TIME_FOR_A_CALL: Seconds = Seconds(14);

/// One attempt to pay: what POP is told beside the row.
pub(crate) struct Attempt<'a> {
    pub(crate) method: PayMethod<'a>,
    pub(crate) env: Env,
    pub(crate) return_url: Option<String>,
    pub(crate) save_card: bool,
}

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    pub(crate) async fn pay(
        &self,
        request: &Request,
        id: &PaymentRequestId,
    ) -> Result<Response, Problem> {
        self.admit_page(request, id).await?;
        let body = request::read::<PayBody>(&request.body)?.check(request)?;
        let row = self.ports.store.load(id).await?;
        let row = row.ok_or_else(Problem::not_found)?;
        logs::about(id);
        if row.status != Status::Created {
            // A second click or a reload: show where the first one stands, never pay again.
            return Ok(view::for_page(200, &row, &[]));
        }
        self.refuse_paid_order(&row).await?;
        let stored = match &body.with {
            PayWith::Card { .. } => None,
            PayWith::StoredCard(card) => Some(self.stored_card(&row, card).await?),
        };
        let (method, save_card) = match (&body.with, &stored) {
            (PayWith::Card { card, mpi, store }, _) => {
                let (store, mpi) = (*store && row.buyer_id().is_some(), mpi.as_ref());
                (PayMethod::Card { card, store, mpi }, store)
            }
            (PayWith::StoredCard(_), Some(stored)) => {
                let token = &stored.token;
                (PayMethod::StoredCard { token }, false)
            }
            (PayWith::StoredCard(_), None) => return Err(unknown_card()),
        };
        let attempt = Attempt {
            method,
            env: body.env,
            return_url: body.returns_to_page.then(|| self.page.result_url(id)),
            save_card,
        };
        let payment = self.attempt(id, attempt, request.deadline).await?;
        Ok(view::for_page(200, &payment, &[]))
    }

    /// Commits that pay is called, calls it, and commits what came of it. If it was called before, nothing happens.
    pub(crate) async fn attempt(
        &self,
        id: &PaymentRequestId,
        attempt: Attempt<'_>,
        deadline: Option<Time>,
    ) -> Result<Payment, Problem> {
        let save_card = attempt.save_card;
        let start = Input::of(Event::PayStarted { save_card });
        let started = advance(&self.ports, id, &start, (self.clock)()).await?;
        match started.ignored {
            None => {}
            Some(Ignored::PayTooLate) => return Err(too_late()),
            Some(_) => return Ok(started.payment),
        }
        let Some(order) = &started.payment.order else {
            return Err(Problem::not_found());
        };
        let pay = PayRequest {
            payment_request_id: id,
            amount: started.payment.amount,
            order,
            capture_mode: started.payment.capture_mode,
            expires_at: started.payment.expires_at,
            notify_url: &self.notify_url,
            return_url: attempt.return_url.as_deref().unwrap_or(&order.redirect_url),
            method: attempt.method,
            env: attempt.env,
        };
        let exchange = self.call(&pay, deadline).await;
        let input = Input {
            event: Event::PayAnswered(exchange.answer),
            message: exchange.message,
        };
        let payment = advance(&self.ports, id, &input, (self.clock)())
            .await?
            .payment;
        tracing::info!(
            payment.status = payment.status.as_str(),
            payment.review = payment.review_code(),
            "pay was called"
        );
        // A second payment of one order is cancelled at once, before POP captures it.
        self.cancel_at_provider(payment, deadline).await
    }

    /// Calls POP, and once more with the very same request if the first call brought no result and time is left:
    /// the card data are here now and will not be later.
    async fn call(&self, pay: &PayRequest<'_>, deadline: Option<Time>) -> Exchange<PayReport> {
        let exchange = self.provider.pay(pay).await;
        if is_settled(&exchange.answer) || !self.has_time(deadline) {
            return exchange;
        }
        tracing::warn!("pay brought no result and is repeated");
        self.provider.pay(pay).await
    }

    /// Whether a call to POP and the commit after it still fit into this invocation.
    pub(crate) fn has_time(&self, deadline: Option<Time>) -> bool {
        deadline.is_none_or(|deadline| (self.clock)() + TIME_FOR_A_CALL <= deadline)
    }

    /// An order that another attempt has paid is not charged again.
    pub(crate) async fn refuse_paid_order(&self, row: &Payment) -> Result<(), Problem> {
        let Some(order) = row.order_id() else {
            return Err(Problem::not_found());
        };
        match self.ports.store.order_holder(order).await? {
            Some(holder) if holder != row.id => Err(Problem::new(
                409,
                "order_already_paid",
                "Another payment of this order succeeded; nothing was charged again.",
            )),
            _ => Ok(()),
        }
    }

    /// The buyer's stored card; only the buyer of this payment can use it.
    pub(crate) async fn stored_card(
        &self,
        row: &Payment,
        card: &StoredCardId,
    ) -> Result<StoredCard, Problem> {
        let buyer = row.buyer_id().ok_or_else(unknown_card)?;
        let stored = self.ports.store.card(&buyer, card).await?;
        stored.ok_or_else(unknown_card)
    }
}

fn unknown_card() -> Problem {
    Problem::new(
        409,
        "unknown_stored_card",
        "This payment's buyer has no such stored card.",
    )
}

fn too_late() -> Problem {
    Problem::new(
        409,
        "payment_expired",
        "The time to pay is over; create a new payment.",
    )
}

fn is_settled(answer: &Answer<PayReport>) -> bool {
    match answer {
        Answer::Verified(outcome, _) if outcome.status == ResultStatus::Unknown => {
            outcome.code == "PAYMENT_IN_PROCESS"
        }
        Answer::Verified(outcome, _) => outcome.status != ResultStatus::Other,
        Answer::None(_) => false,
    }
}
