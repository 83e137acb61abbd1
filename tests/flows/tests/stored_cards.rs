//! Cards that the buyer lets the merchant keep: stored with consent, used by the buyer and by the merchant, forgotten.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use domain::{SaveCard, Seconds, Status};
use flows::World;
use flows::events::{self, API_KEY};
use serde_json::{Value, json};

const GOOD: &str = "4054695723100768";
const BUYER: &str = "test12345678";

/// Pays with consent, and gives our name for the card once it is stored.
async fn store_card(world: &World, id: &str, card_no: &str) -> String {
    let token = world.create(id, "AUTOMATIC").await;
    let mut body = events::pay_body(card_no);
    body["storeCard"] = true.into();
    let (status, view) = pay(world, id, &token, &body).await;
    assert_eq!(status, 200, "{view}");
    let row = world
        .until(id, |row| matches!(row.save_card, SaveCard::Saved(_)))
        .await;
    let SaveCard::Saved(card) = row.save_card else {
        unreachable!()
    };
    card.to_string()
}

async fn pay(world: &World, id: &str, token: &str, body: &Value) -> (u16, Value) {
    let path = format!("/payments/{id}/pay");
    world.call("POST", &path, token, &body.to_string()).await
}

fn with_stored(card: &str) -> Value {
    let env = events::pay_body(GOOD)["env"].clone();
    json!({ "storedCard": card, "env": env })
}

async fn cards(world: &World) -> Vec<Value> {
    let path = format!("/buyers/{BUYER}/cards");
    let (status, list) = world.call("GET", &path, API_KEY, "").await;
    assert_eq!(status, 200, "{list}");
    list["cards"].as_array().unwrap().clone()
}

async fn charge(world: &World, id: &str, card: &str, kind: &str) -> (u16, Value) {
    let body = json!({ "storedCard": card, "recurringType": kind }).to_string();
    let path = format!("/payments/{id}/charge");
    world.call("POST", &path, API_KEY, &body).await
}

#[tokio::test]
async fn a_card_is_stored_with_consent_and_pays_the_next_order() {
    let world = World::new().await;
    let card = store_card(&world, "S1", GOOD).await;
    let list = cards(&world).await;
    assert_eq!(list.len(), 1);
    assert_eq!(
        (&list[0]["storedCard"], &list[0]["lastFour"]),
        (&card.clone().into(), &"0768".into())
    );

    let token = world.create("S2", "MANUAL").await;
    let (_, view) = world.call("GET", "/payments/S2", &token, "").await;
    assert_eq!(
        view["storedCards"][0]["storedCard"],
        card.as_str(),
        "offered on the page"
    );
    let (status, view) = pay(&world, "S2", &token, &with_stored(&card)).await;
    assert_eq!(
        (status, &view["status"]),
        (200, &"AUTHORIZED".into()),
        "{view}"
    );
    assert_eq!(world.provider.books().totals.paid_by_token, 1);
}

#[tokio::test]
async fn without_consent_no_card_is_stored() {
    let world = World::new().await;
    let token = world.create("S3", "AUTOMATIC").await;
    world.pay("S3", &token, GOOD).await;
    let row = world
        .until("S3", |row| row.status == Status::Captured)
        .await;
    assert_eq!(row.save_card, SaveCard::No);
    assert!(cards(&world).await.is_empty());
    assert_eq!(world.provider.books().totals.stored_cards, 0);
}

#[tokio::test]
async fn a_card_whose_notification_is_lost_is_asked_for() {
    let world = World::deaf().await;
    let token = world.create("S4", "AUTOMATIC").await;
    let mut body = events::pay_body(GOOD);
    body["storeCard"] = true.into();
    pay(&world, "S4", &token, &body).await;
    world.sweep_after(Seconds(60)).await;
    let row = world.row("S4").await;
    assert!(
        matches!(row.save_card, SaveCard::Saved(_)),
        "{:?}",
        row.save_card
    );
    assert_eq!(cards(&world).await.len(), 1);
}

#[tokio::test]
async fn another_buyers_card_cannot_be_used() {
    let world = World::new().await;
    let card = store_card(&world, "S5", GOOD).await;
    let token = world
        .create_with("S6", "MANUAL", |body| {
            body["buyer"]["referenceBuyerId"] = "somebody-else".into()
        })
        .await;
    let (status, problem) = pay(&world, "S6", &token, &with_stored(&card)).await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &"unknown_stored_card".into())
    );
    assert_eq!(
        world.row("S6").await.status,
        Status::Created,
        "nothing was tried"
    );
}

#[tokio::test]
async fn the_merchant_charges_a_stored_card_without_the_buyer() {
    for kind in ["SCHEDULED", "UNSCHEDULED"] {
        let world = World::new().await;
        let card = store_card(&world, "S7", GOOD).await;
        world.create("S8", "AUTOMATIC").await;
        let (status, view) = charge(&world, "S8", &card, kind).await;
        assert_eq!(status, 200, "{view}");
        world
            .until("S8", |row| row.status == Status::Captured)
            .await;
        let totals = world.provider.books().totals;
        assert_eq!((totals.merchant_initiated, totals.authorisations), (1, 2));
        let (status, again) = charge(&world, "S8", &card, kind).await;
        assert_eq!((status, &again["status"]), (200, &"CAPTURED".into()));
        assert_eq!(
            world.provider.books().totals.authorisations,
            2,
            "not charged again"
        );
    }
}

#[tokio::test]
async fn only_the_merchant_can_charge_without_the_buyer() {
    let world = World::new().await;
    let card = store_card(&world, "S9", GOOD).await;
    let token = world.create("S10", "AUTOMATIC").await;
    let body = json!({ "storedCard": card, "recurringType": "SCHEDULED" }).to_string();
    let (status, _) = world
        .call("POST", "/payments/S10/charge", &token, &body)
        .await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn a_forgotten_card_is_not_offered_and_does_not_pay() {
    let world = World::new().await;
    let card = store_card(&world, "S11", GOOD).await;
    let path = format!("/buyers/{BUYER}/cards/{card}");
    for _ in 0..2 {
        let (status, _) = world.call("DELETE", &path, API_KEY, "").await;
        assert_eq!(status, 204);
    }
    assert!(cards(&world).await.is_empty());
    let token = world.create("S12", "MANUAL").await;
    let (status, problem) = pay(&world, "S12", &token, &with_stored(&card)).await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &"unknown_stored_card".into())
    );
}

#[tokio::test]
async fn the_same_card_stored_twice_is_one() {
    let world = World::new().await;
    let first = store_card(&world, "S13", GOOD).await;
    let second = store_card(&world, "S14", GOOD).await;
    assert_eq!((first == second, cards(&world).await.len()), (true, 1));
}

#[tokio::test]
async fn tokens_stand_in_no_row_queue_or_answer() {
    let world = World::new().await;
    let card = store_card(&world, "S15", GOOD).await;
    let stored = world.store_card_tokens(BUYER).await;
    let token = world.create("S16", "MANUAL").await;
    let (_, view) = pay(&world, "S16", &token, &with_stored(&card)).await;
    let (_, merchant) = world.call("GET", "/payments/S15", API_KEY, "").await;
    let mut texts = vec![view.to_string(), merchant.to_string()];
    texts.extend(cards(&world).await.iter().map(Value::to_string));
    for id in ["S15", "S16"] {
        texts.push(serde_json::to_string(&world.row(id).await).unwrap());
    }
    for queue in [store::QueueName::Capture, store::QueueName::OrderEvents] {
        texts.extend(
            world
                .queues
                .sent(queue)
                .into_iter()
                .map(|message| message.body),
        );
    }
    assert_eq!(stored.len(), 1);
    assert!(texts.iter().all(|text| !text.contains(&stored[0])));
}

#[tokio::test]
async fn an_own_authentication_is_passed_on() {
    let world = World::new().await;
    let token = world.create("S17", "AUTOMATIC").await;
    let mut body = events::pay_body(GOOD);
    body["mpiData"] = json!({
        "threeDSVersion": "2.2.0", "eci": "05", "cavv": "AJkBByETlQAAAAAAAAAAAAAAAAA=",
        "dsTransactionId": "f25084f0-5b16-4c0a-ae5d-b24808a95e4b",
    });
    let (status, view) = pay(&world, "S17", &token, &body).await;
    assert_eq!(status, 200, "{view}");
    world
        .until("S17", |row| row.status == Status::Captured)
        .await;
    let books = world.provider.books();
    assert!(books.payments[0].card_use.own_authentication);
    body["mpiData"]["eci"] = "99".into();
    let token = world.create("S18", "AUTOMATIC").await;
    let (status, problem) = pay(&world, "S18", &token, &body).await;
    assert_eq!((status, &problem["code"]), (400, &"invalid_field".into()));
    assert!(
        problem["detail"].as_str().unwrap().contains("eci"),
        "{problem}"
    );
}
