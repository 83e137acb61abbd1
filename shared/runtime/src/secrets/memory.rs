//! Secrets in memory, for tests and rehearsals of a change of keys: they are replaced, go missing and are slow on command.

use super::vault::{Secret, SecretError, Stage, Vault};
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// A vault whose clones share what they hold.
#[derive(Clone, Default)]
pub struct MemoryVault(Arc<Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    /// The versions of each secret, the oldest first.
    secrets: BTreeMap<String, Vec<Zeroizing<String>>>,
    readings: Vec<(String, Stage)>,
    outage: Outage,
}

/// What is wrong with the vault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Outage {
    /// It answers.
    #[default]
    None,
    /// It refuses every reading.
    Refuses,
    /// It never answers.
    Silent,
}

impl MemoryVault {
    /// Puts a new version of a secret there; the one before it becomes the previous one.
    pub fn put(&self, reference: &str, text: &str) {
        let mut inside = self.inside();
        let versions = inside.secrets.entry(reference.to_owned()).or_default();
        versions.push(Zeroizing::new(text.to_owned()));
    }

    /// From now on this is wrong with it.
    pub fn fail(&self, outage: Outage) {
        self.inside().outage = outage;
    }

    /// How often a secret was read since the last time this was asked.
    #[must_use]
    pub fn take_readings(&self) -> Vec<(String, Stage)> {
        std::mem::take(&mut self.inside().readings)
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look_up(
        &self,
        setting: &'static str,
        reference: &str,
        stage: Stage,
    ) -> Option<Result<Secret, SecretError>> {
        let mut inside = self.inside();
        inside.readings.push((reference.to_owned(), stage));
        match inside.outage {
            Outage::None => {}
            Outage::Refuses => return Some(Err(unreadable(setting, "InternalServiceError"))),
            Outage::Silent => return None,
        }
        let Some(versions) = inside.secrets.get(reference) else {
            return Some(Err(unreadable(setting, "ResourceNotFoundException")));
        };
        let number = match stage {
            Stage::Current => versions.len(),
            Stage::Previous => versions.len() - 1,
        };
        let text = number.checked_sub(1).and_then(|at| versions.get(at));
        Some(match text {
            Some(text) => Ok(Secret {
                text: text.clone(),
                version: Some(number.to_string()),
            }),
            None => Err(SecretError::NoPrevious { setting }),
        })
    }
}

fn unreadable(setting: &'static str, reason: &str) -> SecretError {
    SecretError::Unreadable {
        setting,
        reason: reason.to_owned(),
    }
}

impl Vault for MemoryVault {
    fn read<'a>(
        &'a self,
        setting: &'static str,
        reference: &'a str,
        stage: Stage,
    ) -> BoxFuture<'a, Result<Secret, SecretError>> {
        Box::pin(async move {
            match self.look_up(setting, reference, stage) {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        })
    }
}
