//! DynamoDB within the test process: an emulator behind a port of the loopback, with the table of `template.yaml` in
//! it, and clients of it.
#![allow(
    clippy::unwrap_used,
    reason = "a test tool: what does not fit must stop it"
)]

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use aws_types::SdkConfig;
use domain::Seconds;
use std::net::SocketAddr;
use store::{DynamoSettings, DynamoStore};
use tokio::net::TcpListener;

/// How many shards the due index has.
pub const SHARDS: u16 = 4;
/// How long settled payments are kept.
pub const RETENTION: Seconds = Seconds::days(730);

/// A fresh emulator with the table in it; where it listens.
pub async fn start() -> SocketAddr {
    start_on(dynoxide::Database::memory().unwrap()).await
}

/// As [`start`], on an empty database that the caller keeps a hand on, to load rows in bulk.
pub async fn start_on(database: dynoxide::Database) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    create_table(&client(address)).await;
    address
}

/// How to reach an AWS service at this address, trying each call so many times.
#[must_use]
pub fn aws(address: SocketAddr, tries: u32) -> SdkConfig {
    let credentials = Credentials::new("id", "key", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(format!("http://{address}"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::standard().with_max_attempts(tries))
        .build()
}

/// A client of the emulator at this address.
#[must_use]
pub fn client(address: SocketAddr) -> Client {
    Client::new(&aws(address, 1))
}

/// The table's settings.
#[must_use]
pub fn settings() -> DynamoSettings {
    DynamoSettings {
        table: "payments".into(),
        shards: SHARDS,
        retention: RETENTION,
    }
}

/// The store on that table.
#[must_use]
pub fn store(address: SocketAddr) -> DynamoStore {
    DynamoStore::new(&aws(address, 1), settings()).unwrap()
}

async fn create_table(client: &Client) {
    use ScalarAttributeType::{N, S};
    let attributes = [("pk", S), ("sk", S), ("due_shard", N), ("due_at", N)];
    let attributes = attributes.map(|(name, kind)| {
        let definition = AttributeDefinition::builder().attribute_name(name);
        definition.attribute_type(kind).build().unwrap()
    });
    let key = |name: &str, kind: KeyType| {
        let element = KeySchemaElement::builder().attribute_name(name);
        element.key_type(kind).build().unwrap()
    };
    let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly);
    let due = GlobalSecondaryIndex::builder()
        .index_name("due")
        .key_schema(key("due_shard", KeyType::Hash))
        .key_schema(key("due_at", KeyType::Range))
        .projection(keys_only.build())
        .build()
        .unwrap();
    client
        .create_table()
        .table_name("payments")
        .set_attribute_definitions(Some(attributes.to_vec()))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(due)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
}
