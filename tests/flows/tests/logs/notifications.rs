//! What notify logs.

use crate::Journal;
use domain::Seconds;
use flows::events;
use flows::{World, clock, forward};
use runtime::http::{Event, Request};
use store::Outage;

/// With a payment, at the time at which the samples were sent.
async fn world() -> World {
    let world = empty_world().await;
    world.create("EVENT_AUTOMATIC", "AUTOMATIC").await;
    world
}

async fn empty_world() -> World {
    let sent_at: i64 = events::SENT_AT_MS.parse().unwrap();
    forward(Seconds((sent_at - clock().millis()).div_euclid(1_000) + 1));
    World::deaf().await
}

fn request(file: &str) -> Request {
    let mut samples = events::all().into_iter();
    let sample = samples.find(|sample| sample.file == file).unwrap();
    let event: Event = serde_json::from_value(sample.event).unwrap();
    event.into_request().unwrap()
}

async fn receive(journal: &mut Journal, world: &World, file: &str, status: u16) {
    let request = request(file);
    let received = world.notify.receive(&request, clock());
    assert_eq!(journal.step(file, received).await.status, status);
}

pub(crate) async fn notification_fresh(journal: &mut Journal) {
    let automatic = world().await;
    journal.note("create, outside of an invocation");
    receive(journal, &automatic, "notify-payment-success.json", 200).await;
    receive(journal, &automatic, "notify-capture-success.json", 200).await;
    let manual = empty_world().await;
    manual.create("EVENT_MANUAL", "MANUAL").await;
    journal.note("create, outside of an invocation");
    receive(journal, &manual, "notify-payment-success-manual.json", 200).await;
    let declined = world().await;
    journal.note("create, outside of an invocation");
    receive(journal, &declined, "notify-payment-declined.json", 200).await;
    receive(
        journal,
        &declined,
        "notify-payment-unknown-payment.json",
        200,
    )
    .await;
}

pub(crate) async fn notification_duplicate(journal: &mut Journal) {
    let world = world().await;
    journal.note("create, outside of an invocation");
    for _ in 0..2 {
        receive(journal, &world, "notify-payment-success.json", 200).await;
    }
}

pub(crate) async fn notification_forged(journal: &mut Journal) {
    let world = world().await;
    journal.note("create, outside of an invocation");
    for file in [
        "notify-forged.json",
        "notify-tampered-amount.json",
        "notify-other-client.json",
        "notify-unsigned.json",
    ] {
        receive(journal, &world, file, 401).await;
    }
    receive(journal, &world, "notify-wrong-method.json", 405).await;
    receive(journal, &world, "notify-no-body.json", 400).await;
}

pub(crate) async fn notification_of_an_unknown_kind(journal: &mut Journal) {
    let world = world().await;
    journal.note("create, outside of an invocation");
    receive(journal, &world, "notify-unknown-kind.json", 200).await;
}

pub(crate) async fn notification_with_a_wrong_amount(journal: &mut Journal) {
    let world = world().await;
    journal.note("create, outside of an invocation");
    receive(journal, &world, "notify-payment-wrong-amount.json", 200).await;
}

pub(crate) async fn notification_unreadable(journal: &mut Journal) {
    let world = empty_world().await;
    receive(journal, &world, "notify-signed-but-not-json.json", 200).await;
}

pub(crate) async fn notification_with_an_unusual_time(journal: &mut Journal) {
    let world = world().await;
    journal.note("create, outside of an invocation");
    forward(Seconds::hours(5));
    receive(journal, &world, "notify-payment-success.json", 200).await;
}

pub(crate) async fn notification_not_committed(journal: &mut Journal) {
    let world = world().await;
    journal.note("create, outside of an invocation");
    world.store.set_outage(Outage::Refuses);
    receive(journal, &world, "notify-payment-success.json", 500).await;
    world.store.set_outage(Outage::None);
    world.store.disturb(100);
    receive(journal, &world, "notify-payment-success.json", 500).await;
}

pub(crate) async fn notification_of_an_early_capture(journal: &mut Journal) {
    let world = world().await;
    journal.note("create, outside of an invocation");
    receive(journal, &world, "notify-capture-success.json", 200).await;
    receive(journal, &world, "notify-payment-success.json", 200).await;
}

pub(crate) async fn notification_of_a_refund(journal: &mut Journal) {
    let world = empty_world().await;
    receive(journal, &world, "notify-refund-success.json", 200).await;
}
