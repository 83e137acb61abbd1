//! What checkout logs.

use crate::Journal;
use domain::Seconds;
use flows::events::{self, API_KEY};
use flows::{World, forward};
use runtime::http::{self, Request, Response};
use serde_json::{Value, json};
use simulator::{Call, Fault};
use store::Outage;

const GOOD: &str = "4054695723100768";
const REFUSED: &str = "4054692760174822";

/// A payment; gives the page's token.
pub(crate) async fn create(journal: &mut Journal, world: &World, id: &str, mode: &str) -> String {
    journal.step("create", world.create(id, mode)).await
}

async fn post(world: &World, path: &str, bearer: &str, body: Value) -> (u16, Value) {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    world
        .call("POST", &format!("/payments/{path}"), bearer, &body)
        .await
}

pub(crate) async fn pay(journal: &mut Journal) {
    let world = World::deaf().await;
    let token = create(journal, &world, "P1", "AUTOMATIC").await;
    let view = journal.step("pay", world.pay("P1", &token, GOOD)).await;
    assert_eq!(view["status"], "AUTHORIZED");
    let again = journal.step("pay, a second click", world.pay("P1", &token, GOOD));
    assert_eq!(again.await["status"], "AUTHORIZED");
    let look = world.call("GET", "/payments/P1", &token, "");
    assert_eq!(journal.step("look", look).await.0, 200);
    let wrong = world.call("GET", "/payments/P1", "a guess", "");
    assert_eq!(journal.step("look with a wrong key", wrong).await.0, 401);
    let bad = post(
        &world,
        "P1/pay",
        &token,
        json!({ "card": { "cardNo": "4117" } }),
    );
    assert_eq!(
        journal.step("pay with a body that is not one", bad).await.0,
        400
    );
}

pub(crate) async fn pay_declined(journal: &mut Journal) {
    let world = World::deaf().await;
    let token = create(journal, &world, "P1", "AUTOMATIC").await;
    let view = journal.step("pay", world.pay("P1", &token, REFUSED)).await;
    assert_eq!(view["status"], "DECLINED");
}

pub(crate) async fn pay_without_an_answer(journal: &mut Journal) {
    let world = World::deaf().await;
    journal.replace(world.provider.url(), "http://pop");
    let faults = [
        ("the connection breaks off", Fault::DropAfter),
        ("HTTP 500", Fault::HttpErrorBefore),
        ("the answer is not signed", Fault::Unsigned),
        ("the signature is wrong", Fault::WrongSignature),
        ("UNKNOWN_EXCEPTION", Fault::UnknownAfter),
    ];
    for (number, (what, fault)) in faults.into_iter().enumerate() {
        let id = format!("P{number}");
        let token = world.create(&id, "AUTOMATIC").await;
        journal.note("create, outside of an invocation");
        world.provider.order_fault(Call::Pay, &id, fault);
        world.provider.order_fault(Call::Pay, &id, fault);
        let view = journal.step(what, world.pay(&id, &token, GOOD)).await;
        assert_eq!(view["status"], "PENDING");
    }
}

pub(crate) async fn pay_with_three_d_secure(journal: &mut Journal) {
    let world = World::deaf().await;
    let threeds = |body: &mut Value| {
        body["is3DSAuthentication"] = true.into();
        body["captureOn"] = "request".into();
    };
    let create = world.create_with("P1", "MANUAL", threeds);
    let token = journal.step("create", create).await;
    let view = journal.step("pay", world.pay("P1", &token, GOOD)).await;
    assert_eq!(view["status"], "PENDING");
    assert!(world.provider.finish_challenge("P1", true));
    forward(Seconds(3));
    for what in ["back from the bank: look", "look again"] {
        let look = world.call("GET", "/payments/P1", &token, "");
        let (_, view) = journal.step(what, look).await;
        assert_eq!(view["status"], "AUTHORIZED");
    }
}

pub(crate) async fn retry(journal: &mut Journal) {
    let world = World::deaf().await;
    let token = create(journal, &world, "P1", "AUTOMATIC").await;
    journal.step("pay", world.pay("P1", &token, REFUSED)).await;
    let retry = post(&world, "P1/retry", &token, Value::Null);
    let (status, next) = journal.step("try again", retry).await;
    assert_eq!(status, 201, "{next}");
    let (id, token) = (&next["paymentRequestId"], &next["clientToken"]);
    let (id, token) = (id.as_str().unwrap(), token.as_str().unwrap());
    let view = journal.step("pay", world.pay(id, token, GOOD)).await;
    assert_eq!(view["status"], "AUTHORIZED");
}

pub(crate) async fn cancel(journal: &mut Journal) {
    let world = World::deaf().await;
    let _token = create(journal, &world, "P1", "MANUAL").await;
    let cancel = post(&world, "P1/cancel", API_KEY, Value::Null);
    let (status, _) = journal.step("cancel before it was paid", cancel).await;
    assert_eq!(status, 200);
    let on_request = |body: &mut Value| body["captureOn"] = "request".into();
    let create = world.create_with("P2", "MANUAL", on_request);
    let token = journal.step("create", create).await;
    journal.step("pay", world.pay("P2", &token, GOOD)).await;
    let cancel = post(&world, "P2/cancel", API_KEY, Value::Null);
    let (status, view) = journal.step("cancel", cancel).await;
    assert_eq!((status, &view["status"]), (200, &"CANCELLED".into()));
}

pub(crate) async fn refund(journal: &mut Journal) {
    let world = World::deaf().await;
    let token = create(journal, &world, "P1", "MANUAL").await;
    journal.step("pay", world.pay("P1", &token, GOOD)).await;
    journal.step("capture", world.capture_queue()).await;
    let body = json!({ "refundRequestId": "R1", "amount": { "currency": "EUR", "value": "100" } });
    let refund = post(&world, "P1/refund", API_KEY, body);
    let (status, view) = journal.step("refund", refund).await;
    assert_eq!(status, 200, "{view}");
    let too_much = post(
        &world,
        "P1/refund",
        API_KEY,
        json!({ "refundRequestId": "R2",
        "amount": { "currency": "EUR", "value": "30000" } }),
    );
    assert_eq!(journal.step("refund too much", too_much).await.0, 409);
}

pub(crate) async fn stored_card(journal: &mut Journal) {
    let world = World::deaf().await;
    let token = create(journal, &world, "P1", "AUTOMATIC").await;
    let mut body = events::pay_body(GOOD);
    body["storeCard"] = true.into();
    let pay = post(&world, "P1/pay", &token, body);
    assert_eq!(journal.step("pay and store the card", pay).await.0, 200);
    journal.step("sweep", world.sweep_after(Seconds(60))).await;
    let cards = world.call("GET", "/buyers/test12345678/cards", API_KEY, "");
    let (_, cards) = journal.step("list", cards).await;
    let card = cards["cards"][0]["storedCard"].as_str().unwrap();
    journal.replace(card, "card_1");
    let _token = create(journal, &world, "P2", "AUTOMATIC").await;
    let body = json!({ "storedCard": card, "recurringType": "UNSCHEDULED" });
    let charge = post(&world, "P2/charge", API_KEY, body);
    let (status, view) = journal.step("charge without the buyer", charge).await;
    assert_eq!(
        (status, &view["status"]),
        (200, &"AUTHORIZED".into()),
        "{view}"
    );
    let path = format!("/buyers/test12345678/cards/{card}");
    let forget = world.call("DELETE", &path, API_KEY, "");
    assert_eq!(journal.step("forget", forget).await.0, 204);
}

pub(crate) async fn table_out_of_order(journal: &mut Journal) {
    let world = World::deaf().await;
    let token = create(journal, &world, "P1", "AUTOMATIC").await;
    world.store.set_outage(Outage::Refuses);
    let look = world.call("GET", "/payments/P1", &token, "");
    assert_eq!(journal.step("look", look).await.0, 503);
}

pub(crate) async fn panic(journal: &mut Journal) {
    // As in production: the place of a panic and not its text.
    runtime::logs::log_panics();
    let handler = |request: Request| async move {
        assert!(!request.body.is_empty(), "card 4111111111111111");
        Response::empty(204)
    };
    let event = serde_json::from_value(json!({})).unwrap();
    let answer = journal
        .step("a fault of ours", http::answer(event, &handler))
        .await;
    let answer = serde_json::to_value(answer).unwrap();
    assert_eq!(answer["statusCode"], 500);
    let _ = std::panic::take_hook();
}
