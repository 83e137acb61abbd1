//! `status` and `list`.

use crate::cloud::Cloud;
use crate::golden;
use crate::stories::{self, Story};
use domain::Time;
use simulation::world::World;

fn lived(story: Story, id: &str) -> World {
    let mut story = story;
    story.order.id = id.to_owned();
    story.order.order_id = format!("O-{id}");
    std::thread::spawn(move || story.live()).join().unwrap()
}

/// A deployment with payments in many states.
async fn deployment() -> (Cloud, Time) {
    let now = stories::mismatch().now();
    let worlds = [
        lived(stories::mismatch(), "REVIEWED"),
        lived(stories::at_the_bank(), "AT_THE_BANK"),
        lived(stories::never_captured(), "NEVER_CAPTURED"),
        lived(stories::capture_lost(), "CAPTURE_LOST"),
        lived(stories::refunded_in_parts(), "REFUNDED"),
        lived(stories::declined(), "DECLINED"),
    ];
    let worlds: Vec<&World> = worlds.iter().collect();
    let cloud = Cloud::of(&worlds, now).await;
    cloud.queues.put("OrderEventsDead", "{}", 0);
    (cloud, now)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payments_are_counted_by_what_they_wait_for() {
    let (cloud, _) = deployment().await;
    let ran = cloud.popctl().run(&["status"]).await;
    golden::hold("status.txt", &ran.printed);
    golden::hold(
        "status.json",
        &(serde_json::to_string_pretty(&ran.json).unwrap() + "\n"),
    );
    assert_eq!(ran.code, 1, "a review and a dead letter want a look");
    let codes: Vec<&str> = ran.json["attention"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attention| attention["code"].as_str().unwrap())
        .collect();
    assert!(
        codes.contains(&"in_review") && codes.contains(&"dead_letters"),
        "{codes:?}"
    );
    let all = cloud.popctl().run(&["status", "--all"]).await;
    golden::hold("status-all.txt", &all.printed);
    assert_eq!(all.json["payments"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_in_order_wants_no_look() {
    let world = lived(stories::refunded_in_parts(), "P0");
    let cloud = Cloud::of(&[&world], stories::refunded_in_parts().now()).await;
    let ran = cloud.popctl().run(&["status"]).await;
    assert_eq!(ran.code, 0, "{}", ran.printed);
    assert!(ran.printed.contains("Nothing wants a look."));
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_are_listed_by_what_they_wait_for() {
    let (cloud, _) = deployment().await;
    let listed = async |arguments: &[&str]| {
        let arguments = [&["list"], arguments].concat();
        let ran = cloud.popctl().run(&arguments).await;
        assert_eq!(ran.code, 0, "{}", ran.printed);
        let payments = ran.json["payments"].as_array().unwrap();
        let mut ids: Vec<String> = payments
            .iter()
            .map(|line| line["payment"].as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        (ids, ran.printed)
    };
    let (ids, printed) = listed(&[]).await;
    assert_eq!(
        ids,
        ["AT_THE_BANK", "CAPTURE_LOST", "NEVER_CAPTURED", "REVIEWED"]
    );
    golden::hold("list.txt", &printed);
    let (ids, printed) = listed(&["--review"]).await;
    assert_eq!(ids, ["REVIEWED"]);
    golden::hold("list-review.txt", &printed);
    for (arguments, want) in [
        (&["--reason", "amount_mismatch"][..], &["REVIEWED"][..]),
        (&["--reason", "vanished"], &[]),
        (&["--status", "pending"], &["AT_THE_BANK"]),
        (
            &["--status", "AUTHORIZED", "--status", "PENDING", "--review"],
            &["REVIEWED"],
        ),
        (&["--order", "O-CAPTURE_LOST"], &["CAPTURE_LOST"]),
        (&["--older-than", "1d"], &[]),
        (&["--order", "O-DECLINED"], &[]),
        (&["--order", "O-DECLINED", "--all"], &["DECLINED"]),
        (
            &["--near-deadline", "8d"],
            &["CAPTURE_LOST", "NEVER_CAPTURED", "REVIEWED"],
        ),
        (&["--near-deadline"], &[]),
        (&["--due"], &["AT_THE_BANK", "CAPTURE_LOST"]),
    ] {
        let (ids, printed) = listed(arguments).await;
        assert_eq!(ids, want, "{arguments:?}: {printed}");
    }
    let one = cloud.popctl().run(&["list", "--limit", "1"]).await;
    assert_eq!(
        (
            one.json["payments"].as_array().unwrap().len(),
            &one.json["found"]
        ),
        (1, &4.into())
    );
    assert!(one.printed.contains("and 3 more"), "{}", one.printed);
    let wrong = cloud.popctl().run(&["list", "--older-than", "soon"]).await;
    assert_eq!(wrong.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn colour_is_for_terminals_and_for_those_who_want_it() {
    let (cloud, _) = deployment().await;
    let plain = cloud.popctl().run(&["status"]).await.printed;
    assert!(!plain.contains('\u{1b}'));
    let mut popctl = cloud.popctl();
    let coloured = popctl.run(&["status", "--color", "always"]).await.printed;
    assert!(coloured.contains('\u{1b}'));
    assert_eq!(console::strip_ansi_codes(&coloured), plain);
    popctl.environment.push(("NO_COLOR".into(), "1".into()));
    let quiet = popctl.run(&["status"]).await.printed;
    assert_eq!(quiet, plain);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_run_says_what_to_do_and_ends_with_two() {
    let (cloud, _) = deployment().await;
    let with = |name: &str, value: Option<&str>| {
        let mut popctl = cloud.popctl();
        popctl.environment.retain(|(other, _)| other != name);
        popctl
            .environment
            .extend(value.map(|value| (name.to_owned(), value.to_owned())));
        popctl
    };
    for (popctl, code, words) in [
        (
            with("POPCTL_STACK", Some("another")),
            "no_such_stack",
            "--stack",
        ),
        (with("POPCTL_STACK", None), "setting_missing", "--table"),
        (with("AWS_REGION", None), "no_region", "--region"),
        (
            with("AWS_ENDPOINT_URL", Some("http://127.0.0.1:9")),
            "functions_not_listed",
            "lambda:ListFunctions",
        ),
    ] {
        let ran = popctl.run(&["status"]).await;
        ran.could_not_run(code);
        assert!(ran.printed.contains(words), "{}", ran.printed);
    }
}
