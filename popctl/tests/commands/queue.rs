//! Two queues and their dead-letter queues, as much of SQS as popctl uses.

use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The queues by name.
#[derive(Default)]
pub(crate) struct Queues {
    state: Mutex<BTreeMap<String, Vec<Message>>>,
}

#[derive(Clone)]
struct Message {
    id: String,
    body: String,
    sent_at: i64,
    hidden: bool,
}

impl Queues {
    /// Puts a message into a queue.
    pub(crate) fn put(&self, queue: &str, body: &str, sent_at: i64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = state.entry(queue.to_owned()).or_default();
        let id = format!("message-{}", queue.len() + 1);
        queue.push(Message {
            id,
            body: body.to_owned(),
            sent_at,
            hidden: false,
        });
    }

    /// What is in a queue.
    pub(crate) fn bodies(&self, queue: &str) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let messages = state.get(queue).into_iter().flatten();
        messages.map(|message| message.body.clone()).collect()
    }

    /// Whether anybody holds a message.
    pub(crate) fn any_hidden(&self) -> bool {
        let state = self.state.lock().unwrap();
        state.values().flatten().any(|message| message.hidden)
    }

    /// Answers a call of SQS's JSON protocol.
    pub(crate) fn answer(&self, call: &str, request: &Value, base: &str) -> (StatusCode, Value) {
        let mut state = self.state.lock().unwrap();
        let url = request["QueueUrl"].as_str().unwrap_or_default();
        let name = url.rsplit('/').next().unwrap_or_default().to_owned();
        let queue = state.entry(name.clone()).or_default();
        let receipt = request["ReceiptHandle"].as_str().unwrap_or_default();
        let answer = match call {
            "GetQueueUrl" => {
                let name = request["QueueName"].as_str().unwrap_or_default();
                json!({ "QueueUrl": format!("{base}/000000000000/{name}") })
            }
            "GetQueueAttributes" => attributes(&name, queue),
            "ReceiveMessage" => receive(queue, request["MaxNumberOfMessages"].as_u64()),
            "SendMessage" => {
                let id = format!("sent-{}", queue.len() + 1);
                let body = request["MessageBody"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                queue.push(Message {
                    id: id.clone(),
                    body,
                    sent_at: 0,
                    hidden: false,
                });
                json!({ "MessageId": id })
            }
            "DeleteMessage" => {
                queue.retain(|message| message.id != receipt);
                json!({})
            }
            "ChangeMessageVisibility" => {
                for message in queue.iter_mut().filter(|message| message.id == receipt) {
                    message.hidden = request["VisibilityTimeout"] != 0;
                }
                json!({})
            }
            _ => {
                return (
                    StatusCode::BAD_REQUEST,
                    json!({ "__type": "InvalidAction" }),
                );
            }
        };
        (StatusCode::OK, answer)
    }
}

fn attributes(name: &str, queue: &[Message]) -> Value {
    let hidden = queue.iter().filter(|message| message.hidden).count();
    let mut attributes = json!({
        "ApproximateNumberOfMessages": (queue.len() - hidden).to_string(),
        "ApproximateNumberOfMessagesNotVisible": hidden.to_string(),
        "ApproximateNumberOfMessagesDelayed": "0",
    });
    if !name.ends_with("Dead") {
        let arn = format!("arn:aws:sqs:eu-west-1:000000000000:{name}Dead");
        let policy = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": 5 });
        attributes["RedrivePolicy"] = policy.to_string().into();
    }
    json!({ "Attributes": attributes })
}

fn receive(queue: &mut [Message], most: Option<u64>) -> Value {
    let most = usize::try_from(most.unwrap_or(1)).unwrap();
    let visible = queue.iter_mut().filter(|message| !message.hidden);
    let messages: Vec<Value> = visible
        .take(most)
        .map(|message| {
            message.hidden = true;
            json!({
                "MessageId": message.id, "ReceiptHandle": message.id, "Body": message.body,
                "Attributes": { "SentTimestamp": message.sent_at.to_string() },
            })
        })
        .collect();
    json!({ "Messages": messages })
}
