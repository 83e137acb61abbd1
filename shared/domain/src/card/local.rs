//! Card fields that some countries ask for, and the brand of a co-branded card.

use super::TypedCard;
use crate::limits::{Checked, FieldError, digits, text};
use std::fmt;
use zeroize::Zeroizing;

type Secret = Option<Zeroizing<String>>;

/// Fields that most payments lack. Written to POP and nowhere else, like all card data.
#[derive(Default)]
pub struct LocalFields {
    /// Which of a co-branded card's brands the buyer chose.
    pub selected_card_brand: Secret,
    /// Brazil: the payer's tax number.
    pub cpf: Secret,
    /// The payer's e-mail address.
    pub payer_email: Secret,
    /// Korea: a person's date of birth, `YYYY-MM-DD`.
    pub date_of_birth: Secret,
    /// Korea: a company's registration number.
    pub business_no: Secret,
    /// Korea: the first two digits of the card's password.
    pub card_password_digest: Secret,
    /// The region whose rules the card follows.
    pub payment_method_region: Secret,
}

impl LocalFields {
    /// Checks what was given; an empty text counts as none.
    pub(super) fn taken_from(typed: &mut TypedCard) -> Result<Self, FieldError> {
        Ok(Self {
            selected_card_brand: given(typed.selected_card_brand.take(), |brand| {
                text("selectedCardBrand", brand, 64)
            })?,
            cpf: given(typed.cpf.take(), |number| digits("cpf", number, 11..=11))?,
            payer_email: given(typed.payer_email.take(), |address| {
                text("payerEmail", address, 64)
            })?,
            date_of_birth: given(typed.date_of_birth.take(), date)?,
            business_no: given(typed.business_no.take(), |number| {
                digits("businessNo", number, 1..=10)
            })?,
            card_password_digest: given(typed.card_password_digest.take(), |digest| {
                digits("cardPasswordDigest", digest, 2..=2)
            })?,
            payment_method_region: given(typed.payment_method_region.take(), region)?,
        })
    }
}

fn given(value: Secret, check: fn(&str) -> Checked) -> Result<Secret, FieldError> {
    let value = value.filter(|text| !text.is_empty());
    value.as_ref().map_or(Ok(()), |text| check(text))?;
    Ok(value)
}

/// A day of the calendar, written in one way only.
fn date(text: &str) -> Checked {
    let shaped = text.len() == 10 && text.bytes().filter(|b| *b == b'-').count() == 2;
    match text.parse::<jiff::civil::Date>() {
        Ok(_) if shaped => Ok(()),
        _ => Err(FieldError::new("dateOfBirth", "a date as YYYY-MM-DD")),
    }
}

/// `KR`, `BR`, `GLOBAL`.
fn region(text: &str) -> Checked {
    let fits = (2..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase());
    let error = || FieldError::new("paymentMethodRegion", "2 to 6 capital letters");
    fits.then_some(()).ok_or_else(error)
}

impl fmt::Debug for LocalFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalFields(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn parse(fields: &Value) -> Result<LocalFields, String> {
        let mut json = json!({"cardNo": "", "cvv": "", "expiryMonth": "", "expiryYear": "", "cardholderName": {}});
        for (field, value) in fields.as_object().unwrap() {
            json[field] = value.clone();
        }
        let mut typed = serde_json::from_value(json).unwrap();
        LocalFields::taken_from(&mut typed).map_err(|error| error.to_string())
    }

    #[test]
    fn each_field_has_its_limit() {
        for (field, good, bad, expected) in [
            (
                "selectedCardBrand",
                "x".repeat(64),
                "x".repeat(65),
                "1 to 64 characters",
            ),
            (
                "cpf",
                "12345678909".into(),
                "1234567890".into(),
                "11 digits",
            ),
            (
                "payerEmail",
                "a@shop.example".into(),
                "x".repeat(65),
                "1 to 64 characters",
            ),
            (
                "dateOfBirth",
                "1980-02-29".into(),
                "1981-02-29".into(),
                "a date as YYYY-MM-DD",
            ),
            (
                "dateOfBirth",
                "1980-12-31".into(),
                "1980123100".into(),
                "a date as YYYY-MM-DD",
            ),
            (
                "dateOfBirth",
                "2000-01-01".into(),
                "01-01-2000".into(),
                "a date as YYYY-MM-DD",
            ),
            // Readable, and yet not written in the one way.
            (
                "dateOfBirth",
                "0001-01-01".into(),
                "19801231".into(),
                "a date as YYYY-MM-DD",
            ),
            (
                "dateOfBirth",
                "9999-12-31".into(),
                "1980-12-31T10:00".into(),
                "a date as YYYY-MM-DD",
            ),
            (
                "businessNo",
                "1234567890".into(),
                "12345678901".into(),
                "1 to 10 digits",
            ),
            ("cardPasswordDigest", "12".into(), "1a".into(), "2 digits"),
            (
                "paymentMethodRegion",
                "GLOBAL".into(),
                "GLOBALS".into(),
                "2 to 6 capital letters",
            ),
            (
                "paymentMethodRegion",
                "KR".into(),
                "kr".into(),
                "2 to 6 capital letters",
            ),
        ] {
            assert!(parse(&json!({ field: good })).is_ok(), "{field}");
            let error = parse(&json!({ field: bad })).map(drop);
            assert_eq!(error, Err(format!("{field}: {expected}")));
        }
    }

    #[test]
    fn empty_texts_are_none_and_nothing_is_shown() {
        let fields = parse(&json!({"cpf": "", "payerEmail": null, "businessNo": "96"})).unwrap();
        assert!(fields.cpf.is_none() && fields.payer_email.is_none());
        assert_eq!(
            fields.business_no.as_ref().map(|text| text.as_str()),
            Some("96")
        );
        assert_eq!(format!("{fields:?}"), "LocalFields(***)");
    }
}
