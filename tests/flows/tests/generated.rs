//! Events as `sam local generate-event` makes them up (`events/generated`): each gets a clean answer.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use domain::Seconds;
use flows::events::{self, API_KEY};
use flows::{World, clock};
use runtime::http::{self, Event, Request};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use store::QueueName;

fn folder() -> PathBuf {
    events::folder().join("generated")
}

fn file(name: &str) -> Value {
    let path = folder().join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Status and code of what the functions behind the API answer.
async fn answered(world: &World, function: &str, event: Value) -> (u64, String) {
    // What Lambda's runtime makes of it: a failure here would be a failed invocation.
    let event: Event = serde_json::from_value(event).unwrap();
    let answer = match function {
        "checkout" => {
            let handler = |request: Request| async move { world.checkout.answer(&request).await };
            http::answer(event, &handler).await
        }
        _ => {
            let handler =
                |request: Request| async move { world.notify.receive(&request, clock()).await };
            http::answer(event, &handler).await
        }
    };
    let answer = serde_json::to_value(answer).unwrap();
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap_or_default();
    let code = body["code"].as_str().unwrap_or_default().to_owned();
    (answer["statusCode"].as_u64().unwrap(), code)
}

/// File, function, status, code.
const HTTP: [(&str, &str, u64, &str); 10] = [
    (
        "apigateway-http-api-proxy.json",
        "checkout",
        404,
        "no_such_address",
    ),
    (
        "apigateway-http-api-proxy.json",
        "notify",
        401,
        "missing_signature",
    ),
    ("apigateway-http-api-proxy-health.json", "checkout", 200, ""),
    (
        "apigateway-http-api-proxy-health.json",
        "notify",
        405,
        "method_not_allowed",
    ),
    (
        "apigateway-http-api-proxy-create.json",
        "checkout",
        401,
        "not_authorized",
    ),
    (
        "apigateway-http-api-proxy-bad-body.json",
        "checkout",
        401,
        "not_authorized",
    ),
    (
        "apigateway-http-api-proxy-notify.json",
        "notify",
        401,
        "missing_signature",
    ),
    (
        "apigateway-http-api-proxy-notify.json",
        "checkout",
        404,
        "no_such_address",
    ),
    (
        "apigateway-aws-proxy.json",
        "checkout",
        404,
        "no_such_address",
    ),
    (
        "apigateway-aws-proxy.json",
        "notify",
        405,
        "method_not_allowed",
    ),
];

#[tokio::test]
async fn each_http_event_gets_a_clean_answer() {
    let world = World::deaf().await;
    for (name, function, status, code) in HTTP {
        let answer = answered(&world, function, file(name)).await;
        assert_eq!(answer, (status, code.to_owned()), "{name} to {function}");
    }
}

#[tokio::test]
async fn with_the_api_key_added_a_generated_event_creates_a_payment() {
    let world = World::deaf().await;
    let with_key = |name: &str| {
        let mut event = file(name);
        event["headers"]["authorization"] = format!("Bearer {API_KEY}").into();
        event
    };
    let create = with_key("apigateway-http-api-proxy-create.json");
    assert_eq!(
        answered(&world, "checkout", create).await,
        (201, String::new())
    );
    assert_eq!(
        world.row("GENERATED").await.order_id().unwrap().as_str(),
        "ORDER_GENERATED"
    );
    let bad = with_key("apigateway-http-api-proxy-bad-body.json");
    assert_eq!(
        answered(&world, "checkout", bad).await,
        (400, "bad_json".to_owned())
    );
}

#[tokio::test]
async fn what_local_tools_leave_empty_does_no_harm() {
    let world = World::deaf().await;
    let generated = file("apigateway-http-api-proxy.json");
    let mut empty = generated.clone();
    for (name, _) in generated.as_object().unwrap() {
        empty[name] = Value::Null;
        for (function, status) in [("checkout", 404), ("notify", 405)] {
            let (answer, _) = answered(&world, function, json!({ name: null })).await;
            assert_eq!(answer, status, "{function}, nothing but an empty {name}");
        }
    }
    assert_eq!(answered(&world, "checkout", empty).await.0, 404);
    assert_eq!(answered(&world, "checkout", json!({})).await.0, 404);
    let mut context = json!({ "http": {} });
    for name in ["method", "sourceIp", "userAgent"] {
        context["http"][name] = Value::Null;
    }
    let event = json!({ "requestContext": context });
    assert_eq!(answered(&world, "notify", event).await.0, 405);
}

#[tokio::test]
async fn queue_messages_that_are_no_hints_are_given_back_and_hints_are_worked_off() {
    let world = World::deaf().await;
    let work_off = async |name: &str| {
        let event = serde_json::from_value(file(name)).unwrap();
        let answer = world.captures.batch(event, clock() + Seconds(60)).await;
        serde_json::to_value(answer).unwrap()
    };
    let id = "19dd0b57-b21e-4ac1-bd88-01bbb068cb78";
    let given_back = json!({ "batchItemFailures": [{ "itemIdentifier": id }] });
    assert_eq!(work_off("sqs-receive-message.json").await, given_back);
    assert_eq!(
        work_off("sqs-receive-message-hint.json").await,
        given_back,
        "no such payment"
    );
    let token = world.create("EVENT_MANUAL", "MANUAL").await;
    world.pay("EVENT_MANUAL", &token, "4054695723100768").await;
    assert_eq!(world.queues.take(QueueName::Capture).len(), 1);
    let done = json!({ "batchItemFailures": [] });
    assert_eq!(work_off("sqs-receive-message-hint.json").await, done);
    assert_eq!(
        world.row("EVENT_MANUAL").await.status,
        domain::Status::Captured
    );
}

#[tokio::test]
async fn a_scheduled_event_sweeps_all_shards() {
    let event = file("cloudwatch-scheduled-event.json");
    assert_eq!(sweep::Part::of_event(&event), Ok(sweep::Part::WHOLE));
}

#[test]
fn each_file_is_used_and_the_page_says_what_printed_it() {
    let found: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .collect();
    let others = [
        "sqs-receive-message.json",
        "sqs-receive-message-hint.json",
        "cloudwatch-scheduled-event.json",
    ];
    let used = HTTP.iter().map(|(name, ..)| *name).chain(others);
    assert_eq!(found, used.map(str::to_owned).collect());
    let page = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for name in &found {
        assert!(page.contains(&format!("| `{name}` | `")), "{name}");
    }
}
