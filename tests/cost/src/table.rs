//! What lies in the table, and for how long.

use crate::time::now;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;

/// DynamoDB stores so many bytes with each item on top of its own.
const OF_EACH_ITEM: usize = 100;

/// A month, as prices count it.
const MONTH_SECONDS: f64 = 730.0 * 3_600.0;

/// Bytes, and bytes times the months for which they lie there.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Stored {
    /// Items.
    pub items: u64,
    /// Their bytes.
    pub bytes: f64,
    /// Their bytes times months.
    pub byte_months: f64,
}

impl Stored {
    /// What came on top of what lay there before.
    #[must_use]
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            items: self.items.saturating_sub(before.items),
            bytes: self.bytes - before.bytes,
            byte_months: self.byte_months - before.byte_months,
        }
    }
}

/// All that lies in the table now. What has no expiry of its own is taken to stay for `days`.
pub(crate) async fn stored(client: &Client, days: f64) -> Stored {
    let answer = client.scan().table_name("payments").send().await;
    let answer = answer.expect("the emulator can be read");
    assert!(
        answer.last_evaluated_key.is_none(),
        "one journey's items are one page"
    );
    let mut stored = Stored::default();
    for item in answer.items() {
        let bytes = (item_bytes(item) + OF_EACH_ITEM) as f64;
        stored.items += 1;
        stored.bytes += bytes;
        stored.byte_months += bytes * months(item, days);
    }
    stored
}

fn months(item: &HashMap<String, AttributeValue>, days: f64) -> f64 {
    let expires = item.get("expires_at").and_then(|value| value.as_n().ok());
    let expires: Option<f64> = expires.and_then(|digits| digits.parse().ok());
    let seconds = match expires {
        Some(expires) => expires - now().millis() as f64 / 1_000.0,
        None => days * 86_400.0,
    };
    seconds / MONTH_SECONDS
}

/// Bytes of an item as DynamoDB counts them: names and values.
#[must_use]
pub(crate) fn item_bytes(item: &HashMap<String, AttributeValue>) -> usize {
    let of_one = |(name, value): (&String, &AttributeValue)| name.len() + value_bytes(value);
    item.iter().map(of_one).sum()
}

fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => number_bytes(digits),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::L(values) => {
            3 + values
                .iter()
                .map(|value| 1 + value_bytes(value))
                .sum::<usize>()
        }
        AttributeValue::M(map) => 3 + map.len() + item_bytes(map),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        other => unreachable!("the table holds no {other:?}"),
    }
}

/// A byte for two digits without the zeros around them, and one more; a sign takes another.
fn number_bytes(digits: &str) -> usize {
    let sign = usize::from(digits.starts_with('-'));
    let plain: String = digits.chars().filter(char::is_ascii_digit).collect();
    plain.trim_matches('0').len().div_ceil(2) + 1 + sign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_values() {
        let text = |text: &str| AttributeValue::S(text.into());
        let number = |digits: &str| AttributeValue::N(digits.into());
        let map = HashMap::from([("k".to_owned(), text("vv"))]);
        for (value, bytes) in [
            (text(""), 0),
            (text("PAY#1"), 5),
            (text("é"), 2),
            (number("0"), 1),
            (number("7"), 2),
            (number("1000"), 2),
            (number("1767355200000"), 5),
            (number("1767355202126"), 8),
            (number("-12"), 3),
            (AttributeValue::Ss(vec!["ab".into(), "c".into()]), 3),
            (AttributeValue::L(vec![text("abc")]), 7),
            (AttributeValue::M(map), 7),
            (AttributeValue::Bool(true), 1),
        ] {
            assert_eq!(value_bytes(&value), bytes, "{value:?}");
        }
        let item = HashMap::from([
            ("pk".to_owned(), text("PAY#1")),
            ("version".to_owned(), number("3")),
        ]);
        assert_eq!(item_bytes(&item), 2 + 5 + 7 + 2);
    }

    #[test]
    fn what_does_not_expire_is_counted_for_as_long_as_records_are_kept() {
        let forever = HashMap::new();
        assert!((months(&forever, 365.0) - 12.0).abs() < 1e-9);
        let in_an_hour = now().millis() / 1_000 + 3_600;
        let soon = HashMap::from([(
            "expires_at".to_owned(),
            AttributeValue::N(in_an_hour.to_string()),
        )]);
        assert!((months(&soon, 365.0) - 1.0 / 730.0).abs() < 1e-9);
    }
}
