//! Reads `template.yaml` for the checks in `tests/`: what the linters do not see.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test tool: what does not fit must stop it"
)]

use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;
use serde_yaml_ng::value::TaggedValue;
use std::path::PathBuf;

/// The project's root folder.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .into()
}

/// The template as JSON, short forms written out (`!Ref X` as `{"Ref": "X"}`).
#[must_use]
pub fn load() -> Value {
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    plain(serde_yaml_ng::from_str(&text).unwrap())
}

fn plain(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Tagged(tagged) => long_form(*tagged),
        Yaml::Mapping(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| (key_text(&key), plain(value)))
                .collect::<Map<_, _>>(),
        ),
        Yaml::Sequence(items) => items.into_iter().map(plain).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}

fn key_text(key: &Yaml) -> String {
    key.as_str().map(str::to_owned).expect("keys are texts")
}

fn long_form(tagged: TaggedValue) -> Value {
    let tag = tagged.tag.to_string();
    let name = tag.trim_start_matches('!');
    let value = plain(tagged.value);
    match name {
        "Ref" | "Condition" => json!({ name: value }),
        "GetAtt" => {
            let text = value.as_str().unwrap();
            let (resource, attribute) = text.split_once('.').unwrap();
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        _ => json!({ format!("Fn::{name}"): value }),
    }
}

/// The resources of one type, with their names.
#[must_use]
pub fn resources<'a>(template: &'a Value, kind: &str) -> Vec<(&'a str, &'a Value)> {
    let all = template["Resources"].as_object().unwrap();
    all.iter()
        .filter(|(_, resource)| resource["Type"] == kind)
        .map(|(name, r)| (name.as_str(), r))
        .collect()
}

/// A resource's properties.
#[must_use]
pub fn properties<'a>(template: &'a Value, name: &str) -> &'a Value {
    let resource = &template["Resources"][name];
    assert!(resource.is_object(), "there is no resource {name}");
    &resource["Properties"]
}

/// The functions: their logical ids and the names of their binaries.
pub const FUNCTIONS: [(&str, &str); 4] = [
    ("CheckoutFunction", "checkout"),
    ("NotifyFunction", "notify"),
    ("CaptureFunction", "capture"),
    ("SweepFunction", "sweep"),
];

/// The logical id of a function's role.
#[must_use]
pub fn role_of<'a>(template: &'a Value, function: &str) -> &'a str {
    let role = &properties(template, function)["Role"]["Fn::GetAtt"];
    assert_eq!(role[1], "Arn", "{function} has a role of its own");
    role[0].as_str().unwrap()
}

/// What a function's own role says; what it may be given beside stands in managed policies.
#[must_use]
pub fn statements(template: &Value, function: &str) -> Vec<Value> {
    let policies = properties(template, role_of(template, function))["Policies"].clone();
    let documents = list(&policies)
        .into_iter()
        .map(|policy| policy["PolicyDocument"]["Statement"].clone());
    documents.flat_map(|statements| list(&statements)).collect()
}

/// What stands alone or in a list, as a list.
#[must_use]
pub fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.clone(),
        one => vec![one.clone()],
    }
}
