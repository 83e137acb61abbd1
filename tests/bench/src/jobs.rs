//! What functions are asked to do: events as AWS hands them over, each with a payment of its own.

use crate::keys::{self, CLIENT_ID, Signer};
use crate::rows::{Stage, number};
use anyhow::{Context, Result, ensure};
use domain::Time;
use serde::Serialize;
use serde_json::{Value, json};

/// A kind of invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Job {
    /// POP tells that an automatic payment succeeded, for the first time.
    Notify,
    /// The same of a manual payment, whose capture then has to be asked for.
    NotifyManual,
    /// POP tells again what it told before.
    NotifyDuplicate,
    /// One payment from the capture queue.
    Capture,
    /// One payment is due, and POP is asked about it.
    Sweep,
    /// The merchant's server creates a payment.
    Checkout,
}

impl Job {
    pub(crate) const ALL: [Self; 6] = [
        Self::Notify,
        Self::NotifyManual,
        Self::NotifyDuplicate,
        Self::Capture,
        Self::Sweep,
        Self::Checkout,
    ];

    /// The function that does it.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::Notify | Self::NotifyManual | Self::NotifyDuplicate => "notify",
            Self::Capture => "capture",
            Self::Sweep => "sweep",
            Self::Checkout => "checkout",
        }
    }

    /// Its name on a command line and in figures.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Notify => "notify",
            Self::NotifyManual => "notify-manual",
            Self::NotifyDuplicate => "notify-duplicate",
            Self::Capture => "capture",
            Self::Sweep => "sweep",
            Self::Checkout => "checkout",
        }
    }

    /// How far the payments have come before.
    pub(crate) fn stage(self) -> Stage {
        match self {
            Self::NotifyManual => Stage::PendingManual,
            Self::Capture => Stage::Authorized,
            _ => Stage::Pending,
        }
    }

    /// Fails unless the function did what it was asked to.
    pub(crate) fn check(self, answer: &[u8]) -> Result<()> {
        let value: Value = serde_json::from_slice(answer).unwrap_or_default();
        let good = match self {
            Self::Notify | Self::NotifyManual | Self::NotifyDuplicate => value["statusCode"] == 200,
            Self::Checkout => value["statusCode"] == 201,
            Self::Capture => value["batchItemFailures"]
                .as_array()
                .is_some_and(Vec::is_empty),
            Self::Sweep => value["due"] == 1 && value["failed"] == 0,
        };
        let shown = String::from_utf8_lossy(answer);
        ensure!(good, "{}: it answered {shown}", self.id());
        Ok(())
    }
}

/// Makes events. What takes long is made once, for all functions.
pub(crate) struct Events {
    signer: Signer,
    notification: Value,
    creation: Value,
    notifications: Vec<String>,
    /// When everything was sent: a time far off would be logged.
    sent_at: String,
}

impl Events {
    pub(crate) fn new(now: Time) -> Result<Self> {
        let read = |name: &str| -> Result<Value> {
            let path = keys::root().join("events").join(name);
            let text = std::fs::read_to_string(&path)?;
            serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))
        };
        Ok(Self {
            signer: Signer::provider()?,
            notification: read("notify-payment-success.json")?,
            creation: read("checkout-create-automatic.json")?,
            notifications: Vec::new(),
            sent_at: now.millis().to_string(),
        })
    }

    /// Signs notifications ahead, so that it does not happen between invocations.
    pub(crate) fn sign(&mut self, many: u64) -> Result<()> {
        for n in self.notifications.len() as u64..many {
            let event = self.notification(n)?;
            self.notifications.push(event);
        }
        Ok(())
    }

    /// The event of the payment with this number.
    pub(crate) fn event(&self, job: Job, n: u64) -> Result<String> {
        match job {
            Job::Notify | Job::NotifyManual | Job::NotifyDuplicate => {
                let signed = usize::try_from(n)
                    .ok()
                    .and_then(|n| self.notifications.get(n));
                signed.cloned().map_or_else(|| self.notification(n), Ok)
            }
            Job::Capture => Ok(self.queue_event(n)),
            Job::Sweep => Ok(json!({ "scheduled": "each minute" }).to_string()),
            Job::Checkout => self.creation(n),
        }
    }

    fn notification(&self, n: u64) -> Result<String> {
        let mut event = self.notification.clone();
        let body = event["body"].as_str().context("a sample with a body")?;
        let mut body: Value = serde_json::from_str(body)?;
        body["paymentRequestId"] = format!("PAYMENT_{}", number(n)).into();
        body["paymentId"] = format!("2026010219401080010018801020{}", number(n)).into();
        let body = body.to_string();
        let path = event["rawPath"].as_str().context("a sample with a path")?;
        let signature = self.signer.sign(path, &self.sent_at, &body)?;
        event["headers"]["signature"] = signature.into();
        event["headers"]["request-time"] = self.sent_at.as_str().into();
        event["headers"]["client-id"] = CLIENT_ID.into();
        event["body"] = body.into();
        Ok(event.to_string())
    }

    fn creation(&self, n: u64) -> Result<String> {
        let mut event = self.creation.clone();
        let body = event["body"].as_str().context("a sample with a body")?;
        let mut body: Value = serde_json::from_str(body)?;
        body["paymentRequestId"] = format!("CREATED_{}", number(n)).into();
        body["orderId"] = format!("ORDER_{}", number(n)).into();
        event["body"] = body.to_string().into();
        Ok(event.to_string())
    }

    fn queue_event(&self, n: u64) -> String {
        let body = json!({ "paymentRequestId": format!("PAYMENT_{}", number(n)) });
        let record = json!({
            "messageId": format!("00000000-0000-0000-0000-{n:012}"),
            "receiptHandle": "sample",
            "body": body.to_string(),
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": self.sent_at,
                "SenderId": "sample",
                "ApproximateFirstReceiveTimestamp": self.sent_at,
            },
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:CaptureQueue",
            "awsRegion": "eu-central-1",
        });
        json!({ "Records": [record] }).to_string()
    }
}
