//! Where calls and timed events change what the provider knows. Every change happens at a desk, under the lock of
//! the state, at one point in time.

use serde_json::{Value, json};

use crate::chance::Chance;
use crate::clock::{Millis, Zone, iso};
use crate::config::Config;
use crate::shape::Shape;
use crate::state::{Job, Payment, State};
use crate::vault::Fingerprints;

/// The state, the rules and the time of one step.
pub(crate) struct Desk<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) config: &'a Config,
    pub(crate) chance: &'a Chance,
    pub(crate) fingerprints: &'a Fingerprints,
    /// The simulator's own URL.
    pub(crate) url: &'a str,
    pub(crate) now: Millis,
}

/// A final refusal of a call.
pub(crate) fn refusal(code: &str, message: &str) -> Value {
    result("F", code, message)
}

/// An answer that has nothing but a result.
pub(crate) fn result(status: &str, code: &str, message: &str) -> Value {
    json!({ "result": { "resultStatus": status, "resultCode": code, "resultMessage": message } })
}

/// The result object of something that succeeded or failed.
pub(crate) fn outcome(code: &str, shape: &Shape) -> Value {
    if code == "SUCCESS" {
        json!({ "resultStatus": "S", "resultCode": code, "resultMessage": shape.success() })
    } else {
        json!({ "resultStatus": "F", "resultCode": code, "resultMessage": "fail." })
    }
}

impl Desk<'_> {
    /// How the message that `key` names is written.
    pub(crate) fn shape(&self, key: &[&str]) -> Shape {
        Shape::draw(self.chance, self.config.rates.odd_shapes, key)
    }

    /// A moment within this range from now.
    pub(crate) fn soon(&self, range: (i64, i64), words: &[&str]) -> Millis {
        self.now + self.chance.between(range, words)
    }

    /// A provider's id: the day, the product's digits and letter, and a number that depends on `key` alone.
    pub(crate) fn new_id(&self, product: &str, key: &str) -> String {
        let day: String = iso(self.now, Zone::Pacific)
            .chars()
            .take(10)
            .filter(|letter| *letter != '-')
            .collect();
        format!(
            "{day}1940{product}001889C{:010}",
            self.chance.number(&["id", product, key]) % 10_000_000_000
        )
    }

    /// Changes a payment that is known to be there.
    pub(crate) fn update<T>(
        &mut self,
        key: &str,
        change: impl FnOnce(&mut Payment) -> T,
    ) -> Option<T> {
        self.state.payments.get_mut(key).map(change)
    }

    /// Does what the agenda says.
    pub(crate) fn perform(&mut self, job: Job) {
        match job {
            Job::Settle(key) => self.settle(&key),
            Job::Expire(key) => self.expire(&key),
            Job::Lapse(key) => self.lapse(&key),
            Job::StartCapture(key) => self.start_automatic_capture(&key),
            Job::FinishCapture(key, request_id) => self.finish_capture(&key, &request_id),
            Job::FinishRefund(key, request_id) => self.finish_refund(&key, &request_id),
            Job::Send(dispatch) => self.state.outgoing.push(dispatch),
        }
    }
}
