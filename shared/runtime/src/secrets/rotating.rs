//! A secret that is read again while the function runs.
//!
//! It is read again in two cases. When it is needed and was read longer ago than [`Freshness::max_age`]: so a key that
//! was taken out is refused by every process after that time, those included that slept. And when somebody shows
//! something newer, such as an API key that is not known yet: then at most once in [`PAUSE`], since anybody can claim
//! that.

use super::vault::{Secret, SecretError, Stage, Vault};
use crate::clock;
use crate::config::{self, ConfigError};
use domain::{Seconds, Time};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;
use tokio::sync::Mutex;

/// A secret is read again at most once in so long because of what a caller or POP says.
pub const PAUSE: Seconds = Seconds(10);

/// After a reading that failed or brought nothing usable, the next one for age waits so long.
const RETRY: Seconds = Seconds(60);

/// An invocation waits for a reading no longer than this.
const LIMIT: Duration = Duration::from_secs(2);

/// How old a secret may become, and by which clock.
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    /// What was read longer ago is read again before it is used.
    pub max_age: Seconds,
    /// The time.
    pub clock: fn() -> Time,
}

impl Freshness {
    /// Reads `SECRETS_MAX_AGE_SECONDS` (900); by the machine's clock.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            max_age: config::secrets_max_age()?,
            clock: clock::now,
        })
    }
}

/// What a secret's text is made into, or why it cannot be used; the reason never holds a part of the text.
type Parse<T> = Box<dyn Fn(&str) -> Result<T, String> + Send + Sync>;

/// A value made of a secret, as new as it has to be. What is replaced is dropped with its last user.
pub struct Rotating<T> {
    held: RwLock<Held<T>>,
    /// `None`: a value that nothing replaces.
    source: Option<Source<T>>,
}

/// What was read last.
struct Held<T> {
    value: Arc<T>,
    /// The version of the secret, as the vault counts them.
    version: Option<String>,
    fresh_until: Time,
}

/// Where the value comes from.
struct Source<T> {
    vault: Arc<dyn Vault>,
    setting: &'static str,
    reference: String,
    parse: Parse<T>,
    freshness: Freshness,
    /// Whoever reads holds it: one reading at a time.
    asked: Mutex<Asked>,
}

/// When the secret was last read because of what somebody said.
#[derive(Default)]
struct Asked {
    current: Option<Time>,
    previous: Option<Time>,
}

/// Why a function cannot start with a secret.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It was not read.
    #[error(transparent)]
    Unread(#[from] SecretError),
    /// It is not what it has to be.
    #[error("{setting}: {problem}")]
    Wrong {
        /// The variable that refers to the secret.
        setting: &'static str,
        /// What is expected.
        problem: String,
    },
}

impl<T> Rotating<T> {
    /// Reads the secret that `reference` (name or ARN) names; `setting` is the variable it came from.
    ///
    /// # Errors
    /// It was not read, or is not what it has to be: the function cannot start.
    pub async fn start<E: fmt::Display>(
        vault: Arc<dyn Vault>,
        setting: &'static str,
        reference: String,
        freshness: Freshness,
        parse: impl Fn(&str) -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<Self, Unusable> {
        let parse = move |text: &str| parse(text).map_err(|error| error.to_string());
        let secret = vault.read(setting, &reference, Stage::Current).await?;
        let value = parse(&secret.text).map_err(|problem| Unusable::Wrong { setting, problem })?;
        let held = Held {
            value: Arc::new(value),
            version: secret.version,
            fresh_until: (freshness.clock)() + freshness.max_age,
        };
        Ok(Self {
            held: RwLock::new(held),
            source: Some(Source {
                vault,
                setting,
                reference,
                parse: Box::new(parse),
                freshness,
                asked: Mutex::default(),
            }),
        })
    }

    /// The value; read again first if it is too old. Then whoever asks at the same time gets the old one.
    pub async fn get(&self) -> Arc<T> {
        if let Some(source) = &self.source
            && (source.freshness.clock)() >= self.held().fresh_until
            && let Ok(_reading) = source.asked.try_lock()
        {
            self.read_again(source).await;
        }
        self.value()
    }

    /// A newer value than `seen`, in which something is missing or wrong. `None` if there is none, or if the secret was
    /// read for such a reason a moment ago.
    pub async fn newer_than(&self, seen: &Arc<T>) -> Option<Arc<T>> {
        let source = self.source.as_ref()?;
        let mut asked = source.asked.lock().await;
        let newer = || Some(self.value()).filter(|value| !Arc::ptr_eq(value, seen));
        if let Some(newer) = newer() {
            return Some(newer); // somebody else has just read it
        }
        let now = (source.freshness.clock)();
        if is_pausing(asked.current, now) {
            return None;
        }
        asked.current = Some(now);
        self.read_again(source).await;
        newer()
    }

    /// The value that stood there before. `None` if there is none, or if it was asked for a moment ago.
    pub async fn previous(&self) -> Option<T> {
        let source = self.source.as_ref()?;
        let mut asked = source.asked.lock().await;
        let now = (source.freshness.clock)();
        if is_pausing(asked.previous, now) {
            return None;
        }
        asked.previous = Some(now);
        source.parsed(&source.read(Stage::Previous).await?)
    }

    /// Whether `test` passes, if need be with a newer value.
    pub async fn passes(&self, test: impl Fn(&T) -> bool) -> bool {
        let value = self.get().await;
        test(&value)
            || self
                .newer_than(&value)
                .await
                .is_some_and(|newer| test(&newer))
    }

    fn value(&self) -> Arc<T> {
        Arc::clone(&self.held().value)
    }

    /// Reads the secret again. What goes wrong leaves the value as it is.
    async fn read_again(&self, source: &Source<T>) {
        let secret = source.read(Stage::Current).await;
        let newer = match &secret {
            Some(secret) if secret.is_version(self.held().version.as_deref()) => Some(None),
            Some(secret) => source.parsed(secret).map(Some),
            None => None,
        };
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let freshness = source.freshness;
        let wait = newer.as_ref().map_or(RETRY, |_| freshness.max_age);
        held.fresh_until = (freshness.clock)() + wait;
        if let Some(Some(value)) = newer {
            held.value = Arc::new(value);
            held.version = secret.and_then(|secret| secret.version);
            tracing::info!(secret.setting = source.setting, "a secret was replaced");
        }
    }

    fn held(&self) -> RwLockReadGuard<'_, Held<T>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Source<T> {
    async fn read(&self, stage: Stage) -> Option<Secret> {
        let reading = self.vault.read(self.setting, &self.reference, stage);
        let reason = match tokio::time::timeout(LIMIT, reading).await {
            Ok(Ok(secret)) => return Some(secret),
            Ok(Err(SecretError::NoPrevious { .. })) => return None,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("{}: Secrets Manager did not answer in time", self.setting),
        };
        tracing::warn!(
            error.code = "secret_not_read",
            secret.setting = self.setting,
            "a secret could not be read again, and the one that was read before stays in use: {reason}"
        );
        None
    }

    fn parsed(&self, secret: &Secret) -> Option<T> {
        let value = (self.parse)(&secret.text);
        let logged = value.map_err(|problem| {
            tracing::error!(
                error.code = "secret_unusable",
                secret.setting = self.setting,
                "a secret holds what cannot be used, and the one that was read before stays in use: {problem}"
            );
        });
        logged.ok()
    }
}

/// Whether the last reading for such a reason was a moment ago.
fn is_pausing(last: Option<Time>, now: Time) -> bool {
    last.is_some_and(|last| last <= now && now < last + PAUSE)
}

/// A value that nothing replaces: for programs that have no vault.
impl<T> From<T> for Rotating<T> {
    fn from(value: T) -> Self {
        let held = Held {
            value: Arc::new(value),
            version: None,
            fresh_until: Time::from_millis(i64::MAX),
        };
        Self {
            held: RwLock::new(held),
            source: None,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Rotating<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

#[cfg(test)]
mod tests;
