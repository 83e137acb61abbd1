//! What must hold of a row whatever is said about it.

use domain::message::{AmountSeen, Answer};
use domain::plan::next_step;
use domain::{CaptureState, Decision, Event, Money, Payment, Policy, Status, Time, decide};

/// An item of DynamoDB holds 400 KiB; the row's text must leave room for the attributes beside it.
const LONGEST_ROW: usize = 380 * 1024;

/// Lets the event fall upon the row and holds the result to the rules; gives the row as it stands then.
pub(crate) fn apply(row: &Payment, event: &Event, now: Time, policy: &Policy) -> Payment {
    let Decision::Commit(transition) = decide(row, event, now, policy) else {
        return row.clone();
    };
    let next = transition.next;
    assert_eq!(next.version, row.version + 1, "one version a commit");
    same_payment(row, &next);
    money(&next, policy);
    believes_no_other_amount(row, &next, event);
    assert_eq!(
        next.due_at.is_some(),
        next.is_unresolved(),
        "due exactly as long as anything is outstanding: {next:#?}"
    );
    let _ = next_step(&next, now, policy);
    next
}

fn same_payment(row: &Payment, next: &Payment) {
    assert_eq!(
        (&row.id, row.amount),
        (&next.id, next.amount),
        "id and amount never change"
    );
    if row.status.is_final() {
        assert_eq!(row.status, next.status, "a final status never changes");
    }
    if row.payment_id.is_some() {
        assert_eq!(row.payment_id, next.payment_id, "what is bound stays bound");
    }
    assert!(next.captures.len() >= row.captures.len() && next.refunds.len() >= row.refunds.len());
    for (old, new) in row.captures.iter().zip(&next.captures) {
        assert_eq!(
            (&old.request_id, old.amount),
            (&new.request_id, new.amount),
            "a capture is fixed"
        );
        assert!(old.state != CaptureState::Succeeded || new.state == CaptureState::Succeeded);
    }
    for (old, new) in row.refunds.iter().zip(&next.refunds) {
        assert_eq!(
            (&old.request_id, old.amount),
            (&new.request_id, new.amount),
            "a refund is fixed"
        );
    }
}

fn money(next: &Payment, policy: &Policy) {
    let (taken, amount) = (next.captured_minor(), next.amount.minor());
    let open: u64 = next
        .captures
        .iter()
        .filter(|c| c.is_open())
        .map(|c| c.amount.minor())
        .sum();
    assert!(
        taken + open <= amount,
        "captured {taken} and asked for {open} of {amount}"
    );
    if !policy.several_captures {
        assert!(
            taken == 0 || taken == amount,
            "a part was captured where no parts are allowed"
        );
    }
    assert!(next.refunded_minor() <= taken, "more given back than taken");
    assert!(next.refunding_minor() <= taken || taken == 0 && next.refunds.is_empty());
    let same = |money: &Money| money.currency() == next.amount.currency();
    assert!(
        next.captures.iter().map(|c| &c.amount).all(same)
            && next.refunds.iter().map(|r| &r.amount).all(same)
    );
    assert_eq!(
        next.status == Status::Captured,
        taken > 0 && next.status.is_final(),
        "{:?}",
        next.status
    );
}

/// A message with another amount than the row's makes nothing authorised and nothing captured.
fn believes_no_other_amount(row: &Payment, next: &Payment, event: &Event) {
    let facts = match event {
        Event::PayAnswered(Answer::Verified(_, report)) => &report.facts,
        Event::Inquired(Answer::Verified(_, report)) => &report.facts,
        Event::PaymentNotified(said) => &said.facts,
        _ => return,
    };
    let other = match facts.amount {
        AmountSeen::Is(money) => money != row.amount,
        AmountSeen::Unreadable => true,
        AmountSeen::Absent => false,
    };
    if other {
        assert_eq!(
            row.authorized_at, next.authorized_at,
            "authorised by another amount"
        );
        assert_eq!(
            row.captured_minor(),
            next.captured_minor(),
            "captured by another amount"
        );
    }
}

/// The row can be written into the table, and is read back as it was.
pub(crate) fn storable(next: &Payment) {
    let text = serde_json::to_string(next).expect("a row can be written");
    assert!(
        text.len() <= LONGEST_ROW,
        "a row of {} bytes cannot be stored",
        text.len()
    );
    let back: Payment = serde_json::from_str(&text).expect("a row can be read back");
    assert_eq!(back, *next, "a row is read as it was written");
}
