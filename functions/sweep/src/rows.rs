//! The due rows of several shards as one stream, so that the end of a page or of a shard holds nobody up.

use crate::{PAGE, Sweep};
use domain::{PaymentRequestId, Seconds, Time};
use futures_util::{Stream, StreamExt, stream};
use pop::provider::Provider;
use std::vec::IntoIter;
use store::{DueCursor, Queues, Store, StoreError};

/// What the index gave.
pub(crate) enum Found {
    /// A row, and how long it has been due.
    Row(PaymentRequestId, Seconds),
    /// A page of this shard could not be read.
    Unreadable(u16, StoreError),
    /// There is no time left for another page.
    NoTime,
}

/// Where the reading stands.
struct Place {
    shards: IntoIter<u16>,
    shard: Option<u16>,
    until: Time,
    after: Option<DueCursor>,
    deadline: Time,
}

impl<S: Store, Q: Queues, P: Provider> Sweep<S, Q, P> {
    /// What is due in these shards, one after the other, in each the oldest due time first. A page is read when the rows
    /// before it are taken, so that no more than one lies in memory.
    pub(crate) fn rows(&self, shards: Vec<u16>, deadline: Time) -> impl Stream<Item = Found> + '_ {
        let mut shards = shards.into_iter();
        let place = Place {
            shard: shards.next(),
            shards,
            until: (self.clock)(),
            after: None,
            deadline,
        };
        stream::unfold(place, |place| self.page(place)).flat_map(stream::iter)
    }

    async fn page(&self, mut place: Place) -> Option<(Vec<Found>, Place)> {
        let shard = place.shard?;
        if !self.has_time(place.deadline) {
            place.shard = None;
            return Some((vec![Found::NoTime], place));
        }
        let (store, after) = (&self.ports.store, place.after.take());
        let (found, next) = match store.due(shard, place.until, PAGE, after.as_ref()).await {
            Ok(page) => {
                let rows = page.rows.into_iter();
                let found = rows.map(|(id, due_at)| Found::Row(id, place.until.since(due_at)));
                (found.collect(), page.next)
            }
            Err(error) => (vec![Found::Unreadable(shard, error)], None),
        };
        place.after = next;
        if place.after.is_none() {
            place.shard = place.shards.next();
            place.until = (self.clock)();
        }
        Some((found, place))
    }
}
