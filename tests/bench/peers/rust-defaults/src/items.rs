//! What is written: the row and the evidence as items of the table.

use crate::rules::{Payment, number, text};
use crate::signed::Message;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use rsa::sha2::{Digest, Sha256};
use std::collections::HashMap;

const SHARDS: u16 = 4;
const KEPT_SECONDS: i64 = (730 + 180) * 86_400;
/// The limits that the rules had, as they stand in each entry of the evidence.
const TERMS: &str = "900 604800 86400 86400 604800 2592000 0";

pub type Item = HashMap<String, AttributeValue>;

pub fn s(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub fn n(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn b(value: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

pub fn item<const N: usize>(pairs: [(&str, AttributeValue); N]) -> Item {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

pub fn row_key(id: &str) -> String {
    format!("PAY#{id}")
}

pub fn expires_at(now: i64) -> i64 {
    now.div_euclid(1000) + KEPT_SECONDS
}

pub fn row(payment: &Payment) -> Result<Item, serde_json::Error> {
    let id = text(payment, "id");
    let digest = Sha256::digest(id);
    let amount = &payment["amount"];
    let [value, currency] =
        ["value", "currency"].map(|name| amount[name].as_str().unwrap_or_default());
    Ok(item([
        ("pk", s(row_key(id))),
        ("sk", s("STATE")),
        ("doc", s(serde_json::to_string(payment)?)),
        ("version", n(number(payment, "version"))),
        ("written_by", s(format!("{:016x}", rand::random::<u64>()))),
        ("status", s(text(payment, "status"))),
        ("amount", s(format!("{value} {currency}"))),
        ("created_at", n(number(payment, "created_at"))),
        (
            "order_id",
            s(payment["order"]["orderId"].as_str().unwrap_or_default()),
        ),
        ("payment_id", s(text(payment, "payment_id"))),
        ("due_at", n(number(payment, "due_at"))),
        (
            "due_shard",
            n(u16::from_be_bytes([digest[0], digest[1]]) % SHARDS),
        ),
    ]))
}

/// SHA-256 of parts, each after its length.
fn sealed(start: Sha256, parts: &[&[u8]]) -> Vec<u8> {
    let add = |hash: Sha256, part: &&[u8]| {
        hash.chain_update((part.len() as u64).to_be_bytes())
            .chain_update(part)
    };
    parts.iter().fold(start, add).finalize().to_vec()
}

/// Moves the trail on to this message and gives its item.
pub fn append_evidence(payment: &mut Payment, message: &Message, now: i64) -> Item {
    let sequence = payment["trail"]["entries"].as_u64().unwrap_or_default() as u32 + 1;
    let previous = payment["trail"]["head"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let version = number(payment, "version");
    let start = Sha256::new()
        .chain_update(sequence.to_be_bytes())
        .chain_update(now.to_be_bytes())
        .chain_update(version.to_be_bytes())
        .chain_update(now.to_be_bytes());
    let words = [
        TERMS,
        &previous,
        "signed",
        "notify_payment",
        &message.path,
        &message.client_id,
        &message.time,
        &message.header,
        &message.key_version,
    ];
    let mut parts: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    parts.extend([message.body.as_slice(), b""]);
    let hash = sealed(start, &parts);
    let head = hex::encode(&hash);
    let (pk, sk) = (row_key(text(payment, "id")), format!("EVID#{sequence:06}"));
    let expires_at = expires_at(now).to_string();
    let seal = sealed(
        Sha256::new(),
        &[
            pk.as_bytes(),
            sk.as_bytes(),
            expires_at.as_bytes(),
            head.as_bytes(),
        ],
    );
    payment["trail"] = serde_json::json!({ "entries": sequence, "head": head });
    item([
        ("pk", s(pk)),
        ("sk", s(sk)),
        ("kind", s("notify_payment")),
        ("path", s(&message.path)),
        ("client_id", s(&message.client_id)),
        ("time", s(&message.time)),
        ("signature", s(&message.header)),
        ("key_version", s(&message.key_version)),
        ("body", b(message.body.as_slice())),
        ("received_at", n(now)),
        ("version", n(version)),
        ("terms", s(TERMS)),
        ("previous", b(hex::decode(previous).unwrap_or_default())),
        ("hash", b(hash)),
        ("seal", b(seal)),
        ("expires_at", n(expires_at)),
    ])
}
