//! The public URL: a small reverse proxy on a fixed port in front of the emulated HTTP API.
//!
//! The emulator finds the API by the Host header; with it set here, the public paths are the ones that POP signs.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::task::JoinHandle;

/// API Gateway takes 10 MiB; nothing of ours comes near 1 MiB.
const BODY_LIMIT_BYTES: usize = 1 << 20;
/// Longer than any function runs.
const ANSWER_LIMIT: Duration = Duration::from_secs(35);
/// Headers that concern one connection only.
const OF_THE_CONNECTION: [HeaderName; 4] = [CONNECTION, HOST, CONTENT_LENGTH, TRANSFER_ENCODING];

/// The running front; ends when dropped.
pub(crate) struct Front {
    url: String,
    counts: Counts,
    task: JoinHandle<()>,
}

/// Answers by "METHOD /first-part status".
type Counts = Arc<Mutex<BTreeMap<String, u64>>>;

#[derive(Clone)]
struct Upstream {
    http: reqwest::Client,
    endpoint: String,
    host: String,
    counts: Counts,
}

impl Front {
    /// The URL that a front on `port` will have.
    pub(crate) fn url_on(port: u16) -> String {
        format!("http://127.0.0.1:{port}")
    }

    /// Listens on `port` and passes everything on to the API `api_id` of the emulator.
    pub(crate) async fn start(port: u16, emulator_port: u16, api_id: &str) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .with_context(|| format!("port {port} is taken: choose another with --port"))?;
        let redirects = reqwest::redirect::Policy::none();
        let url = Self::url_on(listener.local_addr().context("no local address")?.port());
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirects)
            .timeout(ANSWER_LIMIT)
            .build()
            .context("no HTTP client")?;
        let counts = Counts::default();
        let upstream = Upstream {
            http,
            endpoint: Self::url_on(emulator_port),
            host: format!("{api_id}.execute-api.localhost:{emulator_port}"),
            counts: counts.clone(),
        };
        let app = axum::Router::new().fallback(pass_on).with_state(upstream);
        let task = tokio::spawn(async move {
            axum::serve(listener, app).await.ok();
        });
        Ok(Self { url, counts, task })
    }

    /// The public URL, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Answers of the API, counted by "METHOD /first-part status".
    pub(crate) fn answers(&self) -> BTreeMap<String, u64> {
        self.counts
            .lock()
            .map(|counts| counts.clone())
            .unwrap_or_default()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass_on(State(upstream): State<Upstream>, request: Request) -> Response {
    let method = request.method().clone();
    let first = request
        .uri()
        .path()
        .split('/')
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let response = forward(&upstream, request)
        .await
        .unwrap_or_else(|reason| (StatusCode::BAD_GATEWAY, reason).into_response());
    let key = format!("{method} /{first} {}", response.status().as_u16());
    if let Ok(mut counts) = upstream.counts.lock() {
        *counts.entry(key).or_default() += 1;
    }
    response
}

async fn forward(upstream: &Upstream, request: Request) -> Result<Response, String> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let body = axum::body::to_bytes(body, BODY_LIMIT_BYTES)
        .await
        .map_err(|error| format!("the request cannot be read: {error}"))?;
    let mut headers = parts.headers;
    OF_THE_CONNECTION.iter().for_each(|name| {
        headers.remove(name);
    });
    let answer = upstream
        .http
        .request(parts.method, format!("{}{path}", upstream.endpoint))
        .headers(headers)
        .header(HOST, &upstream.host)
        .body(body)
        .send()
        .await
        .map_err(|error| format!("the emulator does not answer: {error}"))?;
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    OF_THE_CONNECTION.iter().for_each(|name| {
        headers.remove(name);
    });
    let body: Bytes = answer
        .bytes()
        .await
        .map_err(|error| format!("the emulator's answer broke off: {error}"))?;
    Ok((status, headers, body).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn paths_and_bodies_pass_unchanged_and_the_host_names_the_api() {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .unwrap();
        let emulator_port = listener.local_addr().unwrap().port();
        let echo = axum::Router::new().fallback(|request: Request| async move {
            let host = request.headers()[HOST].to_str().unwrap().to_owned();
            let line = format!("{} {} {host} ", request.method(), request.uri());
            let body = axum::body::to_bytes(request.into_body(), 1000)
                .await
                .unwrap();
            (StatusCode::CREATED, [line.as_bytes(), &body].concat())
        });
        tokio::spawn(async move { axum::serve(listener, echo).await.unwrap() });
        let front = Front::start(0, emulator_port, "abc123").await.unwrap();
        let answer = reqwest::Client::new()
            .post(format!("{}/payments/a%2Fb?x=1", front.url()))
            .body("{ }\n")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        let expected = format!(
            "POST /payments/a%2Fb?x=1 abc123.execute-api.localhost:{emulator_port} {{ }}\n"
        );
        assert_eq!(answer.text().await.unwrap(), expected);
        assert_eq!(
            front.answers(),
            BTreeMap::from([("POST /payments 201".to_owned(), 1)])
        );
    }
}
