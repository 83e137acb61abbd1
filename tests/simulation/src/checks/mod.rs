//! What must hold, and is looked at after every step; and what must be true in the end.

mod acknowledged;
mod books;
mod commit;
mod end;

use crate::backend;
use crate::engine;
use crate::happened::Happened;
use crate::world::World;
use domain::PaymentRequestId;
use domain::replay::Replayed;
use pop::keys::VerifyingKeys;
use std::collections::BTreeMap;

pub use end::Verdict;

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// When.
    pub at: domain::Time,
    /// The law's name.
    pub law: &'static str,
    /// The payment.
    pub payment: String,
    /// What was seen.
    pub words: String,
}

/// Watches one run.
pub struct Watch {
    /// What was broken, in order.
    pub breaches: Vec<Breach>,
    /// How many steps were looked at.
    pub steps: u64,
    /// Entries of trails that were decided again, with every signature verified again.
    pub entries: u64,
    /// The rows as their trails have them.
    replayed: BTreeMap<PaymentRequestId, Replayed>,
    /// The provider's keys.
    keys: VerifyingKeys,
    /// Order events that were decided: id and payment.
    decided: BTreeMap<String, PaymentRequestId>,
    /// Capture ids that POP was asked for, with their amounts.
    asked: BTreeMap<String, u64>,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            breaches: Vec::new(),
            steps: 0,
            entries: 0,
            replayed: BTreeMap::new(),
            keys: backend::verifying_keys(),
            decided: BTreeMap::new(),
            asked: BTreeMap::new(),
        }
    }
}

impl Watch {
    /// Looks at one thing that took effect.
    pub fn see(&mut self, world: &World, what: &Happened) {
        self.steps += 1;
        match what {
            Happened::Committed(change) => commit::check(self, world, change),
            Happened::Sent(..) => {}
            Happened::Called { call, body } => books::check(self, world, call, body),
            Happened::Acknowledged { letter } => acknowledged::check(self, world, letter),
        }
    }

    /// Looks at where everything stands when nothing is left to happen.
    pub fn end(&mut self, world: &World) -> Verdict {
        end::check(self, world)
    }

    fn breach(&mut self, law: &'static str, payment: &str, words: impl Into<String>) {
        self.breaches.push(Breach {
            at: engine::now(),
            law,
            payment: payment.to_owned(),
            words: words.into(),
        });
    }
}
