//! The contract's cases over both tables.

use embedded::SHARDS;
use store::contract::{Case, Fixture, cases};
use store::{MemoryStore, Store};

/// Runs all cases, and reports all that are broken.
async fn keeps_the_contract<S: Store>(store: S) {
    let fixture = Fixture {
        store,
        shards: SHARDS,
        prefix: "T1".into(),
    };
    let mut broken = Vec::new();
    let cases: Vec<Case<S>> = cases();
    for case in &cases {
        if let Err(how) = case.run(&fixture).await {
            broken.push(format!("{}: {how}", case.name));
        }
    }
    assert!(
        broken.is_empty(),
        "{} broken:\n{}",
        broken.len(),
        broken.join("\n")
    );
    assert_eq!(cases.len(), 44);
}

#[tokio::test]
async fn the_table_in_memory_keeps_the_contract() {
    keeps_the_contract(MemoryStore::new(SHARDS)).await;
}

#[tokio::test]
async fn the_table_in_dynamodb_keeps_the_contract() {
    keeps_the_contract(embedded::store(embedded::start().await)).await;
}

/// A table that loses what was shelved: the suite must notice.
mod lossy {
    use super::*;
    use domain::evidence::Evidence;
    use domain::stored_card::StoredCard;
    use domain::{
        BuyerId, OrderId, Payment, PaymentId, PaymentRequestId, RefundRequestId, StoredCardId, Time,
    };
    use store::{
        Commit, CommitError, DueCursor, DuePage, EarlyNotification, KeptMessage, Shelved,
        StoreError,
    };

    struct Lossy(MemoryStore);

    impl Store for Lossy {
        async fn load(&self, id: &PaymentRequestId) -> Result<Option<Payment>, StoreError> {
            self.0.load(id).await
        }
        async fn find(&self, id: &PaymentId) -> Result<Option<PaymentRequestId>, StoreError> {
            self.0.find(id).await
        }
        /// Writes whatever the version, whoever holds the order and whose the refund id is.
        async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
            match self.0.commit(commit).await {
                Err(CommitError::Conflict) => Ok(()),
                Err(CommitError::OrderHeld(_) | CommitError::RefundIdTaken(_)) => {
                    let unclaimed = Commit {
                        claim: None,
                        refund_ids: Vec::new(),
                        ..commit.clone()
                    };
                    self.0.commit(&unclaimed).await
                }
                other => other,
            }
        }
        async fn shelve(&self, _: &EarlyNotification) -> Result<Shelved, StoreError> {
            Ok(Shelved::Waiting)
        }
        async fn keep(&self, kept: &KeptMessage) -> Result<(), StoreError> {
            self.0.keep(kept).await
        }
        /// Gives the first page only.
        async fn due(
            &self,
            shard: u16,
            until: Time,
            limit: u16,
            after: Option<&DueCursor>,
        ) -> Result<DuePage, StoreError> {
            let page = self.0.due(shard, until, limit, after).await?;
            Ok(DuePage { next: None, ..page })
        }
        async fn evidence(&self, id: &PaymentRequestId) -> Result<Vec<Evidence>, StoreError> {
            let mut trail = self.0.evidence(id).await?;
            trail.reverse();
            Ok(trail)
        }
        async fn order_holder(&self, id: &OrderId) -> Result<Option<PaymentRequestId>, StoreError> {
            self.0.order_holder(id).await
        }
        async fn find_refund(
            &self,
            id: &RefundRequestId,
        ) -> Result<Option<PaymentRequestId>, StoreError> {
            self.0.find_refund(id).await
        }
        /// The oldest first.
        async fn cards(&self, buyer: &BuyerId) -> Result<Vec<StoredCard>, StoreError> {
            let mut cards = self.0.cards(buyer).await?;
            cards.reverse();
            Ok(cards)
        }
        async fn card(
            &self,
            buyer: &BuyerId,
            card: &StoredCardId,
        ) -> Result<Option<StoredCard>, StoreError> {
            self.0.card(buyer, card).await
        }
        async fn forget_card(&self, _: &BuyerId, _: &StoredCardId) -> Result<(), StoreError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn the_suite_notices_a_table_that_breaks_its_rules() {
        let fixture = Fixture {
            store: Lossy(MemoryStore::new(SHARDS)),
            shards: SHARDS,
            prefix: "T1".into(),
        };
        let mut broken = Vec::new();
        for case in cases::<Lossy>() {
            if case.run(&fixture).await.is_err() {
                broken.push(case.name);
            }
        }
        for name in [
            "rows::a_payment_is_created_once",
            "rows::a_commit_out_of_date_is_refused",
            "rows::the_same_commit_again_is_refused",
            "rows::one_of_many_racing_writes_wins",
            "trail::entries_come_back_in_order_and_to_the_byte",
            "trail::an_entry_is_never_written_over",
            "binding::what_waits_is_taken_in_by_the_commit_that_binds",
            "binding::no_notification_is_lost_between_waiting_and_binding",
            "binding::a_shelf_has_an_end",
            "due::rows_of_one_moment_are_all_found",
            "claim::an_order_is_held_by_who_claims_it_first",
            "claim::a_released_order_is_free_for_another",
            "claim::one_of_many_payments_gets_a_contested_order",
            "refund::a_refund_id_belongs_to_one_payment",
            "refund::one_of_many_payments_gets_a_contested_refund_id",
            "card::the_newest_cards_come_first_and_the_list_has_an_end",
            "card::a_forgotten_card_is_gone",
            "whole::a_refused_commit_leaves_nothing_and_names_the_first_reason",
            "whole::what_waits_is_told_before_who_holds",
        ] {
            assert!(
                broken.contains(&name),
                "{name} was not noticed; noticed: {broken:?}"
            );
        }
    }
}
