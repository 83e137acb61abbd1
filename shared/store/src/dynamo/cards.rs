//! Stored cards: one partition a buyer, one item a card. They do not expire: whoever stored a card forgets it.

use super::DynamoStore;
use super::items::{self, Item};
use crate::{MAX_CARDS, StoreError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::stored_card::{CardFace, CardToken, StoredCard};
use domain::{BuyerId, PaymentRequestId, StoredCardId, Time};
use std::cmp::Reverse;

const BUYER: &str = "BUYER#";
const CARD: &str = "CARD#";

/// How many pages of a buyer's cards are read at most; one page holds hundreds of them.
const PAGES: usize = 4;

fn buyer_key(id: &BuyerId) -> String {
    format!("{BUYER}{id}")
}

fn card_key(id: &StoredCardId) -> String {
    format!("{CARD}{id}")
}

fn item_of(card: &StoredCard) -> Item {
    let mut item = Item::from([
        ("pk".into(), items::text(buyer_key(&card.buyer))),
        ("sk".into(), items::text(card_key(&card.id))),
        ("token".into(), items::text(card.token.expose())),
        ("saved_at".into(), items::number(card.saved_at.millis())),
        ("saved_by".into(), items::text(card.saved_by.as_str())),
    ]);
    let known = [
        ("brand", &card.face.brand),
        ("last_four", &card.face.last_four),
        ("expiry_month", &card.face.expiry_month),
        ("expiry_year", &card.face.expiry_year),
        ("network_transaction_id", &card.network_transaction_id),
    ];
    for (name, value) in known {
        item.extend(
            value
                .as_ref()
                .map(|value| (name.into(), items::text(value))),
        );
    }
    item
}

fn read(item: &Item) -> Result<StoredCard, StoreError> {
    let key = |name: &str, prefix: &str| {
        let key = items::take_text(item, name)?;
        let id = key.strip_prefix(prefix).map(str::to_owned);
        id.ok_or_else(|| items::corrupt(name))
    };
    let known = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    let token = CardToken::new(items::take_text(item, "token")?);
    let saved_by = PaymentRequestId::new(items::take_text(item, "saved_by")?);
    Ok(StoredCard {
        id: StoredCardId::new(key("sk", CARD)?).map_err(|_| items::corrupt("sk"))?,
        buyer: BuyerId::new(key("pk", BUYER)?).map_err(|_| items::corrupt("pk"))?,
        token: token.ok_or_else(|| items::corrupt("token"))?,
        face: CardFace {
            brand: known("brand"),
            last_four: known("last_four"),
            expiry_month: known("expiry_month"),
            expiry_year: known("expiry_year"),
        },
        network_transaction_id: known("network_transaction_id"),
        saved_at: Time::from_millis(items::take_number(item, "saved_at")?),
        saved_by: saved_by.map_err(|_| items::corrupt("saved_by"))?,
    })
}

impl DynamoStore {
    pub(super) fn card_write(&self, card: &StoredCard) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.settings.table)
            .set_item(Some(item_of(card)))
            .build();
        let put = put.map_err(|error| items::incomplete(&error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    pub(super) async fn read_card(
        &self,
        buyer: &BuyerId,
        card: &StoredCardId,
    ) -> Result<Option<StoredCard>, StoreError> {
        let item = self.item((buyer_key(buyer), &card_key(card)), None).await?;
        item.as_ref().map(read).transpose()
    }

    /// The keys are no order by time, so that all are read before the newest are picked.
    pub(super) async fn query_cards(&self, buyer: &BuyerId) -> Result<Vec<StoredCard>, StoreError> {
        let mut cards = Vec::new();
        let mut start = None;
        for _ in 0..PAGES {
            let input = QueryInput::builder()
                .table_name(&self.settings.table)
                .key_condition_expression("pk = :buyer AND begins_with(sk, :card)")
                .expression_attribute_values(":buyer", items::text(buyer_key(buyer)))
                .expression_attribute_values(":card", items::text(CARD))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .set_return_consumed_capacity(self.capacity())
                .build()
                .map_err(|error| items::incomplete(&error))?;
            let answer = self.calls.query(input).await?;
            self.count("Query", answer.consumed_capacity.as_slice());
            for item in answer.items() {
                cards.push(read(item)?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        cards.sort_by_key(|card| (Reverse(card.saved_at), card.id.clone()));
        cards.truncate(MAX_CARDS);
        Ok(cards)
    }

    pub(super) async fn delete_card(
        &self,
        buyer: &BuyerId,
        card: &StoredCardId,
    ) -> Result<(), StoreError> {
        let input = DeleteItemInput::builder()
            .table_name(&self.settings.table)
            .key("pk", items::text(buyer_key(buyer)))
            .key("sk", items::text(card_key(card)))
            .set_return_consumed_capacity(self.capacity())
            .build()
            .map_err(|error| items::incomplete(&error))?;
        let answer = self.calls.delete_item(input).await?;
        self.count("DeleteItem", answer.consumed_capacity.as_slice());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_card_is_read_as_it_was_written() {
        let full = samples::stored_card("BUYER_1", "1");
        let bare = StoredCard {
            face: CardFace::default(),
            network_transaction_id: None,
            ..full.clone()
        };
        for card in [full, bare] {
            assert_eq!(read(&item_of(&card)).unwrap(), card);
        }
    }

    #[test]
    fn a_card_that_is_not_ours_is_named_and_its_token_is_not_quoted() {
        let card = samples::stored_card("BUYER_1", "1");
        let whole = item_of(&card);
        for name in ["pk", "sk", "token", "saved_at", "saved_by"] {
            let mut missing = whole.clone();
            missing.remove(name);
            let mut broken = whole.clone();
            broken.insert(name.into(), items::text("not so: a b"));
            for item in [missing, broken] {
                let error = read(&item).unwrap_err().to_string();
                assert!(error.ends_with(name), "{name}: {error}");
                assert!(!error.contains(card.token.expose()) && !error.contains("a b"));
            }
        }
    }
}
