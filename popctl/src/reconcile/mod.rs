//! `reconcile`: POP's transaction and settlement reports against the table, and against what POP signed.

mod findings;
mod machines;
mod options;
mod page;
mod people;
mod report;
mod trail;
mod walk;

pub(crate) use options::Options;

use crate::connection::Connection;
use crate::ending::Ending;
use crate::output::Output;
use anyhow::Context;

pub(crate) async fn run(
    options: &Options,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Ending> {
    let reconciled = walk::walk(options, connection, output).await?;
    if let Some(file) = &options.html {
        std::fs::write(file, page::page(&reconciled))
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    output.show(&reconciled)
}
