//! Fates by script: everything succeeds but one step.

use crate::engine::{Fate, Fates, Passage, Point, Port, lock};
use domain::Time;
use std::sync::{Arc, Mutex};

/// The steps of a run, in order, as they were found.
pub(super) type Found = Arc<Mutex<Vec<Point>>>;

/// Everything succeeds but one step.
pub(super) struct Script {
    /// Which step, from 0, and its fate.
    pub(super) at: Option<(usize, Fate)>,
    /// Where the steps are written down.
    pub(super) found: Found,
}

/// Milliseconds of one half of a call's way: always the same, so that runs differ in one step alone.
fn way(port: Port) -> i64 {
    match port {
        Port::Table => 4,
        Port::Queue => 6,
        Port::Provider => 150,
    }
}

impl Fates for Script {
    fn of(&mut self, point: &Point, _: Time) -> Passage {
        let mut found = lock(&self.found);
        let number = found.len();
        found.push(point.clone());
        let fate = match self.at {
            Some((at, fate)) if at == number => fate,
            _ => Fate::Through,
        };
        Passage {
            fate,
            there_ms: way(point.port),
            back_ms: way(point.port),
        }
    }
}
