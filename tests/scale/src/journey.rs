//! One payment of each kind, taken to where it stands by the real store: the templates of all rows.

use crate::clock::START;
use crate::provider::Provider;
use crate::queues::CountingQueues;
use anyhow::{Context, Result};
use domain::evidence::{MessageKind, SignedMessage};
use domain::message::{Answer, Outcome, PayReport, PaymentFacts, ResultStatus};
use domain::{
    CaptureMode, CaptureOn, Event, Money, NewPayment, Payment, PaymentId, PaymentRequestId, Policy,
    Seconds, Time,
};
use dynoxide::actions::scan::ScanRequest;
use dynoxide::types::Item;
use pop::client::Client;
use pop::provider::Provider as _;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use store::{Commit, DynamoStore, Input, Meter, Ports, Store, Usage, advance};

/// The number in the templates' ids, of which each copy has its own.
pub const NUMBER: &str = "999999999999";

/// What every payment's id begins with; the kind's letter and the number follow.
pub const PREFIX: &str = "PAY_";

/// The letters of the kinds.
pub const LETTERS: &str = "WPFAC";

/// Where a payment stands, and what POP says when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sent to POP; POP is still at it.
    Waiting,
    /// Sent to POP, which says that it is paid and captured.
    Paid,
    /// Sent to POP, which says that it failed.
    Failed,
    /// Created and never paid: expires without a question.
    Abandoned,
    /// Paid and captured long ago: nothing is outstanding.
    Captured,
}

impl Kind {
    /// All of them, by their letters' places.
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Paid,
        Self::Failed,
        Self::Abandoned,
        Self::Captured,
    ];

    /// The letter in its ids.
    #[must_use]
    pub fn letter(self) -> char {
        char::from(LETTERS.as_bytes()[self as usize])
    }

    /// The id of a payment of this kind.
    #[must_use]
    pub fn id(self, number: &str) -> String {
        format!("{PREFIX}{}_{number}", self.letter())
    }
}

/// What one payment of a kind leaves behind.
#[derive(Debug)]
pub struct Left {
    /// Its items, the row first.
    pub items: Vec<Item>,
    /// What DynamoDB was used on the way there: requests and capacity units by operation.
    pub usage: BTreeMap<&'static str, Usage>,
    /// How often its place in the due index was written on the way.
    pub index_writes: u32,
    /// Messages that were sent.
    pub sent: u64,
}

struct Road {
    ports: Ports<DynamoStore, CountingQueues>,
    client: Client<Provider>,
    id: PaymentRequestId,
}

/// Takes one payment of this kind to where it stands.
///
/// # Errors
/// The emulator does not work.
pub async fn walk(kind: Kind) -> Result<Left> {
    let database = dynoxide::Database::memory()?;
    let address = embedded::start_on(database.clone()).await;
    let meter = Meter::default();
    let ports = Ports {
        store: embedded::store(address).metered(meter.clone()),
        queues: CountingQueues::default(),
        policy: Policy::default(),
    };
    let (_, client) = Provider::with_client(Duration::ZERO, 0, || START + Seconds(60))?;
    let id = PaymentRequestId::new(kind.id(NUMBER))?;
    let road = Road { ports, client, id };
    let first = road.new_payment()?;
    let inputs = road.inputs(kind).await?;
    let index_writes = index_writes(&inputs, first.clone(), &road.ports.policy);
    let created = Commit::created(first, &road.ports.policy);
    road.ports.store.commit(&created).await?;
    for (input, after) in &inputs {
        advance(&road.ports, &road.id, input, START + *after).await?;
    }
    let request = ScanRequest {
        table_name: "payments".into(),
        ..ScanRequest::default()
    };
    let mut items = database.scan(request)?.items.context("items")?;
    items.sort_by_key(|item| !crate::copies::is_row(item));
    Ok(Left {
        items,
        usage: meter.take(),
        index_writes,
        sent: road.ports.queues.sent(),
    })
}

impl Road {
    /// What happens after the payment was created, and how long after.
    async fn inputs(&self, kind: Kind) -> Result<Vec<(Input, Seconds)>> {
        if kind == Kind::Abandoned {
            return Ok(Vec::new());
        }
        let start = Input::of(Event::PayStarted { save_card: false });
        let mut inputs = vec![
            (start, Seconds(30)),
            (self.sent_to_challenge()?, Seconds(32)),
        ];
        if kind == Kind::Captured {
            let paid = PaymentRequestId::new(Kind::Paid.id(NUMBER))?;
            let exchange = self.client.inquire(&paid).await;
            let event = Event::Inquired(exchange.answer);
            let message = exchange.message;
            inputs.push((Input { event, message }, Seconds(60)));
        }
        Ok(inputs)
    }

    fn new_payment(&self) -> Result<Payment> {
        let order = json!({
            "orderId": format!("ORDER_{NUMBER}"),
            "description": "Two pairs of shoes and a coat",
            "redirectUrl": format!("https://shop.example/orders/{NUMBER}/return"),
            "goods": [
                { "referenceGoodsId": "SKU_1", "goodsName": "Shoes", "goodsQuantity": "2",
                  "goodsUnitAmount": { "value": "10000", "currency": "EUR" } },
                { "referenceGoodsId": "SKU_2", "goodsName": "Coat", "goodsQuantity": "1",
                  "goodsUnitAmount": { "value": "10000", "currency": "EUR" } },
            ],
            "buyer": { "referenceBuyerId": format!("BUYER_{NUMBER}"), "buyerEmail": "buyer@shop.example" },
        });
        let new = NewPayment {
            id: self.id.clone(),
            order: serde_json::from_value(order)?,
            amount: Money::from_wire("30000", "EUR")?,
            capture_mode: CaptureMode::Automatic,
            capture_on: CaptureOn::Authorized,
            expires_in: Seconds(840),
        };
        Ok(Payment::create(new, START, &self.ports.policy))
    }

    fn sent_to_challenge(&self) -> Result<Input> {
        let facts = PaymentFacts {
            payment_id: Some(PaymentId::new(format!("20260923{NUMBER}010800100188"))?),
            ..PaymentFacts::default()
        };
        let outcome = Outcome {
            status: ResultStatus::Unknown,
            code: "PAYMENT_IN_PROCESS".into(),
        };
        let report = PayReport {
            facts,
            redirect: None,
        };
        // As long as a real one.
        let message = SignedMessage {
            kind: MessageKind::PayResponse,
            path: "/ams/api/v1/payments/pay".into(),
            client_id: "5YD0SCALE00000001".into(),
            time: "2026-09-23T10:00:32+08:00".into(),
            signature: "s".repeat(350),
            key_version: "1".into(),
            body: vec![b' '; 700],
        };
        Ok(Input {
            event: Event::PayAnswered(Answer::Verified(outcome, report)),
            message: Some(message),
        })
    }
}

/// How often a payment's place in the due index is written on this way, by the rules alone: one write when it gets a due
/// time or loses it, two when the time changes (the old entry goes, a new one comes).
fn index_writes(inputs: &[(Input, Seconds)], first: Payment, policy: &Policy) -> u32 {
    let cost = |from: Option<Time>, to: Option<Time>| match (from, to) {
        (from, to) if from == to => 0,
        (Some(_), Some(_)) => 2,
        _ => 1,
    };
    let mut writes = cost(None, first.due_at);
    let mut payment = first;
    for (input, after) in inputs {
        // What happened, and then the sending of what that decided.
        for sent in [false, true] {
            let ids = payment.outbox.iter().map(|message| message.id.clone());
            let event = match sent {
                true => Event::Sent(ids.collect()),
                false => input.event.clone(),
            };
            let decision = domain::decide(&payment, &event, START + *after, policy);
            if let domain::Decision::Commit(transition) = decision {
                writes += cost(payment.due_at, transition.next.due_at);
                payment = transition.next;
            }
        }
    }
    writes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_captured_payment_has_left_the_index_and_told_its_events() {
        let left = walk(Kind::Captured).await.unwrap();
        // Created, paid at, answered, ended with its messages waiting, and they are sent.
        assert_eq!(left.index_writes, 1 + 2 + 2 + 2 + 1);
        assert_eq!(left.sent, 2);
        assert!(left.usage.contains_key("TransactWriteItems"));
        let waiting = walk(Kind::Waiting).await.unwrap();
        assert_eq!(waiting.index_writes, 1 + 2 + 2);
        assert_eq!(walk(Kind::Abandoned).await.unwrap().index_writes, 1);
    }
}
