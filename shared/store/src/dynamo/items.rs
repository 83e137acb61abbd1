//! What an item of the table looks like, written and read.

use crate::{DynamoSettings, EarlyNotification, KeptMessage, StoreError, shard_of};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::evidence::{MessageKind, SignedMessage};
use domain::message::CaptureNotification;
use domain::{Payment, PaymentId, PaymentRequestId, Seconds, Time, hex};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::str::FromStr;

/// An item of the table: attributes by name.
pub type Item = HashMap<String, AttributeValue>;

/// Sort keys.
pub(super) const ROW: &str = "STATE";
pub(super) const BINDING: &str = "BIND";
const KEPT: &str = "KEPT";
pub(super) const EVIDENCE: &str = "EVID#";

/// How long a payment may take to settle before its first evidence could expire with it still in the table.
pub(super) const LONGEST_LIFE: Seconds = Seconds::days(180);

pub(super) const ROW_PREFIX: &str = "PAY#";

pub(super) fn row_key(id: &PaymentRequestId) -> String {
    format!("{ROW_PREFIX}{id}")
}

pub(super) fn binding_key(id: &PaymentId) -> String {
    format!("PID#{id}")
}

/// The payment whose row has this partition key.
pub(super) fn id_of_row_key(key: &str) -> Option<PaymentRequestId> {
    PaymentRequestId::new(key.strip_prefix(ROW_PREFIX)?).ok()
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl ToString + Copy) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn list(values: Vec<AttributeValue>) -> AttributeValue {
    AttributeValue::L(values)
}

pub(super) fn text_set(value: String) -> AttributeValue {
    AttributeValue::Ss(vec![value])
}

pub(super) fn bytes(value: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

/// By which the same message is known again: its body. (A repeated one may carry a new time and signature.)
pub(super) fn digest(message: &SignedMessage) -> String {
    hex(&Sha256::digest(&message.body))
}

pub(super) fn epoch_seconds(time: Time) -> i64 {
    time.millis().div_euclid(1000)
}

pub(super) fn binding_expires_at(from: Time, settings: &DynamoSettings) -> i64 {
    epoch_seconds(from + settings.retention + LONGEST_LIFE)
}

/// The item of a row, as the commit of this name writes it. `doc` is the payment; the other attributes are for the index,
/// for TTL and for people.
pub fn row(
    payment: &Payment,
    written_by: &str,
    settings: &DynamoSettings,
) -> Result<Item, StoreError> {
    let doc = serde_json::to_string(payment).map_err(|error| unwritable(&error))?;
    let mut item = Item::from([
        ("pk".into(), text(row_key(&payment.id))),
        ("sk".into(), text(ROW)),
        ("doc".into(), text(doc)),
        ("version".into(), number(payment.version)),
        ("written_by".into(), text(written_by)),
        ("status".into(), text(payment.status.as_str())),
        ("amount".into(), text(amount(payment))),
        ("created_at".into(), number(payment.created_at.millis())),
    ]);
    let mut add = |name: &str, value: Option<AttributeValue>| {
        item.extend(value.map(|value| (name.to_owned(), value)));
    };
    add("order_id", payment.order_id().map(|id| text(id.as_str())));
    add(
        "payment_id",
        payment.payment_id.as_ref().map(|id| text(id.as_str())),
    );
    add(
        "review",
        payment
            .review
            .as_ref()
            .filter(|_| payment.is_in_review())
            .map(|review| text(review.reason.code())),
    );
    add("due_at", payment.due_at.map(|due| number(due.millis())));
    let shard = shard_of(&payment.id, settings.shards);
    add("due_shard", payment.due_at.map(|_| number(shard)));
    let settled = payment.due_at.is_none() && !payment.is_unresolved();
    let expires_at = epoch_seconds(payment.at_rest_since() + settings.retention);
    add("expires_at", settled.then(|| number(expires_at)));
    Ok(item)
}

fn amount(payment: &Payment) -> String {
    let money = payment.amount;
    format!("{} {}", money.minor(), money.currency().code())
}

pub(super) fn payment(item: &Item) -> Result<Payment, StoreError> {
    from_json(&take_text(item, "doc")?)
}

pub(super) fn signed_message(message: &SignedMessage) -> Item {
    Item::from([
        ("kind".into(), text(message.kind.as_str())),
        ("path".into(), text(&message.path)),
        ("client_id".into(), text(&message.client_id)),
        ("time".into(), text(&message.time)),
        ("signature".into(), text(&message.signature)),
        ("key_version".into(), text(&message.key_version)),
        ("body".into(), bytes(&message.body)),
    ])
}

pub(super) fn read_signed_message(item: &Item) -> Result<SignedMessage, StoreError> {
    Ok(SignedMessage {
        kind: read_kind(&take_text(item, "kind")?)?,
        path: take_text(item, "path")?,
        client_id: take_text(item, "client_id")?,
        time: take_text(item, "time")?,
        signature: take_text(item, "signature")?,
        key_version: take_text(item, "key_version")?,
        body: take_bytes(item, "body")?,
    })
}

fn read_kind(word: &str) -> Result<MessageKind, StoreError> {
    serde_json::from_value(serde_json::Value::from(word)).map_err(|_| corrupt("kind"))
}

/// One early notification as it lies on the shelf.
pub(super) fn shelf_entry(early: &EarlyNotification) -> Result<AttributeValue, StoreError> {
    let notification =
        serde_json::to_string(&early.notification).map_err(|error| unwritable(&error))?;
    let mut entry = signed_message(&early.message);
    entry.extend([
        ("notification".into(), text(notification)),
        ("received_at".into(), number(early.received_at.millis())),
    ]);
    Ok(AttributeValue::M(entry))
}

/// What waits on the shelf of this item, oldest first.
pub(super) fn shelf(item: &Item) -> Result<Vec<EarlyNotification>, StoreError> {
    let Some(shelf) = item.get("shelf") else {
        return Ok(Vec::new());
    };
    let entries = shelf.as_l().map_err(|_| corrupt("shelf"))?;
    entries.iter().map(read_shelf_entry).collect()
}

fn read_shelf_entry(entry: &AttributeValue) -> Result<EarlyNotification, StoreError> {
    let entry = entry.as_m().map_err(|_| corrupt("shelf"))?;
    let notification: CaptureNotification = from_json(&take_text(entry, "notification")?)?;
    Ok(EarlyNotification {
        notification,
        message: read_signed_message(entry)?,
        received_at: Time::from_millis(take_number(entry, "received_at")?),
    })
}

pub(super) fn lies_on_shelf(item: &Item, digest: &String) -> bool {
    let seen = item.get("seen").and_then(|value| value.as_ss().ok());
    seen.is_some_and(|seen| seen.contains(digest))
}

/// The payment that this binding binds to, if it does.
pub(super) fn bound_to(item: &Item) -> Result<Option<PaymentRequestId>, StoreError> {
    if !item.contains_key("payment") {
        return Ok(None);
    }
    let owner = PaymentRequestId::new(take_text(item, "payment")?);
    owner.map(Some).map_err(|_| corrupt("payment"))
}

pub(super) fn kept(kept: &KeptMessage, settings: &DynamoSettings) -> Item {
    let expires_at = epoch_seconds(kept.received_at + settings.retention);
    let mut item = signed_message(&kept.message);
    item.extend([
        ("pk".into(), text(format!("KEPT#{}", digest(&kept.message)))),
        ("sk".into(), text(KEPT)),
        ("received_at".into(), number(kept.received_at.millis())),
        ("named_kind".into(), text(&kept.named_kind)),
        ("expires_at".into(), number(expires_at)),
    ]);
    let names = [
        ("request_id", &kept.request_id),
        ("payment_id", &kept.payment_id),
    ];
    for (name, value) in names {
        item.extend(value.as_ref().map(|value| (name.to_owned(), text(value))));
    }
    item
}

pub(super) fn take_text(item: &Item, name: &str) -> Result<String, StoreError> {
    let value = item.get(name).and_then(|value| value.as_s().ok());
    value.cloned().ok_or_else(|| corrupt(name))
}

pub(super) fn take_number<T: FromStr>(item: &Item, name: &str) -> Result<T, StoreError> {
    let value = item.get(name).and_then(|value| value.as_n().ok());
    let number = value.and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| corrupt(name))
}

pub(super) fn take_bytes(item: &Item, name: &str) -> Result<Vec<u8>, StoreError> {
    let value = item.get(name).and_then(|value| value.as_b().ok());
    let bytes = value.ok_or_else(|| corrupt(name))?;
    Ok(bytes.as_ref().to_vec())
}

fn from_json<T: DeserializeOwned>(json: &str) -> Result<T, StoreError> {
    // The place is enough to look; the text may hold what must not be logged.
    serde_json::from_str(json)
        .map_err(|error| StoreError::Corrupt(format!("JSON breaks at column {}", error.column())))
}

pub(super) fn corrupt(attribute: &str) -> StoreError {
    StoreError::Corrupt(format!("attribute {attribute}"))
}

/// A condition failed and DynamoDB did not say on what.
pub(super) fn not_shown() -> StoreError {
    StoreError::Corrupt("DynamoDB did not show the item that stood in the way".into())
}

pub(super) fn incomplete(error: &BuildError) -> StoreError {
    StoreError::Unavailable(format!("the request is not complete: {error}"))
}

fn unwritable(error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt(format!("cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_not_ours_is_not_quoted() {
        let row = Item::from([("doc".into(), text("{\"id\":\"4111111111111111\"}"))]);
        assert!(!payment(&row).unwrap_err().to_string().contains("4111"));
    }

    #[test]
    fn only_row_keys_name_payments() {
        assert_eq!(
            id_of_row_key("PAY#a#b").map(|id| id.to_string()),
            Some("a#b".into())
        );
        assert_eq!(id_of_row_key("PID#a"), None);
        assert_eq!(id_of_row_key("PAY#"), None);
    }
}
