//! The way to POP over the network.

use super::settings::{Options, SettingsError};
use super::transport::{Received, Transport};
use bytes::Bytes;
use domain::message::NoAnswer;
use http::HeaderMap;
use reqwest::{Response, StatusCode};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// HTTPS to the gateway: one pool of connections, no redirects, no proxies, no retries.
#[derive(Debug)]
pub struct Https {
    http: reqwest::Client,
    base_url: String,
    answer_bytes: usize,
}

impl Https {
    pub(super) fn new(base_url: &str, options: &Options) -> Result<Self, SettingsError> {
        Ok(Self {
            http: http_client(base_url, options)?,
            base_url: base_url.trim_end_matches('/').to_owned(),
            answer_bytes: options.answer_bytes,
        })
    }

    async fn exchange(
        &self,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
        limit: Duration,
    ) -> Result<Received, Lost> {
        let url = [self.base_url.as_str(), path].concat();
        let call = self.http.post(url).headers(headers).body(body);
        let mut response = call.timeout(limit).send().await?;
        if response.status() != StatusCode::OK {
            return Err(NoAnswer::HttpStatus(response.status().as_u16()).into());
        }
        let headers = std::mem::take(response.headers_mut());
        let body = self.read_bounded(response).await?;
        Ok(Received { headers, body })
    }

    async fn read_bounded(&self, mut response: Response) -> Result<Vec<u8>, Lost> {
        let longest = self.answer_bytes;
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |length| length > longest) {
            return Err(NoAnswer::TooLong.into());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > longest {
                return Err(NoAnswer::TooLong.into());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// An answer that did not come whole: what that means for the payment, and what broke.
struct Lost {
    reason: NoAnswer,
    cause: String,
}

impl From<NoAnswer> for Lost {
    fn from(reason: NoAnswer) -> Self {
        let cause = reason.to_string();
        Self { reason, cause }
    }
}

impl From<reqwest::Error> for Lost {
    fn from(error: reqwest::Error) -> Self {
        let reason = match error.is_timeout() {
            true => NoAnswer::TimedOut,
            false => NoAnswer::Connection,
        };
        let cause = error.to_string();
        Self { reason, cause }
    }
}

impl Transport for Https {
    async fn post(
        &self,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
        limit: Duration,
    ) -> Result<Received, NoAnswer> {
        let begun = Instant::now();
        let received = self.exchange(path, headers, body, limit).await;
        received.map_err(|Lost { reason, cause }| {
            tracing::warn!(
                error.code = "no_answer",
                pop.path = path,
                pop.duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
                "POP did not answer: {cause}"
            );
            reason
        })
    }
}

/// One crypto library (ring) and the public roots of the Mozilla list, whatever the machine has installed.
fn tls() -> Result<rustls::ClientConfig, SettingsError> {
    let roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| SettingsError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(tls)
}

fn http_client(base_url: &str, options: &Options) -> Result<reqwest::Client, SettingsError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls()?)
        .https_only(base_url.to_ascii_lowercase().starts_with("https"))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .http1_only()
        .connect_timeout(options.connect)
        // A sleeping Lambda keeps connections that the gateway has long closed.
        .pool_idle_timeout(Duration::from_secs(20))
        .build()
        .map_err(|_| SettingsError::Tls)
}
