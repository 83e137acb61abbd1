//! The model's queues: order events, and work with the promises of the real capture queue.

use super::super::ledger::{Ending, Ledger};
use super::Down;
use crate::engine::{Port, lock, now};
use crate::ports::Stage;
use domain::{Seconds, Time};
use fastrand::Rng;
use pop::notification::Notification;
use std::sync::{Arc, Mutex};

/// How long work is invisible once it was handed out (`template.yaml`).
const VISIBILITY: Seconds = Seconds(360);
/// How often it is handed out before it is given up (`template.yaml`).
const MAX_RECEIVES: u32 = 5;
/// How many are handed out together (`template.yaml`).
const BATCH: usize = 5;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    /// To the worker: capture this payment.
    Capture(String),
    /// To the worker: take this notification in. The number is the acknowledgement's.
    Letter(u64, Box<Notification>),
    /// To the order system.
    Event(String, Ending),
}

impl Message {
    /// What it tells the order system.
    #[cfg(test)]
    pub(super) fn ending(&self) -> Option<Ending> {
        match self {
            Self::Event(_, ending) => Some(*ending),
            Self::Capture(_) | Self::Letter(..) => None,
        }
    }
}

#[derive(Debug, Clone)]
struct Work {
    number: u64,
    message: Message,
    visible_at: Time,
    receives: u32,
}

#[derive(Debug)]
struct State {
    rng: Rng,
    numbers: u64,
    waiting: Vec<Work>,
    /// So many of a thousand messages come twice.
    doubled: u32,
}

/// Clones share the queues.
#[derive(Clone)]
pub(super) struct Queue {
    stage: Stage,
    state: Arc<Mutex<State>>,
    ledger: Arc<Mutex<Ledger>>,
}

impl Queue {
    pub(super) fn new(stage: Stage, seed: u64, doubled: u32) -> Self {
        let state = State {
            rng: Rng::with_seed(seed ^ 0x5105),
            numbers: 0,
            waiting: Vec::new(),
            doubled,
        };
        Self {
            stage,
            state: Arc::new(Mutex::new(state)),
            ledger: Arc::default(),
        }
    }

    pub(super) fn ledger(&self) -> Arc<Mutex<Ledger>> {
        Arc::clone(&self.ledger)
    }

    pub(super) async fn send(&self, messages: &[Message]) -> Result<(), Down> {
        let effect = || {
            for message in messages {
                self.put(message);
            }
            Ok(())
        };
        self.stage
            .step(Port::Queue, "send", effect, |_| Err(Down))
            .await
    }

    fn put(&self, message: &Message) {
        if let Message::Event(id, ending) = message {
            lock(&self.ledger).told.insert((id.clone(), *ending));
            return;
        }
        let mut state = lock(&self.state);
        let is_doubled = state.rng.u32(0..1000) < state.doubled;
        for _ in 0..=u32::from(is_doubled) {
            state.numbers += 1;
            let delay = state.rng.i64(5..=800);
            let work = Work {
                number: state.numbers,
                message: message.clone(),
                visible_at: Time::from_millis(now().millis() + delay),
                receives: 0,
            };
            state.waiting.push(work);
        }
    }

    /// When work can next be handed out.
    pub(super) fn next_visible_at(&self) -> Option<Time> {
        let state = lock(&self.state);
        state.waiting.iter().map(|work| work.visible_at).min()
    }

    /// Hands out what is visible, in no order: receipts and messages.
    pub(super) fn receive(&self) -> Vec<(u64, Message)> {
        let mut state = lock(&self.state);
        let state = &mut *state;
        state.rng.shuffle(&mut state.waiting);
        let is_given_up = |work: &Work| work.visible_at <= now() && work.receives >= MAX_RECEIVES;
        state.waiting.retain(|work| !is_given_up(work));
        let visible = state
            .waiting
            .iter_mut()
            .filter(|work| work.visible_at <= now());
        let handed_out = visible.take(BATCH).map(|work| {
            work.receives += 1;
            work.visible_at = now() + VISIBILITY;
            (work.number, work.message.clone())
        });
        handed_out.collect()
    }

    /// It is done.
    pub(super) fn delete(&self, receipt: u64) {
        lock(&self.state)
            .waiting
            .retain(|work| work.number != receipt);
    }
}
