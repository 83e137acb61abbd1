//! What the functions need of a table and of queues. Two implementations keep one contract (the cases of `contract`).

use domain::evidence::{Evidence, SignedMessage};
use domain::message::CaptureNotification;
use domain::outbox::{OutboxContent, OutboxMessage};
use domain::stored_card::StoredCard;
use domain::{
    BuyerId, OrderId, Payment, PaymentId, PaymentRequestId, RefundRequestId, StoredCardId, Time,
};
use serde::{Deserialize, Serialize};
use std::future::Future;

/// The table could not be read or written. Nothing is known to have changed; the caller may try again later (answer
/// 500 to a notification, leave a queue message, go on with the next row of a sweep).
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB refused, was not reached, or answered too late. For a commit the outcome is unknown: it may stand.
    #[error("the table did not answer: {0}")]
    Unavailable(String),
    /// An item is not what we write: a person must look.
    #[error("an item of the table cannot be read: {0}")]
    Corrupt(String),
    /// As many notifications as are kept wait for one unknown payment already: do not acknowledge, it comes again.
    #[error("{MAX_SHELF} early notifications wait for this payment already")]
    ShelfFull,
}

impl StoreError {
    /// Whether trying again, which is done without anybody's doing, may help. If not, a person must look.
    #[must_use]
    pub fn mends_itself(&self) -> bool {
        !matches!(self, Self::Corrupt(_))
    }
}

/// How many early notifications wait for one payment at most.
pub const MAX_SHELF: usize = 10;

/// How many stored cards of one buyer are listed at most.
pub const MAX_CARDS: usize = 20;

/// Why a commit was not made.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Somebody else changed the row first, or is at one of the items just now: load again and decide again. It does not
    /// mean that there is a row: see [`create`](crate::create).
    #[error("the row changed meanwhile")]
    Conflict,
    /// Notifications wait under the payment id that the commit binds: take them in and commit again.
    #[error("{} early notifications wait for this payment", .0.len())]
    Shelved(Vec<EarlyNotification>),
    /// The payment id is bound to another payment.
    #[error("the payment id belongs to another payment")]
    Taken(PaymentRequestId),
    /// The order whose holder the commit sets or clears is held by this other payment: decide what that means for this
    /// one, and commit again without the claim.
    #[error("the order is held by another payment")]
    OrderHeld(PaymentRequestId),
    /// A refund id is bound to this other payment: the merchant used it before, so that this refund must be refused.
    #[error("a refund id belongs to another payment")]
    RefundIdTaken(PaymentRequestId),
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One transaction: the row's next version, the evidence for it, and what else changes with it. All of it stands
/// afterwards, or nothing. When several things stand in the way the caller is told of one, in this order: the row, the
/// binding of POP's id, the order's holder, the refund ids.
#[derive(Debug, Clone)]
pub struct Commit {
    /// The row to write; it must stand at `next.version - 1` now, and must not exist if that is 0.
    pub next: Payment,
    /// New entries of the trail, in order.
    pub evidence: Vec<Evidence>,
    /// Set when `next.payment_id` was not bound before.
    pub bind: Option<Bind>,
    /// Set when this payment begins or ceases to hold its order's money.
    pub claim: Option<Claim>,
    /// Refund ids that are new to this payment: bound to it, so that notifyRefund finds it. One that it bound before
    /// changes nothing.
    pub refund_ids: Vec<RefundRequestId>,
    /// A card to store for its buyer; one of the same name is written over.
    pub card: Option<StoredCard>,
}

impl Commit {
    /// A commit of the row alone.
    #[must_use]
    pub fn of(next: Payment) -> Self {
        Self {
            next,
            evidence: Vec::new(),
            bind: None,
            claim: None,
            refund_ids: Vec::new(),
            card: None,
        }
    }

    /// Whether nothing but the row is written.
    pub(crate) fn is_row_only(&self) -> bool {
        self.evidence.is_empty()
            && self.bind.is_none()
            && self.claim.is_none()
            && self.refund_ids.is_empty()
            && self.card.is_none()
    }
}

/// What becomes of an order's holder: the one attempt at the order that may keep its money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The payment holds the order from now on, unless another one does. Taking again what it holds changes nothing.
    Take(OrderId),
    /// The payment holds the order no longer. Releasing what nobody holds changes nothing; another's is not released.
    Release(OrderId),
}

/// Binds POP's id to the row, and takes what waited under that id off its shelf.
#[derive(Debug, Clone)]
pub struct Bind {
    /// POP's id.
    pub payment_id: PaymentId,
    /// How many early notifications this commit takes in: exactly as many must lie there.
    pub adopted: usize,
}

/// A notifyCapture that came before anybody knew whose `paymentId` it names; verified when it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlyNotification {
    /// What it says.
    pub notification: CaptureNotification,
    /// The signed bytes.
    pub message: SignedMessage,
    /// When it came.
    pub received_at: Time,
}

/// What became of a notification put on a shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shelved {
    /// It waits there (also when it lay there already).
    Waiting,
    /// The id was bound meanwhile to this payment: go on with its row.
    Bound(PaymentRequestId),
}

/// A verified message that belongs to no row or is of a kind that nothing acts on. Kept, not acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMessage {
    /// The signed bytes.
    pub message: SignedMessage,
    /// When it came.
    pub received_at: Time,
    /// Its kind as it names itself (`notifyType` or `disputeNotificationType`), at most 64 characters.
    pub named_kind: String,
    /// The payment it names, if any.
    pub request_id: Option<String>,
    /// POP's id it names, if any.
    pub payment_id: Option<String>,
}

/// Where a page of due rows ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueCursor {
    /// The last row's due time.
    pub due_at: Time,
    /// The last row.
    pub id: PaymentRequestId,
}

/// A page of due rows, oldest due time first. The index may be a moment behind the rows: load before acting.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DuePage {
    /// Rows and their due times.
    pub rows: Vec<(PaymentRequestId, Time)>,
    /// Where to go on; `None` at the end.
    pub next: Option<DueCursor>,
}

impl DuePage {
    /// The page that follows `after` when these rows are due, given in no order; at most `limit` of them.
    #[must_use]
    pub fn cut(
        due: impl IntoIterator<Item = (PaymentRequestId, Time)>,
        limit: u16,
        after: Option<&DueCursor>,
    ) -> Self {
        let follows = |(id, at): &(PaymentRequestId, Time)| {
            after.is_none_or(|last| (*at, id) > (last.due_at, &last.id))
        };
        let mut rows: Vec<_> = due.into_iter().filter(follows).collect();
        rows.sort_by(|(id, at), (other_id, other_at)| (at, id).cmp(&(other_at, other_id)));
        let more = rows.len() > usize::from(limit);
        rows.truncate(usize::from(limit));
        let next = rows.last().filter(|_| more).map(|(id, due_at)| DueCursor {
            due_at: *due_at,
            id: id.clone(),
        });
        Self { rows, next }
    }
}

/// The table.
pub trait Store: Send + Sync {
    /// The row as it stands now (strongly consistent).
    fn load(
        &self,
        id: &PaymentRequestId,
    ) -> impl Future<Output = Result<Option<Payment>, StoreError>> + Send;

    /// Which payment POP's id is bound to (strongly consistent).
    fn find(
        &self,
        id: &PaymentId,
    ) -> impl Future<Output = Result<Option<PaymentRequestId>, StoreError>> + Send;

    /// Commits all or nothing. Committing the very same thing again is a [`CommitError::Conflict`], after which a
    /// load shows that it stands.
    fn commit(&self, commit: &Commit) -> impl Future<Output = Result<(), CommitError>> + Send;

    /// Keeps an early notification under POP's id unless that id is bound.
    fn shelve(
        &self,
        early: &EarlyNotification,
    ) -> impl Future<Output = Result<Shelved, StoreError>> + Send;

    /// Keeps a message that moves no row; the same bytes again change nothing.
    fn keep(&self, kept: &KeptMessage) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Rows of `shard` with a due time at or before `until`, at most `limit`.
    fn due(
        &self,
        shard: u16,
        until: Time,
        limit: u16,
        after: Option<&DueCursor>,
    ) -> impl Future<Output = Result<DuePage, StoreError>> + Send;

    /// The whole trail of a payment, in order (strongly consistent).
    fn evidence(
        &self,
        id: &PaymentRequestId,
    ) -> impl Future<Output = Result<Vec<Evidence>, StoreError>> + Send;

    /// Which payment holds the order's money (strongly consistent).
    fn order_holder(
        &self,
        id: &OrderId,
    ) -> impl Future<Output = Result<Option<PaymentRequestId>, StoreError>> + Send;

    /// Which payment a refund id belongs to (strongly consistent).
    fn find_refund(
        &self,
        id: &RefundRequestId,
    ) -> impl Future<Output = Result<Option<PaymentRequestId>, StoreError>> + Send;

    /// A buyer's stored cards, the newest first, at most [`MAX_CARDS`] (strongly consistent).
    fn cards(
        &self,
        buyer: &BuyerId,
    ) -> impl Future<Output = Result<Vec<StoredCard>, StoreError>> + Send;

    /// One stored card of a buyer (strongly consistent).
    fn card(
        &self,
        buyer: &BuyerId,
        card: &StoredCardId,
    ) -> impl Future<Output = Result<Option<StoredCard>, StoreError>> + Send;

    /// Forgets a stored card; also `Ok` if there is none.
    fn forget_card(
        &self,
        buyer: &BuyerId,
        card: &StoredCardId,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A queue that we write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueueName {
    /// Hints to the capture function.
    Capture,
    /// Events for the merchant's order system.
    OrderEvents,
}

impl QueueName {
    /// Where a message goes.
    #[must_use]
    pub fn of(content: &OutboxContent) -> Self {
        match content {
            OutboxContent::CaptureHint => Self::Capture,
            OutboxContent::OrderEvent(_) => Self::OrderEvents,
        }
    }

    /// The word in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::OrderEvents => "order_events",
        }
    }
}

/// The queues.
pub trait Queues: Send + Sync {
    /// Sends the messages and gives the ids of those that were sent. What was not stays in the outbox.
    fn send(
        &self,
        payment: &PaymentRequestId,
        messages: &[OutboxMessage],
    ) -> impl Future<Output = Vec<String>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, at: i64) -> (PaymentRequestId, Time) {
        (PaymentRequestId::new(id).unwrap(), Time::from_millis(at))
    }

    #[test]
    fn pages_hold_every_row_once_by_time_and_id_and_the_last_one_says_so() {
        let rows = [row("C", 5), row("A", 9), row("B", 5), row("D", 1)];
        let want = [row("D", 1), row("B", 5), row("C", 5), row("A", 9)];
        for limit in 1..=5 {
            let (mut got, mut after, mut pages) = (Vec::new(), None, 0);
            loop {
                let page = DuePage::cut(rows.clone(), limit, after.as_ref());
                assert!(page.rows.len() <= usize::from(limit));
                got.extend(page.rows);
                pages += 1;
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(got, want);
            assert_eq!(pages, 4_usize.div_ceil(usize::from(limit)), "{limit} each");
        }
        assert_eq!(DuePage::cut([], 3, None), DuePage::default());
    }
}
