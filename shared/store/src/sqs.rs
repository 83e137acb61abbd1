//! The queues in SQS.

use crate::{QueueName, Queues, SqsSettings, failure_reason};
use aws_calls::{Call, Service, Unfit};
use aws_sdk_sqs::operation::send_message::{
    SendMessage, SendMessageError, SendMessageInput, SendMessageOutput,
};
use aws_sdk_sqs::operation::send_message_batch::{
    SendMessageBatch, SendMessageBatchError, SendMessageBatchInput, SendMessageBatchOutput,
};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use aws_types::SdkConfig;
use domain::PaymentRequestId;
use domain::outbox::OutboxMessage;
use futures_util::future::join;

/// The name by which requests are signed.
const SQS: &str = "sqs";

/// What SQS takes in one batch.
const BATCH: usize = 10;

/// The queues. What is not sent is logged and reported as not sent; the sweep sends it later.
#[derive(Debug, Clone)]
pub struct SqsQueues {
    send_message: Call<SendMessageInput, SendMessageOutput, SendMessageError>,
    send_message_batch: Call<SendMessageBatchInput, SendMessageBatchOutput, SendMessageBatchError>,
    settings: SqsSettings,
}

impl SqsQueues {
    /// Sends to the queues that the settings name. Nothing is asked of AWS yet. Fails when the configuration has no region or
    /// no credentials.
    pub fn new(sdk: &SdkConfig, settings: SqsSettings) -> Result<Self, Unfit> {
        let set = aws_calls::endpoint_set(sdk, "SQS");
        let endpoint = set.as_deref().unwrap_or_else(|| settings.endpoint());
        let service = Service::new(sdk, SQS, endpoint)?;
        Ok(Self {
            send_message: service.call(&SendMessage::new())?,
            send_message_batch: service.call(&SendMessageBatch::new())?,
            settings,
        })
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
                Err(reason) => not_sent(queue, &reason),
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
        let input = SendMessageInput::builder()
            .queue_url(self.url(queue))
            .message_body(message.body(payment))
            .build()
            .map_err(|error| error.to_string())?;
        let answer = self.send_message.invoke(input).await;
        answer.map_err(|error| failure_reason(&error))?;
        Ok(vec![message.id.clone()])
    }

    /// An entry's id in the batch is its place, since ours have characters that SQS does not take.
    async fn send_batch(
        &self,
        queue: QueueName,
        payment: &PaymentRequestId,
        batch: &[&OutboxMessage],
    ) -> Result<Vec<String>, String> {
        let mut input = SendMessageBatchInput::builder().queue_url(self.url(queue));
        for (place, message) in batch.iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(place.to_string())
                .message_body(message.body(payment))
                .build()
                .map_err(|error| error.to_string())?;
            input = input.entries(entry);
        }
        let input = input.build().map_err(|error| error.to_string())?;
        let answer = self.send_message_batch.invoke(input).await;
        let answer = answer.map_err(|error| failure_reason(&error))?;
        for failed in answer.failed() {
            not_sent(queue, failed.code());
        }
        let places = answer.successful().iter().map(|entry| entry.id().parse());
        let sent = places.filter_map(|place: Result<usize, _>| batch.get(place.ok()?));
        Ok(sent.map(|message| message.id.clone()).collect())
    }
}

fn not_sent(queue: QueueName, reason: &str) {
    tracing::warn!(
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
