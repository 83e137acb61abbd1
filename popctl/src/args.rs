//! The command line.

use anyhow::Context;
use clap::{Parser, Subcommand};
use domain::{PaymentRequestId, Seconds};
use pop::keys::VerifyingKeys;
use std::path::PathBuf;
use store::{DynamoSettings, DynamoStore};

/// Reads the table of payments and checks it. Region and credentials come from the environment, as AWS's own tools
/// take them (AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN).
#[derive(Parser)]
#[command(version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Check the evidence trails: unbroken chains, and every signature again.
    Verify(Options),
    /// Check the trails, and rebuild each payment from its own: the row must be what comes out.
    Replay(Options),
}

/// How much is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    Signatures,
    Everything,
}

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only this payment (paymentRequestId); all of the table otherwise, which reads all of it.
    #[arg(long, value_name = "ID")]
    pub(crate) payment: Option<String>,
    /// The table.
    #[arg(long, env = "TABLE_NAME", value_name = "NAME")]
    table: String,
    /// POP's public keys, `1=<base64>` or several with commas; retired ones too, as far back as the evidence goes.
    #[arg(long, env = "POP_PUBLIC_KEYS", value_name = "KEYS")]
    keys: String,
    /// Our client id at POP.
    #[arg(long, env = "POP_CLIENT_ID", value_name = "ID")]
    pub(crate) client_id: String,
    /// Where DynamoDB is, for an emulator.
    #[arg(long, env = "AWS_ENDPOINT_URL", value_name = "URL")]
    endpoint_url: Option<String>,
    /// Write the outcome to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

impl Command {
    pub(crate) fn parts(&self) -> (Check, &Options) {
        match self {
            Self::Verify(options) => (Check::Signatures, options),
            Self::Replay(options) => (Check::Everything, options),
        }
    }
}

impl Options {
    pub(crate) fn store(&self) -> anyhow::Result<DynamoStore> {
        let aws = runtime::aws::config().context("set it as for AWS's own tools")?;
        let aws = aws.at_endpoint(self.endpoint_url.clone());
        let settings = DynamoSettings {
            table: self.table.clone(),
            // Only writers need these.
            shards: 1,
            retention: Seconds(0),
        };
        Ok(DynamoStore::new(aws.sdk(), settings)?)
    }

    pub(crate) fn keys(&self) -> anyhow::Result<VerifyingKeys> {
        VerifyingKeys::parse(&self.keys).context(
            "--keys (POP_PUBLIC_KEYS): as the functions have it, for example `1=MIIBIjAN...`",
        )
    }

    pub(crate) fn payment(&self) -> anyhow::Result<Option<PaymentRequestId>> {
        let id = self.payment.as_deref().map(PaymentRequestId::new);
        id.transpose().context("--payment: not a paymentRequestId")
    }
}
