//! What the provider knows: payments, captures, refunds, notifications, and what is to happen when.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::cards::Behaviour;
use crate::clock::Millis;
use crate::faults::{Call, Fault};
use crate::fields::Money;
use crate::notification::Notification;
use crate::scenario::Scenario;
use crate::schema::OwnAuthentication;
use crate::vault::{Card, Fingerprint, Vault};

/// State of a payment, as inquiry names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum PaymentState {
    /// Open: the buyer has to pass a challenge, or the card's side is slow.
    Processing,
    /// The buyer is done, the result is not there yet.
    Pending,
    /// Authorised.
    Success,
    /// Refused or expired.
    Fail,
    /// Cancelled by the merchant, or the authorisation lapsed without a capture.
    Cancelled,
}

/// State of a capture or refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TransferState {
    /// Not decided yet.
    Processing,
    /// Money moved.
    Success,
    /// No money moved, and none will under this id.
    Fail,
}

/// One capture or refund.
pub(crate) struct Transfer {
    /// The merchant's id of it.
    pub(crate) request_id: String,
    /// The provider's id of it.
    pub(crate) id: String,
    pub(crate) amount: Money,
    pub(crate) state: TransferState,
    pub(crate) code: &'static str,
    pub(crate) automatic: bool,
    /// The merchant said that no further capture follows.
    pub(crate) last: bool,
    pub(crate) finished: Option<Millis>,
    /// How often the merchant asked for it.
    pub(crate) calls: u32,
    /// How often money really moved.
    pub(crate) effects: u32,
    /// Where its result is announced, if not where the payment's is.
    pub(crate) notify_url: Option<String>,
}

impl Transfer {
    /// One that is decided later.
    pub(crate) fn under_way(
        request_id: String,
        id: String,
        amount: Money,
        code: &'static str,
    ) -> Self {
        Self {
            request_id,
            id,
            amount,
            state: TransferState::Processing,
            code,
            automatic: false,
            last: false,
            finished: None,
            calls: 1,
            effects: 0,
            notify_url: None,
        }
    }

    /// The same, refused at once.
    pub(crate) fn refused(mut self, code: &'static str) -> Self {
        (self.state, self.code) = (TransferState::Fail, code);
        self
    }

    /// Whether it takes its share of the amount: done, or under way.
    pub(crate) fn counts(&self) -> bool {
        self.state != TransferState::Fail
    }
}

/// How a card was used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CardUse {
    /// The card's brand.
    pub brand: Option<String>,
    /// A stored card's token was charged.
    pub token: bool,
    /// The card was to be stored.
    pub tokenize: bool,
    /// `SCHEDULED` or `UNSCHEDULED`: the merchant paid without the buyer.
    pub recurring_type: Option<String>,
    /// The merchant brought its own 3DS result.
    pub own_authentication: bool,
}

/// How the buyer gets to a challenge.
pub(crate) struct Challenge {
    pub(crate) url: String,
    /// Named by `normalUrl`.
    pub(crate) by_link: bool,
    /// To be POSTed with this parameter.
    pub(crate) by_form: Option<String>,
}

/// One payment attempt.
pub(crate) struct Payment {
    pub(crate) request_id: String,
    pub(crate) id: String,
    pub(crate) order_id: String,
    pub(crate) amount: Money,
    /// Of `paymentMethodId`.
    pub(crate) method_id: Option<Fingerprint>,
    pub(crate) automatic: bool,
    pub(crate) notify_url: Option<String>,
    pub(crate) redirect_url: String,
    pub(crate) behaviour: Behaviour,
    /// `None` when the card data were mistyped.
    pub(crate) card: Option<Card>,
    pub(crate) card_use: CardUse,
    /// The card's token stands in the answer to pay already.
    pub(crate) token_at_once: bool,
    pub(crate) billing_address: bool,
    pub(crate) security_code: bool,
    pub(crate) own_authentication: Option<OwnAuthentication>,
    /// The merchant's own data, handed back as they are.
    pub(crate) metadata: Option<String>,
    pub(crate) state: PaymentState,
    pub(crate) code: &'static str,
    pub(crate) created: Millis,
    pub(crate) finished: Option<Millis>,
    pub(crate) expires: Millis,
    pub(crate) authorised_until: Option<Millis>,
    /// The 3DS challenge, if there is one.
    pub(crate) challenge: Option<Challenge>,
    /// The buyer passed a challenge.
    pub(crate) authenticated: bool,
    pub(crate) captures: Vec<Transfer>,
    pub(crate) refunds: Vec<Transfer>,
    pub(crate) cancelled: Option<Millis>,
    /// As which type of transaction an inquiry lists the cancellation.
    pub(crate) cancel_listed_as: Option<&'static str>,
    pub(crate) pay_calls: u32,
    /// How often money was really authorised.
    pub(crate) authorisations: u32,
}

impl Payment {
    /// Captured or about to be.
    pub(crate) fn captured(&self) -> u64 {
        self.captures
            .iter()
            .filter(|capture| capture.counts())
            .map(|capture| capture.amount.value)
            .sum()
    }

    /// Captured for good.
    pub(crate) fn really_captured(&self) -> u64 {
        moved(&self.captures)
    }

    /// Given back or about to be.
    pub(crate) fn refunded(&self) -> u64 {
        self.refunds
            .iter()
            .filter(|refund| refund.counts())
            .map(|refund| refund.amount.value)
            .sum()
    }

    /// The card network's id of its authorisation.
    pub(crate) fn network_id(&self) -> String {
        format!("ntid{}", self.id)
    }

    /// Neither final nor waiting for the provider itself.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, PaymentState::Processing | PaymentState::Pending)
    }

    pub(crate) fn capture(&self, request_id: &str) -> Option<&Transfer> {
        self.captures
            .iter()
            .find(|capture| capture.request_id == request_id)
    }

    pub(crate) fn refund(&self, request_id: &str) -> Option<&Transfer> {
        self.refunds
            .iter()
            .find(|refund| refund.request_id == request_id)
    }
}

fn moved(transfers: &[Transfer]) -> u64 {
    transfers
        .iter()
        .filter(|transfer| transfer.state == TransferState::Success)
        .map(|transfer| transfer.amount.value)
        .sum()
}

/// Something that happens by itself at its time.
pub(crate) enum Job {
    /// A slow or pending payment is decided.
    Settle(String),
    /// An unfinished payment is closed.
    Expire(String),
    /// An authorisation lapses.
    Lapse(String),
    /// An automatic capture begins.
    StartCapture(String),
    /// A capture (by its request id) is decided.
    FinishCapture(String, String),
    /// A refund (by its request id) is decided.
    FinishRefund(String, String),
    /// A notification goes out.
    Send(Dispatch),
}

/// A notification that has to go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dispatch {
    /// Its place among the notifications.
    pub(crate) notification: usize,
    /// The how-manieth regular sending; `None` for an extra copy.
    pub(crate) sending: Option<usize>,
}

/// All the provider knows.
#[derive(Default)]
pub(crate) struct State {
    /// By the merchant's request id.
    pub(crate) payments: HashMap<String, Payment>,
    /// Request ids in the order of creation.
    pub(crate) order: Vec<String>,
    /// Request id by the provider's payment id.
    pub(crate) by_payment_id: HashMap<String, String>,
    /// Payment by capture request id.
    pub(crate) by_capture: HashMap<String, String>,
    /// Payment by refund request id.
    pub(crate) by_refund: HashMap<String, String>,
    /// Refund request id by the provider's refund id.
    pub(crate) by_refund_id: HashMap<String, String>,
    pub(crate) vault: Vault,
    /// Payment by the last part of its challenge's URL.
    pub(crate) by_challenge: HashMap<String, String>,
    pub(crate) notifications: Vec<Notification>,
    /// What waits to be taken, in the order in which it became due.
    pub(crate) outgoing: Vec<Dispatch>,
    /// Error scenarios, by call.
    pub(crate) scenarios: BTreeMap<Call, Scenario>,
    agenda: BTreeMap<(Millis, u64), Job>,
    planned_jobs: u64,
    attempts: HashMap<(Call, String), u32>,
    ordered_faults: HashMap<(Call, String), VecDeque<Fault>>,
    /// How often each fault was committed, by name.
    pub(crate) faults: BTreeMap<String, u64>,
    /// How often each call was refused before it was looked at, by result code.
    pub(crate) refusals: BTreeMap<String, u64>,
}

impl State {
    /// Puts a job on the agenda.
    pub(crate) fn schedule(&mut self, due: Millis, job: Job) {
        self.planned_jobs += 1;
        self.agenda.insert((due, self.planned_jobs), job);
    }

    /// Takes the earliest job that is due, with its time.
    pub(crate) fn next_due(&mut self, now: Millis) -> Option<(Millis, Job)> {
        let entry = self
            .agenda
            .first_entry()
            .filter(|entry| entry.key().0 <= now)?;
        let ((due, _), job) = entry.remove_entry();
        Some((due, job))
    }

    /// When the next job is due.
    pub(crate) fn next_due_at(&self) -> Option<Millis> {
        self.agenda.first_key_value().map(|((due, _), _)| *due)
    }

    /// The how-manieth call of this kind for this key it is, counted from 1.
    pub(crate) fn count_call(&mut self, call: Call, key: &str) -> u32 {
        let count = self.attempts.entry((call, key.to_owned())).or_default();
        *count += 1;
        *count
    }

    pub(crate) fn count_fault(&mut self, name: &str) {
        *self.faults.entry(name.to_owned()).or_default() += 1;
    }

    pub(crate) fn count_refusal(&mut self, code: &str) {
        *self.refusals.entry(code.to_owned()).or_default() += 1;
    }

    /// Orders a fault for the next call of this kind on this payment that has none ordered yet.
    pub(crate) fn order_fault(&mut self, call: Call, payment: &str, fault: Fault) {
        self.ordered_faults
            .entry((call, payment.to_owned()))
            .or_default()
            .push_back(fault);
    }

    /// The fault ordered for this call, if any.
    pub(crate) fn ordered_fault(&mut self, call: Call, payment: &str) -> Option<Fault> {
        self.ordered_faults
            .get_mut(&(call, payment.to_owned()))?
            .pop_front()
    }

    /// The payment that these ids name; the provider's id wins.
    pub(crate) fn find(
        &self,
        payment_id: Option<&str>,
        request_id: Option<&str>,
    ) -> Option<&Payment> {
        let key = match (payment_id, request_id) {
            (Some(id), _) => self.by_payment_id.get(id)?.as_str(),
            (None, Some(request_id)) => request_id,
            (None, None) => return None,
        };
        self.payments.get(key)
    }

    /// The payment that a refund belongs to, with the refund.
    pub(crate) fn find_refund(&self, request_id: &str) -> Option<(&Payment, &Transfer)> {
        let payment = self.payments.get(self.by_refund.get(request_id)?)?;
        Some((payment, payment.refund(request_id)?))
    }
}
