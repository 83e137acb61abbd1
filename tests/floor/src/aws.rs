//! Calls to AWS: one connection for each service, opened when the function starts, and signature version 4 with the day's
//! key kept.

use crate::setting;
use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use ring::{digest, hmac};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::cell::RefCell;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A service, reached over one connection.
pub(crate) struct Service {
    name: &'static str,
    region: String,
    host: String,
    content_type: &'static str,
    credentials: Credentials,
    connection: RefCell<Option<SendRequest<Full<Bytes>>>>,
    day_key: RefCell<(String, hmac::Key)>,
}

struct Credentials {
    id: String,
    secret: String,
    token: Option<String>,
}

/// Roots from `AWS_CA_BUNDLE`.
pub(crate) fn tls() -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(setting("AWS_CA_BUNDLE")?)? {
        roots.add(root?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl Service {
    /// Opens the connection.
    pub(crate) async fn connect(
        name: &'static str,
        content_type: &'static str,
        tls: &TlsConnector,
    ) -> Result<Self> {
        let url = setting("AWS_ENDPOINT_URL")?;
        let host = url.trim_start_matches("https://").to_owned();
        let (domain, port) = host.split_once(':').context("an endpoint with a port")?;
        let socket = TcpStream::connect((domain, port.parse()?)).await?;
        socket.set_nodelay(true)?;
        let domain = ServerName::try_from(domain.to_owned())?;
        let stream = tls.connect(domain, socket).await?;
        let (connection, driver) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        Ok(Self {
            name,
            region: setting("AWS_REGION")?,
            host,
            content_type,
            credentials: Credentials {
                id: setting("AWS_ACCESS_KEY_ID")?,
                secret: setting("AWS_SECRET_ACCESS_KEY")?,
                token: std::env::var("AWS_SESSION_TOKEN").ok(),
            },
            connection: RefCell::new(Some(connection)),
            day_key: RefCell::new((String::new(), hmac::Key::new(hmac::HMAC_SHA256, b""))),
        })
    }

    /// One call; gives the body of a good answer.
    #[allow(
        clippy::await_holding_refcell_ref,
        reason = "taken out before the await"
    )]
    pub(crate) async fn call(&self, target: &str, body: String) -> Result<Bytes> {
        let request = self.signed(target, body)?;
        let taken = self.connection.borrow_mut().take();
        let mut connection = taken.context("one call at a time")?;
        connection.ready().await?;
        let response = connection.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        *self.connection.borrow_mut() = Some(connection);
        if !status.is_success() {
            bail!("{target}: {status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(body)
    }

    fn signed(&self, target: &str, body: String) -> Result<Request<Full<Bytes>>> {
        let now = jiff::Timestamp::now()
            .strftime("%Y%m%dT%H%M%SZ")
            .to_string();
        let (day, host) = (&now[..8], &self.host);
        let content = hex(digest::digest(&digest::SHA256, body.as_bytes()).as_ref());
        let token = self.credentials.token.as_deref().unwrap_or_default();
        let content_type = self.content_type;
        let canonical = format!(
            "POST\n/\n\ncontent-type:{content_type}\nhost:{host}\nx-amz-date:{now}\nx-amz-security-token:{token}\n\
             x-amz-target:{target}\n\ncontent-type;host;x-amz-date;x-amz-security-token;x-amz-target\n{content}"
        );
        let canonical = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.name);
        let text = format!("AWS4-HMAC-SHA256\n{now}\n{scope}\n{canonical}");
        let signature = hex(hmac::sign(&self.key(day), text.as_bytes()).as_ref());
        let id = &self.credentials.id;
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={id}/{scope}, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature={signature}"
        );
        Ok(Request::post("/")
            .header("host", host)
            .header("content-type", content_type)
            .header("x-amz-date", now)
            .header("x-amz-security-token", token)
            .header("x-amz-target", target)
            .header("authorization", authorization)
            .body(Full::from(body))?)
    }

    fn key(&self, day: &str) -> hmac::Key {
        let mut kept = self.day_key.borrow_mut();
        if kept.0 != day {
            let mut key = format!("AWS4{}", self.credentials.secret).into_bytes();
            for part in [day, &self.region, self.name, "aws4_request"] {
                let step = hmac::Key::new(hmac::HMAC_SHA256, &key);
                key = hmac::sign(&step, part.as_bytes()).as_ref().to_vec();
            }
            *kept = (day.to_owned(), hmac::Key::new(hmac::HMAC_SHA256, &key));
        }
        kept.1.clone()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15].map(|n| char::from(DIGITS[usize::from(n)])));
    digits.collect()
}
