//! The merchant's private key as its secret holds it, while it is being replaced included.
//!
//! When the key is replaced, POP may take the new one late: the secret has it, and POP refuses it. Then the secret's
//! previous version signs for a while. And when POP has let go of the old key before a process has read the new one, the
//! refusal makes the process read it. So no order of the two steps loses a call, as long as the secret holds the new key
//! before POP lets go of the old one (docs/rotation.md).

use crate::secrets::{Freshness, Rotating, Unusable, Vault};
use domain::{Seconds, Time};
use pop::merchant_key::{MerchantKey, MerchantKeys};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use tokio::sync::Mutex;

/// How long the previous key signs after POP refused the current one. Then the current one is tried again.
pub const FALLBACK: Seconds = Seconds(300);

/// Says which key signs, from the secret. `Debug` shows versions alone.
#[derive(Debug)]
pub struct MerchantKeySecret {
    secret: Rotating<MerchantKey>,
    clock: fn() -> Time,
    /// The previous key, while it signs in place of the current one, and until when.
    instead: StdMutex<Option<(Arc<MerchantKey>, Time)>>,
    /// One refusal is looked into at a time: the others find what came of it.
    looking: Mutex<()>,
}

impl MerchantKeySecret {
    /// Reads the secret. A key that stands there without its version has the version `key_version`.
    ///
    /// # Errors
    /// The secret was not read, or holds no key: the function cannot start.
    pub async fn start(
        vault: Arc<dyn Vault>,
        reference: String,
        key_version: String,
        freshness: Freshness,
    ) -> Result<Self, Unusable> {
        let parse = move |text: &str| MerchantKey::parse(text, &key_version);
        let setting = "POP_PRIVATE_KEY_SECRET";
        Ok(Self {
            secret: Rotating::start(vault, setting, reference, freshness, parse).await?,
            clock: freshness.clock,
            instead: StdMutex::default(),
            looking: Mutex::default(),
        })
    }

    fn instead(&self) -> Option<Arc<MerchantKey>> {
        let instead = self.instead.lock().unwrap_or_else(PoisonError::into_inner);
        let (key, until) = instead.as_ref()?;
        ((self.clock)() < *until).then(|| Arc::clone(key))
    }

    fn set_instead(&self, key: Option<Arc<MerchantKey>>) {
        let until = (self.clock)() + FALLBACK;
        let mut instead = self.instead.lock().unwrap_or_else(PoisonError::into_inner);
        *instead = key.map(|key| (key, until));
    }
}

impl MerchantKeys for MerchantKeySecret {
    async fn current(&self) -> Arc<MerchantKey> {
        match self.instead() {
            Some(previous) => previous,
            None => self.secret.get().await,
        }
    }

    async fn after_refusal(&self, refused: &MerchantKey) -> Option<Arc<MerchantKey>> {
        let _alone = self.looking.lock().await;
        // While this call waited for its refusal, another one may have found the key that is taken.
        let in_use = self.current().await;
        if !in_use.is(refused) {
            return Some(in_use);
        }
        let current = self.secret.get().await;
        if !current.is(refused) {
            self.set_instead(None); // the previous key signed, and POP has let go of it
            return Some(current);
        }
        let newer = self.secret.newer_than(&current).await;
        if let Some(newer) = newer.filter(|newer| !newer.is(refused)) {
            return Some(newer);
        }
        let previous = self.secret.previous().await.map(Arc::new);
        let previous = previous.filter(|previous| !previous.is(refused))?;
        self.set_instead(Some(Arc::clone(&previous)));
        Some(previous)
    }
}
