//! What AWS and the network do around a model, as [`crate::world::World`] does it around the real functions.

use super::super::ledger::Ledger;
use super::super::plan::timing;
use super::super::policy::{Acknowledge, Policy};
use super::super::shop::{Ask, Seen, Shop};
use super::Model;
use super::queue::{Message, Queue};
use crate::backend;
use crate::engine::{Tasks, lock, now, set_clock};
use crate::ports::{SimGateway, Stage};
use crate::simulation::{Order, Weather};
use crate::world::{BEGIN, Post};
use domain::{Seconds, Time};
use pop::notification::Notification;
use simulator::Letter;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// How long a function may take (`template.yaml`).
const NOTIFY_LIMIT: Seconds = Seconds(10);
const WORKER_LIMIT: Seconds = Seconds(60);
const SWEEP_LIMIT: Seconds = Seconds(60);
const API_LIMIT: Seconds = Seconds(29);
const MINUTE_MS: i64 = 60_000;

#[derive(Clone)]
pub(super) struct World {
    model: Arc<Model>,
    stage: Stage,
    queue: Queue,
    gateway: SimGateway,
    post: Arc<Mutex<Box<dyn Post>>>,
    swept_at: Arc<Mutex<Option<Time>>>,
    letters: Arc<AtomicU64>,
}

enum Next {
    Task,
    Provider,
    Queue,
    Sweep,
}

impl World {
    pub(super) fn new(policy: Policy, seed: u64) -> Self {
        set_clock(BEGIN);
        let weather = Weather::of(seed);
        let stage = Stage::new(weather.fates(seed), false);
        let mut config = backend::provider_config(seed);
        config.rates = weather.rates.clone();
        config.timing = timing(seed);
        let gateway = SimGateway::new(config);
        let queue = Queue::new(stage.clone(), seed, weather.doubled_messages);
        let model = Model::new(policy, seed, &stage, &gateway, queue.clone());
        Self {
            model: Arc::new(model),
            stage,
            queue,
            gateway,
            post: Arc::new(Mutex::new(weather.post(seed))),
            swept_at: Arc::default(),
            letters: Arc::default(),
        }
    }

    pub(super) fn shop(&self) -> ModelShop {
        ModelShop(self.clone())
    }

    pub(super) fn gateway(&self) -> &SimGateway {
        &self.gateway
    }

    pub(super) fn ledger(&self) -> &Mutex<Ledger> {
        &self.model.ledger
    }

    /// Moves until nothing is left to happen, or `until`.
    pub(super) fn run(&self, until: Time) {
        let mut tasks = Tasks::new(self.stage.clone());
        loop {
            tasks.run(|| drop(self.stage.take_happened()));
            let candidates = [
                (tasks.next_at(), Next::Task),
                (self.gateway.next_due(), Next::Provider),
                (self.queue.next_visible_at(), Next::Queue),
                (self.next_sweep(), Next::Sweep),
            ];
            let next = candidates
                .into_iter()
                .filter_map(|(at, what)| Some((at?.max(now()), what)))
                .min_by_key(|(at, _)| *at);
            let Some((at, what)) = next.filter(|(at, _)| *at <= until) else {
                return;
            };
            match what {
                Next::Task => tasks.wake_next(),
                Next::Provider => self.provider_moves(at),
                Next::Queue => self.queue_moves(at),
                Next::Sweep => self.sweep(at),
            }
        }
    }

    /// The first minute at which the periodic job would find something.
    fn next_sweep(&self) -> Option<Time> {
        let due = self.model.table.first_due()?;
        let after = lock(&self.swept_at).map_or(0, |at| at.millis() + 1);
        let earliest = due.max(now()).millis().max(after);
        let minute = earliest.div_euclid(MINUTE_MS) + i64::from(earliest % MINUTE_MS > 0);
        Some(Time::from_millis(minute * MINUTE_MS))
    }

    fn sweep(&self, at: Time) {
        set_clock(at);
        *lock(&self.swept_at) = Some(at);
        let (stage, model) = (self.stage.clone(), Arc::clone(&self.model));
        self.stage.spawn(async move {
            let work = async move { model.sweep().await };
            stage.invoke("sweep", SWEEP_LIMIT, work).await;
        });
    }

    fn queue_moves(&self, at: Time) {
        set_clock(at);
        let batch = self.queue.receive();
        if batch.is_empty() {
            return;
        }
        let world = self.clone();
        self.stage.spawn(async move {
            let model = Arc::clone(&world.model);
            let work = async move {
                let mut done = Vec::new();
                for (receipt, message) in batch {
                    if model.work(&message).await.is_ok() {
                        done.push(receipt);
                    }
                }
                done
            };
            let done = world.stage.invoke("capture", WORKER_LIMIT, work).await;
            for receipt in done.unwrap_or_default() {
                world.queue.delete(receipt);
            }
        });
    }

    fn provider_moves(&self, at: Time) {
        set_clock(at);
        for letter in self.gateway.collect() {
            let ways = lock(&self.post).carry(&letter, at);
            if ways.is_empty() {
                self.receipt(&letter, Some((404, b"not found")));
            }
            for (copy, way_ms) in ways.into_iter().enumerate() {
                let (world, letter) = (self.clone(), letter.clone());
                self.stage.spawn(async move {
                    world.stage.sleep_ms(way_ms).await;
                    world.deliver(letter, copy == 0).await;
                });
            }
        }
    }

    fn receipt(&self, letter: &Letter, answer: Option<(u16, &[u8])>) {
        self.gateway
            .with(|provider| provider.receipt(letter, answer));
    }

    /// Hands a copy of a notification over; the provider hears what came of the first.
    async fn deliver(&self, letter: Letter, is_first: bool) {
        let number = self.letters.fetch_add(1, Ordering::Relaxed);
        let acknowledged = match (Model::read(&letter), self.model.policy.acknowledge) {
            (None, _) => false,
            (Some(content), Acknowledge::AfterCommit) => self.commit_first(content, number).await,
            (Some(content), Acknowledge::First) => {
                self.enqueue_later(content, number);
                true
            }
        };
        if acknowledged {
            lock(self.ledger()).acknowledged.insert(number);
        }
        if is_first {
            let answer: (u16, &[u8]) = match acknowledged {
                true => (200, notify::ACKNOWLEDGEMENT.as_bytes()),
                false => (500, b""),
            };
            self.receipt(&letter, Some(answer));
        }
    }

    async fn commit_first(&self, content: Notification, number: u64) -> bool {
        let model = Arc::clone(&self.model);
        let work = async move {
            let committed = model.take_in(&content).await.is_ok();
            if committed {
                lock(&model.ledger).kept.insert(number);
            }
            committed
        };
        let answer = self.stage.invoke("notify", NOTIFY_LIMIT, work).await;
        answer == Some(true)
    }

    /// The rest of the function's work, after its answer has left.
    fn enqueue_later(&self, content: Notification, number: u64) {
        let (stage, queue) = (self.stage.clone(), self.queue.clone());
        self.stage.spawn(async move {
            let work = async move {
                let message = Message::Letter(number, Box::new(content));
                queue.send(&[message]).await
            };
            stage.invoke("notify", NOTIFY_LIMIT, work).await;
        });
    }
}

/// The model's HTTP API.
#[derive(Clone)]
pub(super) struct ModelShop(World);

impl Shop for ModelShop {
    async fn ask(&self, order: &Order, ask: Ask) -> Option<Seen> {
        let (model, order) = (Arc::clone(&self.0.model), order.clone());
        let work = async move { model.answer(&order, ask).await };
        self.0.stage.invoke("checkout", API_LIMIT, work).await?.ok()
    }

    fn stage(&self) -> &Stage {
        &self.0.stage
    }

    fn gateway(&self) -> &SimGateway {
        &self.0.gateway
    }
}
