//! What the functions do, in every flow and under many seeds of the simulation.

use crate::access::Access;
use crate::recorder::Recorder;
use domain::outbox::OutboxMessage;
use simulation::matrix::{self, flows};
use simulation::ports::{Asked, Listener};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use store::{Commit, QueueName, Queues, Store};
use tokio::runtime::Runtime;

/// With so many seeds every kind of call of every function has been seen many times.
const SEEDS: u64 = 120;

/// The accesses of each function, by its name.
#[must_use]
pub fn made() -> BTreeMap<String, BTreeSet<Access>> {
    let runtime = Runtime::new().expect("a runtime");
    let recorder = runtime.block_on(Recorder::start());
    let ear = Arc::new(Ear {
        runtime,
        recorder,
        heard: Mutex::default(),
        made: Mutex::default(),
    });
    let listener = || Arc::clone(&ear) as Arc<dyn Listener>;
    for flow in flows() {
        matrix::overheard(&flow, listener());
    }
    for seed in 0..SEEDS {
        simulation::simulation::overheard(seed, listener());
    }
    ear.made.lock().expect("the lock").clone()
}

/// Makes each kind of call once through the real clients.
struct Ear {
    runtime: Runtime,
    recorder: Recorder,
    heard: Mutex<BTreeSet<(&'static str, String)>>,
    made: Mutex<BTreeMap<String, BTreeSet<Access>>>,
}

impl Listener for Ear {
    fn asked(&self, function: &'static str, what: Asked<'_>) {
        if !self
            .heard
            .lock()
            .expect("the lock")
            .insert((function, kind(&what)))
        {
            return;
        }
        self.runtime.block_on(make(&self.recorder, what));
        let accesses = self.recorder.take();
        assert!(!accesses.is_empty(), "{what:?} reached nobody");
        let mut made = self.made.lock().expect("the lock");
        made.entry(function.to_owned())
            .or_default()
            .extend(accesses);
    }
}

/// Calls of one kind make requests of one kind.
fn kind(what: &Asked<'_>) -> String {
    match what {
        Asked::Commit(commit) => kind_of_commit(commit),
        Asked::Send(_, messages) => kind_of_sending(messages),
        other => format!("{other:?}")
            .split(['(', ' '])
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}

fn kind_of_commit(commit: &Commit) -> String {
    let claim = commit.claim.as_ref().map(std::mem::discriminant);
    format!(
        "commit {} {} {claim:?} {} {}",
        commit.evidence.is_empty(),
        commit.bind.is_some(),
        commit.refund_ids.is_empty(),
        commit.card.is_some()
    )
}

/// Several messages of one queue go as a batch.
fn kind_of_sending(messages: &[OutboxMessage]) -> String {
    let of = |wanted| {
        let queues = messages
            .iter()
            .map(|message| QueueName::of(&message.content));
        queues.filter(|queue| *queue == wanted).count().min(2)
    };
    let (captures, events) = (of(QueueName::Capture), of(QueueName::OrderEvents));
    format!("send {captures} {events}")
}

/// The clients' errors are of no interest: what they asked for is written down.
async fn make(recorder: &Recorder, what: Asked<'_>) {
    let store = &recorder.store;
    match what {
        Asked::Load(id) => drop(store.load(id).await),
        Asked::Find(id) => drop(store.find(id).await),
        Asked::Commit(commit) => drop(store.commit(commit).await),
        Asked::Shelve(early) => drop(store.shelve(early).await),
        Asked::Keep(kept) => drop(store.keep(kept).await),
        Asked::Due {
            shard,
            until,
            limit,
            after,
        } => drop(store.due(shard, until, limit, after).await),
        Asked::Evidence(id) => drop(store.evidence(id).await),
        Asked::OrderHolder(id) => drop(store.order_holder(id).await),
        Asked::FindRefund(id) => drop(store.find_refund(id).await),
        Asked::Cards(buyer) => drop(store.cards(buyer).await),
        Asked::Card(buyer, card) => drop(store.card(buyer, card).await),
        Asked::ForgetCard(buyer, card) => drop(store.forget_card(buyer, card).await),
        Asked::Send(payment, messages) => drop(recorder.queues.send(payment, messages).await),
    }
}
