//! A small payment backend with the same parts as ours: pay, notify, a capture worker, a periodic job, order events,
//! one table and one queue. It is honest work, without evidence, refunds, stored cards and reviews; what is sound in it
//! and what is not is decided by a [`Policy`](super::Policy).

mod api;
mod captures;
mod notify;
mod periodic;
mod queue;
mod row;
mod table;
mod world;

use super::horizon;
use super::ledger::Ledger;
use super::plan::orders;
use super::policy::{Messages, Policy};
use super::score::{Score, score};
use super::shop::open;
use crate::backend;
use crate::engine::{lock, now};
use crate::ports::{SimGateway, SimTransport, Stage};
use domain::message::Answer;
use pop::client::Client;
use queue::Queue;
use row::Row;
use std::sync::{Arc, Mutex};
use table::{Put, Table};

/// How often a change is tried again when somebody else was quicker.
const TRIES: u32 = 8;

/// Runs a seed.
pub(super) fn run(policy: &Policy, seed: u64) -> Score {
    let world = world::World::new(*policy, seed);
    open(&world.shop(), &orders(seed), seed);
    world.run(horizon());
    let books = world.gateway().books();
    let ledger = lock(world.ledger());
    score(&ledger, &books)
}

/// The table or the queue failed: the caller fails too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Down;

/// The functions of one model.
struct Model {
    policy: Policy,
    table: Table,
    queue: Queue,
    provider: Client<SimTransport>,
    ledger: Arc<Mutex<Ledger>>,
    rng: Mutex<fastrand::Rng>,
}

impl Model {
    fn new(policy: Policy, seed: u64, stage: &Stage, gateway: &SimGateway, queue: Queue) -> Self {
        let ledger = queue.ledger();
        Self {
            policy,
            table: Table::new(stage.clone(), Arc::clone(&ledger)),
            queue,
            provider: backend::client(SimTransport::new(stage.clone(), gateway.clone())),
            ledger,
            rng: Mutex::new(fastrand::Rng::with_seed(seed ^ 0x1D5)),
        }
    }

    /// Loads, changes, stores if nobody else did meanwhile, and sends what follows. `None` without such a row.
    async fn advance(&self, id: &str, change: impl Fn(&mut Row)) -> Result<Option<Row>, Down> {
        for _ in 0..TRIES {
            let Some(row) = self.table.load(id).await? else {
                return Ok(None);
            };
            let mut next = row.clone();
            change(&mut next);
            if next == row {
                return Ok(Some(row));
            }
            if let Some(next) = self.store(next).await? {
                return Ok(Some(next));
            }
        }
        Err(Down)
    }

    /// Stores the next version and sends what follows from it; `None` when somebody else was quicker.
    async fn store(&self, mut next: Row) -> Result<Option<Row>, Down> {
        let messages = match self.policy.messages {
            Messages::Outbox => Vec::new(), // they stay in the row
            Messages::AfterTheRow => std::mem::take(&mut next.outbox),
        };
        next.plan(now(), self.policy.polling);
        let Put::Done(stored) = self.table.put(next).await? else {
            return Ok(None);
        };
        match self.policy.messages {
            Messages::Outbox => self.empty_outbox(&stored).await,
            Messages::AfterTheRow if messages.is_empty() => {}
            Messages::AfterTheRow => self.queue.send(&messages).await?,
        }
        Ok(Some(stored))
    }

    /// Sends what waits in the row and removes it. If that fails, the periodic job does it again.
    async fn empty_outbox(&self, row: &Row) {
        if row.outbox.is_empty() || self.queue.send(&row.outbox).await.is_err() {
            return;
        }
        let mut sent = row.clone();
        sent.outbox.clear();
        sent.send_at = None;
        let _ = self.table.put(sent).await; // otherwise sent once more, which is allowed
    }

    /// Asks the provider where the payment stands, and takes the answer in. Counts as a poll if it is one.
    async fn inquire(&self, row: &Row, is_poll: bool) -> Result<(), Down> {
        use pop::provider::Provider;
        let answer = self.provider.inquire(&row.request_id()).await.answer;
        let polling = self.policy.polling;
        let id = row.id.clone();
        self.advance(&id, |row| {
            if let Answer::Verified(outcome, report) = &answer {
                row.told(outcome, report, now());
            }
            if is_poll {
                row.polled(polling, now());
            }
        })
        .await
        .map(drop)
    }
}
