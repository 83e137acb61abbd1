//! How many instructions a function executes, counted by valgrind: the same each time, whatever else the machine does.

use crate::host::Host;
use crate::jobs::Job;
use crate::keys;
use crate::measure::Place;
use crate::process::{Process, Program};
use crate::subjects::Subject;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Invocations of a short run and of a long one; what lies between them is warm.
const SHORT: u64 = 20;
const LONG: u64 = 120;

/// Starts of which the least counts: whether a connection that opens ahead is there in time differs from run to run.
const STARTS: usize = 3;

/// By how much the count of a start may grow before the gate closes. On a slow machine a connection that opens ahead may
/// not be there in time, and that alone is a seventh.
const SLACK_OF_STARTS: f64 = 1.3;

/// The same of a warm invocation, and of the size: allocations and wake-ups differ a little from run to run.
const SLACK: f64 = 1.05;

/// Instructions, in thousands, and the size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Count {
    /// From the process's start to its first answer.
    pub(crate) start: u64,
    /// Of one invocation when it is warm.
    pub(crate) warm: u64,
    /// What is uploaded, in KB.
    pub(crate) zipped: u64,
}

/// The counts that are checked in, by job.
pub(crate) type Counts = BTreeMap<String, Count>;

fn file() -> PathBuf {
    keys::root().join("tests/bench/instructions.json")
}

/// Reads the counts that are checked in.
pub(crate) fn kept() -> Result<Counts> {
    let path = file();
    let text = std::fs::read_to_string(&path);
    let text = text.with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))
}

/// Puts these counts in their place.
pub(crate) fn keep(counts: &Counts) -> Result<()> {
    report::write_json(&file(), counts)
}

/// Counts one subject's instructions. With a folder, callgrind's files of a start and of the long run stay there, to be looked
/// at with `callgrind_annotate`.
pub(crate) async fn count(
    place: &Place<'_>,
    job: Job,
    subject: &Subject,
    profiles: Option<&Path>,
) -> Result<Count> {
    if let Some(folder) = profiles {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let kept = |part| {
        profiles.map(|folder| folder.join(format!("{}-{}-{part}.out", job.id(), subject.name)))
    };
    let start = kept("start");
    let mut first = u64::MAX;
    for _ in 0..STARTS {
        first = first.min(run(place, job, &subject.program, 1, start.as_deref()).await?);
    }
    let short = run(place, job, &subject.program, SHORT, None).await?;
    let long = kept("warm");
    let long = run(place, job, &subject.program, LONG, long.as_deref()).await?;
    Ok(Count {
        start: first / 1000,
        warm: long.saturating_sub(short) / (LONG - SHORT) / 1000,
        zipped: subject.zipped / 1000,
    })
}

/// All instructions of a process that is invoked so many times.
async fn run(
    place: &Place<'_>,
    job: Job,
    program: &Program,
    invocations: u64,
    kept: Option<&Path>,
) -> Result<u64> {
    let out = keys::root().join(format!("target/bench/callgrind.{}.out", std::process::id()));
    place.backend.reset(job.stage());
    let mut host = Host::start().await?;
    let process = Process::start(&under_valgrind(program, &out, &host))?;
    host.asked()
        .await
        .context("valgrind is needed (Debian: apt-get install valgrind)")?;
    for n in 0..invocations {
        place.invoke(&mut host, job, n).await?;
    }
    process.end()?;
    let text = std::fs::read_to_string(&out)?;
    if let Some(kept) = kept {
        std::fs::copy(&out, kept).with_context(|| format!("writing {}", kept.display()))?;
    }
    std::fs::remove_file(&out)?;
    total(&text).context("valgrind left no total")
}

fn under_valgrind(program: &Program, out: &Path, host: &Host) -> Program {
    let mut arguments = vec![
        "--tool=callgrind".to_owned(),
        format!("--callgrind-out-file={}", out.display()),
        program.path.display().to_string(),
    ];
    arguments.extend(program.arguments.iter().cloned());
    let mut environment = program.environment.clone();
    environment.push(("AWS_LAMBDA_RUNTIME_API".into(), host.address.to_string()));
    Program {
        path: "valgrind".into(),
        arguments,
        environment,
    }
}

/// Of callgrind's file: the line that sums everything up.
fn total(text: &str) -> Option<u64> {
    let line = text.lines().rev().find_map(|line| {
        line.strip_prefix("totals:")
            .or_else(|| line.strip_prefix("summary:"))
    })?;
    line.trim().split(' ').next()?.parse().ok()
}

/// One line of the table for people.
pub(crate) fn row(job: Job, ours: Count, floor: Option<Count>, crates: usize) -> String {
    let beside = |ours: u64, floor: Option<u64>| {
        let number = |value: u64| value.to_string();
        let ratio = floor.map(|floor| format!("{:.2}", ours as f64 / floor as f64));
        let (floor, ratio) = (
            floor.map(number).unwrap_or_default(),
            ratio.unwrap_or_default(),
        );
        format!("{ours:>9} {floor:>8} {ratio:>8}")
    };
    format!(
        "{:<18}  {} {} {:>10} {crates:>7}",
        job.id(),
        beside(ours.start, floor.map(|floor| floor.start)),
        beside(ours.warm, floor.map(|floor| floor.warm)),
        ours.zipped
    )
}

/// Fails, naming each job that takes more than it did when its count was checked in, or is larger.
pub(crate) fn check(counts: &Counts, kept: &Counts) -> Result<()> {
    let mut grown = Vec::new();
    for (job, count) in counts {
        let Some(before) = kept.get(job) else {
            bail!("{job} has no count yet: `cargo bench-functions --instructions --renew`");
        };
        for (what, now, then, slack) in [
            (
                "thousand instructions from start to first answer",
                count.start,
                before.start,
                SLACK_OF_STARTS,
            ),
            (
                "thousand instructions of a warm invocation",
                count.warm,
                before.warm,
                SLACK,
            ),
            ("KB zipped", count.zipped, before.zipped, SLACK),
        ] {
            if now as f64 > then as f64 * slack {
                grown.push(format!("{job}: {now} {what}, {then} before"));
            }
        }
    }
    if grown.is_empty() {
        return Ok(());
    }
    bail!(
        "{}; if that is meant, `cargo bench-functions --instructions --renew` and say why in the commit",
        grown.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(start: u64, warm: u64, zipped: u64) -> Counts {
        let count = Count {
            start,
            warm,
            zipped,
        };
        Counts::from([("notify".to_owned(), count)])
    }

    #[test]
    fn a_count_may_grow_a_little() {
        let kept = counts(10_000, 2_000, 2_300);
        assert!(check(&counts(13_000, 2_100, 2_415), &kept).is_ok());
        let told = check(&counts(13_001, 2_101, 2_416), &kept)
            .unwrap_err()
            .to_string();
        for grown in ["13001 thousand", "2101 thousand", "2416 KB"] {
            assert!(told.contains(grown), "{told}");
        }
        assert!(check(&counts(1, 1, 1), &Counts::new()).is_err());
    }

    #[test]
    fn the_total_stands_at_the_end() {
        assert_eq!(
            total("events: Ir\nfn=(1)\n3 5\n\ntotals: 1234567\n"),
            Some(1_234_567)
        );
        assert_eq!(total("events: Ir\n"), None);
    }
}
