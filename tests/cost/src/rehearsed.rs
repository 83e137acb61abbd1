//! What the payments of a rehearsal would have cost: what it counted, times what each step uses on average in the
//! journeys.

use crate::bill::{Bill, Tariff, Units};
use crate::counted::Invocation;
use crate::figures::largest_of;
use crate::journeys;
use crate::term::Term;
use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What a rehearsal counted.
#[derive(Debug, Clone, Default)]
pub struct Rehearsed {
    /// Payments, attempts at the same order included.
    pub payments: u64,
    /// Requests that the API answered, by [`step_of`].
    pub requests: BTreeMap<&'static str, u64>,
    /// Lines of the functions' logs, by [`steps_in`].
    pub behind: BTreeMap<&'static str, u64>,
    /// Bytes of all items in the table.
    pub stored_bytes: u64,
}

/// What it would have cost.
#[derive(Debug, Clone, Serialize)]
pub struct Estimate {
    /// Whose prices.
    pub region: String,
    /// How many payments.
    pub payments: u64,
    /// Steps that were counted.
    pub steps: BTreeMap<&'static str, u64>,
    /// Dollars for all of it.
    pub bill: Bill,
    /// Dollars for a million such payments.
    pub per_million: f64,
}

/// The step that a request to the API is, as the journeys name it; `None` for what they do not have.
#[must_use]
pub fn step_of(method: &str, path: &str, status: u16) -> Option<&'static str> {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (method, segments.as_slice()) {
        ("POST", ["notify"]) if status == 401 => Some("forged"),
        ("POST", ["notify"]) => Some("notification"),
        ("POST", ["payments"] | ["payments", _, "retry"]) => Some("create"),
        ("POST", ["payments", _, "pay"]) => Some("pay"),
        ("POST", ["payments", _, "charge"]) => Some("charge"),
        ("POST", ["payments", _, "refund"]) => Some("refund"),
        ("POST", ["payments", _, "cancel"]) => Some("ask_cancel"),
        ("POST", ["payments", _, "capture"]) => Some("ask_capture"),
        ("GET", ["payments", _] | ["buyers", ..]) => Some("look"),
        ("GET", ["checkout", ..]) => Some("page"),
        _ => None,
    }
}

/// Lines that say that something was done which no request of the API asked for.
const BEHIND: [(&str, &str); 2] = [
    ("a capture was asked for", "capture"),
    ("a due payment was looked at", "sweep"),
];

/// How often the capture function and the sweep did something about a payment, by the logs in a folder.
///
/// # Errors
/// A log cannot be read.
pub fn steps_in(folder: &Path) -> Result<BTreeMap<&'static str, u64>> {
    let mut steps = BTreeMap::new();
    let entries = std::fs::read_dir(folder);
    for entry in entries.with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "log") {
            continue;
        }
        let text = std::fs::read(&path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        let text = String::from_utf8_lossy(&text);
        for (line, step) in BEHIND {
            *steps.entry(step).or_default() += text.matches(line).count() as u64;
        }
    }
    Ok(steps)
}

/// Works the costs out, by the tariff of this tree.
///
/// # Errors
/// A file of the tariff is not in order, or a step has no journey.
pub fn estimate(rehearsed: &Rehearsed) -> Result<Estimate> {
    let tariff = crate::tariff(None)?;
    let averages = Averages::measure(&tariff);
    let mut steps = rehearsed.requests.clone();
    for (step, count) in &rehearsed.behind {
        *steps.entry(step).or_default() += count;
    }
    let mut units = Units::default();
    for (step, count) in &steps {
        let average = averages.of_step.get(*step);
        let average = average.with_context(|| format!("no journey has the step {step}"))?;
        units.add_times(average, *count as f64);
    }
    let stored = rehearsed.stored_bytes as f64 * averages.gb_months_of_a_byte;
    units.add(Term::Storage, stored);
    units.add(Term::Recovery, stored);
    let bill = tariff.bill(&units)?;
    Ok(Estimate {
        region: tariff.prices.region,
        payments: rehearsed.payments,
        steps,
        per_million: bill.total / rehearsed.payments.max(1) as f64 * 1e6,
        bill,
    })
}

impl Estimate {
    /// Names and values, for the rehearsal's table.
    #[must_use]
    pub fn lines(&self) -> Vec<(String, String)> {
        let all = format!(
            "{:.4} dollars on AWS ({}), {:.0} for a million payments",
            self.bill.total, self.region, self.per_million
        );
        let largest = largest_of(&self.bill).join(", ");
        vec![
            ("would have cost".into(), all),
            ("  most of it".into(), largest),
        ]
    }
}

struct Averages {
    of_step: BTreeMap<String, Units>,
    gb_months_of_a_byte: f64,
}

impl Averages {
    fn measure(tariff: &Tariff) -> Self {
        let journeys = journeys::run(&tariff.deployment, |_| {});
        let mut of_step: BTreeMap<String, Vec<Units>> = BTreeMap::new();
        let (mut gb_months, mut bytes) = (0.0, 0.0);
        for journey in &journeys {
            for invocation in &journey.done.invocations {
                let units = with_readers(tariff, invocation);
                of_step
                    .entry(invocation.step.clone())
                    .or_default()
                    .push(units);
            }
            if journey.whole {
                gb_months += tariff.of_journey(&journey.done).of(Term::Storage);
                bytes += journey.done.stored.bytes;
            }
        }
        let mean = |(step, all): (String, Vec<Units>)| {
            let mut mean = Units::default();
            let share = 1.0 / all.len() as f64;
            all.iter().for_each(|units| mean.add_times(units, share));
            (step, mean)
        };
        Self {
            of_step: of_step.into_iter().map(mean).collect(),
            gb_months_of_a_byte: gb_months / bytes,
        }
    }
}

/// An invocation with the requests of those who read what it sent: each message is received and deleted.
fn with_readers(tariff: &Tariff, invocation: &Invocation) -> Units {
    let mut units = tariff.of_invocation(invocation);
    units.add(Term::Queues, 2.0 * invocation.counted.sqs_requests as f64);
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_steps_of_the_journeys() {
        for (method, path, status, step) in [
            ("POST", "/payments", 201, Some("create")),
            ("POST", "/payments/P1/pay", 200, Some("pay")),
            ("GET", "/payments/P1", 200, Some("look")),
            ("GET", "/checkout/assets/page.js", 200, Some("page")),
            ("POST", "/notify", 200, Some("notification")),
            ("POST", "/notify", 401, Some("forged")),
            ("DELETE", "/buyers/B/cards/C", 204, None),
            ("GET", "/healthz", 200, None),
        ] {
            assert_eq!(step_of(method, path, status), step, "{method} {path}");
        }
    }

    #[test]
    fn captures_and_sweeps_are_counted_in_logs() {
        let folder = std::env::temp_dir().join(format!("cost-logs-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let lines = "a capture was asked for\nswept\na capture was asked for\na due payment was looked at\n";
        std::fs::write(folder.join("a.log"), lines).unwrap();
        std::fs::write(folder.join("b.txt"), lines).unwrap();
        let steps = steps_in(&folder).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(steps, BTreeMap::from([("capture", 2), ("sweep", 1)]));
        assert!(steps_in(&folder).is_err());
    }

    #[test]
    fn twice_as_much_costs_twice_as_much() {
        let names = [
            "create",
            "pay",
            "look",
            "page",
            "notification",
            "forged",
            "refund",
            "charge",
        ];
        let steps = names.into_iter().chain(["ask_cancel", "ask_capture"]);
        let once = Rehearsed {
            payments: 10,
            requests: steps.map(|step| (step, 10)).collect(),
            behind: BTreeMap::from([("capture", 3), ("sweep", 2)]),
            stored_bytes: 60_000,
        };
        let mut twice = once.clone();
        twice.requests.values_mut().for_each(|count| *count *= 2);
        twice.behind.values_mut().for_each(|count| *count *= 2);
        twice.stored_bytes *= 2;
        let (once, twice) = (estimate(&once).unwrap(), estimate(&twice).unwrap());
        assert!((twice.bill.total / once.bill.total - 2.0).abs() < 1e-9);
        assert!(
            (50.0..1_000.0).contains(&once.per_million),
            "{}",
            once.per_million
        );
        assert_eq!(once.lines().len(), 2);
    }
}
