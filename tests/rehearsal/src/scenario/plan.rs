//! What each payment of a scenario is to be: drawn from the seed alone, so that a run can be repeated.

use std::collections::BTreeSet;

/// A deterministic source of draws (SplitMix64); each payment has its own, so that no order of events changes it.
pub(crate) struct Draw(u64);

impl Draw {
    /// The source for one thing of a run: `what` is a payment's number, or a number kept for something else.
    pub(crate) fn new(seed: u64, what: u64) -> Self {
        let mut draw = Self(seed ^ what.wrapping_mul(0xd6e8_feb8_6659_fd93));
        draw.next();
        draw
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `end` - 1; 0 when `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// Yes in so many of a hundred cases.
    pub(crate) fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of the items.
    pub(crate) fn one_of<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let place = usize::try_from(self.below(items.len() as u64)).ok()?;
        items.get(place)
    }
}

/// A test card: the simulator knows the number, the security code is checked for its form only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) number: &'static str,
    pub(crate) cvv: &'static str,
}

/// The security codes in use. The audit looks for them next to the word cvv, so any values would do.
pub(crate) const CVVS: [&str; 4] = ["907", "638", "851", "4729"];

const APPROVED: [&str; 4] = [
    "4054695723100768",
    "5162774114974622",
    "4117347806156383",
    "4112273146798764",
];
/// Refused with several codes, one of them in no table.
const DECLINED: [&str; 5] = [
    "4054692760174822",
    "5162770472561357",
    "4099990000000014",
    "4099990000000022",
    "4099990000000097",
];
/// Approved or refused some seconds later, without the buyer.
const SLOWLY_APPROVED: [&str; 2] = ["4099990000000113", "4099990000000139"];
const SLOWLY_DECLINED: [&str; 1] = ["4099990000000121"];
/// The bank asks for 3DS although the shop did not.
const UPGRADED: [&str; 1] = ["4099990000000105"];
/// No challenge although the shop asks for 3DS.
const EXEMPT: [&str; 1] = ["4035501000000008"];
/// Captured some seconds after it was asked for.
const SLOWLY_CAPTURED: [&str; 1] = ["4099990000000154"];
/// The capture is refused, at once or after a while.
const CAPTURE_REFUSED: [&str; 2] = ["4099990000000147", "4099990000000162"];

/// What the buyer does and what the bank says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Journey {
    /// Pays and is approved.
    Approved,
    /// Pays and is approved, some seconds later.
    SlowlyApproved,
    /// Pays and is approved; the capture takes its time.
    SlowlyCaptured,
    /// Pays and is approved; the capture is refused for good.
    CaptureRefused,
    /// Pays, and an exemption spares the challenge.
    Exempt,
    /// Pays and is refused.
    Declined,
    /// Pays and is refused, some seconds later.
    SlowlyDeclined,
    /// Passes the challenge.
    ChallengePassed,
    /// Passes a challenge that the bank asked for.
    UpgradePassed,
    /// Fails the challenge.
    ChallengeFailed,
    /// Never finishes the challenge.
    ChallengeAbandoned,
    /// Leaves without paying.
    NeverPaid,
}

impl Journey {
    /// Each with its share of a hundred payments.
    const SHARES: [(Journey, u64); 12] = [
        (Self::Approved, 41),
        (Self::SlowlyApproved, 6),
        (Self::SlowlyCaptured, 5),
        (Self::CaptureRefused, 2),
        (Self::Exempt, 3),
        (Self::Declined, 10),
        (Self::SlowlyDeclined, 2),
        (Self::ChallengePassed, 14),
        (Self::UpgradePassed, 4),
        (Self::ChallengeFailed, 5),
        (Self::ChallengeAbandoned, 5),
        (Self::NeverPaid, 3),
    ];

    fn draw(draw: &mut Draw) -> Self {
        let mut place = draw.below(100);
        for (journey, share) in Self::SHARES {
            if place < share {
                return journey;
            }
            place -= share;
        }
        Self::Approved
    }

    fn cards(self) -> &'static [&'static str] {
        match self {
            Self::Approved
            | Self::ChallengePassed
            | Self::ChallengeFailed
            | Self::ChallengeAbandoned
            | Self::NeverPaid => &APPROVED,
            Self::SlowlyApproved => &SLOWLY_APPROVED,
            Self::SlowlyCaptured => &SLOWLY_CAPTURED,
            Self::CaptureRefused => &CAPTURE_REFUSED,
            Self::Exempt => &EXEMPT,
            Self::Declined => &DECLINED,
            Self::SlowlyDeclined => &SLOWLY_DECLINED,
            Self::UpgradePassed => &UPGRADED,
        }
    }

    /// The name in figures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::SlowlyApproved => "slowly_approved",
            Self::SlowlyCaptured => "slowly_captured",
            Self::CaptureRefused => "capture_refused",
            Self::Exempt => "exempt",
            Self::Declined => "declined",
            Self::SlowlyDeclined => "slowly_declined",
            Self::ChallengePassed => "challenge_passed",
            Self::UpgradePassed => "upgrade_passed",
            Self::ChallengeFailed => "challenge_failed",
            Self::ChallengeAbandoned => "challenge_abandoned",
            Self::NeverPaid => "never_paid",
        }
    }

    /// Whether the shop asks for 3DS.
    pub(crate) fn asks_for_3ds(self) -> bool {
        matches!(
            self,
            Self::Exempt | Self::ChallengePassed | Self::ChallengeFailed | Self::ChallengeAbandoned
        )
    }

    /// Whether the buyer leaves something unfinished that only its expiry ends.
    pub(crate) fn is_left_open(self) -> bool {
        matches!(self, Self::ChallengeAbandoned | Self::NeverPaid)
    }

    /// How the buyer leaves a challenge; `None` when it is not finished.
    pub(crate) fn challenge(self) -> Option<bool> {
        match self {
            Self::ChallengePassed | Self::UpgradePassed => Some(true),
            Self::ChallengeFailed => Some(false),
            _ => None,
        }
    }
}

/// Who captures and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capture {
    /// The provider, by itself.
    Automatic,
    /// The stack, as soon as it is authorised.
    WhenAuthorized,
    /// The stack, so many seconds later.
    AfterSeconds(u64),
}

/// One payment of the scenario.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) id: String,
    pub(crate) order_id: String,
    pub(crate) currency: &'static str,
    pub(crate) minor: u64,
    pub(crate) capture: Capture,
    pub(crate) journey: Journey,
    pub(crate) card: Card,
    /// Until when the buyer can pay.
    pub(crate) expires_in_seconds: u64,
    /// The buyer clicks twice.
    pub(crate) double_click: bool,
    /// How often the page looks at the result afterwards.
    pub(crate) looks: u64,
    /// How long the buyer takes at the challenge.
    pub(crate) challenge_ms: u64,
}

/// Exponents 2, 2, 0 and 3.
const CURRENCIES: [&str; 4] = ["EUR", "USD", "JPY", "KWD"];

/// The plans of a scenario.
pub(crate) fn plans(seed: u64, payments: u32) -> Vec<Plan> {
    (1..=payments).map(|number| plan(seed, number)).collect()
}

fn plan(seed: u64, number: u32) -> Plan {
    let mut draw = Draw::new(seed, u64::from(number));
    let journey = Journey::draw(&mut draw);
    let capture = match draw.below(100) {
        0..45 => Capture::Automatic,
        45..85 => Capture::WhenAuthorized,
        _ => Capture::AfterSeconds(3 + draw.below(10)),
    };
    Plan {
        id: format!("PAY_{seed}_{number:05}"),
        order_id: format!("ORDER_{seed}_{number:05}"),
        currency: draw.one_of(&CURRENCIES).copied().unwrap_or("EUR"),
        // Clear of 11 and 1111001111, which the provider refuses.
        minor: 100 + draw.below(900_000),
        capture,
        journey,
        card: Card {
            number: draw.one_of(journey.cards()).copied().unwrap_or(APPROVED[0]),
            cvv: draw.one_of(&CVVS).copied().unwrap_or(CVVS[0]),
        },
        expires_in_seconds: if journey.is_left_open() {
            60 + draw.below(31)
        } else {
            150 + draw.below(31)
        },
        double_click: draw.percent(8),
        looks: 1 + draw.below(3),
        challenge_ms: 200 + draw.below(1500),
    }
}

/// Every card number that a scenario may use.
pub(crate) fn cards() -> BTreeSet<&'static str> {
    Journey::SHARES
        .iter()
        .flat_map(|(journey, _)| journey.cards())
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_decides_everything() {
        let words = |seed| format!("{:?}", plans(seed, 50));
        assert_eq!(words(1), words(1));
        assert_ne!(words(1), words(2));
        assert_eq!(
            format!("{:?}", plans(1, 50)[..20].to_vec()),
            format!("{:?}", plans(1, 20))
        );
    }

    #[test]
    fn shares_add_up_and_every_journey_occurs() {
        assert_eq!(
            Journey::SHARES.iter().map(|(_, share)| share).sum::<u64>(),
            100
        );
        let plans = plans(1, 300);
        for (journey, share) in Journey::SHARES {
            let count = plans.iter().filter(|plan| plan.journey == journey).count() as u64;
            assert!(
                count > 0 && count < share * 3 * 3 + 5,
                "{journey:?}: {count} of 300 for {share} %"
            );
        }
        let automatic = plans
            .iter()
            .filter(|plan| plan.capture == Capture::Automatic)
            .count();
        assert!(
            (100..180).contains(&automatic),
            "{automatic} of 300 automatic"
        );
        assert_eq!(
            plans
                .iter()
                .map(|plan| &plan.id)
                .collect::<BTreeSet<_>>()
                .len(),
            300
        );
    }

    #[test]
    fn every_card_is_one_the_simulator_knows() {
        let known: BTreeSet<_> = simulator::TEST_CARDS
            .iter()
            .map(|card| card.number)
            .collect();
        assert!(cards().is_subset(&known));
    }
}
