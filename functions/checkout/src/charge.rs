//! `POST /payments/{id}/charge`: a payment that the merchant starts without the buyer, with a card that the buyer let
//! it keep for that (MIT; docs/provider.md, "Merchant-initiated payments").

use crate::pay::Attempt;
use crate::request::{self, ChargeBody};
use crate::{Checkout, Problem, view};
use domain::{PaymentRequestId, Status};
use pop::pay_request::PayMethod;
use pop::provider::Provider;
use runtime::http::{Request, Response};
use runtime::logs;
use store::{Queues, Store};

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    pub(crate) async fn charge(
        &self,
        request: &Request,
        id: &PaymentRequestId,
    ) -> Result<Response, Problem> {
        self.admit_merchant(request).await?;
        let body = request::read::<ChargeBody>(&request.body)?.check(request)?;
        let row = self.ports.store.load(id).await?;
        let row = row.ok_or_else(Problem::not_found)?;
        logs::about(id);
        if row.status != Status::Created {
            return Ok(view::for_merchant(200, &row)); // charged before: the same again changes nothing
        }
        self.refuse_paid_order(&row).await?;
        let card = self.stored_card(&row, &body.stored_card).await?;
        let Some(network_transaction_id) = &card.network_transaction_id else {
            let detail = "The card scheme's id of the first payment is not known; let the buyer pay with this card once more.";
            return Err(Problem::new(409, "not_chargeable", detail));
        };
        let attempt = Attempt {
            method: PayMethod::MerchantInitiated {
                token: &card.token,
                recurring_type: body.recurring_type,
                network_transaction_id,
            },
            env: body.env,
            return_url: None,
            save_card: false,
        };
        let payment = self.attempt(id, attempt, request.deadline).await?;
        Ok(view::for_merchant(200, &payment))
    }
}
