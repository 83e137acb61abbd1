//! What is going on, for the person who waits: a line per step with its seconds, a bar for what is long.

use std::fmt::Display;
use std::future::Future;
use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// How often a long step says how far it is when the output is no terminal.
const PLAIN_INTERVAL: Duration = Duration::from_secs(15);

/// How long one step took.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StepTime {
    pub(crate) step: String,
    pub(crate) seconds: f64,
}

/// Runs steps one after the other and remembers how long each took.
pub(crate) struct Steps {
    started: Instant,
    terminal: bool,
    times: Vec<StepTime>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            terminal: std::io::stdout().is_terminal(),
            times: Vec::new(),
        }
    }

    /// Runs one step. The work may report its progress; an error ends the line and goes on to the caller.
    pub(crate) async fn run<T, F>(
        &mut self,
        name: &str,
        work: impl FnOnce(Progress) -> F,
    ) -> anyhow::Result<T>
    where
        F: Future<Output = anyhow::Result<T>>,
    {
        let started = Instant::now();
        let progress = Progress::new(name, self.terminal);
        let outcome = work(progress.clone()).await;
        progress.bar.finish_and_clear();
        let seconds = started.elapsed().as_secs_f64();
        let mark = if outcome.is_ok() { "ok" } else { "failed" };
        println!("{mark:>6}  {seconds:7.1} s  {name}");
        self.times.push(StepTime {
            step: name.to_owned(),
            seconds: round(seconds),
        });
        outcome
    }

    /// How long each step took, in order.
    pub(crate) fn times(&self) -> &[StepTime] {
        &self.times
    }

    /// Since the first step.
    pub(crate) fn total_seconds(&self) -> f64 {
        round(self.started.elapsed().as_secs_f64())
    }
}

/// Seconds as they stand in reports: to the millisecond.
pub(crate) fn round(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// How far a step is. Cheap to clone; all clones show on the same line.
#[derive(Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    plain: Option<std::sync::Arc<Mutex<Instant>>>,
    name: String,
}

impl Progress {
    fn new(name: &str, terminal: bool) -> Self {
        let bar = if terminal {
            ProgressBar::new_spinner()
        } else {
            ProgressBar::hidden()
        };
        bar.set_prefix(name.to_owned());
        if let Ok(style) =
            ProgressStyle::with_template("{spinner} {elapsed:>8}  {prefix}  {wide_msg}")
        {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        let plain = (!terminal).then(|| std::sync::Arc::new(Mutex::new(Instant::now())));
        Self {
            bar,
            plain,
            name: name.to_owned(),
        }
    }

    /// Shows nothing: for what goes on beside a step that is shown.
    pub(crate) fn hidden() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            plain: None,
            name: String::new(),
        }
    }

    /// A word on what is being done right now.
    pub(crate) fn say(&self, words: impl Display) {
        self.bar.set_message(words.to_string());
        self.now_and_then(words);
    }

    /// Turns the line into a bar with `total` places.
    pub(crate) fn of(&self, total: u64) {
        self.bar.set_length(total);
        if let Ok(style) = ProgressStyle::with_template(
            "{spinner} {elapsed:>8}  {prefix}  [{bar:30}] {pos}/{len}  {wide_msg}",
        ) {
            self.bar.set_style(style);
        }
    }

    /// Moves the bar.
    pub(crate) fn at(&self, position: u64, words: impl Display) {
        self.bar.set_position(position);
        self.bar.set_message(words.to_string());
        let total = self.bar.length().unwrap_or(0);
        self.now_and_then(format_args!("{position}/{total} {words}"));
    }

    fn now_and_then(&self, words: impl Display) {
        let Some(last) = &self.plain else { return };
        let Ok(mut last) = last.lock() else { return };
        if last.elapsed() >= PLAIN_INTERVAL {
            *last = Instant::now();
            println!("                     {}: {words}", self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn steps_are_timed_and_errors_go_on() {
        let mut steps = Steps::new();
        assert_eq!(steps.run("one", |_| async { Ok(7) }).await.unwrap(), 7);
        assert!(
            steps
                .run("two", |_| async {
                    anyhow::bail!("no") as anyhow::Result<()>
                })
                .await
                .is_err()
        );
        let times = steps.times();
        assert_eq!(
            times
                .iter()
                .map(|time| time.step.as_str())
                .collect::<Vec<_>>(),
            ["one", "two"]
        );
        assert!(times.iter().all(|time| time.seconds < 5.0));
    }
}
