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

/// What becomes of refunds to a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundOutcome {
    /// Given back.
    Succeed,
    /// Given back after a while; `REFUND_IN_PROCESS` until then.
    SucceedLater,
    /// Refused with this result code.
    Fail(&'static str),
    /// `REFUND_IN_PROCESS`, then refused with this result code.
    FailLater(&'static str),
}

/// How the buyer is sent to a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirect {
    /// By `normalUrl`.
    Link,
    /// By a `redirectActionForm` that the buyer's browser has to POST; there is no `normalUrl`.
    Form,
    /// By either.
    Both,
}

/// What a card leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Behaviour {
    pub(crate) outcome: Outcome,
    pub(crate) capture: CaptureOutcome,
    pub(crate) refund: RefundOutcome,
    pub(crate) redirect: Redirect,
}

impl Behaviour {
    const fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            capture: CaptureOutcome::Succeed,
            refund: RefundOutcome::Succeed,
            redirect: Redirect::Link,
        }
    }

    /// Of card data that cannot be used.
    pub(crate) fn declined(code: &'static str) -> Self {
        Self::of(Outcome::Decline(code))
    }
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
    /// What becomes of refunds.
    pub refund: RefundOutcome,
    /// How the buyer is sent to a challenge.
    pub redirect: Redirect,
}

impl TestCard {
    fn behaviour(&self) -> Behaviour {
        Behaviour {
            outcome: self.outcome,
            capture: self.capture,
            refund: self.refund,
            redirect: self.redirect,
        }
    }

    /// What it leads to, in words.
    #[must_use]
    pub fn meaning(&self) -> String {
        let mut words = match self.outcome {
            Outcome::Approve => "authorised".to_owned(),
            Outcome::ApproveExempt => {
                "authorised without 3-D Secure, whatever was asked for".to_owned()
            }
            Outcome::Decline(code) => format!("declined: {code}"),
            Outcome::Upgrade => "authorised after 3-D Secure only".to_owned(),
            Outcome::ApproveLater => "authorised after a while".to_owned(),
            Outcome::DeclineLater(code) => format!("declined after a while: {code}"),
            Outcome::PendingFirst => "pending, then authorised".to_owned(),
        };
        words += match self.redirect {
            Redirect::Link => "",
            Redirect::Form => "; the challenge is reached by a posted form",
            Redirect::Both => "; the challenge is reached by a link or a posted form",
        };
        words += &match self.capture {
            CaptureOutcome::Succeed => String::new(),
            CaptureOutcome::SucceedLater => "; captured after a while".to_owned(),
            CaptureOutcome::Fail(code) => format!("; captures fail: {code}"),
            CaptureOutcome::FailLater(code) => format!("; captures fail after a while: {code}"),
        };
        words += &match self.refund {
            RefundOutcome::Succeed => String::new(),
            RefundOutcome::SucceedLater => "; refunded after a while".to_owned(),
            RefundOutcome::Fail(code) => format!("; refunds fail: {code}"),
            RefundOutcome::FailLater(code) => format!("; refunds fail after a while: {code}"),
        };
        words
    }
}

const fn card(number: &'static str, outcome: Outcome) -> TestCard {
    TestCard {
        number,
        outcome,
        capture: CaptureOutcome::Succeed,
        refund: RefundOutcome::Succeed,
        redirect: Redirect::Link,
    }
}

const fn captured(number: &'static str, capture: CaptureOutcome) -> TestCard {
    TestCard {
        capture,
        ..card(number, Outcome::Approve)
    }
}

const fn refunded(number: &'static str, refund: RefundOutcome) -> TestCard {
    TestCard {
        refund,
        ..card(number, Outcome::Approve)
    }
}

const fn redirected(number: &'static str, redirect: Redirect) -> TestCard {
    TestCard {
        redirect,
        ..card(number, Outcome::Upgrade)
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
    refunded("4099990000000170", RefundOutcome::SucceedLater),
    refunded("4099990000000188", RefundOutcome::FailLater("PROCESS_FAIL")),
    refunded("4099990000000196", RefundOutcome::Fail("ACCESS_DENIED")),
    redirected("4099990000000204", Redirect::Form),
    redirected("4099990000000212", Redirect::Both),
];

/// What a number leads to; `None` when its check digit is wrong.
pub(crate) fn look_up(number: &str) -> Option<Behaviour> {
    if !check_digit_is_right(number) {
        return None;
    }
    let known = TEST_CARDS.iter().find(|card| card.number == number);
    Some(known.map_or(Behaviour::of(Outcome::Approve), TestCard::behaviour))
}

/// The card's brand, by the first digits of its number.
pub(crate) fn brand(number: &str) -> &'static str {
    let starts = |length: usize| {
        number
            .get(..length)
            .and_then(|start| start.parse::<u32>().ok())
            .unwrap_or(0)
    };
    match (starts(1), starts(2), starts(4)) {
        (4, _, _) => "VISA",
        (_, 51..=55, _) | (_, _, 2221..=2720) => "MASTERCARD",
        (_, 34 | 37, _) => "AMEX",
        (_, 35, _) => "JCB",
        (_, 36 | 38 | 39, _) | (_, _, 3000..=3059) => "DINERS",
        (_, 64 | 65, _) | (_, _, 6011) => "DISCOVER",
        (_, 62, _) => "CUP",
        (_, 94, _) => "HYUNDAI",
        _ => "OTHER",
    }
}

/// Credit or debit. Real numbers tell; here the last digit but one does.
pub(crate) fn funding(number: &str) -> &'static str {
    let digit = number.bytes().rev().nth(1).unwrap_or(b'0');
    if digit.is_multiple_of(2) {
        "CREDIT"
    } else {
        "DEBIT"
    }
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
                Some(card.behaviour()),
                "{}",
                card.number
            );
            assert!(!card.meaning().is_empty());
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
            Some(Behaviour::of(Outcome::Approve))
        );
        for wrong in ["4111111111111112", "41111111", "", "4111x11111111111"] {
            assert_eq!(look_up(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn brands_are_told_by_the_first_digits() {
        for (number, expected) in [
            ("4117347806156383", "VISA"),
            ("5162774114974622", "MASTERCARD"),
            ("2221000000000009", "MASTERCARD"),
            ("378282246310005", "AMEX"),
            ("3530111333300000", "JCB"),
            ("30569309025904", "DINERS"),
            ("6011111111111117", "DISCOVER"),
            ("6200000000000005", "CUP"),
            ("9490220011669217", "HYUNDAI"),
            ("", "OTHER"),
        ] {
            assert_eq!(brand(number), expected, "{number}");
        }
    }
}
