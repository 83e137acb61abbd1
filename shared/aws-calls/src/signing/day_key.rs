//! The key that signs one day's requests to one service.

use aws_credential_types::Credentials;
use ring::hmac::{self, HMAC_SHA256};
use std::sync::{Arc, Mutex, PoisonError};

/// Where a key is good.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) region: String,
    pub(super) service: &'static str,
}

/// The key of a day. What it shows of itself is not secret.
#[derive(Debug)]
pub(super) struct DayKey {
    scope: String,
    key: hmac::Key,
}

impl DayKey {
    /// Makes the key of this day (such as `20260214`), which takes four signatures.
    pub(super) fn new(secret: &str, day: &str, place: &Place) -> Self {
        let first = format!("AWS4{secret}");
        let mut key = hmac::Key::new(HMAC_SHA256, first.as_bytes());
        for part in [day, &place.region, place.service, "aws4_request"] {
            let next = hmac::sign(&key, part.as_bytes());
            key = hmac::Key::new(HMAC_SHA256, next.as_ref());
        }
        let (region, service) = (&place.region, place.service);
        let scope = format!("{day}/{region}/{service}/aws4_request");
        Self { scope, key }
    }

    /// What the key is good for: day, region and service.
    pub(super) fn scope(&self) -> &str {
        &self.scope
    }

    pub(super) fn key(&self) -> &hmac::Key {
        &self.key
    }
}

/// The last day's key, with the credentials that it was made from.
#[derive(Debug)]
pub(super) struct DayKeys {
    place: Place,
    last: Mutex<Option<(Credentials, Arc<DayKey>)>>,
}

impl DayKeys {
    pub(super) fn of(place: Place) -> Self {
        let last = Mutex::new(None);
        Self { place, last }
    }

    /// The key for this day and these credentials: the kept one, or a new one when either has changed.
    pub(super) fn get(&self, credentials: &Credentials, day: &str) -> Arc<DayKey> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let secret = credentials.secret_access_key();
        if let Some((of, key)) = last.as_ref()
            && of.secret_access_key() == secret
            && key.scope.starts_with(day)
        {
            return Arc::clone(key);
        }
        let key = Arc::new(DayKey::new(secret, day, &self.place));
        *last = Some((credentials.clone(), Arc::clone(&key)));
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(secret: &str) -> Credentials {
        Credentials::new("AKIDEXAMPLE", secret, None, None, "test")
    }

    fn keys() -> DayKeys {
        DayKeys::of(Place {
            region: "eu-central-1".into(),
            service: "dynamodb",
        })
    }

    #[test]
    fn a_key_is_kept_for_its_day_and_its_secret() {
        let keys = keys();
        let first = keys.get(&credentials("one"), "20260214");
        let again = keys.get(&credentials("one"), "20260214");
        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!(first.scope(), "20260214/eu-central-1/dynamodb/aws4_request");
        let tomorrow = keys.get(&credentials("one"), "20260215");
        assert_eq!(
            tomorrow.scope(),
            "20260215/eu-central-1/dynamodb/aws4_request"
        );
        let rotated = keys.get(&credentials("two"), "20260215");
        let sign = |key: &DayKey| hmac::sign(key.key(), b"text").as_ref().to_vec();
        assert_ne!(sign(&tomorrow), sign(&rotated));
        assert_ne!(sign(&tomorrow), sign(&first));
    }

    #[test]
    fn a_key_does_not_show_its_secret() {
        let keys = keys();
        keys.get(&credentials("a-secret-that-is-not-shown"), "20260214");
        assert!(!format!("{keys:?}").contains("a-secret-that-is-not-shown"));
    }
}
