//! The requests to the table, as hand-made JSON.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Item")]
    item: Item,
}

#[derive(Deserialize)]
struct Item {
    doc: Text,
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

/// A payment's row.
pub(crate) struct Row {
    pub(crate) id: String,
    doc: Value,
}

impl Row {
    pub(crate) fn ask(table: &str, id: &str) -> String {
        format!(
            r#"{{"TableName":"{table}","Key":{{"pk":{{"S":"PAY#{id}"}},"sk":{{"S":"STATE"}}}},"ConsistentRead":true}}"#
        )
    }

    pub(crate) fn read(id: &str, answer: &[u8]) -> Result<Self> {
        let answer: Answer = serde_json::from_slice(answer)?;
        let doc = serde_json::from_str(&answer.item.doc.text)?;
        Ok(Self {
            id: id.to_owned(),
            doc,
        })
    }

    pub(crate) fn new(id: &str, order: &Value) -> Self {
        let doc = json!({
            "id": id, "version": 0, "status": "CREATED", "order": order, "amount": order["amount"],
            "outbox": [], "trail": { "entries": 0, "head": "" },
        });
        Self {
            id: id.to_owned(),
            doc,
        }
    }

    /// The row as it is written next.
    pub(crate) fn step(&mut self, status: &str, outbox: &[&str]) {
        self.doc["version"] = (self.version() + 1).into();
        self.doc["status"] = status.into();
        self.doc["outbox"] = outbox.iter().map(|text| json!({ "id": text })).collect();
    }

    fn version(&self) -> u64 {
        self.doc["version"].as_u64().unwrap_or(0)
    }

    fn item(&self) -> Value {
        json!({
            "pk": { "S": format!("PAY#{}", self.id) },
            "sk": { "S": "STATE" },
            "doc": { "S": self.doc.to_string() },
            "version": { "N": self.version().to_string() },
            "written_by": { "S": "0123456789abcdef" },
            "status": { "S": self.doc["status"] },
            "amount": { "S": "30000 EUR" },
            "created_at": { "N": "1767355261000" },
            "due_at": { "N": "1767355291000" },
            "due_shard": { "N": "1" },
        })
    }

    fn put(&self, table: &str) -> Value {
        json!({
            "TableName": table,
            "Item": self.item(),
            "ConditionExpression": "version = :before",
            "ExpressionAttributeValues": { ":before": { "N": (self.version() - 1).to_string() } },
        })
    }

    /// The body of PutItem.
    pub(crate) fn write(&self, table: &str) -> String {
        self.put(table).to_string()
    }

    /// The body of TransactWriteItems: the row and what it was decided on.
    pub(crate) fn write_with(&self, table: &str, said: &Said<'_>) -> String {
        let evidence = json!({
            "Put": {
                "TableName": table,
                "ConditionExpression": "attribute_not_exists(pk)",
                "Item": {
                    "pk": { "S": format!("PAY#{}", self.id) },
                    "sk": { "S": "EVID#000003" },
                    "kind": { "S": said.kind },
                    "path": { "S": said.path },
                    "time": { "S": said.time },
                    "signature": { "S": said.signature },
                    "body": { "B": STANDARD.encode(said.body) },
                    "received_at": { "N": "1767355261000" },
                    "expires_at": { "N": "1846000000" },
                }
            }
        });
        json!({ "TransactItems": [{ "Put": self.put(table) }, evidence] }).to_string()
    }
}

/// A message of POP's.
pub(crate) struct Said<'a> {
    pub(crate) kind: &'a str,
    pub(crate) path: &'a str,
    pub(crate) time: &'a str,
    pub(crate) signature: &'a str,
    pub(crate) body: &'a str,
}

/// The id in the first item of a query's answer, if there is one.
pub(crate) fn first_id(answer: &[u8]) -> Result<Option<String>> {
    let answer: Value = serde_json::from_slice(answer).context("a query's answer")?;
    let key = answer["Items"][0]["pk"]["S"].as_str();
    Ok(key.map(|key| key.trim_start_matches("PAY#").to_owned()))
}
