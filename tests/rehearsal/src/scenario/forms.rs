//! What is sent to the shop.

use serde_json::{Value, json};

use super::journey::Card;
use super::plan::{Capture, Plan};

/// The merchant's order; `id` is the payment's.
pub(super) fn order(plan: &Plan, id: &str) -> Value {
    let mut order = json!({
        "paymentRequestId": id,
        "orderId": plan.order_id,
        "amount": amount(plan, plan.minor),
        "expiresInSeconds": plan.expires_in_seconds,
        "description": "A rehearsed order",
        "redirectUrl": "https://shop.example/return",
        "settlementCurrency": plan.currency,
        "is3DSAuthentication": plan.journey.asks_for_3ds(),
        "enableAuthenticationUpgrade": true,
        "goods": [{ "referenceGoodsId": "G1", "goodsName": "Book", "goodsCategory": "Books/Paper", "goodsQuantity": "1" }],
        "buyer": { "referenceBuyerId": plan.buyer, "buyerEmail": "buyer@shop.example" },
        "shipping": { "shippingName": { "firstName": "Ada", "lastName": "Byron" }, "shippingCarrier": "Post" },
    });
    let (mode, on) = match plan.capture {
        Capture::Automatic => ("AUTOMATIC", None),
        Capture::WhenAuthorized => ("MANUAL", Some("authorized")),
        Capture::AfterSeconds(_) => ("MANUAL", Some("after")),
        Capture::OnRequest(_) => ("MANUAL", Some("request")),
    };
    order["captureMode"] = mode.into();
    if let Some(on) = on {
        order["captureOn"] = on.into();
    }
    if let Capture::AfterSeconds(seconds) = plan.capture {
        order["captureAfterSeconds"] = seconds.into();
    }
    order
}

/// A sum in the plan's currency.
pub(super) fn amount(plan: &Plan, minor: u64) -> Value {
    json!({ "currency": plan.currency, "value": minor.to_string() })
}

/// The page's form with a typed card.
pub(super) fn card(plan: &Plan, card: Card) -> Value {
    let mut form = json!({
        "card": {
            "cardNo": card.number, "cvv": card.cvv, "expiryMonth": "12", "expiryYear": "39",
            "cardholderName": { "firstName": "Ada", "lastName": "Byron" },
            "billingAddress": { "region": "DE", "city": "Berlin", "address1": "Unter den Linden 1", "zipCode": "10117" },
        },
        "storeCard": plan.consent,
        "env": env(),
        "returnTo": "checkout",
    });
    if plan.own_authentication {
        form["mpiData"] = json!({
            "threeDSVersion": "2.2.0", "eci": "05", "cavv": "AAABBEg0VhI0VniQEjRWAAAAAAA=",
            "dsTransactionId": "f25084f0-5b16-4c0a-ae5d-b24808a95e4b",
        });
    }
    form
}

/// The page's form with a stored card.
pub(super) fn stored_card(stored: &str) -> Value {
    json!({ "storedCard": stored, "env": env() })
}

fn env() -> Value {
    json!({
        "terminalType": "WEB", "colorDepth": 24, "screenHeight": 900, "screenWidth": 1440, "timeZoneOffset": -60,
        "browserInfo": { "acceptHeader": "*/*", "javaEnabled": false, "javaScriptEnabled": true, "language": "en-US" },
    })
}
