//! Money given back: in full, in parts, once, and told.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use domain::{RefundState, Seconds, Status};
use flows::World;
use flows::events::API_KEY;
use serde_json::{Value, json};
use simulator::{Call, Fault};

const GOOD: &str = "4054695723100768";
const REFUND_LATER: &str = "4099990000000170";
const REFUND_FAILS_LATER: &str = "4099990000000188";
const REFUND_FAILS: &str = "4099990000000196";

async fn captured(world: &World, id: &str, card_no: &str) {
    let token = world.create(id, "AUTOMATIC").await;
    world.pay(id, &token, card_no).await;
    if world.is_deaf() {
        world.sweep_after(Seconds(60)).await;
    }
    world.until(id, |row| row.status == Status::Captured).await;
}

async fn refund(world: &World, id: &str, body: Value) -> (u16, Value) {
    let path = format!("/payments/{id}/refund");
    world.call("POST", &path, API_KEY, &body.to_string()).await
}

fn part(id: &str, value: &str) -> Value {
    json!({ "refundRequestId": id, "amount": { "currency": "EUR", "value": value } })
}

/// How often the provider gave money back for a payment, and how much.
fn really_refunded(world: &World, id: &str) -> (u32, u64) {
    let books = world.provider.books();
    let payment = books.payments.iter().find(|p| p.payment_request_id == id);
    let payment = payment.unwrap();
    let effects = payment.refunds.iter().map(|refund| refund.effects).sum();
    (effects, payment.refunded())
}

#[tokio::test]
async fn all_is_given_back_once_however_often_it_is_asked_for() {
    let world = World::new().await;
    captured(&world, "R1", GOOD).await;
    for _ in 0..3 {
        let (status, view) = refund(&world, "R1", json!({ "refundRequestId": "RF1" })).await;
        assert_eq!(status, 200, "{view}");
        assert_eq!(view["refunded"]["value"], "30000");
        assert_eq!(view["status"], "CAPTURED", "what was taken stays on record");
    }
    assert_eq!(really_refunded(&world, "R1"), (1, 30_000));
    let row = world.until("R1", |row| !row.is_unresolved()).await;
    assert!(row.due_at.is_none());
    assert_eq!(
        world.events("R1"),
        ["payment.authorized", "payment.captured", "payment.refunded"]
    );
}

#[tokio::test]
async fn parts_are_given_back_and_never_more_than_was_taken() {
    let world = World::new().await;
    captured(&world, "R2", GOOD).await;
    for (id, value) in [("P1", "10000"), ("P2", "15000")] {
        let (status, view) = refund(&world, "R2", part(id, value)).await;
        assert_eq!(status, 200, "{view}");
    }
    let (status, problem) = refund(&world, "R2", part("P3", "5001")).await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &"refund_too_large".into())
    );
    let (status, _) = refund(&world, "R2", json!({ "refundRequestId": "P4" })).await;
    assert_eq!(status, 200, "what is left");
    assert_eq!(really_refunded(&world, "R2"), (3, 30_000));
    let (status, problem) = refund(&world, "R2", part("P1", "9999")).await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &"refund_id_in_use".into())
    );
}

#[tokio::test]
async fn an_id_serves_one_refund_of_one_payment() {
    let world = World::new().await;
    captured(&world, "R3", GOOD).await;
    captured(&world, "R4", GOOD).await;
    assert_eq!(refund(&world, "R3", part("SAME", "100")).await.0, 200);
    let (status, problem) = refund(&world, "R4", part("SAME", "100")).await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &"refund_id_in_use".into())
    );
    assert_eq!(really_refunded(&world, "R4"), (0, 0));
}

#[tokio::test]
async fn what_is_not_captured_cannot_be_refunded() {
    let world = World::new().await;
    let token = world.create("R5", "MANUAL").await;
    world.pay("R5", &token, GOOD).await;
    let (status, problem) = refund(&world, "R5", json!({ "refundRequestId": "R5R" })).await;
    assert_eq!((status, &problem["code"]), (409, &"not_refundable".into()));
}

#[tokio::test]
async fn a_refund_in_process_ends_with_its_notification() {
    let world = World::new().await;
    captured(&world, "R6", REFUND_LATER).await;
    let (status, view) = refund(&world, "R6", json!({ "refundRequestId": "R6R" })).await;
    assert_eq!(
        (status, &view["refunds"][0]["state"]),
        (202, &"in_process".into()),
        "{view}"
    );
    world
        .until("R6", |row| row.refunds[0].state == RefundState::Succeeded)
        .await;
    assert_eq!(world.events("R6").last().unwrap(), "payment.refunded");
}

#[tokio::test]
async fn a_refund_whose_notification_is_lost_is_asked_about() {
    let world = World::deaf().await;
    captured(&world, "R7", REFUND_LATER).await;
    refund(&world, "R7", json!({ "refundRequestId": "R7R" })).await;
    let report = world.sweep_after(Seconds(60)).await;
    assert_eq!(report.refunds, 1);
    assert_eq!(
        world.row("R7").await.refunds[0].state,
        RefundState::Succeeded
    );
    assert!(!world.row("R7").await.is_unresolved());
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_id() {
    let world = World::deaf().await;
    captured(&world, "R8", GOOD).await;
    world
        .provider
        .order_fault(Call::Refund, "R8", Fault::DropAfter);
    let (status, view) = refund(&world, "R8", json!({ "refundRequestId": "R8R" })).await;
    assert_eq!(
        (status, &view["refunds"][0]["state"]),
        (202, &"requested".into()),
        "{view}"
    );
    world.sweep_after(Seconds(60)).await;
    assert_eq!(
        world.row("R8").await.refunds[0].state,
        RefundState::Succeeded
    );
    assert_eq!(really_refunded(&world, "R8"), (1, 30_000));
}

#[tokio::test]
async fn a_refund_that_fails_is_told_and_another_may_follow() {
    for (id, card) in [("R9", REFUND_FAILS), ("R10", REFUND_FAILS_LATER)] {
        let world = World::new().await;
        captured(&world, id, card).await;
        refund(&world, id, json!({ "refundRequestId": "RX" })).await;
        world
            .until(id, |row| {
                matches!(row.refunds[0].state, RefundState::Failed { .. })
            })
            .await;
        assert_eq!(world.events(id).last().unwrap(), "payment.refund_failed");
        assert!(
            !world
                .until(id, |row| row.outbox.is_empty())
                .await
                .is_unresolved()
        );
        let (status, _) = refund(&world, id, json!({ "refundRequestId": "RY" })).await;
        assert!([200, 202].contains(&status));
        assert_eq!(really_refunded(&world, id).1, 0);
    }
}
