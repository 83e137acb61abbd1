//! Kills function processes in mid-flight: SIGKILL, now and then, to one process of ours that is at work.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::emulator::functions;
use crate::process::{is_below, kill};
use crate::scenario::Draw;

/// How often a process is killed: the pause between two blows in milliseconds, at least, and how much more at most.
#[derive(Clone, Copy)]
pub(crate) struct Pace(u64, u64);

impl Pace {
    /// On a very bad day.
    pub(crate) const HEAVY: Self = Self(1500, 3000);
    /// In chaos.
    pub(crate) const CHAOS: Self = Self(700, 1600);
}

/// So many times longer are the pauses once the buyers are gone: then every blow meets one of the few sweeps.
const CALM: u32 = 8;
/// How often the processes are looked at while one at work is sought.
const LOOK: Duration = Duration::from_millis(2);
/// How long one is sought; then an idle one is killed, which tests the next start.
const PATIENCE: Duration = Duration::from_secs(2);
/// The blow falls up to so many milliseconds after the work was seen, so that it hits any point of it.
const DELAY_MS: u64 = 40;
/// The draws of the kills, apart from those of the payments.
const DRAWS: u64 = u64::MAX;

/// Kills until it is dropped.
pub(crate) struct Killer {
    killed: Arc<AtomicU64>,
    calm: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Killer {
    /// Begins to kill functions below the emulator's process. The times are drawn from the seed; what is at work at
    /// that moment is not.
    pub(crate) fn start(seed: u64, emulator: u32, pace: Pace) -> Self {
        let killed = Arc::new(AtomicU64::new(0));
        let calm = Arc::new(AtomicBool::new(false));
        let (count, calmer) = (killed.clone(), calm.clone());
        let task = tokio::spawn(async move {
            let mut draw = Draw::new(seed, DRAWS);
            loop {
                let pause = Duration::from_millis(pace.0 + draw.below(pace.1));
                let calm = calmer.load(Ordering::Relaxed);
                tokio::time::sleep(if calm { pause * CALM } else { pause }).await;
                let Some(pid) = find(emulator, &mut draw).await else {
                    continue;
                };
                // Looked at again: only what is below the emulator right now may be killed.
                if is_below(pid, emulator) && kill(pid) {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self { killed, calm, task }
    }

    /// Kills more seldom from now on.
    pub(crate) fn calm_down(&self) {
        self.calm.store(true, Ordering::Relaxed);
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

/// A function's process that has just used the processor, a moment later; any, if none does within the patience.
async fn find(emulator: u32, draw: &mut Draw) -> Option<u32> {
    let candidates: Vec<u32> = functions(emulator)
        .into_iter()
        .map(|(pid, _)| pid)
        .collect();
    let before: HashMap<u32, u64> = candidates
        .iter()
        .filter_map(|pid| Some((*pid, processor_time(*pid)?)))
        .collect();
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        tokio::time::sleep(LOOK).await;
        let mut at_work = before
            .iter()
            .filter(|(pid, time)| processor_time(**pid).is_some_and(|now| now > **time));
        if let Some((pid, _)) = at_work.next() {
            tokio::time::sleep(Duration::from_millis(draw.below(DELAY_MS))).await;
            return Some(*pid);
        }
    }
    draw.one_of(&candidates).copied()
}

/// Nanoseconds that a process has spent on the processor.
fn processor_time(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/schedstat")).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_shows_in_the_processor_time_and_sleep_does_not() {
        let mut busy = std::process::Command::new("sh")
            .args(["-c", "while :; do :; done"])
            .spawn()
            .unwrap();
        let mut idle = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let started = Instant::now();
        let first = processor_time(busy.id());
        while processor_time(busy.id()) == first {
            assert!(
                started.elapsed() < Duration::from_secs(5),
                "no processor time is counted"
            );
        }
        // Past its own start, a sleeping process uses none.
        std::thread::sleep(Duration::from_millis(200));
        let asleep = processor_time(idle.id());
        std::thread::sleep(Duration::from_millis(50));
        let still = processor_time(idle.id());
        for process in [&mut busy, &mut idle] {
            process.kill().unwrap();
            process.wait().unwrap();
        }
        assert!(asleep.is_some());
        assert_eq!(asleep, still);
    }
}
