//! A proxy on loopback that passes requests on, or does to them what networks and overloaded servers do.
//!
//! Bare hyper, because it must be able to close a connection without an answer.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::body::Bytes;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::request::Parts;
use axum::http::{HeaderName, Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Larger requests are not read; DynamoDB takes 16 MiB, nothing of ours comes near 1 MiB.
const BODY_LIMIT: usize = 1 << 20;
/// Longer than any caller waits.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// Headers that concern one connection only.
const OF_THE_CONNECTION: [HeaderName; 3] = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING];

/// What becomes of one request.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    /// It is passed on, and the answer back.
    Pass,
    /// It is not passed on, and answered with this.
    Answer(Response<Bytes>),
    /// It is not passed on, and the connection closed after so long.
    Lose(Duration),
    /// It is passed on and takes effect; so long afterwards the connection is closed instead of answered.
    LoseAnswer(Duration),
    /// It is passed on twice, as a network or a queue may deliver it, and the second answer given.
    Twice,
}

/// Decides what becomes of requests.
pub(crate) trait Weather: Send + Sync + 'static {
    /// Decides on one request.
    fn fate(&self, head: &Parts, body: &[u8]) -> Fate;
}

/// The running proxy; ends when dropped, with all its connections.
pub(crate) struct Proxy {
    url: String,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1 and passes on to `upstream` what `weather` lets through.
    pub(crate) async fn start(upstream: &str, weather: Arc<dyn Weather>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("no port is free on 127.0.0.1")?;
        let address = listener.local_addr().context("no local address")?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_LIMIT)
            .build()
            .context("no HTTP client")?;
        let way = Arc::new(Way {
            http,
            upstream: upstream.to_owned(),
            weather,
        });
        Ok(Self {
            url: format!("http://{address}"),
            task: tokio::spawn(serve(listener, way)),
        })
    }

    /// Where it listens, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// From here to the other side.
struct Way {
    http: reqwest::Client,
    upstream: String,
    weather: Arc<dyn Weather>,
}

/// The connection is closed without an answer.
#[derive(Debug)]
struct HungUp;

impl std::fmt::Display for HungUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hung up")
    }
}

impl std::error::Error for HungUp {}

async fn serve(listener: TcpListener, way: Arc<Way>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, way.clone()));
                }
                // Out of file descriptors, say: others may be closed meanwhile.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, way: Arc<Way>) {
    stream.set_nodelay(true).ok();
    let service = service_fn(move |request| {
        let way = way.clone();
        async move { way.carry(request).await }
    });
    // An error here is a connection that one side gave up, and the other side sees it too.
    hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
        .ok();
}

impl Way {
    async fn carry(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, HungUp> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, BODY_LIMIT).collect().await;
        let body = body.map_err(|_| HungUp)?.to_bytes();
        let answer = match self.weather.fate(&head, &body) {
            Fate::Pass => self.pass(&head, body).await,
            Fate::Answer(answer) => Ok(answer),
            Fate::Lose(after) => {
                tokio::time::sleep(after).await;
                Err(HungUp)
            }
            Fate::LoseAnswer(after) => {
                // To its end, even if the caller gives up meanwhile: the request was on its way.
                let (this, head) = (self.clone_for_task(), head.clone());
                let passed = tokio::spawn(async move { this.pass(&head, body).await });
                passed.await.ok();
                tokio::time::sleep(after).await;
                Err(HungUp)
            }
            Fate::Twice => {
                let first = self.pass(&head, body.clone()).await;
                self.pass(&head, body).await.or(first)
            }
        };
        answer.map(|answer| answer.map(Full::new))
    }

    fn clone_for_task(&self) -> Self {
        Self {
            http: self.http.clone(),
            upstream: self.upstream.clone(),
            weather: self.weather.clone(),
        }
    }

    /// Passes a request on with all its headers, the host it was signed for included.
    async fn pass(&self, head: &Parts, body: Bytes) -> Result<Response<Bytes>, HungUp> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut headers = head.headers.clone();
        OF_THE_CONNECTION.iter().for_each(|name| {
            headers.remove(name);
        });
        let sent = self
            .http
            .request(head.method.clone(), format!("{}{path}", self.upstream))
            .headers(headers)
            .body(body)
            .send();
        let answer = sent.await.map_err(|_| HungUp)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut response = Response::new(answer.bytes().await.map_err(|_| HungUp)?);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        OF_THE_CONNECTION.iter().for_each(|name| {
            response.headers_mut().remove(name);
        });
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};

    struct Next(Mutex<Fate>);

    impl Weather for Next {
        fn fate(&self, _: &Parts, _: &[u8]) -> Fate {
            self.0.lock().unwrap().clone()
        }
    }

    #[tokio::test]
    async fn each_fate_is_what_it_says() {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let arrived = Arc::new(AtomicU32::new(0));
        let count = arrived.clone();
        let upstream =
            axum::Router::new().fallback(move |request: axum::extract::Request| async move {
                count.fetch_add(1, Ordering::SeqCst);
                let host = request.headers()["host"].to_str().unwrap().to_owned();
                let target = request.headers()["x-amz-target"]
                    .to_str()
                    .unwrap()
                    .to_owned();
                (
                    StatusCode::CREATED,
                    [("x-amzn-requestid", "R1")],
                    format!("{} {host} {target}", request.uri()),
                )
            });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, upstream).await.unwrap() });
        let weather = Arc::new(Next(Mutex::new(Fate::Pass)));
        let proxy = Proxy::start(&url, weather.clone()).await.unwrap();
        let ask = async |fate| {
            *weather.0.lock().unwrap() = fate;
            let before = arrived.load(Ordering::SeqCst);
            let answer = reqwest::Client::new()
                .post(format!("{}/a%2Fb?x=1", proxy.url()))
                .header("host", "as.signed")
                .header("x-amz-target", "T")
                .send()
                .await;
            let answer = match answer {
                Ok(answer) => Some((answer.status().as_u16(), answer.text().await.unwrap())),
                Err(_) => None,
            };
            (answer, arrived.load(Ordering::SeqCst) - before)
        };
        let passed = Some((201, "/a%2Fb?x=1 as.signed T".to_owned()));
        assert_eq!(ask(Fate::Pass).await, (passed.clone(), 1));
        assert_eq!(ask(Fate::Twice).await, (passed, 2));
        let busy = Response::builder().status(503).body(Bytes::from("busy"));
        let busy = Fate::Answer(busy.unwrap());
        assert_eq!(ask(busy).await, (Some((503, "busy".to_owned())), 0));
        assert_eq!(ask(Fate::Lose(Duration::ZERO)).await, (None, 0));
        assert_eq!(ask(Fate::LoseAnswer(Duration::ZERO)).await, (None, 1));
    }
}
