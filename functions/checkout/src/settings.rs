//! The settings of the checkout function beside those that all functions have.

use domain::CaptureOn;
use runtime::config::{self, ConfigError};

/// Whom it serves and what it tells POP; see the README's table of settings.
#[derive(Debug)]
pub struct Settings {
    /// When manual payments are captured unless the merchant says otherwise.
    pub capture_on: CaptureOn,
    /// Where POP sends its notifications.
    pub notify_url: String,
    /// The public address of this API, where the card page is.
    pub checkout_url: String,
    /// POP's address, which the page may have to post a form to.
    pub provider_url: String,
    /// Reference to the secret with the hashes of the API keys.
    pub api_keys_secret: String,
    /// Reference to the secret with the key of the page's tokens.
    pub token_key_secret: String,
}

impl Settings {
    /// Reads the environment. The error names the variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            capture_on: config::capture_on()?,
            notify_url: config::required("NOTIFY_URL")?,
            checkout_url: config::required("CHECKOUT_URL")?,
            provider_url: config::required("POP_BASE_URL")?,
            api_keys_secret: config::required("CHECKOUT_API_KEYS_SECRET")?,
            token_key_secret: config::required("CLIENT_TOKEN_KEY_SECRET")?,
        })
    }
}
