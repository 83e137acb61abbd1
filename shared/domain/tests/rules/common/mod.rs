//! Builders of rows and messages, and the one-line account of a decision that the tables are written in.

pub(crate) mod book;
pub(crate) mod events;
pub(crate) mod life;
pub(crate) mod luck;
pub(crate) mod provider;
pub(crate) mod said;
pub(crate) mod states;
pub(crate) mod table;
pub(crate) mod wishes;
pub(crate) mod world;

use domain::{Currency, Money, Policy, Seconds, Time};

/// When the payments of the tests are created.
pub(crate) const START: Time = Time::from_millis(1_735_689_600_000);

/// So many seconds after [`START`].
pub(crate) fn at(seconds: i64) -> Time {
    START + Seconds(seconds)
}

pub(crate) fn euros(cents: u64) -> Money {
    Money::new(cents, Currency::new("EUR").unwrap()).unwrap()
}

/// The amount of every payment here.
pub(crate) fn amount() -> Money {
    euros(8_000)
}

pub(crate) fn policy() -> Policy {
    Policy::default()
}

/// The contract with the acquirer allows partial and several captures.
pub(crate) fn several() -> Policy {
    Policy {
        several_captures: true,
        ..policy()
    }
}
