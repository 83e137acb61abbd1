//! What is counted while the functions run.

use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Function {
    /// The API.
    Checkout,
    /// The provider's notifications.
    Notify,
    /// Takes money.
    Capture,
    /// Heals.
    Sweep,
}

impl Function {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Checkout, Self::Notify, Self::Capture, Self::Sweep];

    /// As in the names of the template.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Checkout => "Checkout",
            Self::Notify => "Notify",
            Self::Capture => "Capture",
            Self::Sweep => "Sweep",
        }
    }
}

/// A call that an invocation waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Call {
    /// One item is read.
    Get,
    /// One item is written.
    Put,
    /// Several items are written together.
    Transaction,
    /// Several items are read.
    Query,
    /// Messages are sent.
    Send,
    /// The provider is asked.
    Pop,
}

/// What one invocation, or several, used.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Counted {
    /// Calls that were waited for.
    pub calls: BTreeMap<Call, u64>,
    /// Read units of the table and the index.
    pub read_units: f64,
    /// Write units of the table; twice for transactions.
    pub write_units: f64,
    /// Write units of the index.
    pub index_units: f64,
    /// Requests to SQS, in parts of 64 KiB.
    pub sqs_requests: u64,
    /// Bytes that the function logged.
    pub log_bytes: u64,
    /// Lines that the function logged.
    pub log_lines: u64,
    /// Bytes sent to the internet: answers, and calls to the provider.
    pub bytes_out: u64,
}

impl Counted {
    /// One more call of a kind.
    pub fn called(&mut self, call: Call) {
        *self.calls.entry(call).or_default() += 1;
    }

    /// This and that.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for (call, count) in &other.calls {
            *self.calls.entry(*call).or_default() += count;
        }
        self.read_units += other.read_units;
        self.write_units += other.write_units;
        self.index_units += other.index_units;
        self.sqs_requests += other.sqs_requests;
        self.log_bytes += other.log_bytes;
        self.log_lines += other.log_lines;
        self.bytes_out += other.bytes_out;
        self
    }

    /// What is left of this without that, which is a part of it.
    #[must_use]
    pub fn minus(mut self, part: &Self) -> Self {
        for (call, count) in &part.calls {
            let left = self.calls.entry(*call).or_default();
            *left = left.saturating_sub(*count);
        }
        self.calls.retain(|_, count| *count > 0);
        self.read_units = (self.read_units - part.read_units).max(0.0);
        self.write_units = (self.write_units - part.write_units).max(0.0);
        self.index_units = (self.index_units - part.index_units).max(0.0);
        self.sqs_requests = self.sqs_requests.saturating_sub(part.sqs_requests);
        self.log_bytes = self.log_bytes.saturating_sub(part.log_bytes);
        self.log_lines = self.log_lines.saturating_sub(part.log_lines);
        self.bytes_out = self.bytes_out.saturating_sub(part.bytes_out);
        self
    }
}

/// Where those who count meet. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Ledger(Arc<Mutex<Counted>>);

impl Ledger {
    /// Counts something.
    pub fn note(&self, note: impl FnOnce(&mut Counted)) {
        note(&mut self.lock());
    }

    /// What was counted since the last time.
    #[must_use]
    pub fn take(&self) -> Counted {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One invocation.
#[derive(Debug, Clone, Serialize)]
pub struct Invocation {
    /// What it was for.
    pub step: String,
    /// Whose.
    pub function: Function,
    /// Whether the gateway passed it on.
    pub by_api: bool,
    /// What it used.
    pub counted: Counted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_taken_away_and_added_again_changes_nothing() {
        let mut whole = Counted {
            read_units: 3.0,
            write_units: 8.0,
            index_units: 2.0,
            sqs_requests: 2,
            log_bytes: 900,
            log_lines: 3,
            bytes_out: 2_000,
            ..Counted::default()
        };
        whole.called(Call::Get);
        whole.called(Call::Query);
        let mut part = Counted {
            read_units: 2.0,
            log_bytes: 300,
            log_lines: 1,
            ..Counted::default()
        };
        part.called(Call::Query);
        let left = whole.clone().minus(&part);
        assert_eq!(left.calls, BTreeMap::from([(Call::Get, 1)]));
        assert_eq!(left.plus(&part), whole);
    }
}
