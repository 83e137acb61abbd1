//! The reasons of a review: what each means, and what a person can do about it.

use crate::ending::Ending;
use crate::output::{Output, Page, Report};
use crate::problem::Problem;
use domain::message::AmountSeen;
use domain::{Payment, ReviewReason};
use serde::Serialize;

/// What brought the payment to review, in a sentence.
pub(super) fn why(reason: &ReviewReason, payment: &Payment) -> String {
    let amount = payment.amount.display();
    match reason {
        ReviewReason::AmountMismatch { seen } => {
            let seen = match seen {
                AmountSeen::Is(seen) => format!("names {}", seen.display()),
                AmountSeen::Unreadable => "names an amount that cannot be read".to_owned(),
                AmountSeen::Absent => "names no amount".to_owned(),
            };
            format!("A signed message {seen}, which is not the amount that it is about (the payment's is {amount}): nothing of it is acted on, and a person must look.")
        }
        ReviewReason::PaymentIdMismatch => "A signed message names another paymentId than the one that is bound to this payment.".to_owned(),
        ReviewReason::PaymentIdTaken => "The paymentId that POP names belongs to another payment of ours.".to_owned(),
        ReviewReason::WrongPayment => "POP's signed answer names another payment than the one it was asked about.".to_owned(),
        ReviewReason::Contradiction => "POP says otherwise than what was final here, and an inquiry confirmed it. A final status never changes: a person must look.".to_owned(),
        ReviewReason::ForeignCapture => "POP shows a capture that was not asked for from here.".to_owned(),
        ReviewReason::SecondCapture => "More than one capture of the payment succeeded.".to_owned(),
        ReviewReason::OrderPaidTwice => "Another attempt holds the order's money, and POP refused to give back what this one took.".to_owned(),
        ReviewReason::RefundUnclear => "POP refused a refund in a way that its answer to the inquiry does not explain, or does not finish it.".to_owned(),
        ReviewReason::CaptureRefused { code } => format!("POP refused the capture ({code}), and the inquiry shows the payment authorised and no capture: that explains nothing."),
        ReviewReason::CaptureNeverCame => "The authorisation's limit has passed, and POP shows neither a capture nor an end.".to_owned(),
        ReviewReason::PendingTooLong => "POP has been at the payment for longer than the rules wait.".to_owned(),
        ReviewReason::Vanished => "POP knew the payment, and now says that it does not exist.".to_owned(),
    }
}

/// What to look at, and which ruling fits which finding.
pub(super) fn advice(reason: &ReviewReason) -> &'static str {
    match reason {
        ReviewReason::AmountMismatch { .. } => {
            "Look in POP's dashboard which amount it holds. If it is the row's, one message was wrong: go-on. If it is another, money of the wrong amount is at stake: cancel (nothing taken yet), or refund it in the dashboard and close."
        }
        ReviewReason::PaymentIdMismatch | ReviewReason::WrongPayment => {
            "Look in POP's dashboard for both ids. If it was a single wrong message: go-on. If POP mixes two payments up, have POP's support settle it, and close."
        }
        ReviewReason::PaymentIdTaken => {
            "Explain the other payment too: POP gave one id to two. Have POP's support say which is which; go-on asks POP again, close leaves it as it is."
        }
        ReviewReason::Contradiction => {
            "POP holds otherwise than the row. Look in POP's dashboard: release or refund there what the merchant must not keep, correct the order by hand, then close. go-on asks POP once more, and comes back here if it says the same."
        }
        ReviewReason::ForeignCapture => {
            "Somebody captured in POP's dashboard, or with another system under this account. If that was right: correct the order by hand, and close. If not: refund it in the dashboard, and close."
        }
        ReviewReason::SecondCapture => {
            "Refund one of the two captures in POP's dashboard, then close."
        }
        ReviewReason::OrderPaidTwice => {
            "See the refund's code: if its cause is mended (for example the merchant's balance), go-on asks for the refund again, under a new id. Else give the money back in another way, and close."
        }
        ReviewReason::RefundUnclear => {
            "Look in POP's dashboard whether the refund was made. go-on gives POP another day; if it was settled in another way, close."
        }
        ReviewReason::CaptureRefused { .. } => {
            "See the code, and POP's dashboard. If the cause is mended (keys, contract), go-on asks for the same capture again with the same id. cancel releases the reservation."
        }
        ReviewReason::CaptureNeverCame => {
            "Look in POP's dashboard. If it shows an end by now, go-on finds it out. If POP's support says how it ended, correct the order by hand, and close."
        }
        ReviewReason::PendingTooLong => {
            "Ask POP's support. go-on gives POP another day; cancel asks it to end the payment."
        }
        ReviewReason::Vanished => {
            "Is the deployment at the right account (client id, sandbox or production)? If so: go-on. Else ask POP's support, and close."
        }
    }
}

/// What a reason means, whatever the payment.
fn meaning(reason: &ReviewReason) -> &'static str {
    match reason {
        ReviewReason::AmountMismatch { .. } => {
            "A signed message names another amount or currency than the payment, or the capture or refund that it is about."
        }
        ReviewReason::PaymentIdMismatch => {
            "A signed message names another paymentId than the one that is bound to the payment."
        }
        ReviewReason::PaymentIdTaken => {
            "The paymentId that POP names belongs to another payment of ours."
        }
        ReviewReason::WrongPayment => {
            "POP's signed answer names another payment, capture or refund than the one it was asked about."
        }
        ReviewReason::Contradiction => {
            "POP says otherwise than what was final here, and an inquiry confirmed it."
        }
        ReviewReason::ForeignCapture => "POP shows a capture that was not asked for from here.",
        ReviewReason::SecondCapture => "More than one capture of the payment succeeded.",
        ReviewReason::OrderPaidTwice => {
            "Another attempt holds the order's money, and POP refused to give back what this one took."
        }
        ReviewReason::RefundUnclear => {
            "POP refused a refund in a way that an inquiry does not explain (for a day), or does not finish it (for 30 days)."
        }
        ReviewReason::CaptureRefused { .. } => {
            "POP refused the capture, and an inquiry shows the payment authorised and no capture."
        }
        ReviewReason::CaptureNeverCame => {
            "A day after the limit of the authorisation POP shows neither a capture nor an end."
        }
        ReviewReason::PendingTooLong => "POP has been at the payment for seven days.",
        ReviewReason::Vanished => "POP knew the payment, and now says that it does not exist.",
    }
}

/// Every reason.
fn all() -> [ReviewReason; 13] {
    let code = String::new();
    [
        ReviewReason::AmountMismatch {
            seen: AmountSeen::Absent,
        },
        ReviewReason::PaymentIdMismatch,
        ReviewReason::PaymentIdTaken,
        ReviewReason::WrongPayment,
        ReviewReason::Contradiction,
        ReviewReason::ForeignCapture,
        ReviewReason::SecondCapture,
        ReviewReason::CaptureRefused { code },
        ReviewReason::CaptureNeverCame,
        ReviewReason::OrderPaidTwice,
        ReviewReason::RefundUnclear,
        ReviewReason::PendingTooLong,
        ReviewReason::Vanished,
    ]
}

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Only this one.
    #[arg(value_name = "REASON")]
    reason: Option<String>,
}

/// `reasons`: what each means and what to do.
pub(crate) fn run(options: &Options, output: &Output) -> anyhow::Result<Ending> {
    let wanted = |reason: &ReviewReason| {
        let code = options.reason.as_deref();
        code.is_none_or(|code| code == reason.code())
    };
    let reasons: Vec<Explained> = all()
        .iter()
        .filter(|reason| wanted(reason))
        .map(Explained::of)
        .collect();
    if reasons.is_empty() {
        let codes: Vec<&str> = all().iter().map(ReviewReason::code).collect();
        let words = format!("there is no such reason; there are {}", codes.join(", "));
        return Err(Problem::new("no_such_reason", words).into());
    }
    output.show(&Reasons { reasons })
}

#[derive(Debug, Serialize)]
struct Reasons {
    reasons: Vec<Explained>,
}

#[derive(Debug, Serialize)]
struct Explained {
    reason: &'static str,
    meaning: &'static str,
    advice: &'static str,
}

impl Explained {
    fn of(reason: &ReviewReason) -> Self {
        Self {
            reason: reason.code(),
            meaning: meaning(reason),
            advice: advice(reason),
        }
    }
}

impl Report for Reasons {
    fn print(&self, page: &mut Page) {
        for reason in &self.reasons {
            page.heading(reason.reason);
            page.text(2, reason.meaning);
            page.text(2, reason.advice);
        }
    }

    fn ending(&self) -> Ending {
        Ending::InOrder
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_is_explained_once() {
        let codes: BTreeSet<&str> = all().iter().map(ReviewReason::code).collect();
        assert_eq!(codes.len(), all().len());
        for reason in all() {
            assert!(!meaning(&reason).is_empty() && !advice(&reason).is_empty());
        }
    }
}
