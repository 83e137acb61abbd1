//! The public URL: a small reverse proxy on a fixed port in front of the emulated HTTP API.
//!
//! The emulator finds the API by the Host header; with it set here, the public paths are the ones that POP signs.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use cost::rehearsed::step_of;
use tokio::task::JoinHandle;

use crate::clock::now_ms;

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
    misled: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

/// What passed through.
type Counts = Arc<Mutex<Passed>>;

/// What passed through.
#[derive(Clone, Default)]
struct Passed {
    /// Answers by "METHOD /first-part status".
    answers: BTreeMap<String, u64>,
    /// Answers in which the provider's word for a card stands.
    tokens: u64,
    /// Answers by what a request costs.
    steps: BTreeMap<&'static str, u64>,
    /// When, by the stack's clock, which status was answered.
    statuses: Vec<(i64, u16)>,
}

/// With this every token of the simulated provider begins. No answer of the API has a reason to hold it.
const TOKEN_START: &[u8] = b"ALIPAY";

/// First part of the path to which the provider sends notifications.
const NOTIFY: &str = "notify";

#[derive(Clone)]
struct Upstream {
    http: reqwest::Client,
    endpoint: String,
    host: String,
    counts: Counts,
    misled: Arc<AtomicBool>,
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
        let misled = Arc::new(AtomicBool::new(false));
        let upstream = Upstream {
            http,
            endpoint: Self::url_on(emulator_port),
            host: format!("{api_id}.execute-api.localhost:{emulator_port}"),
            counts: counts.clone(),
            misled: misled.clone(),
        };
        let app = axum::Router::new().fallback(pass_on).with_state(upstream);
        let task = tokio::spawn(async move {
            axum::serve(listener, app).await.ok();
        });
        Ok(Self {
            url,
            counts,
            misled,
            task,
        })
    }

    /// The public URL, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Answers of the API, counted by "METHOD /first-part status".
    pub(crate) fn answers(&self) -> BTreeMap<String, u64> {
        self.counts
            .lock()
            .map(|counts| counts.answers.clone())
            .unwrap_or_default()
    }

    /// Callers of the API, the provider not among them, who were told that they may not.
    pub(crate) fn refused_callers(&self) -> u64 {
        let answers = self.answers();
        let refused = answers.iter().filter(|(answer, _)| {
            answer.ends_with(" 401") && !answer.contains(&format!("/{NOTIFY} "))
        });
        refused.map(|(_, count)| count).sum()
    }

    /// Answers of the API, counted by what such a request costs.
    pub(crate) fn steps(&self) -> BTreeMap<&'static str, u64> {
        let counts = self.counts.lock();
        counts
            .map(|counts| counts.steps.clone())
            .unwrap_or_default()
    }

    /// When, by the stack's clock, which status was answered.
    pub(crate) fn statuses(&self) -> Vec<(i64, u16)> {
        let counts = self.counts.lock();
        counts
            .map(|counts| counts.statuses.clone())
            .unwrap_or_default()
    }

    /// As if the address for notifications were wrong in the provider's settings: they are answered with 404 and reach
    /// nobody.
    pub(crate) fn mislead_notifications(&self, misled: bool) {
        self.misled.store(misled, Ordering::Relaxed);
    }

    /// Answers of the API that hold a card's token.
    pub(crate) fn tokens_answered(&self) -> u64 {
        self.counts.lock().map_or(0, |counts| counts.tokens)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass_on(State(upstream): State<Upstream>, request: Request) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let first = path.split('/').nth(1).unwrap_or_default().to_owned();
    let astray = first == NOTIFY && upstream.misled.load(Ordering::Relaxed);
    let (response, holds_token) = if astray {
        (StatusCode::NOT_FOUND.into_response(), false)
    } else {
        match forward(&upstream, request).await {
            Ok((status, headers, body)) => {
                let mut windows = body.windows(TOKEN_START.len());
                let holds_token = windows.any(|window| window == TOKEN_START);
                ((status, headers, body).into_response(), holds_token)
            }
            Err(reason) => ((StatusCode::BAD_GATEWAY, reason).into_response(), false),
        }
    };
    let status = response.status().as_u16();
    let key = format!("{method} /{first} {status}");
    if let Ok(mut counts) = upstream.counts.lock() {
        if let Some(step) = step_of(method.as_str(), &path, status) {
            *counts.steps.entry(step).or_default() += 1;
        }
        *counts.answers.entry(key).or_default() += 1;
        counts.tokens += u64::from(holds_token);
        counts.statuses.push((now_ms(), status));
    }
    response
}

/// Passes a request on; the answer with all its headers but those of the connection.
async fn forward(
    upstream: &Upstream,
    request: Request,
) -> Result<(StatusCode, HeaderMap, Bytes), String> {
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
    Ok((status, headers, body))
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
            let policy = [("content-security-policy", "default-src 'none'")];
            (
                StatusCode::CREATED,
                policy,
                [line.as_bytes(), &body].concat(),
            )
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
        assert_eq!(
            answer.headers()["content-security-policy"],
            "default-src 'none'"
        );
        assert_eq!(answer.headers().get_all("content-type").iter().count(), 1);
        let expected = format!(
            "POST /payments/a%2Fb?x=1 abc123.execute-api.localhost:{emulator_port} {{ }}\n"
        );
        assert_eq!(answer.text().await.unwrap(), expected);
        assert_eq!(
            front.answers(),
            BTreeMap::from([("POST /payments 201".to_owned(), 1)])
        );
        assert!(
            front.steps().is_empty(),
            "no request that costs something known"
        );
        assert_eq!(front.tokens_answered(), 0);
        let leak = reqwest::Client::new()
            .post(front.url())
            .body("ALIPAYtoken")
            .send();
        leak.await.unwrap();
        assert_eq!(front.tokens_answered(), 1);
    }
}
