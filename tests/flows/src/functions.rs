//! The four functions as their binaries put them together, on tables and queues of a test.

use crate::clock;
use crate::events::{self, API_KEY, CLIENT_ID, NOTIFY_PATH, TOKEN_KEY};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use capture::Captures;
use checkout::{ApiKeys, Checkout, Page, TokenKeys};
use domain::{CaptureOn, Seconds};
use notify::Notify;
use pop::client::{Client, Settings};
use pop::keys::VerifyingKeys;
use ring::digest;
use runtime::http::{Request, Response};
use runtime::provider::{MerchantKeySecret, Pop};
use runtime::secrets::{Freshness, MemoryVault, Rotating, Vault};
use std::sync::{Arc, RwLock};
use store::{MemoryQueues, MemoryStore, Ports};
use sweep::{Pace, Sweep};

type Table = Ports<MemoryStore, MemoryQueues>;

/// How old secrets become, as the template has it.
pub const MAX_AGE: Seconds = Seconds(900);

/// The merchant's secrets in a vault of their own.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Where they are kept.
    pub vault: MemoryVault,
}

impl Secrets {
    /// The private key, with or without its version.
    pub const MERCHANT_KEY: &str = "merchant-key";
    /// Hashes of the API keys.
    pub const API_KEYS: &str = "api-keys";
    /// Keys of the page's tokens.
    pub const TOKEN_KEYS: &str = "token-keys";

    /// Those of the samples.
    #[must_use]
    pub fn of_samples() -> Self {
        let secrets = Self::default();
        let vault = &secrets.vault;
        vault.put(Self::MERCHANT_KEY, &events::key("merchant-private.pem"));
        vault.put(Self::API_KEYS, &hash(API_KEY));
        vault.put(Self::TOKEN_KEYS, TOKEN_KEY);
        secrets
    }

    fn vault(&self) -> Arc<dyn Vault> {
        Arc::new(self.vault.clone())
    }
}

const FRESHNESS: Freshness = Freshness {
    max_age: MAX_AGE,
    clock,
};

/// An API key as its secret has it.
#[must_use]
pub fn hash(api_key: &str) -> String {
    domain::hex(digest::digest(&digest::SHA256, api_key.as_bytes()).as_ref())
}

/// What the functions are told by their settings.
pub(crate) struct Deployment {
    pub(crate) ports: Table,
    pub(crate) secrets: Secrets,
    /// `POP_PUBLIC_KEYS`.
    pub(crate) public_keys: String,
    pub(crate) pop_url: String,
    pub(crate) notify_url: String,
    pub(crate) checkout_url: String,
}

/// One process of each function.
pub(crate) struct Functions {
    pub(crate) checkout: Checkout<MemoryStore, MemoryQueues, Pop>,
    pub(crate) notify: Arc<Notify<MemoryStore, MemoryQueues>>,
    pub(crate) captures: Captures<MemoryStore, MemoryQueues, Pop>,
    pub(crate) sweep: Sweep<MemoryStore, MemoryQueues, Pop>,
}

impl Deployment {
    /// Starts the functions, each of which reads its secrets.
    pub(crate) async fn start(&self) -> Functions {
        Functions {
            checkout: self.checkout().await,
            notify: Arc::new(notify_of(self.ports.clone(), &self.public_keys)),
            captures: Captures {
                ports: self.ports.clone(),
                provider: self.pop().await,
                clock,
            },
            sweep: Sweep {
                ports: self.ports.clone(),
                provider: self.pop().await,
                clock,
                shards: 2,
                concurrency: 4,
                pace: Pace::new(1_000),
            },
        }
    }

    async fn pop(&self) -> Pop {
        let (vault, reference) = (self.secrets.vault(), Secrets::MERCHANT_KEY.to_owned());
        let keys = MerchantKeySecret::start(vault, reference, "1".to_owned(), FRESHNESS);
        Client::new(Settings {
            base_url: self.pop_url.clone(),
            client_id: CLIENT_ID.to_owned(),
            merchant_keys: keys.await.unwrap(),
            verifying_keys: VerifyingKeys::parse(&self.public_keys).unwrap(),
            notify_url: Some(self.notify_url.clone()),
        })
        .unwrap()
    }

    async fn checkout(&self) -> Checkout<MemoryStore, MemoryQueues, Pop> {
        let api_keys = Rotating::start(
            self.secrets.vault(),
            "CHECKOUT_API_KEYS_SECRET",
            Secrets::API_KEYS.to_owned(),
            FRESHNESS,
            ApiKeys::parse,
        );
        let token_keys = Rotating::start(
            self.secrets.vault(),
            "CLIENT_TOKEN_KEY_SECRET",
            Secrets::TOKEN_KEYS.to_owned(),
            FRESHNESS,
            TokenKeys::parse,
        );
        Checkout {
            ports: self.ports.clone(),
            provider: self.pop().await,
            clock,
            api_keys: api_keys.await.unwrap(),
            token_keys: token_keys.await.unwrap(),
            notify_url: self.notify_url.clone(),
            capture_on: CaptureOn::Authorized,
            page: Page::new(&self.checkout_url, &self.pop_url),
        }
    }
}

/// POP's public key as the settings have it.
#[must_use]
pub fn public_keys() -> String {
    format!("1={}", events::public_key("provider-public.pem"))
}

/// The notify function with the keys of the samples, on any table and queues.
#[must_use]
pub fn notify_with<S, Q>(ports: Ports<S, Q>) -> Notify<S, Q> {
    notify_of(ports, &public_keys())
}

/// The notify function with these public keys of POP.
#[must_use]
pub fn notify_of<S, Q>(ports: Ports<S, Q>, public_keys: &str) -> Notify<S, Q> {
    Notify {
        ports,
        keys: VerifyingKeys::parse(public_keys).unwrap(),
        client_id: CLIENT_ID.into(),
        path: NOTIFY_PATH.into(),
    }
}

/// Takes notifications over HTTP, as the HTTP API does, for whichever process of notify there is.
#[derive(Clone, Default)]
pub(crate) struct Front(Arc<RwLock<Option<Process>>>);

type Process = Arc<Notify<MemoryStore, MemoryQueues>>;

impl Front {
    /// Opens it; gives the URL.
    pub(crate) async fn open(&self) -> String {
        let router = axum::Router::new()
            .route(NOTIFY_PATH, post(received))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}{NOTIFY_PATH}")
    }

    /// From now on this process takes them.
    pub(crate) fn lead_to(&self, notify: &Process) {
        *self.0.write().unwrap() = Some(Arc::clone(notify));
    }
}

async fn received(
    State(front): State<Front>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let request = Request {
        method: "POST".into(),
        path: NOTIFY_PATH.into(),
        headers,
        body: body.as_ref().into(),
        ..Request::default()
    };
    let notify = front
        .0
        .read()
        .unwrap()
        .clone()
        .expect("a process of notify");
    let Response { status, body, .. } = notify.receive(&request, clock()).await;
    (StatusCode::from_u16(status).unwrap(), body)
}
