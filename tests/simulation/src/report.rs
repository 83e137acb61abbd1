//! Figures of many runs.

use crate::simulation::Outcome;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Sums over all seeds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Totals {
    /// The first seed.
    pub from: u64,
    /// How many.
    pub seeds: u64,
    /// Seeds in which a law was broken.
    pub failed_seeds: u64,
    /// How often each law was broken.
    pub broken: BTreeMap<String, u64>,
    /// Things that took effect and were looked at.
    pub steps: u64,
    /// Entries of trails that were decided again, with their signatures verified again.
    pub entries: u64,
    /// Payments made.
    pub payments: u64,
    /// Authorised at the provider.
    pub authorised: u64,
    /// Captures that took money.
    pub captures: u64,
    /// Refunds that gave money back.
    pub refunds: u64,
    /// Order events sent, repeats included.
    pub events: u64,
    /// Notifications handed to the function.
    pub notifications: u64,
    /// Runs of the sweep that found something.
    pub sweeps: u64,
    /// Invocations that died.
    pub killed: u64,
    /// Days of simulated time.
    pub simulated_days: f64,
    /// Seconds it took.
    pub seconds: f64,
    /// Simulated days in a second.
    pub days_per_second: f64,
}

impl Totals {
    /// Nothing yet.
    #[must_use]
    pub fn of(from: u64, seeds: u64) -> Self {
        Self {
            from,
            seeds,
            ..Self::default()
        }
    }

    /// Adds a seed's.
    pub fn add(&mut self, outcome: &Outcome) {
        self.failed_seeds += u64::from(!outcome.breaches.is_empty());
        for breach in &outcome.breaches {
            *self.broken.entry(breach.law.to_owned()).or_default() += 1;
        }
        self.steps += outcome.steps;
        self.entries += outcome.entries;
        self.payments += outcome.verdict.payments;
        self.authorised += outcome.verdict.authorised;
        self.captures += outcome.verdict.captures;
        self.refunds += outcome.verdict.refunds;
        self.events += outcome.verdict.events;
        self.notifications += outcome.counts.notifications;
        self.sweeps += outcome.counts.sweeps;
        self.killed += outcome.counts.killed;
        self.simulated_days += outcome.counts.simulated_ms as f64 / 86_400_000.0;
    }

    /// With the time that it took.
    #[must_use]
    pub fn took(mut self, time: Duration) -> Self {
        self.seconds = time.as_secs_f64();
        self.days_per_second = self.simulated_days / self.seconds.max(0.001);
        self
    }

    fn rows(&self) -> Vec<(&'static str, String)> {
        vec![
            (
                "seeds",
                format!("{} to {}", self.from, self.from + self.seeds - 1),
            ),
            (
                "seeds in which a law was broken",
                self.failed_seeds.to_string(),
            ),
            ("payments", self.payments.to_string()),
            ("authorised at the provider", self.authorised.to_string()),
            ("captures that took money", self.captures.to_string()),
            ("refunds that gave money back", self.refunds.to_string()),
            (
                "order events sent, repeats included",
                self.events.to_string(),
            ),
            ("notifications handed over", self.notifications.to_string()),
            (
                "runs of the sweep that found something",
                self.sweeps.to_string(),
            ),
            (
                "function processes that died at work",
                self.killed.to_string(),
            ),
            (
                "effects looked at, each with all laws",
                self.steps.to_string(),
            ),
            ("entries of trails decided again", self.entries.to_string()),
            ("simulated days", format!("{:.0}", self.simulated_days)),
            (
                "simulated days in a second",
                format!("{:.0}", self.days_per_second),
            ),
        ]
    }

    /// The section of the reliability page.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "`cargo simulate --seeds {} --from {} --write-docs`\n\n| figure | value |\n|---|---|\n",
            self.seeds, self.from
        );
        for (name, value) in self.rows() {
            text += &format!("| {name} | {value} |\n");
        }
        text += "\nLaws broken: ";
        text += &match self.broken.is_empty() {
            true => "none.\n".to_owned(),
            false => format!("{:?}\n", self.broken),
        };
        text
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.rows() {
            writeln!(f, "{name:<42} {value:>16}")?;
        }
        for (law, count) in &self.broken {
            writeln!(f, "broken: {law:<34} {count:>16}")?;
        }
        Ok(())
    }
}
