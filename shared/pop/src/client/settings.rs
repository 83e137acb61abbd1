//! What the client needs to know, checked before the first call.

use crate::keys::VerifyingKeys;
use crate::merchant_key::MerchantKey;
use crate::request::MAX_REFUND_NOTIFY_URL;
use crate::url;
use crate::verify::MAX_ANSWER;
use domain::Time;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

const MAX_CLIENT_ID: usize = 128;

/// How to reach POP and who we are there.
#[derive(Debug)]
pub struct Settings<K = Arc<MerchantKey>> {
    /// Scheme, host and port of the gateway, for example `https://open-sea-global.alipay.com`; http only for this
    /// very machine. No path: the paths are POP's and are signed.
    pub base_url: String,
    /// Our client id.
    pub client_id: String,
    /// What says which of our private keys signs: one key, or a source of keys that are replaced while we run.
    pub merchant_keys: K,
    /// POP's public keys.
    pub verifying_keys: VerifyingKeys,
    /// Where POP tells the result of refunds; where the dashboard says if absent.
    pub notify_url: Option<String>,
}

/// How long and how much the client over HTTPS waits for, and by which clock it stamps its calls.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// From the call to the last byte of the answer. POP advises 10 s.
    pub total: Duration,
    /// To open a connection.
    pub connect: Duration,
    /// The longest answer, in bytes.
    pub answer_bytes: usize,
    /// What the time is.
    pub clock: fn() -> Time,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(10),
            connect: Duration::from_secs(3),
            answer_bytes: MAX_ANSWER,
            clock: system_clock,
        }
    }
}

fn system_clock() -> Time {
    let since_1970 = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Time::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

/// Which setting is wrong; the operator must mend it before the function can start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not the address of a gateway.
    #[error(
        "POP_BASE_URL: must be https://<host> without a path (http only for this machine), for example \
         https://open-sea-global.alipay.com"
    )]
    BaseUrl,
    /// Not a client id.
    #[error(
        "POP_CLIENT_ID: must be the id from the dashboard: 1 to {MAX_CLIENT_ID} letters, digits and `_`"
    )]
    ClientId,
    /// Not an address that POP can notify.
    #[error(
        "NOTIFY_URL: must be https (http only for this machine) and at most {MAX_REFUND_NOTIFY_URL} characters long"
    )]
    NotifyUrl,
    /// TLS cannot be set up; a fault of the build.
    #[error("TLS cannot be set up: the program was built without its ciphers")]
    Tls,
}

impl SettingsError {
    /// A stable word for logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::BaseUrl => "bad_base_url",
            Self::ClientId => "bad_client_id",
            Self::NotifyUrl => "bad_notify_url",
            Self::Tls => "no_tls",
        }
    }
}

impl<K> Settings<K> {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let gateway = url::is_safe(&self.base_url)
            && reqwest::Url::parse(&self.base_url).is_ok_and(|url| {
                url.path() == "/" && url.query().is_none() && url.fragment().is_none()
            });
        let in_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let id = (1..=MAX_CLIENT_ID).contains(&self.client_id.len())
            && self.client_id.bytes().all(in_id);
        if !gateway {
            return Err(SettingsError::BaseUrl);
        }
        if !id {
            return Err(SettingsError::ClientId);
        }
        let notifiable = |url: &str| url::is_safe(url) && url.len() <= MAX_REFUND_NOTIFY_URL;
        self.notify_url
            .as_deref()
            .is_none_or(notifiable)
            .then_some(())
            .ok_or(SettingsError::NotifyUrl)
    }
}
