//! The crash matrix: every flow, every step, every fault.
//!
//! A flow is run once to find its steps: each call of a function to the table, a queue or the provider, in order. Then
//! it is run again for each step and each fault, and retries and the sweep go on until nothing is left to happen.

mod flow;
mod script;
mod table;

use crate::checks::Breach;
use crate::engine::{Fate, Point, lock};
use crate::ports::Listener;
use crate::simulation::people;
use crate::watched::to_its_end;
use crate::world::{Setup, World};
use domain::Policy;
pub use flow::{Flow, flows};
use script::{Found, Script};
use std::sync::Arc;
pub use table::{Harm, Line, Table};

/// What became of one cell.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Which step, from 0; `None` without a fault.
    pub at: Option<(usize, Fate)>,
    /// What was broken.
    pub breaches: Vec<Breach>,
    /// What happened, if it was to be written down.
    pub trace: Vec<String>,
}

/// Runs a flow without a fault and gives its steps.
#[must_use]
pub fn steps(flow: &Flow) -> (Vec<Point>, Cell) {
    let found = Found::default();
    let cell = run(flow, None, &found, false, None);
    let points = lock(&found).clone();
    (points, cell)
}

/// Runs a flow with one fault.
#[must_use]
pub fn cell(flow: &Flow, step: usize, fate: Fate, traced: bool) -> Cell {
    run(flow, Some((step, fate)), &Found::default(), traced, None)
}

/// Runs a flow without a fault, with somebody who hears what its functions ask for.
pub fn overheard(flow: &Flow, listener: Arc<dyn Listener>) {
    let _cell = run(flow, None, &Found::default(), false, Some(listener));
}

fn run(
    flow: &Flow,
    at: Option<(usize, Fate)>,
    found: &Found,
    traced: bool,
    listener: Option<Arc<dyn Listener>>,
) -> Cell {
    let setup = Setup {
        rates: flow.rates.clone(),
        policy: Policy {
            several_captures: flow.several_captures,
            ..Policy::default()
        },
        index_lag_ms: 1_000,
        traced,
        ..Setup::calm(1)
    };
    let script = Script {
        at,
        found: found.clone(),
    };
    let world = World::new(setup, Box::new(script), (flow.post)());
    if let Some(listener) = listener {
        world.listen(&listener);
    }
    if !flow.hints {
        world.queues.lose_hints();
    }
    (flow.prepare)(&world);
    people::begin(&world, &flow.order, 1);
    let watched = to_its_end(&world);
    Cell {
        at,
        breaches: watched.watch.breaches,
        trace: world.stage.trace(),
    }
}
