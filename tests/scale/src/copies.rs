//! Many payments from a few templates: each copy has ids of its own, and so its own place in table and index.
//!
//! What the sweep reads is as the store would have written it. The hashes and signatures of a copied trail are the
//! template's; the sweep does not read trails.

use crate::journey::{Kind, NUMBER};
use domain::PaymentRequestId;
use dynoxide::types::{AttributeValue, Item};
use store::shard_of;

/// Due times are spread over so many milliseconds from the template's on.
pub const SPREAD: i64 = 60_000;

/// Whether an item is a payment's row.
#[must_use]
pub fn is_row(item: &Item) -> bool {
    matches!(item.get("sk"), Some(AttributeValue::S(key)) if key == "STATE")
}

/// Copies one payment's items.
#[derive(Debug)]
pub struct Copier {
    kind: Kind,
    items: Vec<Item>,
    due_at: Option<i64>,
}

impl Copier {
    /// Copies these items of a payment of this kind.
    #[must_use]
    pub fn new(kind: Kind, items: Vec<Item>) -> Self {
        let due = items.iter().find_map(|item| item.get("due_at"));
        let due_at = match due {
            Some(AttributeValue::N(digits)) => digits.parse().ok(),
            _ => None,
        };
        Self {
            kind,
            items,
            due_at,
        }
    }

    /// All items of the payment with this number.
    #[must_use]
    pub fn payment(&self, number: u64) -> Vec<Item> {
        self.items
            .iter()
            .map(|item| self.item(item, number))
            .collect()
    }

    /// The row alone.
    #[must_use]
    pub fn row(&self, number: u64) -> Item {
        self.item(&self.items[0], number)
    }

    fn item(&self, item: &Item, number: u64) -> Item {
        let digits = format!("{number:012}");
        let mut copy = item.clone();
        for value in copy.values_mut() {
            if let AttributeValue::S(text) = value {
                *text = text.replace(NUMBER, &digits);
            }
        }
        if let (true, Some(due_at)) = (is_row(item), self.due_at) {
            self.place(&mut copy, &digits, due_at, number);
        }
        copy
    }

    /// The row's place in the due index.
    fn place(&self, row: &mut Item, digits: &str, due_at: i64, number: u64) {
        // A factor that has nothing in common with the spread, so that neighbours lie apart.
        let later = i64::try_from(number % 1_000_000).unwrap_or(0) * 7_919 % SPREAD;
        let due = (due_at + later).to_string();
        if let Some(AttributeValue::S(doc)) = row.get_mut("doc") {
            *doc = doc.replace(&due_at.to_string(), &due);
        }
        let id = PaymentRequestId::new(self.kind.id(digits)).expect("an id");
        let shard = shard_of(&id, embedded::SHARDS);
        row.insert("due_at".into(), AttributeValue::N(due));
        row.insert("due_shard".into(), AttributeValue::N(shard.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journey::walk;

    #[tokio::test]
    async fn a_copy_is_due_at_its_own_place_and_names_nobody_else() {
        let items = walk(Kind::Waiting).await.unwrap().items;
        assert!(is_row(&items[0]));
        let copier = Copier::new(Kind::Waiting, items);
        let row = copier.row(42);
        let AttributeValue::S(doc) = &row["doc"] else {
            unreachable!("a row has a document")
        };
        let payment: domain::Payment = serde_json::from_str(doc).unwrap();
        assert_eq!(payment.id.as_str(), "PAY_W_000000000042");
        let due = payment.due_at.unwrap().millis().to_string();
        assert_eq!(row["due_at"], AttributeValue::N(due));
        let shard = shard_of(&payment.id, embedded::SHARDS).to_string();
        assert_eq!(row["due_shard"], AttributeValue::N(shard));
        for item in copier.payment(42) {
            for value in item.values() {
                assert!(!matches!(value, AttributeValue::S(text) if text.contains(NUMBER)));
            }
        }
        assert_ne!(copier.row(43)["due_at"], row["due_at"]);
    }

    #[tokio::test]
    async fn what_is_captured_is_not_due() {
        let items = walk(Kind::Captured).await.unwrap().items;
        let row = Copier::new(Kind::Captured, items).row(1);
        assert!(!row.contains_key("due_at") && !row.contains_key("due_shard"));
        assert_eq!(row["status"], AttributeValue::S("CAPTURED".into()));
    }
}
