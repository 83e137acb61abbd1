//! What each notification costs at AWS: calls, and DynamoDB's capacity units as the embedded emulator reports them.
//! `cargo nextest run -p flows --no-capture cost` prints the table.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use domain::evidence::{MessageKind, SignedMessage};
use domain::message::{Answer, Outcome, PayReport, PaymentFacts, ResultStatus};
use domain::{
    CaptureMode, CaptureOn, NewPayment, Payment, PaymentId, PaymentRequestId, Policy, Seconds,
};
use flows::{clock, events};
use notify::Notify;
use runtime::http::Event;
use std::collections::BTreeMap;
use store::{
    Commit, DynamoStore, Input, MemoryQueues, Meter, Ports, QueueName, Store, Usage, advance,
};

struct Costs {
    notify: Notify<DynamoStore, MemoryQueues>,
    queues: MemoryQueues,
    meter: Meter,
}

/// What one notification used: DynamoDB's operations, and messages sent.
type Bill = (BTreeMap<&'static str, Usage>, usize);

impl Costs {
    async fn new() -> Self {
        let (meter, queues) = (Meter::default(), MemoryQueues::default());
        let store = embedded::store(embedded::start().await).metered(meter.clone());
        let ports = Ports {
            store,
            queues: queues.clone(),
            policy: Policy::default(),
        };
        Self {
            notify: flows::notify_with(ports),
            queues,
            meter,
        }
    }

    async fn create(&self, id: &str, mode: CaptureMode) {
        let body = serde_json::from_value(serde_json::json!({
            "orderId": "ORDER_1", "description": "coffee", "redirectUrl": "https://shop.example/"
        }));
        let new = NewPayment {
            id: PaymentRequestId::new(id).unwrap(),
            order: body.unwrap(),
            amount: domain::Money::from_wire("30000", "EUR").unwrap(),
            capture_mode: mode,
            capture_on: CaptureOn::Authorized,
            expires_in: Seconds(840),
        };
        let policy = Policy::default();
        let created = Commit::created(Payment::create(new, clock(), &policy), &policy);
        self.notify.ports.store.commit(&created).await.unwrap();
    }

    async fn bill(&self, file: &str) -> Bill {
        let sample = events::all()
            .into_iter()
            .find(|sample| sample.file == file)
            .unwrap();
        let request = serde_json::from_value::<Event>(sample.event)
            .unwrap()
            .into_request()
            .unwrap();
        let sent = || {
            self.queues.sent(QueueName::OrderEvents).len()
                + self.queues.sent(QueueName::Capture).len()
        };
        let before = sent();
        let _of_before = self.meter.take();
        assert_eq!(self.notify.receive(&request, clock()).await.status, 200);
        (self.meter.take(), sent() - before)
    }
}

fn show(what: &str, (dynamo, sent): &Bill) {
    let calls: u64 = dynamo.values().map(|usage| usage.requests).sum();
    let operations: Vec<String> = dynamo
        .iter()
        .map(|(name, usage)| format!("{} {name} ({} units)", usage.requests, usage.units))
        .collect();
    println!(
        "{what:<34} {:>2} calls: {}, {sent} SQS",
        calls + *sent as u64,
        operations.join(", ")
    );
}

fn requests(bill: &Bill) -> Vec<(&'static str, u64)> {
    bill.0
        .iter()
        .map(|(name, usage)| (*name, usage.requests))
        .collect()
}

/// As long as a real one.
fn pay_response() -> SignedMessage {
    SignedMessage {
        kind: MessageKind::PayResponse,
        path: "/ams/api/v1/payments/pay".into(),
        client_id: events::CLIENT_ID.into(),
        time: "2026-01-02T19:40:10+08:00".into(),
        signature: "s".repeat(400),
        key_version: "1".into(),
        body: vec![b' '; 700],
    }
}

/// The buyer was sent to 3-D Secure: POP's id is bound already.
async fn begin_challenge(costs: &Costs, id: &str) {
    let facts = PaymentFacts {
        payment_id: Some(PaymentId::new("20260102194010800100188010200000001").unwrap()),
        ..PaymentFacts::default()
    };
    let outcome = Outcome {
        status: ResultStatus::Unknown,
        code: "PAYMENT_IN_PROCESS".into(),
    };
    let answer = Answer::Verified(
        outcome,
        PayReport {
            facts,
            redirect: None,
        },
    );
    for event in [
        domain::Event::PayStarted { save_card: false },
        domain::Event::PayAnswered(answer),
    ] {
        let id = PaymentRequestId::new(id).unwrap();
        let message = event.is_providers_word().then(pay_response);
        let input = Input { event, message };
        advance(&costs.notify.ports, &id, &input, clock())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn what_each_notification_costs() {
    let costs = Costs::new().await;
    costs
        .create("EVENT_AUTOMATIC", CaptureMode::Automatic)
        .await;
    begin_challenge(&costs, "EVENT_AUTOMATIC").await;
    let fresh = costs.bill("notify-payment-success.json").await;
    show("fresh, automatic capture", &fresh);
    assert_eq!(
        requests(&fresh),
        [("GetItem", 1), ("PutItem", 1), ("TransactWriteItems", 1)]
    );
    assert_eq!(fresh.1, 1, "the order event");

    let duplicate = costs.bill("notify-payment-success.json").await;
    show("duplicate", &duplicate);
    assert_eq!(
        (requests(&duplicate), duplicate.1),
        (vec![("GetItem", 1)], 0),
        "one read, nothing written"
    );

    let capture = costs.bill("notify-capture-success.json").await;
    show("capture result", &capture);
    assert_eq!(
        requests(&capture),
        [("GetItem", 2), ("PutItem", 1), ("TransactWriteItems", 1)]
    );

    let other = costs.bill("notify-unknown-kind.json").await;
    show("kind that nothing acts on", &other);
    assert_eq!(requests(&other), [("PutItem", 1)]);
}

#[tokio::test]
async fn what_a_notification_that_starts_a_capture_costs() {
    let costs = Costs::new().await;
    costs.create("EVENT_MANUAL", CaptureMode::Manual).await;
    begin_challenge(&costs, "EVENT_MANUAL").await;
    let manual = costs.bill("notify-payment-success-manual.json").await;
    show("fresh, manual capture", &manual);
    assert_eq!(
        requests(&manual),
        [("GetItem", 1), ("PutItem", 1), ("TransactWriteItems", 1)]
    );
    assert_eq!(manual.1, 2, "the order event and the capture hint");
}

/// With an entry of the trail each, so that the row can be rebuilt.
#[tokio::test]
async fn what_creating_and_starting_to_pay_cost() {
    let costs = Costs::new().await;
    let _of_before = costs.meter.take();
    costs.create("COST_1", CaptureMode::Manual).await;
    let created = (costs.meter.take(), 0);
    show("created", &created);
    assert_eq!(requests(&created), [("TransactWriteItems", 1)]);
    assert!(created.0["TransactWriteItems"].units <= 6.0);
    let id = PaymentRequestId::new("COST_1").unwrap();
    let start = Input::of(domain::Event::PayStarted { save_card: false });
    let ports = &costs.notify.ports;
    advance(ports, &id, &start, clock()).await.unwrap();
    let started = (costs.meter.take(), 0);
    show("pay started", &started);
    let want = [("GetItem", 1), ("TransactWriteItems", 1)];
    assert_eq!(requests(&started), want);
    assert!(started.0["TransactWriteItems"].units <= 6.0);
}

#[tokio::test]
async fn what_notifications_cost_that_come_before_anything_is_known() {
    let costs = Costs::new().await;
    let unknown = costs.bill("notify-payment-unknown-payment.json").await;
    show("unknown payment", &unknown);
    assert_eq!(
        requests(&unknown),
        [("GetItem", 1), ("PutItem", 1), ("TransactWriteItems", 1)]
    );

    let costs = Costs::new().await;
    let early = costs.bill("notify-capture-success.json").await;
    show("capture result, early", &early);
    assert_eq!(
        (requests(&early), early.1),
        (vec![("GetItem", 1), ("UpdateItem", 1)], 0)
    );
}
