//! Who gets in.

use bytes::Bytes;
use http::{HeaderValue, Request};
use http_body_util::Full;
use serde_json::json;
use simulator::NewKeys;
use simulator::keys::KeyPair;

use crate::shop::{GOOD_CARD, Shop};

const PAY: &str = "/ams/api/v1/payments/pay";

async fn refused(shop: &Shop, code: &str, request: Request<Full<Bytes>>) {
    let answer = shop.send(request).await.unwrap();
    assert_eq!(
        (answer.status, answer.result()),
        (200, ("F".to_owned(), code.to_owned()))
    );
    assert!(
        !answer.headers.contains_key("signature"),
        "a refusal by the gateway is not signed"
    );
    assert_eq!(shop.books().totals.payments, 0);
}

#[tokio::test]
async fn only_the_merchants_signature_over_exactly_this_request_gets_in() {
    let shop = Shop::open().await;
    let body = shop.order("P", GOOD_CARD).to_string();
    let good = || shop.signed(PAY, "1", &body);
    let with = |name: &'static str, value: &str| {
        let mut request = good();
        request
            .headers_mut()
            .insert(name, HeaderValue::from_str(value).unwrap());
        request
    };
    let signature_of =
        |request: Request<Full<Bytes>>| request.headers()["signature"].to_str().unwrap().to_owned();
    let stranger = Shop::open().await;
    for header in [
        String::new(),
        "algorithm=RSA256,keyVersion=1,signature=".to_owned(),
        signature_of(stranger.signed(PAY, "1", &body)),
        signature_of(shop.signed("/v1/payments/pay", "1", &body)),
        signature_of(shop.signed(PAY, "2", &body)),
        signature_of(shop.signed(PAY, "1", &format!("{body} "))),
        signature_of(good()).replace("RSA256", "none"),
    ] {
        refused(&shop, "INVALID_SIGNATURE", with("signature", &header)).await;
    }
    refused(&shop, "INVALID_SIGNATURE", with("request-time", "")).await;
    refused(
        &shop,
        "KEY_NOT_FOUND",
        with("client-id", "5Y00000000000002"),
    )
    .await;
    refused(
        &shop,
        "MEDIA_TYPE_NOT_ACCEPTABLE",
        with("content-type", "text/plain"),
    )
    .await;
    refused(&shop, "PARAM_ILLEGAL", shop.signed(PAY, "1", "[1]")).await;
    for path in [
        "/",
        "/v1/payments/pay",
        "/ams/api/v1/payments/pay/",
        "/ams/api/v1/payments/pays",
        "/ams/sandbox/api/v1/payments/pay",
    ] {
        refused(&shop, "NO_INTERFACE_DEF", shop.signed(path, "1", &body)).await;
    }
    let mut get = good();
    *get.method_mut() = http::Method::GET;
    refused(&shop, "METHOD_NOT_SUPPORTED", get).await;
    shop.send(good()).await.unwrap().assert("S", "SUCCESS");
    assert_eq!(shop.books().refusals["INVALID_SIGNATURE"], 8);
}

#[tokio::test]
async fn every_other_answer_is_signed_over_the_requests_path() {
    for client_id in ["5Y1", "SANDBOX_5X1"] {
        let shop = Shop::open_with(|config| config.client_id = client_id.to_owned()).await;
        shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
        shop.pay("Q", "4054692760174822")
            .await
            .assert("F", "DO_NOT_HONOR");
        shop.call("inquiryPayment", &json!({ "paymentRequestId": "none" }))
            .await
            .assert("F", "ORDER_NOT_EXIST");
        shop.call("inquiryPayment", &json!({}))
            .await
            .assert("F", "PARAM_ILLEGAL");
        shop.call("cancel", &json!({ "paymentRequestId": "none" }))
            .await
            .assert("F", "ORDER_NOT_EXIST");
        let answer = shop.capture("P", "C", 30000).await;
        answer.assert("S", "SUCCESS");
        let time = answer.headers["response-time"].to_str().unwrap();
        assert!(
            time.ends_with("-08:00") || time.ends_with("-07:00"),
            "{time}"
        );
        assert!(!answer.headers["signature"].to_str().unwrap().contains(' '));
    }
}

#[tokio::test]
async fn a_request_that_breaks_the_schema_names_the_field_and_opens_no_payment() {
    let shop = Shop::open().await;
    let answer = shop
        .pay_with("P", GOOD_CARD, "/env/clientIp", json!(null))
        .await;
    answer.assert("F", "PARAM_ILLEGAL");
    assert!(answer.text.contains("env.clientIp"), "{}", answer.text);
    assert_eq!(
        (
            shop.books().totals.payments,
            shop.books().refusals["PARAM_ILLEGAL"]
        ),
        (0, 1)
    );
    let capture = json!({ "captureRequestId": "x".repeat(65), "paymentId": "p", "captureAmount": {"currency": "EUR", "value": "1"} });
    let answer = shop.call("capture", &capture).await;
    answer.assert("F", "PARAM_ILLEGAL");
    assert!(answer.text.contains("captureRequestId"), "{}", answer.text);
}

#[tokio::test]
async fn signature_headers_may_have_blanks() {
    let shop = Shop::open_with(|config| config.signature_blanks = true).await;
    let answer = shop.pay("P", GOOD_CARD).await;
    answer.assert("S", "SUCCESS");
    let header = answer.headers["signature"].to_str().unwrap();
    assert!(
        header.starts_with("algorithm=RSA256, keyVersion=1, signature="),
        "{header}"
    );
    assert!(shop.inbox.wait_for(1).await[0].verified);
}

#[tokio::test]
async fn the_sandbox_answers_on_its_own_paths_only() {
    let shop = Shop::open_with(|config| config.client_id = "SANDBOX_5X1".to_owned()).await;
    let body = shop.order("P", GOOD_CARD).to_string();
    refused(&shop, "NO_INTERFACE_DEF", shop.signed(PAY, "1", &body)).await;
    for path in [
        "/ams/sandbox/api/v1/payments/pay/",
        "/ams/sandbox/api/v1//payments/pay",
        "/ams/sandbox/api/v2/payments/pay",
        "/ams/sandbox/api/v1/payments/Pay",
        "/ams/sandbox/api/v1/payments/pa%79",
        "/ams/sandbox/api/v1/payments/pay?x=1",
        "/ams/sandbox/api/v1/payments/createPaymentSession",
        "/ams/sandbox/api/v1/vaults/vaultPaymentMethod",
        "/ams/sandbox/api/v1/vaults/inquireVaulting",
    ] {
        refused(&shop, "NO_INTERFACE_DEF", shop.signed(path, "1", &body)).await;
    }
    // Signed over the production path and sent to the sandbox's.
    let mut moved = shop.signed(PAY, "1", &body);
    *moved.uri_mut() = "/ams/sandbox/api/v1/payments/pay".parse().unwrap();
    refused(&shop, "INVALID_SIGNATURE", moved).await;
    shop.pay("P", GOOD_CARD).await.assert("S", "SUCCESS");
}

#[tokio::test]
async fn every_call_needs_its_own_signature() {
    let shop = Shop::open().await;
    let stranger = Shop::open().await;
    for resource in [
        "pay",
        "inquiryPayment",
        "capture",
        "cancel",
        "refund",
        "inquiryRefund",
    ] {
        let path = format!("/ams/api/v1/payments/{resource}");
        refused(
            &shop,
            "INVALID_SIGNATURE",
            stranger.signed(&path, "1", "{}"),
        )
        .await;
        let other = if resource == "pay" { "cancel" } else { "pay" };
        let mut moved = shop.signed(&format!("/ams/api/v1/payments/{other}"), "1", "{}");
        *moved.uri_mut() = path.parse().unwrap();
        refused(&shop, "INVALID_SIGNATURE", moved).await;
        let mut bare = shop.signed(&path, "1", "{}");
        bare.headers_mut().remove("signature");
        refused(&shop, "INVALID_SIGNATURE", bare).await;
    }
    assert_eq!(shop.books().refusals["INVALID_SIGNATURE"], 18);
}

#[tokio::test]
async fn what_clients_in_production_send_gets_in() {
    let shop = Shop::open().await;
    for (n, time) in [
        "1685599933871",
        "2019-05-28T12:12:12+08:00",
        "2019-05-28T12:12:12.123456789Z",
    ]
    .into_iter()
    .enumerate()
    {
        let body = shop.order(&format!("P{n}"), GOOD_CARD).to_string();
        let mut request = shop.signed(PAY, time, &body);
        let raw = request.headers()["signature"]
            .to_str()
            .unwrap()
            .replace(", ", ",")
            .replace("%2B", "+")
            .replace("%2F", "/")
            .replace("%3D", "=");
        let headers = request.headers_mut();
        headers.insert("signature", HeaderValue::from_str(&raw).unwrap());
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        shop.send(request).await.unwrap().assert("S", "SUCCESS");
    }
}

#[tokio::test]
async fn the_merchants_keys_are_replaced_by_version() {
    let shop = Shop::open().await;
    let (own, other) = (shop.public_key(), KeyPair::generate().unwrap());
    let take = async |keys: serde_json::Value| {
        let order = json!({ "merchantPublicKeys": keys }).to_string();
        shop.control("POST", "/_sim/keys", &order).await.status
    };
    let pay = async |id: &str| {
        let body = shop.order(id, GOOD_CARD).to_string();
        let answer = shop.send(shop.signed(PAY, "1", &body)).await.unwrap();
        (answer.result().1, answer.verified)
    };
    let (refused, taken) = (false, true); // the gateway's refusals are not signed
    assert_eq!(pay("P1").await, ("SUCCESS".into(), taken));
    assert_eq!(
        take(json!({ "1": own, "2": other.public_base64 })).await,
        200
    );
    assert_eq!(pay("P2").await, ("SUCCESS".into(), taken));
    assert_eq!(take(json!({ "1": other.public_base64 })).await, 200);
    assert_eq!(pay("P3").await, ("INVALID_SIGNATURE".into(), refused));
    assert_eq!(take(json!({ "2": own })).await, 200);
    assert_eq!(pay("P3").await, ("KEY_NOT_FOUND".into(), refused));
    assert_eq!(take(json!({ "1": "no key" })).await, 400);
    assert_eq!(
        pay("P3").await,
        ("KEY_NOT_FOUND".into(), refused),
        "nothing changed"
    );
}

#[tokio::test]
async fn the_providers_key_is_replaced_for_answers_and_notifications() {
    let shop = Shop::open().await;
    let other = KeyPair::generate().unwrap();
    let new = NewKeys {
        provider_private_key: Some(other.private_base64.clone()),
        key_version: Some("2".to_owned()),
        ..NewKeys::default()
    };
    shop.provider.replace_keys(&new).unwrap();
    assert_eq!(shop.provider.provider_public_key(), other.public_base64);
    assert!(!format!("{new:?}").contains(&other.private_base64));
    let answer = shop.pay("P", GOOD_CARD).await;
    assert_eq!(
        (answer.result().1.as_str(), answer.verified),
        ("SUCCESS", false)
    );
    let signature = answer.headers["signature"].to_str().unwrap();
    assert!(signature.contains("keyVersion=2"), "{signature}");
    let letter = &shop.inbox.wait_for(1).await[0];
    assert!(!letter.verified, "the inbox knows the key before only");
}
