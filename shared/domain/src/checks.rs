//! What the issuer's checks of address and security code, and the indicator of 3-D Secure, say in words
//! (docs/provider.md, "Address and security code checks").
//!
//! For people who look at a payment. **Nothing is ever decided on them**: the payment's result is POP's word alone, and
//! acquirers behind POP may use letters by other legends. What is not known counts as not verified.

use serde::Serialize;

/// What a check says about one thing that the buyer gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// It is what the issuer has.
    Matched,
    /// It is not what the issuer has.
    NotMatched,
    /// Nobody compared it, or nobody says so.
    NotVerified,
}

/// The address check (AVS).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AvsCheck {
    /// Street and number.
    pub street: Match,
    /// Postal code.
    pub postal_code: Match,
    /// One line for people.
    pub text: &'static str,
}

/// The security code check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CvvCheck {
    /// The code.
    pub code: Match,
    /// One line for people.
    pub text: &'static str,
}

/// How far the payer was authenticated by 3-D Secure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Authentication {
    /// The issuer authenticated the payer.
    Full,
    /// It was tried; the issuer or the card takes no part.
    Attempted,
    /// Nobody was authenticated.
    None,
    /// Data were shared with the issuer, the payer was not asked.
    DataOnly,
    /// An indicator that is not known, or none.
    Unknown,
}

/// Explains `avsResultRaw`.
#[must_use]
pub fn avs(raw: &str) -> AvsCheck {
    use Match::{Matched as Yes, NotMatched as No, NotVerified as Open};
    let (street, postal_code, text) = match raw {
        "A" => (Yes, No, "The street matches, the postal code does not."),
        "B" => (
            Yes,
            Open,
            "The street matches; the form of the postal code could not be compared.",
        ),
        "C" => (
            Open,
            Open,
            "The forms of street and postal code could not be compared.",
        ),
        "D" => (Yes, Yes, "Street and postal code match (card from abroad)."),
        "E" => (Open, Open, "The address check failed with an error."),
        "F" => (Yes, Yes, "Street and postal code match (United Kingdom)."),
        "G" => (
            Open,
            Open,
            "The issuer abroad takes no part in address checks.",
        ),
        "H" => (Yes, Yes, "Street and postal code match, the name does not."),
        "I" => (
            Open,
            Open,
            "The address was not verified (card from abroad).",
        ),
        "K" => (
            Open,
            Open,
            "The name matches; the address was not verified.",
        ),
        "L" => (
            Open,
            Yes,
            "Name and postal code match; the street was not verified.",
        ),
        "M" => (
            Yes,
            Yes,
            "Name, street and postal code match (card from abroad).",
        ),
        "N" => (No, No, "Street or postal code, or both, do not match."),
        "O" => (
            Yes,
            Open,
            "Name and street match; the postal code was not verified.",
        ),
        "P" => (
            Open,
            Yes,
            "The postal code matches; the form of the street could not be compared.",
        ),
        "Q" => (
            Yes,
            Open,
            "The street matches, the name does not; the postal code was not verified.",
        ),
        "R" => (Open, Open, "The issuer's system did not answer."),
        "S" => (Open, Open, "The issuer does not support address checks."),
        "U" => (Open, Open, "The issuer has no address data for this card."),
        "W" => (
            No,
            Yes,
            "The postal code matches in nine digits, the street does not.",
        ),
        "X" => (Yes, Yes, "Street and postal code match exactly."),
        "Y" => (Yes, Yes, "Street and postal code match in five digits."),
        "Z" => (
            No,
            Yes,
            "The postal code matches in five digits, the street does not.",
        ),
        "0" => (Open, Open, "No address check is available."),
        _ => (
            Open,
            Open,
            "A result that is not known: nothing was verified.",
        ),
    };
    AvsCheck {
        street,
        postal_code,
        text,
    }
}

/// Explains `cvvResultRaw`. Two public legends contradict each other about `P`, and `N` and `U` mean other things with
/// the card schemes than here: all of them count as not verified.
#[must_use]
pub fn cvv(raw: &str) -> CvvCheck {
    let (code, text) = match raw {
        "Y" => (Match::Matched, "The security code matches."),
        "D" => (Match::NotMatched, "The security code does not match."),
        "P" => (
            Match::NotVerified,
            "It is not clear whether the security code was checked.",
        ),
        "N" => (
            Match::NotVerified,
            "The security code should be on the card but was reported missing.",
        ),
        "U" => (
            Match::NotVerified,
            "The issuer does not check security codes.",
        ),
        "X" => (Match::NotVerified, "The issuer gave no information."),
        _ => (
            Match::NotVerified,
            "A result that is not known: nothing was verified.",
        ),
    };
    CvvCheck { code, text }
}

/// Explains the electronic commerce indicator (`eci`): Mastercard counts from 00, Visa and the others from 05.
#[must_use]
pub fn three_ds(eci: &str) -> Authentication {
    match eci {
        "02" | "2" | "05" | "5" => Authentication::Full,
        "01" | "1" | "06" | "6" => Authentication::Attempted,
        "00" | "0" | "07" | "7" => Authentication::None,
        "04" | "4" => Authentication::DataOnly,
        _ => Authentication::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Match::{Matched as Yes, NotMatched as No, NotVerified as Open};

    /// Every letter of the provider's table: street, postal code.
    const AVS: [(&str, Match, Match); 24] = [
        ("A", Yes, No),
        ("B", Yes, Open),
        ("C", Open, Open),
        ("D", Yes, Yes),
        ("E", Open, Open),
        ("F", Yes, Yes),
        ("G", Open, Open),
        ("H", Yes, Yes),
        ("I", Open, Open),
        ("K", Open, Open),
        ("L", Open, Yes),
        ("M", Yes, Yes),
        ("N", No, No),
        ("O", Yes, Open),
        ("P", Open, Yes),
        ("Q", Yes, Open),
        ("R", Open, Open),
        ("S", Open, Open),
        ("U", Open, Open),
        ("W", No, Yes),
        ("X", Yes, Yes),
        ("Y", Yes, Yes),
        ("Z", No, Yes),
        ("0", Open, Open),
    ];

    #[test]
    fn every_letter_of_the_address_check() {
        let unknown = avs("?").text;
        for (raw, street, postal_code) in AVS {
            let check = avs(raw);
            assert_eq!(
                (check.street, check.postal_code),
                (street, postal_code),
                "{raw}"
            );
            assert_ne!(check.text, unknown, "{raw} is known");
        }
        let known = |letter: char| AVS.iter().any(|(raw, ..)| *raw == letter.to_string());
        for letter in ('A'..='Z').filter(|letter| !known(*letter)) {
            let check = avs(&letter.to_string());
            assert_eq!(
                (check.street, check.postal_code, check.text),
                (Open, Open, unknown),
                "{letter}"
            );
        }
    }

    #[test]
    fn every_letter_of_the_security_code_check() {
        for (raw, want) in [
            ("Y", Yes),
            ("D", No),
            ("P", Open),
            ("N", Open),
            ("U", Open),
            ("X", Open),
            ("M", Open),
            ("S", Open),
            ("", Open),
        ] {
            assert_eq!(cvv(raw).code, want, "{raw}");
        }
        let unknown = cvv("?").text;
        for raw in ["Y", "D", "P", "N", "U", "X"] {
            assert_ne!(cvv(raw).text, unknown, "{raw} is known");
        }
    }

    #[test]
    fn whatever_else_comes_verifies_nothing() {
        for raw in ["", "a", "y", "YY", "Y ", "é", "MATCH"] {
            assert_eq!(
                (avs(raw).street, avs(raw).postal_code),
                (Open, Open),
                "{raw}"
            );
            assert_eq!(cvv(raw).code, Open, "{raw}");
            assert_eq!(three_ds(raw), Authentication::Unknown, "{raw}");
        }
    }

    #[test]
    fn every_indicator_of_three_d_secure() {
        for (eci, want) in [
            ("02", Authentication::Full),
            ("05", Authentication::Full),
            ("01", Authentication::Attempted),
            ("06", Authentication::Attempted),
            ("00", Authentication::None),
            ("07", Authentication::None),
            ("04", Authentication::DataOnly),
            ("2", Authentication::Full),
            ("03", Authentication::Unknown),
            ("08", Authentication::Unknown),
        ] {
            assert_eq!(three_ds(eci), want, "{eci}");
        }
    }

    #[test]
    fn they_are_written_as_words() {
        let json = serde_json::to_value(avs("A")).unwrap();
        assert_eq!(
            (&json["street"], &json["postalCode"]),
            (&"matched".into(), &"not_matched".into())
        );
        let words = [three_ds("05"), three_ds("04"), three_ds("")]
            .map(|word| serde_json::to_value(word).unwrap());
        assert_eq!(words, ["full", "data_only", "unknown"]);
    }
}
