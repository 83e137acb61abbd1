//! What a commit adds to the trail: whatever moved the row, and so what it can be rebuilt from.

use super::Occasion;
use crate::{Commit, EarlyNotification};
use domain::evidence::{Creation, Decided, Entry, LocalStep, Said, Terms};
use domain::{Payment, Policy, Time};

impl Commit {
    /// The first commit of a payment that the merchant, or the buyer's next try, creates: its row in version 1, and the
    /// first entry of its trail.
    #[must_use]
    pub fn created(payment: Payment, policy: &Policy) -> Self {
        let now = payment.created_at;
        let creation = Creation::of(&payment);
        let mut commit = Self::of(payment);
        if let Some(creation) = creation {
            let entry = Entry::Local(LocalStep::Created(creation));
            note(&mut commit, entry, now, (now, policy));
        }
        commit
    }
}

impl Occasion<'_> {
    /// The event itself, or the message that says so.
    pub(super) fn note_input(&self, commit: &mut Commit) {
        let entry = match &self.input.message {
            Some(message) => Some(Entry::Signed(Said {
                about: self.input.event.about(),
                ..message.clone().into()
            })),
            None => LocalStep::of(&self.input.event).map(Entry::Local),
        };
        if let Some(entry) = entry {
            note(commit, entry, self.now, (self.now, self.policy));
        }
    }

    /// The message, which was not acted on.
    pub(super) fn note_kept(&self, commit: &mut Commit) {
        if let Some(message) = &self.input.message {
            let entry = Entry::Signed(Said {
                about: self.input.event.about(),
                kept: true,
                ..message.clone().into()
            });
            note(commit, entry, self.now, (self.now, self.policy));
        }
    }

    /// A message that waited.
    pub(super) fn note_early(&self, commit: &mut Commit, early: &EarlyNotification) {
        let entry = Entry::Signed(early.message.clone().into());
        note(commit, entry, early.received_at, (self.now, self.policy));
    }

    /// What was found out while the commit was made.
    pub(super) fn note_step(&self, commit: &mut Commit, step: LocalStep) {
        note(
            commit,
            Entry::Local(step),
            self.now,
            (self.now, self.policy),
        );
    }
}

fn note(commit: &mut Commit, entry: Entry, received_at: Time, (at, policy): (Time, &Policy)) {
    let decided = Decided {
        version: commit.next.version,
        at,
        terms: Terms::of(policy),
    };
    let entry = commit.next.trail.append(entry, received_at, decided);
    commit.evidence.push(entry);
}
