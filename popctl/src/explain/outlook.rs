//! What is outstanding now, what happens next and when, and what an operator can do.

use super::changes::{capture_state, refund_state};
use super::choices::{Choice, choices};
use super::reviews;
use super::story::told_words;
use crate::output::{ago, utc};
use crate::span::words;
use domain::evidence::Evidence;
use domain::plan::{Step, next_step};
use domain::{CaptureMode, CaptureOn, Payment, Policy, Refund, Status, Time};
use serde::Serialize;

/// Now and next.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outlook {
    /// What is not settled, in words; nothing, if all is.
    pub(super) outstanding: Vec<String>,
    /// What is done next, unless something happens before.
    pub(super) next: Option<Next>,
    /// What an operator can do.
    pub(super) options: Vec<Choice>,
}

/// The next step.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Next {
    /// The stable word: `inquire`, `capture`, `cancel`, `refund`, `inquire_refund`, `look_at_time`, `send`.
    pub(super) step: &'static str,
    #[serde(serialize_with = "crate::output::iso")]
    pub(super) at: Time,
    pub(super) words: String,
}

impl Outlook {
    /// Under the limits of the last entry: those that the deployed functions work with.
    pub(super) fn of(row: &Payment, entries: &[Evidence], now: Time) -> Self {
        let policy = entries
            .last()
            .map_or_else(Policy::default, |entry| entry.decided.terms.policy());
        Self {
            outstanding: outstanding(row, now),
            next: next(row, now, &policy),
            options: choices(row, now, &policy),
        }
    }
}

fn outstanding(row: &Payment, now: Time) -> Vec<String> {
    let mut found = Vec::new();
    for message in &row.outbox {
        found.push(format!("not known to be sent: {}", told_words(message)));
    }
    if row.closed_at().is_some() {
        return found;
    }
    if let Some(review) = &row.review {
        found.push(format!(
            "a person must decide, since {}: {}",
            utc(review.since),
            reviews::why(&review.reason, row)
        ));
    }
    if let Some(doubt) = &row.doubt {
        let since = utc(doubt.since);
        found.push(format!(
            "something does not fit, since {since}: POP is asked, and nothing is captured meanwhile"
        ));
    }
    if let Some(cancel) = row.cancel.as_ref().filter(|_| row.is_cancelling()) {
        let since = utc(cancel.requested_at);
        found.push(format!(
            "it is to be cancelled, since {since}, and POP has not said yes or no"
        ));
    }
    found.extend(of_status(row, now));
    for refund in row
        .refunds
        .iter()
        .filter(|refund: &&Refund| refund.is_open())
    {
        let (id, amount, state) = (
            &refund.request_id,
            refund.amount.display(),
            refund_state(refund),
        );
        found.push(format!("refund {id} of {amount}: {state}"));
    }
    if row.awaits_card() {
        found.push("POP's token of the card that is to be stored".to_owned());
    }
    if row.keeps_people_for_retry() {
        found.push(format!(
            "names and addresses, kept for another try until {}",
            utc(row.expires_at)
        ));
    }
    found
}

fn of_status(row: &Payment, now: Time) -> Option<String> {
    let until = |time: Time| format!("{} ({})", utc(time), ago(time, now));
    match row.status {
        Status::Created => Some(format!(
            "the buyer has not paid yet; may until {}",
            until(row.expires_at)
        )),
        Status::Pending if row.redirect.is_some() => Some(format!(
            "the buyer is to finish at the bank; the time to pay ends {}",
            until(row.expires_at)
        )),
        Status::Pending => Some("pay was called, and its outcome is not known".to_owned()),
        Status::Authorized => Some(of_authorized(row, &until)),
        _ => None,
    }
}

fn of_authorized(row: &Payment, until: &dyn Fn(Time) -> String) -> String {
    if let Some(capture) = row.open_capture() {
        let (id, amount) = (&capture.request_id, capture.amount.display());
        return format!(
            "capture {id} of {amount}: {}",
            capture_state(&capture.state)
        );
    }
    let limit = row.capture_by.map(until).unwrap_or_default();
    match (row.capture_mode, row.capture_on) {
        (CaptureMode::Automatic, _) => {
            format!("POP's capture has not been heard of; the authorisation ends {limit}")
        }
        (CaptureMode::Unknown, _) => {
            format!("POP told of it before the merchant did; the authorisation ends {limit}")
        }
        (CaptureMode::Manual, CaptureOn::After(span))
            if row.captures.is_empty() && row.cancel.is_none() =>
        {
            format!(
                "to be captured {} after it was authorised; the authorisation ends {limit}",
                words(span)
            )
        }
        (CaptureMode::Manual, _) => {
            format!("nobody has asked for a capture; the authorisation ends {limit}")
        }
    }
}

fn next(row: &Payment, now: Time, policy: &Policy) -> Option<Next> {
    let at = row.due_at?;
    let step = next_step(row, at.max(now), policy);
    let (step, said) = match step {
        _ if row.review.is_some() => (
            "look_at_time",
            "nothing moves until a person decides; the sweep only counts it again".to_owned(),
        ),
        Step::Inquire => (
            "inquire",
            "the sweep asks POP where the payment stands (inquiryPayment), and works its word in"
                .to_owned(),
        ),
        Step::Capture(order) => (
            "capture",
            format!(
                "the sweep asks POP for capture {} of {}, with the same id as every time",
                order.request_id,
                order.amount.display()
            ),
        ),
        Step::Cancel(_) => ("cancel", "the sweep asks POP to cancel".to_owned()),
        Step::Refund(order) => (
            "refund",
            format!(
                "the sweep asks POP for refund {} of {}, with the same id as every time",
                order.request_id,
                order.amount.display()
            ),
        ),
        Step::InquireRefund(id) => (
            "inquire_refund",
            format!("the sweep asks POP how refund {id} stands"),
        ),
        Step::LookAtTime => ("look_at_time", limits_words(row)),
        Step::Wait if row.outbox.is_empty() => (
            "look_at_time",
            "the sweep looks whether its time has come".to_owned(),
        ),
        Step::Wait => (
            "send",
            "the sweep sends what is not known to be sent".to_owned(),
        ),
    };
    Some(Next {
        step,
        at,
        words: said,
    })
}

fn limits_words(row: &Payment) -> String {
    match row.status {
        Status::Created => "if nobody has paid by then, it expires; POP is not asked, since it has nothing of it".to_owned(),
        Status::Authorized if row.captured_minor() > 0 => "what is not captured by then is released".to_owned(),
        Status::Authorized => match row.capture_on {
            CaptureOn::After(_) if row.cancel.is_none() => "the sweep fixes the capture and asks for it".to_owned(),
            _ => "if nobody has asked for a capture by then, the merchant is told payment.capture_due".to_owned(),
        },
        _ => "names and addresses are forgotten".to_owned(),
    }
}
