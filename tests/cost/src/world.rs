//! The four functions around AWS and a provider that count.

use crate::aws::{CAPTURE_QUEUE, Counting, EVENTS_QUEUE, Messages};
use crate::counted::{Counted, Function, Invocation, Ledger};
use crate::deployment::Deployment;
use crate::gateway::Gateway;
use crate::table::{self, Stored};
use crate::{logs, time};
use aws_sdk_dynamodb::Client as Dynamo;
use aws_types::SdkConfig;
use capture::Captures;
use checkout::{ApiKeys, Checkout, Page, TokenKeys};
use domain::{CaptureOn, PaymentRequestId, Policy, Seconds};
use flows::events::{self, API_KEY, CLIENT_ID, NOTIFY_PATH, TOKEN_KEY};
use notify::{Notify, metric_of};
use pop::client::{Client, Settings};
use pop::keys::VerifyingKeys;
use pop::merchant_key::MerchantKey;
use ring::digest;
use runtime::http::{Request, Response};
use runtime::metrics::{Measured, Metrics};
use serde_json::Value;
use simulator::{Config, Letter};
use std::cell::RefCell;
use store::{DynamoSettings, DynamoStore, Ports, SqsQueues, SqsSettings, Store};
use sweep::{Pace, Sweep};
use tracing::Instrument;

/// Where the provider sends notifications.
const NOTIFY_URL: &str = "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/notify";

/// Bytes of the status line and of the headers that the gateway adds to each answer.
const OF_AN_ANSWER: u64 = 150;

type Queues = Measured<SqsQueues>;
type Pop = Measured<Client<Gateway>>;

/// One deployment with nothing in it yet.
pub(crate) struct World {
    checkout: Checkout<DynamoStore, Queues, Pop>,
    notify: Notify<DynamoStore, Queues>,
    captures: Captures<DynamoStore, Queues, Pop>,
    sweep: Sweep<DynamoStore, Queues, Pop>,
    pub(crate) provider: Gateway,
    dynamo: Dynamo,
    messages: Messages,
    ledger: Ledger,
    metrics: Metrics,
    days: f64,
    done: RefCell<Done>,
    before: RefCell<Stored>,
}

/// What was done since counting began.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Done {
    /// Invocations, in order.
    pub invocations: Vec<Invocation>,
    /// Messages for the order system.
    pub order_events: u64,
    /// Messages that Lambda read from the capture queue.
    pub capture_hints: u64,
    /// What stays in the table.
    pub stored: Stored,
}

impl World {
    /// A new deployment, at the start of time.
    pub(crate) async fn new(deployment: &Deployment) -> Self {
        logs::start();
        time::reset();
        let ledger = Ledger::default();
        let aws = Counting::new(ledger.clone());
        let reach = aws.reach(embedded::start().await);
        let dynamo = Dynamo::new(&reach);
        let metrics = Metrics::new(Some("pop-payments"), time::now);
        let ports = Measured::queues_of(ports(&reach, deployment), &metrics);
        let mut config = Config::new(
            CLIENT_ID,
            &events::key("merchant-public.pem"),
            &events::key("provider-private.pem"),
        );
        config.notify_url = Some(NOTIFY_URL.into());
        let provider = Gateway::new(config, ledger.clone());
        let _of_the_start = (ledger.take(), logs::take());
        Self {
            checkout: checkout_function(ports.clone(), client(&provider, &metrics)),
            notify: flows::notify_with(ports.clone()),
            captures: Captures {
                ports: ports.clone(),
                provider: client(&provider, &metrics),
                clock: time::now,
            },
            sweep: Sweep {
                ports,
                provider: client(&provider, &metrics),
                clock: time::now,
                shards: deployment.shards,
                concurrency: 8,
                pace: Pace::unlimited(),
            },
            provider,
            messages: aws.messages(),
            dynamo,
            ledger,
            metrics,
            days: deployment.record_days,
            done: RefCell::default(),
            before: RefCell::default(),
        }
    }

    /// Forgets what was done so far: it was needed to get here.
    pub(crate) async fn count_from_here(&self) {
        let _done = self.finish().await;
        *self.before.borrow_mut() = table::stored(&self.dynamo, self.days).await;
        let _reading = self.ledger.take();
    }

    /// Works off what is left to be read, and gives all that was done.
    pub(crate) async fn finish(&self) -> Done {
        let mut done = self.done.take();
        done.order_events += self.messages.take(EVENTS_QUEUE).len() as u64;
        let now = table::stored(&self.dynamo, self.days).await;
        done.stored = now.since(*self.before.borrow());
        let _reading = self.ledger.take();
        done
    }

    async fn invoke<T>(
        &self,
        step: &str,
        function: Function,
        work: impl Future<Output = T>,
        bytes_out: impl FnOnce(&T) -> u64,
    ) -> T {
        let outcome = work.instrument(logs::span_of_lambda()).await;
        let mut counted = self.ledger.take();
        (counted.log_bytes, counted.log_lines) = logs::take();
        for line in self.metrics.take_lines() {
            counted.log_bytes += line.len() as u64 + 1;
            counted.log_lines += 1;
        }
        counted.bytes_out += bytes_out(&outcome);
        self.done.borrow_mut().invocations.push(Invocation {
            step: step.to_owned(),
            function,
            by_api: matches!(function, Function::Checkout | Function::Notify),
            counted,
        });
        outcome
    }

    /// A call of the API; any answer but one of success is a fault of the journey.
    pub(crate) async fn call(
        &self,
        step: &str,
        method: &str,
        path: &str,
        bearer: &str,
        body: &str,
    ) -> Value {
        let mut request = Request {
            method: method.into(),
            path: path.into(),
            body: body.into(),
            source_ip: "203.0.113.7".into(),
            user_agent: "Mozilla/5.0".into(),
            deadline: Some(time::now() + Seconds(29)),
            ..Request::default()
        };
        let bearer = format!("Bearer {bearer}");
        request
            .headers
            .insert("authorization", bearer.parse().expect("a token"));
        let work = self.checkout.answer(&request);
        let answer = self
            .invoke(step, Function::Checkout, work, answer_bytes)
            .await;
        assert!(
            (200..300).contains(&answer.status),
            "{step}: {}",
            answer.body
        );
        serde_json::from_str(&answer.body).unwrap_or_default()
    }

    /// The merchant's server creates a payment; gives the page's token.
    pub(crate) async fn create(
        &self,
        id: &str,
        mode: &str,
        change: impl FnOnce(&mut Value),
    ) -> String {
        let mut body = events::create_body(id, mode);
        change(&mut body);
        let view = self
            .call("create", "POST", "/payments", API_KEY, &body.to_string())
            .await;
        view["clientToken"].as_str().expect("a token").to_owned()
    }

    /// The buyer opens the page: three files and the payment.
    pub(crate) async fn open_page(&self, id: &str, token: &str, result: &str) {
        for path in [
            &format!("/checkout/{id}{result}"),
            "/checkout/assets/page.css",
            "/checkout/assets/page.js",
        ] {
            self.call("page", "GET", path, "", "").await;
        }
        self.look(id, token).await;
    }

    /// The page or the server asks how the payment stands.
    pub(crate) async fn look(&self, id: &str, bearer: &str) -> Value {
        self.call("look", "GET", &format!("/payments/{id}"), bearer, "")
            .await
    }

    /// The buyer pays with this card.
    pub(crate) async fn pay(&self, id: &str, token: &str, body: &Value) -> Value {
        self.call(
            "pay",
            "POST",
            &format!("/payments/{id}/pay"),
            token,
            &body.to_string(),
        )
        .await
    }

    /// The merchant's server wants something of a payment, without saying more.
    pub(crate) async fn demand(&self, what: &str, id: &str) {
        let step = format!("ask_{what}");
        let path = format!("/payments/{id}/{what}");
        self.call(&step, "POST", &path, API_KEY, "").await;
    }

    /// Time passes, and the provider's notifications come in at their times. Gives the letters.
    pub(crate) async fn wait(&self, span: Seconds) -> Vec<Letter> {
        let until = time::now().millis() + span.0 * 1_000;
        let mut letters = Vec::new();
        while let Some(due) = self.provider.next_due().filter(|due| *due <= until) {
            time::set(due);
            for letter in self.provider.collect() {
                let answer = self.receive("notification", &letter).await;
                assert_eq!(answer.status, 200, "{}", answer.body);
                let answer = (answer.status, answer.body.as_bytes());
                self.provider
                    .with(|offline| offline.receipt(&letter, Some(answer)));
                letters.push(letter);
            }
        }
        time::set(until);
        letters
    }

    /// A notification comes in.
    pub(crate) async fn receive(&self, step: &str, letter: &Letter) -> Response {
        let request = Request {
            method: "POST".into(),
            path: NOTIFY_PATH.into(),
            headers: letter.headers.clone(),
            body: letter.body.as_str().into(),
            ..Request::default()
        };
        let work = async {
            let answer = self.notify.receive(&request, time::now()).await;
            let metric = metric_of(answer.status);
            self.metrics.note_all(metric.map(|metric| (metric, 1)));
            answer
        };
        self.invoke(step, Function::Notify, work, answer_bytes)
            .await
    }

    /// Lambda reads the capture queue until it is empty, each message by itself.
    pub(crate) async fn work_off_captures(&self) {
        for body in self.messages.take(CAPTURE_QUEUE) {
            self.done.borrow_mut().capture_hints += 1;
            let work = self.captures.one(&body, time::now() + Seconds(60));
            let outcome = self.invoke("capture", Function::Capture, work, |_| 0).await;
            outcome.expect("a capture");
        }
    }

    /// One run of the sweep.
    pub(crate) async fn sweep(&self) -> sweep::Report {
        let work = async {
            let report = self.sweep.run(time::now() + Seconds(60)).await;
            self.metrics.note_all(report.metrics());
            report
        };
        self.invoke("sweep", Function::Sweep, work, |_| 0).await
    }

    /// What a sweep uses when nothing is due.
    pub(crate) async fn empty_sweep(&self) -> Counted {
        let report = self.sweep().await;
        assert_eq!(report.due, 0, "nothing is due");
        let mut done = self.done.borrow_mut();
        done.invocations
            .pop()
            .map(|sweep| sweep.counted)
            .unwrap_or_default()
    }

    /// Lets minutes pass until the payment has come to its end, sweeping in those in which it is due.
    pub(crate) async fn sweep_until_settled(&self, id: &str) {
        for _ in 0..100_000 {
            let row = self.row(id).await;
            let Some(due) = row.due_at else { return };
            self.wait(Seconds(60)).await;
            if due <= time::now() {
                self.sweep().await;
                self.work_off_captures().await;
            }
        }
        unreachable!("{id} does not come to its end");
    }

    /// The row, read without being counted.
    pub(crate) async fn row(&self, id: &str) -> domain::Payment {
        let id = PaymentRequestId::new(id).expect("an id");
        let counted = self.ledger.take();
        let row = self.notify.ports.store.load(&id).await;
        let _reading = self.ledger.take();
        self.ledger.note(|ledger| *ledger = counted);
        row.expect("the emulator answers").expect("a row")
    }
}

fn answer_bytes(answer: &Response) -> u64 {
    let headers = answer
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len() + 4);
    OF_AN_ANSWER + (headers.sum::<usize>() + answer.body.len()) as u64
}

fn ports(aws: &SdkConfig, deployment: &Deployment) -> Ports<DynamoStore, SqsQueues> {
    let table = DynamoSettings {
        table: "payments".into(),
        shards: deployment.shards,
        retention: Seconds((deployment.record_days * 86_400.0) as i64),
    };
    let queues = SqsSettings {
        capture_queue_url: CAPTURE_QUEUE.into(),
        order_events_queue_url: EVENTS_QUEUE.into(),
    };
    Ports {
        store: DynamoStore::new(aws, table).expect("a region and credentials"),
        queues: SqsQueues::new(aws, queues).expect("a region and credentials"),
        policy: Policy::default(),
    }
}

fn client(provider: &Gateway, metrics: &Metrics) -> Pop {
    let keys = format!("1={}", events::public_key("provider-public.pem"));
    let settings = Settings {
        base_url: "https://provider.example".into(),
        client_id: CLIENT_ID.into(),
        merchant_keys: MerchantKey::parse(&events::key("merchant-private.pem"), "1")
            .expect("a key")
            .into(),
        verifying_keys: VerifyingKeys::parse(&keys).expect("keys"),
        notify_url: Some(NOTIFY_URL.into()),
    };
    let client = Client::over(provider.clone(), settings, time::now);
    Measured::new(client.expect("a client's settings"), metrics.clone())
}

fn checkout_function(
    ports: Ports<DynamoStore, Queues>,
    provider: Pop,
) -> Checkout<DynamoStore, Queues, Pop> {
    let hash = domain::hex(digest::digest(&digest::SHA256, API_KEY.as_bytes()).as_ref());
    Checkout {
        ports,
        provider,
        clock: time::now,
        api_keys: ApiKeys::parse(&hash).expect("a hash").into(),
        token_keys: TokenKeys::parse(TOKEN_KEY).expect("a key").into(),
        notify_url: NOTIFY_URL.into(),
        capture_on: CaptureOn::Authorized,
        page: Page::new("https://pay.shop.example", "https://provider.example"),
    }
}
