//! The request to pay against the documented one.

use crate::support::sample;
use domain::card::{CardData, TypedCard};
use domain::order::OrderDetails;
use domain::{CaptureMode, Money, OrderId, PaymentRequestId, Time};
use pop::pay_request::{Env, PayRequest};
use serde_json::{Value, json};

fn documented() -> Value {
    serde_json::from_slice(sample!("pay_request_card")).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn take<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

/// What the merchant and the page would have given for the documented request.
struct Given {
    id: PaymentRequestId,
    amount: Money,
    order: OrderDetails,
    card: CardData,
    env: Env,
    notify_url: String,
}

impl Given {
    fn documented() -> Self {
        let sample = documented();
        let (order, method) = (
            &sample["order"],
            &sample["paymentMethod"]["paymentMethodMetaData"],
        );
        let env: Env = take(&sample["env"]);
        Self {
            id: take(&sample["paymentRequestId"]),
            amount: take(&sample["paymentAmount"]),
            order: OrderDetails {
                order_id: take(&order["referenceOrderId"]),
                description: take(&order["orderDescription"]),
                redirect_url: take(&sample["paymentRedirectUrl"]),
                goods: take(&order["goods"]),
                shipping: take(&order["shipping"]),
                buyer: take(&order["buyer"]),
                settlement_currency: take(&sample["settlementStrategy"]["settlementCurrency"]),
                is_3ds_authentication: take(&method["is3DSAuthentication"]),
                enable_authentication_upgrade: take(&method["enableAuthenticationUpgrade"]),
            },
            card: CardData::parse(take::<TypedCard>(method)).unwrap(),
            env: env.seen_from(
                &text(&sample["env"]["clientIp"]),
                &text(&sample["env"]["browserInfo"]["userAgent"]),
            ),
            notify_url: text(&sample["paymentNotifyUrl"]),
        }
    }

    fn request(&self, capture_mode: CaptureMode) -> PayRequest<'_> {
        PayRequest {
            payment_request_id: &self.id,
            amount: self.amount,
            order: &self.order,
            capture_mode,
            expires_at: Time::parse("2022-11-14T06:31:14Z").unwrap(),
            notify_url: &self.notify_url,
            card: &self.card,
            env: self.env.clone(),
        }
    }
}

fn written(request: &PayRequest<'_>) -> Value {
    serde_json::from_slice(&request.body().unwrap()).unwrap()
}

#[test]
fn the_documented_request_is_written_with_what_we_always_add() {
    let mut want = documented();
    want["paymentFactor"]["captureMode"] = json!("AUTOMATIC");
    want["paymentExpiryTime"] = json!("2022-11-14T06:31:14Z");
    assert_eq!(
        written(&Given::documented().request(CaptureMode::Automatic)),
        want
    );
}

#[test]
fn the_capture_mode_is_always_written() {
    let given = Given::documented();
    for (mode, want) in [
        (CaptureMode::Automatic, "AUTOMATIC"),
        (CaptureMode::Manual, "MANUAL"),
        (CaptureMode::Unknown, "MANUAL"),
    ] {
        let factor = &written(&given.request(mode))["paymentFactor"];
        assert_eq!(
            *factor,
            json!({"isAuthorization": true, "captureMode": want})
        );
    }
}

#[test]
fn what_was_not_given_is_not_written() {
    let mut given = Given::documented();
    given.order = OrderDetails {
        order_id: OrderId::new("ORDER_1").unwrap(),
        description: "coffee".into(),
        redirect_url: "https://shop.example/return".into(),
        goods: Vec::new(),
        shipping: None,
        buyer: None,
        settlement_currency: None,
        is_3ds_authentication: None,
        enable_authentication_upgrade: None,
    };
    given.card.billing_address = None;
    given.env = serde_json::from_value::<Env>(json!({"terminalType": "WEB"}))
        .unwrap()
        .seen_from("", "");
    let request = written(&given.request(CaptureMode::Manual));
    assert!(!request.to_string().contains("null"), "{request}");
    assert_eq!(request["env"], json!({"terminalType": "WEB"}));
    assert_eq!(
        request["order"],
        json!({"referenceOrderId": "ORDER_1", "orderDescription": "coffee",
               "orderAmount": {"currency": "EUR", "value": "30000"}})
    );
    assert_eq!(request.get("settlementStrategy"), None);
    assert_eq!(
        request["paymentMethod"]["paymentMethodMetaData"],
        json!({"cardNo": "4117347806156383", "cvv": "850", "expiryMonth": "12", "expiryYear": "29",
               "cardholderName": {"firstName": "Tom", "lastName": "Jay"}, "isCardOnFile": false})
    );
}

#[test]
fn repeats_are_the_same_to_the_byte_and_leave_no_copies() {
    let given = Given::documented();
    let (one, two) = (
        given.request(CaptureMode::Manual),
        given.request(CaptureMode::Manual),
    );
    let (one, two) = (one.body().unwrap(), two.body().unwrap());
    assert_eq!(*one, *two);
    assert_eq!(
        one.len(),
        one.capacity(),
        "the buffer never grew, so nothing was left behind"
    );
}

#[test]
fn debug_shows_neither_card_nor_buyer() {
    let given = Given::documented();
    let request = given.request(CaptureMode::Manual);
    let shown = format!(
        "{request:?} {:?} {:?} {:?}",
        request.env, request.env.browser_info, request.card
    );
    for secret in ["4117", "850", "Tom", "Jay", "112.80", "Chrome", "Wuchang"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(
        shown.starts_with("PayRequest(PAY_20221114141714891, 300.00 EUR)"),
        "{shown}"
    );
}

#[test]
fn address_and_user_agent_come_from_the_server_alone() {
    let page = json!({
        "terminalType": "WEB", "clientIp": "10.0.0.1",
        "browserInfo": {"userAgent": "forged", "language": "en"},
    });
    let env: Env = serde_json::from_value(page).unwrap();
    assert_eq!(env.client_ip, None);
    let long = "a".repeat(3000);
    let seen = serde_json::to_value(env.clone().seen_from("203.0.113.7", &long)).unwrap();
    assert_eq!(seen["clientIp"], "203.0.113.7");
    assert_eq!(seen["browserInfo"]["userAgent"], long[..2048]);
    assert_eq!(seen["browserInfo"]["language"], "en");
    let unseen = serde_json::to_value(env.seen_from("", "")).unwrap();
    assert_eq!(
        unseen,
        json!({"terminalType": "WEB", "browserInfo": {"language": "en"}})
    );
    for wrong in [
        json!({}),
        json!({"terminalType": "TV"}),
        json!({"terminalType": "APP", "osType": "ios"}),
    ] {
        assert!(
            serde_json::from_value::<Env>(wrong.clone()).is_err(),
            "{wrong}"
        );
    }
}
