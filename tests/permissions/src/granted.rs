//! What the template's roles allow.

use crate::access::{Access, Resource};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the function of this name may do to table and queues, beside what Lambda does for it.
#[must_use]
pub fn granted(template: &Value, function: &str) -> BTreeSet<Access> {
    let statements = template::statements(template, function);
    let statements = statements
        .iter()
        .filter(|statement| !FOR_LAMBDA.contains(&statement["Sid"].as_str().unwrap_or_default()));
    statements.flat_map(of_statement).collect()
}

/// Statements that Lambda itself needs: it reads the queue, writes the log; and the one for secrets, which the settings
/// decide.
const FOR_LAMBDA: [&str; 3] = ["Work", "Logs", "Secrets"];

fn of_statement(statement: &Value) -> Vec<Access> {
    assert_eq!(statement["Effect"], "Allow", "{statement}");
    let conditions = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
    let keys: Vec<Option<String>> = match conditions.as_array() {
        None => {
            assert!(statement.get("Condition").is_none(), "{statement}");
            vec![None]
        }
        Some(keys) => keys.iter().map(|key| Some(prefix(key))).collect(),
    };
    let mut accesses = Vec::new();
    let actions = template::list(&statement["Action"]);
    // The emulator asks for a batch by its own name, AWS does not.
    for action in actions
        .iter()
        .filter(|action| **action != "sqs:SendMessageBatch")
    {
        for resource in template::list(&statement["Resource"]) {
            accesses.extend(keys.iter().map(|key| Access {
                action: action.as_str().expect("an action").to_owned(),
                resource: resource_of(&resource),
                key: key.clone(),
            }));
        }
    }
    accesses
}

fn prefix(pattern: &Value) -> String {
    let pattern = pattern.as_str().expect("a pattern");
    pattern
        .strip_suffix('*')
        .expect("a beginning of keys")
        .to_owned()
}

fn resource_of(value: &Value) -> Resource {
    let arn = |name: &str| json!({ "Fn::GetAtt": [name, "Arn"] });
    let known = [
        (arn("PaymentsTable"), Resource::Table),
        (
            json!({ "Fn::Sub": "${PaymentsTable.Arn}/index/due" }),
            Resource::DueIndex,
        ),
        (arn("CaptureQueue"), Resource::CaptureQueue),
        (arn("OrderEventsQueue"), Resource::OrderEventsQueue),
    ];
    let found = known.into_iter().find(|(form, _)| form == value);
    found
        .unwrap_or_else(|| panic!("{value} is no resource of ours"))
        .1
}
