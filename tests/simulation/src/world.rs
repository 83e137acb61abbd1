//! One simulated world: the functions, what AWS does for them, the provider, and people; and the loop that moves it.

use crate::backend::{self, Backend, NOTIFY_PATH, SHARDS};
use crate::engine::{self, Fates, Tasks, lock};
use crate::happened::Happened;
use crate::ports::{Listener, SimGateway, SimQueues, SimTable, Stage};
use domain::{Policy, Seconds, Time, operator};
use notify::metric_of;
use runtime::http::{Request, Response};
use runtime::metrics::Metrics;
use simulator::{Letter, Rates, Timing};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// When every simulation begins: 2026-01-05 00:00:00 UTC.
pub const BEGIN: Time = Time::from_millis(1_767_571_200_000);
/// How long a function may take (`template.yaml`).
const NOTIFY_LIMIT: Seconds = Seconds(10);
const CAPTURE_LIMIT: Seconds = Seconds(60);
const SWEEP_LIMIT: Seconds = Seconds(60);
const CHECKOUT_LIMIT: Seconds = Seconds(29);
/// The sweep's schedule (`template.yaml`).
const MINUTE_MS: i64 = 60_000;

/// What a world is like.
pub struct Setup {
    /// Decides all draws of the ports and the provider.
    pub seed: u64,
    /// What goes wrong at the provider.
    pub rates: Rates,
    /// How long things take there.
    pub timing: Timing,
    /// The rules' limits.
    pub policy: Policy,
    /// How far the index is behind at most, in milliseconds.
    pub index_lag_ms: i64,
    /// So many of a thousand capture messages are delivered twice.
    pub doubled_messages: u32,
    /// Whether a trace is kept.
    pub traced: bool,
    /// Whether the functions' metrics are kept.
    pub metered: bool,
}

/// The name of the stack in its metrics.
pub const STACK: &str = "simulated";

impl Setup {
    /// A world in which nothing goes wrong but what the fates decide.
    #[must_use]
    pub fn calm(seed: u64) -> Self {
        Self {
            seed,
            rates: Rates::none(),
            timing: Timing::default(),
            policy: Policy::default(),
            index_lag_ms: 0,
            doubled_messages: 0,
            traced: false,
            metered: false,
        }
    }
}

/// Decides what becomes of notifications on their way.
pub trait Post: Send {
    /// Milliseconds until each copy of the notification is there; none when it is lost (and the provider sees an error).
    fn carry(&mut self, letter: &Letter, now: Time) -> Vec<i64>;
}

/// Everything arrives after 40 ms.
pub struct GoodPost;

impl Post for GoodPost {
    fn carry(&mut self, _: &Letter, _: Time) -> Vec<i64> {
        vec![40]
    }
}

/// The world. Clones share it.
#[derive(Clone)]
pub struct World {
    /// Time, tasks to be and fates.
    pub stage: Stage,
    /// The table.
    pub table: SimTable,
    /// The queues.
    pub queues: SimQueues,
    /// The provider.
    pub gateway: SimGateway,
    /// The functions.
    pub backend: Backend,
    /// The rules' limits.
    pub policy: Policy,
    metrics: Metrics,
    /// What the functions wrote of their metrics.
    metric_lines: Arc<Mutex<Vec<String>>>,
    post: Arc<Mutex<Box<dyn Post>>>,
    people: Arc<AtomicU32>,
    schedule: Arc<Mutex<Schedule>>,
}

/// What AWS does by itself.
#[derive(Default)]
struct Schedule {
    swept_at: Option<Time>,
    sweeps: u64,
    notifications: u64,
    captures: u64,
}

/// Counts of one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs of the sweep.
    pub sweeps: u64,
    /// Notifications handed to the function.
    pub notifications: u64,
    /// Batches of the capture queue.
    pub captures: u64,
    /// Invocations that died.
    pub killed: u64,
    /// Milliseconds from the beginning to the end.
    pub simulated_ms: i64,
}

impl World {
    /// A world at its beginning. Sets this thread's clock.
    #[must_use]
    pub fn new(setup: Setup, fates: Box<dyn Fates>, post: Box<dyn Post>) -> Self {
        engine::set_clock(BEGIN);
        let stage = Stage::new(fates, setup.traced);
        let table = SimTable::new(stage.clone(), SHARDS, setup.index_lag_ms, setup.seed);
        let queues = SimQueues::new(stage.clone(), setup.seed, setup.doubled_messages);
        let mut config = backend::provider_config(setup.seed);
        config.rates = setup.rates;
        config.timing = setup.timing;
        let gateway = SimGateway::new(config);
        let metrics = Metrics::new(setup.metered.then_some(STACK), engine::now);
        let policy = setup.policy;
        let backend = Backend::new(&stage, &table, &queues, &gateway, &policy, &metrics);
        Self {
            stage,
            table,
            queues,
            gateway,
            backend,
            policy,
            metrics,
            metric_lines: Arc::default(),
            post: Arc::new(Mutex::new(post)),
            people: Arc::default(),
            schedule: Arc::default(),
        }
    }

    /// From now on this one hears all that functions ask of table and queues.
    pub fn listen(&self, listener: &Arc<dyn Listener>) {
        self.table.listen(Arc::clone(listener));
        self.queues.listen(Arc::clone(listener));
    }

    /// From now on notifications travel like this.
    pub fn set_post(&self, post: Box<dyn Post>) {
        *lock(&self.post) = post;
    }

    /// Lets a person act; the world does not end before.
    pub fn person(&self, acts: impl Future<Output = ()> + Send + 'static) {
        let people = Arc::clone(&self.people);
        people.fetch_add(1, Ordering::Relaxed);
        self.stage.spawn(async move {
            acts.await;
            people.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// A request to the HTTP API; `None` when the function died, or took too long.
    pub async fn request(&self, mut request: Request) -> Option<Response> {
        request.deadline = Some(engine::now() + CHECKOUT_LIMIT);
        let checkout = Arc::clone(&self.backend.checkout);
        let work = async move { checkout.answer(&request).await };
        let answer = self.stage.invoke("checkout", CHECKOUT_LIMIT, work).await;
        self.write_metrics();
        answer
    }

    /// The metrics' lines since this was last asked.
    #[must_use]
    pub fn take_metrics(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.metric_lines))
    }

    /// An invocation is over: what it measured goes to its log.
    fn write_metrics(&self) {
        lock(&self.metric_lines).extend(self.metrics.take_lines());
    }

    /// An operator's order to the sweep function; `None` when it died, or took too long.
    pub async fn operate(&self, order: operator::Order) -> Option<operator::Reply> {
        let sweep = Arc::clone(&self.backend.sweep);
        let deadline = engine::now() + SWEEP_LIMIT;
        let work = async move { sweep.operate(Ok(order), deadline).await };
        self.stage.invoke("operator", SWEEP_LIMIT, work).await
    }

    /// Moves until nothing is left to happen, or `until`. `check` is told of all that took effect, step by step.
    /// Gives whether nothing is left.
    pub fn run(
        &self,
        tasks: &mut Tasks<Happened>,
        until: Time,
        mut check: impl FnMut(&Self, Happened),
    ) -> bool {
        loop {
            tasks.run(|| {
                for what in self.stage.take_happened() {
                    check(self, what);
                }
            });
            let Some((at, what)) = self.next(tasks) else {
                return true;
            };
            if at > until {
                return false;
            }
            match what {
                Next::Task => tasks.wake_next(),
                Next::Provider => self.provider_moves(at),
                Next::Queue => self.queue_moves(at),
                Next::Sweep => self.sweep(at),
            }
        }
    }

    /// What happened by itself so far.
    #[must_use]
    pub fn counts(&self, tasks: &Tasks<Happened>) -> Counts {
        let schedule = lock(&self.schedule);
        Counts {
            sweeps: schedule.sweeps,
            notifications: schedule.notifications,
            captures: schedule.captures,
            killed: tasks.killed(),
            simulated_ms: engine::now().millis() - BEGIN.millis(),
        }
    }

    fn next(&self, tasks: &Tasks<Happened>) -> Option<(Time, Next)> {
        let candidates = [
            (tasks.next_at(), Next::Task),
            (self.gateway.next_due(), Next::Provider),
            (self.queues.next_visible_at(), Next::Queue),
            (self.next_sweep(), Next::Sweep),
        ];
        let now = engine::now();
        candidates
            .into_iter()
            .filter_map(|(at, what)| Some((at?.max(now), what)))
            .min_by_key(|(at, _)| *at)
    }

    /// The first minute at which the sweep would find something. The runs between find nothing and are left out.
    fn next_sweep(&self) -> Option<Time> {
        let due = self.table.first_due()?;
        let swept_at = lock(&self.schedule).swept_at;
        let after = swept_at.map_or(0, |at| at.millis() + 1);
        let earliest = due.max(engine::now()).millis().max(after);
        let minute = earliest.div_euclid(MINUTE_MS) + i64::from(earliest % MINUTE_MS > 0);
        Some(Time::from_millis(minute * MINUTE_MS))
    }

    fn provider_moves(&self, at: Time) {
        engine::set_clock(at);
        for letter in self.gateway.collect() {
            let ways = lock(&self.post).carry(&letter, at);
            if ways.is_empty() {
                self.return_to_sender(&letter);
            }
            for (copy, way_ms) in ways.into_iter().enumerate() {
                let (world, letter) = (self.clone(), letter.clone());
                self.stage
                    .spawn(async move { world.deliver(letter, way_ms, copy == 0).await });
            }
        }
    }

    fn return_to_sender(&self, letter: &Letter) {
        self.stage.note(|| "a notification is lost".to_owned());
        self.gateway
            .with(|offline| offline.receipt(letter, Some((404, b"not found"))));
    }

    /// Hands a copy of a notification over; the provider hears what came of the first.
    async fn deliver(&self, letter: Letter, way_ms: i64, is_first: bool) {
        self.stage.sleep_ms(way_ms).await;
        lock(&self.schedule).notifications += 1;
        let request = Request {
            method: "POST".into(),
            path: NOTIFY_PATH.into(),
            headers: letter.headers.clone(),
            body: letter.body.clone().into(),
            ..Request::default()
        };
        let notify = Arc::clone(&self.backend.notify);
        let stage = self.stage.clone();
        let sent = Box::new(letter.clone());
        let work = async move {
            let response = notify.receive(&request, engine::now()).await;
            if response.status == 200 {
                stage.happened(Happened::Acknowledged { letter: sent });
            }
            response
        };
        let answer = self.stage.invoke("notify", NOTIFY_LIMIT, work).await;
        let metric = answer.as_ref().and_then(|answer| metric_of(answer.status));
        self.metrics.note_all(metric.map(|metric| (metric, 1)));
        self.write_metrics();
        self.stage.note(|| {
            let status = answer.as_ref().map(|response| response.status);
            format!("a notification was answered with {status:?}")
        });
        let answer = answer
            .as_ref()
            .map(|response| (response.status, response.body.as_bytes()));
        if is_first {
            self.gateway
                .with(|offline| offline.receipt(&letter, answer));
        }
    }

    fn queue_moves(&self, at: Time) {
        engine::set_clock(at);
        let deliveries = self.queues.receive();
        if deliveries.is_empty() {
            return;
        }
        lock(&self.schedule).captures += 1;
        let world = self.clone();
        self.stage.spawn(async move {
            let records = deliveries.iter().map(|delivery| {
                let mut message = aws_lambda_events::sqs::SqsMessage::default();
                message.message_id = Some(delivery.receipt.to_string());
                message.body = Some(delivery.body.clone());
                message
            });
            let mut event = aws_lambda_events::sqs::SqsEvent::default();
            event.records = records.collect();
            let captures = Arc::clone(&world.backend.captures);
            let deadline = engine::now() + CAPTURE_LIMIT;
            let work = async move { captures.batch(event, deadline).await };
            let answer = world.stage.invoke("capture", CAPTURE_LIMIT, work).await;
            world.write_metrics();
            let Some(answer) = answer else {
                return; // all of them come again
            };
            let failed = |receipt: u64| {
                let mut failures = answer.batch_item_failures.iter();
                failures.any(|failure| failure.item_identifier == receipt.to_string())
            };
            for delivery in deliveries {
                if !failed(delivery.receipt) {
                    world.queues.delete(delivery.receipt);
                }
            }
        });
    }

    fn sweep(&self, at: Time) {
        engine::set_clock(at);
        let mut schedule = lock(&self.schedule);
        schedule.swept_at = Some(at);
        schedule.sweeps += 1;
        let world = self.clone();
        self.stage.spawn(async move {
            let sweep = Arc::clone(&world.backend.sweep);
            let deadline = engine::now() + SWEEP_LIMIT;
            let work = async move { sweep.run(deadline).await };
            let report = world.stage.invoke("sweep", SWEEP_LIMIT, work).await;
            let seen = report.iter().flat_map(|report| report.metrics());
            world.metrics.note_all(seen);
            world.write_metrics();
            world.stage.note(|| match report {
                Some(report) => format!("sweep: {} due, {} failed", report.due, report.failed),
                None => "sweep: died".to_owned(),
            });
        });
    }

    /// Whether all people are done.
    #[must_use]
    pub fn people_are_done(&self) -> bool {
        self.people.load(Ordering::Relaxed) == 0
    }
}

enum Next {
    Task,
    Provider,
    Queue,
    Sweep,
}
