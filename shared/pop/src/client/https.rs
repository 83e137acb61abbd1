//! The way to POP over the network.

use super::settings::{Options, Settings, SettingsError};
use super::transport::{Received, Transport};
use bytes::Bytes;
use domain::message::NoAnswer;
use http::HeaderMap;
use reqwest::{Response, StatusCode};
use std::sync::Arc;
use std::time::Duration;

/// HTTPS to the gateway: one pool of connections, no redirects, no proxies, no retries.
#[derive(Debug)]
pub struct Https {
    http: reqwest::Client,
    base_url: String,
    answer_bytes: usize,
}

impl Https {
    pub(super) fn new(settings: &Settings, options: &Options) -> Result<Self, SettingsError> {
        Ok(Self {
            http: http_client(settings, options)?,
            base_url: settings.base_url.trim_end_matches('/').to_owned(),
            answer_bytes: options.answer_bytes,
        })
    }

    async fn read_bounded(&self, mut response: Response) -> Result<Vec<u8>, NoAnswer> {
        let longest = self.answer_bytes;
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |length| length > longest) {
            return Err(NoAnswer::TooLong);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
            if body.len() + chunk.len() > longest {
                return Err(NoAnswer::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

impl Transport for Https {
    async fn post(
        &self,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Received, NoAnswer> {
        let url = [self.base_url.as_str(), path].concat();
        let call = self.http.post(url).headers(headers).body(body);
        let mut response = call.send().await.map_err(|error| no_answer(&error))?;
        if response.status() != StatusCode::OK {
            return Err(NoAnswer::HttpStatus(response.status().as_u16()));
        }
        let headers = std::mem::take(response.headers_mut());
        let body = self.read_bounded(response).await?;
        Ok(Received { headers, body })
    }
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    tracing::warn!(error.code = "no_answer", "POP did not answer: {error}");
    if error.is_timeout() {
        NoAnswer::TimedOut
    } else {
        NoAnswer::Connection
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

fn http_client(settings: &Settings, options: &Options) -> Result<reqwest::Client, SettingsError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls()?)
        .https_only(settings.base_url.to_ascii_lowercase().starts_with("https"))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .http1_only()
        .timeout(options.total)
        .connect_timeout(options.connect)
        // A sleeping Lambda keeps connections that the gateway has long closed.
        .pool_idle_timeout(Duration::from_secs(20))
        .build()
        .map_err(|_| SettingsError::Tls)
}
