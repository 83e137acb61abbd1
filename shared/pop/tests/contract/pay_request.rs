//! The request to pay against the documented one.

use crate::given::{Given, documented, written};
use domain::order::OrderDetails;
use domain::{CaptureMode, OrderId};
use pop::pay_request::Env;
use serde_json::{Value, json};

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
    given.order = OrderDetails::new(
        OrderId::new("ORDER_1").unwrap(),
        "coffee",
        "https://shop.example/return",
    );
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
        request.env, request.env.browser_info, request.method
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

#[test]
fn terms_of_the_order_stand_beside_it() {
    let mut given = Given::documented();
    given.order.metadata = Some("{\"shelf\":\"7\"}".into());
    given.order.merchant_account_id = Some("berlin".into());
    given.order.user_region = Some("DE".into());
    given.order.merchant_region = Some("SG".into());
    let mut want = written(&Given::documented().request(CaptureMode::Manual));
    want["metadata"] = "{\"shelf\":\"7\"}".into();
    want["merchantAccountId"] = "berlin".into();
    want["userRegion"] = "DE".into();
    want["merchantRegion"] = "SG".into();
    assert_eq!(written(&given.request(CaptureMode::Manual)), want);
}

#[test]
fn surroundings_are_held_to_their_limits() {
    let whole = json!({
        "terminalType": "WAP", "osType": "IOS", "colorDepth": 24, "screenHeight": 768, "screenWidth": 1024,
        "timeZoneOffset": -120, "deviceTokenId": "t", "deviceId": "eYOIk/cH9", "deviceLanguage": "de",
        "browserInfo": {"acceptHeader": "*/*", "javaEnabled": false, "javaScriptEnabled": true, "language": "de-DE"},
    });
    let check = |path: &str, value: Value| {
        let mut page = whole.clone();
        *page
            .pointer_mut(&format!("/{}", path.replace('.', "/")))
            .unwrap() = value;
        let env: Env = serde_json::from_value(page).unwrap();
        env.check().map_err(|error| error.to_string())
    };
    let long = |length: usize| json!("é".repeat(length));
    for (path, good, bad, expected) in [
        (
            "osType",
            json!("ANDROID"),
            json!(null),
            "IOS or ANDROID, needed unless terminalType is WEB",
        ),
        (
            "colorDepth",
            json!(48),
            json!(47),
            "1, 4, 8, 15, 16, 24, 30, 32 or 48",
        ),
        (
            "colorDepth",
            json!(1),
            json!(0),
            "1, 4, 8, 15, 16, 24, 30, 32 or 48",
        ),
        (
            "timeZoneOffset",
            json!(-720),
            json!(-721),
            "minutes from -720 to 720",
        ),
        (
            "timeZoneOffset",
            json!(720),
            json!(721),
            "minutes from -720 to 720",
        ),
        ("screenHeight", json!(1), json!(0), "1 to 999999 pixels"),
        (
            "screenWidth",
            json!(999_999),
            json!(1_000_000),
            "1 to 999999 pixels",
        ),
        ("deviceTokenId", long(64), long(65), "1 to 64 characters"),
        ("deviceId", long(256), long(257), "1 to 256 characters"),
        ("deviceLanguage", long(32), long(33), "1 to 32 characters"),
        (
            "browserInfo.language",
            long(32),
            long(33),
            "1 to 32 characters",
        ),
        (
            "browserInfo.acceptHeader",
            long(2048),
            long(2049),
            "1 to 2048 characters",
        ),
        (
            "browserInfo.acceptHeader",
            json!("text/html"),
            json!("a\nb"),
            "no control characters",
        ),
    ] {
        assert_eq!(check(path, good), Ok(()), "{path}");
        assert_eq!(check(path, bad), Err(format!("{path}: {expected}")));
    }
    assert_eq!(check("terminalType", json!("WEB")), Ok(()));
    let web: Env = serde_json::from_value(json!({"terminalType": "WEB"})).unwrap();
    assert_eq!(web.check(), Ok(()), "a computer's browser has no osType");
    let unfilled = json!({"terminalType": "WEB", "deviceId": "", "browserInfo": {"language": "", "acceptHeader": null}});
    let unfilled: Env = serde_json::from_value(unfilled).unwrap();
    assert_eq!(unfilled.check(), Ok(()));
    let sent = serde_json::to_value(&unfilled).unwrap();
    assert_eq!(sent, json!({"terminalType": "WEB", "browserInfo": {}}));
    let agent = "x".repeat(5000);
    assert_eq!(
        web.seen_from("203.0.113.7", &agent).check(),
        Ok(()),
        "what the server saw is cut to fit"
    );
    let documented: Env = serde_json::from_value(documented()["env"].clone()).unwrap();
    assert_eq!(documented.check(), Ok(()));
}
