//! POP replaces its key. `POP_PUBLIC_KEYS` is a setting: a change of it is a deployment.

use crate::{GOOD, Warnings, create, everything_works, no_notification_was_refused, wait};
use domain::{Policy, Seconds, Status};
use flows::events::{self, API_KEY, CLIENT_ID, NOTIFY_PATH, SENT_AT_MS};
use flows::{World, clock, notify_of};
use runtime::http::{Event, Request};
use simulator::NewKeys;
use std::time::Duration;
use store::{MemoryQueues, MemoryStore, Ports};

/// The provider's next key is one of nobody yet.
const NEXT: &str = "stranger";

fn public(name: &str) -> String {
    events::public_key(&format!("{name}-public.pem"))
}

fn pop_signs_with(world: &World, name: &str, version: &str) {
    let keys = NewKeys {
        provider_private_key: Some(events::key(&format!("{name}-private.pem"))),
        key_version: Some(version.to_owned()),
        ..NewKeys::default()
    };
    world.provider.replace_keys(&keys).unwrap();
}

/// A good notification, signed by this key, whose header names this version.
fn notification(signer: &str, named: Option<&str>) -> Request {
    let sample = events::all()
        .into_iter()
        .find(|sample| sample.file == "notify-payment-unknown-payment.json")
        .unwrap();
    let body = sample.event["body"].as_str().unwrap().to_owned();
    let key = format!("{signer}-private.pem");
    let signature = events::signature(&key, NOTIFY_PATH, CLIENT_ID, SENT_AT_MS, &body);
    let named = named.map_or(String::new(), |version| format!("keyVersion={version},"));
    let mut event = sample.event;
    event["headers"]["signature"] = signature.replace("keyVersion=1,", &named).into();
    serde_json::from_value::<Event>(event)
        .unwrap()
        .into_request()
        .unwrap()
}

#[tokio::test]
async fn with_both_keys_every_good_notification_is_taken_whatever_version_it_names() {
    let (old, new) = (public("provider"), public(NEXT));
    let mut taken = 0;
    for setting in [
        format!("1={old},2={new}"),
        format!("2={new},1={old}"),
        // POP may not count on: the names in the setting are ours then.
        format!("7={new},1={old}"),
    ] {
        for signer in ["provider", NEXT] {
            for named in [None, Some("1"), Some("2"), Some("7"), Some("99")] {
                let ports = Ports {
                    store: MemoryStore::new(2),
                    queues: MemoryQueues::default(),
                    policy: Policy::default(),
                };
                let notify = notify_of(ports, &setting);
                let answer = notify.receive(&notification(signer, named), clock()).await;
                assert_eq!(answer.status, 200, "{signer} names {named:?}");
                taken += 1;
            }
        }
    }
    assert_eq!(taken, 30);
}

#[tokio::test]
async fn the_next_key_is_added_pop_changes_and_the_old_one_goes() {
    let warnings = Warnings::hear();
    let mut world = World::new().await;
    everything_works(&world, "OLD", API_KEY).await;
    let (old, new) = (public("provider"), public(NEXT));
    world.deploy(&format!("1={old},2={new}")).await;
    everything_works(&world, "BOTH", API_KEY).await;
    pop_signs_with(&world, NEXT, "2");
    everything_works(&world, "CHANGED", API_KEY).await;
    // POP goes back and forth while its change is on the way.
    pop_signs_with(&world, "provider", "1");
    everything_works(&world, "BACK", API_KEY).await;
    pop_signs_with(&world, NEXT, "1");
    everything_works(&world, "SAME_VERSION", API_KEY).await;
    world.deploy(&format!("2={new}")).await;
    let token = create(&world, API_KEY, "NEW", "AUTOMATIC", false).await;
    world.pay("NEW", &token, GOOD).await;
    no_notification_was_refused(&world);
    assert_eq!(warnings.take(), [""; 0]);
}

#[tokio::test]
async fn a_change_that_nobody_told_of_is_refused_and_heals_after_the_deployment() {
    let mut world = World::new().await;
    pop_signs_with(&world, NEXT, "2");
    let token = create(&world, API_KEY, "P1", "AUTOMATIC", false).await;
    let view = world.pay("P1", &token, GOOD).await;
    assert_eq!(
        view["status"], "PENDING",
        "an answer that cannot be verified is none"
    );
    let refused = async |world: &World| {
        let books = world.provider.books();
        let sendings = books.payments[0].notifications[0].sendings.clone();
        sendings.first().and_then(|sending| sending.http_status)
    };
    while refused(&world).await.is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(refused(&world).await, Some(401));
    assert_eq!(world.row("P1").await.status, Status::Pending);
    let (old, new) = (public("provider"), public(NEXT));
    world.deploy(&format!("1={old},2={new}")).await;
    // POP sends again after two minutes; the sweep would find it too.
    wait(&world, Seconds(130));
    world
        .until("P1", |row| row.status == Status::Captured)
        .await;
    assert_eq!(
        world.events("P1"),
        ["payment.authorized", "payment.captured"]
    );
}
