//! One commit as one conditional write, or as one transaction when more than the row is written.

use super::DynamoStore;
use super::claims::{distinct, refused};
use super::failure::unavailable;
use super::items::{self, Item};
use super::trail_items::evidence_item;
use crate::{Bind, Commit, CommitError, StoreError};
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemInput};
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsError, TransactWriteItemsInput,
};
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, Put, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};
use domain::{Payment, Time};
use std::hash::{BuildHasher, Hasher, RandomState};

/// Names one commit, so that a try whose answer was lost is known again when the next try finds the row changed: by
/// us. (Transactions have a token for the same purpose.)
fn name_of_commit() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// The row must stand one version before, and must not exist before the first.
fn row_condition(payment: &Payment) -> (&'static str, Option<AttributeValue>) {
    match payment.version {
        0 | 1 => ("attribute_not_exists(pk)", None),
        version => ("version = :before", Some(items::number(version - 1))),
    }
}

impl DynamoStore {
    pub(super) async fn put_row(&self, payment: &Payment) -> Result<(), CommitError> {
        let name = name_of_commit();
        let (condition, before) = row_condition(payment);
        let mut input = PutItemInput::builder()
            .table_name(&self.settings.table)
            .set_item(Some(items::row(payment, &name, &self.settings)?))
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(self.capacity());
        if let Some(before) = before {
            input = input.expression_attribute_values(":before", before);
        }
        let input = input.build().map_err(|error| items::incomplete(&error))?;
        match self.calls.put_item.invoke(input).await {
            Ok(answer) => {
                self.count("PutItem", answer.consumed_capacity.as_slice());
                Ok(())
            }
            Err(error) => {
                self.count("PutItem", &[]);
                match error.as_service_error() {
                    Some(PutItemError::ConditionalCheckFailedException(refusal))
                        if refusal
                            .item()
                            .is_some_and(|item| is_written_by(item, &name)) =>
                    {
                        Ok(())
                    }
                    Some(
                        PutItemError::ConditionalCheckFailedException(_)
                        | PutItemError::TransactionConflictException(_),
                    ) => Err(CommitError::Conflict),
                    _ => Err(unavailable("PutItem", &error).into()),
                }
            }
        }
    }

    pub(super) async fn transact(&self, commit: &Commit) -> Result<(), CommitError> {
        let writes = self.writes(commit)?;
        let input = TransactWriteItemsInput::builder()
            .set_transact_items(Some(writes))
            .client_request_token(name_of_commit())
            .set_return_consumed_capacity(self.capacity())
            .build()
            .map_err(|error| items::incomplete(&error))?;
        match self.calls.transact_write_items.invoke(input).await {
            Ok(answer) => {
                self.count("TransactWriteItems", answer.consumed_capacity());
                Ok(())
            }
            Err(error) => {
                self.count("TransactWriteItems", &[]);
                match error.as_service_error() {
                    Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
                        Err(why_canceled(canceled.cancellation_reasons(), commit))
                    }
                    _ => Err(unavailable("TransactWriteItems", &error).into()),
                }
            }
        }
    }

    /// The writes stand in the order in which [`why_canceled`] reads the reasons: the row, the binding, the order's
    /// holder, the refund ids, each if there is one; what has no condition, or none that fails alone, comes last.
    fn writes(&self, commit: &Commit) -> Result<Vec<TransactWriteItem>, StoreError> {
        let payment = &commit.next.id;
        let expires_at = items::binding_expires_at(latest_time(commit), &self.settings);
        let mut writes = vec![self.row_write(&commit.next)?];
        if let Some(bind) = &commit.bind {
            writes.push(self.bind_write(commit, bind, expires_at)?);
        }
        if let Some(claim) = &commit.claim {
            writes.push(self.claim_write(payment, claim, expires_at)?);
        }
        for refund in distinct(&commit.refund_ids) {
            writes.push(self.refund_write(payment, refund, expires_at)?);
        }
        if let Some(card) = &commit.card {
            writes.push(self.card_write(card)?);
        }
        for entry in &commit.evidence {
            let item = evidence_item(payment, entry, &self.settings);
            writes.push(self.put("attribute_not_exists(pk)", None, item)?);
        }
        Ok(writes)
    }

    fn row_write(&self, payment: &Payment) -> Result<TransactWriteItem, StoreError> {
        let (condition, before) = row_condition(payment);
        let row = items::row(payment, &name_of_commit(), &self.settings)?;
        self.put(condition, before, row)
    }

    fn put(
        &self,
        condition: &str,
        before: Option<AttributeValue>,
        item: Item,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut put = Put::builder()
            .table_name(&self.settings.table)
            .set_item(Some(item))
            .condition_expression(condition);
        if let Some(before) = before {
            put = put.expression_attribute_values(":before", before);
        }
        let put = put.build().map_err(|error| items::incomplete(&error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn bind_write(
        &self,
        commit: &Commit,
        bind: &Bind,
        expires_at: i64,
    ) -> Result<TransactWriteItem, StoreError> {
        let shelf = match bind.adopted {
            0 => "attribute_not_exists(shelf)",
            _ => "size(shelf) = :adopted",
        };
        let mut update = Update::builder()
            .table_name(&self.settings.table)
            .key("pk", items::text(items::binding_key(&bind.payment_id)))
            .key("sk", items::text(items::BINDING))
            .update_expression(
                "SET payment = :payment, expires_at = :expires_at REMOVE shelf, seen",
            )
            .condition_expression(format!(
                "(attribute_not_exists(payment) OR payment = :payment) AND {shelf}"
            ))
            .expression_attribute_values(":payment", items::text(commit.next.id.as_str()))
            .expression_attribute_values(":expires_at", items::number(expires_at))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if bind.adopted > 0 {
            update = update.expression_attribute_values(":adopted", items::number(bind.adopted));
        }
        let update = update.build().map_err(|error| items::incomplete(&error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// The latest time that the commit knows of, which is about now.
fn latest_time(commit: &Commit) -> Time {
    let payment = &commit.next;
    let received = commit.evidence.iter().map(|entry| entry.received_at);
    received
        .chain([payment.created_at, payment.status_since])
        .chain(payment.asked_at)
        .chain(payment.refunds.iter().map(|refund| refund.requested_at))
        .max()
        .unwrap_or(payment.created_at)
}

fn is_written_by(item: &Item, name: &str) -> bool {
    items::take_text(item, "written_by").is_ok_and(|by| by == name)
}

/// Reasons stand in the order of the writes. A row that moved on outweighs all else: the commit is out of date.
fn why_canceled(reasons: &[CancellationReason], commit: &Commit) -> CommitError {
    let is = |reason: &CancellationReason, code: &str| reason.code() == Some(code);
    let failed = |at: usize| {
        let reason = reasons.get(at)?;
        is(reason, "ConditionalCheckFailed").then_some(reason)
    };
    if failed(0).is_some() {
        return CommitError::Conflict;
    }
    let mut at = 1;
    if commit.bind.is_some() {
        if let Some(reason) = failed(at) {
            return why_not_bound(reason.item(), commit);
        }
        at += 1;
    }
    if commit.claim.is_some() {
        if let Some(reason) = failed(at) {
            return refused(reason.item(), CommitError::OrderHeld);
        }
        at += 1;
    }
    let refund_ids = at..at + distinct(&commit.refund_ids).len();
    if let Some(reason) = refund_ids.into_iter().find_map(failed) {
        return refused(reason.item(), CommitError::RefundIdTaken);
    }
    let conflict =
        |reason| is(reason, "ConditionalCheckFailed") || is(reason, "TransactionConflict");
    if reasons.iter().any(conflict) {
        return CommitError::Conflict;
    }
    let codes: Vec<_> = reasons
        .iter()
        .filter_map(CancellationReason::code)
        .collect();
    CommitError::Store(StoreError::Unavailable(format!(
        "TransactWriteItems: canceled: {}",
        codes.join(", ")
    )))
}

fn why_not_bound(item: Option<&Item>, commit: &Commit) -> CommitError {
    let Some(item) = item else {
        return CommitError::Conflict; // what lay on the shelf is gone
    };
    match items::bound_to(item) {
        Ok(Some(owner)) if owner != commit.next.id => return CommitError::Taken(owner),
        Ok(_) => {}
        Err(error) => return error.into(),
    }
    match items::shelf(item) {
        Ok(early) if early.is_empty() => CommitError::Conflict,
        Ok(early) => CommitError::Shelved(early),
        Err(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_commits_differ() {
        let names: std::collections::HashSet<_> = (0..1_000).map(|_| name_of_commit()).collect();
        assert_eq!(names.len(), 1_000);
    }

    #[test]
    fn a_transaction_that_was_canceled_for_other_reasons_is_an_outage() {
        let next = crate::samples::payment("PAY_1");
        let commit = Commit::of(next);
        let reason = |code: &str| CancellationReason::builder().code(code).build();
        for (codes, conflict) in [
            (&["ConditionalCheckFailed", "None"][..], true),
            (&["None", "ConditionalCheckFailed"], true),
            (&["TransactionConflict", "None"], true),
            (&["ThrottlingError", "None"], false),
            (&["ProvisionedThroughputExceeded"], false),
            (&["None", "ItemCollectionSizeLimitExceeded"], false),
            (&[], false),
        ] {
            let reasons: Vec<_> = codes.iter().map(|code| reason(code)).collect();
            match why_canceled(&reasons, &commit) {
                CommitError::Conflict => assert!(conflict, "{codes:?}"),
                CommitError::Store(StoreError::Unavailable(_)) => assert!(!conflict, "{codes:?}"),
                other => unreachable!("{codes:?}: {other}"),
            }
        }
    }

    #[test]
    fn each_reason_is_read_at_the_place_of_its_write() {
        let refunds = ["R1", "R2", "R1"].map(crate::samples::refund_id);
        let commit = Commit {
            claim: Some(crate::Claim::Take(crate::samples::order_id("O"))),
            refund_ids: refunds.into(),
            card: Some(crate::samples::stored_card("B", "1")),
            ..Commit::of(crate::samples::payment("PAY_1"))
        };
        let owned = Item::from([("payment".to_owned(), items::text("PAY_2"))]);
        // The row, the holder, two refund ids, the card.
        let canceled = |at: usize, code: &str, item: Option<&Item>| {
            let reasons: Vec<_> = (0..5)
                .map(|n| {
                    let code = if n == at { code } else { "None" };
                    let reason = CancellationReason::builder().code(code);
                    reason.set_item(item.filter(|_| n == at).cloned()).build()
                })
                .collect();
            why_canceled(&reasons, &commit)
        };
        let failed = |at| canceled(at, "ConditionalCheckFailed", Some(&owned));
        assert!(matches!(failed(0), CommitError::Conflict));
        assert!(matches!(failed(1), CommitError::OrderHeld(by) if by.as_str() == "PAY_2"));
        for at in [2, 3] {
            assert!(matches!(failed(at), CommitError::RefundIdTaken(by) if by.as_str() == "PAY_2"));
        }
        for at in 1..4 {
            let unseen = canceled(at, "ConditionalCheckFailed", None);
            assert!(matches!(unseen, CommitError::Store(StoreError::Corrupt(_))));
            let busy = canceled(at, "TransactionConflict", None);
            assert!(matches!(busy, CommitError::Conflict));
            let throttled = canceled(at, "ThrottlingError", None);
            assert!(matches!(
                throttled,
                CommitError::Store(StoreError::Unavailable(_))
            ));
        }
    }
}
