//! Reads of several items.

use super::DynamoStore;
use super::items::{self, Item};
use super::trail_items::read_evidence_item;
use crate::{DueCursor, DuePage, StoreError, shard_of};
use aws_sdk_dynamodb::operation::query::QueryInput;
use domain::evidence::Evidence;
use domain::{PaymentRequestId, Time};

/// The sparse index of rows with something outstanding.
const DUE_INDEX: &str = "due";

impl DynamoStore {
    pub(super) async fn query_due(
        &self,
        shard: u16,
        until: Time,
        limit: u16,
        after: Option<&DueCursor>,
    ) -> Result<DuePage, StoreError> {
        let input = QueryInput::builder()
            .table_name(&self.settings.table)
            .index_name(DUE_INDEX)
            .key_condition_expression("due_shard = :shard AND due_at <= :until")
            .expression_attribute_values(":shard", items::number(shard))
            .expression_attribute_values(":until", items::number(until.millis()))
            .limit(i32::from(limit.max(1)))
            .set_exclusive_start_key(after.map(|after| self.start_key(after)))
            .set_return_consumed_capacity(self.capacity())
            .build()
            .map_err(|error| items::incomplete(&error))?;
        let answer = self.calls.query(input).await?;
        self.count("Query", answer.consumed_capacity.as_slice());
        let rows = answer.items().iter().filter_map(due_row).collect();
        let next = answer.last_evaluated_key().and_then(due_row);
        Ok(DuePage {
            rows,
            next: next.map(|(id, due_at)| DueCursor { due_at, id }),
        })
    }

    fn start_key(&self, after: &DueCursor) -> Item {
        let shard = shard_of(&after.id, self.settings.shards);
        Item::from([
            ("pk".into(), items::text(items::row_key(&after.id))),
            ("sk".into(), items::text(items::ROW)),
            ("due_shard".into(), items::number(shard)),
            ("due_at".into(), items::number(after.due_at.millis())),
        ])
    }

    pub(super) async fn query_evidence(
        &self,
        id: &PaymentRequestId,
    ) -> Result<Vec<Evidence>, StoreError> {
        let mut trail = Vec::new();
        let mut start = None;
        loop {
            let input = QueryInput::builder()
                .table_name(&self.settings.table)
                .key_condition_expression("pk = :payment AND begins_with(sk, :evidence)")
                .expression_attribute_values(":payment", items::text(items::row_key(id)))
                .expression_attribute_values(":evidence", items::text(items::EVIDENCE))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .set_return_consumed_capacity(self.capacity())
                .build()
                .map_err(|error| items::incomplete(&error))?;
            let answer = self.calls.query(input).await?;
            self.count("Query", answer.consumed_capacity.as_slice());
            for item in answer.items() {
                trail.push(read_evidence_item(item)?.1);
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(trail);
            }
        }
    }
}

/// A row of the index. One that cannot be read is logged and passed over: it must not stop the others.
fn due_row(item: &Item) -> Option<(PaymentRequestId, Time)> {
    let key = items::take_text(item, "pk").ok();
    let id = key.as_deref().and_then(items::id_of_row_key);
    let due_at = items::take_number(item, "due_at").ok();
    if id.is_none() || due_at.is_none() {
        tracing::error!(
            error.code = "corrupt_index",
            item.pk = key,
            "a due item is no payment's row"
        );
    }
    Some((id?, Time::from_millis(due_at?)))
}
