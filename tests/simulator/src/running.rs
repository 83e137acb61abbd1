//! Starting a simulator, and holding it while it runs.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::books::{self, Books};
use crate::clock::Clock;
use crate::config::Config;
use crate::core::Core;
use crate::errands;
use crate::faults::{Call, Fault};
use crate::key_ring::{KeyRing, NewKeys};
use crate::keys::KeyError;
use crate::notification::Seal;
use crate::server;

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A key text in the configuration cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The port is taken or not allowed.
    #[error(
        "port {port} of 127.0.0.1 cannot be opened: {reason}; choose another, or 0 for a free one"
    )]
    Port {
        /// The port asked for.
        port: u16,
        /// The system's reason.
        reason: std::io::Error,
    },
}

/// The way to a [`Running`] simulator.
pub struct Simulator;

impl Simulator {
    /// Opens the port and begins to answer. Must be called on a tokio runtime with time and network.
    ///
    /// # Errors
    /// [`StartError`] says which setting has to be changed.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let keys = KeyRing::of(&config)?;
        let port = config.port;
        let failed = |reason| StartError::Port { port, reason };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(failed)?;
        let url = format!("http://{}", listener.local_addr().map_err(failed)?);
        let core = Arc::new(Core::new(config, url, keys, Clock::running()));
        let tasks = [
            tokio::spawn(server::serve(listener, Arc::clone(&core))),
            tokio::spawn(errands::follow_agenda(Arc::clone(&core))),
        ];
        Ok(Running { core, tasks })
    }
}

/// A simulator at work; dropping it ends it.
pub struct Running {
    core: Arc<Core>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Running {
    /// The gateway's URL: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.core.url
    }

    /// The key that checks answers and notifications: SPKI in base64.
    #[must_use]
    pub fn provider_public_key(&self) -> String {
        self.core.keys().provider_public.clone()
    }

    /// Replaces keys, the merchant's or the provider's own.
    ///
    /// # Errors
    /// Says which key text has to be changed; then nothing is.
    pub fn replace_keys(&self, new: &NewKeys) -> Result<(), KeyError> {
        self.core.replace_keys(new)
    }

    /// The books as they are now.
    #[must_use]
    pub fn books(&self) -> Books {
        books::open(&self.core)
    }

    /// Turns the provider's clock forward; all that becomes due happens before this returns, but for the answers to
    /// notifications.
    pub fn advance(&self, by: Duration) {
        self.core
            .advance(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
    }

    /// Finishes a 3DS challenge as the buyer would. `false` when the payment does not wait for one.
    #[must_use]
    pub fn finish_challenge(&self, payment_request_id: &str, passed: bool) -> bool {
        self.core.finish_challenge(payment_request_id, passed)
    }

    /// Orders a fault for the next call of this kind on this payment; several are committed in turn.
    pub fn order_fault(&self, call: Call, payment_request_id: &str, fault: Fault) {
        self.core
            .state()
            .order_fault(call, payment_request_id, fault);
    }

    /// Makes every such call answer this code, without being carried out, for so many minutes (1 to 1440). `false` when
    /// the code or the time is none.
    #[must_use]
    pub fn set_scenario(&self, call: Call, code: &str, minutes: u32) -> bool {
        self.core.set_scenario(call, code, minutes)
    }

    /// Ends the scenario of one call, or all.
    pub fn clear_scenarios(&self, call: Option<Call>) {
        self.core.at_desk(|desk| desk.clear_scenarios(call));
    }

    /// Sends any body, rightly signed, to `url` or to the configured notification URL. `false` without either.
    #[must_use]
    pub fn send_test(&self, body: &str, url: Option<&str>) -> bool {
        self.core
            .at_desk(|desk| desk.send_test(body.to_owned(), url.map(str::to_owned)))
            .is_some()
    }

    /// Sends a forgery about a payment. `false` without such a payment or a notification URL, or for
    /// [`Seal::Genuine`].
    #[must_use]
    pub fn forge(&self, payment_request_id: &str, seal: Seal) -> bool {
        self.core.forge(payment_request_id, seal)
    }
}
