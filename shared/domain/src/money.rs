//! Money: a whole number of minor units and a currency. No floats, no mixing.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Why a text is no amount of money; the sender must mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a string of 1 to 16 decimal digits.
    #[error("an amount is a whole number of minor units, at most 16 digits")]
    Amount,
    /// Zero; POP takes positive amounts only.
    #[error("an amount must be more than zero")]
    Zero,
    /// Not three capital letters.
    #[error("a currency is three capital letters (ISO 4217)")]
    Currency,
    /// Three letters that no country uses: how many decimal digits it has is not known.
    #[error("the currency is not one of ISO 4217")]
    UnknownCurrency,
    /// Indonesian rupiah have two minor digits which must be `00` (docs/provider.md, "Pay").
    #[error("an amount in IDR must end in 00")]
    WholeRupiah,
}

/// The currencies in use (ISO 4217, without funds, metals and testing codes), in alphabetical order.
const IN_USE: &str = "\
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY \
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR \
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK \
    MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF \
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU \
    UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// An ISO 4217 currency code: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Checks the shape only: which currencies a merchant may use is a matter of the contract.
    pub fn new(code: &str) -> Result<Self, MoneyError> {
        match *code.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(MoneyError::Currency),
        }
    }

    /// Whether some country uses it today.
    #[must_use]
    pub fn is_known(&self) -> bool {
        IN_USE.split(' ').any(|code| code == self.code())
    }

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// How many decimal digits the minor unit has (ISO 4217): 0 for yen, 2 for euros, 3 for Kuwaiti dinars.
    #[must_use]
    pub fn exponent(&self) -> u8 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::new(&code).map_err(serde::de::Error::custom)
    }
}

/// A positive amount. On the wire `{"currency":"EUR","value":"30000"}`; `value` is read from a JSON number too,
/// since some senders write one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "WireMoney", into = "WireMoney")]
pub struct Money {
    minor: u64,
    currency: Currency,
}

impl Money {
    /// `minor` units of `currency`; more than zero and at most 16 digits.
    pub fn new(minor: u64, currency: Currency) -> Result<Self, MoneyError> {
        match minor {
            0 => Err(MoneyError::Zero),
            10_000_000_000_000_000.. => Err(MoneyError::Amount),
            _ => Ok(Self { minor, currency }),
        }
    }

    /// Reads POP's pair of strings, for example `("30000", "EUR")`.
    pub fn from_wire(value: &str, currency: &str) -> Result<Self, MoneyError> {
        let digits =
            !value.is_empty() && value.len() <= 16 && value.bytes().all(|b| b.is_ascii_digit());
        if !digits {
            return Err(MoneyError::Amount);
        }
        Self::new(
            value.parse().map_err(|_| MoneyError::Amount)?,
            Currency::new(currency)?,
        )
    }

    /// The further rules for amounts that we send: a currency in use, and rupiah without sen. What POP sends is taken
    /// as it comes.
    pub fn check_payable(self) -> Result<Self, MoneyError> {
        if !self.currency.is_known() {
            return Err(MoneyError::UnknownCurrency);
        }
        if self.currency.code() == "IDR" && !self.minor.is_multiple_of(100) {
            return Err(MoneyError::WholeRupiah);
        }
        Ok(self)
    }

    /// The amount in minor units (cents, yen, fils).
    #[must_use]
    pub fn minor(&self) -> u64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// In major units, for people and their browsers: `300.00`, `1500`, `1.250`.
    #[must_use]
    pub fn decimal(&self) -> String {
        let exponent = u32::from(self.currency.exponent());
        let scale = 10_u64.pow(exponent);
        let (major, rest) = (self.minor / scale, self.minor % scale);
        match exponent {
            0 => major.to_string(),
            n => format!("{major}.{rest:0width$}", width = n as usize),
        }
    }

    /// For people: `300.00 EUR`, `1500 JPY`, `1.250 KWD`.
    #[must_use]
    pub fn display(&self) -> String {
        format!("{} {}", self.decimal(), self.currency.code())
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display())
    }
}

/// The wire's shape.
#[derive(Serialize, Deserialize)]
struct WireMoney {
    currency: String,
    #[serde(deserialize_with = "string_or_number")]
    value: String,
}

fn string_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Value {
        Text(String),
        Number(u64),
    }
    Ok(match Value::deserialize(deserializer)? {
        Value::Text(text) => text,
        Value::Number(number) => number.to_string(),
    })
}

impl TryFrom<WireMoney> for Money {
    type Error = MoneyError;
    fn try_from(wire: WireMoney) -> Result<Self, MoneyError> {
        Self::from_wire(&wire.value, &wire.currency)
    }
}

impl From<Money> for WireMoney {
    fn from(money: Money) -> Self {
        Self {
            currency: money.currency.code().to_owned(),
            value: money.minor.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wire_amounts() {
        for (value, currency, want) in [
            ("30000", "EUR", Ok("300.00 EUR")),
            ("1", "EUR", Ok("0.01 EUR")),
            ("1500", "JPY", Ok("1500 JPY")),
            ("1250", "KWD", Ok("1.250 KWD")),
            ("12345", "CLF", Ok("1.2345 CLF")),
            ("12345", "UYW", Ok("1.2345 UYW")),
            ("9999999999999999", "USD", Ok("99999999999999.99 USD")),
            ("0", "EUR", Err(MoneyError::Zero)),
            ("000", "EUR", Err(MoneyError::Zero)),
            ("", "EUR", Err(MoneyError::Amount)),
            ("-5", "EUR", Err(MoneyError::Amount)),
            ("+5", "EUR", Err(MoneyError::Amount)),
            ("1.5", "EUR", Err(MoneyError::Amount)),
            (" 5", "EUR", Err(MoneyError::Amount)),
            ("٥", "EUR", Err(MoneyError::Amount)),
            ("12345678901234567", "EUR", Err(MoneyError::Amount)),
            ("5", "eur", Err(MoneyError::Currency)),
            ("5", "EURO", Err(MoneyError::Currency)),
            ("5", "€", Err(MoneyError::Currency)),
        ] {
            let got = Money::from_wire(value, currency).map(|m| m.display());
            assert_eq!(got, want.map(str::to_owned), "{value} {currency}");
        }
    }

    #[test]
    fn rupiah_are_whole() {
        assert!(
            Money::from_wire("1000", "IDR")
                .unwrap()
                .check_payable()
                .is_ok()
        );
        assert_eq!(
            Money::from_wire("1001", "IDR").unwrap().check_payable(),
            Err(MoneyError::WholeRupiah)
        );
    }

    #[test]
    fn currencies_in_use_are_known() {
        let known: Vec<&str> = IN_USE.split(' ').collect();
        assert!(
            known.is_sorted_by(|a, b| a < b)
                && known.iter().all(|code| Currency::new(code).is_ok())
        );
        for (code, want) in [
            ("EUR", true),
            ("XCG", true),
            ("HRK", false),
            ("XXX", false),
            ("ZZZ", false),
        ] {
            let money = Money::from_wire("100", code).unwrap();
            assert_eq!(money.currency().is_known(), want, "{code}");
            let payable = money.check_payable();
            assert_eq!(payable == Err(MoneyError::UnknownCurrency), !want, "{code}");
        }
    }

    #[test]
    fn json_takes_strings_and_numbers_and_writes_strings() {
        let a: Money = serde_json::from_str(r#"{"value":"8000","currency":"EUR"}"#).unwrap();
        let b: Money = serde_json::from_str(r#"{"currency":"EUR","value":8000,"new":1}"#).unwrap();
        assert_eq!(a, b);
        assert_eq!(
            serde_json::to_string(&a).unwrap(),
            r#"{"currency":"EUR","value":"8000"}"#
        );
        assert!(serde_json::from_str::<Money>(r#"{"currency":"EUR","value":80.5}"#).is_err());
    }

    proptest! {
        #[test]
        fn the_wire_keeps_every_amount(minor in 1u64..10_000_000_000_000_000, code in "[A-Z]{3}") {
            let money = Money::new(minor, Currency::new(&code).unwrap()).unwrap();
            let text = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&text).unwrap(), money);
        }
    }
}
