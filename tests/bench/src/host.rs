//! The Lambda service as a function sees it: its Runtime API, one invocation at a time.

use anyhow::{Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// The longest that a function may take for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long an invocation may take, as the function is told.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What a function did.
enum Happened {
    /// It asked for an event, which it waits for.
    Asked(Instant, oneshot::Sender<Invocation>),
    Answered(Instant, Bytes),
    Failed(String),
}

struct Invocation {
    number: u64,
    event: String,
}

/// One function's Runtime API.
pub(crate) struct Host {
    pub(crate) address: SocketAddr,
    happened: mpsc::UnboundedReceiver<Happened>,
    waiting: Option<oneshot::Sender<Invocation>>,
    invocations: u64,
}

/// One invocation: when the event was handed over and when the answer was there.
pub(crate) struct Invoked {
    pub(crate) sent: Instant,
    pub(crate) answered: Instant,
    pub(crate) answer: Bytes,
}

impl Host {
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (tell, happened) = mpsc::unbounded_channel();
        tokio::task::spawn_local(listen(listener, tell));
        Ok(Self {
            address,
            happened,
            waiting: None,
            invocations: 0,
        })
    }

    /// Waits until the function asks for an event; gives when it did.
    pub(crate) async fn asked(&mut self) -> Result<Instant> {
        match self.next().await? {
            Happened::Asked(at, waiting) => {
                self.waiting = Some(waiting);
                Ok(at)
            }
            Happened::Answered(..) => bail!("the function answered without an event"),
            Happened::Failed(text) => bail!("the function failed: {text}"),
        }
    }

    /// Hands over an event, and waits for the answer and for the next question.
    pub(crate) async fn invoke(&mut self, event: String) -> Result<Invoked> {
        let Some(waiting) = self.waiting.take() else {
            bail!("the function does not ask for an event");
        };
        self.invocations += 1;
        let number = self.invocations;
        let sent = Instant::now();
        if waiting.send(Invocation { number, event }).is_err() {
            bail!("the function hung up");
        }
        let (answered, answer) = match self.next().await? {
            Happened::Answered(at, answer) => (at, answer),
            Happened::Failed(text) => bail!("the function failed: {text}"),
            Happened::Asked(..) => bail!("the function asked again without an answer"),
        };
        self.asked().await?;
        Ok(Invoked {
            sent,
            answered,
            answer,
        })
    }

    async fn next(&mut self) -> Result<Happened> {
        match tokio::time::timeout(PATIENCE, self.happened.recv()).await {
            Ok(Some(happened)) => Ok(happened),
            _ => bail!("the function did nothing for {} s", PATIENCE.as_secs()),
        }
    }
}

async fn listen(listener: TcpListener, tell: mpsc::UnboundedSender<Happened>) {
    while let Ok((socket, _)) = listener.accept().await {
        let _ = socket.set_nodelay(true);
        let tell = tell.clone();
        let service = service_fn(move |request| {
            let tell = tell.clone();
            async move { Ok::<_, Infallible>(answer(request, &tell).await) }
        });
        tokio::task::spawn_local(
            http1::Builder::new().serve_connection(TokioIo::new(socket), service),
        );
    }
}

async fn answer(
    request: Request<Incoming>,
    tell: &mpsc::UnboundedSender<Happened>,
) -> Response<Full<Bytes>> {
    let at = Instant::now();
    let path = request.uri().path().to_owned();
    if request.method() == Method::GET && path.ends_with("/invocation/next") {
        let (send, invocation) = oneshot::channel();
        let _ = tell.send(Happened::Asked(at, send));
        return match invocation.await {
            Ok(invocation) => handed_over(invocation),
            // The measurement is over: the function is ended while it waits.
            Err(_) => status(410),
        };
    }
    let body = request.into_body().collect().await;
    let body = body
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let happened = if path.ends_with("/response") {
        Happened::Answered(Instant::now(), body)
    } else {
        Happened::Failed(format!("{path}: {}", String::from_utf8_lossy(&body)))
    };
    let _ = tell.send(happened);
    status(202)
}

fn handed_over(invocation: Invocation) -> Response<Full<Bytes>> {
    let deadline = SystemTime::now() + TIMEOUT;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
    let number = invocation.number;
    Response::builder()
        .header("content-type", "application/json")
        .header(
            "lambda-runtime-aws-request-id",
            format!("00000000-0000-4000-8000-{number:012}"),
        )
        .header(
            "lambda-runtime-deadline-ms",
            deadline.as_millis().to_string(),
        )
        .header(
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:123456789012:function:bench",
        )
        .header(
            "lambda-runtime-trace-id",
            format!("Root=1-6745f0a1-{number:024x};Parent={number:016x};Sampled=0"),
        )
        .body(Full::from(invocation.event))
        .unwrap_or_default()
}

fn status(code: u16) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    if let Ok(code) = code.try_into() {
        *response.status_mut() = code;
    }
    response
}
