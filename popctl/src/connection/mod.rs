//! The deployment that a command works on: its table, queues and functions, and how AWS is reached.

mod aws;
mod deployed;
mod options;
mod rehearsal;
mod settings;

pub(crate) use deployed::{Deployed, Function, Role};
pub(crate) use options::ConnectionOptions;
pub(crate) use rehearsal::Rehearsal;
pub(crate) use settings::Settings;

use crate::problem::{BAD_INPUT, Problem};
use anyhow::Context;
use aws_types::SdkConfig;
use domain::{Seconds, Time};
use pop::keys::VerifyingKeys;
use store::{DynamoSettings, DynamoStore};

/// What a command asks, and where.
#[derive(Debug)]
pub(crate) struct Connection {
    aws: SdkConfig,
    settings: Settings,
    /// The name of the stack whose functions are meant, if one is.
    stack: Option<String>,
    deployed: Option<Deployed>,
    now: Option<Time>,
}

impl Connection {
    /// Finds the deployment. Asks AWS for the stack's functions if a stack is named, and for nothing otherwise.
    pub(crate) async fn open(options: &ConnectionOptions) -> anyhow::Result<Self> {
        let rehearsal = options.rehearsal.then(Rehearsal::find).transpose()?;
        let aws = aws::config(options, rehearsal.as_ref()).await?;
        let stack = options.stack.clone();
        let deployed = match &stack {
            Some(stack) => Some(Deployed::find(&aws, stack).await?),
            None => None,
        };
        let stack = stack.or_else(|| rehearsal.as_ref().map(|_| rehearsal::STACK.to_owned()));
        let found = deployed.as_ref().map(Deployed::settings);
        let file = rehearsal.map(Rehearsal::into_settings);
        Ok(Self {
            aws,
            settings: Settings::new(options.given(), found.or(file).unwrap_or_default()),
            stack,
            deployed,
            now: options.now()?,
        })
    }

    /// What AWS clients are made of.
    pub(crate) fn aws(&self) -> &SdkConfig {
        &self.aws
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether AWS is played by something else.
    pub(crate) fn is_emulated(&self) -> bool {
        let endpoint = self.aws.endpoint_url();
        endpoint.is_some_and(|url| !url.contains("amazonaws.com"))
    }

    /// The time by which everything is judged.
    pub(crate) fn now(&self) -> Time {
        self.now.unwrap_or_else(runtime::clock::now)
    }

    /// The table, to be read.
    pub(crate) fn store(&self) -> anyhow::Result<DynamoStore> {
        let settings = DynamoSettings {
            table: self.settings.required("TABLE_NAME", "--table NAME")?,
            shards: self.shards()?,
            retention: Seconds(0), // only writers need it
        };
        Ok(DynamoStore::new(&self.aws, settings)?)
    }

    /// How many shards the due index has.
    pub(crate) fn shards(&self) -> anyhow::Result<u16> {
        let Some(text) = self.settings.get("SWEEP_SHARDS") else {
            return Ok(4);
        };
        let shards = text
            .parse()
            .ok()
            .filter(|shards| (1..=256).contains(shards));
        shards.context(Problem::new(
            BAD_INPUT,
            "--shards (SWEEP_SHARDS): a number from 1 to 256, as the functions have it",
        ))
    }

    /// POP's public keys.
    pub(crate) fn keys(&self) -> anyhow::Result<VerifyingKeys> {
        let keys = self.settings.required("POP_PUBLIC_KEYS", "--keys KEYS")?;
        VerifyingKeys::parse(&keys).context(Problem::new(
            BAD_INPUT,
            "--keys (POP_PUBLIC_KEYS): as the functions have it, for example `1=MIIBIjAN...`",
        ))
    }

    /// Our client id at POP.
    pub(crate) fn client_id(&self) -> anyhow::Result<String> {
        self.settings.required("POP_CLIENT_ID", "--client-id ID")
    }

    /// The stack's functions.
    pub(crate) async fn deployed(&self) -> anyhow::Result<Deployed> {
        match (&self.deployed, &self.stack) {
            (Some(deployed), _) => Ok(deployed.clone()),
            (None, Some(stack)) => Deployed::find(&self.aws, stack).await,
            (None, None) => Err(Problem::new(
                "no_stack",
                "which deployment? Give --stack NAME (POPCTL_STACK), or --rehearsal",
            )
            .into()),
        }
    }
}
