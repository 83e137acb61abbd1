//! The four functions as production puts them together, over the simulated ports.

use crate::engine;
use crate::ports::{SimGateway, SimQueues, SimTable, SimTransport, Stage};
use capture::Captures;
use checkout::{ApiKeys, Checkout, Page, TokenKeys};
use domain::{CaptureOn, Policy};
use notify::Notify;
use pop::client::{Client, Settings};
use pop::keys::VerifyingKeys;
use pop::merchant_key::MerchantKey;
use runtime::metrics::{Measured, Metrics};
use std::sync::{Arc, OnceLock};
use store::Ports;
use sweep::{Pace, Sweep};

/// The client id of the simulated merchant.
pub const CLIENT_ID: &str = "SANDBOX_5X00000000000000";
/// Where the provider sends notifications.
pub const NOTIFY_URL: &str = "https://hooks.shop.example/notify";
/// The path that it signs.
pub const NOTIFY_PATH: &str = "/notify";
/// The merchant's key at our API.
pub const API_KEY: &str = "simulated-merchant-server-key-0001";
const TOKEN_KEY: &str = "6b6579206f66207468652073696d756c6174656420636c69656e7420746f6b656e";
/// How many shards the index has.
pub const SHARDS: u16 = 2;

type Queues = Measured<SimQueues>;
type Pop = Measured<Client<SimTransport>>;

/// The functions of one simulation.
#[derive(Clone)]
pub struct Backend {
    /// The HTTP API.
    pub checkout: Arc<Checkout<SimTable, Queues, Pop>>,
    /// The provider's webhook.
    pub notify: Arc<Notify<SimTable, Queues>>,
    /// The capture queue's reader.
    pub captures: Arc<Captures<SimTable, Queues, Pop>>,
    /// The healer.
    pub sweep: Arc<Sweep<SimTable, Queues, Pop>>,
}

/// The keys of all simulations, read once.
struct Keys {
    merchant_private: String,
    merchant_public: String,
    provider_private: String,
    verifying: String,
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/keys");
        let read =
            |name: &str| std::fs::read_to_string(folder.join(name)).expect("a key of events/keys");
        let bare = |pem: String| -> String {
            pem.lines()
                .filter(|line| !line.starts_with("-----"))
                .collect()
        };
        Keys {
            merchant_private: read("merchant-private.pem"),
            merchant_public: read("merchant-public.pem"),
            provider_private: read("provider-private.pem"),
            verifying: format!("1={}", bare(read("provider-public.pem"))),
        }
    })
}

/// The provider's keys as the functions are given them.
#[must_use]
pub fn verifying_keys() -> VerifyingKeys {
    VerifyingKeys::parse(&keys().verifying).expect("a public key")
}

/// A provider for this merchant.
#[must_use]
pub fn provider_config(seed: u64) -> simulator::Config {
    let keys = keys();
    let mut config =
        simulator::Config::new(CLIENT_ID, &keys.merchant_public, &keys.provider_private);
    config.notify_url = Some(NOTIFY_URL.to_owned());
    config.seed = seed;
    config
}

impl Backend {
    /// All four over these ports, measured into `metrics`.
    #[must_use]
    pub fn new(
        stage: &Stage,
        table: &SimTable,
        queues: &SimQueues,
        gateway: &SimGateway,
        policy: &Policy,
        metrics: &Metrics,
    ) -> Self {
        let ports = || Ports {
            store: table.clone(),
            queues: Measured::new(queues.clone(), metrics.clone()),
            policy: policy.clone(),
        };
        let provider = || {
            let client = client(SimTransport::new(stage.clone(), gateway.clone()));
            Measured::new(client, metrics.clone())
        };
        let hash = ring::digest::digest(&ring::digest::SHA256, API_KEY.as_bytes());
        Self {
            checkout: Arc::new(Checkout {
                ports: ports(),
                provider: provider(),
                clock: engine::now,
                api_keys: ApiKeys::parse(&domain::hex(hash.as_ref()))
                    .expect("a hash")
                    .into(),
                token_keys: TokenKeys::parse(TOKEN_KEY).expect("a key").into(),
                notify_url: NOTIFY_URL.to_owned(),
                capture_on: CaptureOn::Authorized,
                page: Page::new("https://pay.shop.example", "https://provider.example"),
            }),
            notify: Arc::new(Notify {
                ports: ports(),
                keys: verifying_keys(),
                client_id: CLIENT_ID.into(),
                path: NOTIFY_PATH.into(),
            }),
            captures: Arc::new(Captures {
                ports: ports(),
                provider: provider(),
                clock: engine::now,
            }),
            sweep: Arc::new(Sweep {
                ports: ports(),
                provider: provider(),
                clock: engine::now,
                shards: SHARDS,
                concurrency: 4,
                pace: Pace::unlimited(),
            }),
        }
    }
}

pub(crate) fn client(transport: SimTransport) -> Client<SimTransport> {
    let keys = keys();
    let settings = Settings {
        base_url: "https://provider.example".to_owned(),
        client_id: CLIENT_ID.to_owned(),
        merchant_keys: MerchantKey::parse(&keys.merchant_private, "1")
            .expect("a private key")
            .into(),
        verifying_keys: verifying_keys(),
        notify_url: Some(NOTIFY_URL.to_owned()),
    };
    Client::over(transport, settings, engine::now).expect("settings of a client")
}
