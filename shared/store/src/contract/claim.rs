//! An order's money is held by one payment at most.

use super::{Broken, Fixture, RACERS, Verdict, ensure, ensure_conflict, next};
use crate::samples::row_only;
use crate::{Claim, Commit, CommitError, Store};
use domain::{OrderId, Payment, PaymentRequestId};
use futures_util::future::{join, join_all};

fn taking(next: Payment, order: &OrderId) -> Commit {
    Commit {
        claim: Some(Claim::Take(order.clone())),
        ..row_only(next)
    }
}

fn releasing(next: Payment, order: &OrderId) -> Commit {
    Commit {
        claim: Some(Claim::Release(order.clone())),
        ..row_only(next)
    }
}

async fn is_held_by<S: Store>(
    f: &Fixture<S>,
    order: &OrderId,
    want: Option<&PaymentRequestId>,
) -> Verdict {
    let holder = f.store.order_holder(order).await?;
    ensure(
        holder.as_ref() == want,
        format!("{order} is held by {holder:?} instead of {want:?}"),
    )
}

fn ensure_held(outcome: &Result<(), CommitError>, by: &PaymentRequestId) -> Verdict {
    let held = matches!(outcome, Err(CommitError::OrderHeld(holder)) if holder == by);
    ensure(held, format!("{outcome:?} although {by} holds the order"))
}

pub(super) async fn an_order_is_held_by_who_claims_it_first<S: Store>(f: &Fixture<S>) -> Verdict {
    let order = f.order("first");
    is_held_by(f, &order, None).await?;
    let winner = f.payment("claim-winner");
    f.store.commit(&taking(winner.clone(), &order)).await?;
    is_held_by(f, &order, Some(&winner.id)).await?;
    let loser = f.payment("claim-loser");
    f.store.commit(&row_only(loser.clone())).await?;
    let outcome = f.store.commit(&taking(next(&loser, "2"), &order)).await;
    ensure_held(&outcome, &winner.id)?;
    is_held_by(f, &order, Some(&winner.id)).await?;
    ensure(
        f.store.load(&loser.id).await?.as_ref() == Some(&loser),
        "the row moved without its claim",
    )?;
    // Without the claim it goes through.
    f.store.commit(&row_only(next(&loser, "2"))).await?;
    is_held_by(f, &order, Some(&winner.id)).await
}

pub(super) async fn a_payment_may_claim_its_order_again<S: Store>(f: &Fixture<S>) -> Verdict {
    let order = f.order("again");
    let payment = f.payment("claim-again");
    f.store.commit(&taking(payment.clone(), &order)).await?;
    let again = next(&payment, "again");
    f.store.commit(&taking(again.clone(), &order)).await?;
    is_held_by(f, &order, Some(&payment.id)).await?;
    ensure(
        f.store.load(&payment.id).await? == Some(again),
        "the row did not move",
    )
}

pub(super) async fn a_released_order_is_free_for_another<S: Store>(f: &Fixture<S>) -> Verdict {
    let order = f.order("released");
    let first = f.payment("release-first");
    f.store.commit(&taking(first.clone(), &order)).await?;
    let over = next(&first, "over");
    f.store.commit(&releasing(over.clone(), &order)).await?;
    is_held_by(f, &order, None).await?;
    let second = f.payment("release-second");
    f.store.commit(&taking(second.clone(), &order)).await?;
    is_held_by(f, &order, Some(&second.id)).await?;
    // The first cannot take it back, nor release it for the second.
    let late = next(&over, "late");
    ensure_held(
        &f.store.commit(&taking(late.clone(), &order)).await,
        &second.id,
    )?;
    ensure_held(&f.store.commit(&releasing(late, &order)).await, &second.id)?;
    is_held_by(f, &order, Some(&second.id)).await?;
    ensure(
        f.store.load(&first.id).await? == Some(over),
        "the row moved although its release was refused",
    )
}

pub(super) async fn releasing_what_nobody_holds_changes_nothing<S: Store>(
    f: &Fixture<S>,
) -> Verdict {
    let order = f.order("free");
    let mut row = f.payment("release-free");
    for n in 0..2 {
        f.store.commit(&releasing(row.clone(), &order)).await?;
        is_held_by(f, &order, None).await?;
        ensure(
            f.store.load(&row.id).await?.as_ref() == Some(&row),
            "the row did not move",
        )?;
        row = next(&row, &n.to_string());
    }
    Ok(())
}

pub(super) async fn orders_are_apart<S: Store>(f: &Fixture<S>) -> Verdict {
    for name in ["a", "A", "a#HOLDER", "a#", "%61"] {
        let order = f.order(name);
        let payment = f.payment(&format!("apart-{name}"));
        is_held_by(f, &order, None).await?;
        f.store.commit(&taking(payment.clone(), &order)).await?;
        is_held_by(f, &order, Some(&payment.id)).await?;
    }
    Ok(())
}

/// All attempts at an order are authorised at once. On DynamoDB all of a round may lose, each to another: then
/// another round is run, as the functions do.
pub(super) async fn one_of_many_payments_gets_a_contested_order<S: Store>(
    f: &Fixture<S>,
) -> Verdict {
    let order = f.order("contested");
    let commits: Vec<_> = (0..RACERS)
        .map(|n| taking(f.payment(&format!("claim-{n}")), &order))
        .collect();
    let mut winners = Vec::new();
    for _ in 0..10 {
        let outcomes = join_all(commits.iter().map(|commit| f.store.commit(commit))).await;
        for (commit, outcome) in commits.iter().zip(outcomes) {
            match outcome {
                Ok(()) => winners.push(commit.next.id.clone()),
                Err(CommitError::Conflict | CommitError::OrderHeld(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if !winners.is_empty() {
            break;
        }
    }
    let [winner] = winners.as_slice() else {
        return Err(Broken::Wrong(format!("{} holders", winners.len())));
    };
    is_held_by(f, &order, Some(winner)).await?;
    for commit in &commits {
        let outcome = f.store.commit(commit).await;
        if commit.next.id == *winner {
            ensure_conflict(&outcome, "the winner's commit again")?;
        } else {
            ensure_held(&outcome, winner)?;
            ensure(
                f.store.load(&commit.next.id).await?.is_none(),
                "a loser's row was written",
            )?;
        }
    }
    Ok(())
}

/// One payment lets go while another takes: each is told what is so, and the order ends with whoever was told that
/// it holds it.
pub(super) async fn an_order_never_ends_with_who_released_it<S: Store>(f: &Fixture<S>) -> Verdict {
    for round in 0..10 {
        let order = f.order(&format!("passed-{round}"));
        let first = f.payment(&format!("passing-{round}"));
        let second = f.payment(&format!("taking-{round}"));
        f.store.commit(&taking(first.clone(), &order)).await?;
        let release = releasing(next(&first, "over"), &order);
        let take = taking(second.clone(), &order);
        let (released, taken) = if round % 2 == 0 {
            join(f.store.commit(&release), f.store.commit(&take)).await
        } else {
            let (taken, released) = join(f.store.commit(&take), f.store.commit(&release)).await;
            (released, taken)
        };
        let taken = match taken {
            Ok(()) => true,
            Err(CommitError::Conflict) => false,
            refused @ Err(_) => {
                ensure_held(&refused, &first.id)?;
                false
            }
        };
        let released = match released {
            Ok(()) => true,
            Err(CommitError::Conflict) => false,
            Err(error) => return Err(error.into()),
        };
        let want = match (released, taken) {
            (true, true) => Some(&second.id),
            (true, false) => None,
            (false, false) => Some(&first.id),
            (false, true) => return Err(Broken::Wrong("taken while it was held".into())),
        };
        is_held_by(f, &order, want).await?;
    }
    Ok(())
}
