//! What an entrant holds to be true and what it told, in the words of all entrants.

use domain::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Where an entrant says that a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// Not decided.
    Open,
    /// No money: declined, expired or cancelled.
    Failed,
    /// Authorised, and the capture was refused for good.
    CaptureFailed,
    /// So many minor units are taken.
    Captured(u64),
}

/// A final event, as the order system gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    Failed,
    CaptureFailed,
    Captured,
}

impl View {
    /// The event that tells of it.
    pub(super) fn ending(self) -> Option<Ending> {
        match self {
            Self::Open => None,
            Self::Failed => Some(Ending::Failed),
            Self::CaptureFailed => Some(Ending::CaptureFailed),
            Self::Captured(_) => Some(Ending::Captured),
        }
    }
}

/// Kept while a seed runs.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// By payment: the view, and since when.
    pub(super) views: BTreeMap<String, (View, Time)>,
    /// Final events that reached the order queue.
    pub(super) told: BTreeSet<(String, Ending)>,
    /// Notifications that were acknowledged, by a number.
    pub(super) acknowledged: BTreeSet<u64>,
    /// Of these, those whose content is in the table.
    pub(super) kept: BTreeSet<u64>,
}

impl Ledger {
    /// The row says this now.
    pub(super) fn see(&mut self, id: &str, view: View, now: Time) {
        if self.views.get(id).is_none_or(|(before, _)| *before != view) {
            self.views.insert(id.to_owned(), (view, now));
        }
    }
}
