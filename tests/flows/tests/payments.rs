//! Payments from creation to their end, through all four functions and a provider that answers as the real one does.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use domain::{CaptureState, Seconds, Status};
use flows::{World, clock, events::API_KEY};
use simulator::{Call, Fault, Seal};
use store::{Outage, QueueName};

const GOOD: &str = "4054695723100768";
const REFUSED: &str = "4054692760174822";

#[tokio::test]
async fn automatic_capture_is_awaited_and_told_once() {
    let world = World::new().await;
    let token = world.create("A1", "AUTOMATIC").await;
    let view = world.pay("A1", &token, GOOD).await;
    assert!(
        ["AUTHORIZED", "CAPTURED"].contains(&view["status"].as_str().unwrap()),
        "{view}"
    );
    let row = world
        .until("A1", |row| row.status == Status::Captured)
        .await;
    assert!(!row.is_unresolved() && row.due_at.is_none());
    assert_eq!(
        world.events("A1"),
        ["payment.authorized", "payment.captured"]
    );
    assert_eq!(world.really_captured("A1"), (1, 30_000));
    assert_eq!(world.queues.sent(QueueName::Capture), []);
}

#[tokio::test]
async fn a_manual_payment_is_captured_once_however_often_its_message_comes() {
    let world = World::new().await;
    let token = world.create("M1", "MANUAL").await;
    assert_eq!(world.pay("M1", &token, GOOD).await["status"], "AUTHORIZED");
    let messages = world.queues.sent(QueueName::Capture);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].body, r#"{"paymentRequestId":"M1"}"#, "ids only");
    for _ in 0..3 {
        world
            .captures
            .one(&messages[0].body, clock() + Seconds(60))
            .await
            .unwrap();
    }
    world
        .until("M1", |row| row.status == Status::Captured)
        .await;
    assert_eq!(world.really_captured("M1"), (1, 30_000));
    assert_eq!(
        world.events("M1"),
        ["payment.authorized", "payment.captured"]
    );
}

#[tokio::test]
async fn a_decline_is_final_and_says_what_the_buyer_can_do() {
    let world = World::new().await;
    let token = world.create("D1", "MANUAL").await;
    let view = world.pay("D1", &token, REFUSED).await;
    assert_eq!(
        (&view["status"], &view["decline"]["advice"]),
        (&"DECLINED".into(), &"try_again".into())
    );
    assert_eq!(world.events("D1"), ["payment.declined"]);
    let again = world.pay("D1", &token, GOOD).await;
    assert_eq!(again["status"], "DECLINED", "a new try needs a new payment");
    assert_eq!(world.provider.books().totals.authorisations, 0);
}

#[tokio::test]
async fn a_challenge_leads_the_buyer_away_and_its_end_is_notified() {
    for (id, passed, end) in [
        ("C1", true, Status::Captured),
        ("C2", false, Status::Declined),
    ] {
        let world = World::new().await;
        let token = world
            .create_with(id, "AUTOMATIC", |body| {
                body["is3DSAuthentication"] = true.into()
            })
            .await;
        let view = world.pay(id, &token, GOOD).await;
        assert_eq!(view["status"], "PENDING");
        assert!(
            view["redirect"]["url"]
                .as_str()
                .is_some_and(|url| url.starts_with("http")),
            "{view}"
        );
        assert!(world.provider.finish_challenge(id, passed));
        let row = world.until(id, |row| row.status == end).await;
        assert!(row.redirect.is_none(), "nobody is sent there any more");
    }
}

#[tokio::test]
async fn a_challenge_that_nobody_finishes_expires() {
    let world = World::deaf().await;
    let token = world
        .create_with("C3", "MANUAL", |body| {
            body["is3DSAuthentication"] = true.into()
        })
        .await;
    world.pay("C3", &token, GOOD).await;
    world.sweep_after(Seconds(300)).await;
    assert_eq!(
        world.row("C3").await.status,
        Status::Pending,
        "there is still time"
    );
    world.sweep_after(Seconds(600)).await;
    assert_eq!(world.row("C3").await.status, Status::Expired);
    assert_eq!(world.events("C3"), ["payment.expired"]);
}

#[tokio::test]
async fn a_payment_that_is_never_paid_expires_without_asking_anybody() {
    let world = World::new().await;
    world.create("N1", "MANUAL").await;
    let report = world.sweep_after(Seconds(900)).await;
    assert_eq!((report.inquiries, report.settled), (0, 1));
    assert_eq!(world.row("N1").await.status, Status::Expired);
}

#[tokio::test]
async fn a_lost_answer_to_pay_is_asked_for_again_with_the_same_id() {
    let world = World::deaf().await;
    let token = world.create("L1", "MANUAL").await;
    world
        .provider
        .order_fault(Call::Pay, "L1", Fault::DropAfter);
    assert_eq!(world.pay("L1", &token, GOOD).await["status"], "AUTHORIZED");
    assert_eq!(world.provider.books().totals.authorisations, 1);
}

#[tokio::test]
async fn whatever_comes_instead_of_an_answer_decides_nothing() {
    for fault in [
        Fault::DropAfter,
        Fault::HttpErrorAfter,
        Fault::UnknownAfter,
        Fault::BrokenJson,
        Fault::Unsigned,
        Fault::WrongSignature,
    ] {
        let world = World::deaf().await;
        let id = format!("U-{fault:?}");
        let token = world.create(&id, "MANUAL").await;
        for _ in 0..2 {
            world.provider.order_fault(Call::Pay, &id, fault);
        }
        let view = world.pay(&id, &token, GOOD).await;
        assert_eq!(view["status"], "PENDING", "{fault:?}");
        assert_eq!(
            world.provider.books().totals.authorisations,
            1,
            "{fault:?}: the provider did act"
        );
        world.sweep_after(Seconds(60)).await;
        assert_eq!(
            world.row(&id).await.status,
            Status::Authorized,
            "{fault:?}: the sweep found out"
        );
    }
}

#[tokio::test]
async fn a_pay_call_that_never_arrived_ends_after_the_grace_period() {
    let world = World::deaf().await;
    let token = world.create("G1", "MANUAL").await;
    for _ in 0..2 {
        world
            .provider
            .order_fault(Call::Pay, "G1", Fault::HttpErrorBefore);
    }
    assert_eq!(world.pay("G1", &token, GOOD).await["status"], "PENDING");
    world.sweep_after(Seconds(600)).await;
    assert_eq!(
        world.row("G1").await.status,
        Status::Pending,
        "it may still be under way"
    );
    world.sweep_after(Seconds(400)).await;
    let row = world.row("G1").await;
    assert_eq!(
        (row.status, row.end_code.as_deref()),
        (Status::Expired, Some("ORDER_NOT_EXIST"))
    );
}

#[tokio::test]
async fn the_sweep_alone_brings_every_payment_to_its_end() {
    let world = World::deaf().await;
    for (id, mode) in [("S1", "AUTOMATIC"), ("S2", "MANUAL")] {
        let token = world.create(id, mode).await;
        world.pay(id, &token, GOOD).await;
    }
    drop(world.queues.take(QueueName::Capture)); // lost
    for _ in 0..3 {
        world.sweep_after(Seconds(60)).await;
    }
    for id in ["S1", "S2"] {
        assert_eq!(world.row(id).await.status, Status::Captured, "{id}");
        assert_eq!(world.really_captured(id), (1, 30_000), "{id}");
    }
}

#[tokio::test]
async fn a_capture_whose_answer_is_lost_is_asked_for_again_and_made_once() {
    let world = World::deaf().await;
    let token = world.create("K1", "MANUAL").await;
    world.pay("K1", &token, GOOD).await;
    world
        .provider
        .order_fault(Call::Capture, "K1", Fault::DropAfter);
    world.capture_queue().await;
    let row = world.row("K1").await;
    assert_eq!(
        (row.status, &row.captures[0].state),
        (Status::Authorized, &CaptureState::Requested)
    );
    world.sweep_after(Seconds(60)).await;
    assert_eq!(world.row("K1").await.status, Status::Captured);
    assert_eq!(world.really_captured("K1"), (1, 30_000));
}

#[tokio::test]
async fn nothing_is_captured_after_the_authorisation_has_ended() {
    let world = World::deaf().await;
    let token = world
        .create_with("T1", "MANUAL", |body| body["captureOn"] = "request".into())
        .await;
    world.pay("T1", &token, GOOD).await;
    world.sweep_after(Seconds(6 * 86_400 + 60)).await;
    assert_eq!(
        world.events("T1"),
        ["payment.authorized", "payment.capture_due"],
        "told a day before the end"
    );
    world.sweep_after(Seconds::days(1)).await;
    world.sweep_after(Seconds(600)).await;
    assert_eq!(world.row("T1").await.status, Status::Expired);
    let books = world.provider.books();
    assert_eq!(books.payments[0].captures.len(), 0, "no capture was tried");
}

#[tokio::test]
async fn a_delayed_capture_is_made_when_its_time_comes() {
    let world = World::deaf().await;
    let token = world
        .create_with("W1", "MANUAL", |body| {
            body["captureOn"] = "after".into();
            body["captureAfterSeconds"] = 3600.into();
        })
        .await;
    world.pay("W1", &token, GOOD).await;
    world.sweep_after(Seconds(1800)).await;
    assert!(world.row("W1").await.captures.is_empty());
    world.sweep_after(Seconds(1900)).await;
    world.capture_queue().await;
    assert_eq!(world.row("W1").await.status, Status::Captured);
}

#[tokio::test]
async fn two_clicks_pay_once() {
    let world = World::new().await;
    let token = world.create("X1", "AUTOMATIC").await;
    let (first, second) =
        tokio::join!(world.pay("X1", &token, GOOD), world.pay("X1", &token, GOOD));
    let books = world.provider.books();
    assert_eq!(
        (books.totals.pay_calls, books.totals.authorisations),
        (1, 1),
        "{first} {second}"
    );
}

#[tokio::test]
async fn creating_again_changes_nothing_and_another_request_is_refused() {
    let world = World::new().await;
    world.create("R1", "MANUAL").await;
    let before = world.row("R1").await;
    let mut body = flows::events::create_body("R1", "MANUAL");
    let (status, view) = world
        .call("POST", "/payments", API_KEY, &body.to_string())
        .await;
    assert_eq!((status, &view["status"]), (200, &"CREATED".into()));
    body["amount"]["value"] = "1".into();
    let (status, problem) = world
        .call("POST", "/payments", API_KEY, &body.to_string())
        .await;
    assert_eq!((status, &problem["code"]), (409, &"id_in_use".into()));
    assert_eq!(world.row("R1").await, before);
}

#[tokio::test]
async fn callers_need_the_right_key_or_token() {
    let world = World::new().await;
    let token = world.create("Z1", "MANUAL").await;
    world.create("Z2", "MANUAL").await;
    for (method, path, bearer) in [
        ("POST", "/payments", token.as_str()),
        ("POST", "/payments", ""),
        ("GET", "/payments/Z2", token.as_str()),
        ("POST", "/payments/Z2/pay", token.as_str()),
        ("POST", "/payments/Z1/pay", API_KEY),
        ("GET", "/payments/NOBODY", "wrong"),
    ] {
        let (status, problem) = world.call(method, path, bearer, "{}").await;
        assert_eq!(
            (status, &problem["code"]),
            (401, &"not_authorized".into()),
            "{method} {path}"
        );
    }
    for (method, path, status) in [
        ("GET", "/payments/Z1", 200),
        ("GET", "/healthz", 200),
        ("DELETE", "/payments/Z1", 405),
        ("GET", "/nothing", 404),
    ] {
        assert_eq!(
            world.call(method, path, API_KEY, "").await.0,
            status,
            "{method} {path}"
        );
    }
    assert_eq!(
        world.call("GET", "/payments/NOBODY", API_KEY, "").await.0,
        404
    );
}

#[tokio::test]
async fn messages_that_could_not_be_sent_are_sent_by_the_sweep() {
    let world = World::new().await;
    world.queues.set_refusing(QueueName::OrderEvents, true);
    let token = world.create("O1", "AUTOMATIC").await;
    world.pay("O1", &token, GOOD).await;
    let row = world
        .until("O1", |row| row.status == Status::Captured)
        .await;
    assert_eq!(row.outbox.len(), 2, "both wait");
    assert!(row.due_at.is_some() && world.events("O1").is_empty());
    world.queues.set_refusing(QueueName::OrderEvents, false);
    world.sweep_after(Seconds(60)).await;
    assert_eq!(
        world.events("O1"),
        ["payment.authorized", "payment.captured"]
    );
    assert!(!world.row("O1").await.is_unresolved());
}

#[tokio::test]
async fn while_the_table_is_away_nothing_is_acknowledged_and_nothing_is_lost() {
    let world = World::new().await;
    let token = world.create("Y1", "AUTOMATIC").await;
    world.pay("Y1", &token, GOOD).await;
    world
        .until("Y1", |row| row.status == Status::Captured)
        .await;
    for outage in [Outage::Refuses, Outage::LosesAnswers] {
        world.store.set_outage(outage);
        assert!(world.provider.send_test(r#"{"notifyType":"PAYMENT_RESULT","paymentRequestId":"Y2","paymentId":"P2","paymentAmount":{"currency":"EUR","value":"5"},"result":{"resultStatus":"S","resultCode":"SUCCESS"}}"#, Some(&world.checkout.notify_url)));
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        world.store.set_outage(Outage::None);
    }
    let tests = world.provider.books().test_notifications;
    let statuses: Vec<_> = tests
        .iter()
        .flat_map(|test| &test.sendings)
        .map(|s| s.http_status)
        .collect();
    assert_eq!(statuses, [Some(500), Some(500)]);
}

#[tokio::test]
async fn forgeries_are_refused_and_leave_no_trace() {
    let world = World::new().await;
    let token = world.create("F1", "MANUAL").await;
    world.pay("F1", &token, GOOD).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let before = world.row("F1").await;
    for seal in [Seal::OtherKey, Seal::OtherClient] {
        assert!(world.provider.forge("F1", seal));
    }
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let totals = world.provider.books().totals;
    assert!(
        totals.forged_sent >= 2 && totals.forged_acknowledged == 0,
        "{totals:?}"
    );
    assert_eq!(world.row("F1").await, before);
}

#[tokio::test]
async fn one_bad_message_of_a_batch_is_given_back_alone() {
    let world = World::deaf().await;
    for id in ["B1", "B2"] {
        let token = world.create(id, "MANUAL").await;
        world.pay(id, &token, GOOD).await;
    }
    let bodies = [
        r#"{"paymentRequestId":"B1"}"#,
        "rubbish",
        r#"{"paymentRequestId":"NOBODY"}"#,
        r#"{"paymentRequestId":"B2"}"#,
    ];
    let records: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(n, body)| serde_json::json!({"messageId": n.to_string(), "body": body}))
        .collect();
    let event = serde_json::from_value(serde_json::json!({ "Records": records })).unwrap();
    let answer = world.captures.batch(event, clock() + Seconds(60)).await;
    let mut failed: Vec<_> = answer
        .batch_item_failures
        .iter()
        .map(|f| f.item_identifier.as_str())
        .collect();
    failed.sort_unstable();
    assert_eq!(failed, ["1", "2"]);
    for id in ["B1", "B2"] {
        assert_eq!(world.row(id).await.status, Status::Captured);
    }
}

#[tokio::test]
async fn with_too_little_time_left_a_capture_is_left_to_the_sweep() {
    let world = World::deaf().await;
    let token = world.create("V1", "MANUAL").await;
    world.pay("V1", &token, GOOD).await;
    let done = world
        .captures
        .one(r#"{"paymentRequestId":"V1"}"#, clock() + Seconds(5))
        .await
        .unwrap();
    assert_eq!(done, capture::Done::LeftToSweep);
    let report = world.sweep.run(clock() + Seconds(5)).await;
    assert_eq!((report.looked_at, report.stopped_early), (0, true));
    world.sweep_after(Seconds(60)).await;
    assert_eq!(world.row("V1").await.status, Status::Captured);
}

#[tokio::test]
async fn the_status_route_asks_the_provider_but_not_all_the_time() {
    let world = World::deaf().await;
    let token = world.create("Q1", "AUTOMATIC").await;
    world.pay("Q1", &token, GOOD).await;
    flows::forward(Seconds(3));
    tokio::time::sleep(std::time::Duration::from_millis(60)).await; // the provider captures
    let (_, view) = world.call("GET", "/payments/Q1", &token, "").await;
    assert_eq!(view["status"], "CAPTURED", "{view}");
    let row = world.row("Q1").await;
    world.call("GET", "/payments/Q1", &token, "").await;
    assert_eq!(world.row("Q1").await, row);
}

#[tokio::test]
async fn the_merchant_asks_for_the_capture_when_the_goods_are_ready() {
    let world = World::deaf().await;
    let on_request = |body: &mut serde_json::Value| body["captureOn"] = "request".into();
    let token = world.create_with("H1", "MANUAL", on_request).await;
    let (status, problem) = world
        .call("POST", "/payments/H1/capture", API_KEY, "")
        .await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &"not_capturable".into()),
        "not authorised yet"
    );
    world.pay("H1", &token, GOOD).await;
    assert!(
        world.row("H1").await.captures.is_empty(),
        "it waits for the merchant"
    );
    assert_eq!(
        world
            .call("POST", "/payments/H1/capture", &token, "")
            .await
            .0,
        401,
        "the page may not ask"
    );
    for _ in 0..2 {
        let (status, view) = world
            .call("POST", "/payments/H1/capture", API_KEY, "")
            .await;
        assert_eq!((status, &view["status"]), (202, &"AUTHORIZED".into()));
    }
    assert_eq!(
        world.capture_queue().await,
        1,
        "asked for twice, hinted once"
    );
    assert_eq!(world.row("H1").await.status, Status::Captured);
    assert_eq!(
        world
            .call("POST", "/payments/H1/capture", API_KEY, "")
            .await
            .0,
        202,
        "done already"
    );
    assert_eq!(world.really_captured("H1"), (1, 30_000));
    assert_eq!(
        world
            .call("POST", "/payments/NOBODY/capture", API_KEY, "")
            .await
            .0,
        404
    );
}
