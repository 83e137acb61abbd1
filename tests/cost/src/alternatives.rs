//! What a payment of the mix would cost if something were otherwise.

use crate::bill::Tariff;
use crate::deployment::Deployment;
use crate::figures::{lines, mix};
use crate::journeys::{self, Journey};
use anyhow::Result;
use serde::Serialize;

/// A change, and the price of a payment of the mix with it.
#[derive(Debug, Clone, Serialize)]
pub struct Alternative {
    /// What is otherwise.
    pub title: &'static str,
    /// Dollars for one payment.
    pub total: f64,
}

type Change = fn(&mut Deployment);

/// Changes that need no other counts.
const SAME_COUNTS: [(&str, Change); 4] = [
    ("table class for infrequent access", |deployment| {
        deployment.infrequent = true;
    }),
    ("no point-in-time recovery", |deployment| {
        deployment.recoverable = false;
    }),
    ("128 MB of memory, were it as fast", |deployment| {
        *deployment = deployment.clone().with_memory_mb(128.0);
    }),
    ("x86-64, were it as fast", |deployment| {
        deployment.architecture = "x86_64".into();
    }),
];

/// For how many days settled payments are kept instead; the journeys run again with it.
const KEPT_FOR: [(&str, f64); 2] = [
    ("payments kept for 365 days", 365.0),
    ("payments kept for 90 days", 90.0),
];

/// Each alternative.
pub(crate) fn all(tariff: &Tariff, journeys: &[Journey]) -> Result<Vec<Alternative>> {
    let mut all = Vec::new();
    for (title, change) in SAME_COUNTS {
        let mut tariff = tariff.clone();
        change(&mut tariff.deployment);
        let total = mix(&tariff, &lines(&tariff, journeys)?)?.total;
        all.push(Alternative { title, total });
    }
    for (title, days) in KEPT_FOR {
        let mut tariff = tariff.clone();
        tariff.deployment.record_days = days;
        let journeys = journeys::run(&tariff.deployment, |_| {});
        let total = mix(&tariff, &lines(&tariff, &journeys)?)?.total;
        all.push(Alternative { title, total });
    }
    Ok(all)
}
