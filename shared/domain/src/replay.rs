//! A payment's row, rebuilt from its trail: every entry is decided again, at its time and under its terms. What comes
//! out must be the row that is stored ([`differences`]).

mod differences;

pub use differences::{Difference, differences};

use crate::evidence::{Entry, Evidence, LocalStep, OrderRecord, Said, SignedMessage};
use crate::{Decision, Event, Payment, decide};

/// A row as its trail has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The row. Its people are stand-ins, its outbox holds all that was ever to be told, and its trail is empty.
    pub payment: Payment,
    /// Of the order without its people, once the merchant gave one.
    pub order_digest: Option<String>,
}

/// Why a trail cannot be replayed. Each names the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// There is no entry at all.
    #[error("the trail is empty")]
    Empty,
    /// The first entry is neither a creation nor a notification that can make a row.
    #[error("entry {0} cannot be the beginning of a payment")]
    NoBeginning(u32),
    /// A second creation.
    #[error("entry {0} begins a payment that had begun")]
    BegunTwice(u32),
    /// The message cannot be read as something that happens to a payment.
    #[error("entry {0} is no message that can be acted on")]
    Unreadable(u32),
    /// A version earlier than that of the entry before.
    #[error("entry {0} belongs to an earlier version than the one before it")]
    OutOfOrder(u32),
}

impl ReplayError {
    /// The entry, if one is meant.
    #[must_use]
    pub fn sequence(self) -> Option<u32> {
        match self {
            Self::Empty => None,
            Self::NoBeginning(at)
            | Self::BegunTwice(at)
            | Self::Unreadable(at)
            | Self::OutOfOrder(at) => Some(at),
        }
    }
}

/// Makes an event of a signed message, given of which capture or refund it is the answer; `None` if it is none. Whether
/// the signature still holds is for the reader, who reads nothing that he does not believe.
pub type Read<'a> = &'a dyn Fn(&SignedMessage, Option<&str>) -> Option<Event>;

/// Decides the whole trail again.
pub fn replay(entries: &[Evidence], read: Read<'_>) -> Result<Replayed, ReplayError> {
    let mut row = None;
    for entry in entries {
        row = Some(replay_next(row, entry, read)?);
    }
    row.ok_or(ReplayError::Empty)
}

/// Decides one entry again, on what the entries before it made.
pub fn replay_next(
    row: Option<Replayed>,
    entry: &Evidence,
    read: Read<'_>,
) -> Result<Replayed, ReplayError> {
    match row {
        None => begin(entry, read),
        Some(row) => follow(row, entry, read),
    }
}

fn begin(entry: &Evidence, read: Read<'_>) -> Result<Replayed, ReplayError> {
    let (at, policy) = (entry.decided.at, entry.decided.terms.policy());
    let no_beginning = ReplayError::NoBeginning(entry.sequence);
    if entry.decided.version != 1 {
        return Err(ReplayError::OutOfOrder(entry.sequence));
    }
    match &entry.entry {
        Entry::Local(LocalStep::Created(creation)) => Ok(Replayed {
            payment: creation.row(at, &policy),
            order_digest: Some(creation.asked.digest.clone()),
        }),
        Entry::Signed(said) => {
            let Event::PaymentNotified(notification) = event_of(said, entry.sequence, read)? else {
                return Err(no_beginning);
            };
            let made = decide::from_notification(&notification, at, &policy);
            Ok(Replayed {
                payment: made.ok_or(no_beginning)?.next,
                order_digest: None,
            })
        }
        Entry::Local(_) => Err(no_beginning),
    }
}

fn follow(mut row: Replayed, entry: &Evidence, read: Read<'_>) -> Result<Replayed, ReplayError> {
    let version = entry.decided.version;
    if version < row.payment.version {
        return Err(ReplayError::OutOfOrder(entry.sequence));
    }
    let event = match &entry.entry {
        Entry::Signed(said) if said.kept => None,
        Entry::Signed(said) => Some(event_of(said, entry.sequence, read)?),
        Entry::Local(step) => {
            prepare(&mut row, step, entry.sequence)?;
            step.event(&row.payment.id)
        }
    };
    // Versions between were commits that changed nothing of this.
    row.payment.version = version - 1;
    let policy = entry.decided.terms.policy();
    let decision = event.map(|event| decide(&row.payment, &event, entry.decided.at, &policy));
    match decision {
        Some(Decision::Commit(transition)) => row.payment = transition.next,
        Some(Decision::Ignore(_)) | None => row.payment.version = version,
    }
    Ok(row)
}

/// What a step changes beside what the rules decide on it.
fn prepare(row: &mut Replayed, step: &LocalStep, sequence: u32) -> Result<(), ReplayError> {
    match step {
        LocalStep::Created(_) => return Err(ReplayError::BegunTwice(sequence)),
        LocalStep::OrderHeld { by } => row.payment.order_held_by = Some(by.clone()),
        LocalStep::PaymentIdTaken { unbound: true } => row.payment.payment_id = None,
        LocalStep::OrderArrived(OrderRecord { digest, .. }) if row.payment.order.is_none() => {
            row.order_digest = Some(digest.clone());
        }
        _ => {}
    }
    Ok(())
}

fn event_of(said: &Said, sequence: u32, read: Read<'_>) -> Result<Event, ReplayError> {
    read(&said.message, said.about.as_deref()).ok_or(ReplayError::Unreadable(sequence))
}
