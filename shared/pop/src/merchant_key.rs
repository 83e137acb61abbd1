//! The merchant's private key together with the version by which POP knows it. They change together or not at all: POP
//! looks the key up by the version that a signature names.

use crate::keys::{KeyError, SigningKey, is_version};
use serde::Deserialize;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A key that can sign, and its version. `Debug` shows the version alone.
pub struct MerchantKey {
    version: String,
    key: SigningKey,
}

/// Why a secret's text is no key with its version. Never holds a part of the text; the operator must mend the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MerchantKeyError {
    /// It begins as JSON, and is not the JSON that is meant.
    #[error(
        "it begins with `{{` and is not {{\"keyVersion\": \"2\", \"privateKey\": \"...\"}} with both as texts"
    )]
    Json,
    /// Not a version as POP counts them.
    #[error(
        "the key's version (keyVersion in the secret, without it POP_KEY_VERSION) must be the one in POP's dashboard, for example 1"
    )]
    Version,
    /// The key itself cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl MerchantKeyError {
    /// A stable word for logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Json => "bad_key_json",
            Self::Version => "bad_key_version",
            Self::Key(error) => error.code(),
        }
    }
}

/// A key that names its version. Borrowed where the text has no escapes, so that no copy is left behind.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Versioned<'a> {
    #[serde(borrow)]
    key_version: Cow<'a, str>,
    #[serde(borrow)]
    private_key: Cow<'a, str>,
}

impl MerchantKey {
    /// Reads a secret's text: `{"keyVersion": "2", "privateKey": "..."}`, or the private key alone, whose version is then
    /// `version`. Other fields of the JSON are passed over.
    ///
    /// # Errors
    /// Says what is expected and never what stands there.
    pub fn parse(text: &str, version: &str) -> Result<Self, MerchantKeyError> {
        if !text.trim_start().starts_with('{') {
            return Self::of(text, version);
        }
        let parts: Versioned<'_> =
            serde_json::from_str(text).map_err(|_| MerchantKeyError::Json)?;
        let private_key = match parts.private_key {
            Cow::Borrowed(text) => return Self::of(text, &parts.key_version),
            Cow::Owned(text) => zeroize::Zeroizing::new(text),
        };
        Self::of(&private_key, &parts.key_version)
    }

    fn of(text: &str, version: &str) -> Result<Self, MerchantKeyError> {
        if !is_version(version) {
            return Err(MerchantKeyError::Version);
        }
        Ok(Self {
            version: version.to_owned(),
            key: SigningKey::parse(text)?,
        })
    }

    /// The version by which POP knows the key.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The key.
    #[cfg(feature = "client")] // nobody else signs
    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Whether both are one key under one version.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.version == other.version && self.key.is(&other.key)
    }
}

impl fmt::Debug for MerchantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MerchantKey(version {}, ***)", self.version)
    }
}

/// Says which key signs. While the key is being replaced, POP may take the old one, the new one, or either, and nobody
/// tells when it changes its mind.
pub trait MerchantKeys: Send + Sync {
    /// The key to sign with now.
    fn current(&self) -> impl Future<Output = Arc<MerchantKey>> + Send;

    /// POP refused what `refused` signed: another key to sign the same call with, once. `None` if there is none.
    fn after_refusal(
        &self,
        refused: &MerchantKey,
    ) -> impl Future<Output = Option<Arc<MerchantKey>>> + Send;
}

/// One key that is never replaced.
impl MerchantKeys for Arc<MerchantKey> {
    async fn current(&self) -> Arc<MerchantKey> {
        Self::clone(self)
    }

    async fn after_refusal(&self, _: &MerchantKey) -> Option<Arc<MerchantKey>> {
        None
    }
}
