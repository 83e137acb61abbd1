//! The settings of the notify function beside those that all functions have.

use pop::keys::VerifyingKeys;
use runtime::config::{self, ConfigError};

/// What a notification is verified with; see the README's table of settings.
#[derive(Debug)]
pub struct Settings {
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
            client_id: config::required("POP_CLIENT_ID")?,
            keys: config::parsed("POP_PUBLIC_KEYS", VerifyingKeys::parse)?,
            path: config::required("POP_NOTIFY_PATH")?,
        })
    }
}
