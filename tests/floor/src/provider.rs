//! Calls to POP.

use crate::setting;
use crate::verify::{Signer, Verifier};
use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::cell::RefCell;
use tokio::net::TcpStream;

/// POP, over one connection.
pub(crate) struct Provider {
    signer: Signer,
    client: String,
    host: String,
    connection: RefCell<Option<SendRequest<Full<Bytes>>>>,
}

impl Provider {
    /// The connection is opened by the first call.
    pub(crate) fn new(private_key: &str) -> Result<Self> {
        let url = setting("POP_BASE_URL")?;
        Ok(Self {
            signer: Signer::new(private_key)?,
            client: setting("POP_CLIENT_ID")?,
            host: url.trim_start_matches("http://").to_owned(),
            connection: RefCell::new(None),
        })
    }

    /// One call; gives the body of an answer whose signature holds.
    pub(crate) async fn call(
        &self,
        verifier: &Verifier,
        call: &str,
        body: String,
    ) -> Result<Bytes> {
        let path = format!("/ams/sandbox/api/v1/payments/{call}");
        let time = jiff::Timestamp::now().to_string();
        let signature = self.signer.sign(&path, [&self.client, &time, &body])?;
        let request = Request::post(&path)
            .header("host", &self.host)
            .header("content-type", "application/json; charset=UTF-8")
            .header("client-id", &self.client)
            .header("request-time", time)
            .header("signature", signature)
            .body(Full::from(body))?;
        let open = self.connection.borrow_mut().take();
        let mut connection = match open {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        connection.ready().await?;
        let response = connection.send_request(request).await?;
        if !response.status().is_success() {
            bail!("{call}: {}", response.status());
        }
        let headers = response.headers().clone();
        let body = response.into_body().collect().await?.to_bytes();
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let time = header("response-time").context("a time")?;
        let signature = header("signature").context("a signature")?;
        verifier.check(
            &path,
            [&self.client, time, std::str::from_utf8(&body)?],
            signature,
        )?;
        *self.connection.borrow_mut() = Some(connection);
        Ok(body)
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>> {
        let socket = TcpStream::connect(&self.host).await?;
        socket.set_nodelay(true)?;
        let (connection, driver) = handshake(TokioIo::new(socket)).await?;
        tokio::spawn(driver);
        Ok(connection)
    }
}
