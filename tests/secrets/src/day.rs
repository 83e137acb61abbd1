//! A day: all journeys side by side under one fault, and everything that they leave behind.

use crate::fault::{Fault, Stage, stumbling_clock};
use crate::journey::{Journey, card_numbers, journeys};
use crate::scan::{Piece, Place, Rules, Scan};
use crate::values::{BUYER, FORGETFUL_BUYER, card_token, page_token};
use crate::{logs, misplaced};
use domain::evidence::Entry;
use domain::{BuyerId, Payment, Seconds, Status};
use flows::World;
use flows::events::{self, NOTIFY_PATH};
use futures_util::FutureExt;
use futures_util::future::join_all;
use runtime::http::{self, Request};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use store::{QueueName, Store};

/// How far the clock is turned after each sweep, one after the other: seconds, the time to pay, and more than the time
/// in which an authorisation can be captured.
const TURNS: [Seconds; 6] = [
    Seconds(40),
    Seconds(70),
    Seconds(900),
    Seconds::hours(2),
    Seconds::days(8),
    Seconds::days(1),
];

/// One day.
pub struct Day {
    pub(crate) world: World,
    pieces: Mutex<Pieces>,
    page_tokens: Mutex<BTreeMap<String, String>>,
}

#[derive(Default)]
struct Pieces {
    seen: HashSet<(Place, Vec<u8>)>,
    list: Vec<Piece>,
}

/// What came of a day.
#[derive(Debug)]
pub struct DayReport {
    /// What went wrong.
    pub fault: String,
    /// How many payments.
    pub payments: usize,
    /// Where they ended.
    pub ended: BTreeMap<String, Status>,
    /// Answers by status.
    pub answers: BTreeMap<u16, u64>,
    /// Card tokens that the provider gave out.
    pub card_tokens: usize,
    /// Panics that were caught.
    pub panics: usize,
    /// The search.
    pub scan: Scan,
}

impl Day {
    /// All journeys under one fault, to their ends, and the search through what they left.
    pub async fn under(fault: Fault) -> DayReport {
        let journeys = journeys();
        let day = Self::new(fault).await;
        fault.prepare(&day, &journeys);
        for stage in Stage::ALL {
            fault.begin(&day, stage);
            day.run(stage, &journeys).await;
            if stage != Stage::Settle {
                day.look_around().await; // a sweep that failed forgets nobody: that is looked at after the next
            }
            fault.end(&day);
            day.run(stage, &journeys).await; // callers try again
            tokio::time::sleep(Duration::from_millis(80)).await; // notifications arrive
            day.look_around().await;
        }
        day.end(fault.words()).await
    }

    pub(crate) async fn new(fault: Fault) -> Self {
        logs::start();
        let mut world = World::build(fault.setup()).await;
        world.checkout.clock = stumbling_clock;
        world.captures.clock = stumbling_clock;
        world.sweep.clock = stumbling_clock;
        Self {
            world,
            pieces: Mutex::default(),
            page_tokens: Mutex::default(),
        }
    }

    async fn run(&self, stage: Stage, journeys: &[Journey]) {
        match stage {
            Stage::Create => drop(join_all(journeys.iter().map(|one| self.create(one))).await),
            Stage::Pay => drop(join_all(journeys.iter().map(|one| self.pay(one))).await),
            Stage::Act => drop(join_all(journeys.iter().map(|one| self.act(one))).await),
            Stage::Settle => self.settle().await,
        }
    }

    /// Captures and sweeps, with time going on, until everything that can end has ended.
    async fn settle(&self) {
        for turn in TURNS {
            self.capture().await;
            // In Lambda a panic ends the invocation, and the next one goes on.
            let sweep = AssertUnwindSafe(self.world.sweep_after(turn));
            let _report = sweep.catch_unwind().await;
        }
    }

    async fn capture(&self) {
        let messages = self.world.queues.take(QueueName::Capture);
        let records: Vec<Value> = messages
            .iter()
            .enumerate()
            .map(|(number, message)| json!({ "messageId": number.to_string(), "body": message.body }))
            .collect();
        for message in messages {
            self.keep(Place::Queue, "capture", message.body.into_bytes());
        }
        let event = serde_json::from_value(json!({ "Records": records })).unwrap();
        let deadline = flows::clock() + Seconds(60);
        self.world.captures.batch(event, deadline).await;
    }

    /// A call as API Gateway hands it over; status and JSON body of the answer.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        bearer: &str,
        body: Option<&str>,
    ) -> (u16, Value) {
        let headers = json!({ "authorization": format!("Bearer {bearer}"), "content-type": "application/json" });
        let answer = self.send(events::http(method, path, &headers, body)).await;
        let view: Value =
            serde_json::from_str(answer["body"].as_str().unwrap()).unwrap_or_default();
        let token = (
            view["paymentRequestId"].as_str(),
            view["clientToken"].as_str(),
        );
        if let (Some(id), Some(token)) = token {
            let mut tokens = self.page_tokens.lock().unwrap();
            tokens.insert(id.to_owned(), token.to_owned());
        }
        let status = u16::try_from(answer["statusCode"].as_u64().unwrap()).unwrap();
        (status, view)
    }

    pub(crate) async fn post(&self, path: &str, bearer: &str, body: &Value) -> (u16, Value) {
        self.call("POST", path, bearer, Some(&body.to_string()))
            .await
    }

    /// Hands an event to the function that its path leads to, as Lambda does, and keeps the answer.
    pub(crate) async fn send(&self, event: Value) -> Value {
        let (method, path) = (
            event["requestContext"]["http"]["method"].clone(),
            event["rawPath"].as_str().unwrap_or_default().to_owned(),
        );
        let handler = |mut request: Request| async move {
            let now = flows::clock();
            request.deadline = Some(now + Seconds(29));
            match request.path.as_str() {
                NOTIFY_PATH => self.world.notify.receive(&request, now).await,
                _ => self.world.checkout.answer(&request).await,
            }
        };
        let answer = http::answer(serde_json::from_value(event).unwrap(), &handler).await;
        let answer = serde_json::to_value(answer).unwrap();
        let body = answer["body"].as_str().unwrap();
        let place = if body.contains("\"clientToken\"") {
            Place::NewPayment
        } else if body.contains("\"storedCards\":[{") || body.starts_with("{\"cards\":[{") {
            Place::CardList
        } else {
            Place::Answer
        };
        // The body once more by itself: inside the answer its quotes are escaped.
        let bytes = format!("{answer}\n{body}").into_bytes();
        self.keep(
            place,
            &format!("{method} {path} {}", answer["statusCode"]),
            bytes,
        );
        answer
    }

    pub(crate) fn page_token(&self, id: &str) -> String {
        let tokens = self.page_tokens.lock().unwrap();
        tokens.get(id).cloned().unwrap_or_default()
    }

    pub(crate) fn keep(&self, place: Place, what: &str, bytes: Vec<u8>) {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        if place == Place::Answer || pieces.seen.insert((place, bytes.clone())) {
            let what = what.to_owned();
            pieces.list.push(Piece { place, what, bytes });
        }
    }

    /// Keeps what table and queues hold now, as stored and as `Debug` prints it.
    pub(crate) async fn look_around(&self) {
        let store = &self.world.store;
        for row in store.rows() {
            let place = if may_hold_people(&row) {
                Place::OpenRow
            } else {
                Place::Row
            };
            let what = format!("{} {}", row.id, row.status.as_str());
            self.keep(place, &what, serde_json::to_vec(&row).unwrap());
            self.keep(Place::Shown, &what, format!("{row:?}").into_bytes());
            for entry in store.evidence(&row.id).await.unwrap_or_default() {
                match &entry.entry {
                    Entry::Signed(said) => {
                        self.keep(Place::Evidence, &what, said.message.body.clone())
                    }
                    Entry::Local(step) => {
                        self.keep(Place::LocalStep, &what, step.to_json().into_bytes())
                    }
                }
                self.keep(Place::Shown, &what, format!("{entry:?}").into_bytes());
            }
        }
        for kept in store.kept() {
            self.keep(Place::Kept, &kept.named_kind, kept.message.body.clone());
            self.keep(
                Place::Shown,
                &kept.named_kind,
                format!("{kept:?}").into_bytes(),
            );
        }
        for buyer in [BUYER, FORGETFUL_BUYER] {
            let buyer = BuyerId::new(buyer).unwrap();
            for card in store.cards(&buyer).await.unwrap_or_default() {
                let item = json!({
                    "buyer": card.buyer.as_str(), "id": card.id.as_str(), "brand": card.face.brand,
                    "lastFour": card.face.last_four, "expiryMonth": card.face.expiry_month,
                    "expiryYear": card.face.expiry_year, "networkTransactionId": card.network_transaction_id,
                });
                self.keep(
                    Place::StoredCard,
                    "a stored card",
                    item.to_string().into_bytes(),
                );
                self.keep(
                    Place::Shown,
                    "a stored card",
                    format!("{card:?}").into_bytes(),
                );
            }
        }
        for queue in [QueueName::Capture, QueueName::OrderEvents] {
            for message in self.world.queues.sent(queue) {
                self.keep(Place::Queue, queue.as_str(), message.body.into_bytes());
            }
        }
        // The whole functions, with their ports, tables and keys.
        let shown = format!(
            "{:?}\n{:?}\n{:?}",
            self.world.checkout, self.world.notify, self.world.captures
        );
        self.keep(Place::Shown, "the functions", shown.into_bytes());
    }

    /// Learns the tokens that were given out, and searches.
    pub(crate) async fn end(self, fault: String) -> DayReport {
        let log = logs::stop();
        let panics = String::from_utf8_lossy(&log)
            .matches("\"panicked\"")
            .count();
        self.keep(Place::Log, "the log", log);
        let rows = self.world.store.rows();
        let pieces = self.pieces.into_inner().unwrap().list;
        let card_tokens = card_tokens(&pieces);
        let page_tokens = self.page_tokens.into_inner().unwrap();
        let mut learned: Vec<_> = card_tokens.iter().map(|token| card_token(token)).collect();
        learned.extend(page_tokens.values().map(|token| page_token(token)));
        let rules = Rules::new(&card_numbers(), learned);
        let mut scan = Scan::default();
        scan.search(&rules, &pieces);
        DayReport {
            fault,
            payments: rows.len(),
            ended: rows
                .iter()
                .map(|row| (row.id.to_string(), row.status))
                .collect(),
            answers: misplaced::answers(&pieces),
            card_tokens: card_tokens.len(),
            panics,
            scan,
        }
    }
}

/// Names and addresses are kept while the payment can still be paid: also after a decline, or when the buyer gave it up,
/// until its time to pay is over.
fn may_hold_people(row: &Payment) -> bool {
    match row.status {
        Status::Created | Status::Pending => true,
        Status::Declined | Status::Cancelled => flows::clock() < row.expires_at,
        _ => false,
    }
}

/// Every token that the provider told of.
fn card_tokens(pieces: &[Piece]) -> BTreeSet<String> {
    let told = pieces.iter().filter(|piece| piece.place == Place::Evidence);
    let tokens = told.filter_map(|piece| {
        let body: Value = serde_json::from_slice(&piece.bytes).ok()?;
        let token = body["paymentResultInfo"]["cardToken"].as_str()?;
        Some(token.to_owned())
    });
    tokens.collect()
}
