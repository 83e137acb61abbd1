//! Problem codes: each is provoked and fits the document, which lists all of them and no others.

use crate::api::{Api, By, GOOD, request};
use crate::document::{document, enumerated, resolved};
use domain::Seconds;
use flows::World;
use flows::events::{create_body, pay_body};
use runtime::http::Response;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use store::Outage;

const DECLINED: &str = "4054692760174822";

fn documented() -> BTreeSet<String> {
    let document = document();
    let codes = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].clone();
    serde_json::from_value(codes).unwrap()
}

/// Calls, and expects a problem.
async fn expect(api: &Api, by: By, method: &str, path: &str, body: Value, status: u16, code: &str) {
    let (got, problem) = api.call(by, method, path, &body).await;
    assert_eq!(
        (got, problem["code"].as_str()),
        (status, Some(code)),
        "{method} {path}: {problem}"
    );
    assert_eq!(problem["status"], status);
}

async fn create(api: &Api, id: &str, order: &str) {
    let mut body = create_body(id, "MANUAL");
    body["orderId"] = order.into();
    body["captureOn"] = "request".into();
    let (status, _) = api.call(By::Merchant, "POST", "/payments", &body).await;
    assert_eq!(status, 201);
}

async fn pay(api: &Api, id: &str, card: &str) {
    let path = format!("/payments/{id}/pay");
    let (status, view) = api.call(By::Page, "POST", &path, &pay_body(card)).await;
    assert_eq!(status, 200, "{view}");
}

async fn refused_requests(api: &Api) {
    let mut body = create_body("P1", "MANUAL");
    let text = |text: &str| Value::from(text);
    expect(
        api,
        By::Nobody,
        "POST",
        "/payments",
        body.clone(),
        401,
        "not_authorized",
    )
    .await;
    expect(
        api,
        By::Merchant,
        "POST",
        "/payments",
        Value::Null,
        400,
        "empty_body",
    )
    .await;
    expect(
        api,
        By::Merchant,
        "POST",
        "/payments",
        text("{"),
        400,
        "bad_json",
    )
    .await;
    let long = text(&" ".repeat(64 * 1024 + 1));
    expect(
        api,
        By::Merchant,
        "POST",
        "/payments",
        long,
        413,
        "body_too_large",
    )
    .await;
    body["amount"]["value"] = "0".into();
    expect(
        api,
        By::Merchant,
        "POST",
        "/payments",
        body,
        400,
        "invalid_field",
    )
    .await;
    expect(
        api,
        By::Merchant,
        "GET",
        "/payments/a%20b",
        Value::Null,
        400,
        "invalid_field",
    )
    .await;
    expect(
        api,
        By::Merchant,
        "GET",
        "/payments/NONE",
        Value::Null,
        404,
        "no_such_payment",
    )
    .await;
    create(api, "P1", "ORDER_1").await;
    expect(
        api,
        By::Page,
        "POST",
        "/payments/P1/pay",
        pay_body("1234"),
        400,
        "invalid_card",
    )
    .await;
    let other = create_body("P1", "AUTOMATIC");
    expect(
        api,
        By::Merchant,
        "POST",
        "/payments",
        other,
        409,
        "id_in_use",
    )
    .await;
}

async fn refused_payments(api: &Api) {
    let env = pay_body(GOOD)["env"].clone();
    let stored = json!({ "storedCard": "card_1", "env": env });
    expect(
        api,
        By::Page,
        "POST",
        "/payments/P1/pay",
        stored,
        409,
        "unknown_stored_card",
    )
    .await;
    expect(
        api,
        By::Page,
        "POST",
        "/payments/P1/retry",
        Value::Null,
        409,
        "not_retryable",
    )
    .await;
    pay(api, "P1", GOOD).await;
    create(api, "P2", "ORDER_1").await;
    expect(
        api,
        By::Page,
        "POST",
        "/payments/P2/pay",
        pay_body(GOOD),
        409,
        "order_already_paid",
    )
    .await;
    create(api, "P3", "ORDER_3").await;
    pay(api, "P3", "4099990000000113").await;
    expect(
        api,
        By::Page,
        "POST",
        "/payments/P3/retry",
        Value::Null,
        409,
        "still_in_process",
    )
    .await;
}

async fn refused_wishes(api: &Api) {
    let part = |number: u32, value: &str| json!({ "number": number, "amount": { "currency": "EUR", "value": value } });
    let refund = |id: &str, value: &str| json!({ "refundRequestId": id, "amount": { "currency": "EUR", "value": value } });
    expect(
        api,
        By::Merchant,
        "POST",
        "/payments/P1/refund",
        refund("F", "1"),
        409,
        "not_refundable",
    )
    .await;
    expect(
        api,
        By::Merchant,
        "POST",
        "/payments/P1/capture",
        part(1, "30001"),
        409,
        "capture_not_possible",
    )
    .await;
    let (status, _) = api
        .call(
            By::Merchant,
            "POST",
            "/payments/P1/capture",
            &part(1, "10000"),
        )
        .await;
    assert_eq!(status, 202);
    expect(
        api,
        By::Merchant,
        "POST",
        "/payments/P1/capture",
        part(1, "9"),
        409,
        "capture_number_in_use",
    )
    .await;
    api.world.capture_queue().await;
    expect(
        api,
        By::Merchant,
        "POST",
        "/payments/P1/cancel",
        Value::Null,
        409,
        "not_cancellable",
    )
    .await;
    create(api, "P4", "ORDER_4").await;
    pay(api, "P4", DECLINED).await;
    expect(
        api,
        By::Merchant,
        "POST",
        "/payments/P4/capture",
        Value::Null,
        409,
        "not_capturable",
    )
    .await;
    expect(
        api,
        By::Merchant,
        "POST",
        "/payments/P1/refund",
        refund("F", "10001"),
        409,
        "refund_too_large",
    )
    .await;
    let (status, _) = api
        .call(
            By::Merchant,
            "POST",
            "/payments/P1/refund",
            &refund("F", "1"),
        )
        .await;
    assert_eq!(status, 200);
    expect(
        api,
        By::Merchant,
        "POST",
        "/payments/P1/refund",
        refund("F", "2"),
        409,
        "refund_id_in_use",
    )
    .await;
    create(api, "P5", "ORDER_5").await;
    pay(api, "P5", GOOD).await;
    assert!(
        api.world
            .provider
            .set_scenario(simulator::Call::Cancel, "CANCEL_WINDOW_EXCEED", 30)
    );
    expect(
        api,
        By::Merchant,
        "POST",
        "/payments/P5/cancel",
        Value::Null,
        409,
        "cancel_refused",
    )
    .await;
}

#[tokio::test]
async fn each_problem_is_as_documented() {
    let api = Api::of(World::with_several_captures().await);
    refused_requests(&api).await;
    refused_payments(&api).await;
    refused_wishes(&api).await;
    create(&api, "P6", "ORDER_6").await;
    flows::forward(Seconds(900));
    let token_still_good = pay_body(GOOD);
    expect(
        &api,
        By::Page,
        "POST",
        "/payments/P6/pay",
        token_still_good,
        409,
        "payment_expired",
    )
    .await;
    api.world.store.set_outage(Outage::Refuses);
    expect(
        &api,
        By::Merchant,
        "GET",
        "/payments/P1",
        Value::Null,
        503,
        "table_unavailable",
    )
    .await;
    api.world.store.set_outage(Outage::None);
    api.fits("GET", "/payments/P1", &Response::internal_error());
    api.fits("POST", "/payments", &base64_refused().await);
    let provoked = api.codes.into_inner();
    let elsewhere: BTreeSet<String> = [
        "method_not_allowed", // routes.rs
        "no_such_address",    // routes.rs
        "contended",          // needs a rival at each of several tries
        "not_chargeable",     // needs a card without the scheme's id, which POP always gives
    ]
    .map(str::to_owned)
    .into();
    let all: BTreeSet<String> = provoked.union(&elsewhere).cloned().collect();
    assert_eq!(all, documented());
    assert!(provoked.is_disjoint(&elsewhere), "provoked after all");
}

/// What the reader of events answers before the function is asked.
async fn base64_refused() -> Response {
    let event = json!({ "body": "%", "isBase64Encoded": true });
    let event: runtime::http::Event = serde_json::from_value(event).unwrap();
    event.into_request().unwrap_err()
}

#[tokio::test]
async fn refusals_of_addresses_and_methods_are_as_documented() {
    let api = Api::of(World::deaf().await);
    let document = document();
    for (method, path, component) in [
        ("PUT", "/payments", "MethodNotAllowed"),
        ("GET", "/nothing", "NothingHere"),
    ] {
        let response = api
            .world
            .checkout
            .answer(&request(By::Nobody, method, path, ""))
            .await;
        let documented = &document["components"]["responses"][component];
        let problem: Value = serde_json::from_str(&response.body).unwrap();
        let schema =
            &resolved(&document, documented)["content"]["application/problem+json"]["schema"];
        let validator = crate::document::strict(&document, schema);
        assert!(validator.is_valid(&problem), "{problem}");
    }
}

/// All texts in the sources of the functions behind the API.
fn texts_of_the_sources() -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "src/request", "../../shared/runtime/src/http"] {
        for entry in std::fs::read_dir(here.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() || path.ends_with("main.rs") {
                continue; // main.rs puts the parts together and answers nothing
            }
            let text = std::fs::read_to_string(path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let lines = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            texts.extend(
                lines.flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned)),
            );
        }
    }
    texts
}

/// Codes, states and reasons look like this.
fn is_word(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    text.contains('_') && text.bytes().all(plain)
}

#[test]
fn the_document_lists_the_codes_of_the_sources_and_no_others() {
    let document = document();
    let sources = texts_of_the_sources();
    for code in documented() {
        // Made by the response type itself.
        let made_elsewhere = code == "internal_error";
        assert!(
            sources.contains(&code) || made_elsewhere,
            "{code} is answered nowhere"
        );
    }
    let mut known = BTreeSet::new();
    enumerated(&document, &mut known);
    let words = sources.iter().filter(|text| is_word(text));
    let unknown: Vec<&String> = words.filter(|word| !known.contains(*word)).collect();
    assert!(unknown.is_empty(), "not in the document: {unknown:?}");
}
