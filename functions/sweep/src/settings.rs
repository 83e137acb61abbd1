//! The settings of the sweep function beside those that all functions have.

use runtime::config::{self, ConfigError};

/// How the sweep works; see the README's table of settings.
#[derive(Debug)]
pub struct Settings {
    /// How many shards the due index has.
    pub shards: u16,
    /// How many payments are looked at at once.
    pub concurrency: usize,
    /// How many calls to POP are made in a second, at most.
    pub calls_per_second: u32,
}

impl Settings {
    /// Reads the environment. The error names the variable that is wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            shards: config::table()?.shards,
            concurrency: config::number("SWEEP_CONCURRENCY", 8, 1..=64)?,
            calls_per_second: config::number("SWEEP_MAX_INQUIRIES_PER_SECOND", 20, 1..=1_000)?,
        })
    }
}
