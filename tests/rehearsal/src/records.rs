//! What the stack wrote: the table's items and the queues' messages, read with the account's root credentials.

use std::collections::{BTreeMap, HashMap};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::types::{AttributeValue, Select};
use domain::evidence::{Evidence, SignedMessage};
use domain::{Payment, Time};
use serde_json::Value;

use crate::deploy::Outputs;
use crate::emulator::{ACCESS_KEY, REGION, SECRET_KEY};

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

/// Everything the table has about one payment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// The state item's document.
    pub(crate) payment: Option<Payment>,
    /// The state item's `due_at`: present while something is outstanding.
    pub(crate) due_at: Option<i64>,
    /// The trail, in order.
    pub(crate) evidence: Vec<Evidence>,
}

/// The whole table.
#[derive(Default)]
pub(crate) struct Table {
    /// By paymentRequestId.
    pub(crate) payments: BTreeMap<String, Record>,
    /// Every item as bytes, whatever it is: what a reader of the table would find in it.
    pub(crate) raw: Vec<Vec<u8>>,
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
            empty = if messages.is_empty() { empty + 1 } else { 0 };
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
        }
        Ok(bodies)
    }
}

/// Sort key of the state item; evidence follows as `EVID#000001` and so on.
const STATE: &str = "STATE";
const PAYMENT_PREFIX: &str = "PAY#";
const EVIDENCE_PREFIX: &str = "EVID#";

type Item = HashMap<String, AttributeValue>;

impl Table {
    fn take(&mut self, item: &Item) -> anyhow::Result<()> {
        let mut raw = Vec::new();
        for (name, value) in item {
            raw.extend_from_slice(name.as_bytes());
            raw.push(b'=');
            write_raw(value, &mut raw);
            raw.push(b'\n');
        }
        self.raw.push(raw);
        let (Some(pk), Some(sk)) = (text(item, "pk"), text(item, "sk")) else {
            return Ok(());
        };
        let Some(id) = pk.strip_prefix(PAYMENT_PREFIX) else {
            return Ok(());
        };
        let record = self.payments.entry(id.to_owned()).or_default();
        if sk == STATE {
            let document =
                text(item, "doc").with_context(|| format!("the row of {id} has no doc"))?;
            record.payment = Some(
                serde_json::from_str(document)
                    .with_context(|| format!("the row of {id} is not understood"))?,
            );
            record.due_at = number(item, "due_at");
        } else if sk.starts_with(EVIDENCE_PREFIX) {
            record
                .evidence
                .push(evidence(item).with_context(|| format!("{sk} of {id} is not understood"))?);
            record.evidence.sort_by_key(|entry| entry.sequence);
        }
        Ok(())
    }
}

/// An entry of the trail with all that its signature and its hash cover.
fn evidence(item: &Item) -> Option<Evidence> {
    let own = |name: &str| text(item, name).map(str::to_owned);
    Some(Evidence {
        sequence: text(item, "sk")?
            .strip_prefix(EVIDENCE_PREFIX)?
            .parse()
            .ok()?,
        received_at: Time::from_millis(number(item, "received_at")?),
        message: SignedMessage {
            kind: serde_json::from_value(Value::from(text(item, "kind")?)).ok()?,
            path: own("path")?,
            client_id: own("client_id")?,
            time: own("time")?,
            signature: own("signature")?,
            key_version: own("key_version")?,
            body: item.get("body")?.as_b().ok()?.as_ref().to_vec(),
        },
        previous: own("previous")?,
        hash: own("hash")?,
    })
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn number(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// Appends everything readable in a value.
fn write_raw(value: &AttributeValue, raw: &mut Vec<u8>) {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => raw.extend_from_slice(text.as_bytes()),
        AttributeValue::B(bytes) => raw.extend_from_slice(bytes.as_ref()),
        AttributeValue::L(values) => values.iter().for_each(|value| {
            write_raw(value, raw);
            raw.push(b' ');
        }),
        AttributeValue::M(values) => values.iter().for_each(|(name, value)| {
            raw.extend_from_slice(name.as_bytes());
            raw.push(b'=');
            write_raw(value, raw);
            raw.push(b' ');
        }),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => texts.iter().for_each(|text| {
            raw.extend_from_slice(text.as_bytes());
            raw.push(b' ');
        }),
        AttributeValue::Bs(blobs) => blobs
            .iter()
            .for_each(|bytes| raw.extend_from_slice(bytes.as_ref())),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::primitives::Blob;

    #[test]
    fn evidence_is_read_and_every_value_stands_in_the_raw_bytes() {
        let string = |text: &str| AttributeValue::S(text.to_owned());
        let nested = AttributeValue::M(HashMap::from([(
            "deep".to_owned(),
            AttributeValue::L(vec![string("found")]),
        )]));
        let mut item = Item::from([
            ("pk".to_owned(), string("PAY#P1")),
            ("sk".to_owned(), string("EVID#000001")),
            ("kind".to_owned(), string("notify_payment")),
            ("received_at".to_owned(), AttributeValue::N("17".to_owned())),
            (
                "body".to_owned(),
                AttributeValue::B(Blob::new(b"{\"a\":1}".to_vec())),
            ),
            ("more".to_owned(), nested),
        ]);
        for name in [
            "path",
            "client_id",
            "time",
            "signature",
            "key_version",
            "previous",
            "hash",
        ] {
            item.insert(name.to_owned(), string(name));
        }
        let mut table = Table::default();
        table.take(&item).unwrap();
        let entry = &table.payments["P1"].evidence[0];
        assert_eq!(
            (
                entry.sequence,
                entry.received_at.millis(),
                entry.message.body.as_slice()
            ),
            (1, 17, b"{\"a\":1}".as_slice())
        );
        let raw = String::from_utf8(table.raw[0].clone()).unwrap();
        assert!(
            ["{\"a\":1}", "found", "PAY#P1", "17"]
                .iter()
                .all(|part| raw.contains(part)),
            "{raw}"
        );
        item.remove("hash");
        assert!(Table::default().take(&item).is_err());
    }

    #[test]
    fn a_state_item_without_a_document_is_an_error() {
        let item = Item::from([
            ("pk".to_owned(), AttributeValue::S("PAY#P1".to_owned())),
            ("sk".to_owned(), AttributeValue::S("STATE".to_owned())),
        ]);
        assert!(Table::default().take(&item).is_err());
    }
}
