//! What the stack wrote: the table's items and the queues' messages, read with the account's root credentials.

mod table;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::types::Select;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, QueueAttributeName};
use aws_smithy_async::time::TimeSource;
use aws_types::SdkConfig;

use crate::clock::now_ms;
use crate::deploy::Outputs;
use crate::emulator::{ACCESS_KEY, REGION, SECRET_KEY};
use table::{STATE, number, text};

#[cfg(test)]
pub(crate) use table::CardItem;
pub(crate) use table::{Record, Table};

/// Messages that SQS hands out at once, at most.
const RECEIVE_AT_ONCE: i32 = 10;
/// Empty answers after which a queue counts as drained.
const EMPTY_ANSWERS: u32 = 2;

/// How many payments are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Rows with nothing left to do.
    pub(crate) settled: u64,
    /// Rows with something left to do.
    pub(crate) open: u64,
    /// When the first of them is due: milliseconds since the epoch.
    pub(crate) next_due: Option<i64>,
}

/// The stack's time, by which requests must be signed.
#[derive(Debug)]
struct StackTime;

impl TimeSource for StackTime {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(now_ms().unsigned_abs())
    }
}

/// How to reach the account at `endpoint`, with its root credentials.
pub(crate) fn aws(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::from_keys(ACCESS_KEY, SECRET_KEY, None);
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .time_source(StackTime)
        .endpoint_url(endpoint)
        .build()
}

/// Clients of the emulated account.
pub(crate) struct Account {
    table: aws_sdk_dynamodb::Client,
    queues: aws_sdk_sqs::Client,
    aws: SdkConfig,
    outputs: Outputs,
}

impl Account {
    pub(crate) fn new(endpoint: &str, outputs: &Outputs) -> Self {
        let aws = aws(endpoint);
        Self {
            table: aws_sdk_dynamodb::Client::new(&aws),
            queues: aws_sdk_sqs::Client::new(&aws),
            aws,
            outputs: outputs.clone(),
        }
    }

    /// How the account is reached.
    pub(crate) fn aws(&self) -> &SdkConfig {
        &self.aws
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
                    match number(item, "due_at") {
                        Some(due) => {
                            progress.open += 1;
                            progress.next_due =
                                Some(progress.next_due.map_or(due, |first| first.min(due)));
                        }
                        None => progress.settled += 1,
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

    /// Messages that wait in each queue, by its logical id.
    pub(crate) async fn depths(&self) -> anyhow::Result<Vec<(&'static str, u64)>> {
        let outputs = &self.outputs;
        let queues = [
            ("CaptureQueue", &outputs.capture_queue_url),
            (
                "CaptureDeadLetterQueue",
                &outputs.capture_dead_letter_queue_url,
            ),
            ("OrderEventsQueue", &outputs.order_events_queue_url),
            (
                "OrderEventsDeadLetterQueue",
                &outputs.order_events_dead_letter_queue_url,
            ),
        ];
        let mut depths = Vec::with_capacity(queues.len());
        for (name, url) in queues {
            let visible = QueueAttributeName::ApproximateNumberOfMessages;
            let call = self.queues.get_queue_attributes().queue_url(url);
            let answer = call.attribute_names(visible.clone()).send().await;
            let answer = answer.with_context(|| format!("{url} does not tell its depth"))?;
            let depth = answer.attributes().and_then(|all| all.get(&visible));
            depths.push((
                name,
                depth.and_then(|depth| depth.parse().ok()).unwrap_or(0),
            ));
        }
        Ok(depths)
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
        let mut taken = Vec::with_capacity(messages.len());
        for (place, message) in messages.into_iter().enumerate() {
            bodies.push(message.body.unwrap_or_default());
            let entry = DeleteMessageBatchRequestEntry::builder()
                .id(place.to_string())
                .receipt_handle(message.receipt_handle.unwrap_or_default());
            taken.push(entry.build().context("a message has no receipt")?);
        }
        if !taken.is_empty() {
            let deleted = self
                .queues
                .delete_message_batch()
                .queue_url(url)
                .set_entries(Some(taken))
                .send()
                .await;
            let deleted = deleted.with_context(|| format!("{url} cannot be drained"))?;
            anyhow::ensure!(deleted.failed().is_empty(), "{url} keeps messages");
        }
        Ok(bodies)
    }
}
