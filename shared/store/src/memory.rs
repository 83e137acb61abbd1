//! The table and the queues in memory, with DynamoDB's semantics: what tests and simulations work with.

mod queues;
mod tables;

use crate::{
    Commit, CommitError, DueCursor, DuePage, EarlyNotification, KeptMessage, MAX_CARDS, Shelved,
    Store, StoreError, shard_of,
};
use domain::evidence::Evidence;
use domain::stored_card::StoredCard;
use domain::{
    BuyerId, OrderId, Payment, PaymentId, PaymentRequestId, RefundRequestId, StoredCardId, Time,
};
pub use queues::{MemoryQueues, SentMessage};
use std::cmp::Reverse;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tables::Tables;

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

    /// The next so many commits meet another transaction at one of their items: they conflict, and nothing is written.
    pub fn disturb(&self, commits: u32) {
        self.lock().disturbed = commits;
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

    /// What waits under POP's id until it is bound, oldest first.
    #[must_use]
    pub fn shelf(&self, id: &PaymentId) -> Vec<EarlyNotification> {
        self.lock().shelf(id)
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

impl Store for MemoryStore {
    async fn load(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        Ok(self.read()?.rows.get(id).cloned())
    }

    async fn find(&self, id: &PaymentId) -> Result<Option<PaymentRequestId>, StoreError> {
        Ok(self.read()?.bound_to(id).cloned())
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.write(|tables| match tables.disturbed.checked_sub(1) {
            Some(left) => {
                tables.disturbed = left;
                Err(CommitError::Conflict)
            }
            None => tables.commit(commit),
        })?
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
        let due = tables
            .rows
            .values()
            .filter(|row| shard_of(&row.id, self.shards) == shard)
            .filter_map(|row| Some((row.id.clone(), row.due_at.filter(|at| *at <= until)?)));
        Ok(DuePage::cut(due, limit, after))
    }

    async fn evidence(&self, id: &PaymentRequestId) -> Result<Vec<Evidence>, StoreError> {
        let tables = self.read()?;
        let trail = tables.evidence.get(id);
        Ok(trail.map_or_else(Vec::new, |trail| trail.values().cloned().collect()))
    }

    async fn order_holder(&self, id: &OrderId) -> Result<Option<PaymentRequestId>, StoreError> {
        Ok(self.read()?.holders.get(id).cloned())
    }

    async fn find_refund(
        &self,
        id: &RefundRequestId,
    ) -> Result<Option<PaymentRequestId>, StoreError> {
        Ok(self.read()?.refund_ids.get(id).cloned())
    }

    async fn cards(&self, buyer: &BuyerId) -> Result<Vec<StoredCard>, StoreError> {
        let tables = self.read()?;
        let of_buyer = tables.cards.values().filter(|card| card.buyer == *buyer);
        let mut cards: Vec<_> = of_buyer.cloned().collect();
        cards.sort_by_key(|card| (Reverse(card.saved_at), card.id.clone()));
        cards.truncate(MAX_CARDS);
        Ok(cards)
    }

    async fn card(
        &self,
        buyer: &BuyerId,
        card: &StoredCardId,
    ) -> Result<Option<StoredCard>, StoreError> {
        let key = (buyer.clone(), card.clone());
        Ok(self.read()?.cards.get(&key).cloned())
    }

    async fn forget_card(&self, buyer: &BuyerId, card: &StoredCardId) -> Result<(), StoreError> {
        let key = (buyer.clone(), card.clone());
        self.write(|tables| {
            tables.cards.remove(&key);
        })
    }
}
