//! An operator's orders to the sweep function, beside everything else that happens to a payment.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use domain::operator::{Order, Outcome, Reply, Wanted};
use domain::{CaptureState, Note, PaymentRequestId, Resolution, Ruling, Seconds, Status};
use flows::events;
use flows::{World, clock};
use runtime::http::Event;
use serde_json::Value;
use simulator::{Call, Fault};

const APPROVED: &str = "4054695723100768";

fn sample(name: &str) -> Value {
    let sample = events::all().into_iter().find(|sample| sample.file == name);
    sample.unwrap().event
}

async fn notified(world: &World, name: &str) {
    let event: Event = serde_json::from_value(sample(name)).unwrap();
    let request = event.into_request().unwrap();
    assert_eq!(world.notify.receive(&request, clock()).await.status, 200);
}

async fn event(world: &World, event: &Value) -> Reply {
    let order = Order::of_event(event).unwrap();
    world.sweep.operate(order, clock() + Seconds(60)).await
}

async fn give(world: &World, what: Wanted) -> Reply {
    let order = Order {
        what,
        by: Note::new("ada").unwrap(),
        dry_run: false,
    };
    event(world, &order.to_event()).await
}

fn id(text: &str) -> PaymentRequestId {
    PaymentRequestId::new(text).unwrap()
}

fn resolve(payment: &str, ruling: Ruling) -> Wanted {
    Wanted::Resolve(
        id(payment),
        Resolution {
            ruling,
            by: Note::new("ada").unwrap(),
            reason: Note::new("looked into it").unwrap(),
        },
    )
}

#[tokio::test]
async fn the_sample_orders_are_carried_out() {
    let world = World::new().await;
    let checked = event(&world, &sample("sweep-operator-check.json")).await;
    assert_eq!(
        (checked.outcome, checked.code.as_str()),
        (Outcome::Done, "keys_match")
    );
    let said = checked.calls[0].said.as_ref().unwrap();
    assert_eq!(
        (said.result.as_str(), said.code.as_str()),
        ("F", "ORDER_NOT_EXIST")
    );
    assert!(checked.calls[0].answered_at.is_some() && checked.calls[0].key_version.is_some());

    let token = world.create("EVENT_AUTOMATIC", "AUTOMATIC").await;
    world.pay("EVENT_AUTOMATIC", &token, APPROVED).await;
    world
        .until("EVENT_AUTOMATIC", |row| row.status == Status::Captured)
        .await;
    let inquired = event(&world, &sample("sweep-operator-inquire.json")).await;
    assert_eq!(inquired.outcome, Outcome::Done, "{inquired:?}");
    assert_eq!(inquired.after.unwrap().status, Status::Captured);

    notified(&world, "notify-payment-wrong-amount.json").await;
    let resolved = event(&world, &sample("sweep-operator-resolve.json")).await;
    assert_eq!(resolved.outcome, Outcome::WouldDo, "{resolved:?}");
    assert!(
        world.row("EVENT_AUTOMATIC").await.is_in_review(),
        "only said"
    );
}

#[tokio::test]
async fn while_in_review_pops_word_is_kept_and_a_person_sees_it() {
    let world = World::deaf().await;
    let token = world.create("EVENT_AUTOMATIC", "AUTOMATIC").await;
    world.pay("EVENT_AUTOMATIC", &token, APPROVED).await;
    notified(&world, "notify-payment-wrong-amount.json").await;
    let before = world.row("EVENT_AUTOMATIC").await;
    let reply = give(&world, Wanted::Inquire(id("EVENT_AUTOMATIC"))).await;
    let said = reply.calls[0].said.as_ref().unwrap();
    assert_eq!(said.payment_status.as_deref(), Some("SUCCESS"));
    let after = world.row("EVENT_AUTOMATIC").await;
    assert_eq!(
        (&after.review, after.status),
        (&before.review, before.status)
    );
    assert_eq!(after.trail.entries, before.trail.entries + 1);

    let reply = give(&world, resolve("EVENT_AUTOMATIC", Ruling::GoOn)).await;
    assert_eq!(
        (reply.outcome, reply.code.as_str()),
        (Outcome::Done, "resolved")
    );
    assert_eq!(reply.calls.len(), 1, "POP was asked at once");
    let on = world.row("EVENT_AUTOMATIC").await;
    assert!(on.review.is_none() && on.doubt.is_none(), "{on:?}");
    let told = world.events("EVENT_AUTOMATIC");
    assert!(
        told.contains(&"payment.review_resolved".to_owned()),
        "{told:?}"
    );
    let again = give(&world, resolve("EVENT_AUTOMATIC", Ruling::GoOn)).await;
    assert_eq!(
        (again.outcome, again.code.as_str()),
        (Outcome::Refused, "not_in_review")
    );
}

#[tokio::test]
async fn a_person_cancels_and_pop_releases_the_money() {
    let world = World::deaf().await;
    let token = world
        .create_with("EVENT_AUTOMATIC", "MANUAL", |body| {
            body["captureOn"] = "request".into()
        })
        .await;
    world.pay("EVENT_AUTOMATIC", &token, APPROVED).await;
    notified(&world, "notify-payment-wrong-amount.json").await;
    let reply = give(&world, resolve("EVENT_AUTOMATIC", Ruling::Cancel)).await;
    assert_eq!(reply.outcome, Outcome::Done, "{reply:?}");
    assert_eq!(world.row("EVENT_AUTOMATIC").await.status, Status::Cancelled);
    assert_eq!(world.really_captured("EVENT_AUTOMATIC"), (0, 0));
}

#[tokio::test]
async fn a_lost_capture_is_asked_for_again_and_made_once() {
    let world = World::deaf().await;
    let token = world.create("P", "MANUAL").await;
    world.pay("P", &token, APPROVED).await;
    world
        .provider
        .order_fault(Call::Capture, "P", Fault::DropAfter);
    world.capture_queue().await;
    assert_eq!(world.row("P").await.status, Status::Authorized);
    let reply = give(&world, Wanted::RetryCapture(id("P"))).await;
    assert_eq!(
        (reply.outcome, reply.code.as_str()),
        (Outcome::Done, "capture_asked")
    );
    let row = world.row("P").await;
    assert_eq!((row.status, row.captures.len()), (Status::Captured, 1));
    assert_eq!(world.really_captured("P"), (1, 30_000));
    let reply = give(&world, Wanted::RetryCapture(id("P"))).await;
    assert_eq!(
        (reply.outcome, reply.code.as_str()),
        (Outcome::NothingToDo, "captured")
    );
}

#[tokio::test]
async fn where_parts_are_allowed_another_capture_follows_one_that_failed() {
    let world = World::with_several_captures().await;
    let token = world
        .create_with("P", "MANUAL", |body| body["captureOn"] = "request".into())
        .await;
    world.pay("P", &token, APPROVED).await;
    let capture =
        |body: &'static str| world.call("POST", "/payments/P/capture", events::API_KEY, body);
    let part = r#"{"number":1,"amount":{"currency":"EUR","value":"10000"}}"#;
    assert_eq!(capture(part).await.0, 202);
    world.capture_queue().await;
    assert!(
        world
            .provider
            .set_scenario(Call::Capture, "PROCESS_FAIL", 1)
    );
    let rest = r#"{"number":2,"amount":{"currency":"EUR","value":"5000"}}"#;
    assert_eq!(capture(rest).await.0, 202);
    world.capture_queue().await;
    world.provider.clear_scenarios(None);
    let row = world.row("P").await;
    assert!(
        matches!(row.captures[1].state, CaptureState::Failed { .. }),
        "{row:?}"
    );
    let reply = give(&world, Wanted::RetryCapture(id("P"))).await;
    assert_eq!(reply.outcome, Outcome::Done, "{reply:?}");
    let row = world.row("P").await;
    assert_eq!(row.captured_minor(), 15_000);
    assert_eq!(row.captures.len(), 3, "under an id of its own");
}

#[tokio::test]
async fn what_cannot_be_done_is_said_and_changes_nothing() {
    let world = World::deaf().await;
    world.create("P", "MANUAL").await;
    let before = world.row("P").await;
    let nobody = give(&world, Wanted::Inquire(id("NOBODY"))).await;
    assert_eq!(
        (nobody.outcome, nobody.code.as_str()),
        (Outcome::Refused, "no_such_payment")
    );
    let wrong = event(
        &world,
        &serde_json::json!({ "operator": { "order": "pay" } }),
    )
    .await;
    assert_eq!(
        (wrong.outcome, wrong.code.as_str()),
        (Outcome::Refused, "invalid_order")
    );
    for what in [Wanted::Inquire(id("P")), Wanted::Check] {
        let order = Order {
            what,
            by: Note::new("ada").unwrap(),
            dry_run: false,
        };
        let late = world.sweep.operate(Ok(order), clock() + Seconds(5)).await;
        assert_eq!(
            (late.outcome, late.code.as_str()),
            (Outcome::Failed, "no_time")
        );
        assert!(late.calls.is_empty());
    }
    assert_eq!(world.row("P").await, before);
    world.store.set_outage(store::Outage::Refuses);
    let down = give(&world, Wanted::Inquire(id("P"))).await;
    assert_eq!(
        (down.outcome, down.code.as_str()),
        (Outcome::Failed, "table_unavailable")
    );
}
