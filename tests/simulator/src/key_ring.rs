//! The keys of a simulator. Reading them is slow, so one that has the keys of the one before takes over its key ring.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use graviola::signing::rsa::SigningKey;
use serde::Deserialize;

use crate::chance::sha256;
use crate::config::Config;
use crate::keys::{self, KeyError};
use crate::signing::{Signed, VerifyingKey, key_version};

/// A key of nobody, for forgeries. It is always the same, so that forgeries can be repeated to the byte.
const STRANGER: &str = include_str!("keys/stranger.txt");

/// The last key ring that was read, and the hash of the texts that it was read from.
static LAST: Mutex<Option<([u8; 32], Arc<KeyRing>)>> = Mutex::new(None);

/// Everybody's keys.
#[derive(Clone)]
pub(crate) struct KeyRing {
    merchant: Arc<MerchantKeys>,
    /// Signs answers and notifications.
    pub(crate) provider: Arc<SigningKey>,
    /// The version that the provider's signatures name.
    pub(crate) version: String,
    /// SPKI in base64.
    pub(crate) provider_public: String,
    /// Not the provider's: signs forgeries.
    pub(crate) stranger: Arc<SigningKey>,
}

/// What the merchant's calls are checked with.
enum MerchantKeys {
    /// One key, whatever version a signature names.
    One(VerifyingKey),
    /// Keys by version. A signature that names none is checked with the newest.
    ByVersion(BTreeMap<String, VerifyingKey>),
}

/// Keys that take the place of those before, as "replace keys" in the provider's dashboard does; what is absent stays.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NewKeys {
    /// The merchant's public keys by version, PEM or base64; all of them are taken.
    pub merchant_public_keys: Option<BTreeMap<String, String>>,
    /// The key that signs answers and notifications from now on, PEM or base64.
    pub provider_private_key: Option<String>,
    /// The version that the provider's signatures name from now on.
    pub key_version: Option<String>,
}

impl std::fmt::Debug for NewKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKeys")
            .field("key_version", &self.key_version)
            .finish_non_exhaustive()
    }
}

impl KeyRing {
    /// The keys that the configuration names.
    ///
    /// # Errors
    /// Says which key text has to be changed.
    pub(crate) fn of(config: &Config) -> Result<Arc<Self>, KeyError> {
        let texts = [
            config.provider_private_key.as_str(),
            "\n",
            config.merchant_public_key.as_str(),
            "\n",
            config.key_version.as_str(),
        ];
        let hash = sha256(texts.concat().as_bytes());
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, ring)) = last.as_ref().filter(|(known, _)| *known == hash) {
            return Ok(Arc::clone(ring));
        }
        let ring = Arc::new(Self::read(config)?);
        *last = Some((hash, Arc::clone(&ring)));
        Ok(ring)
    }

    fn read(config: &Config) -> Result<Self, KeyError> {
        let merchant = keys::read_public(&config.merchant_public_key)?;
        let provider = keys::read_private(&config.provider_private_key)?;
        Ok(Self {
            provider_public: keys::public_base64(&provider)?,
            merchant: Arc::new(MerchantKeys::One(merchant)),
            provider: Arc::new(provider),
            version: config.key_version.clone(),
            stranger: Arc::new(keys::read_private(STRANGER)?),
        })
    }

    /// The same with other keys.
    ///
    /// # Errors
    /// Says which key text has to be changed.
    pub(crate) fn with(&self, new: &NewKeys) -> Result<Self, KeyError> {
        let mut ring = self.clone();
        if let Some(merchant) = &new.merchant_public_keys {
            let read = |(version, text): (&String, &String)| {
                Ok::<_, KeyError>((version.clone(), keys::read_public(text)?))
            };
            let merchant = merchant.iter().map(read).collect::<Result<_, _>>()?;
            ring.merchant = Arc::new(MerchantKeys::ByVersion(merchant));
        }
        if let Some(text) = &new.provider_private_key {
            let provider = keys::read_private(text)?;
            ring.provider_public = keys::public_base64(&provider)?;
            ring.provider = Arc::new(provider);
        }
        if let Some(version) = &new.key_version {
            ring.version.clone_from(version);
        }
        Ok(ring)
    }

    /// Checks the signature of a call; otherwise the code and message of the refusal.
    pub(crate) fn check(
        &self,
        signed: &Signed<'_>,
        header: &str,
    ) -> Result<(), (&'static str, &'static str)> {
        let key = match &*self.merchant {
            MerchantKeys::One(key) => Some(key),
            MerchantKeys::ByVersion(keys) => match key_version(header) {
                Some(version) => keys.get(version),
                None => keys.values().next_back(),
            },
        };
        let key = key.ok_or(("KEY_NOT_FOUND", "no key of this version"))?;
        match signed.verifies(header, key) {
            true => Ok(()),
            false => Err(("INVALID_SIGNATURE", "the signature is invalid")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KeyPair;

    #[test]
    fn the_same_texts_give_the_same_ring_and_others_do_not() {
        let (one, two) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let config = |public: &KeyPair, private: &KeyPair| {
            Config::new("C", &public.public_base64, &private.private_base64)
        };
        let first = KeyRing::of(&config(&one, &two)).unwrap();
        assert_eq!(first.provider_public, two.public_base64);
        assert!(Arc::ptr_eq(
            &first,
            &KeyRing::of(&config(&one, &two)).unwrap()
        ));
        let other = KeyRing::of(&config(&one, &one)).unwrap();
        assert_eq!(other.provider_public, one.public_base64);
        let stranger = |ring: &KeyRing| keys::public_base64(&ring.stranger).unwrap();
        assert_eq!(stranger(&first), stranger(&other), "in each run the same");
        let wrong = Config::new("C", &one.public_base64, "none");
        assert_eq!(KeyRing::of(&wrong).err(), Some(KeyError::NotRsa("private")));
    }
}
