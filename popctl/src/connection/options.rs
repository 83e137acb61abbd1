//! The options that say which deployment is meant.

use crate::problem::{BAD_INPUT, Problem};
use anyhow::Context;
use domain::Time;
use std::collections::BTreeMap;

/// Which deployment, and how AWS is reached. What a flag does not say is taken from the stack or the rehearsal, if one is
/// named, and else from the environment variable of the functions.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionOptions {
    /// The CloudFormation stack: table, queues and keys are taken from its functions.
    #[arg(long, global = true, value_name = "NAME", env = "POPCTL_STACK")]
    pub(super) stack: Option<String>,
    /// The rehearsal that runs in this checkout (`cargo rehearse`), by the settings that it wrote.
    #[arg(long, global = true, conflicts_with = "stack")]
    pub(super) rehearsal: bool,
    /// Profile of AWS's configuration files (AWS_PROFILE).
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// AWS region (AWS_REGION, or the profile's).
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) region: Option<String>,
    /// Where all of AWS is, for an emulator (AWS_ENDPOINT_URL).
    #[arg(long, global = true, value_name = "URL")]
    pub(super) endpoint_url: Option<String>,
    /// The table (TABLE_NAME).
    #[arg(long, global = true, value_name = "NAME")]
    table: Option<String>,
    /// Shards of the due index (SWEEP_SHARDS; 4).
    #[arg(long, global = true, value_name = "N")]
    shards: Option<String>,
    /// POP's public keys, `1=<base64>` or several with commas; retired ones too, as far back as the evidence goes
    /// (POP_PUBLIC_KEYS).
    #[arg(long, global = true, value_name = "KEYS")]
    keys: Option<String>,
    /// Our client id at POP (POP_CLIENT_ID).
    #[arg(long, global = true, value_name = "ID")]
    client_id: Option<String>,
    /// The capture queue (CAPTURE_QUEUE_URL).
    #[arg(long, global = true, value_name = "URL")]
    capture_queue_url: Option<String>,
    /// The queue of order events (ORDER_EVENTS_QUEUE_URL).
    #[arg(long, global = true, value_name = "URL")]
    order_events_queue_url: Option<String>,
    /// The sweep function, which carries out orders (SWEEP_FUNCTION).
    #[arg(long, global = true, value_name = "NAME")]
    sweep_function: Option<String>,
    /// Judge by this time instead of now (RFC 3339): what was or will be due then.
    #[arg(long, global = true, value_name = "TIME", env = "POPCTL_AT")]
    at: Option<String>,
}

impl ConnectionOptions {
    /// The settings that flags name.
    pub(super) fn given(&self) -> BTreeMap<String, String> {
        let flags = [
            ("TABLE_NAME", &self.table),
            ("SWEEP_SHARDS", &self.shards),
            ("POP_PUBLIC_KEYS", &self.keys),
            ("POP_CLIENT_ID", &self.client_id),
            ("CAPTURE_QUEUE_URL", &self.capture_queue_url),
            ("ORDER_EVENTS_QUEUE_URL", &self.order_events_queue_url),
            ("SWEEP_FUNCTION", &self.sweep_function),
        ];
        let given = flags.into_iter();
        given
            .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
            .collect()
    }

    /// The time to judge by, if one is given.
    pub(super) fn now(&self) -> anyhow::Result<Option<Time>> {
        let time = self.at.as_deref().map(|text| {
            Time::parse(text).with_context(|| {
                Problem::new(
                    BAD_INPUT,
                    format!("--at {text}: a time like 2026-01-05T08:00:00Z is expected"),
                )
            })
        });
        time.transpose()
    }
}
