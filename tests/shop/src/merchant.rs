//! What a merchant has beside the card page: an order form, and a server that creates payments with the API key.

use crate::Site;
use crate::gateway::as_merchant;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Form, FromRequest, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::{Html, IntoResponse, Response};
use domain::{Currency, Seconds};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// `GET /`: the order form.
pub(crate) async fn home(State(site): State<Site>) -> Html<String> {
    let mut rows = String::new();
    for card in simulator::TEST_CARDS {
        let (number, meaning) = (card.number, card.meaning());
        let _infallible = write!(
            rows,
            "<tr><td><code>{number}</code></td><td>{meaning}</td></tr>"
        );
    }
    let page = include_str!("pages/home.html")
        .replace("{test-cards}", &rows)
        .replace("{provider}", site.world.provider.url());
    Html(page)
}

/// `GET /shop/return`: the buyer is back.
pub(crate) async fn returned() -> Html<&'static str> {
    Html(include_str!("pages/return.html"))
}

/// `GET /shop/style.css`.
pub(crate) async fn style() -> Response {
    (
        [(CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("pages/style.css"),
    )
        .into_response()
}

/// `GET /shop/orders/{id}`: what the merchant's server is told.
pub(crate) async fn payment(State(site): State<Site>, Path(id): Path<String>) -> Response {
    let path = format!("/payments/{id}");
    let (status, view) = as_merchant(&site.world, "GET", &path, &Value::Null).await;
    json_response(status, view)
}

/// How far the clocks go forward.
#[derive(Deserialize)]
pub(crate) struct Advance {
    advance_seconds: u32,
}

/// `POST /shop/clock?advance_seconds=N`.
pub(crate) async fn clock(State(site): State<Site>, Query(by): Query<Advance>) -> StatusCode {
    flows::forward(Seconds(by.advance_seconds.into()));
    let span = Duration::from_secs(by.advance_seconds.into());
    site.world.provider.advance(span);
    StatusCode::NO_CONTENT
}

/// What the order form sends.
#[derive(Deserialize)]
struct OrderForm {
    amount: String,
    currency: String,
    mode: String,
    three_ds: Option<String>,
    buyer: String,
}

/// `POST /shop/orders`: creates a payment as a merchant's server does. A program sends JSON: fields of `POST /payments`,
/// all of them optional, with `id` and `mode` for `paymentRequestId` and `captureMode`, and a buyer's id as `buyer`.
pub(crate) async fn order(State(site): State<Site>, request: Request) -> Response {
    let kind = request.headers().get(CONTENT_TYPE);
    let is_form = kind.is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    if is_form {
        return ordered_by_form(&site, request).await;
    }
    let fields = match Bytes::from_request(request, &()).await {
        Ok(body) if body.is_empty() => json!({}),
        Ok(body) => serde_json::from_slice(&body).unwrap_or(Value::Null),
        Err(refusal) => return refusal.into_response(),
    };
    if !fields.is_object() {
        return (StatusCode::BAD_REQUEST, "Send a JSON object.").into_response();
    }
    let (status, answer) = create(&site, &fields).await;
    json_response(status, answer)
}

async fn ordered_by_form(site: &Site, request: Request) -> Response {
    let form = match Form::<OrderForm>::from_request(request, &()).await {
        Ok(Form(form)) => form,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(amount) = form.amount() else {
        let text = "The amount is not a number in that currency: go back and correct it.";
        return (StatusCode::BAD_REQUEST, text).into_response();
    };
    let mut fields = json!({ "mode": form.mode, "amount": amount });
    if form.three_ds.is_some() {
        fields["is3DSAuthentication"] = true.into();
    }
    if !form.buyer.trim().is_empty() {
        fields["buyer"] = form.buyer.trim().into();
    }
    let (status, answer) = create(site, &fields).await;
    match answer["checkoutUrl"].as_str() {
        Some(url) => (StatusCode::SEE_OTHER, [(LOCATION, url.to_owned())]).into_response(),
        None => json_response(status, answer),
    }
}

impl OrderForm {
    /// `12.5` EUR is `1250` cents.
    fn amount(&self) -> Option<Value> {
        let exponent = usize::from(Currency::new(&self.currency).ok()?.exponent());
        let (major, minor) = self
            .amount
            .trim()
            .split_once('.')
            .unwrap_or((self.amount.trim(), ""));
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if major.is_empty() || minor.len() > exponent || !is_number(major) || !is_number(minor) {
            return None;
        }
        let digits = format!("{major}{minor:0<exponent$}");
        let value: u64 = digits.parse().ok()?;
        Some(json!({ "currency": self.currency, "value": value.to_string() }))
    }
}

async fn create(site: &Site, fields: &Value) -> (u16, Value) {
    let body = create_body(site, fields);
    let (status, view) = as_merchant(&site.world, "POST", "/payments", &body).await;
    if status >= 300 {
        return (status, view);
    }
    let answer = json!({
        "paymentRequestId": view["paymentRequestId"],
        "checkoutUrl": view["checkoutUrl"],
    });
    (status, answer)
}

/// An order of this shop, with these fields in place of its own.
fn create_body(site: &Site, fields: &Value) -> Value {
    let id = fields["id"].as_str().map_or_else(fresh_id, str::to_owned);
    let amount = json!({ "currency": "EUR", "value": "30000" });
    let mut body = json!({
        "paymentRequestId": id,
        "orderId": format!("ORDER_{id}").chars().take(64).collect::<String>(),
        "amount": fields.get("amount").unwrap_or(&amount),
        "captureMode": fields.get("mode").unwrap_or(&json!("AUTOMATIC")),
        "description": "Two boxes of coffee",
        "redirectUrl": format!("{}/shop/return", site.url),
        "goods": [{
            "referenceGoodsId": "coffee-pods",
            "goodsName": "Cappuccino pods, box of 16",
            "goodsCategory": "Food/Coffee",
            "goodsQuantity": "2",
            "deliveryMethodType": "PHYSICAL"
        }],
        "shipping": {
            "shippingName": { "firstName": "Dehua", "lastName": "Liu" },
            "shippingAddress": { "region": "CN", "state": "Zhejiang", "city": "Hangzhou", "address1": "Wuchang road", "zipCode": "310000" },
            "shippingCarrier": "FedEx"
        }
    });
    for (name, value) in fields.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("id" | "mode", _) => {}
            ("buyer", Value::String(buyer)) => body["buyer"] = json!({ "referenceBuyerId": buyer }),
            (name, value) => body[name] = value.clone(),
        }
    }
    body
}

/// Never used before in this shop, nor in one before it on the same machine.
fn fresh_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("SHOP_{}_{number}", flows::clock().millis())
}

fn json_response(status: u16, body: Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_the_form() {
        for (amount, currency, want) in [
            ("300", "EUR", Some("30000")),
            (" 12.5 ", "EUR", Some("1250")),
            ("0.01", "EUR", Some("1")),
            ("1500", "JPY", Some("1500")),
            ("1.25", "KWD", Some("1250")),
            ("1.5", "JPY", None),
            ("1.234", "EUR", None),
            ("", "EUR", None),
            (".5", "EUR", None),
            ("1,5", "EUR", None),
            ("5", "euro", None),
        ] {
            let form = OrderForm {
                amount: amount.into(),
                currency: currency.into(),
                mode: "AUTOMATIC".into(),
                three_ds: None,
                buyer: String::new(),
            };
            let got = form.amount().map(|amount| amount["value"].clone());
            assert_eq!(got, want.map(Value::from), "{amount} {currency}");
        }
    }
}
