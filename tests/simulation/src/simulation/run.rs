//! One seed from beginning to end.

use super::plan::Plan;
use super::weather::Weather;
use super::{operators, people};
use crate::checks::{Breach, Verdict};
use crate::ports::Listener;
use crate::watched::{Watched, to_its_end};
use crate::world::{BEGIN, Counts, Setup, World};
use domain::Policy;
use simulator::Timing;
use std::sync::Arc;

/// What became of one seed.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// What was broken; empty if all held.
    pub breaches: Vec<Breach>,
    /// Things that took effect and were looked at.
    pub steps: u64,
    /// Entries of trails that were decided again.
    pub entries: u64,
    /// Where everything stands in the end.
    pub verdict: Verdict,
    /// What ran.
    pub counts: Counts,
    /// What happened, if it was to be written down.
    pub trace: Vec<String>,
}

impl Outcome {
    /// Of a seed whose run panicked.
    #[must_use]
    pub fn panicked(seed: u64) -> Self {
        Self {
            seed,
            breaches: vec![Breach {
                at: BEGIN,
                law: "nothing panics",
                payment: String::new(),
                words: String::new(),
            }],
            steps: 0,
            entries: 0,
            verdict: Verdict::default(),
            counts: Counts::default(),
            trace: Vec::new(),
        }
    }
}

/// Runs a seed.
#[must_use]
pub fn run(seed: u64, traced: bool) -> Outcome {
    play(seed, traced, None)
}

/// Runs a seed with somebody who hears what its functions ask for.
pub fn overheard(seed: u64, listener: Arc<dyn Listener>) {
    let _outcome = play(seed, false, Some(listener));
}

fn play(seed: u64, traced: bool, listener: Option<Arc<dyn Listener>>) -> Outcome {
    let (plan, weather) = (Plan::of(seed), Weather::of(seed));
    let setup = Setup {
        seed,
        rates: weather.rates.clone(),
        timing: Timing::default(),
        policy: Policy {
            several_captures: plan.several_captures,
            ..Policy::default()
        },
        index_lag_ms: weather.index_lag_ms,
        doubled_messages: weather.doubled_messages,
        traced,
        metered: false,
    };
    let world = World::new(setup, weather.fates(seed), weather.post(seed));
    if let Some(listener) = listener {
        world.listen(&listener);
    }
    if traced {
        world.stage.note(|| format!("{weather:?}"));
    }
    for (number, order) in plan.orders.iter().enumerate() {
        world.stage.note(|| format!("{order:?}"));
        people::begin(&world, order, seed.wrapping_mul(31) + number as u64);
    }
    if plan.operator {
        operators::begin(&world, seed.wrapping_mul(37));
    }
    let Watched {
        watch,
        verdict,
        counts,
        ..
    } = to_its_end(&world);
    Outcome {
        seed,
        breaches: watch.breaches,
        steps: watch.steps,
        entries: watch.entries,
        verdict,
        counts,
        trace: world.stage.trace(),
    }
}
