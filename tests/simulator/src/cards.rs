//! Test cards: which number leads to which outcome.

/// What becomes of the authorisation of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Authorised; by way of a 3DS challenge if the merchant asks for one.
    Approve,
    /// Authorised without a challenge even if the merchant asks for 3DS (an exemption applies).
    ApproveExempt,
    /// Refused with this result code.
    Decline(&'static str),
    /// Refused without 3DS (`AUTHENTICATION_REQUIRED`), upgraded to a challenge where the merchant allows it.
    Upgrade,
    /// `PAYMENT_IN_PROCESS` without a redirect, authorised some seconds later.
    ApproveLater,
    /// `PAYMENT_IN_PROCESS` without a redirect, refused some seconds later.
    DeclineLater(&'static str),
    /// `PENDING` with a `PAYMENT_PENDING` notification, authorised some seconds later.
    PendingFirst,
}

/// What becomes of captures on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureOutcome {
    /// Captured.
    Succeed,
    /// Captured after a while; `CAPTURE_IN_PROCESS` until then.
    SucceedLater,
    /// Refused with this result code.
    Fail(&'static str),
    /// `CAPTURE_IN_PROCESS`, then refused with this result code.
    FailLater(&'static str),
}

/// A card number and what it leads to. Numbers not in [`TEST_CARDS`] are approved if their check digit is right.
#[derive(Clone, Copy, Debug)]
pub struct TestCard {
    /// The number; its check digit is right.
    pub number: &'static str,
    /// What becomes of the authorisation.
    pub outcome: Outcome,
    /// What becomes of captures.
    pub capture: CaptureOutcome,
}

const fn card(number: &'static str, outcome: Outcome) -> TestCard {
    TestCard {
        number,
        outcome,
        capture: CaptureOutcome::Succeed,
    }
}

const fn captured(number: &'static str, capture: CaptureOutcome) -> TestCard {
    TestCard {
        number,
        outcome: Outcome::Approve,
        capture,
    }
}

/// The provider's published test numbers first; those that begin with `40999900` are the simulator's own.
pub const TEST_CARDS: &[TestCard] = &[
    card("4054695723100768", Outcome::Approve),
    card("5162774114974622", Outcome::Approve),
    card("9490220011669217", Outcome::Approve),
    card("4294097400915107", Outcome::Approve),
    card("4006055482525268", Outcome::Approve),
    card("4600729331819383", Outcome::Approve),
    card("4310377720003234", Outcome::Approve),
    card("4117347806156383", Outcome::Approve),
    card("4112273146798764", Outcome::Approve),
    card("4035501000000008", Outcome::ApproveExempt),
    card("4054692760174822", Outcome::Decline("DO_NOT_HONOR")),
    card("5162770472561357", Outcome::Decline("PROCESS_FAIL")),
    card(
        "4099990000000014",
        Outcome::Decline("USER_BALANCE_NOT_ENOUGH"),
    ),
    card("4099990000000022", Outcome::Decline("FRAUD_REJECT")),
    card("4099990000000030", Outcome::Decline("SUSPECTED_CARD")),
    card("4099990000000048", Outcome::Decline("CARD_NOT_SUPPORTED")),
    card("4099990000000055", Outcome::Decline("CARD_EXPIRED")),
    card("4099990000000063", Outcome::Decline("INVALID_CVV")),
    card(
        "4099990000000071",
        Outcome::Decline("USER_AMOUNT_EXCEED_LIMIT"),
    ),
    card("4099990000000089", Outcome::Decline("ACCESS_DENIED")),
    // A code that no table lists: must be taken as a plain decline.
    card("4099990000000097", Outcome::Decline("DECLINED_LIFE_CYCLE")),
    card("4099990000000105", Outcome::Upgrade),
    card("4099990000000113", Outcome::ApproveLater),
    card(
        "4099990000000121",
        Outcome::DeclineLater("ISSUER_REJECTS_TRANSACTION"),
    ),
    card("4099990000000139", Outcome::PendingFirst),
    captured("4099990000000147", CaptureOutcome::Fail("PROCESS_FAIL")),
    captured("4099990000000154", CaptureOutcome::SucceedLater),
    captured("4099990000000162", CaptureOutcome::FailLater("RISK_REJECT")),
];

/// What a number leads to; `None` when its check digit is wrong.
pub(crate) fn look_up(number: &str) -> Option<(Outcome, CaptureOutcome)> {
    if !check_digit_is_right(number) {
        return None;
    }
    let known = TEST_CARDS.iter().find(|card| card.number == number);
    Some(
        known.map_or((Outcome::Approve, CaptureOutcome::Succeed), |card| {
            (card.outcome, card.capture)
        }),
    )
}

/// The Luhn check.
fn check_digit_is_right(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().map(|digit| digit.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| digits.len() >= 12) else {
        return false;
    };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, doubled @ 10..) => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_card_has_a_right_check_digit_and_occurs_once() {
        for card in TEST_CARDS {
            assert_eq!(
                look_up(card.number),
                Some((card.outcome, card.capture)),
                "{}",
                card.number
            );
            assert_eq!(
                TEST_CARDS
                    .iter()
                    .filter(|other| other.number == card.number)
                    .count(),
                1,
                "{}",
                card.number
            );
        }
    }

    #[test]
    fn other_numbers_are_approved_if_their_check_digit_is_right() {
        assert_eq!(
            look_up("4111111111111111"),
            Some((Outcome::Approve, CaptureOutcome::Succeed))
        );
        for wrong in ["4111111111111112", "41111111", "", "4111x11111111111"] {
            assert_eq!(look_up(wrong), None, "{wrong}");
        }
    }
}
