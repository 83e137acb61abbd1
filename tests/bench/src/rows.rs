//! The payments that functions find in the table: made by the rules, written as the store writes them.

use anyhow::{Context, Result, anyhow};
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::message::{Answer, Outcome, PayReport, PaymentFacts, ResultStatus};
use domain::order::OrderDetails;
use domain::{
    CaptureMode, CaptureOn, Currency, Decision, Event, Money, NewPayment, OrderId, Payment,
    PaymentId, PaymentRequestId, Policy, Seconds, Time, decide,
};
use serde_json::{Map, Value, json};
use store::{DynamoSettings, Item};

/// What stands for a payment's number in a template. As long as a number, so that every row has the same size.
pub(crate) const PLACE: &str = "XNUMBERX";

/// A payment's number, as it stands in its ids.
pub(crate) fn number(n: u64) -> String {
    format!("{n:08}")
}

/// How far a payment has come when the function hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The buyer is with the bank; POP's result is outstanding. POP captures by itself.
    Pending,
    /// The same; we capture.
    PendingManual,
    /// Authorised, and to be captured by us.
    Authorized,
}

/// The row's item as JSON text, with [`PLACE`] where the number belongs.
pub(crate) fn template(stage: Stage, now: Time) -> Result<String> {
    let payment = payment(stage, now)?;
    let settings = DynamoSettings {
        table: "payments".into(),
        shards: 4,
        retention: Seconds::days(730),
    };
    let item = store::row_item(&payment, "0123456789abcdef", &settings)?;
    Ok(to_json(&item).to_string())
}

fn payment(stage: Stage, now: Time) -> Result<Payment> {
    let policy = Policy::default();
    let mode = match stage {
        Stage::Pending => CaptureMode::Automatic,
        Stage::PendingManual | Stage::Authorized => CaptureMode::Manual,
    };
    let new = NewPayment {
        id: PaymentRequestId::new(format!("PAYMENT_{PLACE}"))?,
        order: OrderDetails::new(
            OrderId::new(format!("ORDER_{PLACE}"))?,
            "Cappuccino #grande (Mika's coffee shop)",
            "https://shop.example/return",
        ),
        amount: amount()?,
        capture_mode: mode,
        capture_on: CaptureOn::Authorized,
        expires_in: Seconds(840),
    };
    let begun = now + Seconds(-60);
    let mut payment = Payment::create(new, begun, &policy);
    let facts = || -> Result<PaymentFacts> {
        Ok(PaymentFacts {
            request_id: Some(payment.id.clone()),
            payment_id: Some(PaymentId::new(format!(
                "2026010219401080010018801020{PLACE}"
            ))?),
            amount: domain::message::AmountSeen::Is(amount()?),
            ..PaymentFacts::default()
        })
    };
    let facts = facts()?;
    let outcome = |status, code: &str| Outcome {
        status,
        code: code.into(),
    };
    let report = |facts| PayReport {
        facts,
        redirect: None,
    };
    let mut events = vec![
        Event::PayStarted { save_card: false },
        Event::PayAnswered(Answer::Verified(
            outcome(ResultStatus::Unknown, "PAYMENT_IN_PROCESS"),
            report(facts.clone()),
        )),
    ];
    if stage == Stage::Authorized {
        events.push(Event::PayAnswered(Answer::Verified(
            outcome(ResultStatus::Success, "SUCCESS"),
            report(facts),
        )));
    }
    for event in events {
        let Decision::Commit(transition) = decide(&payment, &event, begun, &policy) else {
            return Err(anyhow!("{event:?} changes nothing"));
        };
        payment = transition.next;
    }
    let told = payment.outbox.iter().map(|message| message.id.clone());
    let sent = Event::Sent(told.collect());
    if let Decision::Commit(transition) = decide(&payment, &sent, begun, &policy) {
        payment = transition.next;
    }
    Ok(payment)
}

fn amount() -> Result<Money> {
    Money::new(30_000, Currency::new("EUR")?).context("an amount")
}

/// An item as DynamoDB's JSON has it.
fn to_json(item: &Item) -> Value {
    let entries = item
        .iter()
        .map(|(name, value)| (name.clone(), attribute(value)));
    Value::Object(entries.collect::<Map<_, _>>())
}

fn attribute(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::B(bytes) => json!({ "B": STANDARD.encode(bytes.as_ref()) }),
        AttributeValue::Bool(yes) => json!({ "BOOL": yes }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(attribute).collect::<Vec<_>>() }),
        AttributeValue::M(map) => json!({ "M": to_json(map) }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        _ => json!({ "NULL": true }),
    }
}
