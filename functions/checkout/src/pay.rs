//! `POST /payments/{id}/pay`: the buyer's page pays. The row is committed before POP is called, and only one call wins.

use crate::request::{self, PayBody};
use crate::{Checkout, Problem, auth, view};
use domain::card::CardData;
use domain::message::{Answer, PayReport, ResultStatus};
use domain::order::OrderDetails;
use domain::{Event, Ignored, Payment, PaymentRequestId, Seconds, Time};
use pop::pay_request::PayRequest;
use pop::provider::{Exchange, Provider};
use runtime::http::{Request, Response};
use store::{Input, Queues, Store, advance};

/// A call may take ten seconds, and the commit after it a few more.
const TIME_FOR_A_CALL: Seconds = Seconds(14);

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    pub(crate) async fn pay(
        &self,
        request: &Request,
        id: &PaymentRequestId,
    ) -> Result<Response, Problem> {
        let now = (self.clock)();
        auth::page(&self.token_key, request, id, now)?;
        let PayBody { card, env } = request::read(&request.body)?;
        let card = CardData::parse(card)
            .map_err(|error| Problem::new(400, "invalid_card", format!("{error}.")))?;
        let env = env.seen_from(&request.source_ip, &request.user_agent);
        let started = advance(&self.ports, id, &Input::of(Event::PayStarted), now).await?;
        match started.ignored {
            None => {}
            Some(Ignored::PayTooLate) => {
                return Err(Problem::new(
                    409,
                    "payment_expired",
                    "The time to pay is over; create a new payment.",
                ));
            }
            // A second click or a reload: show where the first one stands, never pay again.
            Some(_) => return Ok(view::response(&started.payment)),
        }
        let Some(order) = &started.payment.order else {
            return Err(Problem::not_found());
        };
        let pay = self.pay_request(&started.payment, order, &card, env);
        let exchange = self.call(&pay, request.deadline).await;
        let input = Input {
            event: Event::PayAnswered(exchange.answer),
            message: exchange.message,
        };
        let payment = advance(&self.ports, id, &input, (self.clock)())
            .await?
            .payment;
        tracing::info!(payment.request_id = %id, payment.status = payment.status.as_str(), "pay was called");
        Ok(view::response(&payment))
    }

    fn pay_request<'a>(
        &'a self,
        payment: &'a Payment,
        order: &'a OrderDetails,
        card: &'a CardData,
        env: pop::pay_request::Env,
    ) -> PayRequest<'a> {
        PayRequest {
            payment_request_id: &payment.id,
            amount: payment.amount,
            order,
            capture_mode: payment.capture_mode,
            expires_at: payment.expires_at,
            notify_url: &self.notify_url,
            card,
            env,
        }
    }

    /// Calls POP, and once more with the very same request if the first call brought no result and time is left:
    /// the card data are here now and will not be later.
    async fn call(&self, pay: &PayRequest<'_>, deadline: Option<Time>) -> Exchange<PayReport> {
        let exchange = self.provider.pay(pay).await;
        let too_late = deadline.is_some_and(|deadline| (self.clock)() + TIME_FOR_A_CALL > deadline);
        if is_settled(&exchange.answer) || too_late {
            return exchange;
        }
        tracing::warn!(payment.request_id = %pay.payment_request_id, "pay brought no result and is repeated");
        self.provider.pay(pay).await
    }
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
