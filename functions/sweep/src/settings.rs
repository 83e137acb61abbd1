//! The settings of the sweep function.

use runtime::config::{self, ConfigError};
use runtime::provider::ProviderSettings;
use store::{DynamoSettings, SqsSettings};

/// What the function needs to start; see the README's table of settings.
#[derive(Debug)]
pub struct Settings {
    /// Table name, shards and retention.
    pub table: DynamoSettings,
    /// Addresses of both queues.
    pub queues: SqsSettings,
    /// Time limits of the rules.
    pub policy: domain::Policy,
    /// How to reach POP.
    pub provider: ProviderSettings,
    /// How many payments are looked at at once.
    pub concurrency: usize,
    /// How many calls to POP are made in a second, at most.
    pub calls_per_second: u32,
}

impl Settings {
    /// Reads the environment. The error names the variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            table: config::table()?,
            queues: config::queues()?,
            policy: config::policy()?,
            provider: ProviderSettings::from_env()?,
            concurrency: config::number("SWEEP_CONCURRENCY", 8, 1..=64)?,
            calls_per_second: config::number("SWEEP_MAX_INQUIRIES_PER_SECOND", 20, 1..=1_000)?,
        })
    }
}
