//! Numbers of a report and the amounts they stand for: exact, never floating.

use domain::Currency;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub};

/// Decimal places that are kept.
const PLACES: u32 = 10;
/// The most digits before the point, and after it. POP's columns have 16 characters; fees in fractions of a cent have
/// more places than their currency.
const MOST_WHOLE: usize = 18;
const MOST_DECIMALS: usize = 6;

/// Why a cell is no number; the report must be mended or taken anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Other characters than an optional sign, digits and one point: separators of thousands, a decimal comma, an
    /// exponent.
    #[error("is no plain number (digits, and a point before decimals)")]
    Form,
    /// More digits than any amount has.
    #[error("has more than {MOST_WHOLE} digits before the point or {MOST_DECIMALS} after it")]
    TooLong,
}

/// A number as it stands in a report. What it is worth depends on the report's [`Unit`].
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Number {
    /// In 10^-10.
    value: i128,
    /// Whether it is written with a point.
    pub(crate) pointed: bool,
}

impl PartialEq for Number {
    /// However it is written.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Number {}

impl Number {
    /// Reads a cell: `14.50`, `-725`, `+0.5`.
    ///
    /// # Errors
    /// [`NumberError`]; nothing is guessed.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, decimals) = match digits.split_once('.') {
            Some((_, "")) => return Err(NumberError::Form),
            Some(parts) => parts,
            None => (digits, ""),
        };
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(decimals) {
            return Err(NumberError::Form);
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > MOST_WHOLE || decimals.len() > MOST_DECIMALS {
            return Err(NumberError::TooLong);
        }
        let digit = |value: i128, byte: u8| value * 10 + i128::from(byte - b'0');
        let value = whole.bytes().chain(decimals.bytes()).fold(0, digit);
        let missing = PLACES as usize - decimals.len();
        let value = value * 10_i128.pow(u32::try_from(missing).unwrap_or(0));
        Ok(Self {
            value: if negative { -value } else { value },
            pointed: digits.contains('.'),
        })
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.value == 0
    }

    /// The sum of two numbers of the same unit.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            value: self.value.saturating_add(other.value),
            pointed: self.pointed || other.pointed,
        }
    }
}

/// What the amounts of a report are written in. POP's pages say major units, a sample shows minor ones: so it is told,
/// and held against what is known ([`crate::units`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// `14.50` are 14.50 dollars.
    Major,
    /// `1450` are 14.50 dollars.
    Minor,
}

impl Unit {
    /// The word, as the command takes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Major => Self::Minor,
            Self::Minor => Self::Major,
        }
    }

    /// What `number` is worth.
    #[must_use]
    pub fn exact(self, number: Number, currency: Currency) -> Exact {
        match self {
            Self::Major => Exact(number.value),
            // Six decimals at most and four places of a currency: nothing is cut off.
            Self::Minor => Exact(number.value / 10_i128.pow(u32::from(currency.exponent()))),
        }
    }
}

/// An exact amount of one currency, with sign; which currency is known beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Exact(i128);

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many minor units.
    #[must_use]
    pub fn of_minor(minor: u64, currency: Currency) -> Self {
        Self(i128::from(minor) * one_minor(currency))
    }

    /// So many minor units, with sign.
    #[must_use]
    pub fn minor_units(units: i64, currency: Currency) -> Self {
        Self(i128::from(units) * one_minor(currency))
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is less than nothing.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// Converted at `price`, rounded half to even to the minor unit of `to`. `None` if that cannot be computed: a price
    /// of nothing, or figures beyond all money.
    #[must_use]
    pub fn converted(self, price: Number, way: Conversion, to: Currency) -> Option<Self> {
        let one = 10_i128.pow(PLACES);
        let (numerator, denominator) = match way {
            Conversion::Multiply => (self.0.checked_mul(price.value)?, one),
            Conversion::Divide => (self.0.checked_mul(one)?, price.value),
        };
        let step = one_minor(to);
        let units = half_even(numerator, denominator.checked_mul(step)?)?;
        units.checked_mul(step).map(Self)
    }

    /// In major units, with as many decimals as the currency has, and more where there are more: `-14.50`, `0.125`.
    #[must_use]
    pub fn decimal(self, currency: Currency) -> String {
        let scale = 10_u128.pow(PLACES);
        let value = self.0.unsigned_abs();
        let decimals = format!("{:0width$}", value % scale, width = PLACES as usize);
        let fewest = usize::from(currency.exponent());
        let shown = decimals.trim_end_matches('0').len().max(fewest);
        let sign = if self.0 < 0 { "-" } else { "" };
        match shown {
            0 => format!("{sign}{}", value / scale),
            _ => format!("{sign}{}.{}", value / scale, &decimals[..shown]),
        }
    }

    /// For people: `-14.50 EUR`.
    #[must_use]
    pub fn display(self, currency: Currency) -> String {
        format!("{} {}", self.decimal(currency), currency.code())
    }
}

/// How a price turns one currency into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// The transaction's currency stands left of the slash.
    Multiply,
    /// It stands right of it.
    Divide,
}

fn one_minor(currency: Currency) -> i128 {
    10_i128.pow(PLACES - u32::from(currency.exponent()))
}

/// `numerator / denominator` to a whole number, halves to the even one.
fn half_even(numerator: i128, denominator: i128) -> Option<i128> {
    let quotient = numerator.checked_div_euclid(denominator)?;
    let rest = numerator.checked_rem_euclid(denominator)?.unsigned_abs();
    let half = denominator.unsigned_abs() - rest;
    let up = rest > half || (rest == half && quotient % 2 != 0);
    // Euclid's quotient rounds away from zero for negative divisors.
    let step = denominator.signum();
    quotient.checked_add(if up { step } else { 0 })
}

impl Add for Exact {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Exact {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Exact {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Exact {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl std::iter::Sum for Exact {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// An amount as a report writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// The number of its cell.
    pub number: Number,
    /// The currency of the cell beside it.
    pub currency: Currency,
}

impl Amount {
    /// What it is worth.
    #[must_use]
    pub fn exact(self, unit: Unit) -> Exact {
        unit.exact(self.number, self.currency)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        Currency::new(code).unwrap()
    }

    fn worth(text: &str, unit: Unit, code: &str) -> Result<String, NumberError> {
        let currency = currency(code);
        Ok(unit.exact(Number::parse(text)?, currency).display(currency))
    }

    #[test]
    fn numbers_as_reports_write_them() {
        use NumberError::{Form, TooLong};
        use Unit::{Major, Minor};
        for (text, unit, code, want) in [
            ("14.50", Major, "USD", Ok("14.50 USD")),
            ("1450", Minor, "USD", Ok("14.50 USD")),
            ("-725", Minor, "USD", Ok("-7.25 USD")),
            ("+0.5", Major, "USD", Ok("0.50 USD")),
            ("0.125", Major, "USD", Ok("0.125 USD")),
            ("12.5", Minor, "USD", Ok("0.125 USD")),
            ("0.000001", Minor, "CLF", Ok("0.0000000001 CLF")),
            ("1500", Minor, "JPY", Ok("1500 JPY")),
            ("1500", Major, "JPY", Ok("1500 JPY")),
            ("1250", Minor, "KWD", Ok("1.250 KWD")),
            ("-0.00", Major, "EUR", Ok("0.00 EUR")),
            ("000000000000000000000001", Major, "EUR", Ok("1.00 EUR")),
            ("", Major, "EUR", Err(Form)),
            ("-", Major, "EUR", Err(Form)),
            (".5", Major, "EUR", Err(Form)),
            ("5.", Major, "EUR", Err(Form)),
            ("1,450.00", Major, "EUR", Err(Form)),
            ("14,50", Major, "EUR", Err(Form)),
            ("1e3", Major, "EUR", Err(Form)),
            ("=1+1", Major, "EUR", Err(Form)),
            ("--1", Major, "EUR", Err(Form)),
            ("1.2.3", Major, "EUR", Err(Form)),
            ("٥", Major, "EUR", Err(Form)),
            ("1 000", Major, "EUR", Err(Form)),
            ("1234567890123456789", Major, "EUR", Err(TooLong)),
            ("0.1234567", Major, "EUR", Err(TooLong)),
        ] {
            assert_eq!(
                worth(text, unit, code),
                want.map(str::to_owned),
                "{text} {unit} {code}"
            );
        }
    }

    #[test]
    fn prices_convert_half_to_even_into_the_minor_unit() {
        use Conversion::{Divide, Multiply};
        for (amount, from, price, way, to, want) in [
            ("10.00", "USD", "1.35", Multiply, "SGD", Some("13.50")),
            ("0.05", "USD", "0.5", Multiply, "SGD", Some("0.02")),
            ("0.07", "USD", "0.5", Multiply, "SGD", Some("0.04")),
            ("-0.05", "USD", "0.5", Multiply, "SGD", Some("-0.02")),
            ("-0.07", "USD", "0.5", Multiply, "SGD", Some("-0.04")),
            ("13.50", "SGD", "1.35", Divide, "USD", Some("10.00")),
            ("10.00", "USD", "150.4", Multiply, "JPY", Some("1504")),
            ("10.00", "USD", "0.3071", Multiply, "KWD", Some("3.071")),
            ("10.00", "USD", "0", Divide, "SGD", None),
            (
                "999999999999999999",
                "USD",
                "999999999999999999",
                Multiply,
                "SGD",
                None,
            ),
        ] {
            let (from, to) = (currency(from), currency(to));
            let amount = Unit::Major.exact(Number::parse(amount).unwrap(), from);
            let got = amount.converted(Number::parse(price).unwrap(), way, to);
            let got = got.map(|exact| exact.decimal(to));
            assert_eq!(got, want.map(str::to_owned), "{amount:?} at {price}");
        }
    }

    proptest! {
        #[test]
        fn both_units_say_the_same_of_the_same_money(minor in 0_u64..10_000_000_000_000_000, code in "[A-Z]{3}") {
            let currency = currency(&code);
            let exact = Exact::of_minor(minor, currency);
            let as_minor = Number::parse(&minor.to_string()).unwrap();
            let as_major = Number::parse(&exact.decimal(currency)).unwrap();
            prop_assert_eq!(Unit::Minor.exact(as_minor, currency), exact);
            prop_assert_eq!(Unit::Major.exact(as_major, currency), exact);
        }
    }
}
