//! The HTTP side: bare hyper, because a provider that loses its answer closes the connection without one.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming as Body;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::challenge;
use crate::control::{self, Asked};
use crate::core::Core;
use crate::gateway::{self, Incoming, Reply};

/// Larger requests are not read.
const BODY_LIMIT: usize = 1024 * 1024;

/// The connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("hung up")]
struct HungUp;

/// Accepts connections for as long as it is polled; dropping it closes them all.
pub(crate) async fn serve(listener: TcpListener, core: Arc<Core>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, Arc::clone(&core)));
                }
                // Out of file descriptors, say: others may be closed meanwhile.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, core: Arc<Core>) {
    let service = service_fn(move |request| respond(Arc::clone(&core), request));
    // An error here is a connection that one side gave up: the other side sees it too.
    if let Err(error) = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
    {
        tracing::debug!(%error, "connection ended");
    }
}

async fn respond(core: Arc<Core>, request: Request<Body>) -> Result<Response<Full<Bytes>>, HungUp> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(response);
    };
    let body = body.to_bytes();
    let path = parts.uri.path();
    if let Some(rest) = path.strip_prefix("/3ds/") {
        return Ok(challenge::answer(&core, &parts.method, rest, &body));
    }
    let asked = Asked {
        method: &parts.method,
        path,
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        body: &body,
    };
    if let Some(response) = control::answer(&core, &asked).await {
        return Ok(response);
    }
    let signed_path = parts
        .uri
        .path_and_query()
        .map_or(path, |path| path.as_str());
    let incoming = Incoming {
        method: &parts.method,
        path: signed_path,
        headers: &parts.headers,
        body: &body,
    };
    match gateway::answer(&core, &incoming) {
        Reply::Answer(response) => Ok(response.map(Full::new)),
        Reply::HangUp => Err(HungUp),
        Reply::HoldThenHangUp => {
            tokio::time::sleep(core.config.timing.hold).await;
            Err(HungUp)
        }
    }
}
