//! The queues with SQS's promises: at least once, in no order, invisible while worked on, given up after so many tries.

use super::Stage;
use super::asked::{Asked, Ear, Listener};
use crate::engine::{Port, lock, now};
use crate::happened::Happened;
use domain::outbox::OutboxMessage;
use domain::{PaymentRequestId, Seconds, Time};
use std::sync::{Arc, Mutex};
use store::{QueueName, Queues};

/// How long a message of the capture queue is invisible once it was handed out (`template.yaml`).
const VISIBILITY: Seconds = Seconds(360);
/// How often it is handed out before it goes to the dead-letter queue (`template.yaml`).
const MAX_RECEIVES: u32 = 5;
/// How many are handed out together (`template.yaml`).
const BATCH: usize = 5;

/// A message of the capture queue.
#[derive(Debug, Clone)]
struct Message {
    number: u64,
    body: String,
    visible_at: Time,
    receives: u32,
}

/// A message handed out: its receipt, and its body.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// To say that it is done.
    pub receipt: u64,
    /// What it says.
    pub body: String,
}

#[derive(Debug)]
struct State {
    rng: fastrand::Rng,
    numbers: u64,
    waiting: Vec<Message>,
    dead: Vec<String>,
    events: Vec<OutboxMessage>,
    /// Per mille of messages that come twice.
    doubled: u32,
    /// Capture messages are taken and never delivered.
    hints_lost: bool,
    /// Order events are taken and never delivered: to see whether that is noticed.
    events_lost: bool,
}

/// Both queues of one simulation. Clones share them.
#[derive(Clone)]
pub struct SimQueues {
    stage: Stage,
    ear: Ear,
    state: Arc<Mutex<State>>,
}

impl SimQueues {
    /// Empty queues; so many of a thousand capture messages are delivered twice.
    #[must_use]
    pub fn new(stage: Stage, seed: u64, doubled: u32) -> Self {
        let state = State {
            rng: fastrand::Rng::with_seed(seed ^ 0x5105),
            numbers: 0,
            waiting: Vec::new(),
            dead: Vec::new(),
            events: Vec::new(),
            doubled,
            hints_lost: false,
            events_lost: false,
        };
        Self {
            stage,
            ear: Ear::default(),
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// From now on this one hears of all that functions send.
    pub fn listen(&self, listener: Arc<dyn Listener>) {
        self.ear.lend(listener);
    }

    /// From now on capture messages are taken and never delivered.
    pub fn lose_hints(&self) {
        lock(&self.state).hints_lost = true;
    }

    /// From now on order events are taken and lost.
    pub fn lose_events(&self) {
        lock(&self.state).events_lost = true;
    }

    /// Every order event that reached its queue, repeats included.
    #[must_use]
    pub fn events(&self) -> Vec<OutboxMessage> {
        lock(&self.state).events.clone()
    }

    /// Capture messages that were given up.
    #[must_use]
    pub fn dead(&self) -> Vec<String> {
        lock(&self.state).dead.clone()
    }

    /// When the next capture message can be handed out.
    #[must_use]
    pub fn next_visible_at(&self) -> Option<Time> {
        let state = lock(&self.state);
        state.waiting.iter().map(|m| m.visible_at).min()
    }

    /// Hands out what is visible, in no order.
    #[must_use]
    pub fn receive(&self) -> Vec<Delivery> {
        let mut state = lock(&self.state);
        let state = &mut *state;
        state.rng.shuffle(&mut state.waiting);
        let (ready, later): (Vec<_>, Vec<_>) = std::mem::take(&mut state.waiting)
            .into_iter()
            .partition(|message| message.visible_at <= now());
        state.waiting = later;
        let mut out = Vec::new();
        for mut message in ready {
            if message.receives >= MAX_RECEIVES {
                state.dead.push(message.body);
            } else if out.len() < BATCH {
                message.receives += 1;
                message.visible_at = now() + VISIBILITY;
                out.push(Delivery {
                    receipt: message.number,
                    body: message.body.clone(),
                });
                state.waiting.push(message);
            } else {
                state.waiting.push(message);
            }
        }
        out
    }

    /// A message is done.
    pub fn delete(&self, receipt: u64) {
        lock(&self.state).waiting.retain(|m| m.number != receipt);
    }

    fn put(&self, message: &OutboxMessage, payment: &PaymentRequestId) {
        let mut state = lock(&self.state);
        if QueueName::of(&message.content) == QueueName::OrderEvents {
            if !state.events_lost {
                state.events.push(message.clone());
            }
            return;
        }
        if state.hints_lost {
            return;
        }
        let copies = if state.rng.u32(0..1000) < state.doubled {
            2
        } else {
            1
        };
        for _ in 0..copies {
            state.numbers += 1;
            let delay = state.rng.i64(5..=800);
            let message = Message {
                number: state.numbers,
                body: message.body(payment),
                visible_at: Time::from_millis(now().millis() + delay),
                receives: 0,
            };
            state.waiting.push(message);
        }
    }
}

impl Queues for SimQueues {
    async fn send(&self, payment: &PaymentRequestId, messages: &[OutboxMessage]) -> Vec<String> {
        let sending = Asked::Send(payment, messages);
        self.ear.tell(self.stage.function(), sending);
        let effect = || {
            for message in messages {
                self.put(message, payment);
            }
            let sent = Happened::Sent(payment.clone(), messages.to_vec());
            self.stage.happened(sent);
            messages.iter().map(|message| message.id.clone()).collect()
        };
        self.stage
            .step(Port::Queue, "send", effect, |_| Vec::new())
            .await
    }
}
