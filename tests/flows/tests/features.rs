//! What the provider's guide asks for beyond the plain payment.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use domain::{Seconds, Status};
use flows::World;
use flows::events::API_KEY;

const GOOD: &str = "4054695723100768";
const EXEMPT: &str = "4035501000000008";
const UPGRADED: &str = "4099990000000105";
const FORM: &str = "4099990000000204";

#[tokio::test]
async fn a_redirect_may_come_whatever_was_asked_for() {
    let cases = [
        (GOOD, Some(false), Some(true), "AUTHORIZED"),
        (GOOD, None, None, "AUTHORIZED"),
        (GOOD, Some(true), None, "PENDING"),
        (GOOD, Some(true), Some(false), "PENDING"),
        (EXEMPT, Some(true), None, "AUTHORIZED"),
        (UPGRADED, None, None, "PENDING"),
        (UPGRADED, Some(false), Some(true), "PENDING"),
        (UPGRADED, Some(false), Some(false), "DECLINED"),
    ];
    let world = World::new().await;
    for (number, (card, challenge, upgrade, status)) in cases.into_iter().enumerate() {
        let id = format!("F{number}");
        let token = world
            .create_with(&id, "MANUAL", |body| {
                body["is3DSAuthentication"] = challenge.into();
                body["enableAuthenticationUpgrade"] = upgrade.into();
            })
            .await;
        let view = world.pay(&id, &token, card).await;
        assert_eq!(view["status"], status, "{card} {challenge:?} {upgrade:?}");
        assert_eq!(view["redirect"].is_object(), status == "PENDING", "{view}");
        if status == "PENDING" {
            assert!(world.provider.finish_challenge(&id, true));
            world
                .until(&id, |row| row.status == Status::Authorized)
                .await;
        }
    }
}

#[tokio::test]
async fn a_redirect_may_be_a_form_to_post() {
    let world = World::new().await;
    let token = world
        .create_with("G1", "AUTOMATIC", |body| {
            body["is3DSAuthentication"] = true.into()
        })
        .await;
    let view = world.pay("G1", &token, FORM).await;
    assert_eq!(view["redirect"]["method"], "POST", "{view}");
    let parameters = view["redirect"]["parameters"].as_str().unwrap();
    assert!(
        serde_json::from_str::<serde_json::Value>(parameters)
            .unwrap()
            .is_object()
    );
}

#[tokio::test]
async fn letters_of_the_checks_are_shown_and_decide_nothing() {
    let world = World::new().await;
    let token = world.create("L1", "MANUAL").await;
    let page = world.pay("L1", &token, GOOD).await;
    world
        .until("L1", |row| row.card.avs_result_raw.is_some())
        .await;
    let (_, view) = world.call("GET", "/payments/L1", API_KEY, "").await;
    assert_eq!(view["status"], "AUTHORIZED");
    assert!(
        view["avs"]["raw"].is_string() && view["avs"]["text"].is_string(),
        "{view}"
    );
    assert!(
        view["cvv"]["raw"].is_string() && view["cvv"]["text"].is_string(),
        "{view}"
    );
    assert!(view["networkTransactionId"].is_string(), "{view}");
    assert!(
        page.get("avs").is_none() && page.get("cvv").is_none(),
        "not for the page: {page}"
    );
}

#[tokio::test]
async fn the_result_page_asks_pop_before_it_shows_a_result() {
    let world = World::deaf().await;
    let token = world
        .create_with("Q1", "AUTOMATIC", |body| {
            body["is3DSAuthentication"] = true.into()
        })
        .await;
    world.pay("Q1", &token, GOOD).await;
    assert!(world.provider.finish_challenge("Q1", true));
    flows::forward(Seconds(3));
    let (status, view) = world.call("GET", "/payments/Q1", &token, "").await;
    assert_eq!(status, 200);
    assert!(
        ["AUTHORIZED", "CAPTURED"].contains(&view["status"].as_str().unwrap()),
        "no notification came: {view}"
    );
}

#[tokio::test]
async fn a_payment_is_asked_about_when_its_time_is_over() {
    let world = World::deaf().await;
    let token = world
        .create_with("X1", "AUTOMATIC", |body| {
            body["is3DSAuthentication"] = true.into()
        })
        .await;
    world.pay("X1", &token, GOOD).await;
    let expires_at = world.row("X1").await.expires_at;
    for _ in 0..20 {
        let row = world.row("X1").await;
        assert!(
            row.due_at.unwrap() <= expires_at + Seconds(10),
            "not later than that"
        );
        let wait = row.due_at.unwrap().since(flows::clock());
        world.sweep_after(Seconds(wait.0 + 1)).await;
        if world.row("X1").await.status == Status::Expired {
            return;
        }
    }
    panic!("it never ended: {:#?}", world.row("X1").await);
}
