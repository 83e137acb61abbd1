//! The client of POP's API, from settings and the merchant's secret.

mod merchant_key;

use crate::config::{self, ConfigError};
use crate::secrets::{Freshness, Unusable, Vault};
use pop::client::{Client, Https, Settings, SettingsError};
use pop::keys::VerifyingKeys;
use std::sync::Arc;

pub use merchant_key::{FALLBACK, MerchantKeySecret};

/// POP, called with the key that the merchant's secret holds at the time.
pub type Pop = Client<Https, MerchantKeySecret>;

/// How to reach POP; the private key by reference.
#[derive(Debug)]
pub struct ProviderSettings {
    base_url: String,
    client_id: String,
    key_version: String,
    private_key_secret: String,
    public_keys: VerifyingKeys,
    notify_url: Option<String>,
}

/// Why there is no client; the function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The private key was not read, or cannot be used.
    #[error(transparent)]
    Key(#[from] Unusable),
    /// A setting does not fit.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

impl ProviderSettings {
    /// Reads `POP_BASE_URL`, `POP_CLIENT_ID`, `POP_KEY_VERSION` (1), `POP_PRIVATE_KEY_SECRET`, `POP_PUBLIC_KEYS`, and
    /// `NOTIFY_URL`, without which POP sends word of refunds to the address set in its dashboard.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            base_url: config::required("POP_BASE_URL")?,
            client_id: config::required("POP_CLIENT_ID")?,
            key_version: config::optional("POP_KEY_VERSION").unwrap_or_else(|| "1".into()),
            private_key_secret: config::required("POP_PRIVATE_KEY_SECRET")?,
            public_keys: config::parsed("POP_PUBLIC_KEYS", VerifyingKeys::parse)?,
            notify_url: config::optional("NOTIFY_URL"),
        })
    }
}

/// Reads the private key and makes the client.
pub async fn connect(
    vault: Arc<dyn Vault>,
    freshness: Freshness,
    settings: ProviderSettings,
) -> Result<Pop, ProviderError> {
    let merchant_keys = MerchantKeySecret::start(
        vault,
        settings.private_key_secret,
        settings.key_version,
        freshness,
    )
    .await?;
    Ok(Client::new(Settings {
        base_url: settings.base_url,
        client_id: settings.client_id,
        merchant_keys,
        verifying_keys: settings.public_keys,
        notify_url: settings.notify_url,
    })?)
}
