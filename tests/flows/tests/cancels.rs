//! Payments cancelled: by the merchant, by the buyer who pays in another way, and not when it is too late.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use domain::{CancelState, Seconds, Status};
use flows::World;
use flows::events::API_KEY;
use serde_json::{Value, json};
use simulator::{Call, Fault, PaymentState};
use store::QueueName;

const GOOD: &str = "4054695723100768";
const REFUSED: &str = "4054692760174822";

async fn cancel(world: &World, id: &str) -> (u16, Value) {
    let path = format!("/payments/{id}/cancel");
    world.call("POST", &path, API_KEY, "").await
}

async fn authorized(world: &World, id: &str) {
    let token = world
        .create_with(id, "MANUAL", |body| body["captureOn"] = "request".into())
        .await;
    assert_eq!(world.pay(id, &token, GOOD).await["status"], "AUTHORIZED");
}

fn state_at_provider(world: &World, id: &str) -> Option<PaymentState> {
    let books = world.provider.books();
    let mut payments = books.payments.iter();
    payments
        .find(|payment| payment.payment_request_id == id)
        .map(|payment| payment.state)
}

#[tokio::test]
async fn a_payment_that_nobody_paid_is_cancelled_without_asking_pop() {
    let world = World::new().await;
    let token = world.create("K1", "MANUAL").await;
    let (status, view) = cancel(&world, "K1").await;
    assert_eq!((status, &view["status"]), (200, &"CANCELLED".into()));
    assert_eq!(world.pay("K1", &token, GOOD).await["status"], "CANCELLED");
    assert_eq!(world.provider.books().totals.payments, 0);
    assert_eq!(world.events("K1"), ["payment.cancelled"]);
}

#[tokio::test]
async fn an_authorisation_is_cancelled_once_and_for_all() {
    let world = World::new().await;
    authorized(&world, "K2").await;
    for _ in 0..2 {
        let (status, view) = cancel(&world, "K2").await;
        assert_eq!(
            (status, &view["status"]),
            (200, &"CANCELLED".into()),
            "{view}"
        );
    }
    assert_eq!(
        state_at_provider(&world, "K2"),
        Some(PaymentState::Cancelled)
    );
    assert_eq!(
        world.events("K2"),
        ["payment.authorized", "payment.cancelled"]
    );
    let (status, problem) = world
        .call("POST", "/payments/K2/capture", API_KEY, "")
        .await;
    assert_eq!((status, &problem["code"]), (409, &"not_capturable".into()));
}

#[tokio::test]
async fn what_is_captured_is_not_cancelled() {
    let world = World::new().await;
    let token = world.create("K3", "AUTOMATIC").await;
    world.pay("K3", &token, GOOD).await;
    world
        .until("K3", |row| row.status == Status::Captured)
        .await;
    let (status, problem) = cancel(&world, "K3").await;
    assert_eq!((status, &problem["code"]), (409, &"not_cancellable".into()));
    assert_eq!(state_at_provider(&world, "K3"), Some(PaymentState::Success));
}

#[tokio::test]
async fn a_cancellation_whose_answer_is_lost_is_asked_for_again_and_nothing_is_captured_meanwhile()
{
    let world = World::deaf().await;
    authorized(&world, "K4").await;
    world
        .provider
        .order_fault(Call::Cancel, "K4", Fault::DropAfter);
    let (status, view) = cancel(&world, "K4").await;
    assert_eq!(
        (status, &view["cancel"]["state"]),
        (202, &"requested".into()),
        "{view}"
    );
    let (status, _) = world
        .call("POST", "/payments/K4/capture", API_KEY, "")
        .await;
    assert_eq!(status, 409);
    let report = world.sweep_after(Seconds(60)).await;
    assert_eq!(report.cancels, 1);
    assert_eq!(world.row("K4").await.status, Status::Cancelled);
    assert!(world.queues.sent(QueueName::Capture).is_empty());
}

#[tokio::test]
async fn an_unfinished_challenge_is_cancelled() {
    let world = World::new().await;
    let token = world
        .create_with("K5", "MANUAL", |body| {
            body["is3DSAuthentication"] = true.into()
        })
        .await;
    world.pay("K5", &token, GOOD).await;
    let (status, view) = cancel(&world, "K5").await;
    assert_eq!(
        (status, &view["status"]),
        (200, &"CANCELLED".into()),
        "{view}"
    );
    assert!(
        !world.provider.finish_challenge("K5", true),
        "the page is closed"
    );
}

#[tokio::test]
async fn a_refused_cancellation_is_told_and_the_payment_goes_on() {
    let world = World::deaf().await;
    authorized(&world, "K6").await;
    assert!(
        world
            .provider
            .set_scenario(Call::Cancel, "CANCEL_WINDOW_EXCEED", 30)
    );
    let (status, problem) = cancel(&world, "K6").await;
    assert_eq!((status, &problem["code"]), (409, &"cancel_refused".into()));
    world.sweep_after(Seconds(60)).await;
    let row = world.row("K6").await;
    assert_eq!((row.status, row.doubt), (Status::Authorized, None));
    assert!(matches!(
        row.cancel.unwrap().state,
        CancelState::Refused { .. }
    ));
    assert_eq!(
        world.events("K6"),
        ["payment.authorized", "payment.cancel_failed"]
    );
    assert!(row.captures.is_empty(), "only if the merchant asks");
    let (status, _) = world
        .call("POST", "/payments/K6/capture", API_KEY, "")
        .await;
    assert_eq!(status, 202);
    world.capture_queue().await;
    assert_eq!(world.row("K6").await.status, Status::Captured);
}

async fn retry(world: &World, id: &str, token: &str) -> (u16, Value) {
    let path = format!("/payments/{id}/retry");
    world.call("POST", &path, token, "").await
}

#[tokio::test]
async fn after_a_decline_the_buyer_tries_again_under_the_same_order() {
    let world = World::new().await;
    let token = world.create("T1", "AUTOMATIC").await;
    let view = world.pay("T1", &token, REFUSED).await;
    assert_eq!(
        (&view["status"], &view["canRetry"]),
        (&"DECLINED".into(), &true.into())
    );
    let (status, next) = retry(&world, "T1", &token).await;
    assert_eq!(status, 201, "{next}");
    let (_, again) = retry(&world, "T1", &token).await;
    assert_eq!(
        next["paymentRequestId"], again["paymentRequestId"],
        "a double click"
    );
    assert_eq!(next["paymentRequestId"], "T1-a2");
    let token = next["clientToken"].as_str().unwrap();
    world.pay("T1-a2", token, GOOD).await;
    let row = world
        .until("T1-a2", |row| row.status == Status::Captured)
        .await;
    assert_eq!(
        (row.order_id(), row.attempt),
        (world.row("T1").await.order_id(), 2)
    );
    let books = world.provider.books();
    let second = books
        .payments
        .iter()
        .find(|p| p.payment_request_id == "T1-a2");
    assert_eq!(second.unwrap().order_id, "ORDER_T1");
    let old = world.row("T1").await;
    assert_eq!(old.retried_as.unwrap().as_str(), "T1-a2");
    assert!(
        !old.order.unwrap().has_people(),
        "nobody needs them there any more"
    );
}

#[tokio::test]
async fn a_buyer_who_leaves_a_challenge_can_pay_in_another_way() {
    let world = World::new().await;
    let token = world
        .create_with("T2", "AUTOMATIC", |body| {
            body["is3DSAuthentication"] = true.into()
        })
        .await;
    world.pay("T2", &token, GOOD).await;
    let (status, next) = retry(&world, "T2", &token).await;
    assert_eq!(status, 201, "{next}");
    assert_eq!(world.row("T2").await.status, Status::Cancelled);
    assert_eq!(
        state_at_provider(&world, "T2"),
        Some(PaymentState::Cancelled)
    );
    assert!(
        !world.provider.finish_challenge("T2", true),
        "the first can no longer succeed"
    );
}

#[tokio::test]
async fn what_may_still_succeed_is_not_tried_again() {
    let world = World::new().await;
    for (id, card) in [("T3", GOOD), ("T4", "4099990000000113")] {
        let token = world.create(id, "MANUAL").await;
        world.pay(id, &token, card).await;
        let (status, problem) = retry(&world, id, &token).await;
        assert_eq!(status, 409, "{problem}");
    }
    let token = world.create("T5", "MANUAL").await;
    assert_eq!(retry(&world, "T5", &token).await.0, 409, "not tried yet");
}

#[tokio::test]
async fn names_and_addresses_of_a_declined_payment_are_forgotten_when_its_time_is_over() {
    let world = World::new().await;
    let token = world.create("T6", "AUTOMATIC").await;
    world.pay("T6", &token, REFUSED).await;
    assert!(
        world.row("T6").await.order.unwrap().has_people(),
        "for another try"
    );
    world.sweep_after(Seconds(900)).await;
    let row = world.row("T6").await;
    assert!(!row.order.clone().unwrap().has_people() && !row.is_unresolved());
    assert_eq!(world.events("T6"), ["payment.declined"]);
    let (status, problem) = retry(&world, "T6", &token).await;
    assert_eq!((status, &problem["code"]), (409, &"not_retryable".into()));
}

#[tokio::test]
async fn the_second_success_of_an_order_gives_the_money_back() {
    for mode in ["MANUAL", "AUTOMATIC"] {
        let world = World::new().await;
        let mut tokens = Vec::new();
        for id in ["O1", "O2"] {
            let token = world
                .create_with(id, mode, |body| {
                    body["orderId"] = "ONE_ORDER".into();
                    body["is3DSAuthentication"] = true.into();
                })
                .await;
            // Both are at the bank before either is paid: two tabs.
            assert_eq!(world.pay(id, &token, GOOD).await["status"], "PENDING");
            tokens.push(token);
        }
        for id in ["O1", "O2"] {
            assert!(world.provider.finish_challenge(id, true));
            world.until(id, |row| row.status != Status::Pending).await;
        }
        for _ in 0..3 {
            world.capture_queue().await;
            world.sweep_after(Seconds(60)).await;
        }
        let books = world.provider.books();
        let kept: u64 = books
            .payments
            .iter()
            .map(|p| p.captured() - p.refunded())
            .sum();
        assert_eq!(kept, 30_000, "{mode}: the order is paid once");
        let second = world.row("O2").await;
        assert!(!second.is_unresolved(), "{second:#?}");
        assert_eq!(second.order_held_by.as_ref().unwrap().as_str(), "O1");
        assert!(!world.row("O1").await.is_unresolved());
    }
}

#[tokio::test]
async fn an_order_that_is_paid_is_not_charged_again() {
    let world = World::new().await;
    let mut tokens = Vec::new();
    for id in ["O3", "O4"] {
        tokens.push(
            world
                .create_with(id, "AUTOMATIC", |body| {
                    body["orderId"] = "PAID_ORDER".into()
                })
                .await,
        );
    }
    world.pay("O3", &tokens[0], GOOD).await;
    let body = flows::events::pay_body(GOOD).to_string();
    let (status, problem) = world
        .call("POST", "/payments/O4/pay", &tokens[1], &body)
        .await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &"order_already_paid".into())
    );
    assert_eq!(world.provider.books().totals.authorisations, 1);
}

#[tokio::test]
async fn parts_are_captured_where_the_contract_allows_it() {
    let world = World::with_several_captures().await;
    authorized(&world, "Z1").await;
    let part = |number, value: &str| json!({ "number": number, "amount": { "currency": "EUR", "value": value } });
    for (number, value) in [(1, "10000"), (2, "12000")] {
        for _ in 0..2 {
            let (status, view) = world
                .call(
                    "POST",
                    "/payments/Z1/capture",
                    API_KEY,
                    &part(number, value).to_string(),
                )
                .await;
            assert_eq!(status, 202, "{view}");
        }
        world.capture_queue().await;
        assert_eq!(world.row("Z1").await.status, Status::Authorized);
    }
    let (status, problem) = world
        .call(
            "POST",
            "/payments/Z1/capture",
            API_KEY,
            &part(3, "8001").to_string(),
        )
        .await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &"capture_not_possible".into())
    );
    let rest = json!({ "number": 3 }).to_string();
    world
        .call("POST", "/payments/Z1/capture", API_KEY, &rest)
        .await;
    world.capture_queue().await;
    assert_eq!(world.row("Z1").await.status, Status::Captured);
    assert_eq!(world.really_captured("Z1"), (3, 30_000));
}

#[tokio::test]
async fn what_is_left_of_a_partly_captured_payment_is_let_go_after_its_limit() {
    let world = World::with_several_captures().await;
    authorized(&world, "Z2").await;
    let part = json!({ "amount": { "currency": "EUR", "value": "10000" } }).to_string();
    world
        .call("POST", "/payments/Z2/capture", API_KEY, &part)
        .await;
    world.capture_queue().await;
    world.sweep_after(Seconds::days(8)).await;
    let row = world.row("Z2").await;
    assert_eq!(
        (row.status, row.captured_minor()),
        (Status::Captured, 10_000)
    );
    assert!(!row.is_unresolved());
    assert_eq!(
        world.events("Z2"),
        [
            "payment.authorized",
            "payment.captured",
            "payment.capture_closed"
        ]
    );
}

#[tokio::test]
async fn without_such_a_contract_there_is_one_full_capture() {
    let world = World::new().await;
    authorized(&world, "Z3").await;
    let part = json!({ "amount": { "currency": "EUR", "value": "10000" } }).to_string();
    let (status, problem) = world
        .call("POST", "/payments/Z3/capture", API_KEY, &part)
        .await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &"capture_not_possible".into())
    );
}
