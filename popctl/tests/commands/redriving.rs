//! `redrive`.

use crate::cloud::Cloud;
use crate::golden;
use crate::stories;
use serde_json::json;
use simulation::world::{BEGIN, World};

const CAPTURE: &str = "CaptureDead";
const EVENTS: &str = "OrderEventsDead";

async fn deployment() -> Cloud {
    let worlds: Vec<World> = [
        (stories::capture_lost(), "OPEN"),
        (stories::refunded_in_parts(), "CAPTURED"),
        (stories::mismatch(), "REVIEWED"),
    ]
    .into_iter()
    .map(|(mut story, id)| {
        story.order.id = id.to_owned();
        std::thread::spawn(move || story.live()).join().unwrap()
    })
    .collect();
    let worlds: Vec<&World> = worlds.iter().collect();
    let cloud = Cloud::of(&worlds, stories::mismatch().now()).await;
    let sent = BEGIN.millis() + 60_000;
    for id in ["OPEN", "CAPTURED", "REVIEWED", "NOBODY"] {
        let hint = json!({ "paymentRequestId": id }).to_string();
        cloud.queues.put(CAPTURE, &hint, sent);
    }
    cloud.queues.put(CAPTURE, "not ours", sent);
    for (id, kind) in [
        ("CAPTURED", "payment.captured"),
        ("CAPTURED", "payment.capture_due"),
        ("REVIEWED", "payment.needs_review"),
        ("OPEN", "payment.needs_review"),
    ] {
        let event =
            json!({ "specversion": "1.0", "id": format!("{id}:1:0"), "type": kind, "subject": id });
        cloud.queues.put(EVENTS, &event.to_string(), sent);
    }
    cloud
}

fn fates(json: &serde_json::Value, queue: usize) -> Vec<String> {
    let messages = json["queues"][queue]["messages"].as_array().unwrap();
    let word = |message: &serde_json::Value| {
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("fate"), text("code"))
    };
    messages.iter().map(word).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_is_looked_at_before_any_is_moved() {
    let cloud = deployment().await;
    let ran = cloud.popctl().run(&["redrive"]).await;
    assert_eq!(ran.code, 1, "{}", ran.printed);
    golden::hold("redrive-dry.txt", &ran.printed);
    assert_eq!(
        fates(&ran.json, 0),
        [
            "again capture",
            "obsolete captured",
            "obsolete in_review",
            "obsolete no_such_payment",
            "unreadable unreadable"
        ]
    );
    assert_eq!(
        fates(&ran.json, 1),
        [
            "again deliver",
            "obsolete over",
            "again deliver",
            "obsolete resolved"
        ]
    );
    assert_eq!(cloud.queues.bodies(CAPTURE).len(), 5, "nothing is moved");
    assert!(cloud.queues.bodies("Capture").is_empty());
    assert!(!cloud.queues.any_hidden(), "and nothing is held back");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_yes_they_are_moved_back_and_the_obsolete_stay() {
    let cloud = deployment().await;
    let (code, printed) = cloud.popctl().once(&["redrive", "--yes"], false).await;
    assert_eq!(code, 1, "some are left: {printed}");
    golden::hold("redrive.txt", &printed);
    assert_eq!(
        cloud.queues.bodies("Capture"),
        [r#"{"paymentRequestId":"OPEN"}"#]
    );
    assert_eq!(cloud.queues.bodies("OrderEvents").len(), 2);
    assert_eq!(cloud.queues.bodies(CAPTURE).len(), 4);
    assert!(!cloud.queues.any_hidden());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_obsolete_are_dropped_on_request_and_the_unreadable_never() {
    let cloud = deployment().await;
    let arguments = ["redrive", "--yes", "--drop-obsolete", "--queue", "capture"];
    let (code, printed) = cloud.popctl().once(&arguments, true).await;
    assert_eq!(code, 1, "{printed}");
    let json: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let taken = &json["queues"][0];
    assert_eq!(
        (&taken["moved"], &taken["dropped"], &taken["left"]),
        (&1.into(), &3.into(), &1.into())
    );
    assert_eq!(cloud.queues.bodies(CAPTURE), ["not ours"]);
    assert_eq!(
        cloud.queues.bodies(EVENTS).len(),
        4,
        "the other queue is left alone"
    );
    let (code, printed) = cloud
        .popctl()
        .once(&["redrive", "--drop-obsolete"], false)
        .await;
    assert_eq!(code, 2, "only with --yes: {printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_are_taken_than_the_limit_and_empty_queues_are_in_order() {
    let cloud = deployment().await;
    let arguments = ["redrive", "--queue", "capture", "--limit", "2"];
    let ran = cloud.popctl().run(&arguments).await;
    assert_eq!(fates(&ran.json, 0).len(), 2);
    let world = std::thread::spawn(|| stories::declined().live())
        .join()
        .unwrap();
    let cloud = Cloud::of(&[&world], stories::declined().now()).await;
    let ran = cloud.popctl().run(&["redrive"]).await;
    assert_eq!(ran.code, 0, "{}", ran.printed);
}
