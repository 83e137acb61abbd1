//! What an operator may ask of the deployed sweep function, and what it answers: the two sides of one contract.
//!
//! Whoever may invoke the function may give these orders. Each is decided by the rules, leaves its evidence in the trail
//! and its line in the log.

mod retry;

pub use retry::{CaptureRetry, Refusal, capture_retry};

use crate::evidence::Call;
use crate::summary::Summary;
use crate::{Note, Payment, PaymentRequestId, Resolution, Ruling, Status, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Under this name an invocation's event holds an order, and its answer what came of it.
pub const FIELD: &str = "operator";

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Order {
    /// What is wanted.
    pub what: Wanted,
    /// Who wants it, for trail and log.
    pub by: Note<64>,
    /// Only say what would be done. Nothing is asked of POP and nothing is written.
    pub dry_run: bool,
}

/// What an operator may want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Ask POP now where the payment and its open refunds stand, and work in what it says.
    Inquire(PaymentRequestId),
    /// Ask for a capture once more: [`capture_retry`].
    RetryCapture(PaymentRequestId),
    /// Decide about a payment in review: [`crate::Event::Resolved`].
    Resolve(PaymentRequestId, Resolution),
    /// Ask POP about a payment that cannot be there: its signed answer shows that both keys are right.
    Check,
}

impl Wanted {
    /// The stable word of the order.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Inquire(_) => "inquire",
            Self::RetryCapture(_) => "retry_capture",
            Self::Resolve(..) => "resolve",
            Self::Check => "check",
        }
    }

    /// The payment that it is about.
    #[must_use]
    pub fn payment(&self) -> Option<&PaymentRequestId> {
        match self {
            Self::Inquire(id) | Self::RetryCapture(id) | Self::Resolve(id, _) => Some(id),
            Self::Check => None,
        }
    }
}

impl Order {
    /// The order in an invocation's event; `None` if the event is no order.
    ///
    /// # Errors
    /// It is one that cannot be read: says what is wrong.
    pub fn of_event(event: &Value) -> Option<Result<Self, serde_json::Error>> {
        event.get(FIELD).map(Self::deserialize)
    }

    /// The invocation's event.
    #[must_use]
    pub fn to_event(&self) -> Value {
        serde_json::json!({ FIELD: self })
    }
}

/// An order as it is sent: flat.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    order: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment: Option<PaymentRequestId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ruling: Option<Ruling>,
    by: Note<64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Note<500>>,
    dry_run: bool,
}

/// Why an order cannot be carried out as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadOrder {
    /// No such order.
    #[error("order: one of inquire, retry_capture, resolve, check is expected")]
    Unknown,
    /// It names no payment.
    #[error("payment: the order needs a paymentRequestId")]
    NoPayment,
    /// It does not say what is decided, or why.
    #[error("ruling and reason: resolve needs both")]
    NoRuling,
}

impl TryFrom<Wire> for Order {
    type Error = BadOrder;

    fn try_from(wire: Wire) -> Result<Self, BadOrder> {
        let payment = wire.payment.ok_or(BadOrder::NoPayment);
        let what = match wire.order.as_str() {
            "inquire" => Wanted::Inquire(payment?),
            "retry_capture" => Wanted::RetryCapture(payment?),
            "resolve" => {
                let (ruling, reason) = wire.ruling.zip(wire.reason).ok_or(BadOrder::NoRuling)?;
                let resolution = Resolution {
                    ruling,
                    by: wire.by.clone(),
                    reason,
                };
                Wanted::Resolve(payment?, resolution)
            }
            "check" => Wanted::Check,
            _ => return Err(BadOrder::Unknown),
        };
        Ok(Self {
            what,
            by: wire.by,
            dry_run: wire.dry_run,
        })
    }
}

impl From<Order> for Wire {
    fn from(order: Order) -> Self {
        let resolution = match &order.what {
            Wanted::Resolve(_, resolution) => Some(resolution.clone()),
            _ => None,
        };
        Self {
            order: order.what.word().to_owned(),
            payment: order.what.payment().cloned(),
            ruling: resolution.as_ref().map(|resolution| resolution.ruling),
            by: order.by,
            reason: resolution.map(|resolution| resolution.reason),
            dry_run: order.dry_run,
        }
    }
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// In one word.
    pub outcome: Outcome,
    /// Why, as a stable word: what was done or would be, why not, or what is in the way.
    pub code: String,
    /// The same for people, with what to do next.
    pub message: String,
    /// What POP was asked, and said, in order.
    #[serde(default)]
    pub calls: Vec<CallMade>,
    /// The payment before.
    #[serde(default)]
    pub before: Option<Standing>,
    /// The payment now.
    #[serde(default)]
    pub after: Option<Standing>,
    /// The function's time (RFC 3339).
    pub at: String,
    /// When this process last swept, if it did (RFC 3339): the processes of a function live for some hours.
    #[serde(default)]
    pub swept_at: Option<String>,
}

/// What came of an order, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It would be done.
    WouldDo,
    /// Things are already as wanted.
    NothingToDo,
    /// The rules do not allow it, or the order cannot be read.
    Refused,
    /// POP gave no answer to believe: its outcome is unknown, and the sweep goes on.
    Unanswered,
    /// Table or function failed; nothing is known to have changed.
    Failed,
}

/// One call to POP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallMade {
    /// Which.
    pub call: Call,
    /// Our id of the capture or refund that it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What POP said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Summary>,
    /// Why there is nothing to believe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_answer: Option<String>,
    /// The answer's `Response-Time`, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<String>,
    /// The version of POP's key that verified it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_version: Option<String>,
}

/// Where a payment stands, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Its status.
    pub status: Status,
    /// Why a person must look, if one must.
    pub review: Option<String>,
    /// Whether a person closed it.
    pub closed: bool,
    /// Whether POP is being asked because of a doubt.
    pub doubt: bool,
    /// Its version.
    pub version: u64,
    /// When it is looked at next (RFC 3339).
    pub due_at: Option<String>,
}

impl Standing {
    /// That of a row.
    #[must_use]
    pub fn of(payment: &Payment) -> Self {
        let review = payment.review.as_ref();
        Self {
            status: payment.status,
            review: review
                .filter(|_| payment.is_in_review())
                .map(|review| review.reason.code().to_owned()),
            closed: payment.closed_at().is_some(),
            doubt: payment.doubt.is_some(),
            version: payment.version,
            due_at: payment.due_at.map(Time::rfc3339),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn id() -> PaymentRequestId {
        PaymentRequestId::new("PAY_1").unwrap()
    }

    fn order(what: Wanted) -> Order {
        Order {
            what,
            by: Note::new("ada").unwrap(),
            dry_run: true,
        }
    }

    #[test]
    fn orders_are_read_as_they_are_written() {
        let resolution = Resolution {
            ruling: Ruling::Close,
            by: Note::new("ada").unwrap(),
            reason: Note::new("refunded in the dashboard").unwrap(),
        };
        for (what, want) in [
            (
                Wanted::Inquire(id()),
                json!({ "order": "inquire", "payment": "PAY_1" }),
            ),
            (
                Wanted::RetryCapture(id()),
                json!({ "order": "retry_capture", "payment": "PAY_1" }),
            ),
            (
                Wanted::Resolve(id(), resolution),
                json!({
                    "order": "resolve", "payment": "PAY_1", "ruling": "close",
                    "reason": "refunded in the dashboard",
                }),
            ),
            (Wanted::Check, json!({ "order": "check" })),
        ] {
            let order = order(what);
            let event = order.to_event();
            let mut want = want;
            want["by"] = "ada".into();
            want["dryRun"] = true.into();
            assert_eq!(event, json!({ "operator": want }));
            assert_eq!(Order::of_event(&event).unwrap().unwrap(), order);
        }
    }

    #[test]
    fn what_is_no_order_is_none_and_a_wrong_one_says_what_is_wrong() {
        for none in [
            json!(null),
            json!({}),
            json!({ "part": 0, "of": 4 }),
            json!("operator"),
        ] {
            assert!(Order::of_event(&none).is_none(), "{none}");
        }
        let with = |change: Value| {
            let mut order =
                json!({ "order": "inquire", "payment": "PAY_1", "by": "ada", "dryRun": false });
            for (name, value) in change.as_object().unwrap() {
                order[name] = value.clone();
            }
            order
        };
        for (wrong, word) in [
            (json!("inquire"), "struct"),
            (with(json!({ "order": "pay" })), "order: "),
            (with(json!({ "payment": null })), "payment: "),
            (with(json!({ "payment": "a b" })), "not allowed"),
            (with(json!({ "order": "resolve" })), "ruling and reason"),
            (
                with(json!({ "order": "resolve", "ruling": "close" })),
                "ruling and reason",
            ),
            (with(json!({ "by": "" })), "empty"),
            (with(json!({ "by": "4054695723100768" })), "card number"),
            (with(json!({ "dryRun": "no" })), "boolean"),
            (with(json!({ "more": 1 })), "unknown field"),
        ] {
            let event = json!({ "operator": wrong });
            let error = Order::of_event(&event).unwrap().unwrap_err().to_string();
            assert!(error.contains(word), "{wrong}: {error}");
            assert!(!error.contains("4054"), "{error}");
        }
        let silent = json!({ "operator": { "order": "check", "by": "ada" } });
        assert!(
            Order::of_event(&silent).unwrap().is_err(),
            "dryRun must be said"
        );
    }
}
