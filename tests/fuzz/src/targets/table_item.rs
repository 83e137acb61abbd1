//! What the table answers, decoded.

use crate::{Target, rows, world};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use domain::{BuyerId, OrderId, PaymentId, RefundRequestId, Seconds, StoredCardId};
use serde_json::json;
use std::sync::{Arc, LazyLock, Mutex};
use store::{DynamoSettings, DynamoStore, Store, StoreError};

pub(super) const TARGET: Target = Target {
    name: "table_item",
    about: "an answer of DynamoDB to each kind of read, through the AWS client",
    holds: "a value or an error that names the attribute and repeats nothing of it",
    longest: 32 * 1024,
    json: true,
    head: 1,
    seeds,
    run,
};

/// A table that gives each call the same answer, once; after that an empty one, so that pages come to an end.
#[derive(Debug, Clone, Default)]
struct Canned(Arc<Mutex<Option<Vec<u8>>>>);

impl HttpConnector for Canned {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let body = self
            .0
            .lock()
            .unwrap()
            .take()
            .unwrap_or_else(|| b"{}".to_vec());
        let mut response = HttpResponse::new(200.try_into().unwrap(), SdkBody::from(body));
        response
            .headers_mut()
            .insert("content-type", "application/x-amz-json-1.0");
        HttpConnectorFuture::ready(Ok(response))
    }
}

static ANSWER: LazyLock<Canned> = LazyLock::new(Canned::default);
static STORE: LazyLock<DynamoStore> = LazyLock::new(|| {
    let connector = SharedHttpConnector::new(ANSWER.clone());
    let credentials = Credentials::new("id", "key", None, None, "fuzz");
    let aws = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(
            aws_sdk_dynamodb::config::StalledStreamProtectionConfig::disabled(),
        )
        .timeout_config(aws_sdk_dynamodb::config::timeout::TimeoutConfig::disabled())
        .build();
    let settings = DynamoSettings {
        table: "payments".to_owned(),
        shards: 4,
        retention: Seconds::days(730),
    };
    DynamoStore::new(&aws, settings).unwrap()
});

fn seeds() -> Vec<Vec<u8>> {
    let text = |text: &str| json!({ "S": text });
    let number = |number: &str| json!({ "N": number });
    let row = serde_json::to_string(rows::row(4)).unwrap();
    let message = json!({
        "kind": text("notify_capture"), "path": text("/notify"), "client_id": text("C"), "time": text("1"),
        "signature": text("s"), "key_version": text("1"), "body": { "B": "e30=" }, "received_at": number("1"),
        "notification": text("{}"), "previous": text(""), "hash": text("00"), "sk": text("EVID#000001"),
    });
    let items = [
        json!({ "pk": text("PAY#EVENT_MANUAL"), "sk": text("STATE"), "doc": text(&row), "version": number("1") }),
        json!({ "payment": text("EVENT_MANUAL"), "shelf": { "L": [{ "M": message }] }, "seen": { "SS": ["a"] } }),
        message,
        json!({ "pk": text("PAY#EVENT_MANUAL"), "due_at": number("1767355262000"), "due_shard": number("1") }),
        json!({ "pk": text("BUYER#b"), "sk": text("CARD#card_1"), "token": text("ALIPAYx"), "saved_at": number("1"),
            "saved_by": text("EVENT_MANUAL"), "brand": text("VISA"), "last_four": text("0768") }),
    ];
    let mut seeds = Vec::new();
    for call in 0..8_u8 {
        for item in &items {
            let answer = json!({ "Item": item, "Items": [item, item], "Count": 2, "LastEvaluatedKey": item });
            seeds.push([&[call], answer.to_string().as_bytes()].concat());
        }
    }
    seeds
}

fn run(data: &[u8]) {
    let [call, body @ ..] = data else { return };
    *ANSWER.0.lock().unwrap() = Some(body.to_vec());
    if let Err(StoreError::Corrupt(problem)) = world::wait(read(*call % 8)) {
        assert!(
            problem.len() < 120,
            "the problem names the place: {problem}"
        );
    }
}

async fn read(call: u8) -> Result<(), StoreError> {
    let row = rows::row(4);
    let (buyer, card) = (
        BuyerId::new("b").unwrap(),
        StoredCardId::new("card_1").unwrap(),
    );
    match call {
        0 => STORE.load(&row.id).await.map(drop),
        1 => STORE
            .find(&PaymentId::new(rows::PAYMENT_ID).unwrap())
            .await
            .map(drop),
        2 => STORE.evidence(&row.id).await.map(drop),
        3 => STORE.due(1, rows::NOW, 25, None).await.map(drop),
        4 => STORE
            .order_holder(&OrderId::new("ORDER_1").unwrap())
            .await
            .map(drop),
        5 => STORE
            .find_refund(&RefundRequestId::new(rows::REFUND_ID).unwrap())
            .await
            .map(drop),
        6 => STORE.cards(&buyer).await.map(drop),
        _ => STORE.card(&buyer, &card).await.map(drop),
    }
}
