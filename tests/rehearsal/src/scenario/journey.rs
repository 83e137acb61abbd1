//! What a buyer does and what the bank says to it, and the test cards that make it so.

use std::collections::BTreeSet;

use super::draw::Draw;

/// A test card: the simulator knows the number, the security code is checked for its form only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) number: &'static str,
    pub(crate) cvv: &'static str,
}

impl Card {
    /// One of these numbers, with any security code.
    pub(super) fn one_of(numbers: &'static [&'static str], draw: &mut Draw) -> Self {
        Self {
            number: draw.one_of(numbers).copied().unwrap_or(APPROVED[0]),
            cvv: draw.one_of(&CVVS).copied().unwrap_or(CVVS[0]),
        }
    }
}

/// The security codes in use. The audit looks for them next to the word cvv, so any values would do.
pub(crate) const CVVS: [&str; 4] = ["907", "638", "851", "4729"];

pub(super) const APPROVED: [&str; 4] = [
    "4054695723100768",
    "5162774114974622",
    "4117347806156383",
    "4112273146798764",
];
/// Refused with several codes, one of them in no table.
pub(super) const DECLINED: [&str; 5] = [
    "4054692760174822",
    "5162770472561357",
    "4099990000000014",
    "4099990000000022",
    "4099990000000097",
];
/// Approved or refused some seconds later, without the buyer.
const SLOWLY_APPROVED: [&str; 2] = ["4099990000000113", "4099990000000139"];
const SLOWLY_DECLINED: [&str; 1] = ["4099990000000121"];
/// The bank asks for 3DS although the shop did not: by a link, by a form to be posted, by either.
const UPGRADED: [&str; 3] = ["4099990000000105", "4099990000000204", "4099990000000212"];
/// No challenge although the shop asks for 3DS.
const EXEMPT: [&str; 1] = ["4035501000000008"];
/// Captured some seconds after it was asked for.
const SLOWLY_CAPTURED: [&str; 1] = ["4099990000000154"];
/// The capture is refused, at once or after a while.
const CAPTURE_REFUSED: [&str; 2] = ["4099990000000147", "4099990000000162"];
/// Refunded some seconds after it was asked for.
const SLOWLY_REFUNDED: [&str; 1] = ["4099990000000170"];
/// The refund is refused, after a while or at once.
const REFUND_REFUSED: [&str; 2] = ["4099990000000188", "4099990000000196"];

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
    /// Pays and is approved; refunds take their time.
    SlowlyRefunded,
    /// Pays and is approved; refunds are refused for good.
    RefundRefused,
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
    pub(super) const SHARES: [(Journey, u64); 14] = [
        (Self::Approved, 36),
        (Self::SlowlyApproved, 6),
        (Self::SlowlyCaptured, 5),
        (Self::CaptureRefused, 2),
        (Self::SlowlyRefunded, 3),
        (Self::RefundRefused, 3),
        (Self::Exempt, 3),
        (Self::Declined, 10),
        (Self::SlowlyDeclined, 2),
        (Self::ChallengePassed, 12),
        (Self::UpgradePassed, 5),
        (Self::ChallengeFailed, 5),
        (Self::ChallengeAbandoned, 5),
        (Self::NeverPaid, 3),
    ];

    pub(super) fn draw(draw: &mut Draw) -> Self {
        let mut place = draw.below(100);
        for (journey, share) in Self::SHARES {
            if place < share {
                return journey;
            }
            place -= share;
        }
        Self::Approved
    }

    pub(super) fn cards(self) -> &'static [&'static str] {
        match self {
            Self::Approved
            | Self::ChallengePassed
            | Self::ChallengeFailed
            | Self::ChallengeAbandoned
            | Self::NeverPaid => &APPROVED,
            Self::SlowlyApproved => &SLOWLY_APPROVED,
            Self::SlowlyCaptured => &SLOWLY_CAPTURED,
            Self::CaptureRefused => &CAPTURE_REFUSED,
            Self::SlowlyRefunded => &SLOWLY_REFUNDED,
            Self::RefundRefused => &REFUND_REFUSED,
            Self::Exempt => &EXEMPT,
            Self::Declined => &DECLINED,
            Self::SlowlyDeclined => &SLOWLY_DECLINED,
            Self::UpgradePassed => &UPGRADED,
        }
    }

    /// The word in figures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::SlowlyApproved => "slowly_approved",
            Self::SlowlyCaptured => "slowly_captured",
            Self::CaptureRefused => "capture_refused",
            Self::SlowlyRefunded => "slowly_refunded",
            Self::RefundRefused => "refund_refused",
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

    /// Whether the bank refuses the payment.
    pub(crate) fn is_declined(self) -> bool {
        matches!(
            self,
            Self::Declined | Self::SlowlyDeclined | Self::ChallengeFailed
        )
    }

    /// Whether the payment's money is taken in the end.
    pub(crate) fn is_captured(self) -> bool {
        !self.is_left_open() && !self.is_declined() && self != Self::CaptureRefused
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
    fn every_card_is_one_the_simulator_knows() {
        let known: BTreeSet<_> = simulator::TEST_CARDS
            .iter()
            .map(|card| card.number)
            .collect();
        assert!(cards().is_subset(&known));
    }

    #[test]
    fn shares_add_up() {
        let sum: u64 = Journey::SHARES.iter().map(|(_, share)| share).sum();
        assert_eq!(sum, 100);
    }
}
