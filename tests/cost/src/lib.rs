//! What a payment costs on AWS: each journey runs through the real functions in this process, every request, unit and
//! byte is counted, and a dated price file turns the counts into dollars.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test tool: what does not fit must stop it"
)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod alternatives;
mod aws;
pub mod bill;
pub mod counted;
pub mod deployment;
pub mod durations;
pub mod figures;
mod gateway;
pub mod journeys;
mod logs;
pub mod markdown;
pub mod prices;
pub mod rehearsed;
mod table;
pub mod tables;
pub mod term;
mod time;
mod world;

pub use bill::Tariff;
pub use figures::Figures;
pub use table::Stored;
pub use world::Done;

use anyhow::Result;

/// Template, assumptions and the prices of a region (the usual one if none is named).
///
/// # Errors
/// One of the files is not in order, or has no prices of the region.
pub fn tariff(region: Option<&str>) -> Result<Tariff> {
    Ok(Tariff {
        deployment: deployment::Deployment::load()?,
        durations: durations::Durations::load()?,
        prices: prices::PriceFile::load()?.of(region)?,
    })
}
