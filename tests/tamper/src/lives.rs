//! Payments played through the functions, so that their trails hold entries of every kind.

use crate::Sample;
use domain::{CaptureState, Payment, RefundState, SaveCard, Seconds, Status};
use flows::events::{self, API_KEY};
use flows::{World, clock};
use runtime::http::Event;
use serde_json::{Value, json};
use simulator::{Call, Fault};
use store::Store;

const GOOD: &str = "4054695723100768";
const REFUSED: &str = "4054692760174822";
const REFUND_LATER: &str = "4099990000000170";

/// Plays them all.
pub async fn lives() -> Vec<Sample> {
    let mut samples = notified().await;
    samples.extend(asked_and_given_up().await);
    samples.extend(found_out_by_the_sweep().await);
    samples.extend(told_by_events().await);
    samples
}

/// The rows of a world with their trails, once nothing moves any more.
async fn samples(world: &World) -> Vec<Sample> {
    let mut samples = Vec::new();
    for row in world.store.rows() {
        let row = world
            .until(row.id.as_str(), |row| row.outbox.is_empty())
            .await;
        let entries = world.store.evidence(&row.id).await.unwrap();
        samples.push(Sample { row, entries });
    }
    samples.sort_by(|a, b| a.row.id.cmp(&b.row.id));
    samples
}

async fn post(world: &World, path: &str, bearer: &str, body: Value) -> Value {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let (status, view) = world.call("POST", path, bearer, &body).await;
    assert!((200..300).contains(&status), "{path}: {view}");
    view
}

async fn refund(world: &World, id: &str, refund: &str) {
    let body = json!({ "refundRequestId": refund });
    post(world, &format!("/payments/{id}/refund"), API_KEY, body).await;
}

async fn has(world: &World, id: &str, wanted: impl Fn(&Payment) -> bool) {
    world.until(id, wanted).await;
}

/// A provider whose notifications arrive.
async fn notified() -> Vec<Sample> {
    let world = World::new().await;
    // Paid with a card that is kept, captured by POP, given back later.
    let token = world.create("AUTO", "AUTOMATIC").await;
    let mut body = events::pay_body(REFUND_LATER);
    body["storeCard"] = true.into();
    post(&world, "/payments/AUTO/pay", &token, body).await;
    has(&world, "AUTO", |row| row.status == Status::Captured).await;
    has(&world, "AUTO", |row| {
        matches!(row.save_card, SaveCard::Saved(_))
    })
    .await;
    refund(&world, "AUTO", "AUTO-R").await;
    has(&world, "AUTO", |row| {
        row.refunds[0].state == RefundState::Succeeded
    })
    .await;
    // Captured by us, and given back at once.
    let token = world.create("MANUAL", "MANUAL").await;
    world.pay("MANUAL", &token, GOOD).await;
    world.capture_queue().await;
    has(&world, "MANUAL", |row| row.status == Status::Captured).await;
    refund(&world, "MANUAL", "MANUAL-R").await;
    // Declined, and paid with the next try.
    let token = world.create("AGAIN", "AUTOMATIC").await;
    world.pay("AGAIN", &token, REFUSED).await;
    let next = post(&world, "/payments/AGAIN/retry", &token, Value::Null).await;
    let token = next["clientToken"].as_str().unwrap();
    world.pay("AGAIN-a2", token, GOOD).await;
    has(&world, "AGAIN-a2", |row| row.status == Status::Captured).await;
    // A challenge that the buyer passes after another attempt at the order was paid.
    let challenge = |body: &mut Value| {
        body["is3DSAuthentication"] = true.into();
        body["orderId"] = "TWICE".into();
    };
    let token = world.create_with("FIRST", "MANUAL", challenge).await;
    world.pay("FIRST", &token, GOOD).await;
    let same_order = |body: &mut Value| body["orderId"] = "TWICE".into();
    let token = world.create_with("SECOND", "AUTOMATIC", same_order).await;
    world.pay("SECOND", &token, GOOD).await;
    has(&world, "SECOND", |row| row.status == Status::Captured).await;
    assert!(world.provider.finish_challenge("FIRST", true));
    has(&world, "FIRST", |row| row.order_held_by.is_some()).await;
    samples(&world).await
}

/// The merchant asks for a capture, and for a cancellation.
async fn asked_and_given_up() -> Vec<Sample> {
    let world = World::new().await;
    for id in ["ASKED", "CANCELLED"] {
        let on_request = |body: &mut Value| body["captureOn"] = "request".into();
        let token = world.create_with(id, "MANUAL", on_request).await;
        world.pay(id, &token, GOOD).await;
    }
    post(&world, "/payments/ASKED/capture", API_KEY, Value::Null).await;
    world.capture_queue().await;
    has(&world, "ASKED", |row| row.status == Status::Captured).await;
    post(&world, "/payments/CANCELLED/cancel", API_KEY, Value::Null).await;
    has(&world, "CANCELLED", |row| row.status == Status::Cancelled).await;
    samples(&world).await
}

/// Nothing is notified, answers get lost, and nobody pays in time.
async fn found_out_by_the_sweep() -> Vec<Sample> {
    let world = World::deaf().await;
    world.create("UNPAID", "MANUAL").await;
    let token = world.create("LOST", "AUTOMATIC").await;
    let provider = &world.provider;
    for _ in 0..2 {
        provider.order_fault(Call::Pay, "LOST", Fault::DropAfter);
    }
    world.pay("LOST", &token, REFUND_LATER).await;
    for _ in 0..3 {
        world.sweep_after(Seconds(60)).await;
    }
    has(&world, "LOST", |row| row.status == Status::Captured).await;
    refund(&world, "LOST", "LOST-R").await;
    for _ in 0..2 {
        world.sweep_after(Seconds(600)).await;
    }
    has(&world, "LOST", |row| {
        row.refunds[0].state == RefundState::Succeeded
    })
    .await;
    // Captured by us: without notifications it is the answer that says so.
    let token = world.create("SILENT", "MANUAL").await;
    world.pay("SILENT", &token, GOOD).await;
    world.capture_queue().await;
    has(&world, "SILENT", |row| row.status == Status::Captured).await;
    has(&world, "UNPAID", |row| row.status == Status::Expired).await;
    samples(&world).await
}

/// The sample events: a capture before its payment, an amount that does not fit, and a payment that POP tells of first.
async fn told_by_events() -> Vec<Sample> {
    let mut all = Vec::new();
    for files in [
        ["notify-capture-success.json", "notify-payment-success.json"].as_slice(),
        &[
            "notify-payment-wrong-amount.json",
            "notify-payment-success.json",
        ],
        &["notify-payment-unknown-payment.json"],
    ] {
        let world = World::deaf().await;
        world.create("EVENT_AUTOMATIC", "AUTOMATIC").await;
        for file in files {
            deliver(&world, file).await;
        }
        let untold: Vec<_> = world
            .store
            .rows()
            .into_iter()
            .filter(|row| row.order.is_none())
            .collect();
        for row in untold {
            let body = events::create_body(row.id.as_str(), "MANUAL");
            post(&world, "/payments", API_KEY, body).await;
        }
        let told = samples(&world).await.into_iter();
        all.extend(told.filter(|sample| sample.entries.len() > 1));
    }
    let early = |sample: &&Sample| {
        sample
            .row
            .captures
            .iter()
            .any(|c| c.state == CaptureState::Succeeded)
    };
    assert!(
        all.iter().any(|sample| early(&sample)),
        "a capture came early"
    );
    all
}

async fn deliver(world: &World, file: &str) {
    let sample = events::all()
        .into_iter()
        .find(|sample| sample.file == file)
        .unwrap();
    let event: Event = serde_json::from_value(sample.event).unwrap();
    let request = event.into_request().unwrap();
    assert_eq!(world.notify.receive(&request, clock()).await.status, 200);
}
