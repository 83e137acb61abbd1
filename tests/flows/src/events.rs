//! The files of `events/`: what AWS hands to each function, built here so that every signature is right.
//!
//! `cargo run -p flows --bin write-events` writes them; a test holds the files against this list.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ring::{hmac, rand, signature};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The client id that the samples carry.
pub const CLIENT_ID: &str = "SANDBOX_5X00000000000000";
/// The path that the samples were signed for.
pub const NOTIFY_PATH: &str = "/notify";
/// The merchant's API key in the samples.
pub const API_KEY: &str = include_str!("../../../events/keys/api-key.txt").trim_ascii();
/// The key of the page's tokens in the samples, in hexadecimal.
pub const TOKEN_KEY: &str = include_str!("../../../events/keys/client-token-key.txt").trim_ascii();
/// When the samples happened: the Request-Time they carry.
pub const SENT_AT_MS: &str = "1767355261000";

/// A file of `events/`.
pub struct Sample {
    /// Its name, after the case.
    pub file: &'static str,
    /// Which function takes it.
    pub function: &'static str,
    /// The event.
    pub event: Value,
}

/// The folder of the samples.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

/// A key of `events/keys`, as PEM text.
#[must_use]
pub fn key(name: &str) -> String {
    std::fs::read_to_string(folder().join("keys").join(name)).unwrap()
}

/// A public key of `events/keys`, in base64 without its PEM lines: as `POP_PUBLIC_KEYS` takes it.
#[must_use]
pub fn public_key(name: &str) -> String {
    key(name)
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect()
}

/// The `Signature` header for a notification, made with a key of `events/keys`.
#[must_use]
pub fn signature(
    key_name: &str,
    path: &str,
    client_id: &str,
    time: &str,
    body: &(impl AsRef<[u8]> + ?Sized),
) -> String {
    let pem = key(key_name);
    let der: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let pair = signature::RsaKeyPair::from_pkcs8(&STANDARD.decode(der).unwrap()).unwrap();
    let mut content = format!("POST {path}\n{client_id}.{time}.").into_bytes();
    content.extend_from_slice(body.as_ref());
    let mut bytes = vec![0; pair.public().modulus_len()];
    pair.sign(
        &signature::RSA_PKCS1_SHA256,
        &rand::SystemRandom::new(),
        &content,
        &mut bytes,
    )
    .unwrap();
    let encoded = utf8_percent_encode(&STANDARD.encode(bytes), NON_ALPHANUMERIC).to_string();
    format!("algorithm=RSA256,keyVersion=1,signature={encoded}")
}

/// A request as API Gateway's HTTP API hands it over (payload format 2.0).
#[must_use]
pub fn http(method: &str, path: &str, headers: &Value, body: Option<&str>) -> Value {
    let mut event = json!({
        "version": "2.0",
        "routeKey": format!("{method} {path}"),
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": "api-id.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "api-id",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "sample/1.0"
            },
            "requestId": "sample-request",
            "routeKey": format!("{method} {path}"),
            "stage": "$default",
            "time": "02/Jan/2026:12:01:01 +0000",
            "timeEpoch": 1_767_355_261_000_u64
        },
        "isBase64Encoded": false
    });
    if let Some(body) = body {
        event["body"] = body.into();
    }
    event
}

/// A notification signed by `key_name` for `path` and `client_id`.
#[must_use]
pub fn notification(key_name: &str, path: &str, client_id: &str, body: &str) -> Value {
    let headers = json!({
        "content-type": "application/json; charset=UTF-8",
        "client-id": client_id,
        "request-time": SENT_AT_MS,
        "signature": signature(key_name, path, client_id, SENT_AT_MS, body),
        "host": "api-id.execute-api.eu-central-1.amazonaws.com",
    });
    http("POST", NOTIFY_PATH, &headers, Some(body))
}

fn genuine(body: &Value) -> Value {
    notification(
        "provider-private.pem",
        NOTIFY_PATH,
        CLIENT_ID,
        &body.to_string(),
    )
}

fn payment_body(id: &str, status: &str, code: &str) -> Value {
    json!({
        "notifyType": "PAYMENT_RESULT",
        "result": { "resultCode": code, "resultStatus": status, "resultMessage": "success" },
        "paymentRequestId": id,
        "paymentId": "20260102194010800100188010200000001",
        "paymentAmount": { "value": "30000", "currency": "EUR" },
        "paymentCreateTime": "2026-01-02T12:01:00+08:30",
        "paymentTime": "2026-01-02T12:01:01+08:30",
        "paymentResultInfo": {
            "avsResultRaw": "A",
            "cvvResultRaw": "Y",
            "networkTransactionId": "sampleNetworkTransactionId123456",
            "threeDSResult": { "eci": "02", "threeDSVersion": "2.2.0", "caav": "cavvSample", "dsTransactionId": "sample_dsTransactionId" }
        }
    })
}

fn capture_body(status: &str, code: &str) -> Value {
    json!({
        "notifyType": "CAPTURE_RESULT",
        "result": { "resultCode": code, "resultStatus": status, "resultMessage": "success." },
        "captureRequestId": "EVENT_AUTOMATIC",
        "captureId": "20260102194010807000188010200000001",
        "paymentId": "20260102194010800100188010200000001",
        "captureAmount": { "value": "30000", "currency": "EUR" },
        "captureTime": "2026-01-02T00:34:52-08:00"
    })
}

/// Every sample.
#[must_use]
pub fn all() -> Vec<Sample> {
    let mut samples = notify_samples();
    samples.extend(refused_samples());
    samples.extend(checkout_samples());
    samples.push(Sample {
        file: "capture-batch.json",
        function: "capture",
        event: capture_batch(),
    });
    samples.push(Sample {
        file: "sweep-schedule.json",
        function: "sweep",
        event: schedule(),
    });
    samples.extend(operator_samples());
    samples
}

/// An operator's orders, as `popctl` gives them: only said, and done.
fn operator_samples() -> Vec<Sample> {
    let order = |order: Value, dry_run: bool| {
        let mut order = order;
        order["by"] = "ada".into();
        order["dryRun"] = dry_run.into();
        json!({ "operator": order })
    };
    let sample = |file, event| Sample {
        file,
        function: "sweep",
        event,
    };
    let resolve = json!({
        "order": "resolve", "payment": "EVENT_AUTOMATIC", "ruling": "go_on", "reason": "one wrong message",
    });
    vec![
        sample(
            "sweep-operator-check.json",
            order(json!({ "order": "check" }), false),
        ),
        sample(
            "sweep-operator-inquire.json",
            order(
                json!({ "order": "inquire", "payment": "EVENT_AUTOMATIC" }),
                false,
            ),
        ),
        sample("sweep-operator-resolve.json", order(resolve, true)),
    ]
}

fn notify_samples() -> Vec<Sample> {
    let sample = |file, event| Sample {
        file,
        function: "notify",
        event,
    };
    let mut base64_body = genuine(&payment_body("EVENT_AUTOMATIC", "S", "SUCCESS"));
    base64_body["body"] = STANDARD
        .encode(base64_body["body"].as_str().unwrap())
        .into();
    base64_body["isBase64Encoded"] = true.into();
    let mut pending = payment_body("EVENT_AUTOMATIC", "S", "SUCCESS");
    pending["notifyType"] = "PAYMENT_PENDING".into();
    let mut wrong_amount = payment_body("EVENT_AUTOMATIC", "S", "SUCCESS");
    wrong_amount["paymentAmount"]["value"] = "1".into();
    let refund = json!({
        "notifyType": "REFUND_RESULT",
        "result": { "resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success" },
        "refundStatus": "SUCCESS",
        "refundRequestId": "EVENT_REFUND",
        "refundId": "20260103194010800200188010200000001",
        "refundAmount": { "value": "10000", "currency": "EUR" },
        "refundTime": "2026-01-03T00:34:52-08:00"
    });
    let dispute = json!({
        "disputeNotificationType": "DISPUTE_CREATED",
        "disputeId": "202601020000000000000000001",
        "paymentRequestId": "EVENT_AUTOMATIC",
        "paymentId": "20260102194010800100188010200000001",
        "disputeAmount": { "currency": "EUR", "value": "30000" },
        "disputeReasonCode": "4853",
        "disputeSource": "Mastercard"
    });
    vec![
        sample(
            "notify-payment-success.json",
            genuine(&payment_body("EVENT_AUTOMATIC", "S", "SUCCESS")),
        ),
        sample(
            "notify-payment-success-manual.json",
            genuine(&payment_body("EVENT_MANUAL", "S", "SUCCESS")),
        ),
        sample(
            "notify-payment-declined.json",
            genuine(&payment_body(
                "EVENT_AUTOMATIC",
                "F",
                "USER_BALANCE_NOT_ENOUGH",
            )),
        ),
        sample(
            "notify-payment-closed.json",
            genuine(&payment_body("EVENT_AUTOMATIC", "F", "ORDER_IS_CLOSED")),
        ),
        sample("notify-payment-pending.json", genuine(&pending)),
        sample(
            "notify-payment-unknown-payment.json",
            genuine(&payment_body("NOBODY_KNOWS_ME", "S", "SUCCESS")),
        ),
        sample("notify-payment-wrong-amount.json", genuine(&wrong_amount)),
        sample("notify-payment-base64-body.json", base64_body),
        sample(
            "notify-capture-success.json",
            genuine(&capture_body("S", "SUCCESS")),
        ),
        sample(
            "notify-capture-failed.json",
            genuine(&capture_body("F", "PROCESS_FAIL")),
        ),
        sample("notify-refund-success.json", genuine(&refund)),
        sample("notify-unknown-kind.json", genuine(&dispute)),
        sample(
            "notify-signed-but-not-json.json",
            notification(
                "provider-private.pem",
                NOTIFY_PATH,
                CLIENT_ID,
                "{\"notifyType\":",
            ),
        ),
    ]
}

fn refused_samples() -> Vec<Sample> {
    let sample = |file, event| Sample {
        file,
        function: "notify",
        event,
    };
    let good = payment_body("EVENT_AUTOMATIC", "S", "SUCCESS").to_string();
    let mut tampered = genuine(&payment_body("EVENT_AUTOMATIC", "S", "SUCCESS"));
    tampered["body"] = good.replace("30000", "30001").into();
    let mut other_time = genuine(&payment_body("EVENT_AUTOMATIC", "S", "SUCCESS"));
    other_time["headers"]["request-time"] = "1767355261001".into();
    let mut unsigned = genuine(&payment_body("EVENT_AUTOMATIC", "S", "SUCCESS"));
    unsigned["headers"]
        .as_object_mut()
        .unwrap()
        .remove("signature");
    let mut bad_base64 = genuine(&payment_body("EVENT_AUTOMATIC", "S", "SUCCESS"));
    bad_base64["body"] = "{not base64}".into();
    bad_base64["isBase64Encoded"] = true.into();
    let mut no_body = genuine(&payment_body("EVENT_AUTOMATIC", "S", "SUCCESS"));
    no_body.as_object_mut().unwrap().remove("body");
    let mut get = genuine(&payment_body("EVENT_AUTOMATIC", "S", "SUCCESS"));
    get["requestContext"]["http"]["method"] = "GET".into();
    vec![
        sample(
            "notify-forged.json",
            notification("stranger-private.pem", NOTIFY_PATH, CLIENT_ID, &good),
        ),
        sample("notify-tampered-amount.json", tampered),
        sample("notify-other-time.json", other_time),
        sample(
            "notify-other-client.json",
            notification("provider-private.pem", NOTIFY_PATH, "SANDBOX_OTHER", &good),
        ),
        sample(
            "notify-other-path.json",
            notification("provider-private.pem", "/elsewhere", CLIENT_ID, &good),
        ),
        sample("notify-unsigned.json", unsigned),
        sample("notify-bad-base64.json", bad_base64),
        sample("notify-no-body.json", no_body),
        sample("notify-wrong-method.json", get),
    ]
}

/// A token of the page for one payment that stays valid until the year 2100.
#[must_use]
pub fn client_token(id: &str) -> String {
    let until = 4_102_444_800_i64;
    let key: Vec<u8> = (0..TOKEN_KEY.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&TOKEN_KEY[at..at + 2], 16).unwrap())
        .collect();
    let tag = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, &key),
        format!("pay {id} until {until}").as_bytes(),
    );
    format!("{until}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// What the merchant's server sends to create a payment.
#[must_use]
pub fn create_body(id: &str, mode: &str) -> Value {
    json!({
        "paymentRequestId": id,
        "orderId": format!("ORDER_{id}"), // one order is paid once
        "amount": { "currency": "EUR", "value": "30000" },
        "captureMode": mode,
        "description": "Cappuccino #grande (Mika's coffee shop)",
        "redirectUrl": "https://shop.example/return",
        "settlementCurrency": "EUR",
        "goods": [{
            "referenceGoodsId": "383382011_SGAMZ-904520356",
            "goodsName": "[3 Boxes] Coffee capsules",
            "goodsCategory": "Digital Goods/Digital Vouchers/Food and Beverages",
            "goodsUnitAmount": { "currency": "EUR", "value": "30000" },
            "goodsQuantity": "1"
        }],
        "shipping": {
            "shippingName": { "firstName": "Dehua", "lastName": "Liu" },
            "shippingAddress": { "region": "CN", "state": "Zhejiang", "city": "Hangzhou", "address1": "Wuchang road", "zipCode": "310000" },
            "shippingCarrier": "FedEx",
            "shippingPhoneNo": "12345678912",
            "shipToEmail": "test@example.com"
        },
        "buyer": { "referenceBuyerId": "test12345678", "buyerEmail": "buyer@example.com" }
    })
}

/// What the card page sends to pay. The card is one of the provider's published test cards.
#[must_use]
pub fn pay_body(card_no: &str) -> Value {
    json!({
        "card": {
            "cardNo": card_no,
            "cvv": "850",
            "expiryMonth": "12",
            "expiryYear": "29",
            "cardholderName": { "firstName": "Tom", "lastName": "Jay" },
            "billingAddress": { "region": "CN", "state": "Zhejiang", "city": "Hangzhou", "address1": "Wuchang road", "zipCode": "310000" }
        },
        "env": {
            "terminalType": "WEB",
            "browserInfo": { "acceptHeader": "*/*", "javaEnabled": false, "javaScriptEnabled": true, "language": "en-GB" },
            "colorDepth": 24,
            "screenHeight": 768,
            "screenWidth": 1024,
            "timeZoneOffset": -60,
            "deviceLanguage": "en-GB"
        }
    })
}

fn checkout_samples() -> Vec<Sample> {
    let sample = |file, event| Sample {
        file,
        function: "checkout",
        event,
    };
    let with = |token: &str| json!({ "authorization": format!("Bearer {token}"), "content-type": "application/json" });
    let (merchant, page) = (with(API_KEY), with(&client_token("EVENT_AUTOMATIC")));
    let create = |id, mode| {
        http(
            "POST",
            "/payments",
            &merchant,
            Some(&create_body(id, mode).to_string()),
        )
    };
    let merchant_posts = |file, path: &str, body: &Value| {
        let path = format!("/payments/{path}");
        sample(
            file,
            http("POST", &path, &merchant, Some(&body.to_string())),
        )
    };
    let pay = pay_body("4054695723100768").to_string();
    let stored = json!({
        "storedCard": "card_00000000000000000000000000000000",
        "env": pay_body("4054695723100768")["env"],
    });
    vec![
        sample(
            "checkout-create-automatic.json",
            create("EVENT_AUTOMATIC", "AUTOMATIC"),
        ),
        sample(
            "checkout-create-manual.json",
            create("EVENT_MANUAL", "MANUAL"),
        ),
        sample(
            "checkout-create-without-key.json",
            http("POST", "/payments", &json!({}), Some("{}")),
        ),
        sample(
            "checkout-pay-stored-card.json",
            http(
                "POST",
                "/payments/EVENT_AUTOMATIC/pay",
                &page,
                Some(&stored.to_string()),
            ),
        ),
        sample(
            "checkout-pay.json",
            http("POST", "/payments/EVENT_AUTOMATIC/pay", &page, Some(&pay)),
        ),
        sample(
            "checkout-status.json",
            http("GET", "/payments/EVENT_AUTOMATIC", &merchant, None),
        ),
        merchant_posts(
            "checkout-charge.json",
            "EVENT_MANUAL/charge",
            &json!({ "storedCard": "card_00000000000000000000000000000000", "recurringType": "SCHEDULED" }),
        ),
        merchant_posts(
            "checkout-capture.json",
            "EVENT_MANUAL/capture",
            &json!({ "amount": { "currency": "EUR", "value": "30000" } }),
        ),
        merchant_posts("checkout-cancel.json", "EVENT_MANUAL/cancel", &json!({})),
        merchant_posts(
            "checkout-refund.json",
            "EVENT_AUTOMATIC/refund",
            &json!({ "refundRequestId": "EVENT_REFUND", "amount": { "currency": "EUR", "value": "10000" } }),
        ),
        sample(
            "checkout-retry.json",
            http("POST", "/payments/EVENT_AUTOMATIC/retry", &page, None),
        ),
        sample(
            "checkout-cards.json",
            http("GET", "/buyers/test12345678/cards", &merchant, None),
        ),
        sample(
            "checkout-forget-card.json",
            http(
                "DELETE",
                "/buyers/test12345678/cards/card_00000000000000000000000000000000",
                &merchant,
                None,
            ),
        ),
        sample(
            "checkout-page.json",
            http("GET", "/checkout/EVENT_AUTOMATIC", &json!({}), None),
        ),
        sample(
            "checkout-health.json",
            http("GET", "/healthz", &json!({}), None),
        ),
    ]
}

fn capture_batch() -> Value {
    let record = |number: u32, body: &str| {
        json!({
            "messageId": format!("00000000-0000-0000-0000-00000000000{number}"),
            "receiptHandle": "sample",
            "body": body,
            "attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": "1767355261000", "SenderId": "sample", "ApproximateFirstReceiveTimestamp": "1767355261001" },
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:CaptureQueue",
            "awsRegion": "eu-central-1"
        })
    };
    json!({ "Records": [
        record(1, r#"{"paymentRequestId":"EVENT_MANUAL"}"#),
        record(2, "not a capture message"),
        record(3, r#"{"paymentRequestId":"EVENT_AUTOMATIC"}"#),
    ] })
}

/// EventBridge Scheduler hands over whatever its input says; ours says nothing, and the function reads nothing.
fn schedule() -> Value {
    json!({ "scheduled": "each minute" })
}
