//! Rounds of runs: in each round every subject has its turn, so that what slows the machine slows all of them, and ratios
//! are taken within a round.

use crate::jobs::Job;
use crate::measure::{Length, Place, Run};
use crate::stats::Spread;
use crate::subjects::{OURS, Subject};
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// The runs of one subject, by round.
#[derive(Debug, Serialize)]
pub(crate) struct Runs {
    pub(crate) name: String,
    pub(crate) zipped: u64,
    pub(crate) starts: Vec<Run>,
    pub(crate) steady: Vec<Run>,
}

/// One job, done by all its subjects.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) job: Job,
    pub(crate) subjects: Vec<Runs>,
}

/// How many rounds of each length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounds {
    pub(crate) starts: u32,
    pub(crate) steady: u32,
}

/// Runs all rounds of one job.
pub(crate) async fn measure(
    place: &Place<'_>,
    job: Job,
    subjects: &[Subject],
    rounds: Rounds,
) -> Result<Measured> {
    let mut measured: Vec<Runs> = subjects.iter().map(Runs::of).collect();
    let many = u64::from(rounds.starts + rounds.steady) * subjects.len() as u64;
    let style = ProgressStyle::with_template("{prefix:16} {bar:40} {pos}/{len} runs, {eta} left")?;
    let bar = ProgressBar::new(many)
        .with_style(style)
        .with_prefix(job.id());
    for (length, times) in [
        (Length::Young, rounds.starts),
        (Length::Steady, rounds.steady),
    ] {
        for _ in 0..times {
            for (subject, runs) in subjects.iter().zip(&mut measured) {
                let run = place.run(&subject.program, job, length).await;
                let run = run.with_context(|| format!("{}: {}", job.id(), subject.name))?;
                match length {
                    Length::Young => runs.starts.push(run),
                    Length::Steady => runs.steady.push(run),
                }
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    Ok(Measured {
        job,
        subjects: measured,
    })
}

impl Runs {
    fn of(subject: &Subject) -> Self {
        Self {
            name: subject.name.clone(),
            zipped: subject.zipped,
            starts: Vec::new(),
            steady: Vec::new(),
        }
    }

    pub(crate) fn starting(&self, value: impl Fn(&Run) -> f64) -> Spread {
        Spread::of(self.starts.iter().map(value))
    }

    pub(crate) fn steadily(&self, value: impl Fn(&Run) -> f64) -> Spread {
        Spread::of(self.steady.iter().map(value))
    }
}

impl Measured {
    pub(crate) fn of(&self, name: &str) -> Option<&Runs> {
        self.subjects.iter().find(|runs| runs.name == name)
    }

    /// Ours to another's, round by round, of what starts show.
    pub(crate) fn starts_to(&self, other: &str, value: impl Fn(&Run) -> f64) -> Option<Spread> {
        let (ours, other) = (self.of(OURS)?, self.of(other)?);
        ratios(&ours.starts, &other.starts, value)
    }

    /// Ours to another's, round by round, of what long runs show.
    pub(crate) fn steady_to(&self, other: &str, value: impl Fn(&Run) -> f64) -> Option<Spread> {
        let (ours, other) = (self.of(OURS)?, self.of(other)?);
        ratios(&ours.steady, &other.steady, value)
    }
}

fn ratios(ours: &[Run], theirs: &[Run], value: impl Fn(&Run) -> f64) -> Option<Spread> {
    if ours.is_empty() {
        return None;
    }
    let pairs = ours.iter().zip(theirs);
    Some(Spread::of(
        pairs.map(|(ours, theirs)| value(ours) / value(theirs)),
    ))
}
