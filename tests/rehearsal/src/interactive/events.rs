//! Order events in a line each.

use serde_json::Value;

/// What an order event says, for people.
pub(super) fn in_words(body: &str) -> String {
    let event: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let Some((kind, subject)) = text("/type").zip(text("/subject")) else {
        return format!("an order event that is not understood: {body}");
    };
    // HH:MM:SS of the RFC 3339 time.
    let time = text("/time").and_then(|time| time.get(11..19));
    let mut words = format!("{} {kind:<24} {subject}", time.unwrap_or("--:--:--"));
    let moved = [
        "/data/capture/amount",
        "/data/refund/amount",
        "/data/amount",
    ];
    let amount = moved.iter().find_map(|pointer| event.pointer(pointer));
    if let Some(amount) = amount {
        let part = |name: &str| amount[name].as_str().unwrap_or("?").to_owned();
        words += &format!("  {} {}", part("value"), part("currency"));
    }
    words += &text("/data/status").map_or(String::new(), |status| format!("  {status}"));
    words += &text("/data/code").map_or(String::new(), |code| format!("  {code}"));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_is_told_in_a_line() {
        let event = json!({
            "type": "payment.refunded", "subject": "P1", "time": "2026-11-23T10:20:30Z",
            "data": {
                "amount": { "currency": "EUR", "value": "100" }, "status": "CAPTURED", "code": null,
                "refund": { "refundRequestId": "F1", "amount": { "currency": "EUR", "value": "40" } },
            },
        });
        let words = in_words(&event.to_string());
        assert_eq!(
            words,
            "10:20:30 payment.refunded         P1  40 EUR  CAPTURED"
        );
        assert!(in_words("{}").contains("not understood"));
    }
}
