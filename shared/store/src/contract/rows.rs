//! Rows: created once, changed by compare-and-set.

use super::{Broken, Fixture, RACERS, Verdict, ensure, ensure_conflict, next};
use crate::samples::{self, row_only};
use crate::{Commit, CommitError, KeptMessage, Store};
use domain::outbox::{OutboxContent, OutboxMessage};
use domain::{MAX_ID_LENGTH, Payment};
use futures_util::future::join_all;

pub(super) async fn what_is_not_there_is_none<S: Store>(f: &Fixture<S>) -> Verdict {
    let id = f.id("nobody");
    ensure(f.store.load(&id).await?.is_none(), "a row")?;
    ensure(f.store.evidence(&id).await?.is_empty(), "evidence")?;
    let found = f.store.find(&f.payment_id("nobody")).await?;
    ensure(found.is_none(), "a binding")
}

pub(super) async fn a_row_is_read_as_it_was_written<S: Store>(f: &Fixture<S>) -> Verdict {
    let payment = f.payment("row");
    f.store.commit(&row_only(payment.clone())).await?;
    is_row(f, &payment).await
}

async fn is_row<S: Store>(f: &Fixture<S>, want: &Payment) -> Verdict {
    let row = f.store.load(&want.id).await?;
    ensure(
        row.as_ref() == Some(want),
        format!("{row:?} stands where {want:?} should"),
    )
}

pub(super) async fn a_payment_is_created_once<S: Store>(f: &Fixture<S>) -> Verdict {
    let first = f.payment("once");
    let mut second = first.clone();
    second.end_code = Some("second".into());
    f.store.commit(&row_only(first.clone())).await?;
    let again = f.store.commit(&row_only(second)).await;
    ensure_conflict(&again, "created twice")?;
    is_row(f, &first).await
}

pub(super) async fn a_commit_out_of_date_is_refused<S: Store>(f: &Fixture<S>) -> Verdict {
    let first = f.payment("cas");
    let second = next(&first, "second");
    let ahead = f.store.commit(&row_only(second.clone())).await;
    ensure_conflict(&ahead, "version 2 of a row that is not there")?;
    f.store.commit(&row_only(first.clone())).await?;
    f.store.commit(&row_only(second.clone())).await?;
    let stale = f.store.commit(&row_only(next(&first, "other"))).await;
    ensure_conflict(&stale, "version 2 again")?;
    let mut skipping = next(&second, "skipping");
    skipping.version += 1;
    ensure_conflict(
        &f.store.commit(&row_only(skipping)).await,
        "version 4 after 2",
    )?;
    is_row(f, &second).await
}

pub(super) async fn the_same_commit_again_is_refused<S: Store>(f: &Fixture<S>) -> Verdict {
    let commit = row_only(f.payment("again"));
    f.store.commit(&commit).await?;
    ensure_conflict(&f.store.commit(&commit).await, "the same creation")?;
    let with_evidence = with_entry(&next(&commit.next, "2"), "body");
    f.store.commit(&with_evidence).await?;
    ensure_conflict(
        &f.store.commit(&with_evidence).await,
        "the same transaction",
    )?;
    is_row(f, &with_evidence.next).await
}

fn with_entry(next: &Payment, body: &str) -> Commit {
    let mut next = next.clone();
    let entry = samples::entry(&mut next, body);
    Commit {
        evidence: vec![entry],
        ..row_only(next)
    }
}

pub(super) async fn one_of_many_racing_writes_wins<S: Store>(f: &Fixture<S>) -> Verdict {
    let payment = f.payment("race");
    f.store.commit(&row_only(payment.clone())).await?;
    let racers = (0..RACERS).map(|n| row_only(next(&payment, &n.to_string())));
    let winner = race(f, racers.collect()).await?;
    is_row(f, &winner.next).await
}

pub(super) async fn one_of_many_racing_transactions_wins<S: Store>(f: &Fixture<S>) -> Verdict {
    let payment = f.payment("race-tx");
    f.store.commit(&row_only(payment.clone())).await?;
    let racers = (0..RACERS).map(|n| with_entry(&next(&payment, &n.to_string()), &n.to_string()));
    let winner = race(f, racers.collect()).await?;
    is_row(f, &winner.next).await?;
    let trail = f.store.evidence(&payment.id).await?;
    ensure(trail == winner.evidence, "the evidence is not the winner's")
}

/// Commits all at once; of those that were refused, none may have been refused for anything but the race. On
/// DynamoDB all of a round may lose, each to another: then another round is run.
async fn race<S: Store>(f: &Fixture<S>, commits: Vec<Commit>) -> Result<Commit, Broken> {
    for _ in 0..10 {
        let outcomes = join_all(commits.iter().map(|commit| f.store.commit(commit))).await;
        let mut winners = Vec::new();
        for (commit, outcome) in commits.iter().zip(outcomes) {
            match outcome {
                Ok(()) => winners.push(commit.clone()),
                Err(CommitError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        match winners.as_slice() {
            [] => {}
            [winner] => return Ok(winner.clone()),
            _ => return Err(Broken::Wrong(format!("{} winners", winners.len()))),
        }
    }
    Err(Broken::Wrong("no winner in ten rounds".into()))
}

pub(super) async fn the_outbox_is_kept_until_it_is_cleared<S: Store>(f: &Fixture<S>) -> Verdict {
    let mut payment = f.payment("outbox");
    payment.outbox = (0..3)
        .map(|n| OutboxMessage {
            id: format!("{}:1:{n}", payment.id),
            sequence: 1,
            at: samples::NOW,
            content: OutboxContent::CaptureHint,
        })
        .collect();
    f.store.commit(&row_only(payment.clone())).await?;
    is_row(f, &payment).await?;
    let mut cleared = next(&payment, "cleared");
    cleared.outbox.clear();
    f.store.commit(&row_only(cleared.clone())).await?;
    is_row(f, &cleared).await
}

pub(super) async fn any_printable_id_is_a_key_of_its_own<S: Store>(f: &Fixture<S>) -> Verdict {
    let long = "x".repeat(MAX_ID_LENGTH - f.prefix.len() - 1);
    let names = [
        "a",
        "a#",
        "a#STATE",
        "a#EVID#000001",
        "A",
        "%61",
        "\"\\'{}[]$:,~^|<>&?/.=+*",
        &long,
    ];
    for (n, name) in names.iter().enumerate() {
        let mut payment = next(&f.payment(name), &n.to_string());
        payment.version = 1;
        payment.payment_id = Some(f.payment_id(name));
        let commit = Commit {
            bind: Some(crate::Bind {
                payment_id: f.payment_id(name),
                adopted: 0,
            }),
            ..with_entry(&payment, name)
        };
        f.store.commit(&commit).await?;
    }
    for (n, name) in names.iter().enumerate() {
        let row = f.store.load(&f.id(name)).await?;
        let code = row.and_then(|row| row.end_code);
        ensure(
            code == Some(n.to_string()),
            format!("{name} is not the row that was written"),
        )?;
        let trail = f.store.evidence(&f.id(name)).await?;
        let bodies: Vec<_> = trail
            .iter()
            .filter_map(|entry| Some(entry.message()?.body.as_slice()))
            .collect();
        ensure(
            bodies == [name.as_bytes()],
            format!("{name} has other evidence"),
        )?;
        let owner = f.store.find(&f.payment_id(name)).await?;
        ensure(
            owner == Some(f.id(name)),
            format!("{name} is not bound to itself"),
        )?;
    }
    Ok(())
}

pub(super) async fn keeping_a_message_again_changes_nothing<S: Store>(f: &Fixture<S>) -> Verdict {
    let kept = KeptMessage {
        message: samples::message(format!("{} kept", f.prefix)),
        received_at: samples::NOW,
        named_kind: "DISPUTE_CREATED".into(),
        request_id: Some(f.prefix.clone()),
        payment_id: None,
    };
    for _ in 0..2 {
        f.store.keep(&kept).await?;
    }
    Ok(())
}
