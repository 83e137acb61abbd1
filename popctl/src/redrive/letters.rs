//! What a dead letter is, and what it would do if it were moved back.

use crate::problem::READING;
use crate::queues::Which;
use anyhow::Context;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use domain::plan::capture_order;
use domain::{Payment, PaymentRequestId, Time};
use serde::Serialize;
use serde_json::Value;
use store::{DynamoStore, Store};

/// What is to become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fate {
    /// It would be done again.
    Again,
    /// It would do nothing any more.
    Obsolete,
    /// It is none of ours: a person must look. It is never moved.
    Unreadable,
}

/// A message, read.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Letter {
    /// SQS's id of it.
    pub(super) id: String,
    /// When it was first sent.
    #[serde(serialize_with = "crate::output::iso_if")]
    pub(super) sent_at: Option<Time>,
    pub(super) payment: Option<String>,
    /// Of an order event its `type`.
    pub(super) event: Option<String>,
    pub(super) fate: Fate,
    /// Why, as a stable word.
    pub(super) code: &'static str,
    /// The same in words.
    pub(super) words: &'static str,
}

/// Reads messages, and the rows that they are about.
pub(super) struct Reader {
    pub(super) store: DynamoStore,
    pub(super) now: Time,
}

impl Reader {
    pub(super) async fn read(&self, which: Which, message: &Message) -> anyhow::Result<Letter> {
        let attributes = message.attributes.as_ref();
        let sent = attributes
            .and_then(|attributes| attributes.get(&MessageSystemAttributeName::SentTimestamp))
            .and_then(|text| text.parse().ok());
        let body = message.body.as_deref().unwrap_or_default();
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let mut letter = Letter {
            id: message.message_id.clone().unwrap_or_default(),
            sent_at: sent.map(Time::from_millis),
            payment: None,
            event: None,
            fate: Fate::Unreadable,
            code: "unreadable",
            words: "it is none of ours; it stays where it is",
        };
        let payment = match which {
            Which::Capture => body["paymentRequestId"].as_str(),
            Which::OrderEvents => body["subject"].as_str(),
        };
        let Some(id) = payment.and_then(|id| PaymentRequestId::new(id).ok()) else {
            return Ok(letter);
        };
        letter.payment = Some(id.to_string());
        if which == Which::OrderEvents {
            letter.event = body["type"].as_str().map(str::to_owned);
            if !letter
                .event
                .as_ref()
                .is_some_and(|kind| kind.starts_with("payment."))
            {
                return Ok(letter);
            }
        }
        let row = self.store.load(&id).await.context(READING)?;
        (letter.fate, letter.code, letter.words) = match which {
            Which::Capture => capture_fate(row.as_ref(), self.now),
            Which::OrderEvents => event_fate(row.as_ref(), letter.event.as_deref()),
        };
        Ok(letter)
    }
}

/// A hint to the capture function: it does what the row says, and nothing otherwise.
fn capture_fate(row: Option<&Payment>, now: Time) -> (Fate, &'static str, &'static str) {
    use domain::Status::{Authorized, Captured};
    let Some(row) = row else {
        return (
            Fate::Obsolete,
            "no_such_payment",
            "the payment is not in the table any more",
        );
    };
    if capture_order(row, now).is_some() {
        return (
            Fate::Again,
            "capture",
            "the capture is asked for again, with the same id; the sweep does that too",
        );
    }
    match row.status {
        Captured => (Fate::Obsolete, "captured", "the payment is captured"),
        _ if row.review.is_some() => (
            Fate::Obsolete,
            "in_review",
            "the payment is in review or closed, and nothing is captured; the sweep goes on when a person lets it",
        ),
        Authorized if row.open_capture().is_some() => (
            Fate::Obsolete,
            "asked",
            "POP was asked, and the sweep asks how it stands",
        ),
        Authorized => (
            Fate::Obsolete,
            "nothing_to_capture",
            "there is no capture to ask for now; the sweep goes on when there is",
        ),
        _ => (
            Fate::Obsolete,
            "not_authorized",
            "the payment is not authorised, or over",
        ),
    }
}

/// An order event: its reader tells repeats by their id, so it is delivered again, unless it calls for something that is
/// done.
fn event_fate(row: Option<&Payment>, kind: Option<&str>) -> (Fate, &'static str, &'static str) {
    match (kind, row) {
        (Some("payment.needs_review"), Some(row)) if !row.is_in_review() => {
            (Fate::Obsolete, "resolved", "the review is over")
        }
        (Some("payment.capture_due"), Some(row)) if row.status.is_final() => {
            (Fate::Obsolete, "over", "the payment is captured or over")
        }
        _ => (Fate::Again, "deliver", "the order system gets it again"),
    }
}
