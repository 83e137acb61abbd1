//! The table and the queues in memory, with DynamoDB's semantics: what tests and simulations work with.

use crate::{
    Commit, CommitError, DueCursor, DuePage, EarlyNotification, KeptMessage, MAX_SHELF, QueueName,
    Queues, Shelved, Store, StoreError, shard_of,
};
use domain::evidence::Evidence;
use domain::outbox::OutboxMessage;
use domain::{Payment, PaymentId, PaymentRequestId, Time};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How the table misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outage {
    /// Not at all.
    #[default]
    None,
    /// Every call fails and nothing is written.
    Refuses,
    /// Writes stand, but their answers are lost: the caller learns nothing. Reads fail.
    LosesAnswers,
}

/// A table in memory. Clones share it.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    shards: u16,
    tables: Arc<Mutex<Tables>>,
}

#[derive(Debug, Default)]
struct Tables {
    outage: Outage,
    rows: HashMap<PaymentRequestId, Payment>,
    evidence: HashMap<PaymentRequestId, BTreeMap<u32, Evidence>>,
    bindings: HashMap<PaymentId, Binding>,
    kept: Vec<KeptMessage>,
    commits: u64,
}

#[derive(Debug)]
enum Binding {
    Shelf(Vec<EarlyNotification>),
    Bound(PaymentRequestId),
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(1)
    }
}

impl MemoryStore {
    /// An empty table whose due index has so many shards.
    #[must_use]
    pub fn new(shards: u16) -> Self {
        Self {
            shards,
            tables: Arc::default(),
        }
    }

    /// From now on the table works like this.
    pub fn set_outage(&self, outage: Outage) {
        self.lock().outage = outage;
    }

    /// All rows, in no order: for audits at the end of a test.
    #[must_use]
    pub fn rows(&self) -> Vec<Payment> {
        self.lock().rows.values().cloned().collect()
    }

    /// What was kept without a row, oldest first.
    #[must_use]
    pub fn kept(&self) -> Vec<KeptMessage> {
        self.lock().kept.clone()
    }

    /// How many commits were made.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.lock().commits
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> Result<MutexGuard<'_, Tables>, StoreError> {
        let tables = self.lock();
        match tables.outage {
            Outage::None => Ok(tables),
            Outage::Refuses | Outage::LosesAnswers => Err(unavailable()),
        }
    }

    fn write<T>(&self, work: impl FnOnce(&mut Tables) -> T) -> Result<T, StoreError> {
        let mut tables = self.lock();
        match tables.outage {
            Outage::None => Ok(work(&mut tables)),
            Outage::Refuses => Err(unavailable()),
            Outage::LosesAnswers => {
                work(&mut tables);
                Err(unavailable())
            }
        }
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("the memory table is set to fail".into())
}

impl Tables {
    fn commit(&mut self, commit: &Commit) -> Result<(), CommitError> {
        let id = &commit.next.id;
        let stands_at = self.rows.get(id).map_or(0, |row| row.version);
        let trail = self.evidence.get(id);
        let taken = |entry: &Evidence| trail.is_some_and(|t| t.contains_key(&entry.sequence));
        if stands_at + 1 != commit.next.version || commit.evidence.iter().any(taken) {
            return Err(CommitError::Conflict);
        }
        if let Some(bind) = &commit.bind {
            match self.bindings.get(&bind.payment_id) {
                Some(Binding::Bound(owner)) if owner != id => {
                    return Err(CommitError::Taken(owner.clone()));
                }
                Some(Binding::Shelf(early)) if early.len() != bind.adopted => {
                    return Err(CommitError::Shelved(early.clone()));
                }
                None | Some(Binding::Bound(_)) if bind.adopted > 0 => {
                    return Err(CommitError::Conflict);
                }
                _ => {}
            }
            self.bindings
                .insert(bind.payment_id.clone(), Binding::Bound(id.clone()));
        }
        let trail = self.evidence.entry(id.clone()).or_default();
        trail.extend(commit.evidence.iter().map(|e| (e.sequence, e.clone())));
        self.rows.insert(id.clone(), commit.next.clone());
        self.commits += 1;
        Ok(())
    }

    fn shelve(&mut self, early: &EarlyNotification) -> Result<Shelved, StoreError> {
        let key = early.notification.payment_id.clone();
        let binding = self
            .bindings
            .entry(key)
            .or_insert_with(|| Binding::Shelf(Vec::new()));
        match binding {
            Binding::Bound(owner) => Ok(Shelved::Bound(owner.clone())),
            Binding::Shelf(shelf) => {
                let lies_there = shelf.iter().any(|e| e.message.body == early.message.body);
                if !lies_there && shelf.len() >= MAX_SHELF {
                    return Err(StoreError::ShelfFull);
                }
                if !lies_there {
                    shelf.push(early.clone());
                }
                Ok(Shelved::Waiting)
            }
        }
    }
}

impl Store for MemoryStore {
    async fn load(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        Ok(self.read()?.rows.get(id).cloned())
    }

    async fn find(&self, id: &PaymentId) -> Result<Option<PaymentRequestId>, StoreError> {
        Ok(match self.read()?.bindings.get(id) {
            Some(Binding::Bound(owner)) => Some(owner.clone()),
            _ => None,
        })
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.write(|tables| tables.commit(commit))?
    }

    async fn shelve(&self, early: &EarlyNotification) -> Result<Shelved, StoreError> {
        self.write(|tables| tables.shelve(early))?
    }

    async fn keep(&self, kept: &KeptMessage) -> Result<(), StoreError> {
        self.write(|tables| {
            let same = |other: &KeptMessage| other.message.body == kept.message.body;
            if !tables.kept.iter().any(same) {
                tables.kept.push(kept.clone());
            }
        })
    }

    async fn due(
        &self,
        shard: u16,
        until: Time,
        limit: u16,
        after: Option<&DueCursor>,
    ) -> Result<DuePage, StoreError> {
        let tables = self.read()?;
        let mut due: Vec<_> = tables
            .rows
            .values()
            .filter(|row| shard_of(&row.id, self.shards) == shard)
            .filter_map(|row| Some((row.due_at.filter(|at| *at <= until)?, row.id.clone())))
            .filter(|(at, id)| after.is_none_or(|last| (*at, id) > (last.due_at, &last.id)))
            .collect();
        due.sort();
        let more = due.len() > usize::from(limit);
        due.truncate(usize::from(limit));
        let next = due.last().filter(|_| more).map(|(due_at, id)| DueCursor {
            due_at: *due_at,
            id: id.clone(),
        });
        let rows = due.into_iter().map(|(at, id)| (id, at)).collect();
        Ok(DuePage { rows, next })
    }

    async fn evidence(&self, id: &PaymentRequestId) -> Result<Vec<Evidence>, StoreError> {
        let tables = self.read()?;
        let trail = tables.evidence.get(id);
        Ok(trail.map_or_else(Vec::new, |trail| trail.values().cloned().collect()))
    }
}

/// A message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// Where to.
    pub queue: QueueName,
    /// Its id in the outbox.
    pub id: String,
    /// The body as it stands in the queue.
    pub body: String,
}

/// Two queues in memory. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryQueues {
    state: Arc<Mutex<QueueState>>,
}

#[derive(Debug, Default)]
struct QueueState {
    refusing: HashSet<QueueName>,
    sent: Vec<SentMessage>,
}

impl MemoryQueues {
    /// Lets a queue refuse every message from now on, or take them again.
    pub fn set_refusing(&self, queue: QueueName, refusing: bool) {
        let mut state = self.lock();
        if refusing {
            state.refusing.insert(queue);
        } else {
            state.refusing.remove(&queue);
        }
    }

    /// What one queue was sent so far, oldest first.
    #[must_use]
    pub fn sent(&self, queue: QueueName) -> Vec<SentMessage> {
        let state = self.lock();
        let of_queue = state.sent.iter().filter(|message| message.queue == queue);
        of_queue.cloned().collect()
    }

    /// Takes away what one queue was sent so far, oldest first.
    #[must_use]
    pub fn take(&self, queue: QueueName) -> Vec<SentMessage> {
        let mut state = self.lock();
        let (taken, left) = std::mem::take(&mut state.sent)
            .into_iter()
            .partition(|message| message.queue == queue);
        state.sent = left;
        taken
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queues for MemoryQueues {
    async fn send(&self, payment: &PaymentRequestId, messages: &[OutboxMessage]) -> Vec<String> {
        let mut state = self.lock();
        let mut ids = Vec::new();
        for message in messages {
            let queue = QueueName::of(&message.content);
            if state.refusing.contains(&queue) {
                continue;
            }
            state.sent.push(SentMessage {
                queue,
                id: message.id.clone(),
                body: message.body(payment),
            });
            ids.push(message.id.clone());
        }
        ids
    }
}
