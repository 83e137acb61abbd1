//! `POST /payments/{id}/refund`: the merchant's server gives money back, all of it or a part. Id and amount are
//! committed before POP is asked; what stays unanswered the sweep asks again with the same id.

use crate::request::{self, RefundBody};
use crate::{Checkout, Problem, view};
use domain::{Event, Ignored, PaymentRequestId, Refund, RefundRequestId, plan};
use pop::provider::Provider;
use runtime::http::{Request, Response};
use store::{Input, Queues, Store, advance};

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    pub(crate) async fn refund(
        &self,
        request: &Request,
        id: &PaymentRequestId,
    ) -> Result<Response, Problem> {
        self.admit_merchant(request).await?;
        let wanted = request::read::<RefundBody>(&request.body)?.check()?;
        let refund_id = wanted.request_id.clone();
        let asked = Input::of(Event::RefundAsked(wanted));
        let asked = advance(&self.ports, id, &asked, (self.clock)()).await?;
        if let Some(refusal) = asked.ignored.and_then(refusal) {
            return Err(refusal);
        }
        let order = find(&asked.payment.refunds, &refund_id)
            .and_then(|refund| plan::refund_order(&asked.payment, refund));
        let payment = match order {
            Some(order) if self.has_time(request.deadline) => {
                let exchange = self.provider.refund(&order).await;
                let input = Input {
                    event: Event::RefundAnswered(refund_id.clone(), exchange.answer),
                    message: exchange.message,
                };
                let advanced = advance(&self.ports, id, &input, (self.clock)()).await?;
                tracing::info!(refund.request_id = %refund_id, "refund was called");
                advanced.payment
            }
            _ => asked.payment,
        };
        let open = find(&payment.refunds, &refund_id).is_some_and(Refund::is_open);
        Ok(view::for_merchant(if open { 202 } else { 200 }, &payment))
    }
}

fn find<'a>(refunds: &'a [Refund], id: &RefundRequestId) -> Option<&'a Refund> {
    refunds.iter().find(|refund| refund.request_id == *id)
}

fn refusal(ignored: Ignored) -> Option<Problem> {
    let (code, detail) = match ignored {
        Ignored::NotRefundable => (
            "not_refundable",
            "Only what is captured can be refunded, and nothing while the payment is in review.",
        ),
        Ignored::RefundTooLarge => (
            "refund_too_large",
            "Refund at most what is captured and not refunded yet, in the payment's currency.",
        ),
        Ignored::RefundDiffers => (
            "refund_id_in_use",
            "This refundRequestId stands for a refund of another amount; use a new one.",
        ),
        _ => return None,
    };
    Some(Problem::new(409, code, detail))
}
