//! What must hold, and is looked at after every step; and what must be true in the end.

mod acknowledged;
mod books;
mod commit;
mod end;

use crate::engine;
use crate::happened::Happened;
use crate::world::World;
use domain::PaymentRequestId;
use std::collections::{BTreeMap, BTreeSet};

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
#[derive(Debug, Default)]
pub struct Watch {
    /// What was broken, in order.
    pub breaches: Vec<Breach>,
    /// How many steps were looked at.
    pub steps: u64,
    /// Order events that were decided: id and payment.
    decided: BTreeMap<String, PaymentRequestId>,
    /// Capture ids that POP was asked for, with their amounts.
    asked: BTreeMap<String, u64>,
    payments: BTreeSet<PaymentRequestId>,
}

impl Watch {
    /// Looks at one thing that took effect.
    pub fn see(&mut self, world: &World, what: &Happened) {
        self.steps += 1;
        match what {
            Happened::Committed(change) => {
                self.payments.insert(change.after.id.clone());
                commit::check(self, world, change);
            }
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
