//! The keys of a simulator. Reading them is slow, so one that has the keys of the one before takes over its key ring.

use std::sync::{Arc, Mutex, PoisonError};

use graviola::signing::rsa::SigningKey;

use crate::chance::sha256;
use crate::config::Config;
use crate::keys::{self, KeyError};
use crate::signing::VerifyingKey;

/// A key of nobody, for forgeries. It is always the same, so that forgeries can be repeated to the byte.
const STRANGER: &str = include_str!("keys/stranger.txt");

/// The last key ring that was read, and the hash of the texts that it was read from.
static LAST: Mutex<Option<([u8; 32], Arc<KeyRing>)>> = Mutex::new(None);

/// Everybody's keys.
pub(crate) struct KeyRing {
    /// Checks the merchant's calls.
    pub(crate) merchant: VerifyingKey,
    /// Signs answers and notifications.
    pub(crate) provider: SigningKey,
    /// SPKI in base64.
    pub(crate) provider_public: String,
    /// Not the provider's: signs forgeries.
    pub(crate) stranger: SigningKey,
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
            merchant,
            provider,
            stranger: keys::read_private(STRANGER)?,
        })
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
