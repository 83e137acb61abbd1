//! The scenario: who buys what and how, drawn by seed, and the buyers and the merchant who do it.

mod buyer;
mod doors;
mod draw;
mod drawing;
mod forms;
mod journey;
mod merchant;
mod plan;
mod shop;
mod visit;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub(crate) use doors::Doors;
pub(crate) use draw::Draw;
pub(crate) use drawing::plans;
pub(crate) use journey::{CVVS, cards};
#[cfg(test)]
pub(crate) use journey::{Card, Journey};
#[cfg(test)]
pub(crate) use plan::Method;
pub(crate) use plan::{CancelAt, Capture, Plan};
pub(crate) use visit::{Ask, Reply, Tally, Visit, What, tallies};

use crate::provider::Challenges;
use crate::steps::Progress;
use shop::Shop;

/// Buyers at the shop at the same time.
const CONCURRENT_BUYERS: usize = 8;
/// Payments that the merchant's server works on at the same time once their buyers are gone.
const CONCURRENT_FOLLOW_UPS: usize = 16;
/// Longer than `checkout` may take.
const CLIENT_LIMIT: Duration = Duration::from_secs(35);

/// How many work at the same time.
struct Places {
    buyers: Semaphore,
    follow_ups: Semaphore,
}

/// Sends every buyer through the shop at `public_url`, and the merchant after them; what each saw, in the order of the
/// plans. The payments of one buyer come one after the other, each when the doors let it in.
pub(crate) async fn run(
    plans: &[Plan],
    public_url: &str,
    api_key: &str,
    challenges: &Challenges,
    doors: &Doors,
    progress: &Progress,
) -> anyhow::Result<Vec<Visit>> {
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(CLIENT_LIMIT)
        .build()
        .context("no HTTP client")?;
    let shop = Arc::new(Shop {
        http,
        url: public_url.to_owned(),
        api_key: api_key.to_owned(),
        challenges: challenges.clone(),
    });
    let places = Arc::new(Places {
        buyers: Semaphore::new(CONCURRENT_BUYERS),
        follow_ups: Semaphore::new(CONCURRENT_FOLLOW_UPS),
    });
    let (done, mut visits_done) = tokio::sync::mpsc::unbounded_channel();
    let mut buyers = JoinSet::new();
    for plans in by_buyer(plans) {
        let (shop, places, done) = (shop.clone(), places.clone(), done.clone());
        let doors = doors.clone();
        buyers.spawn(async move {
            for (index, plan) in plans {
                let visit = carry_out(&shop, &places, &doors, &plan).await;
                done.send((index, visit)).ok();
            }
        });
    }
    drop(done);
    progress.of(plans.len() as u64);
    let mut visits = Vec::with_capacity(plans.len());
    while let Some(visit) = visits_done.recv().await {
        visits.push(visit);
        progress.at(visits.len() as u64, "orders carried out");
    }
    while let Some(buyer) = buyers.join_next().await {
        buyer.context("a buyer's task failed")?;
    }
    visits.sort_by_key(|(index, _)| *index);
    Ok(visits.into_iter().map(|(_, visit)| visit).collect())
}

async fn carry_out(shop: &Shop, places: &Places, doors: &Doors, plan: &Plan) -> Visit {
    let (mut visit, attempt) = {
        let _place = places.buyers.acquire().await;
        let _inside = doors.enter().await;
        buyer::visit(shop, plan).await
    };
    if let Some(attempt) = attempt {
        let _place = places.follow_ups.acquire().await;
        merchant::follow_up(shop, plan, &attempt, &mut visit).await;
    }
    visit
}

/// The plans with their places, those of one buyer together; in the order in which the buyers first come.
fn by_buyer(plans: &[Plan]) -> Vec<Vec<(usize, Plan)>> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<(usize, Plan)>> = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        let place = *places.entry(plan.buyer.as_str()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push((index, plan.clone())),
            None => groups.push(vec![(index, plan.clone())]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payments_of_one_buyer_stay_together_and_in_order() {
        let plans = plans(1, 20);
        let groups = by_buyer(&plans);
        let of_first: Vec<usize> = groups[0].iter().map(|(index, _)| *index).collect();
        assert_eq!(of_first, [0, 3, 6, 8]);
        assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), 20);
    }
}
