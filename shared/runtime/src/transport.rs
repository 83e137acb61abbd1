//! The HTTPS connections to AWS: one pool for all clients, certificates checked against compiled-in roots.
//!
//! Where the way out of a network is inspected, AWS's certificates are another's: `AWS_CA_BUNDLE` names the PEM file with
//! the roots to believe instead, as AWS's own tools have it.

use crate::config::{self, ConfigError};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;

/// Names a PEM file with other roots than the compiled-in ones.
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// How long a TCP connection may take; AWS is in the same region.
pub(crate) const CONNECT: Duration = Duration::from_secs(1);

/// Idle connections are closed before AWS closes them, so that a call after a pause does not run into a closed one.
const IDLE: Duration = Duration::from_secs(50);

/// Time-outs of a whole try are the SDK's: dropping its future closes the connection.
#[derive(Clone, Debug)]
pub(crate) struct Transport(Client<HttpsConnector<connect::HttpConnector>, SdkBody>);

/// The roots in the PEM file, or those that are compiled in.
fn roots(bundle: Option<String>) -> Result<RootCertStore, ConfigError> {
    let Some(file) = bundle else {
        let public = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
        return Ok(RootCertStore::from_iter(public));
    };
    let wrong = |problem: String| ConfigError::Wrong {
        name: CA_BUNDLE,
        problem: format!("{file}: {problem}"),
    };
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(&file);
    for certificate in certificates.map_err(|error| wrong(error.to_string()))? {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        let added = roots.add(certificate);
        added.map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(wrong("it holds no certificate".into()));
    }
    Ok(roots)
}

/// The HTTP client of all AWS clients. Plain HTTP is taken too, since an emulator's endpoint has no certificate.
pub(crate) fn client(read: config::Read<'_>) -> Result<Transport, ConfigError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = roots(config::optional_in(read, CA_BUNDLE))?;
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut tcp = connect::HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT));
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    let pool = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(https);
    Ok(Transport(pool))
}

impl Transport {
    /// Opens a connection to this address and keeps it for the call that will want it. AWS's endpoints answer anybody
    /// who asks for nothing, so nothing is signed and nothing is decided by the answer.
    pub(crate) async fn connect(&self, url: &str) -> Result<(), ConnectorError> {
        let request = http::Request::get(url).body(SdkBody::empty());
        let request = request.map_err(|error| ConnectorError::user(error.into()))?;
        let exchange = self.0.request(request).await;
        let response = exchange.map_err(|error| ConnectorError::io(error.into()))?;
        // Only a connection whose answer was read to its end is kept.
        let read = SdkBody::from_body_1_x(response.into_body());
        let read = ByteStream::new(read).collect().await;
        read.map(drop)
            .map_err(|error| ConnectorError::io(error.into()))
    }
}

impl HttpClient for Transport {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        let exchange = self.0.request(request);
        HttpConnectorFuture::new(async move {
            // Whatever broke on the way may be tried again: each of our writes can be repeated.
            let response = exchange
                .await
                .map_err(|error| ConnectorError::io(error.into()))?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}
