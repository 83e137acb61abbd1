//! What an operator can do about a payment now, as far as the rules allow it.

use super::reviews;
use domain::operator::{CaptureRetry, Refusal, capture_retry};
use domain::{
    Decision, Event, Note, Payment, Policy, Resolution, Review, Ruling, Status, Time, decide,
};
use serde::Serialize;

/// A command, and what it is for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Choice {
    /// Empty where it is nothing that popctl does.
    pub(super) command: String,
    pub(super) why: String,
}

pub(super) fn choices(row: &Payment, now: Time, policy: &Policy) -> Vec<Choice> {
    match (&row.review, row.is_in_review()) {
        (Some(review), true) => in_review(row, review, now, policy),
        (Some(_), false) => vec![choice(
            resolve(row, Ruling::GoOn),
            "take the closing back: POP is asked, and the rules go on",
        )],
        (None, _) => by_the_rules(row, now, policy),
    }
}

fn choice(command: impl Into<String>, why: impl Into<String>) -> Choice {
    Choice {
        command: command.into(),
        why: why.into(),
    }
}

fn in_review(row: &Payment, review: &Review, now: Time, policy: &Policy) -> Vec<Choice> {
    let mut found = vec![choice(
        format!("popctl inquire {}", row.id),
        "what POP says now; its answer is kept as evidence and not acted on while the payment is in review",
    )];
    let rulings = Ruling::ALL.into_iter();
    let allowed = rulings.filter(|ruling| may(row, *ruling, now, policy));
    found.extend(allowed.map(|ruling| choice(resolve(row, ruling), ruling_words(ruling))));
    found.push(choice("", reviews::advice(&review.reason)));
    found
}

fn by_the_rules(row: &Payment, now: Time, policy: &Policy) -> Vec<Choice> {
    let mut found = Vec::new();
    let id = &row.id;
    if row.is_unresolved() && row.status != Status::Created {
        let command = format!("popctl inquire {id}");
        found.push(choice(command, "ask POP now instead of then"));
    }
    found.extend(capture(row, now, policy));
    if row.status == Status::CaptureFailed {
        found.push(choice(
            "",
            "The capture failed for good and the status is final: the reservation lapses by itself. Have the buyer pay anew, or settle it in another way.",
        ));
    }
    let late = |due| now.since(due) > crate::status::LATE;
    if row.due_at.is_some_and(late) {
        found.push(choice(
            "popctl doctor",
            "it has been due for a while: does the sweep run?",
        ));
    }
    found
}

fn capture(row: &Payment, now: Time, policy: &Policy) -> Option<Choice> {
    let id = &row.id;
    let command = format!("popctl retry-capture {id}");
    match capture_retry(row, now, policy) {
        CaptureRetry::Ask(_) => Some(choice(command, "ask for the capture now, with the same id")),
        CaptureRetry::Another(_) => Some(choice(
            command,
            "the capture failed for good and the contract allows another: ask for one of the same amount",
        )),
        CaptureRetry::Refused(Refusal::NeverAsked) => Some(choice(
            "",
            format!(
                "The merchant captures it with POST /payments/{id}/capture, or cancels it with POST /payments/{id}/cancel."
            ),
        )),
        CaptureRetry::Inquire | CaptureRetry::Captured | CaptureRetry::Refused(_) => None,
    }
}

/// Whether the rules allow this ruling now.
fn may(row: &Payment, ruling: Ruling, now: Time, policy: &Policy) -> bool {
    let (Ok(by), Ok(reason)) = (Note::new("operator"), Note::new("asking")) else {
        return false;
    };
    let event = Event::Resolved(Resolution { ruling, by, reason });
    matches!(decide(row, &event, now, policy), Decision::Commit(_))
}

fn resolve(row: &Payment, ruling: Ruling) -> String {
    let id = &row.id;
    let word = ruling.code().replace('_', "-");
    format!("popctl resolve {id} --{word} --reason \"...\"")
}

fn ruling_words(ruling: Ruling) -> &'static str {
    match ruling {
        Ruling::GoOn => {
            "the review ends, POP is asked, and its word decides; if it says the same again, the payment comes back"
        }
        Ruling::Cancel => "the review ends, and POP is asked to cancel",
        Ruling::Close => {
            "it was settled outside: nothing is outstanding any more, and nothing moves"
        }
    }
}
