//! The provider without a network, and the way there.

use super::Stage;
use crate::engine::{Fate, Port, lock, now};
use crate::happened::Happened;
use bytes::Bytes;
use domain::message::NoAnswer;
use domain::{Seconds, Time};
use http::{HeaderMap, Method};
use pop::client::{Received, Transport};
use simulator::{Books, Config, Letter, Offline, OfflineReply, PaymentRecord};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long the client waits for an answer.
const PATIENCE: Seconds = Seconds(10);

/// The provider of one simulation. Clones share it.
#[derive(Clone)]
pub struct SimGateway {
    offline: Arc<Mutex<Offline>>,
}

impl SimGateway {
    /// A provider whose clock stands at the simulated time.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let offline = Offline::new(config, now().millis()).expect("a provider's settings");
        Self {
            offline: Arc::new(Mutex::new(offline)),
        }
    }

    /// Works with the provider at the present time.
    pub fn with<T>(&self, work: impl FnOnce(&Offline) -> T) -> T {
        self.at(now(), work)
    }

    /// Works with the provider at another time: once the simulation is over.
    pub fn at<T>(&self, time: Time, work: impl FnOnce(&Offline) -> T) -> T {
        let offline = lock(&self.offline);
        offline.set_time(time.millis());
        work(&offline)
    }

    /// When it has something to do by itself.
    #[must_use]
    pub fn next_due(&self) -> Option<Time> {
        lock(&self.offline).next_due().map(Time::from_millis)
    }

    /// Everything due by now happens; gives the notifications to be carried.
    #[must_use]
    pub fn collect(&self) -> Vec<Letter> {
        self.with(Offline::collect)
    }

    /// What it has on record of one payment.
    #[must_use]
    pub fn payment(&self, id: &str) -> Option<PaymentRecord> {
        self.with(|offline| offline.payment(id))
    }

    /// All that it has on record.
    #[must_use]
    pub fn books(&self) -> Books {
        self.with(Offline::books)
    }
}

/// Carries the client's requests.
#[derive(Clone)]
pub struct SimTransport {
    stage: Stage,
    gateway: SimGateway,
}

impl SimTransport {
    /// The way to this provider.
    #[must_use]
    pub fn new(stage: Stage, gateway: SimGateway) -> Self {
        Self { stage, gateway }
    }

    fn call(&self, name: &'static str, path: &str, headers: &HeaderMap, body: &Bytes) -> Reply {
        let reply = self
            .gateway
            .with(|offline| offline.call(&Method::POST, path, headers, body));
        self.stage.happened(Happened::Called {
            call: name,
            body: body.clone(),
        });
        match reply {
            OfflineReply::Answer {
                status: 200,
                headers,
                body,
            } => Reply::Answer(Received {
                headers,
                body: body.to_vec(),
            }),
            OfflineReply::Answer { status, .. } => Reply::Nothing(NoAnswer::HttpStatus(status)),
            OfflineReply::HangUp => Reply::Nothing(NoAnswer::Connection),
            OfflineReply::Hold => Reply::Late,
        }
    }
}

enum Reply {
    Answer(Received),
    Nothing(NoAnswer),
    /// The client's patience ends first.
    Late,
}

/// The call's name, for tables and traces.
fn name(path: &str) -> &'static str {
    match path.rsplit('/').next().unwrap_or_default() {
        "pay" => "pay",
        "inquiryPayment" => "inquiryPayment",
        "capture" => "capture",
        "cancel" => "cancel",
        "refund" => "refund",
        "inquiryRefund" => "inquiryRefund",
        _ => "unknown",
    }
}

impl Transport for SimTransport {
    async fn post(
        &self,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
        _: Duration,
    ) -> Result<Received, NoAnswer> {
        let name = name(path);
        let effect = || self.call(name, path, &headers, &body);
        let failed = |fate| match fate {
            Fate::Lost => Reply::Late,
            _ => Reply::Nothing(NoAnswer::Connection),
        };
        let reply = self.stage.step(Port::Provider, name, effect, failed).await;
        match reply {
            Reply::Answer(received) => Ok(received),
            Reply::Nothing(reason) => {
                self.stage
                    .note(|| format!("  {name}: no answer, {reason:?}"));
                Err(reason)
            }
            Reply::Late => {
                self.stage.note(|| format!("  {name}: no answer in time"));
                self.stage.sleep(PATIENCE).await;
                Err(NoAnswer::TimedOut)
            }
        }
    }
}
