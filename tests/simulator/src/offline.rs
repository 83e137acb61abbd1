//! The provider without a network: no sockets, no tasks, and a clock that stands until it is set. Whoever holds it
//! carries calls and notifications, and decides what is lost on the way.
//!
//! ```
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use simulator::{Config, Offline, keys::KeyPair};
//!
//! let (merchant, provider) = (KeyPair::generate()?, KeyPair::generate()?);
//! let config = Config::new("SANDBOX_1", &merchant.public_base64, &provider.private_base64);
//! let offline = Offline::new(config, 1_760_000_000_000)?;
//! // carry calls by offline.call(), then, as time goes by:
//! while let Some(due) = offline.next_due() {
//!     offline.set_time(due);
//!     for letter in offline.collect() {
//!         offline.receipt(&letter, None); // nobody answered: it is sent again on the provider's schedule
//!     }
//! }
//! # Ok(())
//! # }
//! # example().unwrap();
//! ```

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::books::{self, Books, PaymentRecord};
use crate::clock::Clock;
use crate::config::Config;
use crate::core::Core;
use crate::faults::{Call, Fault};
use crate::gateway::{self, Incoming, Reply};
use crate::key_ring::KeyRing;
use crate::notification::Seal;
use crate::outgoing::Receipt;
use crate::running::StartError;
use crate::state::Dispatch;

/// Where the pages would be, if there were any.
const URL: &str = "https://provider.example";

/// A provider that does nothing by itself. With the same configuration, the same times and the same calls it says the
/// same to the byte, in every process.
pub struct Offline {
    core: Core,
}

/// What a merchant's call meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfflineReply {
    /// An answer, signed or not.
    Answer {
        /// HTTP status.
        status: u16,
        /// All headers but those of the connection.
        headers: HeaderMap,
        /// The exact bytes.
        body: Bytes,
    },
    /// The connection is closed without an answer.
    HangUp,
    /// Nothing comes for longer than a client waits.
    Hold,
}

/// A notification to be carried to the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Where to, as the merchant named it.
    pub url: String,
    /// The path of the URL, without its query.
    pub path: String,
    /// Content-Type, Client-Id, Request-Time and, unless it was left out, Signature.
    pub headers: HeaderMap,
    /// The exact text.
    pub body: String,
    dispatch: Dispatch,
    sent_at: i64,
}

impl Offline {
    /// A provider whose clock stands at `now_ms`, in milliseconds since the epoch. The port of the configuration means
    /// nothing here.
    ///
    /// # Errors
    /// [`StartError::Key`] says which key has to be changed.
    pub fn new(config: Config, now_ms: i64) -> Result<Self, StartError> {
        let keys = KeyRing::of(&config)?;
        let clock = Clock::standing_at(now_ms);
        Ok(Self {
            core: Core::new(config, URL.to_owned(), keys, clock),
        })
    }

    /// Sets the clock, in milliseconds since the epoch, and does nothing else. An earlier time than the present one is
    /// passed over.
    pub fn set_time(&self, now_ms: i64) {
        self.core.clock.set(now_ms);
    }

    /// When there is something to [`collect`](Self::collect) or to do next, in milliseconds since the epoch; that may
    /// be now or before. `None`: never, if no call comes.
    #[must_use]
    pub fn next_due(&self) -> Option<i64> {
        let state = self.core.state();
        if state.outgoing.is_empty() {
            state.next_due_at()
        } else {
            Some(self.core.clock.now())
        }
    }

    /// Does everything that is due by now, each at its own time, and gives the notifications that have to go out. They
    /// are stamped with the present time. Each needs its [`receipt`](Self::receipt).
    #[must_use]
    pub fn collect(&self) -> Vec<Letter> {
        let sent_at = self.core.clock.now();
        let parcels = self.core.parcels().into_iter();
        parcels
            .map(|parcel| Letter {
                path: parcel.path(),
                headers: parcel.headers(),
                dispatch: parcel.dispatch,
                url: parcel.url,
                body: parcel.body,
                sent_at,
            })
            .collect()
    }

    /// Takes a call of the merchant, after everything that was due before it. `path` is the one that was signed.
    /// Notifications wait for the next [`collect`](Self::collect).
    #[must_use]
    pub fn call(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> OfflineReply {
        let incoming = Incoming {
            method,
            path,
            headers,
            body,
        };
        match gateway::answer(&self.core, &incoming) {
            Reply::Answer(response) => {
                let (parts, body) = response.into_parts();
                OfflineReply::Answer {
                    status: parts.status.as_u16(),
                    headers: parts.headers,
                    body,
                }
            }
            Reply::HangUp => OfflineReply::HangUp,
            Reply::HoldThenHangUp => OfflineReply::Hold,
        }
    }

    /// Tells what the merchant answered to a letter, HTTP status and body, at the present time; `None` if nothing came.
    /// What comes later than [`Timing::ack_timeout`](crate::Timing::ack_timeout) is nothing. Without an acknowledgement
    /// the next sending is planned, if one is left. To be told once for each letter.
    pub fn receipt(&self, letter: &Letter, answer: Option<(u16, &[u8])>) {
        let now = self.core.clock.now();
        let limit = self.core.config.timing.ack_timeout.as_millis();
        let in_time = u128::try_from(now - letter.sent_at).is_ok_and(|waited| waited <= limit);
        let receipt = match answer.filter(|_| in_time) {
            Some((status, body)) => Receipt::judge(status, body),
            None => Receipt::nothing("no answer in time".to_owned()),
        };
        let record = receipt.sending(letter.sent_at, now);
        self.core.record(letter.dispatch, record);
    }

    /// Finishes a 3DS challenge as the buyer would. `false` when the payment does not wait for one.
    #[must_use]
    pub fn finish_challenge(&self, payment_request_id: &str, passed: bool) -> bool {
        self.core.finish_challenge(payment_request_id, passed)
    }

    /// What is on record of one payment.
    #[must_use]
    pub fn payment(&self, payment_request_id: &str) -> Option<PaymentRecord> {
        books::payment(&self.core, payment_request_id)
    }

    /// The books as they are now. All times in them are this clock's.
    #[must_use]
    pub fn books(&self) -> Books {
        books::open(&self.core)
    }

    /// Orders a fault for the next call of this kind on this payment; several are committed in turn.
    pub fn order_fault(&self, call: Call, payment_request_id: &str, fault: Fault) {
        self.core
            .state()
            .order_fault(call, payment_request_id, fault);
    }

    /// Sends a forgery about a payment. `false` without such a payment or a notification URL, or for
    /// [`Seal::Genuine`].
    #[must_use]
    pub fn forge(&self, payment_request_id: &str, seal: Seal) -> bool {
        self.core.forge(payment_request_id, seal)
    }

    /// Puts any body, rightly signed, among the letters for the configured notification URL or for `url`. `false`
    /// without either.
    #[must_use]
    pub fn send_test(&self, body: &str, url: Option<&str>) -> bool {
        self.core
            .at_desk(|desk| desk.send_test(body.to_owned(), url.map(str::to_owned)))
            .is_some()
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

    /// The key that checks answers and notifications: SPKI in base64.
    #[must_use]
    pub fn provider_public_key(&self) -> String {
        self.core.keys().provider_public.clone()
    }
}
