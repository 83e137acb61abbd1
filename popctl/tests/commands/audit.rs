//! `verify` and `replay`, on a table that the functions wrote.

use crate::program::Runner;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{CaptureMode, CaptureOn, NewPayment, Payment, PaymentRequestId, Policy, Seconds};
use flows::clock;
use flows::events::{self, CLIENT_ID};
use runtime::http::Event;
use serde_json::Value;
use std::net::SocketAddr;
use store::{Commit, MemoryQueues, Ports, Store};

/// Two payments: one that was created and paid, and captured early; and one that POP told of first.
async fn table() -> SocketAddr {
    let address = embedded::start().await;
    let (store, policy) = (embedded::store(address), Policy::default());
    let order = serde_json::json!({
        "orderId": "ORDER_1", "description": "coffee", "redirectUrl": "https://shop.example/"
    });
    let new = NewPayment {
        id: PaymentRequestId::new("EVENT_AUTOMATIC").unwrap(),
        order: serde_json::from_value(order).unwrap(),
        amount: domain::Money::from_wire("30000", "EUR").unwrap(),
        capture_mode: CaptureMode::Automatic,
        capture_on: CaptureOn::Authorized,
        expires_in: Seconds(840),
    };
    let created = Commit::created(Payment::create(new, clock(), &policy), &policy);
    store.commit(&created).await.unwrap();
    let notify = flows::notify_with(Ports {
        store,
        queues: MemoryQueues::default(),
        policy,
    });
    for file in [
        "notify-capture-success.json",
        "notify-payment-success.json",
        "notify-payment-unknown-payment.json",
    ] {
        let sample = events::all().into_iter().find(|s| s.file == file).unwrap();
        let event: Event = serde_json::from_value(sample.event).unwrap();
        let request = event.into_request().unwrap();
        assert_eq!(notify.receive(&request, clock()).await.status, 200);
    }
    address
}

/// Runs the command for people and for machines; gives the exit code, what was printed, and what was given as JSON.
async fn popctl(address: SocketAddr, key: &str, arguments: &[&str]) -> (i32, String, Value) {
    let pairs = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "key"),
    ];
    let endpoint = format!("http://{address}");
    let given = [
        "--table",
        "payments",
        "--client-id",
        CLIENT_ID,
        "--keys",
        key,
        "--endpoint-url",
        &endpoint,
    ];
    let runner = Runner {
        arguments: given.map(str::to_owned).into(),
        environment: pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    };
    let ran = runner.run(arguments).await;
    (ran.code, ran.printed, ran.json)
}

fn key(version: &str, name: &str) -> String {
    format!("{version}={}", events::public_key(name))
}

fn provider() -> String {
    key("1", "provider-public.pem")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_in_order_passes() {
    let address = table().await;
    for command in ["verify", "replay"] {
        let (code, printed, written) = popctl(address, &provider(), &[command]).await;
        assert_eq!(code, 0, "{printed}");
        assert!(
            printed.contains("2 payments, 5 entries, 3 of 3 signatures verified, 0 findings"),
            "{printed}"
        );
        assert_eq!(written["signaturesVerified"], 3);
    }
    let one = ["replay", "--payment", "EVENT_AUTOMATIC"];
    let (code, printed, _) = popctl(address, &provider(), &one).await;
    assert_eq!(code, 0);
    assert!(printed.starts_with("1 payment, 3 entries"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_or_a_retired_one_is_said_and_fails() {
    let address = table().await;
    for (key, code) in [
        (key("1", "merchant-public.pem"), "signature_bad"),
        (key("2", "merchant-public.pem"), "unknown_key"),
    ] {
        let (exit, printed, written) = popctl(address, &key, &["verify"]).await;
        assert_eq!(exit, 1, "{printed}");
        assert_eq!(written["findings"].as_array().unwrap().len(), 3);
        assert_eq!(written["findings"][0]["code"], code);
        assert!(!printed.contains("notifyType"), "no bodies");
    }
}

async fn set(client: &Client, sk: &str, attribute: &str, change: impl Fn(&str) -> String) {
    crate::table::change(client, ("PAY#EVENT_AUTOMATIC", sk), attribute, change).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_row_is_found_by_replay_alone() {
    let address = table().await;
    let client = embedded::client(address);
    set(&client, "STATE", "doc", |doc| {
        doc.replace("\"CAPTURED\"", "\"CANCELLED\"")
    })
    .await;
    let (code, printed, _) = popctl(address, &provider(), &["verify"]).await;
    assert_eq!(code, 0, "{printed}");
    let (code, printed, written) = popctl(address, &provider(), &["replay"]).await;
    assert_eq!(code, 1, "{printed}");
    assert_eq!(written["findings"][0]["code"], "replay_differs");
    assert_eq!(written["findings"][0]["difference"]["field"], "status");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_entry_and_a_missing_one_are_found() {
    let address = table().await;
    let client = embedded::client(address);
    set(&client, "EVID#000002", "time", |time| format!("{time}0")).await;
    let (code, printed, written) = popctl(address, &provider(), &["verify"]).await;
    assert_eq!(code, 1, "{printed}");
    let codes: Vec<&str> = written["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["entry_changed", "signature_bad"]);
    let delete = client
        .delete_item()
        .table_name("payments")
        .key("pk", AttributeValue::S("PAY#EVENT_AUTOMATIC".into()))
        .key("sk", AttributeValue::S("EVID#000002".into()));
    delete.send().await.unwrap();
    let (code, _, written) = popctl(address, &provider(), &["verify"]).await;
    assert_eq!(
        (code, &written["findings"][0]["code"]),
        (1, &"entry_missing".into())
    );
    // What is no entry at all.
    set(&client, "EVID#000003", "terms", |_| "none".into()).await;
    let (code, _, written) = popctl(address, &provider(), &["replay"]).await;
    assert_eq!(
        (code, &written["findings"][0]["code"]),
        (1, &"unreadable".into())
    );
    set(&client, "STATE", "doc", |_| "{}".into()).await;
    let (code, printed, written) = popctl(address, &provider(), &["replay"]).await;
    assert_eq!(
        (code, &written["findings"][0]["payment"]),
        (1, &"PAY#EVENT_AUTOMATIC".into()),
        "{printed}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_run_says_what_to_do() {
    let address = table().await;
    let (code, printed, _) = popctl(address, "no key", &["verify"]).await;
    assert_eq!(code, 2);
    assert!(printed.contains("POP_PUBLIC_KEYS"), "{printed}");
    let nobody = ["verify", "--payment", "NOBODY"];
    let (code, printed, json) = popctl(address, &provider(), &nobody).await;
    assert_eq!(code, 2);
    assert!(printed.contains("NOBODY"), "{printed}");
    assert_eq!(json["error"]["code"], "no_such_payment");
    let nobody: SocketAddr = "127.0.0.1:9".parse().unwrap();
    let (code, printed, _) = popctl(nobody, &provider(), &["verify"]).await;
    assert_eq!(code, 2, "{printed}");
}
