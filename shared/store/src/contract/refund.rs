//! A refund id belongs to one payment.

use super::{Fixture, RACERS, Verdict, ensure, next};
use crate::samples::row_only;
use crate::{Commit, CommitError, Store};
use domain::{Payment, RefundRequestId};
use futures_util::future::join_all;

fn refunding(next: Payment, ids: &[&RefundRequestId]) -> Commit {
    Commit {
        refund_ids: ids.iter().map(|&id| id.clone()).collect(),
        ..row_only(next)
    }
}

async fn belongs_to<S: Store>(
    f: &Fixture<S>,
    refund: &RefundRequestId,
    want: Option<&Payment>,
) -> Verdict {
    let owner = f.store.find_refund(refund).await?;
    ensure(
        owner.as_ref() == want.map(|payment| &payment.id),
        format!("{refund} belongs to {owner:?}"),
    )
}

pub(super) async fn a_refund_is_found_by_its_id<S: Store>(f: &Fixture<S>) -> Verdict {
    let (first, second, third) = (f.refund("1"), f.refund("2"), f.refund("3"));
    belongs_to(f, &first, None).await?;
    let payment = f.payment("refund-found");
    f.store
        .commit(&refunding(payment.clone(), &[&first]))
        .await?;
    belongs_to(f, &first, Some(&payment)).await?;
    belongs_to(f, &second, None).await?;
    // Its own id again, alone and beside new ones; an id named twice.
    let row = next(&payment, "2");
    f.store.commit(&refunding(row.clone(), &[&first])).await?;
    let row = next(&row, "3");
    let all = [&first, &second, &second, &third];
    f.store.commit(&refunding(row.clone(), &all)).await?;
    for refund in all {
        belongs_to(f, refund, Some(&payment)).await?;
    }
    ensure(
        f.store.load(&payment.id).await? == Some(row),
        "the row did not move",
    )
}

pub(super) async fn a_refund_id_belongs_to_one_payment<S: Store>(f: &Fixture<S>) -> Verdict {
    let (taken, free) = (f.refund("taken"), f.refund("free"));
    let owner = f.payment("refund-owner");
    f.store.commit(&refunding(owner.clone(), &[&taken])).await?;
    let other = f.payment("refund-other");
    f.store.commit(&row_only(other.clone())).await?;
    for ids in [[&taken, &free], [&free, &taken]] {
        let outcome = f.store.commit(&refunding(next(&other, "2"), &ids)).await;
        let refused = matches!(&outcome, Err(CommitError::RefundIdTaken(of)) if *of == owner.id);
        ensure(refused, format!("bound twice: {outcome:?}"))?;
        belongs_to(f, &free, None).await?;
    }
    belongs_to(f, &taken, Some(&owner)).await?;
    ensure(
        f.store.load(&other.id).await? == Some(other),
        "the row moved without its refund",
    )
}

pub(super) async fn one_of_many_payments_gets_a_contested_refund_id<S: Store>(
    f: &Fixture<S>,
) -> Verdict {
    let refund = f.refund("contested");
    let commits: Vec<_> = (0..RACERS)
        .map(|n| refunding(f.payment(&format!("refund-{n}")), &[&refund]))
        .collect();
    let mut owners = Vec::new();
    for _ in 0..10 {
        let outcomes = join_all(commits.iter().map(|commit| f.store.commit(commit))).await;
        for (commit, outcome) in commits.iter().zip(outcomes) {
            match outcome {
                Ok(()) => owners.push(&commit.next),
                Err(CommitError::Conflict | CommitError::RefundIdTaken(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if !owners.is_empty() {
            break;
        }
    }
    ensure(owners.len() == 1, format!("{} owners", owners.len()))?;
    belongs_to(f, &refund, owners.pop()).await
}
