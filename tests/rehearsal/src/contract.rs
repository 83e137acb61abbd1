//! The store's contract, held against the table that was deployed: the same cases that the tests run in memory and on the
//! embedded emulator.

use anyhow::Result;
use aws_types::SdkConfig;
use domain::Seconds;
use store::contract::{Fixture, cases};
use store::{DynamoSettings, DynamoStore};

use crate::steps::Progress;

/// As many as the template has by default.
const SHARDS: u16 = 4;

/// How the deployed table fares.
#[derive(Default)]
pub(crate) struct Verdict {
    /// Cases tried.
    pub(crate) cases: u64,
    /// Those that it breaks, with how.
    pub(crate) broken: Vec<(&'static str, String)>,
}

/// Tries every case. Their rows are not payments of the run: it is to be done after the table was read for the audit.
pub(crate) async fn hold(aws: &SdkConfig, name: &str, progress: &Progress) -> Result<Verdict> {
    let settings = DynamoSettings {
        table: name.to_owned(),
        shards: SHARDS,
        retention: Seconds::days(1),
    };
    let fixture = Fixture {
        store: DynamoStore::new(aws, settings)?,
        shards: SHARDS,
        prefix: "CONTRACT".to_owned(),
    };
    let cases = cases();
    progress.of(cases.len() as u64);
    let mut verdict = Verdict::default();
    for case in cases {
        if let Err(how) = case.run(&fixture).await {
            verdict.broken.push((case.name, how));
        }
        verdict.cases += 1;
        progress.at(verdict.cases, format_args!("cases"));
    }
    Ok(verdict)
}
