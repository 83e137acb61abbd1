//! `verify` and `replay`: whether the payments are what their trails say.

mod outcome;
mod walk;

use crate::connection::Connection;
use crate::ending::Ending;
use crate::output::Output;

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
    payment: Option<String>,
}

pub(crate) async fn run(
    check: Check,
    options: &Options,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Ending> {
    let outcome = walk::walk(check, options, connection, output).await?;
    output.show(&outcome)
}
