//! `status`: how the payments of a deployment stand, in counts and ages.

mod census;
mod report;

use crate::connection::Connection;
use crate::ending::Ending;
use crate::output::Output;
use crate::queues::{Depths, Queues};
use crate::rows::{self, SourceOptions};
use census::Census;
pub(crate) use census::is_near_deadline;
use domain::{Policy, Seconds};
use report::Status;

/// So long is what is due taken to be merely waiting for the next sweep.
pub(crate) const LATE: Seconds = Seconds(300);

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    source: SourceOptions,
}

pub(crate) async fn run(
    options: &Options,
    connection: &Connection,
    output: &Output,
) -> anyhow::Result<Ending> {
    let now = connection.now();
    let margin = near_deadline(connection);
    let mut census = Census::new(now, margin);
    let source = options.source.source();
    rows::each(source, connection, output, |found| census.take(found)).await?;
    let depths = match Queues::known(connection) {
        Some(queues) => queues.depths().await,
        None => Depths::unknown(),
    };
    output.show(&Status::of(source, census, depths))
}

/// How long before the end of an authorisation a missing capture is worth a look.
pub(crate) fn near_deadline(connection: &Connection) -> Seconds {
    let margin = connection.settings().get("CAPTURE_MARGIN_SECONDS");
    let margin = margin.and_then(|text| text.parse().ok()).map(Seconds);
    margin.unwrap_or(Policy::default().capture_margin)
}
