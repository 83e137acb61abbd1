//! The settings of the checkout function.

use domain::CaptureOn;
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
    /// When manual payments are captured unless the merchant says otherwise.
    pub capture_on: CaptureOn,
    /// Where POP sends its notifications.
    pub notify_url: String,
    /// Reference to the secret with the hashes of the API keys.
    pub api_keys_secret: String,
    /// Reference to the secret with the key of the page's tokens.
    pub token_key_secret: String,
}

impl Settings {
    /// Reads the environment. The error names the variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            table: config::table()?,
            queues: config::queues()?,
            policy: config::policy()?,
            provider: ProviderSettings::from_env()?,
            capture_on: config::capture_on()?,
            notify_url: config::required("NOTIFY_URL")?,
            api_keys_secret: config::required("CHECKOUT_API_KEYS_SECRET")?,
            token_key_secret: config::required("CLIENT_TOKEN_KEY_SECRET")?,
        })
    }
}
