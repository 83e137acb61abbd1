//! What can go wrong on the way between the merchant and the provider, and how often.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::chance::Chance;

/// The calls a merchant makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Call {
    /// Authorise a payment.
    Pay,
    /// Ask how a payment stands.
    InquiryPayment,
    /// Take authorised money.
    Capture,
    /// Give an authorisation up.
    Cancel,
    /// Give captured money back.
    Refund,
    /// Ask how a refund stands.
    InquiryRefund,
}

impl Call {
    /// The last part of the call's path.
    #[must_use]
    pub fn resource(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::InquiryPayment => "inquiryPayment",
            Self::Capture => "capture",
            Self::Cancel => "cancel",
            Self::Refund => "refund",
            Self::InquiryRefund => "inquiryRefund",
        }
    }

    pub(crate) fn from_resource(resource: &str) -> Option<Self> {
        [
            Self::Pay,
            Self::InquiryPayment,
            Self::Capture,
            Self::Cancel,
            Self::Refund,
            Self::InquiryRefund,
        ]
        .into_iter()
        .find(|call| call.resource() == resource)
    }
}

/// One thing that goes wrong with the answer to a call. "After" means the call was carried out all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fault {
    /// Carried out; then the connection is closed without an answer.
    DropAfter,
    /// Carried out; then the connection is held longer than a client waits, and closed without an answer.
    HoldAfter,
    /// Not carried out; HTTP 429, 500, 502 or 503.
    HttpErrorBefore,
    /// Carried out; HTTP 500, 502 or 504.
    HttpErrorAfter,
    /// Not carried out; a signed `UNKNOWN_EXCEPTION` (U).
    UnknownBefore,
    /// Carried out; a signed `UNKNOWN_EXCEPTION` (U) hides the result.
    UnknownAfter,
    /// Carried out; the answer's JSON ends in the middle (its signature holds, or covers the whole).
    BrokenJson,
    /// Carried out; the answer has no signature.
    Unsigned,
    /// Carried out; the answer's signature is another key's, or the answer was changed after signing.
    WrongSignature,
    /// Not carried out; a signed `REQUEST_TRAFFIC_EXCEED_LIMIT` (U).
    TrafficLimit,
}

impl Fault {
    /// Whether the call is carried out in spite of the fault.
    #[must_use]
    pub fn is_after(self) -> bool {
        !matches!(
            self,
            Self::HttpErrorBefore | Self::UnknownBefore | Self::TrafficLimit
        )
    }
}

/// Probabilities (0 to 1) of everything that chance decides. The fields of one group exclude each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rates {
    /// Per call: [`Fault::DropAfter`].
    pub drop_after: f64,
    /// Per call: [`Fault::HoldAfter`].
    pub hold_after: f64,
    /// Per call: an HTTP error; half before, half after the work.
    pub http_error: f64,
    /// Per call: `UNKNOWN_EXCEPTION`; half before, half after the work.
    pub unknown_exception: f64,
    /// Per call: [`Fault::BrokenJson`].
    pub broken_json: f64,
    /// Per call: [`Fault::Unsigned`].
    pub unsigned: f64,
    /// Per call: [`Fault::WrongSignature`].
    pub wrong_signature: f64,
    /// Per call: [`Fault::TrafficLimit`].
    pub traffic_limit: f64,
    /// Per notification: never sent.
    pub never_sent: f64,
    /// Per notification: sent once more, acknowledged or not.
    pub sent_twice: f64,
    /// Per notification: late by [`Timing::late`](crate::Timing::late), so often after its successors.
    pub late: f64,
    /// Per payment: a forged notification is mixed in.
    pub forged: f64,
    /// Per automatic payment: the capture's notification goes out before the payment's.
    pub capture_first: f64,
    /// Per answer and notification: written in one of the odd shapes seen in samples.
    pub odd_shapes: f64,
    /// Per manual capture: `CAPTURE_IN_PROCESS` first, the result later.
    pub slow_capture: f64,
    /// Per finished 3DS challenge: `PENDING` and a `PAYMENT_PENDING` notification first, the result later.
    pub pending_after_challenge: f64,
    /// Per refund: `REFUND_IN_PROCESS` first, the result later.
    pub slow_refund: f64,
    /// Per challenge: reached by a form to be POSTed; half of them by `normalUrl` as well.
    pub post_form: f64,
    /// Per stored card: the token stands in the answer to pay already.
    pub token_at_once: f64,
    /// Per cancelled payment: listed by inquiries as `VOID`, or not at all, and not as `CANCEL`.
    pub cancel_listed_otherwise: f64,
    /// Per unfinished payment that is cancelled: announced as `ORDER_IS_CANCELED`.
    pub cancel_told: f64,
}

impl Rates {
    /// Nothing goes wrong.
    #[must_use]
    pub fn none() -> Self {
        Self {
            drop_after: 0.0,
            hold_after: 0.0,
            http_error: 0.0,
            unknown_exception: 0.0,
            broken_json: 0.0,
            unsigned: 0.0,
            wrong_signature: 0.0,
            traffic_limit: 0.0,
            never_sent: 0.0,
            sent_twice: 0.0,
            late: 0.0,
            forged: 0.0,
            capture_first: 0.0,
            odd_shapes: 0.0,
            slow_capture: 0.0,
            pending_after_challenge: 0.0,
            slow_refund: 0.0,
            post_form: 0.0,
            token_at_once: 0.0,
            cancel_listed_otherwise: 0.0,
            cancel_told: 0.0,
        }
    }

    /// A provider on a very bad day.
    #[must_use]
    pub fn heavy() -> Self {
        Self {
            drop_after: 0.08,
            hold_after: 0.02,
            http_error: 0.05,
            unknown_exception: 0.05,
            broken_json: 0.02,
            unsigned: 0.015,
            wrong_signature: 0.015,
            traffic_limit: 0.03,
            never_sent: 0.20,
            sent_twice: 0.20,
            late: 0.20,
            forged: 0.10,
            capture_first: 0.10,
            odd_shapes: 0.50,
            slow_capture: 0.30,
            pending_after_challenge: 0.20,
            slow_refund: 0.30,
            post_form: 0.30,
            token_at_once: 0.50,
            cancel_listed_otherwise: 0.50,
            cancel_told: 0.50,
        }
    }

    /// A third of [`Rates::heavy`].
    #[must_use]
    pub fn light() -> Self {
        let heavy = Self::heavy();
        Self {
            drop_after: heavy.drop_after / 3.0,
            hold_after: heavy.hold_after / 3.0,
            http_error: heavy.http_error / 3.0,
            unknown_exception: heavy.unknown_exception / 3.0,
            broken_json: heavy.broken_json / 3.0,
            unsigned: heavy.unsigned / 3.0,
            wrong_signature: heavy.wrong_signature / 3.0,
            traffic_limit: heavy.traffic_limit / 3.0,
            never_sent: heavy.never_sent / 3.0,
            sent_twice: heavy.sent_twice / 3.0,
            late: heavy.late / 3.0,
            forged: heavy.forged / 3.0,
            capture_first: heavy.capture_first / 3.0,
            odd_shapes: heavy.odd_shapes / 3.0,
            slow_capture: heavy.slow_capture / 3.0,
            pending_after_challenge: heavy.pending_after_challenge / 3.0,
            slow_refund: heavy.slow_refund / 3.0,
            post_form: heavy.post_form / 3.0,
            token_at_once: heavy.token_at_once / 3.0,
            cancel_listed_otherwise: heavy.cancel_listed_otherwise / 3.0,
            cancel_told: heavy.cancel_told / 3.0,
        }
    }

    /// The fault of the `attempt`-th call of this kind for this key, if any. The same for the same arguments and seed.
    pub(crate) fn draw(
        &self,
        chance: &Chance,
        call: Call,
        key: &str,
        attempt: u32,
    ) -> Option<Fault> {
        let words = ["call", call.resource(), key, &attempt.to_string()];
        let share = chance.share(&words);
        let before = chance
            .number(&["before", words[1], key, words[3]])
            .is_multiple_of(2);
        let faults = [
            (self.drop_after, Fault::DropAfter),
            (self.hold_after, Fault::HoldAfter),
            (
                self.http_error,
                if before {
                    Fault::HttpErrorBefore
                } else {
                    Fault::HttpErrorAfter
                },
            ),
            (
                self.unknown_exception,
                if before {
                    Fault::UnknownBefore
                } else {
                    Fault::UnknownAfter
                },
            ),
            (self.broken_json, Fault::BrokenJson),
            (self.unsigned, Fault::Unsigned),
            (self.wrong_signature, Fault::WrongSignature),
            (self.traffic_limit, Fault::TrafficLimit),
        ];
        let mut reached = 0.0;
        faults
            .into_iter()
            .find(|(rate, _)| {
                reached += rate;
                share < reached
            })
            .map(|(_, fault)| fault)
    }
}

/// A named set of [`Rates`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FaultLevel {
    /// [`Rates::none`].
    None,
    /// [`Rates::light`].
    Light,
    /// [`Rates::heavy`].
    Heavy,
}

impl FaultLevel {
    /// The rates behind the name.
    #[must_use]
    pub fn rates(self) -> Rates {
        match self {
            Self::None => Rates::none(),
            Self::Light => Rates::light(),
            Self::Heavy => Rates::heavy(),
        }
    }
}

impl FromStr for FaultLevel {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "none" => Ok(Self::None),
            "light" => Ok(Self::Light),
            "heavy" => Ok(Self::Heavy),
            _ => Err(format!(
                "{word:?} is no fault level: use none, light or heavy"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64, rates: &Rates) -> Vec<Option<Fault>> {
        let chance = Chance::new(seed);
        (0..1000)
            .map(|n| rates.draw(&chance, Call::Pay, &format!("PAY_{n}"), 1))
            .collect()
    }

    #[test]
    fn the_same_seed_draws_the_same_faults() {
        assert_eq!(drawn(1, &Rates::heavy()), drawn(1, &Rates::heavy()));
        assert_ne!(drawn(1, &Rates::heavy()), drawn(2, &Rates::heavy()));
        assert!(drawn(1, &Rates::none()).iter().all(Option::is_none));
    }

    #[test]
    fn heavy_means_what_it_says_and_light_a_third_of_it() {
        let count = |faults: &[Option<Fault>], wanted: &[Fault]| {
            faults
                .iter()
                .flatten()
                .filter(|fault| wanted.contains(fault))
                .count()
        };
        let heavy = drawn(3, &Rates::heavy());
        let lost = count(&heavy, &[Fault::DropAfter, Fault::HoldAfter]);
        assert!((70..130).contains(&lost), "{lost} of 1000 answers lost");
        assert!((30..75).contains(&count(
            &heavy,
            &[Fault::HttpErrorBefore, Fault::HttpErrorAfter]
        )));
        assert!((30..75).contains(&count(&heavy, &[Fault::UnknownBefore, Fault::UnknownAfter])));
        let light = drawn(3, &Rates::light()).iter().flatten().count();
        let all = heavy.iter().flatten().count();
        assert!(
            light * 2 < all && light * 5 > all,
            "light {light}, heavy {all}"
        );
    }

    #[test]
    fn each_fault_can_be_made_certain() {
        let rates = Rates {
            wrong_signature: 1.0,
            ..Rates::none()
        };
        assert!(
            drawn(1, &rates)
                .iter()
                .all(|fault| *fault == Some(Fault::WrongSignature))
        );
    }
}
