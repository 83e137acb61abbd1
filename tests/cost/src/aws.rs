//! AWS as the functions' clients see it, with a counter: DynamoDB is the embedded emulator, which tells with each answer
//! what the request used, the index included; SQS takes everything and keeps it.

use crate::counted::{Call, Ledger};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_types::SdkConfig;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// SQS bills a request for each part of this size.
const SQS_PART: usize = 64 * 1024;

/// Addresses of queues that nobody connects to.
pub(crate) const CAPTURE_QUEUE: &str = "http://127.0.0.1:9/queue/capture";
/// See [`CAPTURE_QUEUE`].
pub(crate) const EVENTS_QUEUE: &str = "http://127.0.0.1:9/queue/order-events";

/// Messages by queue address. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Messages(Arc<Mutex<Vec<(String, String)>>>);

impl Messages {
    /// Takes the bodies that wait in a queue.
    #[must_use]
    pub(crate) fn take(&self, queue: &str) -> Vec<String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (taken, left) = std::mem::take(&mut *all)
            .into_iter()
            .partition(|(of, _)| of == queue);
        *all = left;
        taken.into_iter().map(|(_, body)| body).collect()
    }

    fn put(&self, queue: &str, body: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((queue.to_owned(), body.to_owned()));
    }
}

/// Counts what passes.
#[derive(Debug, Clone)]
pub(crate) struct Counting {
    ledger: Ledger,
    messages: Messages,
    network: SharedHttpClient,
}

impl Counting {
    /// Counts into this ledger.
    #[must_use]
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self {
            ledger,
            messages: Messages::default(),
            network: aws_smithy_http_client::Builder::new().build_http(),
        }
    }

    /// What was sent.
    #[must_use]
    pub(crate) fn messages(&self) -> Messages {
        self.messages.clone()
    }

    /// How to reach AWS at this address, counted.
    #[must_use]
    pub(crate) fn reach(&self, address: SocketAddr) -> SdkConfig {
        let plain = embedded::aws(address, 1).into_builder();
        let counted = SharedHttpClient::new(self.clone());
        plain.http_client(counted).build()
    }
}

impl HttpClient for Counting {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Passage {
            counting: self.clone(),
            network: self.network.http_connector(settings, components),
        })
    }
}

#[derive(Debug)]
struct Passage {
    counting: Counting,
    network: SharedHttpConnector,
}

impl HttpConnector for Passage {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let (service, operation) = target.split_once('.').unwrap_or_default();
        let operation = operation.to_owned();
        if service == "AmazonSQS" {
            return HttpConnectorFuture::ready(Ok(self.counting.queue(&request, &operation)));
        }
        let answer = self.network.call(asking_for_units(request));
        let ledger = self.counting.ledger.clone();
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let bytes = whole(answer.into_body()).await;
            count(&ledger, &operation, &bytes);
            let mut answer = HttpResponse::new(status, SdkBody::from(bytes));
            *answer.headers_mut() = headers;
            Ok(answer)
        })
    }
}

/// The same request, asking to be told what it used.
fn asking_for_units(mut request: HttpRequest) -> HttpRequest {
    let body = request.body().bytes().unwrap_or_default();
    let mut body: Value = serde_json::from_slice(body).expect("DynamoDB speaks JSON");
    body["ReturnConsumedCapacity"] = "INDEXES".into();
    let body = body.to_string();
    request
        .headers_mut()
        .insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
    request
}

async fn whole(body: SdkBody) -> Vec<u8> {
    let body = ByteStream::new(body).collect().await;
    body.expect("the emulator answers in full").to_vec()
}

fn count(ledger: &Ledger, operation: &str, answer: &[u8]) {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let used = match &answer["ConsumedCapacity"] {
        Value::Array(tables) => tables.clone(),
        Value::Null => Vec::new(),
        table => vec![table.clone()],
    };
    let of = |part: &str, used: &Value| used[part]["CapacityUnits"].as_f64().unwrap_or(0.0);
    let table: f64 = used.iter().map(|used| of("Table", used)).sum();
    let indexes = used
        .iter()
        .filter_map(|used| used["GlobalSecondaryIndexes"].as_object());
    let index: f64 = indexes
        .flatten()
        .filter_map(|(_, used)| used["CapacityUnits"].as_f64())
        .sum();
    let (call, reads) = match operation {
        "GetItem" => (Call::Get, true),
        "Query" => (Call::Query, true),
        "TransactWriteItems" => (Call::Transaction, false),
        _ => (Call::Put, false),
    };
    ledger.note(|counted| {
        counted.called(call);
        if reads {
            counted.read_units += table + index;
        } else {
            counted.write_units += table;
            counted.index_units += index;
        }
    });
}

impl Counting {
    fn queue(&self, request: &HttpRequest, operation: &str) -> HttpResponse {
        let bytes = request.body().bytes().unwrap_or_default();
        let body: Value = serde_json::from_slice(bytes).expect("SQS speaks JSON");
        let queue = body["QueueUrl"].as_str().unwrap_or_default();
        let accepted = |entry: &Value| {
            let text = entry["MessageBody"].as_str().unwrap_or_default();
            self.messages.put(queue, text);
            json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "x"})
        };
        let (answer, size) = match body["Entries"].as_array() {
            Some(entries) => {
                let sizes = entries.iter().map(message_size);
                let answer = json!({"Successful": entries.iter().map(accepted).collect::<Vec<_>>(), "Failed": []});
                (answer, sizes.sum())
            }
            None => (accepted(&body), message_size(&body)),
        };
        assert!(
            operation.starts_with("SendMessage"),
            "{operation} is not counted"
        );
        self.ledger.note(|counted| {
            counted.called(Call::Send);
            counted.sqs_requests += parts(size);
        });
        HttpResponse::new(ok(), SdkBody::from(answer.to_string()))
    }
}

fn message_size(entry: &Value) -> usize {
    entry["MessageBody"].as_str().map_or(0, str::len)
}

/// For how many requests SQS bills one of this size.
fn parts(size: usize) -> u64 {
    size.div_ceil(SQS_PART).max(1) as u64
}

fn ok() -> StatusCode {
    StatusCode::try_from(200).expect("a status")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_billed_in_parts_of_64_kib() {
        for (size, requests) in [(0, 1), (1, 1), (65_536, 1), (65_537, 2), (262_144, 4)] {
            assert_eq!(parts(size), requests, "{size}");
        }
    }

    #[test]
    fn units_are_read_from_answers_of_each_shape() {
        let ledger = Ledger::default();
        let one =
            json!({"ConsumedCapacity": {"CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}}});
        count(&ledger, "GetItem", one.to_string().as_bytes());
        let of_index = json!({"ConsumedCapacity": {
            "Table": {"CapacityUnits": 0.0}, "GlobalSecondaryIndexes": {"due": {"CapacityUnits": 0.5}}
        }});
        count(&ledger, "Query", of_index.to_string().as_bytes());
        let several = json!({"ConsumedCapacity": [{
            "Table": {"CapacityUnits": 6.0}, "GlobalSecondaryIndexes": {"due": {"CapacityUnits": 2.0}}
        }]});
        count(
            &ledger,
            "TransactWriteItems",
            several.to_string().as_bytes(),
        );
        count(&ledger, "PutItem", b"no JSON");
        let counted = ledger.take();
        assert_eq!(
            (counted.read_units, counted.write_units, counted.index_units),
            (1.5, 6.0, 2.0)
        );
        assert!(counted.calls.values().all(|count| *count == 1));
        assert_eq!(counted.calls.len(), 4);
    }
}
