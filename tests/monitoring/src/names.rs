//! What the template's references stand for.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;

/// Values of parameters and pseudo parameters. A resource stands for itself: its name is its logical id, and an
/// attribute's is `Id.Attribute`.
#[derive(Debug, Clone)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// The parameters' defaults, in a stack of this name.
    #[must_use]
    pub fn defaults(template: &Value, stack: &str) -> Self {
        let mut names = BTreeMap::from([
            ("AWS::StackName".to_owned(), stack.to_owned()),
            ("AWS::Region".to_owned(), "eu-central-1".to_owned()),
        ]);
        let parameters = template["Parameters"].as_object().into_iter().flatten();
        for (name, parameter) in parameters {
            let default = match &parameter["Default"] {
                Value::String(text) => text.clone(),
                Value::Null => continue,
                other => other.to_string(),
            };
            names.insert(name.clone(), default);
        }
        Self(names)
    }

    /// The same with another value of a parameter.
    #[must_use]
    pub fn with(mut self, parameter: &str, value: &str) -> Self {
        self.0.insert(parameter.into(), value.into());
        self
    }

    /// The text that a value of the template stands for.
    ///
    /// # Errors
    /// It is of a form that is not known here.
    pub fn text(&self, value: &Value) -> Result<String> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(switch) => Ok(switch.to_string()),
            Value::Object(map) => match map.iter().next() {
                Some((key, Value::String(name))) if key == "Ref" => Ok(self.named(name)),
                Some((key, Value::Array(parts))) if key == "Fn::GetAtt" => {
                    let parts = parts.iter().map(|part| part.as_str().unwrap_or_default());
                    Ok(parts.collect::<Vec<_>>().join("."))
                }
                Some((key, Value::String(text))) if key == "Fn::Sub" => self.filled(text),
                _ => bail!("{value} is of a form that is not known here"),
            },
            _ => bail!("{value} is no text"),
        }
    }

    /// The number that a value of the template stands for.
    ///
    /// # Errors
    /// It is none.
    pub fn number(&self, value: &Value) -> Result<f64> {
        let text = self.text(value)?;
        text.parse().with_context(|| format!("{text} is no number"))
    }

    fn named(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// The text with each `${Name}` filled in.
    fn filled(&self, text: &str) -> Result<String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').context("a ${ without its }")?;
            filled += before;
            filled += &self.named(name);
            rest = after;
        }
        Ok(filled + rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_are_filled_in() {
        let template = json!({ "Parameters": { "Limit": { "Default": 5 }, "Free": {} } });
        let names = Names::defaults(&template, "shop");
        for (value, want) in [
            (json!("text"), "text"),
            (json!(7), "7"),
            (json!({"Ref": "Limit"}), "5"),
            (json!({"Ref": "AWS::StackName"}), "shop"),
            (json!({"Ref": "SweepFunction"}), "SweepFunction"),
            (
                json!({"Fn::GetAtt": ["Queue", "QueueName"]}),
                "Queue.QueueName",
            ),
            (
                json!({"Fn::Sub": "a >= ${Limit} && ${Queue.QueueName}"}),
                "a >= 5 && Queue.QueueName",
            ),
        ] {
            assert_eq!(names.text(&value).unwrap(), want);
        }
        let names = names.with("Limit", "9");
        assert!((names.number(&json!({"Ref": "Limit"})).unwrap() - 9.0).abs() < 1e-9);
        for wrong in [
            json!(null),
            json!([]),
            json!({"Fn::If": []}),
            json!({"Fn::Sub": "${a"}),
        ] {
            assert!(names.text(&wrong).is_err(), "{wrong}");
        }
    }
}
