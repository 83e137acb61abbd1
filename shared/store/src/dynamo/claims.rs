//! What belongs to one payment at most: an order's money, and each refund id. One item each, whose existence is the
//! claim.

use super::DynamoStore;
use super::items::{self, Item};
use crate::{Claim, CommitError, StoreError};
use aws_sdk_dynamodb::types::{
    Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use domain::{OrderId, PaymentRequestId, RefundRequestId};
use std::collections::BTreeSet;

const HOLDER: &str = "HOLDER";
const REFUND_ID: &str = "BIND";

/// Nobody's yet, or ours already.
const FREE_OR_OURS: &str = "attribute_not_exists(pk) OR payment = :payment";

/// Partition and sort key.
type Key = (String, &'static str);

fn holder_key(id: &OrderId) -> Key {
    (format!("ORDER#{id}"), HOLDER)
}

fn refund_key(id: &RefundRequestId) -> Key {
    (format!("REF#{id}"), REFUND_ID)
}

/// A transaction writes no item twice, so that an id given twice is written once.
pub(super) fn distinct(ids: &[RefundRequestId]) -> BTreeSet<&RefundRequestId> {
    ids.iter().collect()
}

impl DynamoStore {
    pub(super) async fn holder_of(
        &self,
        id: &OrderId,
    ) -> Result<Option<PaymentRequestId>, StoreError> {
        self.owner(holder_key(id)).await
    }

    pub(super) async fn payment_of_refund(
        &self,
        id: &RefundRequestId,
    ) -> Result<Option<PaymentRequestId>, StoreError> {
        self.owner(refund_key(id)).await
    }

    async fn owner(&self, (pk, sk): Key) -> Result<Option<PaymentRequestId>, StoreError> {
        let item = self.item((pk, sk), Some("payment")).await?;
        item.as_ref().map_or(Ok(None), items::bound_to)
    }

    pub(super) fn claim_write(
        &self,
        payment: &PaymentRequestId,
        claim: &Claim,
        expires_at: i64,
    ) -> Result<TransactWriteItem, StoreError> {
        match claim {
            Claim::Take(order) => self.claim_item(holder_key(order), payment, expires_at),
            Claim::Release(order) => {
                let (pk, sk) = holder_key(order);
                let delete = Delete::builder()
                    .table_name(&self.settings.table)
                    .key("pk", items::text(pk))
                    .key("sk", items::text(sk))
                    .condition_expression(FREE_OR_OURS)
                    .expression_attribute_values(":payment", items::text(payment.as_str()))
                    .return_values_on_condition_check_failure(
                        ReturnValuesOnConditionCheckFailure::AllOld,
                    );
                let delete = delete.build().map_err(|error| items::incomplete(&error))?;
                Ok(TransactWriteItem::builder().delete(delete).build())
            }
        }
    }

    pub(super) fn refund_write(
        &self,
        payment: &PaymentRequestId,
        refund: &RefundRequestId,
        expires_at: i64,
    ) -> Result<TransactWriteItem, StoreError> {
        self.claim_item(refund_key(refund), payment, expires_at)
    }

    fn claim_item(
        &self,
        (pk, sk): Key,
        payment: &PaymentRequestId,
        expires_at: i64,
    ) -> Result<TransactWriteItem, StoreError> {
        let item = Item::from([
            ("pk".into(), items::text(pk)),
            ("sk".into(), items::text(sk)),
            ("payment".into(), items::text(payment.as_str())),
            ("expires_at".into(), items::number(expires_at)),
        ]);
        let put = Put::builder()
            .table_name(&self.settings.table)
            .set_item(Some(item))
            .condition_expression(FREE_OR_OURS)
            .expression_attribute_values(":payment", items::text(payment.as_str()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = put.build().map_err(|error| items::incomplete(&error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// Whose it is, by the item that stood in the way.
pub(super) fn refused(
    item: Option<&Item>,
    say: fn(PaymentRequestId) -> CommitError,
) -> CommitError {
    match item.map(items::bound_to) {
        Some(Ok(Some(owner))) => say(owner),
        Some(Err(error)) => error.into(),
        Some(Ok(None)) | None => CommitError::Store(items::not_shown()),
    }
}
