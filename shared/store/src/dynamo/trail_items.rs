//! What an entry of a trail looks like as an item, written and read to the byte: an item that was changed in any way
//! cannot be read, or is not the entry that was hashed.

use super::items::{
    self, EVIDENCE, Item, LONGEST_LIFE, bytes, corrupt, epoch_seconds, id_of_row_key, number,
    read_signed_message, row_key, signed_message, take_number, take_text, text,
};
use crate::{DynamoSettings, StoreError};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::evidence::{Decided, Entry, Evidence, LocalStep, Said};
use domain::{PaymentRequestId, Time, hex};
use sha2::{Digest, Sha256};

/// The item of an entry. It expires with the settings' retention.
#[must_use]
pub fn evidence_item(
    id: &PaymentRequestId,
    entry: &Evidence,
    settings: &DynamoSettings,
) -> super::Item {
    let expires_at = epoch_seconds(entry.received_at + settings.retention + LONGEST_LIFE);
    item(id, entry, expires_at)
}

/// Reads the item of an entry: whose it is, and what it says. Fails for any item that is not what we write, such as
/// one that was changed, has an attribute more or less, or lies under another key than it was written to.
pub fn read_evidence_item(item: &Item) -> Result<(PaymentRequestId, Evidence), StoreError> {
    let id = id_of_row_key(&take_text(item, "pk")?).ok_or_else(|| corrupt("pk"))?;
    let entry = read(item)?;
    let expires_at = take_number(item, "expires_at")?;
    let written = self::item(&id, &entry, expires_at);
    let differs = |name: &&String| item.get(*name) != written.get(*name);
    let mut names: Vec<&String> = item.keys().chain(written.keys()).filter(differs).collect();
    names.sort();
    match names.first() {
        None => Ok((id, entry)),
        Some(name) => Err(corrupt(name)),
    }
}

fn item(id: &PaymentRequestId, entry: &Evidence, expires_at: i64) -> Item {
    let (pk, sk) = (row_key(id), format!("{EVIDENCE}{:06}", entry.sequence));
    let mut item = match &entry.entry {
        Entry::Signed(said) => said_attributes(said),
        Entry::Local(step) => Item::from([("step".into(), text(step.to_json()))]),
    };
    item.extend([
        (
            "seal".into(),
            bytes(&seal(&pk, &sk, expires_at, &entry.hash)),
        ),
        ("pk".into(), text(pk)),
        ("sk".into(), text(sk)),
        ("received_at".into(), number(entry.received_at.millis())),
        ("version".into(), number(entry.decided.version)),
        ("terms".into(), text(entry.decided.terms.to_string())),
        ("previous".into(), bytes(&unhex(&entry.previous))),
        ("hash".into(), bytes(&unhex(&entry.hash))),
        ("expires_at".into(), number(expires_at)),
    ]);
    // Only what waited was decided on later than it came.
    let waited = entry.decided.at != entry.received_at;
    let decided_at = waited.then(|| number(entry.decided.at.millis()));
    item.extend(decided_at.map(|at| ("decided_at".into(), at)));
    item
}

fn said_attributes(said: &Said) -> Item {
    let mut item = signed_message(&said.message);
    let about = said
        .about
        .as_ref()
        .map(|about| ("about".into(), text(about)));
    item.extend(about);
    let kept = said
        .kept
        .then(|| ("kept".into(), AttributeValue::Bool(true)));
    item.extend(kept);
    item
}

/// What the entry's own hash leaves out: where it lies, and until when.
fn seal(pk: &str, sk: &str, expires_at: i64, hash: &str) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for part in [pk, sk, &expires_at.to_string(), hash] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().to_vec()
}

fn read(item: &Item) -> Result<Evidence, StoreError> {
    let place = take_text(item, "sk")?;
    let sequence = place.strip_prefix(EVIDENCE).and_then(|n| n.parse().ok());
    let received_at = Time::from_millis(take_number(item, "received_at")?);
    let decided_at = match item.contains_key("decided_at") {
        true => Time::from_millis(take_number(item, "decided_at")?),
        false => received_at,
    };
    let terms = take_text(item, "terms")?.parse();
    Ok(Evidence {
        sequence: sequence.ok_or_else(|| corrupt("sk"))?,
        received_at,
        decided: Decided {
            version: take_number(item, "version")?,
            at: decided_at,
            terms: terms.map_err(|_| corrupt("terms"))?,
        },
        entry: match item.contains_key("step") {
            true => Entry::Local(read_step(item)?),
            false => Entry::Signed(read_said(item)?),
        },
        previous: hex(&items::take_bytes(item, "previous")?),
        hash: hex(&items::take_bytes(item, "hash")?),
    })
}

fn read_step(item: &Item) -> Result<LocalStep, StoreError> {
    LocalStep::from_json(&take_text(item, "step")?).ok_or_else(|| corrupt("step"))
}

fn read_said(item: &Item) -> Result<Said, StoreError> {
    let about = item.contains_key("about").then(|| take_text(item, "about"));
    Ok(Said {
        message: read_signed_message(item)?,
        about: about.transpose()?,
        kept: item.contains_key("kept"),
    })
}

/// Bytes of a hash in hex. What is no hex has none, and then the item is not read back.
fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map_while(|pair| match pair {
            [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use domain::Seconds;
    use domain::evidence::{MessageKind, Terms, Trail};

    fn settings() -> DynamoSettings {
        DynamoSettings {
            table: "t".into(),
            shards: 4,
            retention: Seconds::days(10),
        }
    }

    fn decided(at: Time) -> Decided {
        Decided {
            version: 3,
            at,
            terms: Terms::of(&domain::Policy::default()),
        }
    }

    /// One entry of each shape.
    fn entries() -> Vec<Evidence> {
        let at = Time::from_millis(1_700_000_000_001);
        let message = |kind| domain::evidence::SignedMessage {
            kind,
            ..samples::message(vec![0, 255, b'{'])
        };
        let kinds = [
            MessageKind::NotifyPayment,
            MessageKind::NotifyCapture,
            MessageKind::NotifyRefund,
            MessageKind::NotifyOther,
            MessageKind::PayResponse,
            MessageKind::InquiryResponse,
            MessageKind::CaptureResponse,
            MessageKind::CancelResponse,
            MessageKind::RefundResponse,
            MessageKind::RefundInquiryResponse,
        ];
        let mut shapes: Vec<Entry> = Vec::new();
        shapes.extend(kinds.map(|kind| Entry::Signed(message(kind).into())));
        shapes.push(Entry::Signed(Said {
            about: Some("REFUND_1".into()),
            kept: true,
            ..message(MessageKind::RefundResponse).into()
        }));
        shapes.push(Entry::Local(LocalStep::TimePassed));
        let created = crate::Commit::created(samples::payment("PAY_1"), &domain::Policy::default());
        shapes.push(created.evidence[0].entry.clone());
        let mut trail = Trail::default();
        let mut entries: Vec<_> = shapes
            .iter()
            .map(|entry| trail.append(entry.clone(), at, decided(at)))
            .collect();
        let later = decided(at + Seconds(5));
        entries.push(trail.append(shapes[1].clone(), at, later));
        entries
    }

    #[test]
    fn evidence_is_read_as_it_was_written() {
        let id = samples::id("PAY_1");
        for entry in entries() {
            let item = evidence_item(&id, &entry, &settings());
            let read = read_evidence_item(&item).unwrap();
            assert_eq!(read, (id.clone(), entry));
        }
    }

    /// It is not read, or the hash finds it; and what stands in it is not repeated.
    fn is_found(item: &Item, name: &str) {
        match read_evidence_item(item) {
            Ok((_, entry)) => assert!(!entry.is_intact(), "{name}"),
            Err(error) => assert!(!error.to_string().contains("4111"), "{error}"),
        }
    }

    #[test]
    fn an_item_that_is_not_ours_is_named_and_not_quoted() {
        let id = samples::id("PAY_1");
        for entry in entries() {
            let item = evidence_item(&id, &entry, &settings());
            for name in item.keys() {
                let mut missing = item.clone();
                missing.remove(name);
                is_found(&missing, name);
                let mut other = item.clone();
                other.insert(name.clone(), text("4111111111111111"));
                is_found(&other, name);
            }
            let mut more = item.clone();
            more.insert("note".into(), text("4111111111111111"));
            let error = read_evidence_item(&more).unwrap_err().to_string();
            assert!(error.contains("note") && !error.contains("4111"), "{error}");
        }
    }

    #[test]
    fn an_entry_under_another_key_or_with_another_end_is_not_read() {
        let entry = &entries()[0];
        let item = evidence_item(&samples::id("PAY_1"), entry, &settings());
        let moved = [
            ("pk", text("PAY#PAY_2")),
            ("sk", text("EVID#000002")),
            ("sk", text("EVID#1")),
            ("sk", text("EVID#+00001")),
            ("expires_at", number(1)),
            ("seal", bytes(&[0; 32])),
        ];
        for (name, value) in moved {
            let mut changed = item.clone();
            changed.insert(name.into(), value);
            read_evidence_item(&changed).unwrap_err();
        }
    }
}
