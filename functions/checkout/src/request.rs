//! What callers send, checked field by field.

mod create;
mod pay;
mod wishes;

pub(crate) use create::CreateBody;
pub(crate) use pay::{ChargeBody, PayBody, PayWith};
pub(crate) use wishes::{CaptureBody, RefundBody};

use crate::Problem;
use domain::limits::FieldError;
use serde::de::DeserializeOwned;

/// The longest body that is read, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// Reads a JSON body. The error names the place, never the value: it may be a card number.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() {
        return Err(Problem::new(400, "empty_body", "Send the request as JSON."));
    }
    if body.len() > MAX_BODY {
        return Err(Problem::new(
            413,
            "body_too_large",
            format!("At most {MAX_BODY} bytes are read."),
        ));
    }
    if body.trim_ascii_start().starts_with(b"[") {
        // serde would take it for the fields in their order.
        return Err(field("body", "a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        unreadable(&path, error.inner())
    })?;
    json.end().map_err(|error| unreadable("", &error))?;
    Ok(value)
}

/// Of serde's message nothing is passed on but the name of a missing field, which is ours.
fn unreadable(path: &str, error: &serde_json::Error) -> Problem {
    let place = format!("line {}, column {}", error.line(), error.column());
    if !error.is_data() {
        return Problem::new(400, "bad_json", format!("The body is not JSON ({place})."));
    }
    let text = error.to_string();
    let missing = text
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split_once('`'));
    let within = |name: &str| match path {
        "." | "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    match missing {
        Some((name, _)) => field(&within(name), format!("missing ({place})")),
        None if matches!(path, "." | "") => {
            field("body", format!("of the wrong type or form ({place})"))
        }
        None => field(path, format!("of the wrong type or form ({place})")),
    }
}

fn in_field(error: FieldError) -> Problem {
    field(&error.field, error.expected)
}

pub(crate) fn field(name: &str, expected: impl std::fmt::Display) -> Problem {
    Problem::new(400, "invalid_field", format!("{name}: {expected}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{CaptureMode, CaptureOn, NewPayment, Seconds};

    fn body(change: impl Fn(&mut serde_json::Value)) -> Result<NewPayment, Problem> {
        let mut json = serde_json::json!({
            "paymentRequestId": "PAY_1", "orderId": "ORDER_1", "amount": {"currency": "EUR", "value": "30000"},
            "description": "coffee", "redirectUrl": "https://shop.example/return",
        });
        change(&mut json);
        read::<CreateBody>(json.to_string().as_bytes())?.check(CaptureOn::Authorized)
    }

    #[test]
    fn defaults_are_automatic_capture_and_fourteen_minutes() {
        let new = body(|_| {}).unwrap();
        assert_eq!(
            (new.capture_mode, new.expires_in),
            (CaptureMode::Automatic, Seconds(840))
        );
    }

    #[test]
    fn a_wrong_field_is_named() {
        for (name, value, detail) in [
            (
                "paymentRequestId",
                serde_json::json!("a b"),
                "paymentRequestId",
            ),
            ("description", serde_json::json!(""), "description"),
            (
                "redirectUrl",
                serde_json::json!("x".repeat(3000)),
                "redirectUrl",
            ),
            (
                "captureOn",
                serde_json::json!("after"),
                "captureAfterSeconds",
            ),
            ("expiresInSeconds", serde_json::json!(5), "expiresInSeconds"),
        ] {
            let problem = body(|json| json[name] = value.clone()).unwrap_err();
            assert_eq!(
                (problem.status, problem.code),
                (400, "invalid_field"),
                "{name}"
            );
            assert!(problem.detail.contains(detail), "{}", problem.detail);
        }
        let missing =
            body(|json| drop(json.as_object_mut().unwrap().remove("orderId"))).unwrap_err();
        assert!(missing.detail.contains("orderId"), "{}", missing.detail);
    }

    #[test]
    fn a_field_of_the_wrong_type_is_named_and_not_repeated() {
        for (text, want) in [
            (r#"{"number":"4117347806156383"}"#, "number: "),
            (
                r#"{"amount":{"currency":"4117347806156383","value":"1"}}"#,
                "amount",
            ),
            (r#"{"last":4117347806156383}"#, "last: "),
            ("[1]", "body: "),
            (r#"{"number":1} 4117"#, "The body is not JSON"),
        ] {
            let Err(problem) = read::<CaptureBody>(text.as_bytes()) else {
                panic!("accepted: {text}")
            };
            assert!(
                problem.detail.starts_with(want),
                "{text}: {}",
                problem.detail
            );
            assert!(!problem.detail.contains("4117"), "{}", problem.detail);
        }
    }

    #[test]
    fn a_card_number_in_the_wrong_place_is_not_repeated() {
        let text = r#"{"card":{"cardNo":4117347806156383},"env":"4117347806156383"}"#;
        let Err(problem) = read::<PayBody>(text.as_bytes()) else {
            panic!("accepted")
        };
        assert!(!problem.detail.contains("4117"), "{}", problem.detail);
    }
}
