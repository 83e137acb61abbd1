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

    /// An amount: three capital letters, and a positive number of minor units without sign, dot or leading zero.
    pub(crate) fn amount(&self, field: &str) -> Result<Option<Money>, Problem> {
        let Some(fields) = self.object(field)? else {
            return Ok(None);
        };
        let currency = fields.required_text("currency", 3)?;
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(format!(
                "{} must be three capital letters",
                fields.name("currency")
            ));
        }
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
}
