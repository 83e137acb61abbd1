//! What is assumed: how long things take, and what cannot be counted on one machine.

use crate::counted::{Call, Function};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;

const FILE: &str = include_str!("../durations.toml");

/// The file of assumptions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Durations {
    cpu_ms: Cpu,
    /// Cold starts.
    pub cold: Cold,
    wait_ms: Wait,
    /// Empty receives.
    pub polling: Polling,
    /// What CloudWatch does with lines.
    pub logs: Logs,
    /// Uses of the table's key.
    pub encryption: Encryption,
    /// Share of payments by journey.
    pub mix: BTreeMap<String, f64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cpu {
    source: String,
    checkout: f64,
    notify: f64,
    capture: f64,
    sweep: f64,
    sweep_per_payment: f64,
}

/// What a cold start takes, and how many there are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cold {
    /// Where the figures come from.
    pub source: String,
    cpu_ms: f64,
    /// Of all invocations.
    pub share: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wait {
    source: String,
    get: f64,
    put: f64,
    transaction: f64,
    query: f64,
    send: f64,
    secret: f64,
    pop: f64,
}

/// How an event source mapping asks its queue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polling {
    /// Where the figures come from.
    pub source: String,
    /// At once.
    pub pollers: f64,
    /// Requests of each.
    pub a_minute: f64,
}

/// How lines are counted and kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    /// Where the figures come from.
    pub source: String,
    /// What is left of a byte when compressed.
    pub kept_share: f64,
    /// Bytes counted for each line on top of its own.
    pub event_bytes: u64,
}

/// Uses of the table's key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    /// Where the figures come from.
    pub source: String,
    /// While anything is asked of the table.
    pub key_calls_an_hour: f64,
}

impl Durations {
    /// The file of this tree.
    ///
    /// # Errors
    /// It is not in order; the error names the place.
    pub fn load() -> Result<Self> {
        toml::from_str(FILE).context("tests/cost/durations.toml is not in order")
    }

    /// CPU milliseconds of a warm invocation.
    #[must_use]
    pub fn cpu_ms(&self, function: Function) -> f64 {
        match function {
            Function::Checkout => self.cpu_ms.checkout,
            Function::Notify => self.cpu_ms.notify,
            Function::Capture => self.cpu_ms.capture,
            Function::Sweep => self.cpu_ms.sweep,
        }
    }

    /// CPU milliseconds for one payment that the sweep looks at.
    #[must_use]
    pub fn sweep_cpu_ms_per_payment(&self) -> f64 {
        self.cpu_ms.sweep_per_payment
    }

    /// Milliseconds waited for a call.
    #[must_use]
    pub fn wait_ms(&self, call: Call) -> f64 {
        let wait = &self.wait_ms;
        match call {
            Call::Get => wait.get,
            Call::Put => wait.put,
            Call::Transaction => wait.transaction,
            Call::Query => wait.query,
            Call::Send => wait.send,
            Call::Pop => wait.pop,
        }
    }

    /// Milliseconds that a cold start takes in a function that reads so many secrets.
    #[must_use]
    pub fn cold_ms(&self, secrets: u64) -> f64 {
        self.cold.cpu_ms + secrets as f64 * self.wait_ms.secret
    }

    /// Where each group of figures comes from.
    #[must_use]
    pub fn sources(&self) -> [(&'static str, &str); 6] {
        [
            ("CPU time", &self.cpu_ms.source),
            ("cold starts", &self.cold.source),
            ("waiting", &self.wait_ms.source),
            ("empty receives", &self.polling.source),
            ("logs", &self.logs.source),
            ("encryption", &self.encryption.source),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assumption_says_where_it_comes_from() {
        let durations = Durations::load().unwrap();
        assert!(
            durations
                .sources()
                .iter()
                .all(|(_, source)| !source.is_empty())
        );
        for function in Function::ALL {
            assert!(durations.cpu_ms(function) > 0.0, "{function:?}");
        }
    }

    #[test]
    fn the_mix_is_whole() {
        let mix = Durations::load().unwrap().mix;
        assert!((mix.values().sum::<f64>() - 1.0).abs() < 1e-9, "{mix:?}");
    }

    #[test]
    fn a_cold_start_waits_for_its_secrets() {
        let durations = Durations::load().unwrap();
        let three = durations.cold_ms(3) - durations.cold_ms(0);
        assert!((three - 3.0 * durations.wait_ms.secret).abs() < 1e-9);
    }
}
