//! What one process measured and has not yet written.

use super::{DIMENSION, Metric, NAMESPACE};
use crate::{clock, config};
use domain::Time;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// CloudWatch takes so many values of one metric in one line.
const VALUES: usize = 100;

type Values = BTreeMap<Metric, Vec<u64>>;

/// Collects values until they are written. Clones share what is collected.
#[derive(Debug, Clone)]
pub struct Metrics {
    stack: Option<Arc<str>>,
    clock: fn() -> Time,
    values: Arc<Mutex<Values>>,
}

impl Metrics {
    /// The metrics of the stack that `STACK_NAME` names. Without it, as in a local run of one function, nothing is
    /// collected.
    #[must_use]
    pub fn from_env() -> Self {
        let stack = config::optional("STACK_NAME");
        Self::new(stack.as_deref(), clock::now)
    }

    /// The metrics of this stack, by this clock; `None` collects nothing.
    #[must_use]
    pub fn new(stack: Option<&str>, clock: fn() -> Time) -> Self {
        Self {
            stack: stack.map(Arc::from),
            clock,
            values: Arc::default(),
        }
    }

    /// The time by which things are measured.
    #[must_use]
    pub fn now(&self) -> Time {
        (self.clock)()
    }

    /// Notes a value.
    pub fn note(&self, metric: Metric, value: u64) {
        if self.stack.is_some() {
            self.with(|values| values.entry(metric).or_default().push(value));
        }
    }

    /// Notes several values.
    pub fn note_all(&self, values: impl IntoIterator<Item = (Metric, u64)>) {
        for (metric, value) in values {
            self.note(metric, value);
        }
    }

    /// Writes what was collected to standard output; nothing if there is nothing. To be called when an invocation's work
    /// is done.
    pub fn write(&self) {
        for mut line in self.take_lines() {
            line.push('\n');
            // A metric that cannot be written is lost; the invocation is not.
            let _written = std::io::stdout().write_all(line.as_bytes());
        }
    }

    /// Takes what was collected, as lines of the log.
    #[must_use]
    pub fn take_lines(&self) -> Vec<String> {
        let Some(stack) = &self.stack else {
            return Vec::new();
        };
        let mut values = self.with(std::mem::take);
        let mut lines = Vec::new();
        while !values.is_empty() {
            let rest = split(&mut values);
            lines.push(line(stack, self.now(), &values));
            values = rest;
        }
        lines
    }

    fn with<T>(&self, work: impl FnOnce(&mut Values) -> T) -> T {
        work(&mut self.values.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Takes off what does not fit into one line.
fn split(values: &mut Values) -> Values {
    let mut rest = Values::new();
    for (metric, values) in values {
        if values.len() > VALUES {
            rest.insert(*metric, values.split_off(VALUES));
        }
    }
    rest
}

fn line(stack: &str, at: Time, values: &Values) -> String {
    let definitions = values.keys().map(|metric| {
        let (name, unit) = (metric.name(), metric.unit());
        json!({ "Name": name, "Unit": unit })
    });
    let directive = json!({
        "Namespace": NAMESPACE,
        "Dimensions": [[DIMENSION]],
        "Metrics": definitions.collect::<Vec<_>>(),
    });
    let mut line = Map::new();
    line.insert(
        "_aws".into(),
        json!({ "Timestamp": at.millis(), "CloudWatchMetrics": [directive] }),
    );
    line.insert(DIMENSION.into(), stack.into());
    for (metric, values) in values {
        let value: Value = match values.as_slice() {
            [one] => (*one).into(),
            several => several.into(),
        };
        line.insert(metric.name().into(), value);
    }
    Value::Object(line).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_noon() -> Time {
        Time::from_millis(1_767_614_400_000)
    }

    fn lines(noted: &[(Metric, u64)]) -> Vec<Value> {
        let metrics = Metrics::new(Some("shop"), at_noon);
        for (metric, value) in noted {
            metrics.note(*metric, *value);
        }
        let lines = metrics.take_lines();
        assert_eq!(metrics.take_lines(), [""; 0], "taken once");
        lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_line_is_in_the_embedded_metric_format() {
        let lines = lines(&[
            (Metric::PopLatency, 312),
            (Metric::PopErrors, 1),
            (Metric::PopLatency, 10_000),
        ]);
        let want = json!({
            "_aws": {
                "Timestamp": 1_767_614_400_000_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "PopPayments",
                    "Dimensions": [["Stack"]],
                    "Metrics": [
                        { "Name": "PopLatency", "Unit": "Milliseconds" },
                        { "Name": "PopErrors", "Unit": "Count" },
                    ],
                }],
            },
            "Stack": "shop",
            "PopLatency": [312, 10_000],
            "PopErrors": 1,
        });
        assert_eq!(lines, [want]);
    }

    #[test]
    fn nothing_noted_is_nothing_written() {
        assert_eq!(lines(&[]), [Value::Null; 0]);
        let nameless = Metrics::new(None, at_noon);
        nameless.note(Metric::PopErrors, 1);
        assert_eq!(nameless.take_lines(), [""; 0]);
    }

    #[test]
    fn what_does_not_fit_into_a_line_stands_in_the_next() {
        let mut noted: Vec<_> = (0..250).map(|n| (Metric::PopLatency, n)).collect();
        noted.push((Metric::PopErrors, 7));
        let lines = lines(&noted);
        let counts: Vec<_> = lines
            .iter()
            .map(|line| line["PopLatency"].as_array().unwrap().len())
            .collect();
        assert_eq!(counts, [100, 100, 50]);
        assert_eq!(lines[2]["PopLatency"][49], 249);
        assert_eq!(lines[0]["PopErrors"], 7);
        let declared = |line: &Value| {
            let metrics = &line["_aws"]["CloudWatchMetrics"][0]["Metrics"];
            metrics.as_array().unwrap().len()
        };
        assert_eq!(lines.iter().map(declared).collect::<Vec<_>>(), [2, 1, 1]);
        assert_eq!(lines[1].get("PopErrors"), None, "said once");
    }

    #[test]
    fn names_are_told_apart() {
        let names: std::collections::BTreeSet<_> =
            Metric::ALL.iter().map(|metric| metric.name()).collect();
        assert_eq!(names.len(), Metric::ALL.len());
    }
}
