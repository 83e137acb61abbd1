//! What the stack wrote: the table's items and the queues' messages, read with the account's root credentials.

mod table;

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::types::Select;

use crate::deploy::Outputs;
use crate::emulator::{ACCESS_KEY, REGION, SECRET_KEY};
use table::{STATE, text};

#[cfg(test)]
pub(crate) use table::CardItem;
pub(crate) use table::{Record, Table};

/// Messages that SQS hands out at once, at most.
const RECEIVE_AT_ONCE: i32 = 10;
/// Empty answers after which a queue counts as drained.
const EMPTY_ANSWERS: u32 = 2;

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// How many payments are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Rows with nothing left to do.
    pub(crate) settled: u64,
    /// Rows with something left to do.
    pub(crate) open: u64,
}

/// Clients of the emulated account.
pub(crate) struct Account {
    table: aws_sdk_dynamodb::Client,
    queues: aws_sdk_sqs::Client,
    outputs: Outputs,
}

impl Account {
    pub(crate) fn new(endpoint: &str, outputs: &Outputs) -> Self {
        let http = aws_smithy_http_client::Builder::new().build_http();
        let credentials = Credentials::from_keys(ACCESS_KEY, SECRET_KEY, None);
        let table = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .http_client(http.clone())
            .region(aws_sdk_dynamodb::config::Region::new(REGION))
            .credentials_provider(credentials.clone())
            .endpoint_url(endpoint)
            .build();
        let queues = aws_sdk_sqs::Config::builder()
            .behavior_version(aws_sdk_sqs::config::BehaviorVersion::latest())
            .http_client(http)
            .region(aws_sdk_sqs::config::Region::new(REGION))
            .credentials_provider(credentials)
            .endpoint_url(endpoint)
            .build();
        Self {
            table: aws_sdk_dynamodb::Client::from_conf(table),
            queues: aws_sdk_sqs::Client::from_conf(queues),
            outputs: outputs.clone(),
        }
    }

    /// The client of the table.
    pub(crate) fn table_client(&self) -> aws_sdk_dynamodb::Client {
        self.table.clone()
    }

    /// How many payments are settled: a scan of the state items.
    pub(crate) async fn progress(&self) -> anyhow::Result<Progress> {
        let mut progress = Progress::default();
        let mut pages = self
            .table
            .scan()
            .table_name(&self.outputs.table_name)
            .consistent_read(true)
            .select(Select::SpecificAttributes)
            .projection_expression("sk, due_at")
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            for item in page.context("the table cannot be scanned")?.items() {
                if text(item, "sk") == Some(STATE) {
                    if item.contains_key("due_at") {
                        progress.open += 1
                    } else {
                        progress.settled += 1
                    }
                }
            }
        }
        Ok(progress)
    }

    /// The whole table.
    pub(crate) async fn table(&self) -> anyhow::Result<Table> {
        let mut table = Table::default();
        let mut pages = self
            .table
            .scan()
            .table_name(&self.outputs.table_name)
            .consistent_read(true)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            for item in page.context("the table cannot be scanned")?.items() {
                table.take(item)?;
            }
        }
        Ok(table)
    }

    /// Takes every message off the order events' queue and its dead-letter queue; their bodies.
    pub(crate) async fn drain_order_events(&self) -> anyhow::Result<Vec<String>> {
        let mut bodies = self.drain(&self.outputs.order_events_queue_url).await?;
        bodies.extend(
            self.drain(&self.outputs.order_events_dead_letter_queue_url)
                .await?,
        );
        Ok(bodies)
    }

    /// Takes the order events that are there now off their queue; their bodies.
    pub(crate) async fn next_order_events(&self) -> anyhow::Result<Vec<String>> {
        self.receive(&self.outputs.order_events_queue_url).await
    }

    /// Takes what is left off the capture queue and its dead-letter queue; their bodies.
    pub(crate) async fn drain_captures(&self) -> anyhow::Result<Vec<String>> {
        let mut bodies = self.drain(&self.outputs.capture_queue_url).await?;
        bodies.extend(
            self.drain(&self.outputs.capture_dead_letter_queue_url)
                .await?,
        );
        Ok(bodies)
    }

    async fn drain(&self, url: &str) -> anyhow::Result<Vec<String>> {
        let mut bodies = Vec::new();
        let mut empty = 0;
        while empty < EMPTY_ANSWERS {
            let received = self.receive(url).await?;
            empty = if received.is_empty() { empty + 1 } else { 0 };
            bodies.extend(received);
        }
        Ok(bodies)
    }

    async fn receive(&self, url: &str) -> anyhow::Result<Vec<String>> {
        let answer = self
            .queues
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(RECEIVE_AT_ONCE)
            .send()
            .await;
        let messages = answer
            .with_context(|| format!("{url} cannot be read"))?
            .messages
            .unwrap_or_default();
        let mut bodies = Vec::with_capacity(messages.len());
        for message in messages {
            bodies.push(message.body.unwrap_or_default());
            let receipt = message.receipt_handle.unwrap_or_default();
            self.queues
                .delete_message()
                .queue_url(url)
                .receipt_handle(receipt)
                .send()
                .await
                .with_context(|| format!("{url} cannot be drained"))?;
        }
        Ok(bodies)
    }
}
