//! The table: the one in memory, behind steps, with an index that lags.

use super::Stage;
use super::asked::{Asked, Ear, Listener};
use super::index::Index;
use crate::engine::{Fate, Port, lock, now};
use crate::happened::{Change, Happened};
use domain::evidence::Evidence;
use domain::stored_card::StoredCard;
use domain::{
    BuyerId, OrderId, Payment, PaymentId, PaymentRequestId, RefundRequestId, StoredCardId, Time,
};
use futures_util::FutureExt;
use std::future::Future;
use std::sync::{Arc, Mutex};
use store::{
    Commit, CommitError, DueCursor, DuePage, EarlyNotification, KeptMessage, MemoryStore, Shelved,
    Store, StoreError,
};

/// The table of one simulation. Clones share it.
#[derive(Clone)]
pub struct SimTable {
    stage: Stage,
    ear: Ear,
    memory: MemoryStore,
    index: Arc<Mutex<(Index, fastrand::Rng)>>,
    shards: u16,
    /// How far the index is behind at most, in milliseconds.
    lag_ms: i64,
}

/// The table in memory answers at once.
fn at_once<T>(answer: impl Future<Output = T>) -> T {
    answer.now_or_never().expect("memory answers at once")
}

fn unavailable(fate: Fate) -> StoreError {
    StoreError::Unavailable(format!("in this run the call {}", fate.words()))
}

impl SimTable {
    /// An empty table.
    #[must_use]
    pub fn new(stage: Stage, shards: u16, lag_ms: i64, seed: u64) -> Self {
        Self {
            stage,
            ear: Ear::default(),
            memory: MemoryStore::new(shards),
            index: Arc::new(Mutex::new((
                Index::default(),
                fastrand::Rng::with_seed(seed ^ 0x1D),
            ))),
            shards,
            lag_ms,
        }
    }

    /// From now on this one hears of all that functions ask of the table.
    pub fn listen(&self, listener: Arc<dyn Listener>) {
        self.ear.lend(listener);
    }

    fn tell(&self, what: Asked<'_>) {
        self.ear.tell(self.stage.function(), what);
    }

    /// What really stands in the table, for the checks.
    #[must_use]
    pub fn memory(&self) -> &MemoryStore {
        &self.memory
    }

    /// A row as it really stands.
    #[must_use]
    pub fn row(&self, id: &PaymentRequestId) -> Option<Payment> {
        at_once(self.memory.load(id)).expect("memory does not fail")
    }

    /// The trail as it really stands.
    #[must_use]
    pub fn trail(&self, id: &PaymentRequestId) -> Vec<Evidence> {
        at_once(self.memory.evidence(id)).expect("memory does not fail")
    }

    /// Which payment the provider's id is really bound to.
    #[must_use]
    pub fn bound(&self, id: &PaymentId) -> Option<PaymentRequestId> {
        at_once(self.memory.find(id)).expect("memory does not fail")
    }

    /// Whose refund really has this id.
    #[must_use]
    pub fn refunded(&self, id: &RefundRequestId) -> Option<PaymentRequestId> {
        at_once(self.memory.find_refund(id)).expect("memory does not fail")
    }

    /// When the index first shows something as due.
    #[must_use]
    pub fn first_due(&self) -> Option<Time> {
        lock(&self.index).0.first_due(now())
    }

    fn commit_now(&self, commit: &Commit) -> Result<(), CommitError> {
        let before = self.row(&commit.next.id);
        at_once(self.memory.commit(commit))?;
        let after = commit.next.clone();
        let mut index = lock(&self.index);
        let lag = index.1.i64(0..=self.lag_ms.max(0));
        let shown_from = Time::from_millis(now().millis() + lag);
        index.0.put(&after.id, after.due_at, now(), shown_from);
        self.stage.note(|| {
            format!(
                "  {} v{} {}{} due {} outbox {} trail {}",
                after.id,
                after.version,
                after.status.as_str(),
                after
                    .review
                    .as_ref()
                    .map_or(String::new(), |review| format!(
                        " in review: {}",
                        review.reason.code()
                    )),
                after.due_at.map_or("never".to_owned(), |due| due.rfc3339()),
                after.outbox.len(),
                after.trail.entries,
            )
        });
        let evidence = commit.evidence.clone();
        let change = Change {
            before,
            after,
            evidence,
        };
        self.stage.happened(Happened::Committed(Box::new(change)));
        Ok(())
    }

    /// A call that fails, if it does, because the table is unavailable.
    async fn call<T>(
        &self,
        call: &'static str,
        effect: impl Fn() -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        let failed = |fate| Err(unavailable(fate));
        self.stage.step(Port::Table, call, effect, failed).await
    }
}

impl Store for SimTable {
    async fn load(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        self.tell(Asked::Load(id));
        self.call("load", || at_once(self.memory.load(id))).await
    }

    async fn find(&self, id: &PaymentId) -> Result<Option<PaymentRequestId>, StoreError> {
        self.tell(Asked::Find(id));
        self.call("find", || at_once(self.memory.find(id))).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.tell(Asked::Commit(commit));
        let call = if commit.next.version == 1 {
            "commit (new row)"
        } else {
            "commit"
        };
        let failed = |fate| match fate {
            Fate::Conflict => Err(CommitError::Conflict),
            _ => Err(unavailable(fate).into()),
        };
        let effect = || self.commit_now(commit);
        self.stage.step(Port::Table, call, effect, failed).await
    }

    async fn shelve(&self, early: &EarlyNotification) -> Result<Shelved, StoreError> {
        self.tell(Asked::Shelve(early));
        self.call("shelve", || at_once(self.memory.shelve(early)))
            .await
    }

    async fn keep(&self, kept: &KeptMessage) -> Result<(), StoreError> {
        self.tell(Asked::Keep(kept));
        self.call("keep", || at_once(self.memory.keep(kept))).await
    }

    async fn due(
        &self,
        shard: u16,
        until: Time,
        limit: u16,
        after: Option<&DueCursor>,
    ) -> Result<DuePage, StoreError> {
        self.tell(Asked::Due {
            shard,
            until,
            limit,
            after,
        });
        let shard = (shard, self.shards);
        self.call("due", || {
            Ok(lock(&self.index).0.page(shard, now(), until, limit, after))
        })
        .await
    }

    async fn evidence(&self, id: &PaymentRequestId) -> Result<Vec<Evidence>, StoreError> {
        self.tell(Asked::Evidence(id));
        self.call("evidence", || at_once(self.memory.evidence(id)))
            .await
    }

    async fn order_holder(&self, id: &OrderId) -> Result<Option<PaymentRequestId>, StoreError> {
        self.tell(Asked::OrderHolder(id));
        self.call("order_holder", || at_once(self.memory.order_holder(id)))
            .await
    }

    async fn find_refund(
        &self,
        id: &RefundRequestId,
    ) -> Result<Option<PaymentRequestId>, StoreError> {
        self.tell(Asked::FindRefund(id));
        self.call("find_refund", || at_once(self.memory.find_refund(id)))
            .await
    }

    async fn cards(&self, buyer: &BuyerId) -> Result<Vec<StoredCard>, StoreError> {
        self.tell(Asked::Cards(buyer));
        self.call("cards", || at_once(self.memory.cards(buyer)))
            .await
    }

    async fn card(
        &self,
        buyer: &BuyerId,
        card: &StoredCardId,
    ) -> Result<Option<StoredCard>, StoreError> {
        self.tell(Asked::Card(buyer, card));
        self.call("card", || at_once(self.memory.card(buyer, card)))
            .await
    }

    async fn forget_card(&self, buyer: &BuyerId, card: &StoredCardId) -> Result<(), StoreError> {
        self.tell(Asked::ForgetCard(buyer, card));
        self.call("forget_card", || {
            at_once(self.memory.forget_card(buyer, card))
        })
        .await
    }
}
