//! Every file of `events/` through the function that it is for.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use domain::evidence::Evidence;
use domain::{
    Event as DomainEvent, Money, PaymentRequestId, RefundRequest, RefundRequestId, RefundState,
    Status,
};
use flows::events::{self, Sample};
use flows::{World, clock};
use runtime::http::{Event, Request};
use serde_json::Value;
use std::collections::BTreeSet;
use store::{Input, Store, advance};

/// A notification's file, the answer's status and code, and where its payment stands afterwards, if there is one.
type Row = (
    &'static str,
    u16,
    &'static str,
    Option<(&'static str, Status)>,
);

const NOTIFICATIONS: [Row; 22] = [
    (
        "notify-payment-success.json",
        200,
        "",
        Some(("EVENT_AUTOMATIC", Status::Authorized)),
    ),
    (
        "notify-payment-success-manual.json",
        200,
        "",
        Some(("EVENT_MANUAL", Status::Authorized)),
    ),
    (
        "notify-payment-declined.json",
        200,
        "",
        Some(("EVENT_AUTOMATIC", Status::Declined)),
    ),
    (
        "notify-payment-closed.json",
        200,
        "",
        Some(("EVENT_AUTOMATIC", Status::Expired)),
    ),
    (
        "notify-payment-pending.json",
        200,
        "",
        Some(("EVENT_AUTOMATIC", Status::Created)),
    ),
    (
        "notify-payment-unknown-payment.json",
        200,
        "",
        Some(("NOBODY_KNOWS_ME", Status::Authorized)),
    ),
    (
        "notify-payment-wrong-amount.json",
        200,
        "",
        Some(("EVENT_AUTOMATIC", Status::Created)),
    ),
    (
        "notify-payment-base64-body.json",
        200,
        "",
        Some(("EVENT_AUTOMATIC", Status::Authorized)),
    ),
    (
        "notify-capture-success.json",
        200,
        "",
        Some(("EVENT_AUTOMATIC", Status::Created)),
    ),
    (
        "notify-capture-failed.json",
        200,
        "",
        Some(("EVENT_AUTOMATIC", Status::Created)),
    ),
    (
        "notify-refund-success.json",
        200,
        "",
        Some(("EVENT_AUTOMATIC", Status::Created)),
    ),
    (
        "notify-unknown-kind.json",
        200,
        "",
        Some(("EVENT_AUTOMATIC", Status::Created)),
    ),
    (
        "notify-signed-but-not-json.json",
        200,
        "",
        Some(("EVENT_AUTOMATIC", Status::Created)),
    ),
    ("notify-forged.json", 401, "bad_signature", None),
    ("notify-tampered-amount.json", 401, "bad_signature", None),
    ("notify-other-time.json", 401, "bad_signature", None),
    ("notify-other-client.json", 401, "wrong_client", None),
    ("notify-other-path.json", 401, "bad_signature", None),
    ("notify-unsigned.json", 401, "missing_signature", None),
    ("notify-bad-base64.json", 400, "bad_base64", None),
    ("notify-no-body.json", 400, "empty_body", None),
    ("notify-wrong-method.json", 405, "method_not_allowed", None),
];

const CHECKOUT: [(&str, u16, &str); 15] = [
    ("checkout-create-automatic.json", 201, ""),
    ("checkout-create-manual.json", 201, ""),
    ("checkout-create-without-key.json", 401, "not_authorized"),
    ("checkout-pay-stored-card.json", 409, "unknown_stored_card"),
    ("checkout-pay.json", 200, ""),
    ("checkout-status.json", 200, ""),
    ("checkout-charge.json", 409, "unknown_stored_card"),
    ("checkout-capture.json", 409, "not_capturable"),
    ("checkout-cancel.json", 200, ""),
    ("checkout-refund.json", 409, "not_refundable"),
    ("checkout-retry.json", 409, "not_retryable"),
    ("checkout-cards.json", 200, ""),
    ("checkout-forget-card.json", 204, ""),
    ("checkout-page.json", 200, ""),
    ("checkout-health.json", 200, ""),
];

fn file(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(events::folder().join(name)).unwrap()).unwrap()
}

fn code(body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap_or_default(); // the page is not JSON
    json["code"].as_str().unwrap_or_default().to_owned()
}

/// What the transport makes of an event and the function of the request.
async fn notified(world: &World, name: &str) -> (u16, String) {
    let event: Event = serde_json::from_value(file(name)).unwrap();
    match event.into_request() {
        Ok(request) => {
            let response = world.notify.receive(&request, clock()).await;
            (response.status, response.body)
        }
        Err(refusal) => (refusal.status, refusal.body),
    }
}

async fn created() -> World {
    let world = World::deaf().await;
    world.create("EVENT_AUTOMATIC", "AUTOMATIC").await;
    world.create("EVENT_MANUAL", "MANUAL").await;
    world
}

#[test]
fn the_files_are_those_of_the_list_and_each_is_used() {
    for Sample {
        file: name, event, ..
    } in events::all()
    {
        assert_eq!(
            file(name),
            event,
            "{name}: run `cargo run -p flows --bin write-events`"
        );
    }
    let on_disk: BTreeSet<String> = std::fs::read_dir(events::folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .collect();
    let listed: BTreeSet<String> = events::all()
        .iter()
        .map(|sample| sample.file.to_owned())
        .collect();
    assert_eq!(on_disk, listed);
    let used = NOTIFICATIONS
        .iter()
        .map(|row| row.0)
        .chain(CHECKOUT.iter().map(|row| row.0));
    let used: BTreeSet<String> = used
        .chain(["capture-batch.json", "sweep-schedule.json"])
        // In tests/operators.rs.
        .chain([
            "sweep-operator-check.json",
            "sweep-operator-inquire.json",
            "sweep-operator-resolve.json",
        ])
        .map(str::to_owned)
        .collect();
    assert_eq!(used, listed);
}

#[tokio::test]
async fn each_notification_is_answered_and_committed_as_its_name_says() {
    for (name, status, problem, stands) in NOTIFICATIONS {
        let world = created().await;
        let before = world.store.commits();
        let (got, body) = notified(&world, name).await;
        assert_eq!(got, status, "{name}: {body}");
        match status {
            200 => assert_eq!(body, notify::ACKNOWLEDGEMENT, "{name}"),
            _ => {
                assert_eq!(code(&body), problem, "{name}");
                assert_eq!(world.store.commits(), before, "{name}: nothing is written");
                assert!(world.store.kept().is_empty(), "{name}");
            }
        }
        if let Some((id, status)) = stands {
            assert_eq!(world.row(id).await.status, status, "{name}");
        }
    }
}

#[tokio::test]
async fn a_duplicate_is_acknowledged_and_writes_nothing() {
    let world = created().await;
    notified(&world, "notify-payment-success.json").await;
    let (row, commits) = (world.row("EVENT_AUTOMATIC").await, world.store.commits());
    for _ in 0..3 {
        assert_eq!(notified(&world, "notify-payment-success.json").await.0, 200);
    }
    assert_eq!(
        (world.row("EVENT_AUTOMATIC").await, world.store.commits()),
        (row, commits)
    );
}

#[tokio::test]
async fn a_wrong_amount_goes_to_review_with_its_evidence_and_nothing_is_captured() {
    let world = created().await;
    notified(&world, "notify-payment-wrong-amount.json").await;
    let row = world.row("EVENT_AUTOMATIC").await;
    assert_eq!(row.review.unwrap().reason.code(), "amount_mismatch");
    assert_eq!(world.events("EVENT_AUTOMATIC"), ["payment.needs_review"]);
    let id = PaymentRequestId::new("EVENT_AUTOMATIC").unwrap();
    let evidence = world.store.evidence(&id).await.unwrap();
    let messages: Vec<_> = evidence.iter().filter_map(Evidence::message).collect();
    assert_eq!(messages.len(), 1);
    let sent = file("notify-payment-wrong-amount.json");
    assert_eq!(
        messages[0].body,
        sent["body"].as_str().unwrap().as_bytes(),
        "the exact bytes"
    );
    assert!(domain::evidence::is_whole(&row.trail, &evidence));
}

#[tokio::test]
async fn a_capture_that_comes_before_its_payment_waits_for_it() {
    for (capture, end, told) in [
        (
            "notify-capture-success.json",
            Status::Captured,
            "payment.captured",
        ),
        (
            "notify-capture-failed.json",
            Status::CaptureFailed,
            "payment.capture_failed",
        ),
    ] {
        let world = created().await;
        assert_eq!(notified(&world, capture).await.0, 200);
        assert_eq!(notified(&world, "notify-payment-success.json").await.0, 200);
        let row = world.row("EVENT_AUTOMATIC").await;
        assert_eq!(row.status, end);
        assert_eq!(
            world.events("EVENT_AUTOMATIC"),
            ["payment.authorized", told]
        );
        let evidence = world.store.evidence(&row.id).await.unwrap();
        let messages = evidence.iter().filter_map(Evidence::message);
        assert_eq!(messages.count(), 2, "both messages are in the trail");
        assert!(domain::evidence::is_whole(&row.trail, &evidence));
    }
}

#[tokio::test]
async fn a_payment_that_nobody_created_is_kept_and_adopted_but_never_captured_by_us() {
    let world = created().await;
    notified(&world, "notify-payment-unknown-payment.json").await;
    let row = world.row("NOBODY_KNOWS_ME").await;
    assert_eq!(row.capture_mode, domain::CaptureMode::Unknown);
    assert!(row.captures.is_empty() && row.due_at.is_some());
    let body = events::create_body("NOBODY_KNOWS_ME", "MANUAL").to_string();
    let (status, view) = world
        .call("POST", "/payments", events::API_KEY, &body)
        .await;
    assert_eq!((status, &view["status"]), (200, &"AUTHORIZED".into()));
    assert_eq!(
        world.row("NOBODY_KNOWS_ME").await.captures.len(),
        1,
        "now its mode is known"
    );
}

#[tokio::test]
async fn a_refund_that_was_asked_for_ends_with_its_notification() {
    let world = created().await;
    for name in ["notify-payment-success.json", "notify-capture-success.json"] {
        assert_eq!(notified(&world, name).await.0, 200);
    }
    let asked = RefundRequest {
        request_id: RefundRequestId::new("EVENT_REFUND").unwrap(),
        amount: Money::from_wire("10000", "EUR").ok(),
        reason: None,
    };
    let id = PaymentRequestId::new("EVENT_AUTOMATIC").unwrap();
    let asked = Input::of(DomainEvent::RefundAsked(asked));
    advance(&world.notify.ports, &id, &asked, clock())
        .await
        .unwrap();
    for _ in 0..2 {
        assert_eq!(notified(&world, "notify-refund-success.json").await.0, 200);
        let row = world.row("EVENT_AUTOMATIC").await;
        assert_eq!(row.refunds[0].state, RefundState::Succeeded);
        assert_eq!(
            (row.status, row.refunded_minor()),
            (Status::Captured, 10_000)
        );
    }
    assert!(world.store.kept().is_empty());
}

#[tokio::test]
async fn what_nothing_acts_on_is_kept() {
    let world = created().await;
    for name in [
        "notify-unknown-kind.json",
        "notify-signed-but-not-json.json",
        "notify-unknown-kind.json",
        "notify-refund-success.json",
    ] {
        assert_eq!(notified(&world, name).await.0, 200);
    }
    let kept: Vec<_> = world
        .store
        .kept()
        .into_iter()
        .map(|kept| kept.named_kind)
        .collect();
    assert_eq!(
        kept,
        ["DISPUTE_CREATED", "unreadable", "REFUND_RESULT"],
        "the same bytes are kept once"
    );
}

#[tokio::test]
async fn each_checkout_request_is_answered_as_its_name_says() {
    let world = World::deaf().await;
    for (name, status, problem) in CHECKOUT {
        let event: Event = serde_json::from_value(file(name)).unwrap();
        let request: Request = event.into_request().unwrap();
        let response = world.checkout.answer(&request).await;
        assert_eq!(
            (response.status, code(&response.body).as_str()),
            (status, problem),
            "{name}: {}",
            response.body
        );
    }
}

#[tokio::test]
async fn the_capture_batch_gives_back_its_one_bad_message() {
    let world = World::deaf().await;
    for (id, mode) in [("EVENT_AUTOMATIC", "AUTOMATIC"), ("EVENT_MANUAL", "MANUAL")] {
        let token = world.create(id, mode).await;
        world.pay(id, &token, "4054695723100768").await;
    }
    let batch = serde_json::from_value(file("capture-batch.json")).unwrap();
    let answer = world
        .captures
        .batch(batch, clock() + domain::Seconds(60))
        .await;
    let failed: Vec<_> = answer
        .batch_item_failures
        .iter()
        .map(|f| f.item_identifier.as_str())
        .collect();
    assert_eq!(failed, ["00000000-0000-0000-0000-000000000002"]);
    assert_eq!(world.row("EVENT_MANUAL").await.status, Status::Captured);
    assert_eq!(
        world.row("EVENT_AUTOMATIC").await.status,
        Status::Authorized,
        "not ours to capture"
    );
}

#[tokio::test]
async fn a_scheduled_run_needs_nothing_from_its_event() {
    assert!(file("sweep-schedule.json").is_object());
    let world = World::deaf().await;
    assert_eq!(
        world.sweep.run(clock() + domain::Seconds(60)).await,
        sweep::Report::default()
    );
}

/// The samples are what AWS's own event type reads, and our reader sees the same request in them. (Bad base64 is left
/// out: `lambda_http` panics on it, which is one of the reasons for a reader of our own.)
#[test]
fn our_reader_and_lambda_http_see_the_same_request() {
    let http = events::all()
        .into_iter()
        .filter(|sample| ["notify", "checkout"].contains(&sample.function));
    for sample in http.filter(|sample| sample.file != "notify-bad-base64.json") {
        let text = sample.event.to_string();
        let theirs = lambda_http::request::from_str(&text).unwrap();
        let ours = serde_json::from_str::<Event>(&text)
            .unwrap()
            .into_request()
            .unwrap();
        assert_eq!(ours.method, theirs.method().as_str(), "{}", sample.file);
        assert_eq!(ours.path, theirs.uri().path(), "{}", sample.file);
        let body: &[u8] = &ours.body;
        assert_eq!(body, theirs.body().as_ref(), "{}", sample.file);
        for (name, value) in theirs.headers() {
            assert_eq!(ours.headers.get(name), Some(value), "{}", sample.file);
        }
    }
}
