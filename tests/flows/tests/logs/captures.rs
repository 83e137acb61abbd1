//! What capture logs.

use crate::Journal;
use domain::Seconds;
use flows::events::API_KEY;
use flows::{World, clock};
use serde_json::{Value, json};
use store::{Outage, QueueName};

const GOOD: &str = "4054695723100768";

/// What the queue hands over.
fn records(bodies: &[String]) -> Value {
    let record = |(number, body)| json!({ "messageId": format!("message-{number}"), "body": body });
    let records: Vec<Value> = bodies.iter().enumerate().map(record).collect();
    json!({ "Records": records })
}

/// How many messages of a batch are given back.
async fn work_off(world: &World, bodies: &[String], time: Seconds) -> usize {
    let event = serde_json::from_value(records(bodies)).unwrap();
    let answer = world.captures.batch(event, clock() + time).await;
    answer.batch_item_failures.len()
}

async fn authorized(journal: &mut Journal, world: &World, id: &str) -> String {
    let token = world.create(id, "MANUAL").await;
    let view = world.pay(id, &token, GOOD).await;
    assert_eq!(view["status"], "AUTHORIZED");
    journal.note("create and pay, outside of an invocation");
    world.queues.take(QueueName::Capture).remove(0).body
}

pub(crate) async fn capture(journal: &mut Journal) {
    let world = World::deaf().await;
    let hint = authorized(journal, &world, "P1").await;
    for what in ["capture", "the same message again"] {
        let worked = work_off(&world, std::slice::from_ref(&hint), Seconds(60));
        assert_eq!(journal.step(what, worked).await, 0);
    }
    let hint = authorized(journal, &world, "P2").await;
    let late = work_off(&world, std::slice::from_ref(&hint), Seconds(10));
    assert_eq!(journal.step("too little time is left", late).await, 0);

    let on_request = |body: &mut Value| body["captureOn"] = "request".into();
    let token = world.create_with("P3", "MANUAL", on_request).await;
    world.pay("P3", &token, GOOD).await;
    journal.note("create and pay, outside of an invocation");
    let wanted = world.call("POST", "/payments/P3/capture", API_KEY, "");
    assert_eq!(
        journal.step("the merchant asks for it", wanted).await.0,
        202
    );
}

pub(crate) async fn capture_given_back(journal: &mut Journal) {
    let world = World::deaf().await;
    let bodies = ["Hello from SQS!", r#"{"paymentRequestId":"NOBODY"}"#].map(str::to_owned);
    let given_back = work_off(&world, &bodies, Seconds(60));
    let step = journal.step("messages that name no payment of ours", given_back);
    assert_eq!(step.await, 2);
    let hint = authorized(journal, &world, "P1").await;
    world.store.set_outage(Outage::Refuses);
    let given_back = work_off(&world, std::slice::from_ref(&hint), Seconds(60));
    let step = journal.step("the table is out of order", given_back);
    assert_eq!(step.await, 1);
}
