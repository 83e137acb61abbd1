//! How much memory the notify processes take, from first to last, and who uses the processor.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinHandle;

use crate::emulator::functions;
use crate::process::processor_seconds;

/// How often they are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// What a process may grow from the first quarter of the flood to the last: what its pools and caches take up late.
const MAY_GROW_KIB: u64 = 2048;

/// What was seen.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Memory {
    /// Processes that were there in the first quarter and in the last.
    processes: u64,
    /// The most that any process ever held (VmHWM).
    peak_kib: u64,
    /// The largest mean of a process (VmRSS) in the first quarter of the flood.
    first_quarter_kib: u64,
    /// And in the last.
    last_quarter_kib: u64,
    /// The most that one of them grew from the first quarter to the last.
    most_grown_kib: u64,
    /// Seconds that they spent on the processor, all together.
    functions_processor_seconds: f64,
    /// Seconds that the emulator spent on it.
    emulator_processor_seconds: f64,
}

impl Memory {
    /// For docs/reliability.md.
    pub(crate) fn lines(&self) -> [(&'static str, String); 2] {
        let sizes = format!(
            "{} of notify: {:.1} MiB at most in any; means of the largest {:.1} MiB in the first quarter, {:.1} MiB in the last; one grew by {:.1} MiB at most",
            self.processes,
            mib(self.peak_kib),
            mib(self.first_quarter_kib),
            mib(self.last_quarter_kib),
            mib(self.most_grown_kib)
        );
        let seconds = format!(
            "{:.0} s notify, {:.0} s the emulator",
            self.functions_processor_seconds, self.emulator_processor_seconds
        );
        [("processes", sizes), ("on the processor", seconds)]
    }

    /// Whether no process grew, and some were seen.
    pub(crate) fn is_flat(&self) -> bool {
        self.processes > 0 && self.most_grown_kib <= MAY_GROW_KIB
    }
}

impl Display for Memory {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} processes, peak {:.1} MiB; mean {:.1} MiB in the first quarter, {:.1} in the last; one grew by {:.1} at most\n  on the processor {:.0} s they, {:.0} s the emulator",
            self.processes,
            mib(self.peak_kib),
            mib(self.first_quarter_kib),
            mib(self.last_quarter_kib),
            mib(self.most_grown_kib),
            self.functions_processor_seconds,
            self.emulator_processor_seconds
        )
    }
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// Sizes of one process: since the start, what it holds, the most it held.
type Sizes = Vec<(Duration, u64, u64)>;

/// Watches until it is dropped.
pub(crate) struct Processes {
    seen: Arc<Mutex<BTreeMap<u32, Sizes>>>,
    emulator: u32,
    emulator_before: f64,
    started: Instant,
    task: JoinHandle<()>,
}

impl Processes {
    /// Watches the notify processes below the emulator's.
    pub(crate) fn watch(emulator: u32) -> Self {
        let seen: Arc<Mutex<BTreeMap<u32, Sizes>>> = Arc::default();
        let (started, notes) = (Instant::now(), seen.clone());
        let task = tokio::spawn(async move {
            loop {
                for (pid, name) in functions(emulator) {
                    if name.to_lowercase().contains("notify")
                        && let Some((now, most)) = sizes(pid)
                    {
                        let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
                        notes
                            .entry(pid)
                            .or_default()
                            .push((started.elapsed(), now, most));
                    }
                }
                tokio::time::sleep(LOOK).await;
            }
        });
        Self {
            seen,
            emulator,
            emulator_before: processor_seconds(emulator).unwrap_or_default(),
            started,
            task,
        }
    }

    /// Stops, and tells what was seen.
    pub(crate) fn seen(self) -> Memory {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let used = seen.keys().filter_map(|pid| processor_seconds(*pid));
        let emulator = processor_seconds(self.emulator).unwrap_or_default();
        Memory {
            functions_processor_seconds: used.sum(),
            emulator_processor_seconds: emulator - self.emulator_before,
            ..summary(&seen, self.started.elapsed())
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn summary(seen: &BTreeMap<u32, Sizes>, took: Duration) -> Memory {
    let mut memory = Memory::default();
    for sizes in seen.values() {
        let most = sizes.iter().map(|(_, _, most)| *most).max();
        memory.peak_kib = memory.peak_kib.max(most.unwrap_or(0));
        let first = mean(sizes, |at| at * 4 <= took);
        let last = mean(sizes, |at| at * 4 >= took * 3);
        if let Some((first, last)) = first.zip(last) {
            memory.processes += 1;
            memory.first_quarter_kib = memory.first_quarter_kib.max(first);
            memory.last_quarter_kib = memory.last_quarter_kib.max(last);
            memory.most_grown_kib = memory.most_grown_kib.max(last.saturating_sub(first));
        }
    }
    memory
}

fn mean(sizes: &Sizes, when: impl Fn(Duration) -> bool) -> Option<u64> {
    let chosen = sizes.iter().filter(|(at, _, _)| when(*at));
    let chosen: Vec<u64> = chosen.map(|(_, now, _)| *now).collect();
    chosen.iter().sum::<u64>().checked_div(chosen.len() as u64)
}

/// What a process holds and the most it held, in KiB.
fn sizes(pid: u32) -> Option<(u64, u64)> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    };
    Some((field("VmRSS:")?, field("VmHWM:")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_from_the_first_quarter_to_the_last_shows() {
        let at = Duration::from_secs;
        let flat = vec![(at(1), 100, 110), (at(50), 900, 900), (at(99), 100, 900)];
        let grown = vec![(at(1), 100, 100), (at(99), 9000, 9000)];
        let late = vec![(at(60), 100, 100)];
        let memory = summary(&BTreeMap::from([(1, flat.clone()), (3, late)]), at(100));
        assert_eq!((memory.processes, memory.peak_kib), (1, 900));
        assert!(memory.is_flat());
        let memory = summary(&BTreeMap::from([(1, flat), (2, grown)]), at(100));
        assert_eq!(memory.most_grown_kib, 8900);
        assert!(!memory.is_flat());
        assert!(!Memory::default().is_flat(), "nothing was seen");
    }

    #[test]
    fn our_own_size_can_be_read() {
        let (now, most) = sizes(std::process::id()).unwrap();
        assert!(now > 0 && most >= now);
    }
}
