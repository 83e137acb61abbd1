//! The scenario: who buys what and how, drawn by seed, and the buyers who do it.

mod buyer;
mod plan;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub(crate) use buyer::Visit;
#[cfg(test)]
pub(crate) use plan::Card;
pub(crate) use plan::{CVVS, Capture, Draw, Journey, Plan, cards, plans};

use crate::provider::Challenges;
use crate::steps::Progress;

/// Buyers at the shop at the same time.
const CONCURRENT_BUYERS: usize = 8;
/// Longer than `checkout` may take.
const CLIENT_LIMIT: Duration = Duration::from_secs(35);

/// Sends every buyer through the shop at `public_url`; what each saw, in the order of the plans.
pub(crate) async fn run(
    plans: &[Plan],
    public_url: &str,
    api_key: &str,
    challenges: &Challenges,
    progress: &Progress,
) -> anyhow::Result<Vec<Visit>> {
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(CLIENT_LIMIT)
        .build()
        .context("no HTTP client")?;
    let shop = Arc::new(buyer::Shop {
        http,
        url: public_url.to_owned(),
        api_key: api_key.to_owned(),
        challenges: challenges.clone(),
    });
    let places = Arc::new(Semaphore::new(CONCURRENT_BUYERS));
    let mut buyers = JoinSet::new();
    for (index, plan) in plans.iter().cloned().enumerate() {
        let (shop, places) = (shop.clone(), places.clone());
        buyers.spawn(async move {
            let _place = places.acquire().await;
            (index, buyer::visit(&shop, &plan).await)
        });
    }
    progress.of(plans.len() as u64);
    let mut visits = Vec::with_capacity(plans.len());
    while let Some(visit) = buyers.join_next().await {
        visits.push(visit.context("a buyer's task failed")?);
        progress.at(visits.len() as u64, "buyers gone");
    }
    visits.sort_by_key(|(index, _)| *index);
    Ok(visits.into_iter().map(|(_, visit)| visit).collect())
}
