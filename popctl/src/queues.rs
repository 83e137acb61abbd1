//! The two queues and their dead-letter queues: how deep they are.

use crate::connection::Connection;
use crate::output::{Page, Table, Tone};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use serde::Serialize;
use std::collections::HashMap;
use store::failure_reason;

/// The queues of a deployment.
#[derive(Debug, Clone)]
pub(crate) struct Queues {
    client: Client,
    capture_url: Option<String>,
    events_url: Option<String>,
}

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Which {
    /// Payments to capture.
    Capture,
    /// Events for the merchant's order system.
    OrderEvents,
}

impl Which {
    pub(crate) const BOTH: [Self; 2] = [Self::Capture, Self::OrderEvents];

    /// The dead-letter queue's name in output.
    pub(crate) fn dead_letters(self) -> &'static str {
        match self {
            Self::Capture => "capture dead-letter queue",
            Self::OrderEvents => "order events dead-letter queue",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Capture => "capture queue",
            Self::OrderEvents => "order events queue",
        }
    }
}

/// A queue with the one that its messages go to after too many tries.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) url: String,
    pub(crate) dead_letter_url: String,
}

impl Queues {
    /// Those whose addresses are known; `None` if none is.
    pub(crate) fn known(connection: &Connection) -> Option<Self> {
        let settings = connection.settings();
        let capture_url = settings.get("CAPTURE_QUEUE_URL");
        let events_url = settings.get("ORDER_EVENTS_QUEUE_URL");
        (capture_url.is_some() || events_url.is_some()).then(|| Self {
            client: Client::new(connection.aws()),
            capture_url,
            events_url,
        })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    fn url(&self, which: Which) -> Option<&str> {
        match which {
            Which::Capture => self.capture_url.as_deref(),
            Which::OrderEvents => self.events_url.as_deref(),
        }
    }

    /// The queue and its dead-letter queue, which its redrive policy names. The error says what failed.
    pub(crate) async fn pair(&self, which: Which) -> Result<Pair, String> {
        let url = self
            .url(which)
            .ok_or("its address is not known")?
            .to_owned();
        let attributes = self.attributes(&url).await?;
        let policy = attributes.get(&QueueAttributeName::RedrivePolicy);
        let policy: Option<serde_json::Value> =
            policy.and_then(|text| serde_json::from_str(text).ok());
        let arn = policy
            .as_ref()
            .and_then(|policy| policy["deadLetterTargetArn"].as_str());
        let (rest, name) = arn
            .and_then(|arn| arn.rsplit_once(':'))
            .ok_or("it has no dead-letter queue")?;
        let account = rest.rsplit_once(':').map(|(_, account)| account.to_owned());
        let call = self.client.get_queue_url().queue_name(name);
        let found = call.set_queue_owner_aws_account_id(account).send().await;
        let found = found.map_err(|error| failure_reason(&error))?;
        let dead_letter_url = found
            .queue_url
            .ok_or("the dead-letter queue is not there")?;
        Ok(Pair {
            url,
            dead_letter_url,
        })
    }

    async fn attributes(&self, url: &str) -> Result<HashMap<QueueAttributeName, String>, String> {
        let call = self.client.get_queue_attributes().queue_url(url);
        let answer = call.attribute_names(QueueAttributeName::All).send().await;
        let answer = answer.map_err(|error| failure_reason(&error))?;
        Ok(answer.attributes.unwrap_or_default())
    }

    /// How deep all of them are.
    pub(crate) async fn depths(&self) -> Depths {
        let mut depths = Depths {
            known: true,
            queues: Vec::new(),
        };
        for which in Which::BOTH {
            let Some(url) = self.url(which) else { continue };
            let depth = self.depth(which.name(), url, false).await;
            depths.queues.push(depth);
            let dead = match self.pair(which).await {
                Ok(pair) => {
                    self.depth(which.dead_letters(), &pair.dead_letter_url, true)
                        .await
                }
                Err(error) => Depth::failed(which.dead_letters(), true, error),
            };
            depths.queues.push(dead);
        }
        depths
    }

    async fn depth(&self, name: &'static str, url: &str, is_dead_letter: bool) -> Depth {
        let attributes = match self.attributes(url).await {
            Ok(attributes) => attributes,
            Err(error) => return Depth::failed(name, is_dead_letter, error),
        };
        let number = |name| {
            let text = attributes.get(&name);
            text.and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        Depth {
            name,
            is_dead_letter,
            waiting: number(QueueAttributeName::ApproximateNumberOfMessages),
            in_flight: number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
            delayed: number(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
            error: None,
        }
    }
}

/// How deep one queue is; SQS counts approximately.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Depth {
    pub(crate) name: &'static str,
    pub(crate) is_dead_letter: bool,
    pub(crate) waiting: u64,
    pub(crate) in_flight: u64,
    pub(crate) delayed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl Depth {
    fn failed(name: &'static str, is_dead_letter: bool, error: String) -> Self {
        Self {
            name,
            is_dead_letter,
            waiting: 0,
            in_flight: 0,
            delayed: 0,
            error: Some(error),
        }
    }
}

/// How deep the queues are.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Depths {
    known: bool,
    pub(crate) queues: Vec<Depth>,
}

impl Depths {
    pub(crate) fn unknown() -> Self {
        Self {
            known: false,
            queues: Vec::new(),
        }
    }

    /// Dead-letter queues that are not empty.
    pub(crate) fn dead_letters(&self) -> impl Iterator<Item = &Depth> {
        let queues = self.queues.iter();
        queues.filter(|queue| queue.is_dead_letter && queue.waiting + queue.in_flight > 0)
    }

    pub(crate) fn print(&self, page: &mut Page) {
        if !self.known {
            page.line("The queues are not known: --stack NAME or --rehearsal names them.");
            return;
        }
        let mut table = Table::new(["queue", "waiting #", "in flight #", "delayed #", ""]);
        for queue in &self.queues {
            let bad = queue.is_dead_letter && queue.waiting > 0;
            let tone = if bad { Tone::Bad } else { Tone::Plain };
            let number = |number: u64| (number.to_string(), Tone::Plain);
            let note = queue
                .error
                .as_ref()
                .map(|error| format!("not read: {error}"));
            table.toned([
                (queue.name.to_owned(), tone),
                (queue.waiting.to_string(), tone),
                number(queue.in_flight),
                number(queue.delayed),
                (note.unwrap_or_default(), Tone::Warn),
            ]);
        }
        page.table(&table);
    }
}
