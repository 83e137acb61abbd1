//! A gateway of one purpose: gives each request the next prepared reply, and remembers what it was asked.

use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How an answer leaves the server.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Whole,
    Chunked,
    /// Half of the body, then nothing more.
    Stalling,
    /// Half of the body, then the end.
    CutShort,
    /// Nothing, for longer than anybody waits.
    Silence,
    /// The end, without an answer.
    HangUp,
}

/// A prepared reply.
#[derive(Clone)]
pub(super) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    announced: Option<usize>,
    manner: Manner,
}

impl Reply {
    pub(super) fn ok(body: &[u8]) -> Self {
        let body = body.to_vec();
        Self {
            status: 200,
            headers: Vec::new(),
            body,
            announced: None,
            manner: Manner::Whole,
        }
    }

    pub(super) fn silence() -> Self {
        Self::ok(b"").in_manner(Manner::Silence)
    }

    pub(super) fn hang_up() -> Self {
        Self::ok(b"").in_manner(Manner::HangUp)
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(super) fn with_body(self, body: &[u8]) -> Self {
        Self {
            body: body.to_vec(),
            ..self
        }
    }

    pub(super) fn announcing(self, length: usize) -> Self {
        Self {
            announced: Some(length),
            ..self
        }
    }

    pub(super) fn chunked(self) -> Self {
        self.in_manner(Manner::Chunked)
    }

    pub(super) fn stalling(self) -> Self {
        self.in_manner(Manner::Stalling)
    }

    pub(super) fn cut_short(self) -> Self {
        self.in_manner(Manner::CutShort)
    }

    fn in_manner(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }

    fn head(&self) -> String {
        let length = match self.manner {
            Manner::Chunked => "Transfer-Encoding: chunked".to_owned(),
            // These have no body by definition.
            _ if self.status == 204 => "X-Length: none".to_owned(),
            _ => format!(
                "Content-Length: {}",
                self.announced.unwrap_or(self.body.len())
            ),
        };
        let lines = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        format!(
            "HTTP/1.1 {} X\r\n{length}\r\n{}\r\n",
            self.status,
            lines.collect::<String>()
        )
    }

    /// Whether the connection may go on.
    async fn send(&self, stream: &mut TcpStream) -> std::io::Result<bool> {
        match self.manner {
            Manner::Silence => {
                tokio::time::sleep(Duration::from_secs(30)).await;
                return Ok(false);
            }
            Manner::HangUp => return Ok(false),
            _ => stream.write_all(self.head().as_bytes()).await?,
        }
        match self.manner {
            Manner::Chunked => {
                for chunk in self.body.chunks(1000) {
                    stream
                        .write_all(format!("{:x}\r\n", chunk.len()).as_bytes())
                        .await?;
                    stream.write_all(chunk).await?;
                    stream.write_all(b"\r\n").await?;
                }
                stream.write_all(b"0\r\n\r\n").await?;
            }
            Manner::Stalling | Manner::CutShort => {
                stream.write_all(&self.body[..self.body.len() / 2]).await?;
                if self.manner == Manner::Stalling {
                    tokio::time::sleep(Duration::from_secs(30)).await;
                }
                return Ok(false);
            }
            _ if self.status != 204 => stream.write_all(&self.body).await?,
            _ => {}
        }
        Ok(true)
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) line: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<Request>>,
    replies: Mutex<Vec<Reply>>,
}

pub(super) struct Server {
    pub(super) url: String,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(super) async fn start(mut replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        replies.reverse();
        let seen = Arc::new(Seen {
            replies: Mutex::new(replies),
            ..Seen::default()
        });
        let shared = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url, seen, task }
    }

    /// An address where nobody listens.
    pub(super) async fn closed() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.seen.requests.lock().unwrap().clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Seen>) {
    let mut pending = Vec::new();
    while let Some(request) = read(&mut stream, &mut pending).await {
        seen.requests.lock().unwrap().push(request);
        let Some(reply) = seen.replies.lock().unwrap().pop() else {
            return;
        };
        // The client may have hung up on a long answer; that is its right.
        if !reply.send(&mut stream).await.unwrap_or(false) {
            return;
        }
    }
}

/// The next request, with a body of the announced length; `None` at the end of the connection.
async fn read(stream: &mut TcpStream, pending: &mut Vec<u8>) -> Option<Request> {
    loop {
        if let Some(request) = take(pending) {
            return Some(request);
        }
        if stream.read_buf(pending).await.ok()? == 0 {
            return None;
        }
    }
}

fn take(pending: &mut Vec<u8>) -> Option<Request> {
    let end = pending.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(pending[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: HeaderMap = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| {
            (
                name.parse::<HeaderName>().unwrap(),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect();
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    let whole = end + 4 + length;
    if pending.len() < whole {
        return None;
    }
    let body = pending[end + 4..whole].to_vec();
    pending.drain(..whole);
    Some(Request {
        line,
        headers,
        body,
    })
}
