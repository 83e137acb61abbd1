//! Plain HTTPS requests, as an outsider makes them: to the deployment's public addresses, and to a rehearsal.

use anyhow::Context;
use reqwest::redirect::Policy;
use std::sync::Arc;
use std::time::Duration;

/// An answer takes no longer than the functions may, and the gateway's half minute.
const LIMIT: Duration = Duration::from_secs(31);

/// A client that follows no redirects and knows the public roots alone.
pub(crate) fn client() -> anyhow::Result<reqwest::Client> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("TLS cannot be set up")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .timeout(LIMIT)
        .build()
        .context("no HTTP client")
}
