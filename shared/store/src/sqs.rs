//! The queues in SQS.

use crate::{QueueName, Queues, SqsSettings, failure_reason};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use domain::PaymentRequestId;
use domain::outbox::OutboxMessage;
use futures_util::future::join;

/// What SQS takes in one batch.
const BATCH: usize = 10;

/// The queues. What is not sent is logged and reported as not sent; the sweep sends it later.
#[derive(Debug, Clone)]
pub struct SqsQueues {
    client: Client,
    settings: SqsSettings,
}

impl SqsQueues {
    /// Sends to the queues that the settings name. Nothing is asked of AWS yet.
    #[must_use]
    pub fn new(client: Client, settings: SqsSettings) -> Self {
        Self { client, settings }
    }

    fn url(&self, queue: QueueName) -> &str {
        match queue {
            QueueName::Capture => &self.settings.capture_queue_url,
            QueueName::OrderEvents => &self.settings.order_events_queue_url,
        }
    }

    async fn send_to(
        &self,
        queue: QueueName,
        payment: &PaymentRequestId,
        messages: &[OutboxMessage],
    ) -> Vec<String> {
        let of_queue = |message: &&OutboxMessage| QueueName::of(&message.content) == queue;
        let messages: Vec<_> = messages.iter().filter(of_queue).collect();
        let mut sent = Vec::with_capacity(messages.len());
        for batch in messages.chunks(BATCH) {
            let outcome = match batch {
                [message] => self.send_one(queue, payment, message).await,
                _ => self.send_batch(queue, payment, batch).await,
            };
            match outcome {
                Ok(ids) => sent.extend(ids),
                Err(reason) => not_sent(queue, payment, &reason),
            }
        }
        sent
    }

    async fn send_one(
        &self,
        queue: QueueName,
        payment: &PaymentRequestId,
        message: &OutboxMessage,
    ) -> Result<Vec<String>, String> {
        let call = self.client.send_message().queue_url(self.url(queue));
        let call = call.message_body(message.body(payment));
        call.send().await.map_err(|error| failure_reason(&error))?;
        Ok(vec![message.id.clone()])
    }

    /// An entry's id in the batch is its place, since ours have characters that SQS does not take.
    async fn send_batch(
        &self,
        queue: QueueName,
        payment: &PaymentRequestId,
        batch: &[&OutboxMessage],
    ) -> Result<Vec<String>, String> {
        let mut call = self.client.send_message_batch().queue_url(self.url(queue));
        for (place, message) in batch.iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(place.to_string())
                .message_body(message.body(payment))
                .build()
                .map_err(|error| error.to_string())?;
            call = call.entries(entry);
        }
        let answer = call.send().await.map_err(|error| failure_reason(&error))?;
        for failed in answer.failed() {
            not_sent(queue, payment, failed.code());
        }
        let places = answer.successful().iter().map(|entry| entry.id().parse());
        let sent = places.filter_map(|place: Result<usize, _>| batch.get(place.ok()?));
        Ok(sent.map(|message| message.id.clone()).collect())
    }
}

fn not_sent(queue: QueueName, payment: &PaymentRequestId, reason: &str) {
    tracing::warn!(
        payment.request_id = %payment,
        queue.name = queue.as_str(),
        error.code = "not_sent",
        "a message was not sent and waits for the sweep: {reason}"
    );
}

impl Queues for SqsQueues {
    async fn send(&self, payment: &PaymentRequestId, messages: &[OutboxMessage]) -> Vec<String> {
        let capture = self.send_to(QueueName::Capture, payment, messages);
        let events = self.send_to(QueueName::OrderEvents, payment, messages);
        let (mut sent, events) = join(capture, events).await;
        sent.extend(events);
        sent
    }
}

#[cfg(test)]
mod tests;
