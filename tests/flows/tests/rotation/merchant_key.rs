//! The merchant's private key is replaced.

use crate::{GOOD, Warnings, create, everything_works, no_notification_was_refused, wait};
use domain::{Seconds, Status};
use flows::{MAX_AGE, Secrets, World, events, events::API_KEY};
use runtime::provider::FALLBACK;
use runtime::secrets::{Outage, PAUSE, Stage};
use serde_json::json;
use simulator::NewKeys;
use simulator::keys::KeyPair;
use std::collections::BTreeMap;

/// The key pairs before and after, and both sides' steps.
struct Change {
    old_public: String,
    new: KeyPair,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The new key is put into its secret.
    Secret,
    /// POP takes the new key beside the old one.
    PopTakesBoth,
    /// POP takes the new key alone.
    PopTakesNew,
    /// New processes start.
    Restart,
}

use Step::{PopTakesBoth, PopTakesNew, Restart, Secret};

impl Change {
    fn new() -> Self {
        Self {
            old_public: events::public_key("merchant-public.pem"),
            new: KeyPair::generate().unwrap(),
        }
    }

    async fn take(&self, step: Step, world: &mut World) {
        let old = ("1".to_owned(), self.old_public.clone());
        let new = ("2".to_owned(), self.new.public_base64.clone());
        match step {
            Secret => self.put(world, &self.new.private_base64, "2"),
            PopTakesBoth => pop_takes(world, [old, new].into()),
            PopTakesNew => pop_takes(world, [new].into()),
            Restart => world.restart().await,
        }
    }

    fn put(&self, world: &World, key: &str, version: &str) {
        let text = json!({ "keyVersion": version, "privateKey": key }).to_string();
        world.secrets.vault.put(Secrets::MERCHANT_KEY, &text);
    }
}

fn pop_takes(world: &World, keys: BTreeMap<String, String>) {
    let keys = NewKeys {
        merchant_public_keys: Some(keys),
        ..NewKeys::default()
    };
    world.provider.replace_keys(&keys).unwrap();
}

/// The one rule: the secret holds the new key before POP lets go of the old one. Everything else may come in any order
/// and at any time.
const ORDERS: [&[Step]; 5] = [
    &[Secret, PopTakesBoth, PopTakesNew],
    &[Secret, PopTakesNew],
    &[PopTakesBoth, Secret, PopTakesNew],
    &[Secret, Restart, PopTakesBoth, Restart, PopTakesNew, Restart],
    &[PopTakesBoth, Restart, Secret, PopTakesNew],
];

/// Plays one order of steps, with so long a wait after each, and payments of every kind after each wait.
async fn play(order: &[Step], span: Seconds) {
    let warnings = Warnings::hear();
    let mut world = World::new().await;
    let change = Change::new();
    pop_takes(&world, [("1".to_owned(), change.old_public.clone())].into());
    everything_works(&world, "BEFORE", API_KEY).await;
    assert_eq!(warnings.take(), [""; 0]);
    for (number, step) in order.iter().enumerate() {
        change.take(*step, &mut world).await;
        wait(&world, span);
        everything_works(&world, &format!("S{number}"), API_KEY).await;
    }
    // Whatever the way, now the new key signs alone.
    wait(&world, Seconds(MAX_AGE.0 + FALLBACK.0));
    let refusals = world.provider.books().refusals;
    everything_works(&world, "AFTER", API_KEY).await;
    assert_eq!(world.provider.books().refusals, refusals);
    no_notification_was_refused(&world);
    let codes = warnings.take();
    assert!(codes.iter().all(|code| code == "key_refused"), "{codes:?}");
}

macro_rules! plays {
    ($($name:ident: $order:expr, $wait:expr;)+) => {
        $(#[tokio::test]
        async fn $name() {
            play(ORDERS[$order], $wait).await;
        })+
    };
}

plays! {
    secret_first_at_once: 0, Seconds(0);
    secret_first_in_seconds: 0, PAUSE;
    secret_first_in_minutes: 0, FALLBACK;
    secret_first_and_read_by_age: 0, MAX_AGE;
    pop_changes_at_a_stroke_at_once: 1, Seconds(0);
    pop_changes_at_a_stroke_in_minutes: 1, FALLBACK;
    pop_changes_at_a_stroke_and_read_by_age: 1, MAX_AGE;
    pop_first_at_once: 2, Seconds(0);
    pop_first_in_seconds: 2, PAUSE;
    pop_first_and_read_by_age: 2, MAX_AGE;
    processes_start_at_each_step: 3, Seconds(0);
    processes_start_at_each_step_later: 3, MAX_AGE;
    processes_start_while_pop_takes_both: 4, PAUSE;
}

#[tokio::test]
async fn a_new_key_that_pop_does_not_know_yet_costs_one_refusal_in_five_minutes() {
    let world = World::new().await;
    let change = Change::new();
    pop_takes(&world, [("1".to_owned(), change.old_public.clone())].into());
    change.put(&world, &change.new.private_base64, "2");
    wait(&world, MAX_AGE);
    let refusals = |world: &World| world.provider.books().refusals.values().sum::<u64>();
    for n in 0..20 {
        let id = format!("P{n}");
        let token = create(&world, API_KEY, &id, "AUTOMATIC", false).await;
        assert_ne!(world.pay(&id, &token, GOOD).await["status"], "PENDING");
        wait(&world, Seconds(30)); // ten minutes in all
    }
    assert_eq!(refusals(&world), 2);
}

#[tokio::test]
async fn a_key_put_under_a_wrong_version_is_put_again_and_nothing_is_lost() {
    let warnings = Warnings::hear();
    let mut world = World::new().await;
    let change = Change::new();
    pop_takes(&world, [("1".to_owned(), change.old_public.clone())].into());
    change.put(&world, &change.new.private_base64, "9");
    wait(&world, MAX_AGE);
    everything_works(&world, "WRONG", API_KEY).await;
    // The dashboard shows the version; POP takes both keys for a while.
    change.take(PopTakesBoth, &mut world).await;
    everything_works(&world, "BOTH", API_KEY).await;
    change.put(&world, &change.new.private_base64, "2");
    wait(&world, FALLBACK);
    everything_works(&world, "RIGHT", API_KEY).await;
    change.take(PopTakesNew, &mut world).await;
    world.restart().await;
    everything_works(&world, "NEW", API_KEY).await;
    let codes = warnings.take();
    assert!(codes.iter().all(|code| code == "key_refused"), "{codes:?}");
}

#[tokio::test]
async fn without_a_key_that_pop_takes_nothing_is_decided_and_the_sweep_heals_it_later() {
    let warnings = Warnings::hear();
    let world = World::new().await;
    let change = Change::new();
    let new = ("2".to_owned(), change.new.public_base64.clone());
    pop_takes(&world, [new].into()); // POP let go of the old key, and the secret has no new one
    let token = create(&world, API_KEY, "P1", "MANUAL", false).await;
    assert_eq!(world.pay("P1", &token, GOOD).await["status"], "PENDING");
    let codes = warnings.take();
    assert_eq!(codes, ["no_key_accepted", "", "no_key_accepted"]);
    assert_eq!(world.provider.books().totals.payments, 0);
    change.put(&world, &change.new.private_base64, "2");
    world.sweep_after(Seconds(1_000)).await;
    let row = world.row("P1").await;
    assert_eq!(row.status, Status::Expired, "POP never had it, and says so");
    assert_eq!(world.events("P1"), ["payment.expired"]);
}

#[tokio::test]
async fn a_capture_under_a_refused_key_keeps_its_id_and_is_made_once() {
    let world = World::new().await;
    let change = Change::new();
    let old = ("1".to_owned(), change.old_public.clone());
    let token = create(&world, API_KEY, "P1", "MANUAL", false).await;
    world.pay("P1", &token, GOOD).await;
    pop_takes(
        &world,
        [("2".to_owned(), change.new.public_base64.clone())].into(),
    );
    assert_eq!(world.capture_queue().await, 1);
    let row = world.row("P1").await;
    assert_eq!(row.status, Status::Authorized, "unknown stays unknown");
    let capture = row.open_capture().unwrap().request_id.clone();
    pop_takes(&world, [old].into());
    world.sweep_after(Seconds(60)).await;
    let row = world.row("P1").await;
    assert_eq!(row.status, Status::Captured);
    assert_eq!(row.captures[0].request_id, capture);
    assert_eq!(world.really_captured("P1"), (1, 30_000));
}

#[tokio::test]
async fn secrets_manager_out_of_order_stops_nobody() {
    let warnings = Warnings::hear();
    let world = World::new().await;
    let change = Change::new();
    world.secrets.vault.fail(Outage::Refuses);
    wait(&world, MAX_AGE);
    everything_works(&world, "OUT", API_KEY).await;
    assert!(warnings.take().iter().all(|code| code == "secret_not_read"));
    world.secrets.vault.fail(Outage::None);
    change.put(&world, "no key", "2");
    wait(&world, MAX_AGE);
    everything_works(&world, "NONSENSE", API_KEY).await;
    assert!(warnings.take().iter().all(|code| code == "secret_unusable"));
}

#[tokio::test]
async fn many_refusals_at_once_are_looked_into_once() {
    let world = World::new().await;
    let change = Change::new();
    let mut tokens = Vec::new();
    for n in 0..8 {
        let id = format!("P{n}");
        let token = create(&world, API_KEY, &id, "MANUAL", false).await;
        world.pay(&id, &token, GOOD).await;
        tokens.push(token);
    }
    pop_takes(&world, [("1".to_owned(), change.old_public.clone())].into());
    change.put(&world, &change.new.private_base64, "2");
    wait(&world, MAX_AGE);
    let _before = world.secrets.vault.take_readings();
    let report = world.sweep_after(Seconds(60)).await;
    assert_eq!((report.captures, report.failed), (8, 0));
    for n in 0..8 {
        assert_eq!(world.row(&format!("P{n}")).await.status, Status::Captured);
    }
    let readings = world.secrets.vault.take_readings();
    let previous = readings
        .iter()
        .filter(|(_, stage)| *stage == Stage::Previous);
    assert_eq!(previous.count(), 1, "{readings:?}");
    assert!(readings.len() <= 3, "{readings:?}");
}
