//! Other ways to do the same work, as small models under the same seeds and the same faults.
//!
//! The four real functions run beside one model backend that differs from them, and from itself, in one decision at a
//! time ([`Policy`]). Who pays, what the weather is and what the provider does comes from the seed alone. What came of
//! it is read from the provider's books. These are models of policies, not measurements of products.

mod ledger;
mod model;
mod ours;
mod plan;
mod policy;
mod report;
mod score;
mod shop;

pub use policy::{ENTRANTS, Entrant, Policy};
pub use report::{Standing, Table};
pub use score::Score;

use crate::world::BEGIN;
use domain::{Seconds, Time};

/// By then everything that will ever come to its end has done so: an authorisation lasts seven days.
const HORIZON: Seconds = Seconds::days(20);

fn horizon() -> Time {
    BEGIN + HORIZON
}

/// What one entrant made of one seed.
#[must_use]
pub fn run(entrant: &Entrant, seed: u64) -> Score {
    match &entrant.policy {
        None => ours::run(seed),
        Some(policy) => model::run(policy, seed),
    }
}
