//! Load, decide, commit, send, clear: the one order of work in which a payment changes.

mod amend;
mod entries;

use crate::{Bind, Claim, Commit, CommitError, Queues, Store, StoreError};
use amend::{adopt, after_order_held, without_binding};
use domain::decide::Transition;
use domain::evidence::{LocalStep, SignedMessage};
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

/// An event to work in, and when.
struct Occasion<'a> {
    input: &'a Input,
    now: Time,
    policy: &'a Policy,
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
    /// The provider's word without the signed message that says so: a fault of the caller's, since nothing unsigned
    /// moves a payment.
    #[error("a word of POP came without its signed message")]
    Unsigned,
    /// The row changed under each try.
    #[error("the row was changed by others {MAX_TRIES} times in a row")]
    Contended,
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AdvanceError {
    /// Whether trying again, which is done without anybody's doing, may help. If not, a person must look.
    #[must_use]
    pub fn mends_itself(&self) -> bool {
        match self {
            Self::Contended => true,
            Self::Store(error) => error.mends_itself(),
            Self::NotFound | Self::RefundIdTaken | Self::Unsigned => false,
        }
    }
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
    if input.message.is_none() && input.event.is_providers_word() {
        return Err(AdvanceError::Unsigned);
    }
    let policy = &ports.policy;
    let occasion = Occasion { input, now, policy };
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
        // There is such a payment, or is about to be: each line of this flow names it from now on.
        tracing::Span::current().record("payment.request_id", tracing::field::display(id));
        let commit = prepare(row.as_ref(), transition, &occasion, &[]);
        match settle(&ports.store, row.as_ref(), commit, &occasion).await {
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

/// Adds to the row what moved it, for the trail, and all that has to change together with it. `found` is what was found
/// out on the way to the decision.
fn prepare(
    row: Option<&Payment>,
    transition: Transition,
    occasion: &Occasion<'_>,
    found: &[LocalStep],
) -> Commit {
    let mut commit = Commit::of(transition.next);
    commit.card = transition.keep_card;
    for step in found {
        occasion.note_step(&mut commit, step.clone());
    }
    if transition.moved {
        occasion.note_input(&mut commit);
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
    store: &S,
    row: Option<&Payment>,
    mut decided: Commit,
    occasion: &Occasion<'_>,
) -> Result<Payment, CommitError> {
    let mut amended: Option<Commit> = None;
    for _ in 0..MAX_AMENDMENTS {
        let commit = amended.as_ref().unwrap_or(&decided);
        match store.commit(commit).await {
            Ok(()) => return Ok(amended.unwrap_or(decided).next),
            // All that waits by now, on top of what was decided.
            Err(CommitError::Shelved(early)) => {
                amended = Some(adopt(row, decided.clone(), &early, occasion));
            }
            // Letting go of an order that another holds changes nothing there.
            Err(CommitError::OrderHeld(_)) if matches!(commit.claim, Some(Claim::Release(_))) => {
                let mut without = commit.clone();
                without.claim = None;
                amended = Some(without);
            }
            Err(CommitError::OrderHeld(holder)) => {
                decided = after_order_held(row, holder, occasion)?;
                amended = None;
            }
            Err(CommitError::Taken(_)) => {
                decided = without_binding(row, decided, occasion);
                amended = None;
            }
            Err(error) => return Err(error),
        }
    }
    Err(CommitError::Conflict)
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
            error.code = "outbox_not_cleared",
            "messages were sent and not cleared; they will be sent again: {failure}"
        );
        return payment;
    }
    payment
}

#[cfg(test)]
mod tests;
