//! What an entry changed of the row.

use crate::output::utc;
use domain::{
    CancelState, Capture, CaptureMode, CaptureOn, CaptureState, Payment, Refund, RefundState,
    Review, SaveCard,
};
use serde::Serialize;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    /// The field of the row, or what happened in it.
    pub(super) field: &'static str,
    /// In words.
    pub(super) text: String,
}

impl Change {
    /// For people: with the name of the field where the text does not say it.
    pub(super) fn line(&self) -> String {
        let name = match self.field {
            "status" => "status ",
            "review" => "review: ",
            "doubt" => "doubt: ",
            "captures" => "capture ",
            "cancel" => "cancellation: ",
            "refunds" => "refund ",
            _ => "",
        };
        format!("{name}{}", self.text)
    }
}

fn change(field: &'static str, text: impl Into<String>) -> Change {
    Change {
        field,
        text: text.into(),
    }
}

/// All that is different, the most important first.
pub(super) fn changes(before: Option<&Payment>, after: &Payment) -> Vec<Change> {
    let Some(before) = before else {
        return begun(after);
    };
    let mut found = Vec::new();
    if before.status != after.status {
        let (from, to) = (before.status.as_str(), after.status.as_str());
        found.push(change("status", format!("{from} -> {to}")));
    }
    found.extend(review(before.review.as_ref(), after.review.as_ref()));
    found.extend(doubt(before, after));
    for (at, capture) in after.captures.iter().enumerate() {
        found.extend(capture_change(before.captures.get(at), capture));
    }
    found.extend(cancel(before, after));
    for (at, refund) in after.refunds.iter().enumerate() {
        found.extend(refund_change(before.refunds.get(at), refund));
    }
    found.extend(plain(before, after));
    found
}

fn begun(after: &Payment) -> Vec<Change> {
    let mut found = vec![change(
        "status",
        format!("begins as {}", after.status.as_str()),
    )];
    if after.order.is_some() {
        let until = utc(after.expires_at);
        found.push(change("expires_at", format!("to be paid until {until}")));
    }
    found.push(change("capture_mode", capture_words(after)));
    found
}

/// Who captures, and when.
pub(super) fn capture_words(payment: &Payment) -> String {
    match (payment.capture_mode, payment.capture_on) {
        (CaptureMode::Automatic, _) => "POP captures by itself".to_owned(),
        (CaptureMode::Unknown, _) => {
            "who captures is not known: never captured from here".to_owned()
        }
        (CaptureMode::Manual, CaptureOn::Authorized) => {
            "captured by us, as soon as it is authorised".to_owned()
        }
        (CaptureMode::Manual, CaptureOn::Request) => {
            "captured by us, when the merchant asks".to_owned()
        }
        (CaptureMode::Manual, CaptureOn::After(span)) => {
            format!(
                "captured by us, {} after it is authorised",
                crate::span::words(span)
            )
        }
    }
}

fn review(before: Option<&Review>, after: Option<&Review>) -> Option<Change> {
    let text = match (before, after) {
        (None, Some(after)) => format!("a person must look: {}", after.reason.code()),
        (Some(_), None) => "ended".to_owned(),
        (Some(before), Some(after)) if before.closed_at != after.closed_at => "closed".to_owned(),
        _ => return None,
    };
    Some(change("review", text))
}

fn doubt(before: &Payment, after: &Payment) -> Option<Change> {
    let text = match (&before.doubt, &after.doubt) {
        (None, Some(_)) => "set: POP is asked, and nothing is captured meanwhile",
        (Some(_), None) => "over",
        _ => return None,
    };
    Some(change("doubt", text))
}

fn capture_change(before: Option<&Capture>, after: &Capture) -> Option<Change> {
    let (id, amount) = (&after.request_id, after.amount.display());
    let state = capture_state(&after.state);
    match before {
        None => Some(change("captures", format!("{id} of {amount}: {state}"))),
        Some(before) if before.state != after.state => {
            let was = capture_state(&before.state);
            Some(change(
                "captures",
                format!("{id} of {amount}: {was} -> {state}"),
            ))
        }
        Some(before) if before.capture_id != after.capture_id => {
            let named = after.capture_id.as_ref().map(ToString::to_string);
            let named = named.unwrap_or_default();
            Some(change("captures", format!("{id} is {named} at POP")))
        }
        Some(_) => None,
    }
}

/// Where a capture stands, in words.
pub(super) fn capture_state(state: &CaptureState) -> String {
    match state {
        CaptureState::Requested => "to be asked for".to_owned(),
        CaptureState::InProcess => "in process at POP".to_owned(),
        CaptureState::Doubtful { code } => format!("refused with {code}, to be inquired about"),
        CaptureState::Succeeded => "succeeded".to_owned(),
        CaptureState::Failed { code } => format!("failed for good ({code})"),
        CaptureState::Lapsed => "lapsed".to_owned(),
    }
}

fn cancel(before: &Payment, after: &Payment) -> Option<Change> {
    let cancel = after.cancel.as_ref()?;
    let same = before
        .cancel
        .as_ref()
        .is_some_and(|was| was.state == cancel.state);
    let text = match &cancel.state {
        _ if same => return None,
        CancelState::Requested => "POP is to be asked to cancel".to_owned(),
        CancelState::Refused { code } => format!("refused ({code})"),
        CancelState::Done => "done".to_owned(),
    };
    Some(change("cancel", text))
}

fn refund_change(before: Option<&Refund>, after: &Refund) -> Option<Change> {
    let (id, amount) = (&after.request_id, after.amount.display());
    let state = refund_state(after);
    match before {
        None => Some(change("refunds", format!("{id} of {amount}: {state}"))),
        Some(before) if before.state != after.state || before.contested != after.contested => {
            let was = refund_state(before);
            Some(change(
                "refunds",
                format!("{id} of {amount}: {was} -> {state}"),
            ))
        }
        Some(_) => None,
    }
}

/// Where a refund stands, in words.
pub(super) fn refund_state(refund: &Refund) -> String {
    let state = match &refund.state {
        RefundState::Requested => "to be asked for".to_owned(),
        RefundState::InProcess => "in process at POP".to_owned(),
        RefundState::Doubtful { code } => format!("refused with {code}, to be inquired about"),
        RefundState::Succeeded => "succeeded".to_owned(),
        RefundState::Failed { code } => format!("failed for good ({code})"),
    };
    let contested = if refund.contested { ", contested" } else { "" };
    format!("{state}{contested}")
}

/// Fields whose new value says all.
fn plain(before: &Payment, after: &Payment) -> Vec<Change> {
    let mut found = Vec::new();
    if let (None, Some(id)) = (&before.payment_id, &after.payment_id) {
        found.push(change("payment_id", format!("POP's id is {id}")));
    }
    if let (Some(id), None) = (&before.payment_id, &after.payment_id) {
        found.push(change("payment_id", format!("{id} is not ours")));
    }
    if before.capture_by != after.capture_by
        && let Some(limit) = after.capture_by
    {
        found.push(change(
            "capture_by",
            format!("can be captured until {}", utc(limit)),
        ));
    }
    if let (None, Some(by)) = (&before.order_held_by, &after.order_held_by) {
        found.push(change(
            "order_held_by",
            format!("the order's money is held by {by}"),
        ));
    }
    if let (None, Some(next)) = (&before.retried_as, &after.retried_as) {
        found.push(change("retried_as", format!("followed by {next}")));
    }
    if before.redirect.is_none() && after.redirect.is_some() {
        found.push(change("redirect", "the buyer is sent to the bank"));
    }
    if before.order.is_none() && after.order.is_some() {
        found.push(change("order", capture_words(after)));
    }
    if !before.deadline_told && after.deadline_told {
        found.push(change(
            "deadline_told",
            "the merchant is told that the limit is near",
        ));
    }
    let known = |payment: &Payment| {
        let pay = payment.pay.as_ref();
        pay.is_some_and(|pay| pay.known_to_provider)
    };
    // With its id that is plain.
    if !known(before) && known(after) && before.payment_id == after.payment_id {
        found.push(change("known_to_pop", "POP has the payment"));
    }

    if before.save_card != after.save_card {
        found.push(change("save_card", card_words(&after.save_card)));
    }
    match (before.card != after.card, before.acquirer != after.acquirer) {
        (true, true) => found.push(change(
            "card",
            "noted: results of the card checks, references of the acquirer",
        )),
        (true, false) => found.push(change("card", "noted: results of the card checks")),
        (false, true) => found.push(change("acquirer", "noted: references of the acquirer")),
        (false, false) => {}
    }

    found
}

fn card_words(save_card: &SaveCard) -> String {
    match save_card {
        SaveCard::No => "no card is to be stored any more".to_owned(),
        SaveCard::Wanted => "the card is to be stored when POP shows its token".to_owned(),
        SaveCard::Saved(id) => format!("the card is stored as {id}"),
        SaveCard::NotGiven => "POP showed no token: the card is not waited for".to_owned(),
    }
}
