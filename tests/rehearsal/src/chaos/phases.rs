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

/// A quarter of the orders comes in each.
pub(super) const PHASES: [Phase; 4] = [
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
        turns: 6,
        turn: Duration::from_secs(120),
    },
    Phase {
        name: "The provider down for six hours",
        trouble: Trouble::ProviderDown,
        at_least: NOTHING,
        at_most: Duration::from_secs(45),
        turns: 12,
        turn: Duration::from_secs(30 * 60),
    },
    Phase {
        name: "Notifications to a wrong address for a day",
        trouble: Trouble::WrongAddress,
        at_least: NOTHING,
        at_most: Duration::from_secs(60),
        turns: 12,
        turn: Duration::from_secs(2 * 3600),
    },
];
