//! A JSON document as POP sends it: read leniently, since its samples differ among themselves, but never ambiguously.

use domain::IdError;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;

/// The most values that one document may hold: the longest real ones have some hundreds. A value takes far more memory
/// than wire (an object of eight bytes some six hundred), so that a limit of bytes alone would not bound it.
const MAX_VALUES: usize = 20_000;

/// Why a verified message says nothing that we can use. Shows nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, not UTF-8, nested too deep, of too many values, or a key stands twice in an object.
    #[error("not readable JSON (line {line}, column {column})")]
    NotJson {
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// JSON, but no object.
    #[error("not a JSON object")]
    NotAnObject,
    /// Something without which the message cannot be used is not there.
    #[error("{field} is missing")]
    Missing {
        /// POP's name of it.
        field: &'static str,
    },
    /// An id is there but cannot be one.
    #[error("{field}: {problem}")]
    Id {
        /// POP's name of it.
        field: &'static str,
        /// What is wrong with it.
        problem: IdError,
    },
}

impl ReadError {
    /// A stable word for logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "not_json",
            Self::NotAnObject => "not_an_object",
            Self::Missing { .. } => "missing_field",
            Self::Id { .. } => "bad_id",
        }
    }
}

/// Reads a JSON value in which no object has a key twice: two readers could take either, and one of them may be the
/// signer. Counts down the values that the document may still hold.
#[derive(Clone, Copy)]
struct Unambiguous<'a> {
    left: &'a Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Unambiguous<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.left.get().checked_sub(1);
        self.left
            .set(left.ok_or_else(|| D::Error::custom("too many values"))?);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unambiguous<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(self)?;
            if fields.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Value::Object(fields))
    }
}

/// An object, looked into by POP's field names. A field that is absent, `null`, empty or of a useless type is alike.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(Option<&'a Map<String, Value>>);

/// Reads a whole body. serde_json stops at a depth of 128.
pub(crate) fn parse(body: &[u8]) -> Result<Map<String, Value>, ReadError> {
    let left = Cell::new(MAX_VALUES);
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = Unambiguous { left: &left }.deserialize(&mut json);
    match value.and_then(|value| json.end().map(|()| value)) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(ReadError::NotAnObject),
        Err(error) => Err(ReadError::NotJson {
            line: error.line(),
            column: error.column(),
        }),
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn of(map: &'a Map<String, Value>) -> Self {
        Self(Some(map))
    }

    fn value(self, name: &str) -> Option<&'a Value> {
        self.0?.get(name)
    }

    /// Whether something stands there: not `null`, `""` or `{}`.
    pub(crate) fn has(self, name: &str) -> bool {
        match self.value(name) {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Object(fields)) => !fields.is_empty(),
            Some(_) => true,
        }
    }

    /// The object under this name; an empty one if there is none.
    pub(crate) fn object(self, name: &str) -> Self {
        Self(self.value(name).and_then(Value::as_object))
    }

    /// The objects of the array under this name.
    pub(crate) fn objects(self, name: &str) -> impl Iterator<Item = Self> {
        let items = self.value(name).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(|item| match item {
            Value::Object(fields) => Some(Self(Some(fields))),
            _ => None,
        })
    }

    /// A text, also where a whole number stands for it.
    pub(crate) fn text(self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) if number.is_u64() => Some(number.to_string()),
            _ => None,
        }
    }

    /// A text of at most so many characters. A longer one is no fact that the contract knows, and is left out.
    pub(crate) fn short_text(self, name: &str, longest: usize) -> Option<String> {
        self.text(name)
            .filter(|text| text.chars().count() <= longest)
    }

    /// A text, or an object or array as JSON text: POP writes some of them either way.
    pub(crate) fn json_text(self, name: &str, longest: usize) -> Option<String> {
        let text = match self.value(name)? {
            Value::Object(fields) if fields.is_empty() => return None,
            value @ (Value::Object(_) | Value::Array(_)) => value.to_string(),
            _ => self.text(name)?,
        };
        (text.len() <= longest).then_some(text)
    }

    /// An id that may be absent. One that is there and cannot be an id makes the message unreadable: taking it for
    /// absent could attach the message to nothing, or to the wrong payment.
    pub(crate) fn id<T>(
        self,
        field: &'static str,
        new: fn(String) -> Result<T, IdError>,
    ) -> Result<Option<T>, ReadError> {
        if !self.has(field) {
            return Ok(None);
        }
        let id = self.text(field).ok_or(IdError::Character).and_then(new);
        id.map(Some)
            .map_err(|problem| ReadError::Id { field, problem })
    }

    /// An id that must be there.
    pub(crate) fn required_id<T>(
        self,
        field: &'static str,
        new: fn(String) -> Result<T, IdError>,
    ) -> Result<T, ReadError> {
        self.id(field, new)?.ok_or(ReadError::Missing { field })
    }
}
