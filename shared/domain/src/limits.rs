//! The limits of POP's fields (docs/provider.md, "Pay"), checked before anything is sent: the provider would refuse the
//! whole payment and name the field only in a text for people.
//!
//! An error names the field and what is expected there. The value itself never stands in it: it may be a card number
//! or somebody's address.

use crate::{Currency, url};
use serde::{Deserialize, Deserializer};
use std::fmt::Display;

/// The longest web address of the contract, in characters.
pub const MAX_URL: usize = 2048;

/// A field that cannot be sent as it is; who gave it must mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {expected}")]
pub struct FieldError {
    /// Where, in POP's names, for example `goods[3].goodsName`.
    pub field: String,
    /// What may stand there, for example `1 to 256 characters`.
    pub expected: String,
}

impl FieldError {
    /// Names a field and what is expected of it.
    #[must_use]
    pub fn new(field: impl Display, expected: impl Display) -> Self {
        Self {
            field: field.to_string(),
            expected: expected.to_string(),
        }
    }

    /// The same error, seen from the object around it: `zipCode` within `billingAddress` is `billingAddress.zipCode`.
    #[must_use]
    pub fn within(self, parent: impl Display) -> Self {
        Self {
            field: format!("{parent}.{}", self.field),
            ..self
        }
    }
}

/// What a check gives.
pub type Checked = Result<(), FieldError>;

fn expect(holds: bool, field: &str, expected: impl Display) -> Checked {
    if holds {
        return Ok(());
    }
    Err(FieldError::new(field, expected))
}

/// A text that must say something: 1 to `longest` characters, not only blanks, no control characters.
pub fn text(field: &str, value: &str, longest: usize) -> Checked {
    let fits = !value.trim().is_empty() && value.chars().count() <= longest;
    expect(fits, field, format_args!("1 to {longest} characters"))?;
    expect(
        !value.chars().any(char::is_control),
        field,
        "no control characters",
    )
}

/// As [`text`], where one is given.
pub fn optional_text(field: &str, value: Option<&str>, longest: usize) -> Checked {
    value.map_or(Ok(()), |value| text(field, value, longest))
}

/// As [`text`], of printable ASCII without blanks.
pub fn code(field: &str, value: &str, longest: usize) -> Checked {
    let fits = (1..=longest).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic());
    let expected = format_args!("1 to {longest} printable ASCII characters without blanks");
    expect(fits, field, expected)
}

/// Decimal digits, so many of them.
pub fn digits(field: &str, value: &str, count: std::ops::RangeInclusive<usize>) -> Checked {
    let fits = count.contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit());
    if count.start() == count.end() {
        return expect(fits, field, format_args!("{} digits", count.start()));
    }
    expect(
        fits,
        field,
        format_args!("{} to {} digits", count.start(), count.end()),
    )
}

/// A country: two capital letters (ISO 3166-1).
pub fn region(field: &str, value: &str) -> Checked {
    let fits = value.len() == 2 && value.bytes().all(|b| b.is_ascii_uppercase());
    expect(fits, field, "two capital letters (ISO 3166-1)")
}

/// A currency of ISO 4217.
pub fn currency(field: &str, value: &str) -> Checked {
    let known = Currency::new(value).is_ok_and(|currency| currency.is_known());
    expect(
        known,
        field,
        "a currency of ISO 4217, three capital letters",
    )
}

/// Where a buyer may be sent: https, or http on this very machine.
pub fn web_address(field: &str, value: &str, longest: usize) -> Checked {
    let fits = value.len() <= longest && url::is_safe(value);
    let expected = format_args!("an https address of at most {longest} characters");
    expect(fits, field, expected)
}

/// One of the words of an enumeration.
pub fn one_of(field: &str, value: &str, words: &[&str]) -> Checked {
    expect(words.contains(&value), field, words.join(" or "))
}

/// Reads an optional text (`#[serde(default, deserialize_with = "given")]`). An empty one is none, as forms send it for
/// a field that nobody filled in, so that what is kept and read back stays the same.
pub fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(checked: Checked) -> String {
        checked.map_or_else(|error| error.to_string(), |()| "accepted".into())
    }

    #[test]
    fn each_check_takes_its_limit_and_refuses_one_more() {
        let long = |n: usize| "é".repeat(n);
        let address = |n: usize| format!("https://a/{}", "x".repeat(n - 10));
        for (good, bad, expected) in [
            (
                text("f", &long(32), 32),
                text("f", &long(33), 32),
                "1 to 32 characters",
            ),
            (text("f", "x", 32), text("f", "", 32), "1 to 32 characters"),
            (
                text("f", "a b", 32),
                text("f", " \u{3000}", 32),
                "1 to 32 characters",
            ),
            (
                text("f", "ab", 32),
                text("f", "a\tb", 32),
                "no control characters",
            ),
            (
                text("f", "ab", 32),
                text("f", "a\u{85}b", 32),
                "no control characters",
            ),
            (
                optional_text("f", None, 2),
                optional_text("f", Some("abc"), 2),
                "1 to 2 characters",
            ),
            (
                code("f", "a/+=~!", 6),
                code("f", "a b", 6),
                "1 to 6 printable ASCII characters without blanks",
            ),
            (
                code("f", "1234", 4),
                code("f", "é", 4),
                "1 to 4 printable ASCII characters without blanks",
            ),
            (
                digits("f", "12", 2..=2),
                digits("f", "123", 2..=2),
                "2 digits",
            ),
            (
                digits("f", "1", 1..=9),
                digits("f", "٥", 1..=9),
                "1 to 9 digits",
            ),
            (
                region("f", "DE"),
                region("f", "de"),
                "two capital letters (ISO 3166-1)",
            ),
            (
                currency("f", "EUR"),
                currency("f", "ZZZ"),
                "a currency of ISO 4217, three capital letters",
            ),
            (
                web_address("f", &address(2048), MAX_URL),
                web_address("f", &address(2049), MAX_URL),
                "an https address of at most 2048 characters",
            ),
            (
                web_address("f", "http://127.0.0.1:8080/", MAX_URL),
                web_address("f", "http://shop.example/", MAX_URL),
                "an https address of at most 2048 characters",
            ),
            (
                one_of("f", "A", &["A", "B"]),
                one_of("f", "a", &["A", "B"]),
                "A or B",
            ),
        ] {
            assert_eq!(good, Ok(()), "{expected}");
            assert_eq!(error(bad), format!("f: {expected}"));
        }
    }

    #[test]
    fn errors_name_the_way_to_the_field() {
        let found = region("region", "").unwrap_err();
        let found = found.within("shippingAddress").within("shipping");
        assert_eq!(found.field, "shipping.shippingAddress.region");
    }
}
