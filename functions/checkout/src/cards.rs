//! `GET /buyers/{buyer}/cards` and `DELETE /buyers/{buyer}/cards/{card}`: the merchant's server lists a buyer's stored
//! cards, and forgets one when the buyer asks for it.

use crate::request::field;
use crate::{Checkout, Problem, view};
use domain::{BuyerId, StoredCardId};
use percent_encoding::percent_decode_str;
use pop::provider::Provider;
use runtime::http::{Request, Response};
use store::{Queues, Store};

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    pub(crate) async fn cards(&self, request: &Request, buyer: &str) -> Result<Response, Problem> {
        self.admit_merchant(request).await?;
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
        self.admit_merchant(request).await?;
        let card = StoredCardId::new(card).map_err(|error| field("storedCard", error))?;
        self.ports
            .store
            .forget_card(&buyer_id(buyer)?, &card)
            .await?;
        Ok(Response::empty(204))
    }
}

/// The merchant's ids of buyers may hold what has to be encoded in a path, such as `@`.
fn buyer_id(segment: &str) -> Result<BuyerId, Problem> {
    let text = percent_decode_str(segment).decode_utf8();
    let text = text.map_err(|_| field("buyerId", "UTF-8, percent-encoded"))?;
    BuyerId::new(text).map_err(|error| field("buyerId", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buyers_id_is_decoded_once() {
        assert_eq!(buyer_id("a%40b%2Fc").unwrap().as_str(), "a@b/c");
        assert_eq!(buyer_id("100%2525").unwrap().as_str(), "100%25");
        assert!(buyer_id("%ff").is_err() && buyer_id("").is_err() && buyer_id("a%20b").is_err());
    }
}
