//! Carries out captures: for each message of a batch, asks POP for the capture that the row holds.
//!
//! A message is a hint and names a payment only. Id and amount of the capture were committed to the row before, so
//! the same capture is asked for with the same id however often it is tried, here or by the sweep.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::plan::capture_order;
use domain::{Event, PaymentRequestId, Time};
use futures_util::{FutureExt, StreamExt, stream};
use pop::provider::Provider;
use runtime::{log_failure, logs};
use serde::Deserialize;
use std::panic::AssertUnwindSafe;
use store::{AdvanceError, Input, Ports, Queues, Store, StoreError, advance};
use tracing::Instrument;

/// How many captures of a batch are under way at once.
const CONCURRENCY: usize = 5;

/// A call to POP may take ten seconds and the commit after it a few more: with less time left, none is begun.
const TIME_FOR_ONE: domain::Seconds = domain::Seconds(15);

/// The capture function.
#[derive(Debug)]
pub struct Captures<S, Q, P> {
    /// Table, queues and rules.
    pub ports: Ports<S, Q>,
    /// POP.
    pub provider: P,
    /// The time.
    pub clock: fn() -> Time,
}

/// A message of the capture queue.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hint {
    payment_request_id: PaymentRequestId,
}

/// What became of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// POP was asked and its answer, or the lack of one, is committed.
    Asked,
    /// There is nothing to capture now: done already, not wanted, in review, or past its limit.
    NothingToDo,
    /// Too little time was left; the sweep does it.
    LeftToSweep,
}

/// Why one message is given back to the queue. After the queue's limit it goes to the dead-letter queue; the payment
/// itself is not lost with it, since its row stays due.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Not a hint. Only a person can tell what it was.
    #[error("the message names no payment")]
    Malformed,
    /// There is no such row.
    #[error("there is no such payment")]
    NotFound,
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The answer could not be committed.
    #[error(transparent)]
    Advance(#[from] AdvanceError),
    /// A fault of ours; the others of the batch go on.
    #[error("the handler panicked")]
    Panicked,
}

impl Failure {
    /// A stable word for logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "malformed_message",
            Self::NotFound => "no_such_payment",
            Self::Store(_) => "table_unavailable",
            Self::Advance(_) => "not_committed",
            Self::Panicked => "panicked",
        }
    }

    fn mends_itself(&self) -> bool {
        match self {
            Self::Store(error) => error.mends_itself(),
            Self::Advance(error) => error.mends_itself(),
            Self::Malformed | Self::NotFound | Self::Panicked => false,
        }
    }
}

impl<S: Store, Q: Queues, P: Provider> Captures<S, Q, P> {
    /// Works through a batch; `deadline` is when Lambda ends the invocation. The answer names the messages to be
    /// delivered again; all others are done.
    pub async fn batch(&self, event: SqsEvent, deadline: Time) -> SqsBatchResponse {
        let failures = stream::iter(event.records)
            .map(|message| self.message(message, deadline))
            .buffer_unordered(CONCURRENCY)
            .filter_map(|failure| async { failure })
            .collect()
            .await;
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = failures;
        response
    }

    async fn message(&self, message: SqsMessage, deadline: Time) -> Option<BatchItemFailure> {
        let flow = logs::flow();
        let body = message.body.unwrap_or_default();
        let one = self.work_off(&body, deadline).instrument(flow.clone());
        let outcome = AssertUnwindSafe(one).catch_unwind().await;
        let error = outcome.unwrap_or(Err(Failure::Panicked)).err()?;
        let message_id = message.message_id.unwrap_or_default();
        flow.in_scope(|| {
            log_failure!(
                error.mends_itself(),
                error.code = error.code(),
                sqs.message_id = message_id,
                "a capture message was given back to its queue: {error}"
            );
        });
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message_id;
        Some(failure)
    }

    /// Works off the body of one message.
    pub async fn one(&self, body: &str, deadline: Time) -> Result<Done, Failure> {
        let flow = logs::flow();
        self.work_off(body, deadline).instrument(flow).await
    }

    async fn work_off(&self, body: &str, deadline: Time) -> Result<Done, Failure> {
        let hint: Hint = serde_json::from_str(body).map_err(|_| Failure::Malformed)?;
        let id = hint.payment_request_id;
        let payment = self.ports.store.load(&id).await?.ok_or(Failure::NotFound)?;
        logs::about(&id);
        let now = (self.clock)();
        let Some(order) = capture_order(&payment, now) else {
            return Ok(Done::NothingToDo);
        };
        if now + TIME_FOR_ONE > deadline {
            tracing::info!("too little time was left for a capture; the sweep makes it");
            return Ok(Done::LeftToSweep);
        }
        let exchange = self.provider.capture(&order).await;
        let event = Event::CaptureAnswered(order.request_id.clone(), exchange.answer);
        let input = Input {
            event,
            message: exchange.message,
        };
        let advanced = advance(&self.ports, &id, &input, (self.clock)()).await?;
        tracing::info!(
            capture.request_id = %order.request_id,
            payment.status = advanced.payment.status.as_str(),
            payment.review = advanced.payment.review_code(),
            "a capture was asked for"
        );
        Ok(Done::Asked)
    }
}
