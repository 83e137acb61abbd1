//! What stands in the way of a commit and can be decided on at once.

use super::{Occasion, complete, prepare};
use crate::{Commit, CommitError, EarlyNotification};
use domain::evidence::LocalStep;
use domain::{Decision, Event, Payment, PaymentRequestId, decide};

/// Another attempt holds the order: the event is decided anew, knowing that.
pub(super) fn after_order_held(
    row: Option<&Payment>,
    holder: PaymentRequestId,
    occasion: &Occasion<'_>,
) -> Result<Commit, CommitError> {
    let mut row = row.ok_or(CommitError::Conflict)?.clone();
    row.order_held_by = Some(holder.clone());
    let event = &occasion.input.event;
    let Decision::Commit(transition) = decide(&row, event, occasion.now, occasion.policy) else {
        return Err(CommitError::Conflict);
    };
    let found = [LocalStep::OrderHeld { by: holder }];
    Ok(prepare(Some(&row), transition, occasion, &found))
}

/// Works early notifications into a commit that is not made yet: same version, further evidence.
pub(super) fn adopt(
    row: Option<&Payment>,
    mut commit: Commit,
    early: &[EarlyNotification],
    occasion: &Occasion<'_>,
) -> Commit {
    for waiting in early {
        let event = Event::CaptureNotified(waiting.notification.clone());
        amend(&mut commit, &event, occasion);
        occasion.note_early(&mut commit, waiting);
    }
    if let Some(bind) = &mut commit.bind {
        bind.adopted = early.len();
    }
    complete(row, commit)
}

/// POP gave one id to two payments of ours: the second is not bound, and a person must look. What the message says
/// is not acted on, as with any message that does not fit its payment; it is kept. Only a payment first heard of by
/// this very message is written as the message has it, since there is nothing else to write.
pub(super) fn without_binding(
    row: Option<&Payment>,
    mut commit: Commit,
    occasion: &Occasion<'_>,
) -> Commit {
    let taken = Event::PaymentIdTaken;
    if let Some(row) = row
        && let Decision::Commit(transition) = decide(row, &taken, occasion.now, occasion.policy)
    {
        let mut commit = Commit::of(transition.next);
        occasion.note_kept(&mut commit);
        occasion.note_step(&mut commit, LocalStep::PaymentIdTaken { unbound: false });
        return complete(Some(row), commit);
    }
    commit.bind = None;
    commit.next.payment_id = None;
    amend(&mut commit, &taken, occasion);
    occasion.note_step(&mut commit, LocalStep::PaymentIdTaken { unbound: true });
    complete(row, commit)
}

/// Decides a further event on top of a commit that is not made yet, within the same version.
fn amend(commit: &mut Commit, event: &Event, occasion: &Occasion<'_>) {
    let mut base = commit.next.clone();
    base.version -= 1;
    if let Decision::Commit(transition) = decide(&base, event, occasion.now, occasion.policy) {
        commit.next = transition.next;
        commit.card = transition.keep_card.or(commit.card.take());
    }
}
