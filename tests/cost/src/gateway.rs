//! The provider without a network, and the way there, which counts what is sent.

use crate::counted::{Call, Ledger};
use crate::time::now;
use bytes::Bytes;
use domain::message::NoAnswer;
use http::{HeaderMap, Method};
use pop::client::{Received, Transport};
use simulator::{Config, Letter, Offline, OfflineReply};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A faultless provider. Clones share it.
#[derive(Clone)]
pub(crate) struct Gateway {
    offline: Arc<Mutex<Offline>>,
    ledger: Ledger,
}

impl Gateway {
    /// A provider at the present time.
    #[must_use]
    pub(crate) fn new(config: Config, ledger: Ledger) -> Self {
        let offline = Offline::new(config, now().millis()).expect("a provider's settings");
        Self {
            offline: Arc::new(Mutex::new(offline)),
            ledger,
        }
    }

    /// Works with the provider at the present time.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Offline) -> T) -> T {
        let offline = self.offline.lock().unwrap_or_else(PoisonError::into_inner);
        offline.set_time(now().millis());
        work(&offline)
    }

    /// When it has something to do by itself.
    #[must_use]
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.with(Offline::next_due)
    }

    /// The notifications to be carried now.
    #[must_use]
    pub(crate) fn collect(&self) -> Vec<Letter> {
        self.with(Offline::collect)
    }
}

/// Bytes of these headers as they are sent.
#[must_use]
pub(crate) fn header_bytes(headers: &HeaderMap) -> u64 {
    let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        name.as_str().len() + value.len() + 4 // colon, blank and the end of the line
    };
    headers.iter().map(line).sum::<usize>() as u64
}

impl Transport for Gateway {
    async fn post(
        &self,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
        _: Duration,
    ) -> Result<Received, NoAnswer> {
        self.ledger.note(|counted| {
            counted.called(Call::Pop);
            counted.bytes_out += header_bytes(&headers) + (path.len() + body.len()) as u64;
        });
        match self.with(|offline| offline.call(&Method::POST, path, &headers, &body)) {
            OfflineReply::Answer {
                status: 200,
                headers,
                body,
            } => Ok(Received {
                headers,
                body: body.to_vec(),
            }),
            OfflineReply::Answer { status, .. } => Err(NoAnswer::HttpStatus(status)),
            OfflineReply::HangUp => Err(NoAnswer::Connection),
            OfflineReply::Hold => Err(NoAnswer::TimedOut),
        }
    }
}
