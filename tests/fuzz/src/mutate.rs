//! Changes of a JSON document that keep it a document: a value in the place of another, one gone, one doubled, a key that
//! stands twice.

use serde_json::{Map, Value, json};

/// Marks a key that is to stand twice; taken out of the text in the end.
const TWIN: &str = "~twin~";

/// SplitMix64: the same numbers for the same seed.
#[derive(Debug)]
pub struct Draws(pub u64);

impl Draws {
    /// A number below `limit`, which must not be 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }
}

/// The input with its document changed in one to three places; the first `head` bytes stay. `None` if what follows them
/// is no document.
#[must_use]
pub fn json(input: &[u8], head: usize, seed: u64) -> Option<Vec<u8>> {
    let (head, document) = input.split_at_checked(head)?;
    let mut document: Value = serde_json::from_slice(document).ok()?;
    let mut draws = Draws(seed);
    for _ in 0..=draws.below(3) {
        change(&mut document, &mut draws);
    }
    let text = document.to_string().replace(TWIN, "");
    Some([head, text.as_bytes()].concat())
}

fn change(document: &mut Value, draws: &mut Draws) {
    let donor = pick(document, draws).clone();
    let place = pick(document, draws);
    match (draws.below(8), place) {
        (0, Value::Object(fields)) => {
            drop(any_key(fields, draws).and_then(|key| fields.remove(&key)))
        }
        (1, Value::Object(fields)) => twin(fields, draws),
        (2, Value::Object(fields)) => drop(fields.insert(word(draws).to_owned(), donor)),
        (0, Value::Array(items)) if !items.is_empty() => {
            drop(items.remove(draws.below(items.len())))
        }
        (1 | 2, Value::Array(items)) => {
            items.extend(std::iter::repeat_n(donor, 1 + draws.below(3)))
        }
        (3, place) => *place = donor,
        (_, place) => *place = odd(draws),
    }
}

fn twin(fields: &mut Map<String, Value>, draws: &mut Draws) {
    if let Some(key) = any_key(fields, draws) {
        let value = odd(draws);
        fields.insert(format!("{key}{TWIN}"), value);
    }
}

fn any_key(fields: &Map<String, Value>, draws: &mut Draws) -> Option<String> {
    let place = draws.below(fields.len().max(1));
    fields.keys().nth(place).cloned()
}

/// Any value of the document, deep ones as likely as others.
fn pick<'a>(value: &'a mut Value, draws: &mut Draws) -> &'a mut Value {
    let size = count(value);
    nth(value, &mut draws.below(size))
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

fn nth<'a>(value: &'a mut Value, left: &mut usize) -> &'a mut Value {
    if *left == 0 {
        return value;
    }
    *left -= 1;
    let inside: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields.values_mut().collect(),
        _ => unreachable!("the place lies within what was counted"),
    };
    for child in inside {
        let size = count(child);
        if *left < size {
            return nth(child, left);
        }
        *left -= size;
    }
    unreachable!("the place lies within what was counted")
}

/// Words that readers know, from both sides of the contract.
const WORDS: [&str; 64] = [
    "S",
    "F",
    "U",
    "SUCCESS",
    "FAIL",
    "CANCELLED",
    "PROCESSING",
    "PENDING",
    "PAYMENT_RESULT",
    "PAYMENT_PENDING",
    "CAPTURE_RESULT",
    "REFUND_RESULT",
    "notifyType",
    "disputeNotificationType",
    "result",
    "resultStatus",
    "resultCode",
    "PAYMENT_IN_PROCESS",
    "CAPTURE_IN_PROCESS",
    "REFUND_IN_PROCESS",
    "ORDER_NOT_EXIST",
    "ORDER_IS_CLOSED",
    "ORDER_IS_CANCELED",
    "AUTH_EXPIRED",
    "AUTH_CANCELLED",
    "REPEAT_REQ_INCONSISTENT",
    "SYSTEM_ERROR",
    "PROCESS_FAIL",
    "UNKNOWN_EXCEPTION",
    "ORDER_STATUS_INVALID",
    "REFUND_NOT_EXIST",
    "REFUND_AMOUNT_EXCEED",
    "paymentRequestId",
    "paymentId",
    "captureRequestId",
    "captureId",
    "refundRequestId",
    "refundId",
    "paymentAmount",
    "captureAmount",
    "refundAmount",
    "value",
    "currency",
    "EUR",
    "JPY",
    "30000",
    "10000",
    "1",
    "paymentStatus",
    "refundStatus",
    "transactions",
    "transactionType",
    "CAPTURE",
    "transactionStatus",
    "transactionRequestId",
    "transactionId",
    "transactionAmount",
    "authExpiryTime",
    "2026-01-09T00:00:00Z",
    "normalUrl",
    "https://acs.example/",
    "cardToken",
    "paymentResultInfo",
    "EVENT_MANUAL",
];

fn word(draws: &mut Draws) -> &'static str {
    WORDS[draws.below(WORDS.len())]
}

/// A value that nobody expects where it stands.
fn odd(draws: &mut Draws) -> Value {
    match draws.below(20) {
        0 => Value::Null,
        1 => true.into(),
        2 => 0.into(),
        3 => (-1).into(),
        4 => u64::MAX.into(),
        5 => i64::MIN.into(),
        6 => json!(1e308),
        7 => json!(0.1),
        8 => "".into(),
        9 => "\0".into(),
        10 => "\u{feff}\u{202e}é\u{1f4b3}".into(),
        11 => "9".repeat(1 + draws.below(40)).into(),
        12 => "A".repeat(1 << draws.below(13)).into(),
        13 => json!([]),
        14 => json!({}),
        15 => (0..draws.below(140)).fold(json!(1), |inner, _| json!([inner])),
        16 => json!({ "currency": word(draws), "value": draws.below(100_000).to_string() }),
        17 => "9999-12-31T23:59:59Z".into(),
        18 => "-009999-01-01T00:00:00Z".into(),
        _ => word(draws).into(),
    }
}
