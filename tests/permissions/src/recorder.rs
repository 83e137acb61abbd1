//! DynamoDB and SQS that write down what is asked of them and refuse it.

use crate::access::{Access, of_dynamodb, of_sqs};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use std::sync::{Arc, Mutex};
use store::{DynamoStore, SqsQueues, SqsSettings};
use tokio::net::TcpListener;

type Written = Arc<Mutex<Vec<Access>>>;

/// The real clients, and what they asked for.
pub(crate) struct Recorder {
    pub(crate) store: DynamoStore,
    pub(crate) queues: SqsQueues,
    written: Written,
}

impl Recorder {
    /// Begins to listen.
    pub(crate) async fn start() -> Self {
        let written = Written::default();
        let router = Router::new()
            .fallback(refuse)
            .with_state(Arc::clone(&written));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        let url = format!("http://{address}");
        let queue = |name: &str| format!("{url}/queue/{name}");
        let settings = SqsSettings {
            capture_queue_url: queue("capture"),
            order_events_queue_url: queue("order-events"),
        };
        Self {
            store: embedded::store(address),
            queues: SqsQueues::new(&embedded::aws(address, 1), settings).expect("queues"),
            written,
        }
    }

    /// What was asked for since this was last asked.
    pub(crate) fn take(&self) -> Vec<Access> {
        std::mem::take(&mut self.written.lock().expect("the lock"))
    }
}

async fn refuse(State(written): State<Written>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let target = headers.get("x-amz-target").expect("a target");
    let target = target.to_str().expect("text");
    let (service, operation) = target.split_once('.').expect("service and operation");
    let body = serde_json::from_slice(&body).expect("JSON");
    let accesses = match service {
        "AmazonSQS" => vec![of_sqs(operation, &body)],
        _ => of_dynamodb(operation, &body),
    };
    written.lock().expect("the lock").extend(accesses);
    StatusCode::BAD_REQUEST // which no client tries again
}
