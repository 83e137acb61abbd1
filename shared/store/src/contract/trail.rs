//! The evidence trail: in order, to the byte, never changed.

use super::{Fixture, Verdict, ensure, ensure_conflict, next};
use crate::samples::{self, row_only};
use crate::{Commit, Store};
use domain::evidence::{Evidence, Trail, is_whole};
use domain::{Payment, Seconds};

fn with_bodies(next: &Payment, bodies: &[Vec<u8>]) -> Commit {
    let mut next = next.clone();
    let entries = bodies.iter().map(|body| {
        let at = samples::NOW + Seconds(i64::from(next.trail.entries));
        samples::entry_at(&mut next, body.clone(), at)
    });
    let evidence = entries.collect();
    Commit {
        evidence,
        ..row_only(next)
    }
}

fn body_of(entry: &Evidence) -> &[u8] {
    entry.message().map_or(&[], |message| &message.body)
}

pub(super) async fn entries_come_back_in_order_and_to_the_byte<S: Store>(
    f: &Fixture<S>,
) -> Verdict {
    let every_byte: Vec<u8> = (0..=255).collect();
    let bodies = [
        b"{\"a\":1}".to_vec(),
        b" {\r\n\"a\" : 1}\n\n".to_vec(),
        Vec::new(),
        every_byte,
        "{\"name\":\"\u{e9}\u{1f4b3}\"}".into(),
        vec![0xff, 0xfe, 0],
    ];
    let mut written = Vec::new();
    let mut row = f.payment("trail");
    // Four commits of two, three, one and six entries: more than ten, so that an order by text would show.
    for (n, chunk) in [&bodies[..2], &bodies[2..5], &bodies[5..], &bodies[..]]
        .into_iter()
        .enumerate()
    {
        let commit = with_bodies(&row, chunk);
        f.store.commit(&commit).await?;
        written.extend(commit.evidence);
        row = next(&commit.next, &n.to_string());
    }
    let trail = f.store.evidence(&row.id).await?;
    ensure(trail == written, "the trail is not what was written")?;
    ensure(
        is_whole(&row.trail, &trail),
        "the trail does not end where the row says",
    )
}

pub(super) async fn a_large_body_fits<S: Store>(f: &Fixture<S>) -> Verdict {
    let body = vec![b'x'; 200 * 1024];
    // Six of them are more than DynamoDB gives in one page.
    let mut row = f.payment("large");
    for n in 0..6 {
        let commit = with_bodies(&row, std::slice::from_ref(&body));
        f.store.commit(&commit).await?;
        row = next(&commit.next, &n.to_string());
    }
    let trail = f.store.evidence(&row.id).await?;
    ensure(trail.len() == 6, format!("{} entries of 6", trail.len()))?;
    ensure(
        trail.iter().all(|entry| body_of(entry) == body),
        "a body was changed",
    )
}

pub(super) async fn a_refused_commit_leaves_no_evidence<S: Store>(f: &Fixture<S>) -> Verdict {
    let payment = f.payment("refused");
    f.store.commit(&row_only(payment.clone())).await?;
    let stale = with_bodies(&payment, &[b"stale".to_vec()]);
    ensure_conflict(&f.store.commit(&stale).await, "version 1 again")?;
    ensure(
        f.store.evidence(&payment.id).await?.is_empty(),
        "evidence of a commit that was refused",
    )
}

pub(super) async fn an_entry_is_never_written_over<S: Store>(f: &Fixture<S>) -> Verdict {
    let first = with_bodies(&f.payment("over"), &[b"first".to_vec()]);
    f.store.commit(&first).await?;
    let mut forgetful = next(&first.next, "forgetful");
    forgetful.trail = Trail::default();
    let second = with_bodies(&forgetful, &[b"second".to_vec()]);
    ensure_conflict(&f.store.commit(&second).await, "entry 1 again")?;
    let row = f.store.load(&first.next.id).await?;
    ensure(
        row.as_ref() == Some(&first.next),
        "the row moved without its evidence",
    )?;
    ensure(
        f.store.evidence(&first.next.id).await? == first.evidence,
        "the entry was changed",
    )
}
