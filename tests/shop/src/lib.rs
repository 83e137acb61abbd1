//! A merchant's shop on loopback, for people who want to pay there and for browser and API tests: the four functions in
//! one process around a table in memory, with the provider simulator behind them and one address in front of them.
//!
//! | address | what |
//! |---|---|
//! | `GET /` | a form that orders something, and the test cards |
//! | `POST /shop/orders` | creates a payment with the merchant's API key; JSON is answered with JSON, the form with the way to the card page |
//! | `GET /shop/orders/{id}` | the payment as the merchant's server sees it |
//! | `POST /shop/clock?advance_seconds=N` | turns the clocks of functions and provider forward |
//! | `GET /shop/return` | where the buyer comes back to |
//! | `POST /notify` | the notify function |
//! | everything else | the checkout function |
//!
//! The capture queue is worked off every tenth of a second, and the sweep runs every second.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test tool: what does not fit must stop it"
)]

mod background;
mod gateway;
mod merchant;

use anyhow::Context as _;
use axum::Router;
use axum::routing::{get, post};
use domain::Policy;
use flows::{Setup, World};
use simulator::Rates;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How a shop is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Decides what goes wrong.
    pub seed: u64,
    /// How much goes wrong at the provider.
    pub rates: Rates,
    /// Whether the provider's notifications arrive; without them the sweep finds everything out.
    pub notifications: bool,
}

/// A shop at work; dropping it ends it.
pub struct Shop {
    url: String,
    world: Arc<World>,
    tasks: Vec<JoinHandle<()>>,
}

impl Shop {
    /// Opens the port and begins to serve. The error says what is in the way.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let port = options.port;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .with_context(|| {
                format!(
                    "port {port} of 127.0.0.1 cannot be opened; choose another, or 0 for a free one"
                )
            })?;
        let url = format!("http://{}", listener.local_addr()?);
        let world = Arc::new(World::build(options.setup(&url)).await);
        let state = Site {
            url: url.clone(),
            world: Arc::clone(&world),
        };
        let mut tasks = background::start(&world);
        tasks.push(tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router(state)).await {
                tracing::error!(%error, "the shop no longer serves");
            }
        }));
        Ok(Self { url, world, tasks })
    }

    /// Where the shop is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where its provider is; `/_sim/` there shows the books.
    #[must_use]
    pub fn provider_url(&self) -> &str {
        self.world.provider.url()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Options {
    fn setup(self, url: &str) -> Setup {
        let notify_url = match self.notifications {
            true => format!("{url}{}", flows::events::NOTIFY_PATH),
            false => flows::NOWHERE.to_owned(),
        };
        Setup {
            rates: self.rates,
            seed: self.seed,
            notify_url: Some(notify_url),
            checkout_url: url.to_owned(),
            policy: Policy {
                several_captures: true,
                ..Policy::default()
            },
        }
    }
}

/// What every route needs.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) url: String,
    pub(crate) world: Arc<World>,
}

fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(merchant::home))
        .route("/shop/style.css", get(merchant::style))
        .route("/shop/orders", post(merchant::order))
        .route("/shop/orders/{id}", get(merchant::payment))
        .route("/shop/clock", post(merchant::clock))
        .route("/shop/return", get(merchant::returned))
        .fallback(gateway::pass_on)
        .with_state(site)
}
