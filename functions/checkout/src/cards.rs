//! `GET /buyers/{buyer}/cards` and `DELETE /buyers/{buyer}/cards/{card}`: the merchant's server lists a buyer's stored
//! cards, and forgets one when the buyer asks for it.

use crate::request::field;
use crate::{Checkout, Problem, auth, view};
use domain::{BuyerId, StoredCardId};
use pop::provider::Provider;
use runtime::http::{Request, Response};
use store::{Queues, Store};

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    pub(crate) async fn cards(&self, request: &Request, buyer: &str) -> Result<Response, Problem> {
        auth::merchant(&self.api_keys, request)?;
        let cards = self.ports.store.cards(&buyer_id(buyer)?).await?;
        let cards: Vec<_> = cards.iter().map(view::stored_card).collect();
        let body = serde_json::json!({ "cards": cards });
        Ok(Response::json(200, body.to_string()))
    }

    pub(crate) async fn forget_card(
        &self,
        request: &Request,
        buyer: &str,
        card: &str,
    ) -> Result<Response, Problem> {
        auth::merchant(&self.api_keys, request)?;
        let card = StoredCardId::new(card).map_err(|error| field("storedCard", error))?;
        self.ports
            .store
            .forget_card(&buyer_id(buyer)?, &card)
            .await?;
        Ok(Response::empty(204))
    }
}

fn buyer_id(segment: &str) -> Result<BuyerId, Problem> {
    BuyerId::new(segment).map_err(|error| field("buyerId", error))
}
