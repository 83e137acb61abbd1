//! Each byte of what is stored, changed.

use crate::{Found, Keys, Sample, Tally};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Seconds;
use domain::evidence::{Entry, Evidence, chain_fault};
use pop::recheck::recheck;
use store::{DynamoSettings, Item, evidence_item, read_evidence_item};

fn settings() -> DynamoSettings {
    DynamoSettings {
        table: "payments".into(),
        shards: 4,
        retention: Seconds::days(730),
    }
}

/// Changes each byte of each item of the trail, names and values alike, one at a time.
pub(crate) fn change_each(sample: &Sample, keys: &Keys, tally: &mut Tally) {
    for (place, entry) in sample.entries.iter().enumerate() {
        let item = evidence_item(&sample.row.id, entry, &settings());
        let (id, read) = read_evidence_item(&item).unwrap();
        assert!(
            id == sample.row.id && read == *entry,
            "read as it was written"
        );
        for (name, value) in &item {
            for changed in changed_names(name) {
                let mut item = item.clone();
                item.remove(name);
                item.insert(changed, value.clone());
                let found = found(sample, place, &item, keys);
                tally.byte(sample, &format!("the name {name} of entry {place}"), found);
            }
            for changed in changed_values(value) {
                let mut item = item.clone();
                item.insert(name.clone(), changed);
                let found = found(sample, place, &item, keys);
                tally.byte(sample, &format!("{name} of entry {place}"), found);
            }
        }
    }
}

/// How the item in the place of an entry is found.
fn found(sample: &Sample, place: usize, item: &Item, keys: &Keys) -> Option<Found> {
    let Ok((id, entry)) = read_evidence_item(item) else {
        return Some(Found::Unreadable);
    };
    let mut changed = sample.clone();
    changed.entries[place] = entry;
    if id != sample.row.id || chain_fault(&changed.row.trail, &changed.entries).is_some() {
        return Some(Found::Chain);
    }
    changed.is_found(keys).then_some(Found::Replay)
}

fn changed_names(name: &str) -> Vec<String> {
    changed_texts(name)
}

/// The value with each of its bytes changed.
fn changed_values(value: &AttributeValue) -> Vec<AttributeValue> {
    match value {
        AttributeValue::S(text) => {
            let texts = changed_texts(text).into_iter();
            texts.map(AttributeValue::S).collect()
        }
        AttributeValue::N(digits) => {
            let numbers = changed_texts(digits).into_iter();
            numbers.map(AttributeValue::N).collect()
        }
        AttributeValue::B(blob) => {
            let bytes = blob.as_ref();
            let changed = (0..bytes.len()).map(|at| {
                let mut bytes = bytes.to_vec();
                bytes[at] ^= 1;
                AttributeValue::B(Blob::new(bytes))
            });
            changed.collect()
        }
        AttributeValue::Bool(value) => vec![AttributeValue::Bool(!value)],
        other => panic!("an entry has no such attribute: {other:?}"),
    }
}

/// The text with each byte changed to another of which a text can be made.
fn changed_texts(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let changed = (0..bytes.len()).filter_map(|at| {
        (0..8).find_map(|bit| {
            let mut bytes = bytes.to_vec();
            bytes[at] ^= 1 << bit;
            String::from_utf8(bytes).ok()
        })
    });
    let changed: Vec<String> = changed.collect();
    assert_eq!(changed.len(), bytes.len(), "each byte");
    changed
}

/// Changes each byte that the provider signed, as somebody would who then makes all hashes anew: only the signature
/// can tell.
pub(crate) fn change_each_signed(sample: &Sample, keys: &Keys, tally: &mut Tally) {
    for message in sample.entries.iter().filter_map(Evidence::message) {
        let signer = keys.signer();
        let mut try_it = |what: &str, changed: &domain::evidence::SignedMessage| {
            tally.signed_bytes_changed += 1;
            match recheck(signer.keys, signer.client_id, changed) {
                Err(_) => tally.signed_bytes_found += 1,
                Ok(_) => tally.unnoticed(sample, format!("a signed byte of {what}")),
            }
        };
        for at in 0..message.body.len() {
            let mut changed = message.clone();
            changed.body[at] ^= 1;
            try_it("the body", &changed);
        }
        for (what, text) in [
            ("the path", &message.path),
            ("the client id", &message.client_id),
            ("the time", &message.time),
        ] {
            for text in changed_texts(text) {
                let mut changed = message.clone();
                match what {
                    "the path" => changed.path = text,
                    "the client id" => changed.client_id = text,
                    _ => changed.time = text,
                }
                try_it(what, &changed);
            }
        }
    }
}

/// The entries with all numbers and hashes made anew, and the row's end of the chain with them.
pub(crate) fn rechained(sample: &Sample, entries: &[Entry], of: &[Evidence]) -> Sample {
    let mut changed = sample.clone();
    changed.row.trail = domain::evidence::Trail::default();
    changed.entries = entries
        .iter()
        .zip(of)
        .map(|(entry, of)| {
            let trail = &mut changed.row.trail;
            trail.append(entry.clone(), of.received_at, of.decided)
        })
        .collect();
    changed
}
