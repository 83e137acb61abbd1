//! `explain`, story by story.

use crate::cloud::Cloud;
use crate::golden;
use crate::program::Ran;
use crate::stories::{self, Story};
use serde_json::Value;

async fn explain(story: Story, id: &str) -> (Cloud, Ran) {
    let now = story.now();
    let world = std::thread::spawn(move || story.live()).join().unwrap();
    let cloud = Cloud::of(&[&world], now).await;
    let ran = cloud.popctl().run(&["explain", id]).await;
    (cloud, ran)
}

/// Explains a story's payment, and holds what is printed and what machines get.
async fn hold(name: &str, story: Story) -> Value {
    let (_, ran) = explain(story, "P0").await;
    assert_eq!(ran.code, 0, "{}", ran.printed);
    golden::hold(&format!("explain-{name}.txt"), &ran.printed);
    let json = serde_json::to_string_pretty(&ran.json).unwrap() + "\n";
    golden::hold(&format!("explain-{name}.json"), &json);
    // Neither bodies, nor people, nor the address of the bank.
    for text in [ran.printed, json] {
        for secret in [
            "notifyType",
            "resultMessage",
            "buyer@example.com",
            "ALIPAY",
            "Hangzhou",
            "/3ds",
            "Tom",
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    ran.json
}

fn words(json: &Value) -> Vec<&str> {
    let story = json["story"].as_array().unwrap();
    story
        .iter()
        .map(|moment| moment["what"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_notification_healed_by_the_sweep() {
    let json = hold("lost-notification", stories::lost_notification()).await;
    assert_eq!(json["status"], "CAPTURED");
    assert!(!words(&json).contains(&"notify_payment"));
    assert!(words(&json).contains(&"inquiry_response"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_payment() {
    let json = hold("declined", stories::declined()).await;
    assert_eq!(json["status"], "DECLINED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_lost_and_repeated() {
    let json = hold("capture-repeated", stories::capture_repeated()).await;
    assert_eq!(json["captures"].as_array().unwrap().len(), 1, "one id");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_does_not_fit() {
    let json = hold("mismatch", stories::mismatch()).await;
    assert_eq!(json["review"], "amount_mismatch");
    let commands: Vec<&str> = json["options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|option| option["command"].as_str().unwrap())
        .collect();
    for ruling in ["--go-on", "--cancel", "--close"] {
        assert!(
            commands.iter().any(|command| command.contains(ruling)),
            "{commands:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_does_not_fit_and_a_person_who_lets_it_go_on() {
    let json = hold("mismatch-resolved", stories::mismatch_resolved()).await;
    assert_eq!(
        (json["status"].as_str(), &json["review"]),
        (Some("CAPTURED"), &Value::Null)
    );
    assert!(words(&json).contains(&"resolved"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_that_does_not_fit_and_a_person_who_closes_it() {
    let json = hold("mismatch-closed", stories::mismatch_closed()).await;
    assert_eq!(json["status"], "AUTHORIZED");
    assert_eq!(json["outstanding"].as_array().unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_success_of_one_order() {
    let story = stories::paid_twice();
    let now = story.now();
    let world = std::thread::spawn(move || story.live()).join().unwrap();
    let rows = world.table.memory().rows();
    let loser = rows.iter().find(|row| row.order_held_by.is_some()).unwrap();
    let cloud = Cloud::of(&[&world], now).await;
    let ran = cloud.popctl().run(&["explain", loser.id.as_str()]).await;
    assert_eq!(ran.code, 0, "{}", ran.printed);
    golden::hold("explain-second-success.txt", &ran.printed);
    // The order's id leads to the attempt that holds its money, and names the other one.
    let order = cloud.popctl().run(&["explain", "O0"]).await;
    assert!(
        order.json["meant"]
            .as_str()
            .unwrap()
            .contains("O0 is an order")
    );
    assert_ne!(order.json["payment"], loser.id.as_str());
    let all = cloud.popctl().run(&["explain", "O0", "--all"]).await;
    assert_eq!(all.json["others"], serde_json::json!([loser.id.as_str()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_in_parts() {
    let json = hold("refund-in-parts", stories::refunded_in_parts()).await;
    assert_eq!(json["refunds"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_early_capture_from_the_shelf() {
    let json = hold("early-capture", stories::early_capture()).await;
    let early = json["story"].as_array().unwrap().iter();
    let mut early = early.filter(|moment| moment["receivedAt"].is_string());
    assert_eq!(early.next().unwrap()["what"], "notify_capture");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_outstanding_and_what_comes_next() {
    let json = hold("at-the-bank", stories::at_the_bank()).await;
    assert_eq!(json["next"]["step"], "inquire");
    let json = hold("never-captured", stories::never_captured()).await;
    assert_eq!(json["status"], "AUTHORIZED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_failed_for_good() {
    let json = hold("capture-failed", stories::capture_failed()).await;
    assert_eq!(json["status"], "CAPTURE_FAILED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_found_by_whichever_of_its_ids() {
    let (cloud, own) = explain(stories::refunded_in_parts(), "P0").await;
    let pop = own.json["paymentId"].as_str().unwrap();
    let refund = own.json["refunds"][0]["requestId"].as_str().unwrap();
    for (id, words) in [(pop, "is POP's id of P0"), (refund, "is a refund of P0")] {
        let ran = cloud.popctl().run(&["explain", id]).await;
        assert_eq!(ran.json["payment"], "P0");
        assert!(
            ran.json["meant"].as_str().unwrap().contains(words),
            "{}",
            ran.printed
        );
    }
    let ran = cloud.popctl().run(&["explain", "NOBODY"]).await;
    assert_eq!(
        (ran.code, &ran.json["error"]["code"]),
        (2, &"no_such_payment".into())
    );
    assert!(ran.printed.contains("--all"), "{}", ran.printed);
}
