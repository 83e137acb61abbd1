//! What must be true when nothing is left to happen: rows and the provider's books agree, money was taken once, and
//! everything was told.

use super::{Watch, books};
use crate::world::World;
use domain::{Payment, PaymentRequestId, RefundState, ReviewReason, Status};
use simulator::{PaymentRecord, PaymentState, TransferState};
use std::collections::{BTreeMap, BTreeSet};

/// What the provider closes an unfinished payment with.
const CLOSED: &str = "ORDER_IS_CLOSED";

/// Where everything stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Payments in the table.
    pub payments: u64,
    /// Of these authorised at the provider.
    pub authorised: u64,
    /// Captures that took money.
    pub captures: u64,
    /// Refunds that gave money back.
    pub refunds: u64,
    /// Payments in review.
    pub in_review: u64,
    /// Order events sent, repeats included.
    pub events: u64,
}

pub(super) fn check(watch: &mut Watch, world: &World) -> Verdict {
    let books = world.gateway.books();
    let mut rows: BTreeMap<String, Payment> = BTreeMap::new();
    for row in world.table.memory().rows() {
        rows.insert(row.id.to_string(), row);
    }
    for book in &books.payments {
        books::effects(watch, world, &book.payment_request_id);
        match rows.get(&book.payment_request_id) {
            Some(row) => against_book(watch, row, book),
            None => watch.breach("every payment has a row", &book.payment_request_id, ""),
        }
    }
    let known: BTreeSet<&str> = books
        .payments
        .iter()
        .map(|book| book.payment_request_id.as_str())
        .collect();
    for row in rows.values() {
        at_rest(watch, row, &books.payments);
        if !known.contains(row.id.as_str())
            && !matches!(row.status, Status::Expired | Status::Cancelled)
        {
            let words = format!("{}, and POP never heard of it", row.status.as_str());
            watch.breach("the row is right", row.id.as_str(), words);
        }
    }
    one_payment_of_an_order(watch, &rows, &books.payments);
    everything_was_told(watch, world);
    let entries = |of: fn(&PaymentRecord) -> &Vec<simulator::TransferRecord>| {
        let all = books.payments.iter().flat_map(of);
        all.map(|entry| u64::from(entry.effects)).sum()
    };
    Verdict {
        payments: rows.len() as u64,
        authorised: books.totals.authorisations,
        captures: entries(|book| &book.captures),
        refunds: entries(|book| &book.refunds),
        in_review: rows.values().filter(|row| row.is_in_review()).count() as u64,
        events: world.queues.events().len() as u64,
    }
}

/// Nothing is outstanding, and no person is needed, unless POP refused to give back what was taken twice.
fn at_rest(watch: &mut Watch, row: &Payment, books: &[PaymentRecord]) {
    let id = row.id.as_str();
    if let Some(review) = row.review.as_ref().filter(|_| row.is_in_review()) {
        let refused = |book: &PaymentRecord| {
            let mut refunds = book.refunds.iter();
            book.payment_request_id == id && refunds.any(|r| r.state == TransferState::Fail)
        };
        let right = review.reason == ReviewReason::OrderPaidTwice && books.iter().any(refused);
        if !right {
            watch.breach("no review without a reason", id, review.reason.code());
        }
    } else if row.is_unresolved() {
        let words = format!(
            "{} v{} due {:?}",
            row.status.as_str(),
            row.version,
            row.due_at
        );
        watch.breach("everything comes to its end", id, words);
    }
}

fn must_be(book: &PaymentRecord) -> Option<Status> {
    let refused = book.every_capture_failed();
    Some(match book.state {
        PaymentState::Processing | PaymentState::Pending => return None,
        PaymentState::Fail if book.result_code == CLOSED => Status::Expired,
        PaymentState::Fail => Status::Declined,
        // The authorisation lapsed; if a capture had failed for good, that was the end.
        PaymentState::Cancelled if book.cancelled_at.is_none() && refused => Status::CaptureFailed,
        PaymentState::Cancelled if book.cancelled_at.is_none() => Status::Expired,
        PaymentState::Cancelled => Status::Cancelled,
        PaymentState::Success if refused => Status::CaptureFailed,
        PaymentState::Success => Status::Captured,
    })
}

fn against_book(watch: &mut Watch, row: &Payment, book: &PaymentRecord) {
    // Settled outside, whatever POP does with it since.
    if row.closed_at().is_some() {
        return;
    }
    let id = row.id.as_str();
    let is = row.status;
    match must_be(book) {
        None => watch.breach("the row is right", id, "the provider is not done"),
        Some(must) if must != is => {
            let words = format!(
                "{}, must be {}; POP: {:?} {}",
                is.as_str(),
                must.as_str(),
                book.state,
                book.result_code
            );
            watch.breach("the row is right", id, words);
        }
        Some(_) => {}
    }
    let sums = [
        ("captured", row.captured_minor(), book.captured()),
        ("refunded", row.refunded_minor(), book.refunded()),
    ];
    for (word, ours, theirs) in sums {
        if ours != theirs {
            let words = format!("{word} {ours}, at POP {theirs}");
            watch.breach("the row has what POP moved", id, words);
        }
    }
    for refund in &row.refunds {
        let entry = book
            .refunds
            .iter()
            .find(|entry| entry.request_id == refund.request_id.as_str());
        let gave = entry.is_some_and(|entry| entry.effects > 0);
        if gave != (refund.state == RefundState::Succeeded) {
            let words = format!("{} {:?}", refund.request_id, refund.state);
            watch.breach("the row has what POP moved", id, words);
        }
    }
}

/// Of several payments of an order that succeed, one keeps its money; or a person was told.
fn one_payment_of_an_order(
    watch: &mut Watch,
    rows: &BTreeMap<String, Payment>,
    books: &[PaymentRecord],
) {
    let mut keepers: BTreeMap<&str, &str> = BTreeMap::new();
    for book in books {
        let in_review = rows
            .get(&book.payment_request_id)
            .is_some_and(|row| row.review.is_some());
        if book.keeps_money()
            && !in_review
            && let Some(other) = keepers.insert(&book.order_id, &book.payment_request_id)
        {
            let words = format!("{other} keeps money of this order as well");
            watch.breach("one order is paid once", &book.payment_request_id, words);
        }
    }
}

/// Every event that was decided reached its queue, and nothing else did.
fn everything_was_told(watch: &mut Watch, world: &World) {
    let sent: BTreeSet<String> = world
        .queues
        .events()
        .into_iter()
        .map(|event| event.id)
        .collect();
    let decided: Vec<(String, PaymentRequestId)> = watch
        .decided
        .iter()
        .map(|(event, id)| (event.clone(), id.clone()))
        .collect();
    for (event, id) in &decided {
        if !sent.contains(event) {
            watch.breach(
                "every event is sent at least once",
                id.as_str(),
                event.clone(),
            );
        }
    }
    for event in sent {
        if !watch.decided.contains_key(&event) {
            watch.breach("no event is sent that was not decided", "", event);
        }
    }
}
