//! How answers and notifications are written: plainly, or with the oddities that real samples show
//! (`docs/provider.md`, section "Odd shapes"). No oddity changes what a message means.

use serde_json::{Map, Value};

use crate::chance::Chance;
use crate::clock::{Millis, Zone, iso};

/// Decides the form of one message.
pub(crate) struct Shape {
    odd: Option<(Chance, String)>,
}

impl Shape {
    /// Draws the form of the message that `key` names.
    pub(crate) fn draw(chance: &Chance, rate: f64, key: &[&str]) -> Self {
        let key = key.join("\n");
        let odd = chance.happens(rate, &["shape", &key]);
        Self {
            odd: odd.then_some((*chance, key)),
        }
    }

    /// Whether chance gave this message an odd form.
    pub(crate) fn is_odd(&self) -> bool {
        self.odd.is_some()
    }

    /// One of `count` variants; a plain message has the first.
    fn pick(&self, what: &str, count: u64) -> u64 {
        self.odd.as_ref().map_or(0, |(chance, key)| {
            chance.number(&["variant", key, what]) % count
        })
    }

    /// Whether this oddity, one among several, is applied: half of the odd messages have it.
    pub(crate) fn has(&self, oddity: &str) -> bool {
        self.pick(oddity, 2) == 1
    }

    /// The offset in which this message writes its times.
    pub(crate) fn zone(&self) -> Zone {
        match self.pick("zone", 4) {
            1 => Zone::Minutes(510),
            2 => Zone::Minutes(330),
            3 => Zone::Zulu,
            _ => Zone::Pacific,
        }
    }

    /// A time as this message writes it.
    pub(crate) fn time(&self, at: Millis) -> Value {
        iso(at, self.zone()).into()
    }

    /// The text beside `SUCCESS`.
    pub(crate) fn success(&self) -> &'static str {
        match self.pick("message", 3) {
            1 => "success",
            2 => "Success",
            _ => "success.",
        }
    }

    /// The message's text.
    pub(crate) fn write(&self, mut value: Value) -> String {
        if self.has("unknown fields") {
            add_unknown_fields(&mut value);
        }
        let mut text = String::new();
        self.write_value(&value, &mut text);
        text
    }

    fn write_value(&self, value: &Value, text: &mut String) {
        match value {
            Value::Object(map) => self.write_object(map, text),
            Value::Array(list) => {
                text.push('[');
                for (index, entry) in list.iter().enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    self.write_value(entry, text);
                }
                text.push(']');
            }
            scalar => text.push_str(&scalar.to_string()),
        }
    }

    fn write_object(&self, map: &Map<String, Value>, text: &mut String) {
        let mut names: Vec<&String> = map.keys().collect();
        if self.has("key order") {
            names.sort_by_key(|name| self.pick(name, u64::MAX));
        }
        let (comma, colon) = if self.has("blanks") {
            (",\n  ", ": ")
        } else {
            (",", ":")
        };
        text.push('{');
        for (index, name) in names.into_iter().enumerate() {
            if index > 0 {
                text.push_str(comma);
            }
            text.push_str(&Value::from(name.as_str()).to_string());
            text.push_str(colon);
            self.write_value(&map[name], text);
        }
        text.push('}');
    }
}

/// Fields appear over time: a reader must live with names it has never seen, in every object.
fn add_unknown_fields(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(add_unknown_fields);
            map.insert(
                "introducedLater".to_owned(),
                serde_json::json!({ "note": "a \"new\" field \u{00e9}", "list": [1, null] }),
            );
        }
        Value::Array(list) => list.iter_mut().for_each(add_unknown_fields),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn strip(value: &mut Value) {
        if let Value::Object(map) = value {
            map.remove("introducedLater");
            map.values_mut().for_each(strip);
        } else if let Value::Array(list) = value {
            list.iter_mut().for_each(strip);
        }
    }

    #[test]
    fn every_form_means_the_same() {
        let message = json!({"a": {"z": "\"quoted\"", "b": [1, {"c": null}]}, "d": true, "e": "x"});
        let mut texts = std::collections::HashSet::new();
        for n in 0..64 {
            let shape = Shape::draw(&Chance::new(n), 1.0, &["m"]);
            let text = shape.write(message.clone());
            let mut back: Value = serde_json::from_str(&text).unwrap();
            strip(&mut back);
            assert_eq!(back, message, "{text}");
            texts.insert(text);
        }
        assert!(texts.len() > 8, "{} forms", texts.len());
    }

    #[test]
    fn without_odd_shapes_all_is_plain() {
        let shape = Shape::draw(&Chance::new(1), 0.0, &["m"]);
        assert_eq!(
            shape.write(json!({"b": 1, "a": [true, null]})),
            r#"{"a":[true,null],"b":1}"#
        );
        assert_eq!(
            (shape.zone(), shape.success(), shape.is_odd()),
            (Zone::Pacific, "success.", false)
        );
    }
}
