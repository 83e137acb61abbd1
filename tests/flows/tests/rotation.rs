//! Keys are replaced while payments run: docs/rotation.md, step by step, in every order that its rules allow. No good
//! notification is refused, no call is lost, and nobody who may call is turned away.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "rotation/api_keys.rs"]
mod api_keys;
#[path = "rotation/merchant_key.rs"]
mod merchant_key;
#[path = "rotation/pop_keys.rs"]
mod pop_keys;

use domain::{RefundState, Seconds, Status};
use flows::{Lines, World, events};
use serde_json::{Value, json};
use std::time::Duration;
use tracing::level_filters::LevelFilter;

const GOOD: &str = "4054695723100768";

/// What the functions log from `warn` on.
struct Warnings(Lines);

impl Warnings {
    fn hear() -> Self {
        Self(Lines::hear(LevelFilter::WARN))
    }

    /// The codes of the lines since the last look, but for notifications that were on their way while the clocks turned.
    fn take(&self) -> Vec<String> {
        let code = |line: String| {
            let line: Value = serde_json::from_str(&line).unwrap();
            line["error.code"].as_str().unwrap_or_default().to_owned()
        };
        let codes = self.0.take().into_iter().map(code);
        codes.filter(|code| code != "unusual_time").collect()
    }
}

async fn create(world: &World, bearer: &str, id: &str, mode: &str, threeds: bool) -> String {
    let mut body = events::create_body(id, mode);
    body["is3DSAuthentication"] = threeds.into();
    if id.ends_with("_CANCELLED") {
        body["captureOn"] = "request".into(); // what is being captured cannot be cancelled
    }
    let body = body.to_string();
    let (status, view) = world.call("POST", "/payments", bearer, &body).await;
    assert_eq!(status, 201, "{id}: {view}");
    view["clientToken"].as_str().unwrap().to_owned()
}

/// Payments with every kind of call to POP, from each function that makes it. Each must come to its end at its first try.
async fn everything_works(world: &World, name: &str, bearer: &str) {
    captured_and_refunded(world, &format!("{name}_CAPTURED"), bearer).await;
    let id = format!("{name}_CANCELLED");
    let token = create(world, bearer, &id, "MANUAL", false).await;
    assert_eq!(
        world.pay(&id, &token, GOOD).await["status"],
        "AUTHORIZED",
        "{id}"
    );
    let path = format!("/payments/{id}/cancel");
    let (status, view) = world.call("POST", &path, bearer, "").await;
    assert_eq!(
        (status, &view["status"]),
        (200, &"CANCELLED".into()),
        "{id}: {view}"
    );
    asked_about(world, &format!("{name}_ASKED"), bearer).await;
}

/// Pay and refund by checkout, capture by capture.
async fn captured_and_refunded(world: &World, id: &str, bearer: &str) {
    let token = create(world, bearer, id, "MANUAL", false).await;
    assert_eq!(
        world.pay(id, &token, GOOD).await["status"],
        "AUTHORIZED",
        "{id}"
    );
    assert_eq!(world.capture_queue().await, 1, "{id}");
    assert_eq!(world.row(id).await.status, Status::Captured, "{id}");
    let refund = json!({ "refundRequestId": format!("{id}_R"), "amount": { "currency": "EUR", "value": "100" } });
    let path = format!("/payments/{id}/refund");
    let (status, view) = world.call("POST", &path, bearer, &refund.to_string()).await;
    assert!(status < 300, "{id}: {view}");
    let refunded = |row: &domain::Payment| row.refunds[0].state == RefundState::Succeeded;
    world.until(id, refunded).await;
}

/// Inquiries by checkout and by the sweep, of a payment that waits for its buyer.
async fn asked_about(world: &World, id: &str, bearer: &str) {
    let token = create(world, bearer, id, "AUTOMATIC", true).await;
    let view = world.pay(id, &token, GOOD).await;
    assert_eq!(view["status"], "PENDING", "{id}: {view}");
    wait(world, Seconds(3));
    let asked = world.row(id).await.asked_at;
    let (status, view) = world
        .call("GET", &format!("/payments/{id}"), &token, "")
        .await;
    assert_eq!(
        (status, &view["status"]),
        (200, &"PENDING".into()),
        "{id}: {view}"
    );
    assert!(world.row(id).await.asked_at > asked, "{id}: checkout asked");
    let report = world.sweep_after(Seconds(60)).await;
    assert_eq!((report.inquiries, report.failed), (1, 0), "{id}");
    assert!(world.provider.finish_challenge(id, true), "{id}");
    world.until(id, |row| row.status == Status::Captured).await;
}

/// Turns the functions' clock and the provider's.
fn wait(world: &World, span: Seconds) {
    flows::forward(span);
    let span = Duration::from_secs(u64::try_from(span.0).unwrap());
    world.provider.advance(span);
}

/// No notification that POP sent was refused.
fn no_notification_was_refused(world: &World) {
    let books = world.provider.books();
    let letters = books
        .payments
        .iter()
        .flat_map(|payment| &payment.notifications);
    let sendings: Vec<_> = letters.flat_map(|letter| &letter.sendings).collect();
    assert!(!sendings.is_empty());
    for sending in sendings {
        assert_eq!(sending.http_status, Some(200), "{sending:?}");
    }
}
