//! What callers send, checked field by field.

use crate::Problem;
use domain::card::TypedCard;
use domain::order::{Buyer, Goods, OrderDetails, Shipping};
use domain::{CaptureMode, CaptureOn, Money, NewPayment, OrderId, PaymentRequestId, Seconds};
use pop::pay_request::Env;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The longest body that is read, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// POP closes an unpaid order after 14 minutes by itself; by default we say the same time.
const DEFAULT_EXPIRY: Seconds = Seconds(840);
const EXPIRY_RANGE: std::ops::RangeInclusive<i64> = 30..=3600;
const CAPTURE_DELAY_RANGE: std::ops::RangeInclusive<i64> = 0..=30 * 86_400;
const MAX_GOODS: usize = 100;
const MAX_DESCRIPTION: usize = 256;
const MAX_URL: usize = 2048;

/// The body of `POST /payments`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateBody {
    payment_request_id: String,
    order_id: OrderId,
    amount: Money,
    capture_mode: Option<RequestedMode>,
    capture_on: Option<RequestedTime>,
    capture_after_seconds: Option<i64>,
    expires_in_seconds: Option<i64>,
    description: String,
    redirect_url: String,
    #[serde(default)]
    goods: Vec<Goods>,
    shipping: Option<Shipping>,
    buyer: Option<Buyer>,
    settlement_currency: Option<String>,
    #[serde(rename = "is3DSAuthentication")]
    is_3ds_authentication: Option<bool>,
    enable_authentication_upgrade: Option<bool>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum RequestedMode {
    Automatic,
    Manual,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum RequestedTime {
    Authorized,
    Request,
    After,
}

/// The body of `POST /payments/{id}/pay`.
#[derive(Deserialize)]
pub(crate) struct PayBody {
    pub(crate) card: TypedCard,
    pub(crate) env: Env,
}

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
    serde_json::from_slice(body).map_err(|error| {
        let code = if error.is_data() {
            "invalid_field"
        } else {
            "bad_json"
        };
        let what = if error.is_data() {
            reason(&error)
        } else {
            "The body is not JSON".to_owned()
        };
        Problem::new(
            400,
            code,
            format!("{what} (line {}, column {}).", error.line(), error.column()),
        )
    })
}

/// Of serde's message only what names a field of ours is passed on.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let field = text
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split_once('`'));
    match field {
        Some((name, _)) => format!("The field {name} is missing"),
        None => "A field has the wrong type or form".to_owned(),
    }
}

impl CreateBody {
    /// Checks the fields and gives the payment to create.
    pub(crate) fn check(self, default_capture_on: CaptureOn) -> Result<NewPayment, Problem> {
        let id = PaymentRequestId::from_merchant(self.payment_request_id.as_str())
            .map_err(|error| field("paymentRequestId", error))?;
        let amount = self
            .amount
            .check_payable()
            .map_err(|error| field("amount", error))?;
        text("description", &self.description, MAX_DESCRIPTION)?;
        text("redirectUrl", &self.redirect_url, MAX_URL)?;
        if self.goods.len() > MAX_GOODS {
            return Err(field("goods", format!("at most {MAX_GOODS} lines")));
        }
        let expires_in = seconds(
            "expiresInSeconds",
            self.expires_in_seconds,
            DEFAULT_EXPIRY,
            &EXPIRY_RANGE,
        )?;
        let capture_on = self.capture_time(default_capture_on)?;
        let capture_mode = match self.capture_mode {
            Some(RequestedMode::Manual) => CaptureMode::Manual,
            Some(RequestedMode::Automatic) | None => CaptureMode::Automatic,
        };
        let order = OrderDetails {
            order_id: self.order_id,
            description: self.description,
            redirect_url: self.redirect_url,
            goods: self.goods,
            shipping: self.shipping,
            buyer: self.buyer,
            settlement_currency: self.settlement_currency,
            is_3ds_authentication: self.is_3ds_authentication,
            enable_authentication_upgrade: self.enable_authentication_upgrade,
        };
        Ok(NewPayment {
            id,
            order,
            amount,
            capture_mode,
            capture_on,
            expires_in,
        })
    }

    fn capture_time(&self, default: CaptureOn) -> Result<CaptureOn, Problem> {
        let delay = || match (self.capture_after_seconds, default) {
            (None, CaptureOn::After(delay)) => Ok(delay),
            (None, _) => Err(field(
                "captureAfterSeconds",
                "needed with captureOn \"after\"",
            )),
            (given, _) => seconds(
                "captureAfterSeconds",
                given,
                Seconds(0),
                &CAPTURE_DELAY_RANGE,
            ),
        };
        Ok(match self.capture_on {
            None => default,
            Some(RequestedTime::Authorized) => CaptureOn::Authorized,
            Some(RequestedTime::Request) => CaptureOn::Request,
            Some(RequestedTime::After) => CaptureOn::After(delay()?),
        })
    }
}

fn seconds(
    name: &str,
    value: Option<i64>,
    default: Seconds,
    range: &std::ops::RangeInclusive<i64>,
) -> Result<Seconds, Problem> {
    let value = value.map_or(default, Seconds);
    let expected = || field(name, format!("from {} to {}", range.start(), range.end()));
    range
        .contains(&value.0)
        .then_some(value)
        .ok_or_else(expected)
}

fn text(name: &str, value: &str, longest: usize) -> Result<(), Problem> {
    let fits = !value.trim().is_empty() && value.chars().count() <= longest;
    fits.then_some(())
        .ok_or_else(|| field(name, format!("1 to {longest} characters")))
}

pub(crate) fn field(name: &str, expected: impl std::fmt::Display) -> Problem {
    Problem::new(400, "invalid_field", format!("{name}: {expected}."))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_card_number_in_the_wrong_place_is_not_repeated() {
        let text = r#"{"card":{"cardNo":4117347806156383},"env":"4117347806156383"}"#;
        let Err(problem) = read::<PayBody>(text.as_bytes()) else {
            panic!("accepted")
        };
        assert!(!problem.detail.contains("4117"), "{}", problem.detail);
    }
}
