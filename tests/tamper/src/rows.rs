//! Each value of the row, changed.

use crate::{Keys, Sample, Tally};
use domain::Payment;
use serde_json::Value;

/// What the trail does not answer for: when the row is looked at, how often it was written and asked about, people, and
/// the name of a stored card, which is made of the buyer's.
const FREE: [&str; 7] = [
    "/due_at",
    "/asked_at",
    "/version",
    "/order/buyer/",
    "/order/shipping/",
    "/save_card/saved",
    "/outbox/",
];

/// Changes each value of the row's document that may be changed to another of its kind.
pub(crate) fn change_each(sample: &Sample, keys: &Keys, tally: &mut Tally) {
    let document = serde_json::to_value(&sample.row).unwrap();
    for path in leaves(&document, String::new()) {
        if FREE.iter().any(|free| path.starts_with(free)) {
            continue;
        }
        let mut changed = document.clone();
        let value = changed.pointer_mut(&path).unwrap();
        *value = other(value);
        // A value that cannot be one makes a row that cannot be read: that is found as well.
        let row = serde_json::from_value::<Payment>(changed);
        let found = row.map_or(true, |row| {
            let entries = sample.entries.clone();
            row == sample.row || Sample { row, entries }.is_found(keys)
        });
        tally.row_values_changed += 1;
        if found {
            tally.row_values_found += 1;
        } else {
            tally.unnoticed(sample, format!("the row's {path}"));
        }
    }
}

/// The places of all texts, numbers and switches.
fn leaves(value: &Value, path: String) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Object(fields) => {
            let fields = fields.iter();
            fields
                .flat_map(|(name, value)| leaves(value, format!("{path}/{name}")))
                .collect()
        }
        Value::Array(values) => {
            let values = values.iter().enumerate();
            values
                .flat_map(|(at, value)| leaves(value, format!("{path}/{at}")))
                .collect()
        }
        _ => vec![path],
    }
}

fn other(value: &Value) -> Value {
    match value {
        Value::Bool(value) => Value::Bool(!value),
        Value::Number(number) => Value::from(number.as_i64().unwrap_or_default() + 1),
        Value::String(text) => Value::String(other_text(text)),
        other => other.clone(),
    }
}

/// Another word where only some are known, or another last character.
fn other_text(text: &str) -> String {
    let words = [
        ("CREATED", "EXPIRED"),
        ("PENDING", "EXPIRED"),
        ("AUTHORIZED", "CAPTURED"),
        ("CAPTURED", "AUTHORIZED"),
        ("CAPTURE_FAILED", "CAPTURED"),
        ("DECLINED", "CANCELLED"),
        ("CANCELLED", "DECLINED"),
        ("EXPIRED", "CANCELLED"),
        ("MANUAL", "AUTOMATIC"),
        ("AUTOMATIC", "MANUAL"),
        ("succeeded", "requested"),
        ("requested", "succeeded"),
        ("authorized", "request"),
        ("request", "authorized"),
        ("merchant", "buyer"),
        ("buyer", "merchant"),
        ("no", "wanted"),
        ("not_given", "wanted"),
        ("EUR", "USD"),
    ];
    if let Some((_, other)) = words.iter().find(|(word, _)| *word == text) {
        return (*other).to_owned();
    }
    let mut text = text.to_owned();
    let last = text.pop();
    text.push(if last == Some('7') { '8' } else { '7' });
    text
}
