//! What an entry is, in a line: what came, and from whom.

use domain::evidence::{Call, Creation, LocalStep, MessageKind};
use domain::message::NoAnswer;
use domain::summary::{Summary, TransferSeen};
use domain::{CancelBy, Event, Money, Resolution, Ruling};
use serde::Serialize;

/// What came, and from whom.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Title {
    /// The stable word of the entry's kind.
    pub(super) what: &'static str,
    /// `merchant`, `buyer`, `pop`, `rules`, `operator`.
    pub(super) from: &'static str,
    /// In words.
    pub(super) title: String,
}

fn title(what: &'static str, from: &'static str, words: impl Into<String>) -> Title {
    Title {
        what,
        from,
        title: words.into(),
    }
}

pub(super) fn message_title(
    kind: MessageKind,
    said: Option<&Summary>,
    kept: bool,
    event: Option<&Event>,
) -> Title {
    let came = match kind {
        MessageKind::NotifyPayment => "POP notified of the payment",
        MessageKind::NotifyCapture => "POP notified of a capture",
        MessageKind::NotifyRefund => "POP notified of a refund",
        MessageKind::NotifyOther => "POP notified of something else",
        MessageKind::PayResponse => "POP answered pay",
        MessageKind::InquiryResponse => "POP answered the inquiry",
        MessageKind::CaptureResponse => "POP answered the capture",
        MessageKind::CancelResponse => "POP answered the cancellation",
        MessageKind::RefundResponse => "POP answered the refund",
        MessageKind::RefundInquiryResponse => "POP answered the inquiry about a refund",
    };
    let said = match said {
        Some(said) => said_words(said),
        None if event.is_none() => "not read, since its signature is not verified".to_owned(),
        None => String::new(),
    };
    let kept = if kept { " (kept, not acted on)" } else { "" };
    title(kind.as_str(), "pop", format!("{came}: {said}{kept}"))
}

/// What a message says, in a line.
pub(crate) fn said_words(said: &Summary) -> String {
    let mut words = vec![format!("{} {}", said.result, said.code).trim().to_owned()];
    if said.pending {
        words.push("PAYMENT_PENDING, nothing final".to_owned());
    }
    if let Some(status) = &said.payment_status {
        let code = said.payment_code.as_ref().filter(|code| *code != status);
        let code = code.map_or_else(String::new, |code| format!(" ({code})"));
        words.push(format!("payment {status}{code}"));
    }
    words.extend(said.amount.map(|amount| amount.display()));
    words.extend(
        said.amount_unreadable
            .then(|| "an amount that cannot be read".to_owned()),
    );
    words.extend(
        said.redirect
            .then(|| "the buyer must go to the bank".to_owned()),
    );
    words.extend(
        said.card_shown
            .then(|| "with the stored card's token".to_owned()),
    );
    words.extend(
        said.captures
            .iter()
            .map(|capture| transfer_words("capture", capture)),
    );
    words.extend(
        said.refund
            .iter()
            .map(|refund| transfer_words("refund", refund)),
    );
    words.join(", ")
}

fn transfer_words(kind: &str, seen: &TransferSeen) -> String {
    let mut words = vec![kind.to_owned()];
    words.extend(seen.request_id.clone().or_else(|| seen.id.clone()));
    words.extend(seen.amount.map(|amount| format!("of {}", amount.display())));
    words.extend(seen.status.clone());
    let code = seen
        .code
        .as_ref()
        .filter(|code| Some(*code) != seen.status.as_ref());
    words.extend(code.map(|code| format!("({code})")));
    words.join(" ")
}

pub(super) fn step_title(step: &LocalStep) -> Title {
    let what = step.as_str();
    match step {
        LocalStep::Created(creation) => created(what, creation),
        LocalStep::PayStarted { save_card } => {
            let card = if *save_card {
                ", and the card is to be stored"
            } else {
                ""
            };
            title(what, "buyer", format!("Pay was begun{card}"))
        }
        LocalStep::CaptureAsked(request) => {
            let (number, amount) = (request.number, amount_words(request.amount));
            let words = format!("Capture number {number} was asked for: {amount}");
            title(what, "merchant", words)
        }
        LocalStep::CancelAsked { by } => match by {
            CancelBy::Merchant => title(what, "merchant", "The merchant wanted it cancelled"),
            CancelBy::Buyer => title(what, "buyer", "The buyer left it to pay in another way"),
            CancelBy::OrderRule => title(what, "rules", "The order is paid by another attempt"),
        },
        LocalStep::RefundAsked(request) => {
            let (id, amount) = (&request.request_id, amount_words(request.amount));
            title(
                what,
                "merchant",
                format!("Refund {id} was asked for: {amount}"),
            )
        }
        LocalStep::Retried { next } => {
            title(what, "buyer", format!("The buyer tried again: {next}"))
        }
        LocalStep::OrderArrived(order) => title(
            what,
            "merchant",
            format!(
                "The merchant created the payment that POP had told of: order {}, {}",
                order.order_id,
                order.amount.display()
            ),
        ),
        LocalStep::OrderHeld { by } => title(
            what,
            "rules",
            format!("Another attempt, {by}, holds the order's money"),
        ),
        LocalStep::PaymentIdTaken { .. } => title(
            what,
            "rules",
            "POP's id in the message belongs to another payment of ours",
        ),
        LocalStep::Resolved(resolution) => title(what, "operator", ruled(resolution)),
        LocalStep::TimePassed => title(
            what,
            "rules",
            "Its time came, and the limits were looked at",
        ),
        LocalStep::NoAnswer {
            call,
            about,
            reason,
        } => {
            let words = no_answer(*call, about.as_deref(), *reason);
            title(what, "pop", words)
        }
    }
}

fn amount_words(amount: Option<Money>) -> String {
    amount.map_or_else(|| "all that is left".to_owned(), |amount| amount.display())
}

fn ruled(resolution: &Resolution) -> String {
    let ruling = match resolution.ruling {
        Ruling::GoOn => "go on by the rules",
        Ruling::Cancel => "cancel it at POP",
        Ruling::Close => "close it, settled outside",
    };
    let (by, reason) = (&resolution.by, &resolution.reason);
    format!("{by} decided: {ruling}. \"{reason}\"")
}

fn no_answer(call: Call, about: Option<&str>, reason: NoAnswer) -> String {
    let about = about.map_or_else(String::new, |id| format!(" {id}"));
    let call = call_word(call);
    format!("{call}{about} brought no answer to believe: {reason}")
}

fn created(what: &'static str, creation: &Creation) -> Title {
    let (asked, attempt) = (&creation.asked, creation.attempt);
    let order = format!("order {}, {}", asked.order_id, asked.amount.display());
    match attempt {
        1 => title(
            what,
            "merchant",
            format!("The merchant created the payment: {order}"),
        ),
        _ => title(
            what,
            "buyer",
            format!("The buyer's try number {attempt} began: {order}"),
        ),
    }
}

/// A call to POP as POP names it.
pub(crate) fn call_word(call: Call) -> &'static str {
    match call {
        Call::Pay => "pay",
        Call::Inquiry => "inquiryPayment",
        Call::Capture => "capture",
        Call::Cancel => "cancel",
        Call::Refund => "refund",
        Call::RefundInquiry => "inquiryRefund",
    }
}
