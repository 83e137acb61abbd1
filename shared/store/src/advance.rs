//! Load, decide, commit, send, clear: the one order of work in which a payment changes.

use crate::{Bind, Claim, Commit, CommitError, EarlyNotification, Queues, Store, StoreError};
use domain::decide::Transition;
use domain::evidence::SignedMessage;
use domain::{
    Decision, Event, Ignored, Payment, PaymentRequestId, Policy, RefundRequestId, Time, decide,
};

/// How often a commit is tried anew after somebody else changed the row. Each try starts from a fresh load, so the
/// limit is only reached while the same payment is changed by many at once; whoever called then tries again later.
const MAX_TRIES: u32 = 8;

/// How often the clearing of an outbox is tried anew; what is not cleared is sent again, with the same ids.
const CLEAR_TRIES: u32 = 3;

/// What a function works with.
#[derive(Debug, Clone)]
pub struct Ports<S, Q> {
    /// The table.
    pub store: S,
    /// The queues.
    pub queues: Q,
    /// The rules' time limits.
    pub policy: Policy,
}

/// An event, with the signed message behind it if there is one.
#[derive(Debug, Clone)]
pub struct Input {
    /// What happened.
    pub event: Event,
    /// The provider's message that says so.
    pub message: Option<SignedMessage>,
}

impl Input {
    /// An event without a message of the provider.
    #[must_use]
    pub fn of(event: Event) -> Self {
        Self {
            event,
            message: None,
        }
    }
}

/// What became of an event.
#[derive(Debug, Clone)]
pub struct Advanced {
    /// The row as it stands now.
    pub payment: Payment,
    /// Why nothing changed; `None` if something did.
    pub ignored: Option<Ignored>,
}

/// Why an event could not be worked in. Nothing of it is lost that was acknowledged: the caller must not acknowledge.
#[derive(Debug, thiserror::Error)]
pub enum AdvanceError {
    /// There is no such payment, and the event does not create one.
    #[error("there is no such payment")]
    NotFound,
    /// The merchant used the id of a refund for another payment before.
    #[error("the refund id belongs to another payment")]
    RefundIdTaken,
    /// The row changed under each try.
    #[error("the row was changed by others {MAX_TRIES} times in a row")]
    Contended,
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Works one event into a payment and sends what that decided.
///
/// When this returns `Ok`, the change is committed. A message that could not be sent stays in the outbox and is sent
/// by the sweep.
pub async fn advance<S: Store, Q: Queues>(
    ports: &Ports<S, Q>,
    id: &PaymentRequestId,
    input: &Input,
    now: Time,
) -> Result<Advanced, AdvanceError> {
    for _ in 0..MAX_TRIES {
        let row = ports.store.load(id).await?;
        let transition = match decision(row.as_ref(), input, now, &ports.policy)? {
            Decision::Commit(transition) => transition,
            Decision::Ignore(ignored) => {
                let payment = row.ok_or(AdvanceError::NotFound)?;
                return Ok(Advanced {
                    payment,
                    ignored: Some(ignored),
                });
            }
        };
        let commit = prepare(row.as_ref(), transition, input.message.as_ref(), now);
        match settle(ports, row.as_ref(), commit, input, now).await {
            Ok(payment) => {
                let payment = deliver(ports, payment, now).await;
                return Ok(Advanced {
                    payment,
                    ignored: None,
                });
            }
            Err(CommitError::RefundIdTaken(_)) => return Err(AdvanceError::RefundIdTaken),
            Err(
                CommitError::Conflict
                | CommitError::Shelved(_)
                | CommitError::Taken(_)
                | CommitError::OrderHeld(_),
            ) => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
        }
    }
    Err(AdvanceError::Contended)
}

fn decision(
    row: Option<&Payment>,
    input: &Input,
    now: Time,
    policy: &Policy,
) -> Result<Decision, AdvanceError> {
    match (row, &input.event) {
        (Some(row), event) => Ok(decide(row, event, now, policy)),
        (None, Event::PaymentNotified(notification)) => {
            domain::decide::from_notification(notification, now, policy)
                .map(Decision::Commit)
                .ok_or(AdvanceError::NotFound)
        }
        (None, _) => Err(AdvanceError::NotFound),
    }
}

/// Adds the message to the trail if it moved the row, and all that has to change together with the row.
fn prepare(
    row: Option<&Payment>,
    transition: Transition,
    message: Option<&SignedMessage>,
    now: Time,
) -> Commit {
    let mut commit = Commit::of(transition.next);
    commit.card = transition.keep_card;
    if let Some(message) = message.filter(|_| transition.moved) {
        let entry = commit.next.trail.append(message.clone(), now);
        commit.evidence.push(entry);
    }
    let was_bound = row.is_some_and(|row| row.payment_id.is_some());
    if let Some(payment_id) = commit.next.payment_id.clone().filter(|_| !was_bound) {
        commit.bind = Some(Bind {
            payment_id,
            adopted: 0,
        });
    }
    complete(row, commit)
}

/// Adds what follows from the difference between the row as it stood and as it will: its hold on the order, and the
/// refund ids that are new.
fn complete(row: Option<&Payment>, mut commit: Commit) -> Commit {
    let next = &commit.next;
    let held = row.is_some_and(Payment::holds_order);
    commit.claim = match (held, next.holds_order(), next.order_id()) {
        (false, true, Some(order)) => Some(Claim::Take(order.clone())),
        (true, false, Some(order)) => Some(Claim::Release(order.clone())),
        _ => None,
    };
    let known = |id: &RefundRequestId| {
        row.is_some_and(|row| row.refunds.iter().any(|refund| refund.request_id == *id))
    };
    let ids = next.refunds.iter().map(|refund| &refund.request_id);
    commit.refund_ids = ids.filter(|id| !known(id)).cloned().collect();
    commit
}

/// How often one commit is amended before it starts anew: early notifications, a taken id and a held order may all
/// stand in the way of one.
const MAX_AMENDMENTS: u32 = 4;

/// Commits. What stands in the way and can be decided on at once (early notifications, a taken id, an order that
/// another attempt holds) is worked in, and all is committed together.
async fn settle<S: Store>(
    ports: &Ports<S, impl Queues>,
    row: Option<&Payment>,
    mut decided: Commit,
    input: &Input,
    now: Time,
) -> Result<Payment, CommitError> {
    let policy = &ports.policy;
    let mut amended: Option<Commit> = None;
    for _ in 0..MAX_AMENDMENTS {
        let commit = amended.as_ref().unwrap_or(&decided);
        match ports.store.commit(commit).await {
            Ok(()) => return Ok(amended.unwrap_or(decided).next),
            // All that waits by now, on top of what was decided.
            Err(CommitError::Shelved(early)) => {
                amended = Some(adopt(row, decided.clone(), &early, now, policy));
            }
            // Letting go of an order that another holds changes nothing there.
            Err(CommitError::OrderHeld(_)) if matches!(commit.claim, Some(Claim::Release(_))) => {
                let mut without = commit.clone();
                without.claim = None;
                amended = Some(without);
            }
            Err(CommitError::OrderHeld(holder)) => {
                decided = after_order_held(row, holder, input, now, policy)?;
                amended = None;
            }
            Err(CommitError::Taken(_)) => {
                decided = without_binding(row, decided, input, now, policy);
                amended = None;
            }
            Err(error) => return Err(error),
        }
    }
    Err(CommitError::Conflict)
}

/// Another attempt holds the order: the event is decided anew, knowing that.
fn after_order_held(
    row: Option<&Payment>,
    holder: PaymentRequestId,
    input: &Input,
    now: Time,
    policy: &Policy,
) -> Result<Commit, CommitError> {
    let mut row = row.ok_or(CommitError::Conflict)?.clone();
    row.order_held_by = Some(holder);
    let Decision::Commit(transition) = decide(&row, &input.event, now, policy) else {
        return Err(CommitError::Conflict);
    };
    let message = input.message.as_ref();
    Ok(prepare(Some(&row), transition, message, now))
}

/// Works early notifications into a commit that is not made yet: same version, further evidence.
fn adopt(
    row: Option<&Payment>,
    mut commit: Commit,
    early: &[EarlyNotification],
    now: Time,
    policy: &Policy,
) -> Commit {
    for waiting in early {
        let event = Event::CaptureNotified(waiting.notification.clone());
        amend(&mut commit, &event, now, policy);
        let entry = commit
            .next
            .trail
            .append(waiting.message.clone(), waiting.received_at);
        commit.evidence.push(entry);
    }
    if let Some(bind) = &mut commit.bind {
        bind.adopted = early.len();
    }
    complete(row, commit)
}

/// POP gave one id to two payments of ours: the second is not bound, and a person must look. What the message says
/// is not acted on, as with any message that does not fit its payment; it is kept. Only a payment first heard of by
/// this very message is written as the message has it, since there is nothing else to write.
fn without_binding(
    row: Option<&Payment>,
    mut commit: Commit,
    input: &Input,
    now: Time,
    policy: &Policy,
) -> Commit {
    if let Some(row) = row
        && let Decision::Commit(transition) = decide(row, &Event::PaymentIdTaken, now, policy)
    {
        return prepare(Some(row), transition, input.message.as_ref(), now);
    }
    commit.bind = None;
    commit.next.payment_id = None;
    amend(&mut commit, &Event::PaymentIdTaken, now, policy);
    complete(row, commit)
}

/// Decides a further event on top of a commit that is not made yet, within the same version.
fn amend(commit: &mut Commit, event: &Event, now: Time, policy: &Policy) {
    let mut base = commit.next.clone();
    base.version -= 1;
    if let Decision::Commit(transition) = decide(&base, event, now, policy) {
        commit.next = transition.next;
        commit.card = transition.keep_card.or(commit.card.take());
    }
}

/// Sends a row's outbox and clears what was sent. Never fails: what is not sent or not cleared is done by the sweep.
/// Gives the row as it stands now.
pub async fn deliver<S: Store, Q: Queues>(
    ports: &Ports<S, Q>,
    mut payment: Payment,
    now: Time,
) -> Payment {
    if payment.outbox.is_empty() {
        return payment;
    }
    let sent = Event::Sent(ports.queues.send(&payment.id, &payment.outbox).await);
    for _ in 0..CLEAR_TRIES {
        let Decision::Commit(transition) = decide(&payment, &sent, now, &ports.policy) else {
            return payment; // nothing was sent, or somebody else cleared it
        };
        let commit = Commit::of(transition.next);
        let failure = match ports.store.commit(&commit).await {
            Ok(()) => return commit.next,
            // What was just sent may be at work on the row already.
            Err(CommitError::Conflict) => match ports.store.load(&payment.id).await {
                Ok(Some(row)) => {
                    payment = row;
                    continue;
                }
                Ok(None) => return payment,
                Err(error) => error.to_string(),
            },
            Err(error) => error.to_string(),
        };
        tracing::warn!(
            payment.request_id = %payment.id,
            error.code = "outbox_not_cleared",
            "messages were sent and not cleared; they will be sent again: {failure}"
        );
        return payment;
    }
    payment
}

#[cfg(test)]
mod tests;
