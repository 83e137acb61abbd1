//! The settings of the notify function.

use pop::keys::VerifyingKeys;
use runtime::config::{self, ConfigError};
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
    /// Our client id at POP.
    pub client_id: String,
    /// POP's public keys.
    pub keys: VerifyingKeys,
    /// The path that POP signs.
    pub path: String,
}

impl Settings {
    /// Reads the environment. The error names the variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            table: config::table()?,
            queues: config::queues()?,
            policy: config::policy()?,
            client_id: config::required("POP_CLIENT_ID")?,
            keys: config::parsed("POP_PUBLIC_KEYS", VerifyingKeys::parse)?,
            path: config::required("POP_NOTIFY_PATH")?,
        })
    }
}
