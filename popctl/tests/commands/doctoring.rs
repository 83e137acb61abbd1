//! `doctor` and `send-test-notification`.

use crate::cloud::Cloud;
use crate::golden;
use crate::stories::{self, Story};
use serde_json::Value;

async fn deployment(story: Story) -> Cloud {
    let now = story.now();
    let world = std::thread::spawn(move || story.live()).join().unwrap();
    Cloud::of(&[&world], now).await
}

fn outcome<'a>(json: &'a Value, check: &str) -> &'a str {
    let mut checks = json["checks"].as_array().unwrap().iter();
    let found = checks.find(|found| found["check"] == check);
    found.unwrap_or_else(|| panic!("no check {check} in {json}"))["outcome"]
        .as_str()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_in_order() {
    let cloud = deployment(stories::declined()).await;
    let ran = cloud.popctl().run(&["doctor"]).await;
    for check in [
        "function checkout",
        "function notify",
        "function capture",
        "function sweep",
        "settings alike",
        "POP's public keys",
        "POP account",
        "notify path",
        "table",
        "time to live",
        "keys at POP",
        "clock at POP",
        "schedule",
        "sweep",
        "notify URL",
        "notify URL, GET",
        "checkout URL",
        "capture dead-letter queue",
        "order events dead-letter queue",
    ] {
        assert_eq!(outcome(&ran.json, check), "ok", "{check}: {}", ran.printed);
    }
    let text = cloud.without_ports(&ran.printed);
    golden::hold("doctor.txt", &text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_found() {
    let cloud = deployment(stories::capture_lost()).await;
    cloud.silence_pop();
    cloud.switch_schedule_off();
    cloud.queues.put("CaptureDead", "{}", 0);
    let mut popctl = cloud.popctl();
    popctl.environment.retain(|(name, _)| name != "POPCTL_AT");
    popctl
        .environment
        .push(("POPCTL_AT".into(), "2026-01-05T01:00:00Z".into()));
    let ran = popctl.run(&["doctor"]).await;
    assert_eq!(ran.code, 1, "{}", ran.printed);
    for check in [
        "keys at POP",
        "schedule",
        "sweep",
        "capture dead-letter queue",
    ] {
        assert_eq!(
            outcome(&ran.json, check),
            "wrong",
            "{check}: {}",
            ran.printed
        );
    }
    golden::hold("doctor-wrong.txt", &cloud.without_ports(&ran.printed));
}

#[tokio::test(flavor = "multi_thread")]
async fn test_notifications_are_answered_as_they_should_be() {
    let key = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../events/keys/provider-private.pem"
    );
    for (kind, status, review) in [
        ("good", 200, Value::Null),
        ("forged", 401, Value::Null),
        ("stale", 200, Value::Null),
        ("wrong-amount", 200, "amount_mismatch".into()),
    ] {
        let cloud = deployment(stories::at_the_bank()).await;
        let arguments = [
            "send-test-notification",
            "P0",
            "--kind",
            kind,
            "--provider-key",
            key,
        ];
        let (code, printed) = cloud.popctl().once(&arguments, true).await;
        let json: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!((code, &json["status"]), (0, &status.into()), "{printed}");
        let after = cloud.popctl().run(&["explain", "P0"]).await.json;
        assert_eq!(after["review"], review, "{kind}");
        let paid = matches!(kind, "good" | "stale");
        assert_eq!(after["status"] == "AUTHORIZED", paid, "{kind}");
    }
    let cloud = deployment(stories::at_the_bank()).await;
    let elsewhere = [
        "send-test-notification",
        "P0",
        "--url",
        "https://shop.example/notify",
    ];
    let (code, printed) = cloud.popctl().once(&elsewhere, false).await;
    assert_eq!(code, 2);
    assert!(printed.contains("on this machine"), "{printed}");
}
