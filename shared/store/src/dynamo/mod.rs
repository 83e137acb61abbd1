//! The table in DynamoDB. One partition a payment (its row and its evidence), one a buyer (the stored cards), and one
//! item for each of POP's payment ids, each order that is paid, each refund id and each kept message. No function
//! scans; an operator's audit does ([`DynamoStore::scan_rows`]).
//!
//! | item | `pk` | `sk` |
//! |---|---|---|
//! | row | `PAY#<paymentRequestId>` | `STATE` |
//! | evidence | `PAY#<paymentRequestId>` | `EVID#000001`, ... |
//! | binding of POP's id, or what waits for it | `PID#<paymentId>` | `BIND` |
//! | order's holder | `ORDER#<orderId>` | `HOLDER` |
//! | binding of a refund id | `REF#<refundRequestId>` | `BIND` |
//! | stored card | `BUYER#<referenceBuyerId>` | `CARD#<storedCardId>` |
//! | kept message | `KEPT#<SHA-256 of its body>` | `KEPT` |
//!
//! Items expire by the table's TTL attribute `expires_at`. A row gets one only when nothing is outstanding any more:
//! the settings' retention after it settled. Evidence, bindings and holders are written long before anybody knows when
//! that will be, so they are kept [`items::LONGEST_LIFE`] longer than the retention: a payment would have to stay
//! unresolved for that long for its row to outlive them. Stored cards do not expire.

mod calls;
mod cards;
mod claims;
mod commit;
mod failure;
mod items;
mod meter;
mod query;
mod scan;
mod trail_items;

use crate::{
    Commit, CommitError, DueCursor, DuePage, DynamoSettings, EarlyNotification, KeptMessage,
    MAX_SHELF, Shelved, Store, StoreError,
};
use aws_calls::Unfit;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemInput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemInput};
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};
use aws_types::SdkConfig;
use calls::Calls;
use domain::evidence::Evidence;
use domain::stored_card::StoredCard;
use domain::{
    BuyerId, OrderId, Payment, PaymentId, PaymentRequestId, RefundRequestId, StoredCardId, Time,
};
use failure::unavailable;
pub use items::{Item, row as row_item};
pub use meter::{Meter, Usage};
pub use scan::{RowCursor, RowPage, UnreadableRow};
pub use trail_items::{evidence_item, read_evidence_item};

/// How often a shelf is tried again when a transaction is just writing it.
const SHELF_TRIES: u32 = 3;

/// The table. Clones share their connections.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    calls: Calls,
    settings: DynamoSettings,
    meter: Option<Meter>,
}

impl DynamoStore {
    /// Works on the table that the settings name. Nothing is asked of AWS yet. Fails when the configuration has no region or
    /// no credentials.
    pub fn new(sdk: &SdkConfig, settings: DynamoSettings) -> Result<Self, Unfit> {
        Ok(Self {
            calls: Calls::new(sdk)?,
            settings,
            meter: None,
        })
    }

    /// Counts every request and the capacity it used from now on.
    #[must_use]
    pub fn metered(mut self, meter: Meter) -> Self {
        self.meter = Some(meter);
        self
    }

    /// What waits under POP's id until it is bound, oldest first: for an operator.
    ///
    /// # Errors
    /// As for every read.
    pub async fn shelf(&self, id: &PaymentId) -> Result<Vec<EarlyNotification>, StoreError> {
        let key = (items::binding_key(id), items::BINDING);
        let item = self.item(key, None).await?;
        item.as_ref().map_or(Ok(Vec::new()), items::shelf)
    }

    fn capacity(&self) -> Option<ReturnConsumedCapacity> {
        let metered = self.meter.is_some();
        metered.then_some(ReturnConsumedCapacity::Total)
    }

    async fn item(
        &self,
        (pk, sk): (String, &str),
        attributes: Option<&str>,
    ) -> Result<Option<Item>, StoreError> {
        let input = GetItemInput::builder()
            .table_name(&self.settings.table)
            .key("pk", items::text(pk))
            .key("sk", items::text(sk))
            .consistent_read(true)
            .set_projection_expression(attributes.map(str::to_owned))
            .set_return_consumed_capacity(self.capacity())
            .build()
            .map_err(|error| items::incomplete(&error))?;
        let answer = self.calls.get_item.invoke(input).await;
        let answer = answer.map_err(|error| unavailable("GetItem", &error))?;
        self.count("GetItem", answer.consumed_capacity.as_slice());
        Ok(answer.item)
    }

    /// Puts the notification on the shelf; `None` if a transaction is just writing there.
    async fn try_shelve(&self, early: &EarlyNotification) -> Result<Option<Shelved>, StoreError> {
        let expires_at = items::binding_expires_at(early.received_at, &self.settings);
        let input = UpdateItemInput::builder()
            .table_name(&self.settings.table)
            .key("pk", items::text(items::binding_key(&early.notification.payment_id)))
            .key("sk", items::text(items::BINDING))
            .update_expression(
                "SET shelf = list_append(if_not_exists(shelf, :none), :entry), expires_at = :expires_at ADD seen :digest",
            )
            // The id is free, the message is new, and there is room.
            .condition_expression(
                "attribute_not_exists(payment) AND NOT contains(seen, :digest_text) \
                 AND (attribute_not_exists(shelf) OR size(shelf) < :most)",
            )
            .expression_attribute_values(":none", items::list(Vec::new()))
            .expression_attribute_values(":entry", items::list(vec![items::shelf_entry(early)?]))
            .expression_attribute_values(":digest", items::text_set(items::digest(&early.message)))
            .expression_attribute_values(":digest_text", items::text(items::digest(&early.message)))
            .expression_attribute_values(":most", items::number(MAX_SHELF))
            .expression_attribute_values(":expires_at", items::number(expires_at))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(self.capacity())
            .build()
            .map_err(|error| items::incomplete(&error))?;
        match self.calls.update_item.invoke(input).await {
            Ok(answer) => {
                self.count("UpdateItem", answer.consumed_capacity.as_slice());
                Ok(Some(Shelved::Waiting))
            }
            Err(error) => {
                self.count("UpdateItem", &[]);
                match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                        shelf_refused(refusal.item(), early).map(Some)
                    }
                    Some(UpdateItemError::TransactionConflictException(_)) => Ok(None),
                    _ => Err(unavailable("UpdateItem", &error)),
                }
            }
        }
    }
}

/// Why the shelf did not take a notification, by the item that stands there.
fn shelf_refused(item: Option<&Item>, early: &EarlyNotification) -> Result<Shelved, StoreError> {
    let Some(item) = item else {
        return Err(items::not_shown());
    };
    if let Some(owner) = items::bound_to(item)? {
        return Ok(Shelved::Bound(owner));
    }
    if items::lies_on_shelf(item, &items::digest(&early.message)) {
        return Ok(Shelved::Waiting);
    }
    Err(StoreError::ShelfFull)
}

impl Store for DynamoStore {
    async fn load(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
        let item = self.item((items::row_key(id), items::ROW), None).await?;
        item.as_ref().map(items::payment).transpose()
    }

    async fn find(&self, id: &PaymentId) -> Result<Option<PaymentRequestId>, StoreError> {
        let key = (items::binding_key(id), items::BINDING);
        let item = self.item(key, Some("payment")).await?;
        item.as_ref().map_or(Ok(None), items::bound_to)
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        if commit.is_row_only() {
            self.put_row(&commit.next).await
        } else {
            self.transact(commit).await
        }
    }

    async fn shelve(&self, early: &EarlyNotification) -> Result<Shelved, StoreError> {
        for _ in 0..SHELF_TRIES {
            if let Some(shelved) = self.try_shelve(early).await? {
                return Ok(shelved);
            }
        }
        Err(StoreError::Unavailable(
            "UpdateItem: transactions kept writing the same item".into(),
        ))
    }

    async fn keep(&self, kept: &KeptMessage) -> Result<(), StoreError> {
        let input = PutItemInput::builder()
            .table_name(&self.settings.table)
            .set_item(Some(items::kept(kept, &self.settings)))
            .condition_expression("attribute_not_exists(pk)")
            .set_return_consumed_capacity(self.capacity())
            .build()
            .map_err(|error| items::incomplete(&error))?;
        match self.calls.put_item.invoke(input).await {
            Ok(answer) => {
                self.count("PutItem", answer.consumed_capacity.as_slice());
                Ok(())
            }
            Err(error) => {
                self.count("PutItem", &[]);
                match error.as_service_error() {
                    Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()), // kept before
                    _ => Err(unavailable("PutItem", &error)),
                }
            }
        }
    }

    async fn due(
        &self,
        shard: u16,
        until: Time,
        limit: u16,
        after: Option<&DueCursor>,
    ) -> Result<DuePage, StoreError> {
        self.query_due(shard, until, limit, after).await
    }

    async fn evidence(&self, id: &PaymentRequestId) -> Result<Vec<Evidence>, StoreError> {
        self.query_evidence(id).await
    }

    async fn order_holder(&self, id: &OrderId) -> Result<Option<PaymentRequestId>, StoreError> {
        self.holder_of(id).await
    }

    async fn find_refund(
        &self,
        id: &RefundRequestId,
    ) -> Result<Option<PaymentRequestId>, StoreError> {
        self.payment_of_refund(id).await
    }

    async fn cards(&self, buyer: &BuyerId) -> Result<Vec<StoredCard>, StoreError> {
        self.query_cards(buyer).await
    }

    async fn card(
        &self,
        buyer: &BuyerId,
        card: &StoredCardId,
    ) -> Result<Option<StoredCard>, StoreError> {
        self.read_card(buyer, card).await
    }

    async fn forget_card(&self, buyer: &BuyerId, card: &StoredCardId) -> Result<(), StoreError> {
        self.delete_card(buyer, card).await
    }
}
