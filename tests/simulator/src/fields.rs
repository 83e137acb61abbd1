//! Reading JSON requests field by field, with the limits of the provider's reference. Problems name the field,
//! never its value: a value may be card data.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A problem with a request: which field, and what is wrong with it.
pub(crate) type Problem = String;

/// An amount in minor units of its currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// ISO 4217, three letters.
    pub currency: String,
    /// Minor units.
    pub value: u64,
}

impl Money {
    /// As the wire has it: the value is a string.
    pub(crate) fn json(&self) -> Value {
        serde_json::json!({ "currency": self.currency, "value": self.value.to_string() })
    }

    /// As people write it.
    pub(crate) fn decimal(&self) -> String {
        format!(
            "{} {}",
            self.currency,
            in_major_units(self.value, &self.currency)
        )
    }
}

/// How many decimal places the currency has.
pub(crate) fn places(currency: &str) -> usize {
    match currency {
        "CLP" | "JPY" | "KRW" | "VND" => 0,
        "BHD" | "KWD" | "OMR" => 3,
        _ => 2,
    }
}

/// Minor units as major ones.
pub(crate) fn in_major_units(minor: u64, currency: &str) -> String {
    let (digits, places) = (minor.to_string(), places(currency));
    if places == 0 {
        return digits;
    }
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    format!("{whole}.{fraction}")
}

/// One object of a request and the way to it.
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// The request itself.
    pub(crate) fn of(value: &'a Value) -> Result<Self, Problem> {
        let map = value.as_object().ok_or("the body is not a JSON object")?;
        Ok(Self {
            map,
            path: String::new(),
        })
    }

    /// An object that is not part of the request, under the name it would have there.
    pub(crate) fn at(map: &'a Map<String, Value>, path: &str) -> Self {
        Self {
            map,
            path: path.to_owned(),
        }
    }

    fn name(&self, field: &str) -> String {
        if self.path.is_empty() {
            field.to_owned()
        } else {
            format!("{}.{field}", self.path)
        }
    }

    fn missing(&self, field: &str) -> Problem {
        format!("{} is required", self.name(field))
    }

    /// Absent, null and empty mean the same.
    fn get(&self, field: &str) -> Option<&'a Value> {
        self.map
            .get(field)
            .filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    /// Whether the field is there at all.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.get(field).is_some()
    }

    pub(crate) fn object(&self, field: &str) -> Result<Option<Fields<'a>>, Problem> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        let map = value
            .as_object()
            .ok_or_else(|| format!("{} must be an object", self.name(field)))?;
        Ok(Some(Fields {
            map,
            path: self.name(field),
        }))
    }

    pub(crate) fn required_object(&self, field: &str) -> Result<Fields<'a>, Problem> {
        self.object(field)?.ok_or_else(|| self.missing(field))
    }

    /// The objects of a list of at most `most` of them.
    pub(crate) fn objects(&self, field: &str, most: usize) -> Result<Vec<Fields<'a>>, Problem> {
        let Some(value) = self.get(field) else {
            return Ok(Vec::new());
        };
        let list = value
            .as_array()
            .ok_or_else(|| format!("{} must be a list", self.name(field)))?;
        if list.len() > most {
            return Err(format!("{} has more than {most} entries", self.name(field)));
        }
        list.iter()
            .enumerate()
            .map(|(index, value)| {
                let path = format!("{}[{index}]", self.name(field));
                let map = value
                    .as_object()
                    .ok_or_else(|| format!("{path} must be an object"))?;
                Ok(Fields { map, path })
            })
            .collect()
    }

    /// A text of at most `most` characters; numbers and booleans count as their text.
    pub(crate) fn text(&self, field: &str, most: usize) -> Result<Option<String>, Problem> {
        let text = match self.get(field) {
            None => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            Some(_) => return Err(format!("{} must be a string", self.name(field))),
        };
        if text.chars().count() > most {
            return Err(format!(
                "{} is longer than {most} characters",
                self.name(field)
            ));
        }
        Ok(Some(text))
    }

    pub(crate) fn required_text(&self, field: &str, most: usize) -> Result<String, Problem> {
        self.text(field, most)?.ok_or_else(|| self.missing(field))
    }

    /// Checks a list of optional texts.
    pub(crate) fn texts(&self, limits: &[(&str, usize)]) -> Result<(), Problem> {
        limits
            .iter()
            .try_for_each(|(field, most)| self.text(field, *most).map(drop))
    }

    /// A text out of a fixed set.
    pub(crate) fn word(&self, field: &str, words: &[&str]) -> Result<Option<String>, Problem> {
        match self.text(field, 64)? {
            Some(word) if !words.contains(&word.as_str()) => Err(format!(
                "{} must be one of {}",
                self.name(field),
                words.join(", ")
            )),
            word => Ok(word),
        }
    }

    pub(crate) fn required_word(&self, field: &str, words: &[&str]) -> Result<String, Problem> {
        self.word(field, words)?.ok_or_else(|| self.missing(field))
    }

    /// A boolean, as such or as its text.
    pub(crate) fn flag(&self, field: &str) -> Result<Option<bool>, Problem> {
        Ok(self
            .word(field, &["true", "false"])?
            .map(|word| word == "true"))
    }

    /// A whole number from `from` to `to`, as such or as its text.
    pub(crate) fn integer(&self, field: &str, from: i64, to: i64) -> Result<Option<i64>, Problem> {
        let Some(text) = self.text(field, 20)? else {
            return Ok(None);
        };
        let number = text
            .parse::<i64>()
            .ok()
            .filter(|number| (from..=to).contains(number));
        number.map(Some).ok_or_else(|| {
            format!(
                "{} must be a whole number from {from} to {to}",
                self.name(field)
            )
        })
    }

    /// A string of decimal digits only.
    pub(crate) fn digits(&self, field: &str, most: usize) -> Result<Option<String>, Problem> {
        match self.text(field, most)? {
            Some(text) if !text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Err(format!("{} must consist of digits", self.name(field)))
            }
            text => Ok(text),
        }
    }

    pub(crate) fn required_digits(&self, field: &str, most: usize) -> Result<String, Problem> {
        self.digits(field, most)?.ok_or_else(|| self.missing(field))
    }

    /// A code of exactly so many capital letters: a country or a currency.
    pub(crate) fn capitals(&self, field: &str, count: usize) -> Result<Option<String>, Problem> {
        let is_code = |text: &String| {
            text.len() == count && text.bytes().all(|byte| byte.is_ascii_uppercase())
        };
        match self.text(field, 64)? {
            Some(text) if !is_code(&text) => Err(format!(
                "{} must be {count} capital letters",
                self.name(field)
            )),
            text => Ok(text),
        }
    }

    pub(crate) fn required_capitals(&self, field: &str, count: usize) -> Result<String, Problem> {
        self.capitals(field, count)?
            .ok_or_else(|| self.missing(field))
    }

    /// Checks a day, as `YYYY-MM-DD`.
    pub(crate) fn date(&self, field: &str) -> Result<(), Problem> {
        match self.text(field, 10)? {
            Some(text) if text.parse::<jiff::civil::Date>().is_err() || text.len() != 10 => {
                Err(format!("{} must be YYYY-MM-DD", self.name(field)))
            }
            _ => Ok(()),
        }
    }

    /// A text that holds JSON, as the merchant's own data are sent.
    pub(crate) fn json_text(&self, field: &str, most: usize) -> Result<Option<String>, Problem> {
        match self.text(field, most)? {
            Some(text) if serde_json::from_str::<Value>(&text).is_err() => {
                Err(format!("{} must hold JSON", self.name(field)))
            }
            text => Ok(text),
        }
    }

    /// An amount: three capital letters, and a positive number of minor units without sign, dot or leading zero.
    pub(crate) fn amount(&self, field: &str) -> Result<Option<Money>, Problem> {
        let Some(fields) = self.object(field)? else {
            return Ok(None);
        };
        let currency = fields.required_capitals("currency", 3)?;
        let value = fields.required_digits("value", 16)?;
        let number = value
            .parse::<u64>()
            .ok()
            .filter(|_| !value.starts_with('0'));
        let value = number.ok_or_else(|| {
            format!(
                "{} must be a positive number of minor units",
                fields.name("value")
            )
        })?;
        Ok(Some(Money { currency, value }))
    }

    pub(crate) fn required_amount(&self, field: &str) -> Result<Money, Problem> {
        self.amount(field)?.ok_or_else(|| self.missing(field))
    }

    /// An absolute URL; `https` is demanded where the provider sends something, except to this machine.
    pub(crate) fn url(
        &self,
        field: &str,
        most: usize,
        https: bool,
    ) -> Result<Option<String>, Problem> {
        let Some(url) = self.text(field, most)? else {
            return Ok(None);
        };
        let secure = url.starts_with("https://");
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
            .iter()
            .any(|host| url.starts_with(host));
        if https && !secure && !local {
            return Err(format!("{} must be an https URL", self.name(field)));
        }
        if !url.contains("://") {
            return Err(format!("{} must be an absolute URL", self.name(field)));
        }
        Ok(Some(url))
    }

    pub(crate) fn required_url(&self, field: &str, most: usize) -> Result<String, Problem> {
        self.url(field, most, false)?
            .ok_or_else(|| self.missing(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_the_currencys_places() {
        for (currency, value, text) in [
            ("EUR", 30_000, "EUR 300.00"),
            ("EUR", 5, "EUR 0.05"),
            ("JPY", 1200, "JPY 1200"),
            ("KWD", 1234, "KWD 1.234"),
            ("KWD", 4, "KWD 0.004"),
        ] {
            let money = Money {
                currency: currency.to_owned(),
                value,
            };
            assert_eq!(money.decimal(), text);
        }
    }
}
