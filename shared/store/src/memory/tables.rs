//! What stands in the table in memory, and when it may be written.

use crate::{
    Bind, Claim, Commit, CommitError, EarlyNotification, KeptMessage, MAX_SHELF, Shelved,
    StoreError,
};
use domain::evidence::Evidence;
use domain::stored_card::StoredCard;
use domain::{
    BuyerId, OrderId, Payment, PaymentId, PaymentRequestId, RefundRequestId, StoredCardId,
};
use std::collections::{BTreeMap, HashMap};

#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) outage: super::Outage,
    /// Commits that will conflict with another transaction.
    pub(super) disturbed: u32,
    pub(super) rows: HashMap<PaymentRequestId, Payment>,
    pub(super) evidence: HashMap<PaymentRequestId, BTreeMap<u32, Evidence>>,
    bindings: HashMap<PaymentId, Binding>,
    pub(super) holders: HashMap<OrderId, PaymentRequestId>,
    pub(super) refund_ids: HashMap<RefundRequestId, PaymentRequestId>,
    pub(super) cards: HashMap<(BuyerId, StoredCardId), StoredCard>,
    pub(super) kept: Vec<KeptMessage>,
    pub(super) commits: u64,
}

#[derive(Debug)]
enum Binding {
    Shelf(Vec<EarlyNotification>),
    Bound(PaymentRequestId),
}

impl Tables {
    /// Looks at everything first, so that a refused commit writes nothing.
    pub(super) fn commit(&mut self, commit: &Commit) -> Result<(), CommitError> {
        self.row_is_as_expected(commit)?;
        if let Some(bind) = &commit.bind {
            self.may_bind(&commit.next.id, bind)?;
        }
        self.may_claim(commit)?;
        self.may_bind_refunds(commit)?;
        self.write(commit);
        Ok(())
    }

    fn row_is_as_expected(&self, commit: &Commit) -> Result<(), CommitError> {
        let id = &commit.next.id;
        let stands_at = self.rows.get(id).map_or(0, |row| row.version);
        let trail = self.evidence.get(id);
        let taken = |entry: &Evidence| trail.is_some_and(|t| t.contains_key(&entry.sequence));
        if stands_at + 1 != commit.next.version || commit.evidence.iter().any(taken) {
            return Err(CommitError::Conflict);
        }
        Ok(())
    }

    fn may_bind(&self, id: &PaymentRequestId, bind: &Bind) -> Result<(), CommitError> {
        match self.bindings.get(&bind.payment_id) {
            Some(Binding::Bound(owner)) if owner != id => Err(CommitError::Taken(owner.clone())),
            Some(Binding::Shelf(early)) if early.len() != bind.adopted => {
                Err(CommitError::Shelved(early.clone()))
            }
            None | Some(Binding::Bound(_)) if bind.adopted > 0 => Err(CommitError::Conflict),
            _ => Ok(()),
        }
    }

    fn may_claim(&self, commit: &Commit) -> Result<(), CommitError> {
        let Some(Claim::Take(order) | Claim::Release(order)) = &commit.claim else {
            return Ok(());
        };
        match self.holders.get(order) {
            Some(holder) if *holder != commit.next.id => {
                Err(CommitError::OrderHeld(holder.clone()))
            }
            _ => Ok(()),
        }
    }

    fn may_bind_refunds(&self, commit: &Commit) -> Result<(), CommitError> {
        let mut owners = commit
            .refund_ids
            .iter()
            .filter_map(|id| self.refund_ids.get(id));
        match owners.find(|owner| **owner != commit.next.id) {
            Some(owner) => Err(CommitError::RefundIdTaken(owner.clone())),
            None => Ok(()),
        }
    }

    fn write(&mut self, commit: &Commit) {
        let id = &commit.next.id;
        if let Some(bind) = &commit.bind {
            self.bindings
                .insert(bind.payment_id.clone(), Binding::Bound(id.clone()));
        }
        match &commit.claim {
            Some(Claim::Take(order)) => {
                self.holders.insert(order.clone(), id.clone());
            }
            Some(Claim::Release(order)) => {
                self.holders.remove(order);
            }
            None => {}
        }
        let refund_ids = commit.refund_ids.iter().cloned();
        self.refund_ids
            .extend(refund_ids.map(|refund| (refund, id.clone())));
        if let Some(card) = &commit.card {
            let key = (card.buyer.clone(), card.id.clone());
            self.cards.insert(key, card.clone());
        }
        let trail = self.evidence.entry(id.clone()).or_default();
        trail.extend(commit.evidence.iter().map(|e| (e.sequence, e.clone())));
        self.rows.insert(id.clone(), commit.next.clone());
        self.commits += 1;
    }

    pub(super) fn bound_to(&self, id: &PaymentId) -> Option<&PaymentRequestId> {
        match self.bindings.get(id) {
            Some(Binding::Bound(owner)) => Some(owner),
            _ => None,
        }
    }

    pub(super) fn shelf(&self, id: &PaymentId) -> Vec<EarlyNotification> {
        match self.bindings.get(id) {
            Some(Binding::Shelf(early)) => early.clone(),
            _ => Vec::new(),
        }
    }

    pub(super) fn shelve(&mut self, early: &EarlyNotification) -> Result<Shelved, StoreError> {
        let key = early.notification.payment_id.clone();
        let binding = self
            .bindings
            .entry(key)
            .or_insert_with(|| Binding::Shelf(Vec::new()));
        match binding {
            Binding::Bound(owner) => Ok(Shelved::Bound(owner.clone())),
            Binding::Shelf(shelf) => {
                let lies_there = shelf.iter().any(|e| e.message.body == early.message.body);
                if !lies_there && shelf.len() >= MAX_SHELF {
                    return Err(StoreError::ShelfFull);
                }
                if !lies_there {
                    shelf.push(early.clone());
                }
                Ok(Shelved::Waiting)
            }
        }
    }
}
