//! Card data: in memory, on one path, write-only.
//!
//! Nothing here can be serialised, cloned or printed. The request writer of the provider client is the one place
//! that calls the `expose_*` functions; everything is wiped when dropped.

mod local;
mod mpi;

pub use local::LocalFields;
pub use mpi::{MpiData, TypedMpi};

use crate::limits::FieldError;
use crate::order::{Address, Name};
use serde::Deserialize;
use std::fmt;
use zeroize::Zeroizing;

/// Why card data cannot be sent. Names the field, never its value; the buyer must correct it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Not 12 to 19 digits, or the check digit is wrong.
    #[error("card.cardNo is not a card number")]
    Number,
    /// Not three or four digits.
    #[error("card.cvv must be three or four digits")]
    Cvv,
    /// Not `01` to `12`, or the year is not two digits.
    #[error("card.expiryMonth and card.expiryYear must be two digits each, the month 01 to 12")]
    Expiry,
    /// Name, address or another field does not fit.
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// A card number (PAN): 12 to 19 digits with a right check digit.
pub struct Pan(Zeroizing<String>);

impl Pan {
    /// Takes digits with blanks or hyphens between them, as people type them.
    pub fn new(text: &str) -> Result<Self, CardError> {
        // As long as it can become: a text that grows leaves pieces of the number in freed memory.
        let mut digits = Zeroizing::new(String::with_capacity(text.len()));
        digits.extend(text.chars().filter(|c| !matches!(c, ' ' | '-')));
        let plausible =
            (12..=19).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        (plausible && luhn(digits.as_bytes()))
            .then(|| Self(digits))
            .ok_or(CardError::Number)
    }

    /// The digits, for the request to the provider and nothing else.
    #[must_use]
    pub fn expose_digits(&self) -> &str {
        &self.0
    }
}

/// The check digit rule of ISO/IEC 7812-1.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0');
            match (place % 2, value) {
                (0, v) => v,
                (_, v) if v > 4 => v * 2 - 9,
                (_, v) => v * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The card's security code; never kept beyond the one call.
pub struct Cvv(Zeroizing<String>);

impl Cvv {
    /// Three or four digits.
    pub fn new(text: &str) -> Result<Self, CardError> {
        let fits = (3..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| Self(Zeroizing::new(text.to_owned())))
            .ok_or(CardError::Cvv)
    }

    /// The digits, for the request to the provider and nothing else.
    #[must_use]
    pub fn expose_digits(&self) -> &str {
        &self.0
    }
}

/// Month and year of expiry, two digits each, as printed on the card.
pub struct Expiry {
    month: Zeroizing<String>,
    year: Zeroizing<String>,
}

impl Expiry {
    /// `month` is `01` to `12`, `year` the last two digits.
    pub fn new(month: &str, year: &str) -> Result<Self, CardError> {
        let two_digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        let plausible = two_digits(month) && two_digits(year) && ("01"..="12").contains(&month);
        plausible
            .then(|| Self {
                month: Zeroizing::new(month.to_owned()),
                year: Zeroizing::new(year.to_owned()),
            })
            .ok_or(CardError::Expiry)
    }

    /// The month, for the request to the provider and nothing else.
    #[must_use]
    pub fn expose_month(&self) -> &str {
        &self.month
    }

    /// The year, for the request to the provider and nothing else.
    #[must_use]
    pub fn expose_year(&self) -> &str {
        &self.year
    }
}

/// What the buyer types on the card page. Read from JSON with POP's field names; see [`CardData::parse`].
pub struct CardData {
    /// The card number.
    pub number: Pan,
    /// The security code.
    pub cvv: Cvv,
    /// When the card expires.
    pub expiry: Expiry,
    /// The name on the card: given and family name.
    pub holder: Name,
    /// For the address check (AVS).
    pub billing_address: Option<Address>,
    /// What some countries and co-branded cards need.
    pub local: LocalFields,
}

/// The JSON shape, wiped when dropped. All fields stand side by side: what serde flattens it copies first.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TypedCard {
    card_no: Zeroizing<String>,
    cvv: Zeroizing<String>,
    expiry_month: Zeroizing<String>,
    expiry_year: Zeroizing<String>,
    cardholder_name: Name,
    #[serde(default)]
    billing_address: Option<Address>,
    #[serde(default)]
    selected_card_brand: Option<Zeroizing<String>>,
    #[serde(default)]
    cpf: Option<Zeroizing<String>>,
    #[serde(default)]
    payer_email: Option<Zeroizing<String>>,
    #[serde(default)]
    date_of_birth: Option<Zeroizing<String>>,
    #[serde(default)]
    business_no: Option<Zeroizing<String>>,
    #[serde(default)]
    card_password_digest: Option<Zeroizing<String>>,
    #[serde(default)]
    payment_method_region: Option<Zeroizing<String>>,
}

impl CardData {
    /// Checks what was typed; the error names the field.
    pub fn parse(mut typed: TypedCard) -> Result<Self, CardError> {
        let in_card = |error: FieldError| error.within("card");
        let local = LocalFields::taken_from(&mut typed).map_err(in_card)?;
        let card = Self {
            number: Pan::new(&typed.card_no)?,
            cvv: Cvv::new(&typed.cvv)?,
            expiry: Expiry::new(&typed.expiry_month, &typed.expiry_year)?,
            holder: typed.cardholder_name,
            billing_address: typed.billing_address,
            local,
        };
        card.holder
            .check_person()
            .map_err(|error| in_card(error.within("cardholderName")))?;
        if let Some(address) = &card.billing_address {
            address
                .check()
                .map_err(|error| in_card(error.within("billingAddress")))?;
        }
        Ok(card)
    }
}

macro_rules! masked_debug {
    ($($name:ident),+) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    )+ };
}
masked_debug!(Pan, Cvv, Expiry, CardData, TypedCard);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_of_the_documentation_pass_and_typos_do_not() {
        for number in [
            "4117347806156383",
            "4112273146798764",
            "4054 6957 2310 0768",
            "5162-7741-1497-4622",
        ] {
            assert!(Pan::new(number).is_ok(), "{number}");
        }
        for number in [
            "4117347806156384",
            "",
            "411734780615638x",
            "41173478061",
            "41173478061563834117",
        ] {
            assert_eq!(
                Pan::new(number).map(drop),
                Err(CardError::Number),
                "{number}"
            );
        }
    }

    #[test]
    fn what_was_typed_is_what_pop_gets() {
        let number = Pan::new("4054 6957 2310 0768").unwrap();
        assert_eq!(number.expose_digits(), "4054695723100768");
        assert_eq!(Cvv::new("850").unwrap().expose_digits(), "850");
        let expiry = Expiry::new("12", "29").unwrap();
        assert_eq!((expiry.expose_month(), expiry.expose_year()), ("12", "29"));
    }

    #[test]
    fn cvv_and_expiry() {
        assert!(Cvv::new("850").is_ok() && Cvv::new("8501").is_ok());
        assert!(Cvv::new("99").is_err() && Cvv::new("85a").is_err());
        assert!(Expiry::new("12", "29").is_ok());
        for (month, year) in [
            ("13", "29"),
            ("00", "29"),
            ("1", "29"),
            ("01", "2029"),
            ("0a", "29"),
        ] {
            assert!(Expiry::new(month, year).is_err(), "{month}/{year}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let typed: TypedCard = serde_json::from_str(
            r#"{"cardNo":"4117347806156383","cvv":"850","expiryMonth":"12","expiryYear":"29",
                "cardholderName":{"firstName":"Tom","lastName":"Jay"}}"#,
        )
        .unwrap();
        assert_eq!(format!("{typed:?}"), "TypedCard(***)");
        let card = CardData::parse(typed).unwrap();
        assert_eq!(
            format!(
                "{card:?} {:?} {:?} {:?}",
                card.number, card.cvv, card.expiry
            ),
            "CardData(***) Pan(***) Cvv(***) Expiry(***)"
        );
    }
    #[test]
    fn name_and_address_are_held_to_their_limits() {
        let parse = |field: &str, value: serde_json::Value| {
            let mut card = serde_json::json!({
                "cardNo": "4117347806156383", "cvv": "850", "expiryMonth": "12", "expiryYear": "29", "cpf": "12345678909",
                "cardholderName": {"firstName": "Tom", "lastName": "Jay"},
                "billingAddress": {"region": "CN", "state": "Zhejiang", "city": "Hangzhou", "zipCode": "310000"},
            });
            *card
                .pointer_mut(&format!("/{}", field.replace('.', "/")))
                .unwrap() = value;
            let typed: TypedCard = serde_json::from_value(card).unwrap();
            CardData::parse(typed)
                .map(drop)
                .map_err(|error| error.to_string())
        };
        let no_address = parse("billingAddress", serde_json::Value::Null);
        assert_eq!(no_address, Ok(()));
        let long = "x".repeat(33);
        for (field, good, bad, expected) in [
            ("cardholderName.firstName", "Tom", "", "1 to 32 characters"),
            (
                "cardholderName.lastName",
                "Jay",
                &long,
                "1 to 32 characters",
            ),
            (
                "cardholderName.lastName",
                "de la Cruz",
                "J\u{7}",
                "no control characters",
            ),
            (
                "billingAddress.region",
                "DE",
                "Germany",
                "two capital letters (ISO 3166-1)",
            ),
            (
                "billingAddress.state",
                "CA",
                "California",
                "1 to 8 characters, for example the code of ISO 3166-2",
            ),
            (
                "billingAddress.zipCode",
                "94103-0001",
                &long,
                "1 to 32 characters",
            ),
            ("cpf", "98765432100", "1", "11 digits"),
        ] {
            assert_eq!(parse(field, good.into()), Ok(()), "{field}");
            assert_eq!(
                parse(field, bad.into()),
                Err(format!("card.{field}: {expected}"))
            );
        }
        let wrong = parse("cardNo", "4117347806156384".into());
        assert_eq!(wrong, Err("card.cardNo is not a card number".into()));
    }
}
