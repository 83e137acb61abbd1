//! `inquire`, `retry-capture` and `resolve`, through the sweep function.

use crate::cloud::Cloud;
use crate::golden;
use crate::stories::{self, Story};
use serde_json::Value;

async fn deployment(story: Story) -> Cloud {
    let now = story.now();
    let world = std::thread::spawn(move || story.live()).join().unwrap();
    Cloud::of(&[&world], now).await
}

async fn json(cloud: &Cloud, arguments: &[&str]) -> (i32, Value) {
    let (code, printed) = cloud.popctl().once(arguments, true).await;
    // An error stands on the error output as well.
    let mut values = serde_json::Deserializer::from_str(&printed).into_iter();
    let first = values.next().and_then(Result::ok);
    (code, first.unwrap_or_else(|| panic!("{printed}")))
}

async fn status(cloud: &Cloud) -> Value {
    let ran = cloud.popctl().run(&["explain", "P0"]).await;
    assert_eq!(ran.code, 0, "{}", ran.printed);
    ran.json
}

#[tokio::test(flavor = "multi_thread")]
async fn to_inquire_is_to_ask_pop_now_and_a_dry_run_asks_nobody() {
    let cloud = deployment(stories::capture_lost()).await;
    let before = status(&cloud).await;
    let dry = cloud.popctl().run(&["inquire", "P0"]).await;
    assert_eq!((dry.code, &dry.json["outcome"]), (0, &"would_do".into()));
    golden::hold("inquire-dry.txt", &dry.printed);
    assert_eq!(status(&cloud).await, before, "nothing changed");
    let (code, printed) = cloud
        .popctl()
        .once(&["inquire", "P0", "--yes"], false)
        .await;
    assert_eq!(code, 0, "{printed}");
    golden::hold("inquire.txt", &printed);
    let after = status(&cloud).await;
    assert_eq!(after["status"], "CAPTURED", "POP had captured it");
    // By POP's own id too.
    let id = after["paymentId"].as_str().unwrap();
    let (code, again) = json(&cloud, &["inquire", id, "--yes"]).await;
    assert_eq!(
        (code, &again["outcome"], &again["code"]),
        (0, &"done".into(), &"inquired".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_is_asked_for_again_with_the_same_id() {
    let cloud = deployment(stories::capture_lost()).await;
    let dry = cloud.popctl().run(&["retry-capture", "P0"]).await;
    golden::hold("retry-capture-dry.txt", &dry.printed);
    assert_eq!(
        (&dry.json["outcome"], &dry.json["code"]),
        (&"would_do".into(), &"capture".into())
    );
    let (code, printed) = cloud
        .popctl()
        .once(&["retry-capture", "P0", "--yes"], false)
        .await;
    assert_eq!(code, 0, "{printed}");
    golden::hold("retry-capture.txt", &printed);
    let after = status(&cloud).await;
    assert_eq!(after["status"], "CAPTURED");
    assert_eq!(after["captures"].as_array().unwrap().len(), 1);
    let (code, done) = json(&cloud, &["retry-capture", "P0", "--yes"]).await;
    assert_eq!((code, &done["outcome"]), (0, &"nothing_to_do".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rules_do_not_allow_is_refused_with_the_reason() {
    for (story, code) in [
        (stories::declined(), "not_authorized"),
        (stories::capture_failed(), "failed_for_good"),
        (stories::never_captured(), "never_asked"),
        (stories::mismatch(), "in_review"),
        (stories::at_the_bank(), "not_authorized"),
    ] {
        let cloud = deployment(story).await;
        let before = status(&cloud).await;
        for yes in [false, true] {
            let mut arguments = vec!["retry-capture", "P0"];
            arguments.extend(yes.then_some("--yes"));
            let (exit, reply) = json(&cloud, &arguments).await;
            assert_eq!(
                (exit, &reply["outcome"], &reply["code"]),
                (1, &"refused".into(), &code.into())
            );
        }
        assert_eq!(status(&cloud).await, before);
    }
    let cloud = deployment(stories::declined()).await;
    let arguments = ["resolve", "P0", "--close", "--reason", "x", "--yes"];
    let (exit, reply) = json(&cloud, &arguments).await;
    assert_eq!((exit, &reply["code"]), (1, &"not_in_review".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_lets_it_go_on_and_pop_is_asked_at_once() {
    let cloud = deployment(stories::mismatch()).await;
    let reason = "one wrong message, POP's dashboard shows 300.00 EUR";
    let resolve = ["resolve", "P0", "--go-on", "--reason", reason];
    let dry = cloud.popctl().run(&resolve).await;
    assert_eq!((dry.code, &dry.json["outcome"]), (0, &"would_do".into()));
    golden::hold("resolve-dry.txt", &dry.printed);
    let (code, printed) = cloud
        .popctl()
        .once(&[&resolve[..], &["--yes"]].concat(), false)
        .await;
    assert_eq!(code, 0, "{printed}");
    golden::hold("resolve.txt", &printed);
    let after = status(&cloud).await;
    assert_eq!(
        (after["status"].as_str(), &after["review"]),
        (Some("AUTHORIZED"), &Value::Null)
    );
    let ruled = after["story"].as_array().unwrap().iter();
    let mut ruled = ruled.filter(|moment| moment["what"] == "resolved");
    let title = ruled.next().unwrap()["title"].as_str().unwrap().to_owned();
    assert!(
        title.contains("ada decided") && title.contains(reason),
        "{title}"
    );
    let replayed = cloud.popctl().run(&["replay"]).await;
    assert_eq!(replayed.code, 0, "{}", replayed.printed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_cancels_and_closes() {
    let cloud = deployment(stories::mismatch()).await;
    let arguments = [
        "resolve",
        "P0",
        "--cancel",
        "--reason",
        "the order is void",
        "--yes",
    ];
    let (code, reply) = json(&cloud, &arguments).await;
    assert_eq!((code, &reply["outcome"]), (0, &"done".into()));
    assert_eq!(reply["after"]["status"], "CANCELLED");
    let cloud = deployment(stories::mismatch()).await;
    let close = [
        "resolve",
        "P0",
        "--close",
        "--reason",
        "refunded by hand",
        "--by",
        "grace",
        "--yes",
    ];
    let (code, reply) = json(&cloud, &close).await;
    assert_eq!((code, &reply["after"]["closed"]), (0, &true.into()));
    let (code, reply) = json(&cloud, &close).await;
    assert_eq!((code, &reply["code"]), (0, &"closed_already".into()));
    let go_on = [
        "resolve",
        "P0",
        "--go-on",
        "--reason",
        "closed the wrong one",
        "--yes",
    ];
    let (_, reply) = json(&cloud, &go_on).await;
    assert_eq!(reply["after"]["closed"], false);
    assert_eq!(
        status(&cloud).await["trail"]["findings"],
        serde_json::json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_of_pop_is_said_and_nothing_is_made_up() {
    let cloud = deployment(stories::capture_lost()).await;
    cloud.silence_pop();
    let (code, reply) = json(&cloud, &["inquire", "P0", "--yes"]).await;
    assert_eq!((code, &reply["outcome"]), (1, &"unanswered".into()));
    assert_eq!(reply["after"]["status"], "AUTHORIZED");
    assert_eq!(reply["calls"][0]["noAnswer"], "no answer in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_orders_never_leave_the_program() {
    let cloud = deployment(stories::mismatch()).await;
    for (arguments, words) in [
        (&["inquire", "NOBODY"][..], "no payment NOBODY"),
        (&["resolve", "P0", "--go-on"], "--reason"),
        (&["resolve", "P0", "--reason", "x"], "--go-on"),
        (
            &["resolve", "P0", "--go-on", "--close", "--reason", "x"],
            "cannot be used with",
        ),
        (
            &[
                "resolve",
                "P0",
                "--close",
                "--reason",
                "paid with 4054695723100768",
            ],
            "card number",
        ),
        (
            &["resolve", "P0", "--close", "--reason", "x", "--by", ""],
            "--by",
        ),
    ] {
        let (code, printed) = cloud.popctl().once(arguments, false).await;
        assert_eq!(code, 2, "{arguments:?}: {printed}");
        assert!(printed.contains(words), "{arguments:?}: {printed}");
        assert!(!printed.contains("40546957"), "{printed}");
    }
    cloud.grow_old();
    let (code, reply) = json(&cloud, &["inquire", "P0"]).await;
    assert_eq!(
        (code, &reply["error"]["code"]),
        (2, &"other_version".into())
    );
}
