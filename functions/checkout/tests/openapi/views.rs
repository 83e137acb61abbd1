//! Payments in every state, seen by the merchant's server and by the page: each answer fits the document.

use crate::api::{Api, By, GOOD};
use domain::{SaveCard, Seconds, Status};
use flows::World;
use flows::events::{create_body, pay_body};
use serde_json::{Value, json};
use simulator::Call;

const DECLINED: &str = "4054692760174822";
const APPROVED_LATER: &str = "4099990000000113";
const CAPTURE_FAILS: &str = "4099990000000147";
const REFUND_LATER: &str = "4099990000000170";
const REFUND_FAILS: &str = "4099990000000196";
const POSTED_FORM: &str = "4099990000000204";
const BUYER: &str = "test12345678";

impl Api {
    async fn create(&self, id: &str, mode: &str, changes: Value) {
        let mut body = create_body(id, mode);
        body["orderId"] = format!("ORDER_{id}").into();
        for (name, value) in changes.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let (status, view) = self.call(By::Merchant, "POST", "/payments", &body).await;
        assert_eq!(status, 201, "{view}");
    }

    async fn pay(&self, id: &str, card: &str) -> Value {
        let path = format!("/payments/{id}/pay");
        let (status, view) = self.call(By::Page, "POST", &path, &pay_body(card)).await;
        assert_eq!(status, 200, "{view}");
        view
    }

    async fn paid(&self, id: &str, mode: &str, card: &str) {
        self.create(id, mode, Value::Null).await;
        self.pay(id, card).await;
    }

    async fn ask(&self, id: &str, what: &str, body: Value) -> (u16, Value) {
        let path = format!("/payments/{id}/{what}");
        self.call(By::Merchant, "POST", &path, &body).await
    }

    /// Both views of a payment, which must show this status.
    async fn shows(&self, id: &str, status: &str) -> (Value, Value) {
        let (merchant, page) = (self.merchant_view(id).await, self.page_view(id).await);
        assert_eq!(
            (&merchant["status"], &page["status"]),
            (&json!(status), &json!(status)),
            "{id}"
        );
        (merchant, page)
    }
}

#[tokio::test]
async fn from_creation_to_capture() {
    let api = Api::of(World::new().await);
    api.create("V1", "MANUAL", Value::Null).await;
    let (status, _) = api
        .call(By::Merchant, "POST", "/payments", &{
            let mut body = create_body("V1", "MANUAL");
            body["orderId"] = "ORDER_V1".into();
            body
        })
        .await;
    assert_eq!(status, 200, "created before");
    api.shows("V1", "CREATED").await;
    api.pay("V1", GOOD).await;
    let (merchant, _) = api.shows("V1", "AUTHORIZED").await;
    assert!(
        merchant["avs"].is_object() && merchant["cvv"].is_object(),
        "{merchant}"
    );
    api.world.capture_queue().await;
    let (merchant, _) = api.shows("V1", "CAPTURED").await;
    assert_eq!(merchant["captures"][0]["state"], "succeeded");
}

#[tokio::test]
async fn while_the_buyer_has_to_finish_and_afterwards() {
    let api = Api::of(World::new().await);
    for (id, card) in [("C1", GOOD), ("C2", POSTED_FORM)] {
        api.create(id, "AUTOMATIC", json!({ "is3DSAuthentication": true }))
            .await;
        api.pay(id, card).await;
        let (_, page) = api.shows(id, "PENDING").await;
        assert!(page["redirect"]["url"].is_string(), "{page}");
        assert!(api.world.provider.finish_challenge(id, true));
        api.world
            .until(id, |row| row.status == Status::Captured)
            .await;
        let (merchant, _) = api.shows(id, "CAPTURED").await;
        assert!(merchant["threeDS"]["eci"].is_string(), "{merchant}");
    }
}

#[tokio::test]
async fn in_process_without_anything_for_the_buyer_to_do() {
    let api = Api::of(World::new().await);
    api.create("W1", "MANUAL", Value::Null).await;
    let page = api.pay("W1", APPROVED_LATER).await;
    assert_eq!(
        (&page["status"], &page["redirect"]),
        (&json!("PENDING"), &Value::Null)
    );
}

#[tokio::test]
async fn each_end_without_money() {
    let api = Api::of(World::deaf().await);
    api.paid("E1", "AUTOMATIC", DECLINED).await;
    let (merchant, page) = api.shows("E1", "DECLINED").await;
    assert!(merchant["decline"]["code"].is_string() && page["decline"].get("code").is_none());
    api.create("E2", "AUTOMATIC", Value::Null).await;
    assert_eq!(api.ask("E2", "cancel", Value::Null).await.0, 200);
    api.shows("E2", "CANCELLED").await;
    let on_request = json!({ "captureOn": "request" });
    api.create("E3", "MANUAL", on_request).await;
    api.pay("E3", GOOD).await;
    assert_eq!(api.ask("E3", "cancel", Value::Null).await.0, 200);
    let (merchant, _) = api.shows("E3", "CANCELLED").await;
    assert_eq!(merchant["cancel"]["state"], "done");
    api.create("E4", "AUTOMATIC", Value::Null).await;
    api.world.sweep_after(Seconds(900)).await;
    api.shows("E4", "EXPIRED").await;
    api.paid("E5", "MANUAL", CAPTURE_FAILS).await;
    api.world.capture_queue().await;
    let (merchant, _) = api.shows("E5", "CAPTURE_FAILED").await;
    assert_eq!(merchant["captures"][0]["state"], "failed");
}

#[tokio::test]
async fn cancellations_that_wait_or_are_refused() {
    let api = Api::of(World::deaf().await);
    for (id, code, status) in [
        ("X1", "UNKNOWN_EXCEPTION", 202),
        ("X2", "CANCEL_WINDOW_EXCEED", 409),
    ] {
        let body = json!({ "captureOn": "request" });
        api.create(id, "MANUAL", body).await;
        api.pay(id, GOOD).await;
        assert!(api.world.provider.set_scenario(Call::Cancel, code, 30));
        assert_eq!(api.ask(id, "cancel", Value::Null).await.0, status, "{code}");
        let (merchant, _) = api.shows(id, "AUTHORIZED").await;
        assert!(merchant["cancel"].is_object());
    }
}

#[tokio::test]
async fn captures_in_parts_and_refunds_of_every_kind() {
    let api = Api::of(World::with_several_captures().await);
    for (id, card) in [("R1", GOOD), ("R2", REFUND_LATER), ("R3", REFUND_FAILS)] {
        api.create(id, "MANUAL", json!({ "captureOn": "request" }))
            .await;
        api.pay(id, card).await;
        let part = json!({ "number": 1, "amount": { "currency": "EUR", "value": "10000" } });
        assert_eq!(api.ask(id, "capture", part).await.0, 202);
        api.world.capture_queue().await;
        api.shows(id, "AUTHORIZED").await;
        let rest = json!({ "number": 2, "last": true });
        assert_eq!(api.ask(id, "capture", rest).await.0, 202);
        api.world.capture_queue().await;
        api.shows(id, "CAPTURED").await;
    }
    for (id, want, state) in [
        ("R1", 200, "succeeded"),
        ("R2", 202, "in_process"),
        ("R3", 200, "failed"),
    ] {
        let part = json!({ "refundRequestId": format!("F_{id}"), "amount": { "currency": "EUR", "value": "1" }, "reason": "broken" });
        let (status, view) = api.ask(id, "refund", part).await;
        assert_eq!(
            (status, &view["refunds"][0]["state"]),
            (want, &json!(state)),
            "{view}"
        );
        api.shows(id, "CAPTURED").await;
    }
}

#[tokio::test]
async fn stored_cards_and_payments_without_the_buyer() {
    let api = Api::of(World::new().await);
    api.create("S1", "AUTOMATIC", Value::Null).await;
    let mut body = pay_body(GOOD);
    body["storeCard"] = true.into();
    body["returnTo"] = "checkout".into();
    api.call(By::Page, "POST", "/payments/S1/pay", &body).await;
    let row = api
        .world
        .until("S1", |row| matches!(row.save_card, SaveCard::Saved(_)))
        .await;
    let SaveCard::Saved(card) = row.save_card else {
        unreachable!()
    };
    let merchant = api.merchant_view("S1").await;
    assert_eq!(merchant["storedCard"], json!(card));
    let path = format!("/buyers/{BUYER}/cards");
    let (_, list) = api.call(By::Merchant, "GET", &path, &Value::Null).await;
    assert_eq!(list["cards"].as_array().unwrap().len(), 1);
    api.create("S2", "AUTOMATIC", Value::Null).await;
    let page = api.page_view("S2").await;
    assert_eq!(page["storedCards"].as_array().unwrap().len(), 1);
    let charge = json!({ "storedCard": card, "recurringType": "SCHEDULED" });
    assert_eq!(api.ask("S2", "charge", charge).await.0, 200);
    let path = format!("/buyers/{BUYER}/cards/{card}");
    let (status, _) = api.call(By::Merchant, "DELETE", &path, &Value::Null).await;
    assert_eq!(status, 204);
}

#[tokio::test]
async fn another_try_and_a_payment_that_a_person_must_look_at() {
    let api = Api::of(World::new().await);
    api.paid("T1", "AUTOMATIC", DECLINED).await;
    for _ in 0..2 {
        let (status, next) = api
            .call(By::Page, "POST", "/payments/T1/retry", &Value::Null)
            .await;
        assert_eq!(
            (status, &next["paymentRequestId"]),
            (201, &json!("T1-a2")),
            "{next}"
        );
    }
    let (merchant, page) = api.shows("T1", "DECLINED").await;
    assert_eq!(
        (&merchant["retriedAs"], &page["retriedAs"]),
        (&json!("T1-a2"), &json!("T1-a2"))
    );
    api.create("T2", "MANUAL", Value::Null).await;
    let wrong_amount = json!({
        "notifyType": "PAYMENT_RESULT",
        "result": { "resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success" },
        "paymentRequestId": "T2",
        "paymentId": "T2_AT_POP",
        "paymentAmount": { "value": "1", "currency": "EUR" },
    });
    let url = api.world.checkout.notify_url.clone();
    assert!(
        api.world
            .provider
            .send_test(&wrong_amount.to_string(), Some(&url))
    );
    api.world.until("T2", |row| row.review.is_some()).await;
    let (merchant, page) = api.shows("T2", "CREATED").await;
    assert_eq!(
        (&merchant["review"], &page["inReview"]),
        (&json!("amount_mismatch"), &json!(true))
    );
}

#[tokio::test]
async fn the_examples_work_in_their_order() {
    let api = Api::of(World::with_several_captures().await);
    let document = crate::document::document();
    let example = |path: &str| {
        let body = &document["paths"][path]["post"]["requestBody"]["content"]["application/json"];
        body["example"].clone()
    };
    let created = example("/payments");
    let (status, _) = api.call(By::Merchant, "POST", "/payments", &created).await;
    assert_eq!(status, 201);
    let id = created["paymentRequestId"].as_str().unwrap();
    let pay = format!("/payments/{id}/pay");
    let (_, view) = api
        .call(By::Page, "POST", &pay, &example("/payments/{id}/pay"))
        .await;
    assert_eq!(view["status"], "AUTHORIZED");
    assert_eq!(
        api.ask(id, "capture", example("/payments/{id}/capture"))
            .await
            .0,
        202
    );
    api.world.capture_queue().await;
    let (status, view) = api
        .ask(id, "refund", example("/payments/{id}/refund"))
        .await;
    assert_eq!(
        (status, &view["refunds"][0]["state"]),
        (200, &json!("succeeded")),
        "{view}"
    );
}
