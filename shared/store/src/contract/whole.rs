//! A commit stands as a whole or not at all, and says why not in one order.

use super::{Fixture, Verdict, ensure, next};
use crate::samples::{self, row_only};
use crate::{Bind, Claim, Commit, CommitError, Store};
use domain::stored_card::StoredCard;
use domain::{OrderId, Payment, PaymentId, RefundRequestId};

/// What a full commit changes besides the row and its trail.
struct Names {
    payment_id: PaymentId,
    order: OrderId,
    refund: RefundRequestId,
    card: StoredCard,
}

impl Names {
    fn new<S>(f: &Fixture<S>, name: &str) -> Self {
        Self {
            payment_id: f.payment_id(name),
            order: f.order(name),
            refund: f.refund(name),
            card: samples::stored_card(f.buyer(name).as_str(), name),
        }
    }

    /// All that a commit can hold.
    fn full(&self, mut next: Payment) -> Commit {
        next.payment_id = Some(self.payment_id.clone());
        let entry = samples::entry(&mut next, "full");
        Commit {
            next,
            evidence: vec![entry],
            bind: Some(Bind {
                payment_id: self.payment_id.clone(),
                adopted: 0,
            }),
            claim: Some(Claim::Take(self.order.clone())),
            refund_ids: vec![self.refund.clone()],
            card: Some(self.card.clone()),
        }
    }
}

/// Nothing of a refused commit stands; what others own is as it was.
async fn nothing_stands<S: Store>(f: &Fixture<S>, refused: &Commit, names: &Names) -> Verdict {
    let id = &refused.next.id;
    let row = f.store.load(id).await?;
    ensure(row.as_ref() != Some(&refused.next), "the row was written")?;
    ensure(f.store.evidence(id).await?.is_empty(), "evidence")?;
    let owners = [
        f.store.find(&names.payment_id).await?,
        f.store.order_holder(&names.order).await?,
        f.store.find_refund(&names.refund).await?,
    ];
    ensure(
        owners.iter().flatten().all(|owner| owner != id),
        format!("{id} got something: {owners:?}"),
    )?;
    let card = f.store.card(&names.card.buyer, &names.card.id).await?;
    ensure(card.is_none(), "the card was stored")
}

pub(super) async fn all_of_a_commit_stands_together<S: Store>(f: &Fixture<S>) -> Verdict {
    let names = Names::new(f, "together");
    let commit = names.full(f.payment("together"));
    f.store.commit(&commit).await?;
    let id = &commit.next.id;
    ensure(
        f.store.load(id).await?.as_ref() == Some(&commit.next),
        "the row is missing",
    )?;
    ensure(
        f.store.evidence(id).await? == commit.evidence,
        "the evidence is missing",
    )?;
    let owners = [
        f.store.find(&names.payment_id).await?,
        f.store.order_holder(&names.order).await?,
        f.store.find_refund(&names.refund).await?,
    ];
    ensure(
        owners.iter().all(|owner| owner.as_ref() == Some(id)),
        format!("not all belongs to {id}: {owners:?}"),
    )?;
    let card = f.store.card(&names.card.buyer, &names.card.id).await?;
    ensure(card.as_ref() == Some(&names.card), "the card is missing")?;
    Ok(f.store
        .forget_card(&names.card.buyer, &names.card.id)
        .await?)
}

/// Everything stands in the way at first, and is taken out of the commit one by one.
pub(super) async fn a_refused_commit_leaves_nothing_and_names_the_first_reason<S: Store>(
    f: &Fixture<S>,
) -> Verdict {
    let names = Names::new(f, "reasons");
    let owner = names.full(f.payment("reasons-owner"));
    f.store.commit(&owner).await?;
    f.store
        .forget_card(&names.card.buyer, &names.card.id)
        .await?;
    let owner = &owner.next.id;
    let row = f.payment("reasons");
    f.store.commit(&row_only(row.clone())).await?;

    let mut commit = names.full(row.clone()); // version 1 again
    let outcome = f.store.commit(&commit).await;
    let named = matches!(outcome, Err(CommitError::Conflict));
    ensure(named, format!("a row out of date: {outcome:?}"))?;
    nothing_stands(f, &commit, &names).await?;

    commit = names.full(next(&row, "2"));
    let outcome = f.store.commit(&commit).await;
    let named = matches!(&outcome, Err(CommitError::Taken(by)) if by == owner);
    ensure(named, format!("POP's id of another: {outcome:?}"))?;
    nothing_stands(f, &commit, &names).await?;

    commit.bind = None;
    for claim in [Claim::Take, Claim::Release] {
        commit.claim = Some(claim(names.order.clone()));
        let outcome = f.store.commit(&commit).await;
        let named = matches!(&outcome, Err(CommitError::OrderHeld(by)) if by == owner);
        ensure(named, format!("another's order: {outcome:?}"))?;
        nothing_stands(f, &commit, &names).await?;
    }

    commit.claim = None;
    let outcome = f.store.commit(&commit).await;
    let named = matches!(&outcome, Err(CommitError::RefundIdTaken(by)) if by == owner);
    ensure(named, format!("another's refund id: {outcome:?}"))?;
    nothing_stands(f, &commit, &names).await?;

    commit.refund_ids.clear();
    f.store.commit(&commit).await?;
    ensure(
        f.store.load(&row.id).await? == Some(commit.next),
        "the row did not move",
    )?;
    let cards = f.store.cards(&names.card.buyer).await?;
    ensure(cards == [names.card.clone()], "the card was not stored")?;
    Ok(f.store
        .forget_card(&names.card.buyer, &names.card.id)
        .await?)
}

/// What waits on a shelf outweighs the rest, so that a commit that is made again with it does not lose its turn.
pub(super) async fn what_waits_is_told_before_who_holds<S: Store>(f: &Fixture<S>) -> Verdict {
    let names = Names::new(f, "waits");
    let mut owner = names.full(f.payment("waits-owner"));
    owner.bind = None;
    owner.card = None;
    f.store.commit(&owner).await?;
    let early = samples::early(&names.payment_id, "early");
    f.store.shelve(&early).await?;
    let mut commit = names.full(f.payment("waits"));
    let outcome = f.store.commit(&commit).await;
    let told = matches!(&outcome, Err(CommitError::Shelved(waiting)) if waiting[..] == [early]);
    ensure(told, format!("{outcome:?}"))?;
    nothing_stands(f, &commit, &names).await?;
    commit.bind = Some(Bind {
        payment_id: names.payment_id.clone(),
        adopted: 1,
    });
    let outcome = f.store.commit(&commit).await;
    let held = matches!(&outcome, Err(CommitError::OrderHeld(by)) if *by == owner.next.id);
    ensure(held, format!("{outcome:?}"))?;
    nothing_stands(f, &commit, &names).await?;
    // It still waits for the commit that goes through.
    commit.claim = None;
    commit.refund_ids.clear();
    f.store.commit(&commit).await?;
    ensure(
        f.store.find(&names.payment_id).await? == Some(commit.next.id),
        "not bound",
    )?;
    Ok(f.store
        .forget_card(&names.card.buyer, &names.card.id)
        .await?)
}
