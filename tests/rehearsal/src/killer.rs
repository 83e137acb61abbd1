//! Kills function processes in mid-flight: SIGKILL, now and then, to one process of ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::emulator::functions;
use crate::process::kill;
use crate::scenario::Draw;

/// Between two kills, in milliseconds: at least, and how much more at most.
const PAUSE_MS: (u64, u64) = (3000, 4000);
/// The draws of the kills, apart from those of the payments.
const DRAWS: u64 = u64::MAX;

/// Kills until it is dropped.
pub(crate) struct Killer {
    killed: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Killer {
    /// Begins to kill functions below the emulator's process. When and which of them is drawn from the seed; the
    /// processes that stand to choice at that moment are not.
    pub(crate) fn start(seed: u64, emulator: u32) -> Self {
        let killed = Arc::new(AtomicU64::new(0));
        let count = killed.clone();
        let task = tokio::spawn(async move {
            let mut draw = Draw::new(seed, DRAWS);
            loop {
                tokio::time::sleep(Duration::from_millis(PAUSE_MS.0 + draw.below(PAUSE_MS.1)))
                    .await;
                // Asked anew each time: only what is below the emulator right now may be killed.
                let candidates = functions(emulator);
                if let Some((pid, _)) = draw.one_of(&candidates)
                    && kill(*pid)
                {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self { killed, task }
    }

    /// How many were killed so far.
    pub(crate) fn killed(&self) -> u64 {
        self.killed.load(Ordering::Relaxed)
    }
}

impl Drop for Killer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
