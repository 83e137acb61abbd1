//! What callers send, checked field by field.

use crate::Problem;
use domain::card::{CardData, MpiData, TypedCard, TypedMpi};
use domain::limits::{self, FieldError};
use domain::order::{Buyer, Goods, OrderDetails, Shipping};
use domain::{
    CaptureMode, CaptureOn, CaptureRequest, Money, NewPayment, OrderId, PaymentRequestId,
    RefundRequest, RefundRequestId, Seconds, StoredCardId,
};
use pop::pay_request::{Env, RecurringType, TerminalType};
use runtime::http::Request;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The longest body that is read, in bytes.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// POP closes an unpaid order after 14 minutes by itself; by default we say the same time.
const DEFAULT_EXPIRY: Seconds = Seconds(840);
const EXPIRY_RANGE: std::ops::RangeInclusive<i64> = 30..=3600;
const CAPTURE_DELAY_RANGE: std::ops::RangeInclusive<i64> = 0..=30 * 86_400;
/// The longest reason of a refund, in characters.
const MAX_REASON: usize = 256;

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
    metadata: Option<String>,
    merchant_account_id: Option<String>,
    user_region: Option<String>,
    merchant_region: Option<String>,
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
#[serde(rename_all = "camelCase")]
pub(crate) struct PayBody {
    card: Option<TypedCard>,
    stored_card: Option<String>,
    #[serde(default)]
    store_card: bool,
    mpi_data: Option<TypedMpi>,
    env: Env,
    #[serde(default)]
    return_to: ReturnTo,
}

/// Where a redirect brings the buyer back to.
#[derive(Deserialize, Clone, Copy, Default, PartialEq)]
#[serde(rename_all = "lowercase")]
enum ReturnTo {
    /// The merchant's own page.
    #[default]
    Shop,
    /// Our result page.
    Checkout,
}

/// What the buyer pays with, checked.
pub(crate) enum PayWith {
    Card {
        card: Box<CardData>,
        mpi: Option<MpiData>,
        store: bool,
    },
    StoredCard(StoredCardId),
}

/// A checked body of `POST /payments/{id}/pay`.
pub(crate) struct Pay {
    pub(crate) with: PayWith,
    pub(crate) env: Env,
    pub(crate) returns_to_page: bool,
}

impl PayBody {
    pub(crate) fn check(self, request: &Request) -> Result<Pay, Problem> {
        let mpi = self.mpi_data.map(MpiData::parse).transpose();
        let mpi = mpi.map_err(in_field)?;
        let with = match (self.card, self.stored_card) {
            (Some(card), None) => PayWith::Card {
                card: Box::new(
                    CardData::parse(card)
                        .map_err(|error| Problem::new(400, "invalid_card", format!("{error}.")))?,
                ),
                mpi,
                store: self.store_card,
            },
            (None, Some(card)) if mpi.is_none() && !self.store_card => {
                PayWith::StoredCard(stored_card(card)?)
            }
            (None, Some(_)) => {
                return Err(field("storedCard", "without storeCard and mpiData"));
            }
            _ => return Err(field("card", "either card or storedCard")),
        };
        Ok(Pay {
            with,
            env: env(self.env, request)?,
            returns_to_page: self.return_to == ReturnTo::Checkout,
        })
    }
}

/// The body of `POST /payments/{id}/charge`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChargeBody {
    stored_card: String,
    recurring_type: RecurringType,
    env: Option<Env>,
}

/// A checked body of `POST /payments/{id}/charge`.
pub(crate) struct Charge {
    pub(crate) stored_card: StoredCardId,
    pub(crate) recurring_type: RecurringType,
    pub(crate) env: Env,
}

impl ChargeBody {
    pub(crate) fn check(self, request: &Request) -> Result<Charge, Problem> {
        // Nobody sits at a page: the merchant's server is where the payment comes from.
        let env = env(
            self.env.unwrap_or_else(|| Env::of(TerminalType::Web)),
            request,
        )?;
        Ok(Charge {
            stored_card: stored_card(self.stored_card)?,
            recurring_type: self.recurring_type,
            env,
        })
    }
}

/// The body of `POST /payments/{id}/capture`.
#[derive(Deserialize)]
pub(crate) struct CaptureBody {
    amount: Option<Money>,
    number: Option<u32>,
    #[serde(default)]
    last: bool,
}

impl CaptureBody {
    pub(crate) fn check(self) -> Result<CaptureRequest, Problem> {
        let number = self.number.unwrap_or(1);
        let range = 1..=MAX_CAPTURES;
        if !range.contains(&number) {
            return Err(field("number", format!("from 1 to {MAX_CAPTURES}")));
        }
        Ok(CaptureRequest {
            number,
            amount: payable("amount", self.amount)?,
            last: self.last,
        })
    }
}

/// The most captures of one payment.
const MAX_CAPTURES: u32 = 100;

/// The body of `POST /payments/{id}/refund`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefundBody {
    refund_request_id: String,
    amount: Option<Money>,
    reason: Option<String>,
}

impl RefundBody {
    pub(crate) fn check(self) -> Result<RefundRequest, Problem> {
        let request_id = RefundRequestId::from_merchant(self.refund_request_id)
            .map_err(|error| field("refundRequestId", error))?;
        limits::optional_text("reason", self.reason.as_deref(), MAX_REASON).map_err(in_field)?;
        Ok(RefundRequest {
            request_id,
            amount: payable("amount", self.amount)?,
            reason: self.reason,
        })
    }
}

fn payable(name: &str, amount: Option<Money>) -> Result<Option<Money>, Problem> {
    let checked = amount.map(Money::check_payable).transpose();
    checked.map_err(|error| field(name, error))
}

fn stored_card(text: String) -> Result<StoredCardId, Problem> {
    StoredCardId::new(text).map_err(|error| field("storedCard", error))
}

/// The page's surroundings, completed by what the gateway saw.
fn env(env: Env, request: &Request) -> Result<Env, Problem> {
    let env = env.seen_from(&request.source_ip, &request.user_agent);
    env.check().map_err(|error| in_field(error.within("env")))?;
    Ok(env)
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

impl CreateBody {
    /// Checks the fields and gives the payment to create.
    pub(crate) fn check(self, default_capture_on: CaptureOn) -> Result<NewPayment, Problem> {
        let id = PaymentRequestId::from_merchant(self.payment_request_id.as_str())
            .map_err(|error| field("paymentRequestId", error))?;
        let amount = self
            .amount
            .check_payable()
            .map_err(|error| field("amount", error))?;
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
            metadata: self.metadata,
            merchant_account_id: self.merchant_account_id,
            user_region: self.user_region,
            merchant_region: self.merchant_region,
        };
        order.check().map_err(in_field)?;
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

fn in_field(error: FieldError) -> Problem {
    field(&error.field, error.expected)
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
