//! What a pay request must look like (`docs/provider.md`, section "Pay"), and what the simulator keeps of it:
//! the card's number, security code and expiry are judged here and forgotten.

use serde_json::Value;

use crate::cards::{self, CaptureOutcome, Outcome};
use crate::clock::{Millis, parse_iso};
use crate::fields::{Fields, Money, Problem};

/// What is kept of a good pay request.
pub(crate) struct PayRequest {
    pub(crate) payment_request_id: String,
    pub(crate) order_id: String,
    pub(crate) amount: Money,
    pub(crate) payment_method_id: Option<String>,
    pub(crate) automatic: bool,
    pub(crate) notify_url: Option<String>,
    pub(crate) redirect_url: String,
    /// The merchant's own limit for an unfinished payment.
    pub(crate) expires_at: Option<Millis>,
    pub(crate) card: CardChoice,
    /// The merchant asks for 3DS.
    pub(crate) challenge: bool,
    /// The merchant lets a refusal for want of 3DS be upgraded to a challenge.
    pub(crate) upgrade: bool,
    /// There is a billing address to compare.
    pub(crate) billing_address: bool,
}

/// What the card data lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CardChoice {
    pub(crate) outcome: Outcome,
    pub(crate) capture: CaptureOutcome,
    pub(crate) last_four: Option<String>,
}

impl CardChoice {
    fn declined(code: &'static str) -> Self {
        Self {
            outcome: Outcome::Decline(code),
            capture: CaptureOutcome::Succeed,
            last_four: None,
        }
    }
}

/// Reads a pay request.
///
/// # Errors
/// Names the first field that is missing or wrong.
pub(crate) fn read_pay(body: &Value, now: Millis) -> Result<PayRequest, Problem> {
    let fields = Fields::of(body)?;
    fields.required_word("productCode", &["CASHIER_PAYMENT"])?;
    let payment_request_id = fields.required_text("paymentRequestId", 64)?;
    let order = fields.required_object("order")?;
    let order_id = check_order(&order)?;
    let amount = fields.required_amount("paymentAmount")?;
    check_env(&fields.required_object("env")?)?;
    let factor = fields.required_object("paymentFactor")?;
    if factor.flag("isAuthorization")? != Some(true) {
        return Err("paymentFactor.isAuthorization must be true".to_owned());
    }
    let automatic = factor
        .word("captureMode", &["AUTOMATIC", "MANUAL"])?
        .as_deref()
        != Some("MANUAL");
    if let Some(settlement) = fields.object("settlementStrategy")? {
        settlement.text("settlementCurrency", 3)?;
    }
    let redirect_url = fields.url("paymentRedirectUrl", 2048, false)?;
    let expires_at = match fields.text("paymentExpiryTime", 64)? {
        None => None,
        Some(text) => {
            Some(parse_iso(&text).ok_or("paymentExpiryTime must be ISO 8601 with an offset")?)
        }
    };
    fields.texts(&[
        ("metadata", 2048),
        ("merchantRegion", 2),
        ("userRegion", 2),
        ("merchantAccountId", 32),
    ])?;
    let method = fields.required_object("paymentMethod")?;
    method.required_word("paymentMethodType", &["CARD"])?;
    let payment_method_id = method.text("paymentMethodId", 2048)?;
    let data = method.object("paymentMethodMetaData")?;
    let card = match &data {
        Some(data) => read_card(data, payment_method_id.is_some(), now)?,
        None if payment_method_id.is_some() => stored_card(),
        None => return Err("paymentMethod.paymentMethodMetaData is required".to_owned()),
    };
    let flag = |name| data.as_ref().map_or(Ok(None), |data| data.flag(name));
    Ok(PayRequest {
        payment_request_id,
        order_id,
        amount,
        payment_method_id,
        automatic,
        notify_url: fields.url("paymentNotifyUrl", 2048, true)?,
        redirect_url: redirect_url.ok_or("paymentRedirectUrl is required")?,
        expires_at,
        card,
        challenge: flag("is3DSAuthentication")? == Some(true),
        upgrade: flag("enableAuthenticationUpgrade")? != Some(false),
        billing_address: data.is_some_and(|data| data.has("billingAddress")),
    })
}

fn stored_card() -> CardChoice {
    CardChoice {
        outcome: Outcome::Approve,
        capture: CaptureOutcome::Succeed,
        last_four: None,
    }
}

fn check_order(order: &Fields<'_>) -> Result<String, Problem> {
    let order_id = order.required_text("referenceOrderId", 64)?;
    order.required_text("orderDescription", 256)?;
    order.required_amount("orderAmount")?;
    for goods in order.objects("goods", 100)? {
        goods.required_text("referenceGoodsId", 64)?;
        goods.required_text("goodsName", 256)?;
        goods.texts(&[
            ("goodsCategory", 64),
            ("goodsBrand", 32),
            ("goodsUrl", 2048),
        ])?;
        goods.amount("goodsUnitAmount")?;
        goods.integer("goodsQuantity", 1, i64::MAX)?;
        goods.word("deliveryMethodType", &["PHYSICAL", "DIGITAL"])?;
    }
    if let Some(shipping) = order.object("shipping")? {
        check_name(shipping.object("shippingName")?, true)?;
        check_address(shipping.object("shippingAddress")?)?;
        shipping.texts(&[
            ("shippingCarrier", 128),
            ("shippingPhoneNo", 16),
            ("shipToEmail", 64),
        ])?;
    }
    if let Some(buyer) = order.object("buyer")? {
        check_name(buyer.object("buyerName")?, false)?;
        buyer.texts(&[
            ("referenceBuyerId", 64),
            ("buyerPhoneNo", 24),
            ("buyerEmail", 64),
        ])?;
    }
    Ok(order_id)
}

fn check_name(name: Option<Fields<'_>>, both: bool) -> Result<(), Problem> {
    let Some(name) = name else { return Ok(()) };
    if both {
        name.required_text("firstName", 32)?;
        name.required_text("lastName", 32)?;
    }
    name.texts(&[
        ("firstName", 32),
        ("middleName", 32),
        ("lastName", 32),
        ("fullName", 128),
    ])
}

fn check_address(address: Option<Fields<'_>>) -> Result<(), Problem> {
    let Some(address) = address else {
        return Ok(());
    };
    address.required_text("region", 2)?;
    address.texts(&[
        ("state", 8),
        ("city", 32),
        ("address1", 256),
        ("address2", 256),
        ("zipCode", 32),
    ])
}

fn check_env(env: &Fields<'_>) -> Result<(), Problem> {
    let terminal = env.required_word("terminalType", &["WEB", "WAP", "APP", "MINI_APP"])?;
    match terminal.as_str() {
        "WEB" => env.word("osType", &["IOS", "ANDROID"])?,
        _ => Some(env.required_word("osType", &["IOS", "ANDROID"])?),
    };
    if env
        .required_text("clientIp", 64)?
        .parse::<std::net::IpAddr>()
        .is_err()
    {
        return Err("env.clientIp must be an IP address".to_owned());
    }
    env.text("deviceTokenId", 64)?;
    env.word(
        "colorDepth",
        &["1", "4", "8", "15", "16", "24", "30", "32", "48"],
    )?;
    env.integer("screenHeight", 0, 100_000)?;
    env.integer("screenWidth", 0, 100_000)?;
    env.integer("timeZoneOffset", -720, 720)?;
    if let Some(browser) = env.object("browserInfo")? {
        browser.texts(&[
            ("acceptHeader", 2048),
            ("language", 32),
            ("userAgent", 2048),
        ])?;
        browser.flag("javaEnabled")?;
        browser.flag("javaScriptEnabled")?;
    }
    Ok(())
}

/// Judges the card data. What a card's holder may have mistyped leads to a decline, not to a schema error.
fn read_card(data: &Fields<'_>, stored: bool, now: Millis) -> Result<CardChoice, Problem> {
    data.flag("tokenize")?;
    data.word("recurringType", &["SCHEDULED", "UNSCHEDULED"])?;
    data.text("networkTransactionId", 256)?;
    check_address(data.object("billingAddress")?)?;
    let on_file = data.flag("isCardOnFile")? == Some(true);
    let Some(number) = data.digits("cardNo", 32)? else {
        return if stored {
            Ok(stored_card())
        } else {
            Err("paymentMethod.paymentMethodMetaData.cardNo is required".to_owned())
        };
    };
    check_name(Some(data.required_object("cardholderName")?), true)?;
    let year = data.required_digits("expiryYear", 2)?;
    let month = data.required_digits("expiryMonth", 2)?;
    let code = if on_file {
        data.digits("cvv", 4)?
    } else {
        Some(data.required_digits("cvv", 4)?)
    };
    let Some((outcome, capture)) = cards::look_up(&number) else {
        return Ok(CardChoice::declined("INVALID_CARD_NUMBER"));
    };
    if is_expired(&year, &month, now) {
        return Ok(CardChoice::declined("INVALID_EXPIRATION_DATE"));
    }
    if code.is_some_and(|code| code.len() < 3) {
        return Ok(CardChoice::declined("INVALID_CVV"));
    }
    let last_four = number
        .get(number.len().saturating_sub(4)..)
        .map(str::to_owned);
    Ok(CardChoice {
        outcome,
        capture,
        last_four,
    })
}

/// Whether the month is over, or is no month.
fn is_expired(year: &str, month: &str, now: Millis) -> bool {
    let today = crate::clock::iso(now, crate::clock::Zone::Zulu);
    let this_month: Option<String> = today
        .get(2..4)
        .zip(today.get(5..7))
        .map(|(year, month)| format!("{year}{month}"));
    let valid_month =
        matches!(month.parse::<u8>(), Ok(1..=12)) && month.len() == 2 && year.len() == 2;
    !valid_month || this_month.is_none_or(|this_month| format!("{year}{month}") < this_month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Millis = 1_795_000_000_000; // November 2026

    fn good() -> Value {
        json!({
            "productCode": "CASHIER_PAYMENT", "paymentRequestId": "PAY_1",
            "order": {"referenceOrderId": "O", "orderDescription": "d", "orderAmount": {"currency": "EUR", "value": "100"},
                "goods": [{"referenceGoodsId": "g", "goodsName": "n", "goodsQuantity": "1"}],
                "shipping": {"shippingName": {"firstName": "A", "lastName": "B"}, "shippingAddress": {"region": "CN", "state": "Zhejiang"}}},
            "paymentAmount": {"currency": "EUR", "value": "100"},
            "paymentMethod": {"paymentMethodType": "CARD", "paymentMethodMetaData": {
                "cardNo": "4117347806156383", "cvv": "850", "expiryYear": "29", "expiryMonth": "12",
                "cardholderName": {"firstName": "A", "lastName": "B"}, "is3DSAuthentication": "true"}},
            "paymentRedirectUrl": "https://shop.example/", "paymentNotifyUrl": "https://shop.example/notify",
            "paymentFactor": {"isAuthorization": true, "captureMode": "MANUAL"},
            "env": {"terminalType": "WEB", "clientIp": "112.80.248.78", "colorDepth": 48, "timeZoneOffset": "-120"}
        })
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut body = good();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[field] = value;
        body
    }

    #[test]
    fn a_good_request_is_read() {
        let request = read_pay(&good(), NOW).ok().unwrap();
        assert_eq!(
            (
                request.amount.value,
                request.automatic,
                request.challenge,
                request.upgrade
            ),
            (100, false, true, true)
        );
        assert_eq!(request.card.last_four.as_deref(), Some("6383"));
        assert!(
            read_pay(&with("/paymentFactor/captureMode", json!("")), NOW)
                .is_ok_and(|request| request.automatic)
        );
        let stored = with(
            "/paymentMethod",
            json!({"paymentMethodType": "CARD", "paymentMethodId": "token"}),
        );
        assert!(
            read_pay(&stored, NOW).is_ok_and(|request| request.card.outcome == Outcome::Approve)
        );
    }

    #[test]
    fn each_problem_names_its_field() {
        let card = "/paymentMethod/paymentMethodMetaData";
        let problems = [
            ("/productCode", json!("OTHER"), "productCode"),
            (
                "/paymentRequestId",
                json!("x".repeat(65)),
                "paymentRequestId",
            ),
            ("/paymentRequestId", json!(null), "paymentRequestId"),
            ("/paymentAmount/value", json!("0"), "paymentAmount.value"),
            ("/paymentAmount/value", json!("1.00"), "paymentAmount.value"),
            (
                "/paymentAmount/value",
                json!("12345678901234567"),
                "paymentAmount.value",
            ),
            (
                "/paymentAmount/currency",
                json!("eur"),
                "paymentAmount.currency",
            ),
            (
                "/order/referenceOrderId",
                json!(""),
                "order.referenceOrderId",
            ),
            (
                "/order/orderDescription",
                json!("x".repeat(257)),
                "order.orderDescription",
            ),
            (
                "/order/goods",
                json!([{"goodsName": "n"}]),
                "order.goods[0].referenceGoodsId",
            ),
            (
                "/order/shipping/shippingAddress/state",
                json!("Zhejiang!"),
                "order.shipping.shippingAddress.state",
            ),
            (
                "/paymentMethod/paymentMethodType",
                json!("WALLET"),
                "paymentMethod.paymentMethodType",
            ),
            (
                "/paymentMethod/paymentMethodMetaData",
                json!(null),
                "paymentMethod.paymentMethodMetaData",
            ),
            (&format!("{card}/cvv"), json!("12345"), "cvv"),
            (&format!("{card}/cardNo"), json!("4117 3478"), "cardNo"),
            (
                &format!("{card}/cardholderName"),
                json!({"firstName": "A"}),
                "cardholderName.lastName",
            ),
            ("/paymentRedirectUrl", json!(null), "paymentRedirectUrl"),
            (
                "/paymentNotifyUrl",
                json!("http://shop.example/notify"),
                "paymentNotifyUrl",
            ),
            (
                "/paymentFactor/isAuthorization",
                json!(false),
                "paymentFactor.isAuthorization",
            ),
            (
                "/paymentFactor/captureMode",
                json!("LATER"),
                "paymentFactor.captureMode",
            ),
            ("/env/terminalType", json!("web"), "env.terminalType"),
            ("/env/terminalType", json!("APP"), "env.osType"),
            ("/env/clientIp", json!("here"), "env.clientIp"),
            ("/env/colorDepth", json!(17), "env.colorDepth"),
            ("/env/timeZoneOffset", json!(-721), "env.timeZoneOffset"),
            ("/paymentExpiryTime", json!("tomorrow"), "paymentExpiryTime"),
        ];
        for (pointer, value, field) in problems {
            let problem = read_pay(&with(pointer, value.clone()), NOW).err();
            assert!(
                problem
                    .as_ref()
                    .is_some_and(|problem| problem.contains(field)),
                "{pointer} = {value}: {problem:?}"
            );
            assert!(!problem.unwrap().contains("411734"), "{pointer}");
        }
    }

    #[test]
    fn mistyped_card_data_lead_to_a_decline() {
        let declined = [
            ("cardNo", "4117347806156384", "INVALID_CARD_NUMBER"),
            ("expiryMonth", "13", "INVALID_EXPIRATION_DATE"),
            ("expiryYear", "26", "CARD_STILL_VALID"),
            ("expiryYear", "25", "INVALID_EXPIRATION_DATE"),
            ("cvv", "99", "INVALID_CVV"),
        ];
        for (field, value, code) in declined {
            let body = with(
                &format!("/paymentMethod/paymentMethodMetaData/{field}"),
                json!(value),
            );
            let outcome = read_pay(&body, NOW).ok().unwrap().card.outcome;
            let expected = if code == "CARD_STILL_VALID" {
                Outcome::Approve
            } else {
                Outcome::Decline(code)
            };
            assert_eq!(outcome, expected, "{field}");
        }
    }
}
