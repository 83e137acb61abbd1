//! The index of due rows, a moment behind the rows as DynamoDB's are.

use domain::{PaymentRequestId, Time};
use std::collections::BTreeMap;
use store::{DueCursor, DuePage, shard_of};

/// What the index shows of one row from some time on.
#[derive(Debug, Clone, Copy)]
struct Shown {
    from: Time,
    due_at: Option<Time>,
}

/// All rows by their due time.
#[derive(Debug, Default)]
pub(super) struct Index {
    rows: BTreeMap<PaymentRequestId, Vec<Shown>>,
}

impl Index {
    /// The row's due time is this; the index shows it from `from` on.
    pub(super) fn put(
        &mut self,
        id: &PaymentRequestId,
        due_at: Option<Time>,
        now: Time,
        from: Time,
    ) {
        let shown = self.rows.entry(id.clone()).or_default();
        // What is replaced before now is never seen again; later changes never overtake earlier ones.
        let current = shown.iter().rposition(|entry| entry.from <= now);
        shown.drain(..current.unwrap_or(0));
        let from = shown.last().map_or(from, |last| last.from.max(from));
        shown.push(Shown { from, due_at });
    }

    /// A page of rows that the index shows as due.
    pub(super) fn page(
        &self,
        (shard, shards): (u16, u16),
        now: Time,
        until: Time,
        limit: u16,
        after: Option<&DueCursor>,
    ) -> DuePage {
        let rows = self.rows.iter();
        let due = rows
            .filter(|(id, _)| shard_of(id, shards) == shard)
            .filter_map(|(id, shown)| {
                let current = shown.iter().rfind(|entry| entry.from <= now)?;
                Some((id.clone(), current.due_at.filter(|at| *at <= until)?))
            });
        DuePage::cut(due, limit, after)
    }

    /// When the index first shows something as due, seen from `now`; `None` when it never will as things stand.
    pub(super) fn first_due(&self, now: Time) -> Option<Time> {
        let of_row = |shown: &Vec<Shown>| {
            let current = shown.iter().rposition(|entry| entry.from <= now);
            let ahead = shown.iter().skip(current.unwrap_or(0));
            ahead
                .filter_map(|entry| Some(entry.due_at?.max(entry.from)))
                .min()
        };
        self.rows.values().filter_map(of_row).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        Time::from_millis(seconds * 1000)
    }

    fn seen(index: &Index, now: i64) -> Vec<(String, i64)> {
        let page = index.page((0, 1), at(now), at(now), 10, None);
        let rows = page.rows.into_iter();
        rows.map(|(id, due)| (id.to_string(), due.millis() / 1000))
            .collect()
    }

    #[test]
    fn the_index_follows_the_rows_a_moment_later() {
        let id = PaymentRequestId::new("P1").unwrap();
        let mut index = Index::default();
        index.put(&id, Some(at(10)), at(0), at(2));
        assert_eq!(index.first_due(at(0)), Some(at(10)));
        index.put(&id, Some(at(50)), at(10), at(13));
        assert_eq!(seen(&index, 12), [("P1".to_owned(), 10)], "not yet");
        assert_eq!(seen(&index, 13), []);
        assert_eq!(seen(&index, 50), [("P1".to_owned(), 50)]);
        index.put(&id, None, at(51), at(52));
        assert_eq!(index.first_due(at(52)), None);
        assert_eq!(seen(&index, 60), []);
    }
}
