//! POP's ids: bound to one payment each, and the shelves of notifications that came before their payment.

use super::{Broken, Fixture, Verdict, ensure, ensure_conflict, next};
use crate::samples::{self, row_only};
use crate::{Bind, Commit, CommitError, EarlyNotification, MAX_SHELF, Shelved, Store, StoreError};
use domain::{Payment, PaymentId};
use futures_util::future::{join, join_all};

fn binding(mut next: Payment, payment_id: &PaymentId, adopted: usize) -> Commit {
    next.payment_id = Some(payment_id.clone());
    let bind = Bind {
        payment_id: payment_id.clone(),
        adopted,
    };
    Commit {
        bind: Some(bind),
        ..row_only(next)
    }
}

pub(super) async fn a_bound_id_is_found<S: Store>(f: &Fixture<S>) -> Verdict {
    let pop = f.payment_id("bound");
    let commit = binding(f.payment("bound"), &pop, 0);
    f.store.commit(&commit).await?;
    ensure(
        f.store.find(&pop).await? == Some(f.id("bound")),
        "the payment is not found by its id",
    )?;
    // A payment may bind its own id again.
    let again = binding(next(&commit.next, "again"), &pop, 0);
    f.store.commit(&again).await?;
    ensure(
        f.store.load(&f.id("bound")).await? == Some(again.next),
        "the row is another",
    )
}

pub(super) async fn an_id_belongs_to_one_payment<S: Store>(f: &Fixture<S>) -> Verdict {
    let pop = f.payment_id("taken");
    f.store
        .commit(&binding(f.payment("owner"), &pop, 0))
        .await?;
    let other = f.payment("other");
    f.store.commit(&row_only(other.clone())).await?;
    let outcome = f.store.commit(&binding(next(&other, "2"), &pop, 0)).await;
    let taken = matches!(&outcome, Err(CommitError::Taken(owner)) if *owner == f.id("owner"));
    ensure(taken, format!("bound twice: {outcome:?}"))?;
    ensure(
        f.store.load(&other.id).await? == Some(other),
        "the row moved without its binding",
    )?;
    ensure(
        f.store.find(&pop).await? == Some(f.id("owner")),
        "the id has another owner",
    )
}

pub(super) async fn one_of_many_payments_gets_a_contested_id<S: Store>(f: &Fixture<S>) -> Verdict {
    let pop = f.payment_id("contested");
    let commits: Vec<_> = (0..10)
        .map(|n| binding(f.payment(&format!("contest-{n}")), &pop, 0))
        .collect();
    let mut bound = Vec::new();
    for _ in 0..10 {
        let outcomes = join_all(commits.iter().map(|commit| f.store.commit(commit))).await;
        for (commit, outcome) in commits.iter().zip(outcomes) {
            match outcome {
                Ok(()) => bound.push(commit.next.id.clone()),
                Err(CommitError::Conflict | CommitError::Taken(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if !bound.is_empty() {
            break;
        }
    }
    ensure(bound.len() == 1, format!("{} owners", bound.len()))?;
    ensure(
        f.store.find(&pop).await? == bound.pop(),
        "found another than the owner",
    )
}

pub(super) async fn what_waits_is_taken_in_by_the_commit_that_binds<S: Store>(
    f: &Fixture<S>,
) -> Verdict {
    let pop = f.payment_id("shelf");
    let early = ["first", "second"].map(|body| samples::early(&pop, body));
    for one in &early {
        let shelved = f.store.shelve(one).await?;
        ensure(
            shelved == Shelved::Waiting,
            format!("on an unknown id: {shelved:?}"),
        )?;
    }
    ensure(f.store.find(&pop).await?.is_none(), "a shelf is no binding")?;
    let payment = f.payment("shelf");
    for short in [0, 1] {
        let outcome = f.store.commit(&binding(payment.clone(), &pop, short)).await;
        let shown = matches!(&outcome, Err(CommitError::Shelved(waiting)) if waiting[..] == early);
        ensure(
            shown,
            format!("bound with {short} of 2 taken in: {outcome:?}"),
        )?;
    }
    ensure(
        f.store.load(&payment.id).await?.is_none(),
        "the row moved without its binding",
    )?;
    f.store.commit(&binding(payment, &pop, 2)).await?;
    ensure(
        f.store.find(&pop).await? == Some(f.id("shelf")),
        "not bound",
    )?;
    let late = f.store.shelve(&early[0]).await?;
    ensure(
        late == Shelved::Bound(f.id("shelf")),
        format!("on a bound id: {late:?}"),
    )
}

pub(super) async fn nothing_is_taken_in_that_does_not_wait<S: Store>(f: &Fixture<S>) -> Verdict {
    let pop = f.payment_id("empty");
    let outcome = f.store.commit(&binding(f.payment("empty"), &pop, 1)).await;
    ensure_conflict(&outcome, "one taken in of none")?;
    ensure(f.store.find(&pop).await?.is_none(), "bound all the same")
}

pub(super) async fn a_repeated_notification_waits_once<S: Store>(f: &Fixture<S>) -> Verdict {
    let pop = f.payment_id("repeated");
    let first = samples::early(&pop, "the same");
    let mut repeated = first.clone();
    repeated.message.time = "2026-01-01T00:01:00Z".into();
    repeated.message.signature = "b3RoZXI".into();
    for one in [&first, &repeated, &first] {
        ensure(
            f.store.shelve(one).await? == Shelved::Waiting,
            "not waiting",
        )?;
    }
    let outcome = f
        .store
        .commit(&binding(f.payment("repeated"), &pop, 0))
        .await;
    let once = matches!(&outcome, Err(CommitError::Shelved(waiting)) if waiting[..] == [first]);
    ensure(once, format!("{outcome:?}"))
}

pub(super) async fn a_shelf_has_an_end<S: Store>(f: &Fixture<S>) -> Verdict {
    let pop = f.payment_id("full");
    let early = |n: usize| samples::early(&pop, &format!("body {n}"));
    for n in 0..MAX_SHELF {
        ensure(
            f.store.shelve(&early(n)).await? == Shelved::Waiting,
            "not waiting",
        )?;
    }
    let outcome = f.store.shelve(&early(MAX_SHELF)).await;
    ensure(
        matches!(outcome, Err(StoreError::ShelfFull)),
        format!("one too many: {outcome:?}"),
    )?;
    ensure(
        f.store.shelve(&early(0)).await? == Shelved::Waiting,
        "a repeated one is refused",
    )
}

/// Shelves and binds at the same time, in both orders, many times. Whoever was told that it waits must be shown to
/// the one who binds; whoever was told to whom the id is bound goes on with that row.
pub(super) async fn no_notification_is_lost_between_waiting_and_binding<S: Store>(
    f: &Fixture<S>,
) -> Verdict {
    for round in 0..20 {
        let pop = f.payment_id(&format!("meet-{round}"));
        let early = samples::early(&pop, "capture");
        let payment = f.payment(&format!("meet-{round}"));
        let bind = bind_with_all(f, &payment, &pop);
        let (shelved, adopted) = if round % 2 == 0 {
            join(shelve(f, &early), bind).await
        } else {
            let (adopted, shelved) = join(bind, shelve(f, &early)).await;
            (shelved, adopted)
        };
        match (shelved?, adopted?.as_slice()) {
            (Shelved::Bound(owner), []) => ensure(owner == payment.id, "bound to another")?,
            (Shelved::Waiting, [one]) => ensure(*one == early, "another was taken in")?,
            (shelved, adopted) => {
                let text = format!("round {round}: {shelved:?}, and {} taken in", adopted.len());
                return Err(Broken::Wrong(text));
            }
        }
    }
    Ok(())
}

/// As the sender of a notification does: again until it is acknowledged.
async fn shelve<S: Store>(f: &Fixture<S>, early: &EarlyNotification) -> Result<Shelved, Broken> {
    let mut outcome = f.store.shelve(early).await;
    for _ in 0..5 {
        match outcome {
            Err(StoreError::Unavailable(_)) => outcome = f.store.shelve(early).await,
            other => return Ok(other?),
        }
    }
    Ok(outcome?)
}

/// As the functions do: takes in what waits. Gives what was taken in.
async fn bind_with_all<S: Store>(
    f: &Fixture<S>,
    payment: &Payment,
    pop: &PaymentId,
) -> Result<Vec<EarlyNotification>, Broken> {
    let mut adopted = Vec::new();
    for _ in 0..10 {
        match f
            .store
            .commit(&binding(payment.clone(), pop, adopted.len()))
            .await
        {
            Ok(()) => return Ok(adopted),
            Err(CommitError::Shelved(waiting)) => adopted = waiting,
            Err(CommitError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Broken::Wrong("not bound in ten tries".into()))
}
