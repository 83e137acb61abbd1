//! The trail of a payment as the store writes it, and what its messages say.

use super::life::{Life, Moment};
use super::{at, policy};
use domain::evidence::{
    Creation, Decided, Entry, Evidence, LocalStep, MessageKind, Said, SignedMessage, Terms, Trail,
};
use domain::replay::{ReplayError, Replayed, replay};
use domain::{Decision, Event, Payment, Policy, Time, decide};

/// A trail, and what its messages say: the body of each is the number of an event.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) trail: Trail,
    pub(crate) entries: Vec<Evidence>,
    pub(crate) said: Vec<Event>,
}

impl Book {
    /// Adds an entry that was decided on now, for this version of the row.
    pub(crate) fn note(&mut self, entry: Entry, version: u64, now: Time, policy: &Policy) {
        let terms = Terms::of(policy);
        let decided = Decided {
            version,
            at: now,
            terms,
        };
        self.entries.push(self.trail.append(entry, now, decided));
    }

    /// What is written down of an event: the step, or the message that says it.
    pub(crate) fn entry_of(&mut self, event: &Event) -> Entry {
        if let Some(step) = LocalStep::of(event) {
            return Entry::Local(step);
        }
        self.said.push(event.clone());
        Entry::Signed(Said {
            message: message(self.said.len() - 1),
            about: event.about(),
            kept: false,
        })
    }

    /// The beginning of a life.
    pub(crate) fn born(life: &Life) -> Self {
        let mut book = Self::default();
        let entry = match &life.told_by {
            Some(told) => book.entry_of(&Event::PaymentNotified(told.clone())),
            None => Entry::Local(LocalStep::Created(Creation::of(&life.born).unwrap())),
        };
        // A payment that POP tells of is made under the usual policy, whatever the life's is.
        book.note(entry, 1, life.born.created_at, &policy());
        book
    }

    /// Writes down what the store writes down.
    pub(crate) fn take(&mut self, moment: &Moment, held: bool) {
        let Decision::Commit(transition) = &moment.decision else {
            return;
        };
        let version = transition.next.version;
        if held {
            let by = moment.before.order_held_by.clone().unwrap();
            let entry = Entry::Local(LocalStep::OrderHeld { by });
            self.note(entry, version, moment.now, &moment.policy);
        }
        if transition.moved {
            let entry = self.entry_of(&moment.event);
            self.note(entry, version, moment.now, &moment.policy);
        }
    }

    /// The event that the message says.
    pub(crate) fn read(&self, message: &SignedMessage) -> Option<Event> {
        let number: usize = std::str::from_utf8(&message.body).ok()?.parse().ok()?;
        self.said.get(number).cloned()
    }

    /// A payment on which these events, a second apart, are decided, each of which moves it.
    pub(crate) fn of(born: &Payment, happens: &[Event]) -> (Self, Payment) {
        let mut book = Self::default();
        let created = LocalStep::Created(Creation::of(born).unwrap());
        book.note(Entry::Local(created), 1, born.created_at, &policy());
        let mut row = born.clone();
        for (second, event) in (1..).zip(happens) {
            let Decision::Commit(next) = decide(&row, event, at(second), &policy()) else {
                panic!("{event:?} changes nothing")
            };
            let entry = book.entry_of(event);
            book.note(entry, next.next.version, at(second), &policy());
            row = next.next;
        }
        (book, row)
    }

    /// The row that it makes.
    pub(crate) fn replay(&self) -> Result<Replayed, ReplayError> {
        replay(&self.entries, &|message, _| self.read(message))
    }
}

/// A message that says the event of this number.
pub(crate) fn message(number: usize) -> SignedMessage {
    SignedMessage {
        kind: MessageKind::NotifyPayment,
        path: "/notify".into(),
        client_id: "C".into(),
        time: "1".into(),
        signature: "s".into(),
        key_version: "1".into(),
        body: number.to_string().into(),
    }
}
