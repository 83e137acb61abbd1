//! What the functions have to reach, and whether they do.

use crate::jobs::Job;
use crate::measure::Run;
use crate::rounds::Measured;
use crate::stats::Spread;
use crate::subjects::{FLOOR, OURS};
use serde::Serialize;

/// A bound, and what was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Target {
    pub(crate) what: String,
    pub(crate) measured: Spread,
    pub(crate) most: f64,
}

impl Target {
    /// By the middle of the rounds: single runs are noisy.
    pub(crate) fn holds(&self) -> bool {
        self.measured.median <= self.most
    }
}

const MB: f64 = 1e6;
const MIB: f64 = 1024.0 * 1024.0;

/// All targets that these measurements can tell about.
pub(crate) fn of(measured: &[Measured]) -> Vec<Target> {
    let mut targets = Vec::new();
    for job in measured {
        match job.job {
            Job::Notify => notify(job, &mut targets),
            Job::NotifyManual => calls(job, 5.0, &mut targets),
            Job::NotifyDuplicate => calls(job, 1.0, &mut targets),
            Job::Capture | Job::Sweep | Job::Checkout => {
                let what = format!("{}: start to first answer, to the floor's", job.job.id());
                add(
                    &mut targets,
                    what,
                    job.starts_to(FLOOR, |run| run.to_answer_ms),
                    1.6,
                );
            }
        }
    }
    targets
}

fn notify(job: &Measured, targets: &mut Vec<Target>) {
    let to_floor = [
        (
            "processor time of a steady invocation",
            job.steady_to(FLOOR, |run| run.cpu_us),
            1.6,
        ),
        (
            "processor time from start to first answer",
            job.starts_to(FLOOR, |run| run.cold_cpu_ms),
            1.5,
        ),
        (
            "start to first answer",
            job.starts_to(FLOOR, |run| run.to_answer_ms),
            1.3,
        ),
        (
            "p99 of steady invocations",
            job.steady_to(FLOOR, |run| run.p99_us),
            1.3,
        ),
    ];
    for (what, ratio, most) in to_floor {
        add(
            targets,
            format!("notify: {what}, to the floor's"),
            ratio,
            most,
        );
    }
    if let Some(ours) = job.of(OURS) {
        let first = Spread::of(
            ours.starts
                .iter()
                .map(|run| run.first_ms * 1e3 / run.p50_us),
        );
        add(
            targets,
            "notify: first invocation, to a later one".into(),
            Some(first),
            1.3,
        );
        let memory = ours.steadily(|run| run.peak_mib * MIB / MB);
        add(targets, "notify: most memory, MB".into(), Some(memory), 8.0);
        let zipped = Spread::of([ours.zipped as f64 / MB]);
        add(targets, "notify: zipped, MB".into(), Some(zipped), 2.5);
    }
    for (peer, steady, cold) in [("node", 5.0, 20.0), ("python_powertools", 8.0, 60.0)] {
        let cpu = job.steady_to(peer, |run| run.cpu_us);
        add(
            targets,
            format!("notify: processor time of a steady invocation, to {peer}'s"),
            cpu,
            1.0 / steady,
        );
        let start = job.starts_to(peer, |run| run.to_answer_ms);
        add(
            targets,
            format!("notify: start to first answer, to {peer}'s"),
            start,
            1.0 / cold,
        );
    }
    calls(job, 4.0, targets);
}

fn calls(job: &Measured, most: f64, targets: &mut Vec<Target>) {
    let Some(ours) = job.of(OURS) else { return };
    let all = |run: &Run| run.calls.values().sum::<f64>();
    let calls = Spread::of(ours.starts.iter().chain(&ours.steady).map(all));
    add(
        targets,
        format!("{}: calls to AWS", job.job.id()),
        Some(calls),
        most,
    );
}

fn add(targets: &mut Vec<Target>, what: String, measured: Option<Spread>, most: f64) {
    targets.extend(measured.map(|measured| Target {
        what,
        measured,
        most,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_holds_by_its_middle() {
        let target = |median| Target {
            what: "processor time".into(),
            measured: Spread {
                median,
                least: 1.0,
                most: 2.0,
            },
            most: 1.6,
        };
        assert!(target(1.6).holds());
        assert!(!target(1.61).holds());
        assert!(!target(f64::NAN).holds());
    }
}
