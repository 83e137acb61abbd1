//! One thing that is done to AWS, as its permissions name it.

use serde_json::Value;
use std::fmt;

/// What it is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// The table of payments.
    Table,
    /// Its index of due rows.
    DueIndex,
    /// The queue of captures.
    CaptureQueue,
    /// The queue of order events.
    OrderEventsQueue,
}

/// An action on a resource; of the table also with the kind of item, by the beginning of its key, where the action's
/// permission can depend on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// Such as `dynamodb:GetItem`.
    pub action: String,
    /// What it is done to.
    pub resource: Resource,
    /// Such as `PAY#`.
    pub key: Option<String>,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key.as_deref().unwrap_or("any key");
        write!(f, "{} on {:?}, {key}", self.action, self.resource)
    }
}

/// AWS documents the condition on keys for these actions. Put and Update are for the most part made in transactions, for
/// which it documents none.
const BY_KEY: [&str; 3] = ["GetItem", "Query", "DeleteItem"];

/// The accesses of a request to DynamoDB.
pub(crate) fn of_dynamodb(operation: &str, body: &Value) -> Vec<Access> {
    if operation != "TransactWriteItems" {
        return vec![of_item(operation, body)];
    }
    let writes = body["TransactItems"]
        .as_array()
        .expect("a transaction has items");
    let parts = writes
        .iter()
        .flat_map(|write| write.as_object().expect("an item"));
    parts
        .map(|(action, item)| match action.as_str() {
            "ConditionCheck" => of_item("ConditionCheckItem", item),
            action => of_item(&format!("{action}Item"), item),
        })
        .collect()
}

fn of_item(operation: &str, body: &Value) -> Access {
    let key = body["Key"]["pk"]["S"]
        .as_str()
        .or(body["Item"]["pk"]["S"].as_str());
    let (resource, key) = match (operation, &body["IndexName"]) {
        ("Query", Value::String(index)) => {
            assert_eq!(index, "due", "another index");
            (Resource::DueIndex, None)
        }
        ("Query", _) => (Resource::Table, queried(body)),
        _ => (Resource::Table, key),
    };
    let prefix = |key: &str| key.split_inclusive('#').next().unwrap_or(key).to_owned();
    Access {
        action: format!("dynamodb:{operation}"),
        resource,
        key: key.map(prefix).filter(|_| BY_KEY.contains(&operation)),
    }
}

/// The partition that a query reads: the value in its condition on `pk`.
fn queried(body: &Value) -> Option<&str> {
    let condition = body["KeyConditionExpression"].as_str()?;
    let name = condition.strip_prefix("pk = ")?.split_whitespace().next()?;
    body["ExpressionAttributeValues"][name]["S"].as_str()
}

/// The access of a request to SQS. A batch is allowed with its messages.
pub(crate) fn of_sqs(operation: &str, body: &Value) -> Access {
    let url = body["QueueUrl"].as_str().expect("a queue");
    let resource = match url.rsplit('/').next() {
        Some("capture") => Resource::CaptureQueue,
        Some("order-events") => Resource::OrderEventsQueue,
        _ => panic!("{url} is no queue of ours"),
    };
    let action = operation.strip_suffix("Batch").unwrap_or(operation);
    Access {
        action: format!("sqs:{action}"),
        resource,
        key: None,
    }
}
