//! What functions call: DynamoDB, SQS and Secrets Manager over TLS and POP over HTTP, all on this machine. They answer at
//! once and rightly, remember what was written, and count.

use crate::keys::{self, Signer};
use crate::rows::{PLACE, Stage, number, template};
use crate::tls::Tls;
use anyhow::{Context, Result};
use domain::Time;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use md5::Digest;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// When POP says that it answered.
const ANSWERED_AT: &str = "2026-01-02T12:01:01+08:00";

/// What a new row looks like, by how far its payment is.
struct Templates {
    pending: String,
    pending_manual: String,
    authorized: String,
}

/// The services' state.
struct State {
    signer: Signer,
    templates: Templates,
    stage: Stage,
    items: HashMap<String, Value>,
    /// The payment that the due index shows next, once.
    due: Option<u64>,
    calls: BTreeMap<String, u64>,
}

/// The services.
#[derive(Clone)]
pub(crate) struct Backend {
    pub(crate) aws: SocketAddr,
    pub(crate) provider: SocketAddr,
    state: Rc<RefCell<State>>,
}

impl Backend {
    /// Listens on two free ports.
    pub(crate) async fn start(tls: &Tls, now: Time) -> Result<Self> {
        let aws = TcpListener::bind("127.0.0.1:0").await?;
        let provider = TcpListener::bind("127.0.0.1:0").await?;
        let templates = Templates {
            pending: template(Stage::Pending, now)?,
            pending_manual: template(Stage::PendingManual, now)?,
            authorized: template(Stage::Authorized, now)?,
        };
        let state = Rc::new(RefCell::new(State {
            signer: Signer::provider()?,
            templates,
            stage: Stage::Authorized,
            items: HashMap::new(),
            due: None,
            calls: BTreeMap::new(),
        }));
        let backend = Self {
            aws: aws.local_addr()?,
            provider: provider.local_addr()?,
            state,
        };
        let acceptor = TlsAcceptor::from(tls.server.clone());
        tokio::task::spawn_local(backend.clone().listen(aws, Some(acceptor)));
        tokio::task::spawn_local(backend.clone().listen(provider, None));
        Ok(backend)
    }

    /// Forgets everything; payments that are asked for stand at this stage.
    pub(crate) fn reset(&self, stage: Stage) {
        let mut state = self.state.borrow_mut();
        state.stage = stage;
        state.items.clear();
        state.due = None;
        state.calls.clear();
    }

    /// What was called since the last reset or the last time that this was asked.
    pub(crate) fn take_calls(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.state.borrow_mut().calls)
    }

    /// Lets the due index show this payment.
    pub(crate) fn make_due(&self, n: u64) {
        self.state.borrow_mut().due = Some(n);
    }

    async fn listen(self, listener: TcpListener, acceptor: Option<TlsAcceptor>) {
        while let Ok((socket, _)) = listener.accept().await {
            let _ = socket.set_nodelay(true);
            let backend = self.clone();
            let acceptor = acceptor.clone();
            tokio::task::spawn_local(async move {
                let service = service_fn(|request| async {
                    Ok::<_, Infallible>(backend.answer(request).await)
                });
                let http = http1::Builder::new();
                let _ = match acceptor {
                    None => http.serve_connection(TokioIo::new(socket), service).await,
                    Some(acceptor) => match acceptor.accept(socket).await {
                        Ok(stream) => http.serve_connection(TokioIo::new(stream), service).await,
                        Err(_) => return,
                    },
                };
            });
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let target = request.headers().get("x-amz-target").cloned();
        let path = request.uri().path().to_owned();
        let body = request.into_body().collect().await;
        let body = body
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        let mut state = self.state.borrow_mut();
        let answer = match target.as_ref().and_then(|target| target.to_str().ok()) {
            Some(target) => state.aws(target, &body).map(|body| as_json(&body)),
            None if path.starts_with("/ams/") => state.provider(&path, &body),
            None => Ok(Response::new(Full::from("healthy"))),
        };
        answer.unwrap_or_else(|error| {
            let mut refusal = Response::new(Full::from(format!("{error:#}")));
            *refusal.status_mut() = hyper::StatusCode::BAD_REQUEST;
            refusal
        })
    }
}

fn as_json(body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    let json = hyper::header::HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert("content-type", json);
    response
}

impl State {
    fn aws(&mut self, target: &str, body: &[u8]) -> Result<Value> {
        let call = target.rsplit('.').next().unwrap_or(target);
        *self.calls.entry(call.to_owned()).or_default() += 1;
        let asked: Value = serde_json::from_slice(body).context("a body that is JSON")?;
        Ok(match call {
            "GetItem" => self
                .read(&asked["Key"])
                .map_or(json!({}), |item| json!({ "Item": item })),
            "PutItem" => {
                self.write(&asked["Item"]);
                json!({})
            }
            "TransactWriteItems" => {
                for write in asked["TransactItems"].as_array().into_iter().flatten() {
                    self.write(&write["Put"]["Item"]);
                }
                json!({})
            }
            "Query" => self.query(&asked),
            "SendMessage" => sent(&asked["MessageBody"]),
            "SendMessageBatch" => {
                let entries = asked["Entries"].as_array().into_iter().flatten();
                let sent = entries.map(|entry| {
                    let mut sent = sent(&entry["MessageBody"]);
                    sent["Id"] = entry["Id"].clone();
                    sent
                });
                json!({ "Successful": sent.collect::<Vec<_>>() })
            }
            "GetSecretValue" => secret(asked["SecretId"].as_str().unwrap_or_default())?,
            _ => json!({}),
        })
    }

    fn read(&self, key: &Value) -> Option<Value> {
        let (pk, sk) = (key["pk"]["S"].as_str()?, key["sk"]["S"].as_str()?);
        if let Some(item) = self.items.get(&format!("{pk} {sk}")) {
            return Some(item.clone());
        }
        // A row that nobody has written yet.
        let n = pk.strip_prefix("PAY#PAYMENT_").filter(|_| sk == "STATE")?;
        let template = match self.stage {
            Stage::Pending => &self.templates.pending,
            Stage::PendingManual => &self.templates.pending_manual,
            Stage::Authorized => &self.templates.authorized,
        };
        serde_json::from_str(&template.replace(PLACE, n)).ok()
    }

    fn write(&mut self, item: &Value) {
        if let (Some(pk), Some(sk)) = (item["pk"]["S"].as_str(), item["sk"]["S"].as_str()) {
            self.items.insert(format!("{pk} {sk}"), item.clone());
        }
    }

    fn query(&mut self, asked: &Value) -> Value {
        let of_index = asked["IndexName"].is_string();
        let due = self.due.take().filter(|_| of_index);
        let items = due.map(|n| {
            json!({
                "pk": { "S": format!("PAY#PAYMENT_{}", number(n)) },
                "sk": { "S": "STATE" },
                "due_shard": { "N": "0" },
                "due_at": { "N": "1767355200000" },
            })
        });
        let items: Vec<Value> = items.into_iter().collect();
        json!({ "Items": items, "Count": items.len(), "ScannedCount": items.len() })
    }

    /// POP's answer to a call, signed.
    fn provider(&mut self, path: &str, body: &[u8]) -> Result<Response<Full<Bytes>>> {
        let call = path.rsplit('/').next().unwrap_or(path);
        *self.calls.entry(call.to_owned()).or_default() += 1;
        let asked: Value = serde_json::from_slice(body)?;
        let result =
            json!({ "resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success" });
        let answer = match call {
            "capture" => json!({
                "result": result,
                "captureRequestId": asked["captureRequestId"],
                "captureId": "202601021940108001001880C0200000001",
                "paymentId": asked["paymentId"],
                "captureAmount": asked["captureAmount"],
                "captureTime": ANSWERED_AT,
            }),
            _ => json!({
                "result": result,
                "paymentStatus": "SUCCESS",
                "paymentRequestId": asked["paymentRequestId"],
                "paymentAmount": { "value": "30000", "currency": "EUR" },
                "paymentTime": ANSWERED_AT,
                "transactions": [],
            }),
        };
        let answer = answer.to_string();
        let signature = self.signer.sign(path, ANSWERED_AT, &answer)?;
        Ok(Response::builder()
            .header("content-type", "application/json; charset=UTF-8")
            .header("client-id", keys::CLIENT_ID)
            .header("response-time", ANSWERED_AT)
            .header("signature", signature)
            .body(Full::from(answer))?)
    }
}

/// SQS's answer for one message.
fn sent(body: &Value) -> Value {
    let digest = md5::Md5::digest(body.as_str().unwrap_or_default().as_bytes());
    json!({ "MessageId": "00000000-0000-0000-0000-000000000001", "MD5OfMessageBody": domain::hex(&digest) })
}

fn secret(id: &str) -> Result<Value> {
    let text = match id {
        "api-keys" => {
            let key = keys::text("api-key.txt")?;
            let hash = ring::digest::digest(&ring::digest::SHA256, key.trim().as_bytes());
            domain::hex(hash.as_ref())
        }
        file => keys::text(file)?,
    };
    Ok(json!({ "ARN": id, "Name": id, "SecretString": text, "VersionId": "1" }))
}
