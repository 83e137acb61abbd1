//! The sweep in a process of its own, so that its memory and its time are its own.

use crate::clock;
use crate::provider::{Asked, Provider};
use crate::queues::CountingQueues;
use anyhow::{Context, Result};
use domain::{Policy, Seconds, Time};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use store::{Meter, Ports};
use sweep::{Pace, Sweep};

/// How to sweep.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// Where the table is.
    pub address: SocketAddr,
    /// How long after the rows were made the sweep believes it is, in seconds.
    pub after_seconds: i64,
    /// Whether the time goes on from there. If not, it stands, and each run writes the same.
    pub goes: bool,
    /// How long Lambda lets one run take, in seconds; with a standing clock no run ends early.
    pub limit_seconds: i64,
    /// Rows under way at once.
    pub concurrency: usize,
    /// Calls to POP in a second.
    pub per_second: u32,
    /// How long POP takes to answer.
    pub latency_ms: u64,
    /// How many runs follow each other at most; it ends before when a run finds nothing due.
    pub runs: u32,
    /// It also ends when so many payments were asked about.
    pub enough: u64,
    /// Room for so many questions.
    pub room: usize,
}

/// What one run did.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Run {
    /// Rows that the index gave.
    pub due: u32,
    /// Rows worked on.
    pub looked_at: u32,
    /// Rows that could not be worked on.
    pub failed: u32,
    /// Rows that came to an end.
    pub settled: u32,
    /// Whether time ran out.
    pub stopped_early: bool,
    /// How long it took.
    pub seconds: f64,
}

/// What all runs did.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Swept {
    /// One after the other.
    pub runs: Vec<Run>,
    /// DynamoDB's operations: requests and capacity units.
    pub usage: BTreeMap<String, (u64, f64)>,
    /// Messages sent.
    pub sent: u64,
    /// Questions to POP.
    pub asked: u64,
    /// Payments that it was asked about.
    pub payments: u64,
    /// Questions in the busiest second, wherever it begins.
    pub busiest_second: u64,
    /// The shortest time between two questions about one payment, if any was asked about twice.
    pub shortest_gap_seconds: Option<f64>,
    /// Wall time of all runs.
    pub seconds: f64,
    /// Processor time of all runs.
    pub cpu_seconds: f64,
    /// By how much memory grew at its peak over what was held before the first run, in KiB.
    pub grown_kib: u64,
    /// The peak itself.
    pub peak_kib: u64,
}

impl Swept {
    /// Rows worked on.
    #[must_use]
    pub fn looked_at(&self) -> u64 {
        self.runs.iter().map(|run| u64::from(run.looked_at)).sum()
    }

    /// Rows that could not be worked on.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.runs.iter().map(|run| u64::from(run.failed)).sum()
    }

    /// Capacity units in all.
    #[must_use]
    pub fn units(&self) -> f64 {
        self.usage.values().map(|(_, units)| units).sum()
    }

    /// DynamoDB requests in all.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.usage.values().map(|(requests, _)| requests).sum()
    }
}

/// Sweeps as ordered.
///
/// # Errors
/// The keys cannot be made, or the system does not tell the memory.
pub async fn run(order: &Order) -> Result<Swept> {
    clock::set(clock::START + Seconds(order.after_seconds));
    let latency = Duration::from_millis(order.latency_ms);
    let (provider, client) = Provider::with_client(latency, order.room, clock::now)?;
    let meter = Meter::default();
    let queues = CountingQueues::default();
    let sweep = Sweep {
        ports: Ports {
            store: embedded::store(order.address).metered(meter.clone()),
            queues: queues.clone(),
            policy: Policy::default(),
        },
        provider: client,
        clock: clock::now,
        shards: embedded::SHARDS,
        concurrency: order.concurrency,
        pace: Pace::new(order.per_second),
    };
    // Nothing was due at the beginning: opens the connection.
    let present = clock::now();
    clock::set(clock::START);
    sweep.run(Time::from_millis(i64::MAX)).await;
    clock::set(present);
    drop(meter.take());
    if order.goes {
        clock::go();
    }
    forget_peak();
    let before = memory("VmRSS:")?;
    let (wall, cpu) = (Instant::now(), cpu_time());
    let mut swept = Swept::default();
    for _ in 0..order.runs {
        let begun = Instant::now();
        let report = sweep.run(clock::now() + Seconds(order.limit_seconds)).await;
        swept.runs.push(Run {
            due: report.due,
            looked_at: report.looked_at,
            failed: report.failed,
            settled: report.settled,
            stopped_early: report.stopped_early,
            seconds: begun.elapsed().as_secs_f64(),
        });
        let enough = order.enough < u64::MAX && different(&provider.asked()) >= order.enough;
        if report.due == 0 || enough {
            break;
        }
    }
    swept.seconds = wall.elapsed().as_secs_f64();
    swept.cpu_seconds = cpu_time() - cpu;
    swept.peak_kib = memory("VmHWM:")?;
    swept.grown_kib = swept.peak_kib.saturating_sub(before);
    let usage = meter.take().into_iter();
    swept.usage = usage
        .map(|(name, usage)| (name.to_owned(), (usage.requests, usage.units)))
        .collect();
    swept.sent = queues.sent();
    look_at_questions(&provider.asked(), &mut swept);
    Ok(swept)
}

fn look_at_questions(asked: &[Asked], swept: &mut Swept) {
    let at: Vec<Duration> = asked.iter().map(|asked| asked.at).collect();
    swept.asked = asked.len() as u64;
    swept.busiest_second = busiest(&at, Duration::from_secs(1)) as u64;
    let mut last: HashMap<u64, Duration> = HashMap::new();
    for asked in asked {
        if let Some(before) = last.insert(asked.payment, asked.at) {
            let gap = asked.at.saturating_sub(before).as_secs_f64();
            let shortest = swept.shortest_gap_seconds.unwrap_or(f64::MAX);
            swept.shortest_gap_seconds = Some(shortest.min(gap));
        }
    }
    swept.payments = last.len() as u64;
}

fn different(asked: &[Asked]) -> u64 {
    let payments: HashSet<u64> = asked.iter().map(|asked| asked.payment).collect();
    payments.len() as u64
}

/// The most moments that lie within one `span`, wherever it begins; the moments are in order.
fn busiest(at: &[Duration], span: Duration) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (last, moment) in at.iter().enumerate() {
        while *moment - at[first] >= span {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

fn cpu_time() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Lets Linux count the peak anew. Where it may not, the peak so far stays, and the growth shows too large, not too small.
fn forget_peak() {
    let _unless_forbidden = std::fs::write("/proc/self/clear_refs", "5");
}

/// One of the sizes that Linux tells of this process, in KiB.
fn memory(name: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")
        .context("reading /proc/self/status: run it on Linux")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let line = line.with_context(|| format!("/proc/self/status has no {name}"))?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_second_is_found_wherever_it_begins() {
        let at = [0, 100, 900, 950, 1_100, 1_850, 1_899].map(Duration::from_millis);
        let second = Duration::from_secs(1);
        assert_eq!(busiest(&at, second), 5, "from 900 to 1899");
        assert_eq!(busiest(&at[..2], second), 2);
        assert_eq!(busiest(&[], second), 0);
        let exact = [0, 1_000, 2_000].map(Duration::from_millis);
        assert_eq!(busiest(&exact, second), 1, "a second ends before the next");
    }

    #[test]
    fn a_payment_that_is_asked_about_twice_is_noticed() {
        let asked = |seconds, payment| Asked {
            at: Duration::from_secs(seconds),
            payment,
        };
        let mut swept = Swept::default();
        look_at_questions(&[asked(1, 7), asked(2, 8), asked(19, 7)], &mut swept);
        assert_eq!((swept.asked, swept.payments), (3, 2));
        assert_eq!(swept.shortest_gap_seconds, Some(18.0));
        let mut once = Swept::default();
        look_at_questions(&[asked(1, 7), asked(2, 8)], &mut once);
        assert_eq!(once.shortest_gap_seconds, None);
    }

    #[test]
    fn the_system_tells_memory_and_time() {
        assert!(memory("VmHWM:").unwrap() >= memory("VmRSS:").unwrap() / 2);
        assert!(memory("VmNone:").is_err());
        assert!(cpu_time() > 0.0);
    }
}
