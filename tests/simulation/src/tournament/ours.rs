//! The four real functions as an entrant.

use super::horizon;
use super::ledger::{Ending, Ledger, View};
use super::plan::{orders, timing};
use super::score::{Score, score};
use super::shop::{Ask, Seen, Shop, open};
use crate::backend::API_KEY;
use crate::checks::Watch;
use crate::engine::{Tasks, lock, now};
use crate::happened::Happened;
use crate::ports::{SimGateway, Stage};
use crate::simulation::people::{create_body, pay_body, request};
use crate::simulation::{Order, Weather};
use crate::world::{Setup, World};
use domain::outbox::{OrderEventKind, OutboxContent};
use domain::{Payment, Policy, Status};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Runs a seed.
pub(super) fn run(seed: u64) -> Score {
    let weather = Weather::of(seed);
    let setup = Setup {
        seed,
        rates: weather.rates.clone(),
        timing: timing(seed),
        policy: Policy {
            several_captures: true,
            ..Policy::default()
        },
        index_lag_ms: 0, // the models have no index
        doubled_messages: weather.doubled_messages,
        traced: false,
        metered: false,
    };
    let world = World::new(setup, weather.fates(seed), weather.post(seed));
    let shop = OurShop {
        world: world.clone(),
        tokens: Arc::default(),
    };
    open(&shop, &orders(seed), seed);
    let (mut ledger, mut watch) = (Ledger::default(), Watch::default());
    let mut tasks = Tasks::new(world.stage.clone());
    let mut letters = 0;
    world.run(&mut tasks, horizon(), |world, what| match &what {
        Happened::Committed(change) => {
            let row = &change.after;
            ledger.see(row.id.as_str(), view(row), now());
        }
        Happened::Sent(id, messages) => {
            let endings = messages
                .iter()
                .filter_map(|message| ending(&message.content));
            let told = endings.map(|ending| (id.to_string(), ending));
            ledger.told.extend(told);
        }
        Happened::Acknowledged { .. } => {
            letters += 1;
            ledger.acknowledged.insert(letters);
            let before = watch.breaches.len();
            watch.see(world, &what); // whether its bytes are in the table
            if watch.breaches.len() == before {
                ledger.kept.insert(letters);
            }
        }
        Happened::Called { .. } => {}
    });
    score(&ledger, &world.gateway.books())
}

fn view(row: &Payment) -> View {
    match row.status {
        Status::Declined | Status::Expired | Status::Cancelled => View::Failed,
        Status::CaptureFailed => View::CaptureFailed,
        Status::Authorized | Status::Captured if row.captured_minor() > 0 => {
            View::Captured(row.captured_minor())
        }
        _ => View::Open,
    }
}

fn ending(content: &OutboxContent) -> Option<Ending> {
    let OutboxContent::OrderEvent(event) = content else {
        return None;
    };
    match event.kind {
        OrderEventKind::Declined | OrderEventKind::Expired | OrderEventKind::Cancelled => {
            Some(Ending::Failed)
        }
        OrderEventKind::CaptureFailed => Some(Ending::CaptureFailed),
        OrderEventKind::Captured => Some(Ending::Captured),
        _ => None,
    }
}

#[derive(Clone)]
struct OurShop {
    world: World,
    /// The pages' tokens, by payment.
    tokens: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Shop for OurShop {
    async fn ask(&self, order: &Order, ask: Ask) -> Option<Seen> {
        let of_payment = |rest: &str| format!("/payments/{}{rest}", order.id);
        let token = lock(&self.tokens).get(&order.id).cloned();
        let asked = match ask {
            Ask::Create => {
                let body = create_body(order, &order.id);
                request("POST", "/payments", API_KEY, &body)
            }
            Ask::Pay => {
                let body = pay_body(order.card?, false);
                request("POST", &of_payment("/pay"), &token?, &body)
            }
            Ask::Look => request("GET", &of_payment(""), API_KEY, &Value::Null),
            Ask::Capture(minor) => {
                let amount = json!({ "currency": "EUR", "value": minor.to_string() });
                let body = json!({ "number": 1, "amount": amount, "last": false });
                request("POST", &of_payment("/capture"), API_KEY, &body)
            }
        };
        let response = self.world.request(asked).await?;
        if response.status >= 500 {
            return None;
        }
        let body: Value = serde_json::from_str(&response.body).unwrap_or(Value::Null);
        if let Some(token) = body["clientToken"].as_str() {
            lock(&self.tokens).insert(order.id.clone(), token.to_owned());
        }
        Some(match body["status"].as_str() {
            Some("AUTHORIZED") => Seen::Authorized,
            Some("CREATED" | "PENDING") | None => Seen::Open,
            Some(_) => Seen::Over,
        })
    }

    fn stage(&self) -> &Stage {
        &self.world.stage
    }

    fn gateway(&self) -> &SimGateway {
        &self.world.gateway
    }
}
