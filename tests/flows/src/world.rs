//! One merchant, one provider, one table.

use crate::events::{self, API_KEY, CLIENT_ID};
use crate::functions::{Deployment, Front, Secrets, public_keys};
use capture::Captures;
use checkout::Checkout;
use domain::{BuyerId, Payment, PaymentRequestId, Policy, Seconds, Time};
use notify::Notify;
use pop::keys::VerifyingKeys;
use runtime::http::Request;
use runtime::provider::Pop;
use serde_json::Value;
use simulator::{Config, Rates, Running, Simulator, Timing};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use store::{MemoryQueues, MemoryStore, Ports, QueueName, Store};
use sweep::Sweep;

/// How far this process's clock is ahead of the system's. Each test is a process of its own.
static AHEAD_MS: AtomicI64 = AtomicI64::new(0);

/// The time of all functions in a test.
#[must_use]
pub fn clock() -> Time {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    Time::from_millis(i64::try_from(now.as_millis()).unwrap() + AHEAD_MS.load(Ordering::SeqCst))
}

/// Turns the functions' clock forward.
pub fn forward(span: Seconds) {
    AHEAD_MS.fetch_add(span.0 * 1000, Ordering::SeqCst);
}

/// Everything a flow needs.
pub struct World {
    /// The provider.
    pub provider: Running,
    /// The table.
    pub store: MemoryStore,
    /// The queues.
    pub queues: MemoryQueues,
    /// The merchant's secrets, from which each function takes its own.
    pub secrets: Secrets,
    /// The functions.
    pub checkout: Checkout<MemoryStore, MemoryQueues, Pop>,
    /// Receives the provider's notifications over HTTP.
    pub notify: Arc<Notify<MemoryStore, MemoryQueues>>,
    /// Works off the capture queue.
    pub captures: Captures<MemoryStore, MemoryQueues, Pop>,
    /// Heals.
    pub sweep: Sweep<MemoryStore, MemoryQueues, Pop>,
    deployment: Deployment,
    front: Front,
}

/// Where nobody listens.
pub const NOWHERE: &str = "http://127.0.0.1:9/notify";

/// What a world is like.
pub struct Setup {
    /// What goes wrong at the provider.
    pub rates: Rates,
    /// Decides the draws.
    pub seed: u64,
    /// Where the provider sends notifications; `None`: to a listener of the world's own.
    pub notify_url: Option<String>,
    /// Where the card page is.
    pub checkout_url: String,
    /// Settings of the rules.
    pub policy: Policy,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            rates: Rates::none(),
            seed: 1,
            notify_url: None,
            checkout_url: "https://pay.shop.example".into(),
            policy: Policy::default(),
        }
    }
}

impl World {
    /// A faultless provider whose notifications arrive.
    pub async fn new() -> Self {
        Self::build(Setup::default()).await
    }

    /// A provider whose notifications go nowhere.
    pub async fn deaf() -> Self {
        let notify_url = Some(NOWHERE.to_owned());
        Self::build(Setup {
            notify_url,
            ..Setup::default()
        })
        .await
    }

    /// A contract that allows parts to be captured, several times.
    pub async fn with_several_captures() -> Self {
        let policy = Policy {
            several_captures: true,
            ..Policy::default()
        };
        Self::build(Setup {
            policy,
            ..Setup::default()
        })
        .await
    }

    /// Whether the provider's notifications go nowhere.
    #[must_use]
    pub fn is_deaf(&self) -> bool {
        self.checkout.notify_url == NOWHERE
    }

    /// The tokens of a buyer's stored cards, which must stand nowhere else.
    pub async fn store_card_tokens(&self, buyer: &str) -> Vec<String> {
        let buyer = BuyerId::new(buyer).unwrap();
        let cards = self.store.cards(&buyer).await.unwrap();
        let tokens = cards.iter().map(|card| card.token.expose().to_owned());
        tokens.collect()
    }

    /// Any world.
    pub async fn build(setup: Setup) -> Self {
        let (store, queues) = (MemoryStore::new(2), MemoryQueues::default());
        let ports = Ports {
            store: store.clone(),
            queues: queues.clone(),
            policy: setup.policy,
        };
        let front = Front::default();
        let notify_url = match setup.notify_url {
            Some(url) => url,
            None => front.open().await,
        };
        let mut config = Config::new(
            CLIENT_ID,
            &events::key("merchant-public.pem"),
            &events::key("provider-private.pem"),
        );
        config.rates = setup.rates;
        config.seed = setup.seed;
        config.timing = Timing::quick();
        let provider = Simulator::start(config).await.unwrap();
        let secrets = Secrets::of_samples();
        let deployment = Deployment {
            ports,
            secrets: secrets.clone(),
            public_keys: public_keys(),
            pop_url: provider.url().to_owned(),
            notify_url,
            checkout_url: setup.checkout_url,
        };
        let functions = deployment.start().await;
        front.lead_to(&functions.notify);
        Self {
            checkout: functions.checkout,
            notify: functions.notify,
            captures: functions.captures,
            sweep: functions.sweep,
            provider,
            secrets,
            store,
            queues,
            deployment,
            front,
        }
    }

    /// Deploys with these public keys of POP (`POP_PUBLIC_KEYS`): new processes take the place of all.
    pub async fn deploy(&mut self, public_keys: &str) {
        self.deployment.public_keys = public_keys.to_owned();
        self.restart().await;
    }

    /// New processes take the place of all.
    pub async fn restart(&mut self) {
        let functions = self.deployment.start().await;
        self.front.lead_to(&functions.notify);
        self.checkout = functions.checkout;
        self.notify = functions.notify;
        self.captures = functions.captures;
        self.sweep = functions.sweep;
    }

    /// The merchant's server creates a payment; gives the page's token.
    pub async fn create(&self, id: &str, mode: &str) -> String {
        self.create_with(id, mode, |_| {}).await
    }

    /// As [`World::create`], with the request changed first.
    pub async fn create_with(
        &self,
        id: &str,
        mode: &str,
        change: impl FnOnce(&mut Value),
    ) -> String {
        let mut body = events::create_body(id, mode);
        change(&mut body);
        let (status, view) = self
            .call("POST", "/payments", API_KEY, &body.to_string())
            .await;
        assert_eq!(status, 201, "{view}");
        view["clientToken"].as_str().unwrap().to_owned()
    }

    /// The buyer's page pays; gives the view.
    pub async fn pay(&self, id: &str, token: &str, card_no: &str) -> Value {
        let body = events::pay_body(card_no).to_string();
        let (status, view) = self
            .call("POST", &format!("/payments/{id}/pay"), token, &body)
            .await;
        assert_eq!(status, 200, "{view}");
        view
    }

    /// Any call of the checkout API.
    pub async fn call(&self, method: &str, path: &str, bearer: &str, body: &str) -> (u16, Value) {
        let mut request = Request {
            method: method.into(),
            path: path.into(),
            body: body.into(),
            source_ip: "203.0.113.7".into(),
            user_agent: "test/1.0".into(),
            ..Request::default()
        };
        request
            .headers
            .insert("authorization", format!("Bearer {bearer}").parse().unwrap());
        let response = self.checkout.answer(&request).await;
        (
            response.status,
            match response.body.as_str() {
                "" => Value::Null,
                body => serde_json::from_str(body).unwrap(),
            },
        )
    }

    /// The row. It must be what its trail says, whenever a test looks at it.
    pub async fn row(&self, id: &str) -> Payment {
        let id = PaymentRequestId::new(id).unwrap();
        let row = self.store.load(&id).await.unwrap();
        let row = row.expect("there is a row");
        self.follows_from_trail(&row).await;
        row
    }

    /// Fails unless every signature in the row's trail holds and the row can be rebuilt from it.
    async fn follows_from_trail(&self, row: &Payment) {
        let entries = self.store.evidence(&row.id).await.unwrap();
        if entries.len() > row.trail.entries as usize {
            return; // it moved on meanwhile; the next look sees more
        }
        let signer = audit::Signer {
            keys: &VerifyingKeys::parse(&self.deployment.public_keys).unwrap(),
            client_id: CLIENT_ID,
        };
        let report = audit::check_trail(signer, row, &entries);
        assert_eq!(report.findings, [], "{}: {entries:#?}", row.id);
    }

    /// Waits until the row is as wanted; fails after three seconds.
    pub async fn until(&self, id: &str, wanted: impl Fn(&Payment) -> bool) -> Payment {
        for _ in 0..300 {
            let row = self.row(id).await;
            if wanted(&row) {
                return row;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{id} did not come there: {:#?}", self.row(id).await);
    }

    /// Lets the capture function work off its queue once; gives the number of messages.
    pub async fn capture_queue(&self) -> usize {
        let messages = self.queues.take(QueueName::Capture);
        for message in &messages {
            self.captures
                .one(&message.body, clock() + Seconds(60))
                .await
                .unwrap();
        }
        messages.len()
    }

    /// Turns both clocks forward and sweeps once.
    pub async fn sweep_after(&self, span: Seconds) -> sweep::Report {
        forward(span);
        self.provider
            .advance(Duration::from_secs(u64::try_from(span.0).unwrap()));
        tokio::time::sleep(Duration::from_millis(60)).await; // what became due at the provider happens
        self.sweep.run(clock() + Seconds(60)).await
    }

    /// The types of the order events sent about a payment, in order, each once.
    #[must_use]
    pub fn events(&self, id: &str) -> Vec<String> {
        let mut seen = std::collections::HashSet::new();
        let sent = self.queues.sent(QueueName::OrderEvents);
        let events = sent
            .iter()
            .map(|message| serde_json::from_str::<Value>(&message.body).unwrap());
        events
            .filter(|event| event["subject"] == id && seen.insert(event["id"].to_string()))
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    }

    /// What the provider really captured of a payment: how often, and how much in all.
    #[must_use]
    pub fn really_captured(&self, id: &str) -> (u32, u64) {
        let books = self.provider.books();
        let record = books
            .payments
            .iter()
            .find(|payment| payment.payment_request_id == id);
        let record = record.expect("the provider knows the payment");
        (
            record.captures.iter().map(|capture| capture.effects).sum(),
            record.captured(),
        )
    }
}
