//! The phases of chaos, in their order.

use std::time::Duration;

/// What goes wrong in a phase, beside the provider's own faults and the functions that are killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing else.
    None,
    /// AWS throttles, fails, hangs, loses answers and delivers twice.
    AwsStorm,
    /// No call reaches the provider.
    ProviderDown,
    /// No notification reaches us.
    WrongAddress,
    /// All three at once.
    All,
}

/// One phase.
pub(super) struct Phase {
    pub(super) name: &'static str,
    pub(super) trouble: Trouble,
    /// It lasts as long as its buyers need, but so long at least and at most.
    pub(super) at_least: Duration,
    pub(super) at_most: Duration,
    /// Then, with nobody in the shop, the clock is turned so often ...
    pub(super) turns: u32,
    /// ... by so much.
    pub(super) turn: Duration,
}

const NOTHING: Duration = Duration::ZERO;

/// Each has its share of the orders.
pub(super) const PHASES: [Phase; 5] = [
    Phase {
        name: "Calm, but functions are killed",
        trouble: Trouble::None,
        at_least: NOTHING,
        at_most: Duration::from_secs(60),
        turns: 0,
        turn: NOTHING,
    },
    Phase {
        name: "AWS in a storm",
        trouble: Trouble::AwsStorm,
        at_least: Duration::from_secs(30),
        at_most: Duration::from_secs(75),
        turns: 4,
        turn: Duration::from_secs(180),
    },
    Phase {
        name: "The provider down for six hours",
        trouble: Trouble::ProviderDown,
        at_least: NOTHING,
        at_most: Duration::from_secs(45),
        turns: 9,
        turn: Duration::from_secs(40 * 60),
    },
    Phase {
        name: "Notifications to a wrong address for a day",
        trouble: Trouble::WrongAddress,
        at_least: NOTHING,
        at_most: Duration::from_secs(60),
        turns: 8,
        turn: Duration::from_secs(3 * 3600),
    },
    Phase {
        name: "All of it at once",
        trouble: Trouble::All,
        at_least: Duration::from_secs(20),
        at_most: Duration::from_secs(45),
        turns: 4,
        turn: Duration::from_secs(120),
    },
];
