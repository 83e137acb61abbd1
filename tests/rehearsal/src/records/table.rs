//! The table's items, read.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Payment;
use domain::evidence::Evidence;

/// Everything the table has about one payment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// The state item's document.
    pub(crate) payment: Option<Payment>,
    /// The state item's `due_at`: present while something is outstanding.
    pub(crate) due_at: Option<i64>,
    /// The trail, in order.
    pub(crate) evidence: Vec<Evidence>,
}

/// A stored card.
#[derive(Clone)]
pub(crate) struct CardItem {
    /// The merchant's id of the buyer.
    pub(crate) buyer: String,
    /// Our name for the card.
    pub(crate) id: String,
    /// The payment at which the buyer agreed.
    pub(crate) saved_by: String,
    /// The provider's token.
    pub(crate) token: String,
}

/// An item as bytes, whatever it is: what a reader of the table would find in it.
pub(crate) struct RawItem {
    pub(crate) bytes: Vec<u8>,
    /// It is a stored card or a message as the provider sent it: only there may a card's token stand.
    pub(crate) may_hold_tokens: bool,
}

/// The whole table.
#[derive(Default)]
pub(crate) struct Table {
    /// By paymentRequestId.
    pub(crate) payments: BTreeMap<String, Record>,
    /// Stored cards.
    pub(crate) cards: Vec<CardItem>,
    /// Every item.
    pub(crate) raw: Vec<RawItem>,
}

/// Sort key of the state item; evidence follows as `EVID#000001` and so on.
pub(super) const STATE: &str = "STATE";
const PAYMENT_PREFIX: &str = "PAY#";
const EVIDENCE_PREFIX: &str = "EVID#";
const BUYER_PREFIX: &str = "BUYER#";
const CARD_PREFIX: &str = "CARD#";
const KEPT_PREFIX: &str = "KEPT#";

type Item = HashMap<String, AttributeValue>;

impl Table {
    /// Takes in one item.
    pub(super) fn take(&mut self, item: &Item) -> anyhow::Result<()> {
        let mut raw = Vec::new();
        for (name, value) in item {
            raw.extend_from_slice(name.as_bytes());
            raw.push(b'=');
            write_raw(value, &mut raw);
            raw.push(b'\n');
        }
        let (pk, sk) = (text(item, "pk"), text(item, "sk"));
        let (pk, sk) = (pk.unwrap_or_default(), sk.unwrap_or_default());
        let of_buyer = pk
            .strip_prefix(BUYER_PREFIX)
            .zip(sk.strip_prefix(CARD_PREFIX));
        self.raw.push(RawItem {
            bytes: raw,
            may_hold_tokens: of_buyer.is_some()
                || pk.starts_with(KEPT_PREFIX)
                || sk.starts_with(EVIDENCE_PREFIX),
        });
        if let Some((buyer, id)) = of_buyer {
            let card = card(item, buyer, id);
            self.cards
                .push(card.with_context(|| format!("{sk} of {pk} is not understood"))?);
        }
        let Some(id) = pk.strip_prefix(PAYMENT_PREFIX) else {
            return Ok(());
        };
        let record = self.payments.entry(id.to_owned()).or_default();
        if sk == STATE {
            let document =
                text(item, "doc").with_context(|| format!("the row of {id} has no doc"))?;
            record.payment = Some(
                serde_json::from_str(document)
                    .with_context(|| format!("the row of {id} is not understood"))?,
            );
            record.due_at = number(item, "due_at");
        } else if sk.starts_with(EVIDENCE_PREFIX) {
            let (_, entry) = store::read_evidence_item(item)
                .with_context(|| format!("{sk} of {id} is not understood"))?;
            record.evidence.push(entry);
            record.evidence.sort_by_key(|entry| entry.sequence);
        }
        Ok(())
    }
}

fn card(item: &Item, buyer: &str, id: &str) -> Option<CardItem> {
    Some(CardItem {
        buyer: buyer.to_owned(),
        id: id.to_owned(),
        saved_by: text(item, "saved_by")?.to_owned(),
        token: text(item, "token")?.to_owned(),
    })
}

/// A text attribute.
pub(super) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// A number attribute.
pub(super) fn number(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// Appends everything readable in a value.
fn write_raw(value: &AttributeValue, raw: &mut Vec<u8>) {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => raw.extend_from_slice(text.as_bytes()),
        AttributeValue::B(bytes) => raw.extend_from_slice(bytes.as_ref()),
        AttributeValue::L(values) => values.iter().for_each(|value| {
            write_raw(value, raw);
            raw.push(b' ');
        }),
        AttributeValue::M(values) => values.iter().for_each(|(name, value)| {
            raw.extend_from_slice(name.as_bytes());
            raw.push(b'=');
            write_raw(value, raw);
            raw.push(b' ');
        }),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => texts.iter().for_each(|text| {
            raw.extend_from_slice(text.as_bytes());
            raw.push(b' ');
        }),
        AttributeValue::Bs(blobs) => blobs
            .iter()
            .for_each(|bytes| raw.extend_from_slice(bytes.as_ref())),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::primitives::Blob;

    #[test]
    fn evidence_is_read_and_every_value_stands_in_the_raw_bytes() {
        let settings = store::DynamoSettings {
            table: "t".to_owned(),
            shards: 1,
            retention: domain::Seconds::days(1),
        };
        let mut row = store::samples::payment("P1");
        let entry = store::samples::entry(&mut row, "{\"a\":1}");
        let mut item = store::evidence_item(&row.id, &entry, &settings);
        let mut table = Table::default();
        table.take(&item).unwrap();
        assert_eq!(table.payments["P1"].evidence, [entry]);
        assert!(table.raw[0].may_hold_tokens, "a signed message");
        let nested = AttributeValue::M(HashMap::from([(
            "deep".to_owned(),
            AttributeValue::L(vec![AttributeValue::S("found".to_owned())]),
        )]));
        let binary = AttributeValue::B(Blob::new(b"{\"a\":1}".to_vec()));
        let of_others = Item::from([
            ("pk".to_owned(), AttributeValue::S("PID#1".to_owned())),
            ("body".to_owned(), binary),
            ("at".to_owned(), AttributeValue::N("17".to_owned())),
            ("more".to_owned(), nested),
        ]);
        table.take(&of_others).unwrap();
        let raw = String::from_utf8(table.raw[1].bytes.clone()).unwrap();
        let parts = ["{\"a\":1}", "found", "PID#1", "17"];
        assert!(parts.iter().all(|part| raw.contains(part)), "{raw}");
        item.remove("hash");
        assert!(Table::default().take(&item).is_err());
    }

    #[test]
    fn stored_cards_are_read_and_only_they_and_signed_messages_may_hold_tokens() {
        let item = |attributes: &[(&str, &str)]| -> Item {
            let pairs = attributes.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), AttributeValue::S((*value).to_owned())))
                .collect()
        };
        let mut table = Table::default();
        let stored = [
            ("pk", "BUYER#B1"),
            ("sk", "CARD#card_1"),
            ("token", "ALIPAYtoken"),
            ("saved_by", "P1"),
        ];
        table.take(&item(&stored)).unwrap();
        let card = &table.cards[0];
        assert_eq!((card.buyer.as_str(), card.id.as_str()), ("B1", "card_1"));
        assert_eq!(card.token, "ALIPAYtoken");
        for (pk, sk, allowed) in [
            ("KEPT#ab", "KEPT", true),
            ("ORDER#O1", "HOLDER", false),
            ("REF#F1", "BIND", false),
            ("PID#1", "BIND", false),
        ] {
            let mut table = Table::default();
            table.take(&item(&[("pk", pk), ("sk", sk)])).unwrap();
            assert_eq!(table.raw[0].may_hold_tokens, allowed, "{pk}");
        }
        let without_token = item(&stored[..2]);
        assert!(Table::default().take(&without_token).is_err());
    }

    #[test]
    fn a_state_item_without_a_document_is_an_error() {
        let item = Item::from([
            ("pk".to_owned(), AttributeValue::S("PAY#P1".to_owned())),
            ("sk".to_owned(), AttributeValue::S("STATE".to_owned())),
        ]);
        assert!(Table::default().take(&item).is_err());
    }
}
