//! Settings of one simulator.

use std::time::Duration;

use crate::faults::Rates;

/// What the simulator needs to know to stand in for the provider.
#[derive(Clone)]
pub struct Config {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The merchant's client id. With the prefix `SANDBOX_` the paths begin with `/ams/sandbox/api`.
    pub client_id: String,
    /// The merchant's public key, to check requests: PEM or base64.
    pub merchant_public_key: String,
    /// The provider's private key, to sign answers and notifications: PEM or base64.
    pub provider_private_key: String,
    /// The version named in the provider's signatures.
    pub key_version: String,
    /// Where notifications go when pay names no `paymentNotifyUrl` (the dashboard's setting).
    pub notify_url: Option<String>,
    /// Decides all draws together with what is drawn for.
    pub seed: u64,
    /// How often what goes wrong.
    pub rates: Rates,
    /// How long things take.
    pub timing: Timing,
    /// Puts blanks after the commas of `Signature` headers, as the documentation prints them.
    pub signature_blanks: bool,
    /// Whether a payment may be captured more than once (a matter of the merchant's contract).
    pub several_captures: bool,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("port", &self.port)
            .field("client_id", &self.client_id)
            .field("notify_url", &self.notify_url)
            .field("seed", &self.seed)
            .field("rates", &self.rates)
            .field("timing", &self.timing)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// A faultless provider on a free port, with the default timing.
    #[must_use]
    pub fn new(client_id: &str, merchant_public_key: &str, provider_private_key: &str) -> Self {
        Self {
            port: 0,
            client_id: client_id.to_owned(),
            merchant_public_key: merchant_public_key.to_owned(),
            provider_private_key: provider_private_key.to_owned(),
            key_version: "1".to_owned(),
            notify_url: None,
            seed: 1,
            rates: Rates::none(),
            timing: Timing::default(),
            signature_blanks: false,
            several_captures: true,
        }
    }
}

/// How long things take. Ranges are drawn from, both ends included, in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// From a final state to the first sending of its notification.
    pub notify: (i64, i64),
    /// What a late notification waits on top.
    pub late: (i64, i64),
    /// From the authorisation to the start of an automatic capture, and from there to its end.
    pub auto_capture: (i64, i64),
    /// Until a slow payment, a pending one, a slow capture or a slow refund is decided.
    pub settle: (i64, i64),
    /// Scales the resend schedule of notifications (0, 2 min, 10 min, 10 min, 1 h, 2 h, 6 h, 15 h).
    pub resend_scale: f64,
    /// How long the provider waits for the acknowledgement of a notification.
    pub ack_timeout: Duration,
    /// How long [`Fault::HoldAfter`](crate::Fault::HoldAfter) holds the connection; longer than a client waits.
    pub hold: Duration,
    /// How long an unfinished payment stays open when pay names no `paymentExpiryTime`.
    pub payment_validity: Duration,
    /// How long an authorisation can be captured.
    pub authorisation_validity: Duration,
    /// How long after its authorisation a payment can be cancelled.
    pub cancel_window: Duration,
    /// How long after its authorisation a payment can be refunded.
    pub refund_window: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            notify: (300, 1500),
            late: (2000, 20_000),
            auto_capture: (200, 800),
            settle: (1000, 3000),
            resend_scale: 1.0,
            ack_timeout: Duration::from_secs(10),
            hold: Duration::from_secs(11),
            payment_validity: Duration::from_secs(14 * 60),
            authorisation_validity: Duration::from_secs(7 * 24 * 3600),
            cancel_window: Duration::from_secs(7 * 24 * 3600),
            refund_window: Duration::from_secs(365 * 24 * 3600),
        }
    }
}

impl Timing {
    /// For tests: everything follows within some 20 ms, late notifications after 200 to 400 ms.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            notify: (1, 5),
            late: (200, 400),
            auto_capture: (1, 5),
            settle: (10, 20),
            resend_scale: 1.0,
            ack_timeout: Duration::from_secs(2),
            hold: Duration::from_secs(11),
            ..Self::default()
        }
    }
}

/// Waiting time before each sending of a notification, in seconds; the first goes out at once.
pub(crate) const RESEND_AFTER_SECONDS: [i64; 8] = [0, 120, 600, 600, 3600, 7200, 21_600, 54_000];
