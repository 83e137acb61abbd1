//! A deployment of the functions beside their table: Lambda, SQS, EventBridge Scheduler and the HTTP API, as much of them
//! as popctl asks; behind them the real sweep and notify functions and the simulated provider.

use crate::program::Runner;
use crate::queue::Queues;
use crate::table;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use domain::message::NoAnswer;
use domain::operator::{FIELD, Order};
use domain::{Policy, Seconds, Time};
use flows::events::{self, CLIENT_ID, NOTIFY_PATH};
use notify::Notify;
use pop::client::{Client, Received, Settings, Transport};
use pop::keys::VerifyingKeys;
use pop::merchant_key::MerchantKey;
use runtime::http::Request;
use serde_json::{Value, json};
use simulation::ports::SimGateway;
use simulation::world::World;
use simulator::OfflineReply;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use store::{DynamoStore, MemoryQueues, Ports};
use sweep::{Pace, Sweep};

/// The time of the deployment. Each test is a process of its own.
static NOW: AtomicI64 = AtomicI64::new(0);

fn clock() -> Time {
    Time::from_millis(NOW.load(Ordering::SeqCst))
}

/// A running deployment.
pub(crate) struct Cloud {
    pub address: SocketAddr,
    pub table: SocketAddr,
    pub queues: Arc<Queues>,
    now: Time,
    inside: Arc<Inside>,
}

struct Inside {
    sweep: Sweep<DynamoStore, MemoryQueues, Client<Way>>,
    notify: Notify<DynamoStore, MemoryQueues>,
    queues: Arc<Queues>,
    /// POP does not answer.
    deaf: Arc<AtomicBool>,
    /// The sweep function is of a version that knows no orders.
    old: AtomicBool,
    schedule_on: AtomicBool,
}

/// The way to the provider of a simulated world, at the deployment's time.
#[derive(Clone)]
struct Way {
    gateway: SimGateway,
    deaf: Arc<AtomicBool>,
}

impl Transport for Way {
    async fn post(
        &self,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
        _: Duration,
    ) -> Result<Received, NoAnswer> {
        if self.deaf.load(Ordering::SeqCst) {
            return Err(NoAnswer::TimedOut);
        }
        let call =
            |offline: &simulator::Offline| offline.call(&Method::POST, path, &headers, &body);
        match self.gateway.at(clock(), call) {
            OfflineReply::Answer {
                status: 200,
                headers,
                body,
            } => Ok(Received {
                headers,
                body: body.to_vec(),
            }),
            OfflineReply::Answer { status, .. } => Err(NoAnswer::HttpStatus(status)),
            OfflineReply::HangUp | OfflineReply::Hold => Err(NoAnswer::TimedOut),
        }
    }
}

impl Cloud {
    /// One with the tables of these worlds and the provider of the first, at this time.
    pub(crate) async fn of(worlds: &[&World], now: Time) -> Self {
        NOW.store(now.millis(), Ordering::SeqCst);
        let table = table::of(worlds).await;
        let ports = || Ports {
            store: embedded::store(table),
            queues: MemoryQueues::default(),
            policy: Policy::default(),
        };
        let deaf = Arc::new(AtomicBool::new(false));
        let way = Way {
            gateway: worlds[0].gateway.clone(),
            deaf: Arc::clone(&deaf),
        };
        let queues = Arc::new(Queues::default());
        let inside = Arc::new(Inside {
            sweep: Sweep {
                ports: ports(),
                provider: client(way),
                clock,
                shards: embedded::SHARDS,
                concurrency: 4,
                pace: Pace::unlimited(),
            },
            notify: flows::notify_with(ports()),
            queues: Arc::clone(&queues),
            deaf,
            old: AtomicBool::new(false),
            schedule_on: AtomicBool::new(true),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = router(Arc::clone(&inside), address);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            table,
            queues,
            now,
            inside,
        }
    }

    /// POP does not answer from now on.
    pub(crate) fn silence_pop(&self) {
        self.inside.deaf.store(true, Ordering::SeqCst);
    }

    /// The sweep function is of a version that knows no orders.
    pub(crate) fn grow_old(&self) {
        self.inside.old.store(true, Ordering::SeqCst);
    }

    pub(crate) fn switch_schedule_off(&self) {
        self.inside.schedule_on.store(false, Ordering::SeqCst);
    }

    /// The program, pointed here by the name of the stack.
    pub(crate) fn popctl(&self) -> Runner {
        let pairs = [
            ("AWS_REGION", "eu-west-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "id".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "key".to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            (
                "AWS_ENDPOINT_URL_DYNAMODB",
                format!("http://{}", self.table),
            ),
            ("POPCTL_STACK", "pop-payments".to_owned()),
            ("POPCTL_AT", self.now.rfc3339()),
        ];
        Runner {
            arguments: Vec::new(),
            environment: pairs.map(|(name, value)| (name.to_owned(), value)).into(),
        }
    }

    /// The text without this run's ports.
    pub(crate) fn without_ports(&self, text: &str) -> String {
        let text = text.replace(&self.address.to_string(), "127.0.0.1:8480");
        text.replace(&self.table.to_string(), "127.0.0.1:4566")
    }
}

fn client(way: Way) -> Client<Way> {
    let settings = Settings {
        base_url: "https://provider.example".to_owned(),
        client_id: CLIENT_ID.to_owned(),
        merchant_keys: MerchantKey::parse(&events::key("merchant-private.pem"), "1")
            .unwrap()
            .into(),
        verifying_keys: VerifyingKeys::parse(&public_keys()).unwrap(),
        notify_url: None,
    };
    Client::over(way, settings, clock).unwrap()
}

/// POP's key as the functions have it.
pub(crate) fn public_keys() -> String {
    format!("1={}", events::public_key("provider-public.pem"))
}

#[derive(Clone)]
struct Everything {
    inside: Arc<Inside>,
    base: String,
}

fn router(inside: Arc<Inside>, address: SocketAddr) -> Router {
    let everything = Everything {
        inside,
        base: format!("http://{address}"),
    };
    Router::new()
        .route("/2015-03-31/functions", get(functions))
        .route("/2015-03-31/functions/", get(functions))
        .route("/2015-03-31/functions/{name}/invocations", post(invoke))
        .route("/schedules", get(schedules))
        .route("/", post(queues))
        .route(NOTIFY_PATH, post(notified))
        .route(
            "/healthz",
            get(|| async { axum::Json(json!({ "status": "ok" })) }),
        )
        .with_state(everything)
}

async fn functions(State(cloud): State<Everything>) -> axum::Json<Value> {
    let base = &cloud.base;
    let common = json!({
        "TABLE_NAME": "payments",
        "CAPTURE_QUEUE_URL": format!("{base}/000000000000/Capture"),
        "ORDER_EVENTS_QUEUE_URL": format!("{base}/000000000000/OrderEvents"),
        "POP_CLIENT_ID": CLIENT_ID, "POP_PUBLIC_KEYS": public_keys(),
        "CAPTURE_MARGIN_SECONDS": "86400", "NOT_EXIST_GRACE_SECONDS": "900", "SEVERAL_CAPTURES": "false",
        "RECORD_RETENTION_DAYS": "730", "SWEEP_SHARDS": "4",
    });
    let function = |resource: &str, own: Value| {
        let mut variables = common.clone();
        for (name, value) in own.as_object().unwrap() {
            variables[name] = value.clone();
        }
        json!({
            "FunctionName": format!("pop-payments-{resource}-A1B2C3D4E5F6"),
            "State": "Active", "LastUpdateStatus": "Successful",
            "Environment": { "Variables": variables },
        })
    };
    let pop = json!({ "POP_BASE_URL": "https://provider.example", "POP_PRIVATE_KEY_SECRET": "arn:secret" });
    let mut checkout = pop.clone();
    for (name, value) in [
        ("NOTIFY_URL", format!("{base}{NOTIFY_PATH}")),
        ("CHECKOUT_URL", base.clone()),
        ("CHECKOUT_API_KEYS_SECRET", "arn:secret".to_owned()),
        ("CLIENT_TOKEN_KEY_SECRET", "arn:secret".to_owned()),
    ] {
        checkout[name] = value.into();
    }
    axum::Json(json!({ "Functions": [
        function("CheckoutFunction", checkout),
        function("NotifyFunction", json!({ "POP_NOTIFY_PATH": NOTIFY_PATH })),
        function("CaptureFunction", pop.clone()),
        function("SweepFunction", pop),
        { "FunctionName": "somebody-elses-SweepFunction-1" },
    ] }))
}

async fn invoke(
    State(cloud): State<Everything>,
    Path(name): Path<String>,
    body: Bytes,
) -> axum::Json<Value> {
    assert_eq!(name, "pop-payments-SweepFunction-A1B2C3D4E5F6");
    let event: Value = serde_json::from_slice(&body).unwrap();
    if cloud.inside.old.load(Ordering::SeqCst) {
        return axum::Json(json!({ "due": 0, "looked_at": 0 }));
    }
    let order = Order::of_event(&event).expect("an order");
    let mut reply = cloud
        .inside
        .sweep
        .operate(order, clock() + Seconds(60))
        .await;
    reply.swept_at = Some((clock() - Seconds(40)).rfc3339());
    axum::Json(json!({ FIELD: reply }))
}

async fn schedules(State(cloud): State<Everything>) -> axum::Json<Value> {
    let on = cloud.inside.schedule_on.load(Ordering::SeqCst);
    let state = if on { "ENABLED" } else { "DISABLED" };
    let schedule = |function: &str| {
        let arn = format!("arn:aws:lambda:eu-west-1:000000000000:function:{function}");
        json!({ "Name": "EachMinute", "State": state, "Target": { "Arn": arn } })
    };
    axum::Json(json!({ "Schedules": [
        schedule("pop-payments-SweepFunction-A1B2C3D4E5F6"), schedule("another"),
    ] }))
}

async fn queues(
    State(cloud): State<Everything>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, axum::Json<Value>) {
    let target = headers["x-amz-target"].to_str().unwrap();
    let call = target.strip_prefix("AmazonSQS.").expect("a call of SQS");
    let request: Value = serde_json::from_slice(&body).unwrap();
    let (status, answer) = cloud.inside.queues.answer(call, &request, &cloud.base);
    (status, axum::Json(answer))
}

async fn notified(
    State(cloud): State<Everything>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let request = Request {
        method: method.to_string(),
        path: uri.path().to_owned(),
        headers,
        body: body.as_ref().into(),
        ..Request::default()
    };
    let response = cloud.inside.notify.receive(&request, clock()).await;
    (
        StatusCode::from_u16(response.status).unwrap(),
        response.body,
    )
}
