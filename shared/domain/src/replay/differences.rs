//! A rebuilt row held against the stored one.

use super::Replayed;
use crate::message::Redirect;
use crate::order::OrderDetails;
use crate::outbox::OutboxMessage;
use crate::{Payment, Refund, SaveCard};
use serde::Serialize;
use std::fmt::Debug;

/// A field in which a stored row is not what its trail makes of it. The values are for people and hold neither
/// personal data nor texts of the merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The field of the row.
    pub field: &'static str,
    /// As the trail has it.
    pub rebuilt: String,
    /// As it is stored.
    pub stored: String,
}

/// All fields in which the stored row differs; none if it follows from its trail.
///
/// Not compared: when the row is due (only that it is due exactly as long as something is outstanding), and people, who
/// are not in the trail (only that none are stored that had to be forgotten). The stored row may have been written more
/// often and have asked later than its trail tells, and of what was to be told it holds what is not sent yet.
#[must_use]
pub fn differences(replayed: &Replayed, stored: &Payment) -> Vec<Difference> {
    let mut found = Found {
        rebuilt: &replayed.payment,
        stored,
        differences: Vec::new(),
    };
    found.identity();
    found.order(replayed.order_digest.as_deref());
    found.state();
    found.money();
    found.bookkeeping();
    found.differences
}

struct Found<'a> {
    rebuilt: &'a Payment,
    stored: &'a Payment,
    differences: Vec<Difference>,
}

impl Found<'_> {
    /// The values are compared in full and shown by `show`.
    fn compare<T: PartialEq>(
        &mut self,
        field: &'static str,
        of: impl Fn(&Payment) -> &T,
        show: impl Fn(&T) -> String,
    ) {
        let (rebuilt, stored) = (of(self.rebuilt), of(self.stored));
        if rebuilt != stored {
            let (rebuilt, stored) = (show(rebuilt), show(stored));
            self.tell(field, rebuilt, stored);
        }
    }

    fn plain<T: PartialEq + Debug>(&mut self, field: &'static str, of: impl Fn(&Payment) -> &T) {
        self.compare(field, of, |value| format!("{value:?}"));
    }

    fn tell(&mut self, field: &'static str, rebuilt: String, stored: String) {
        self.differences.push(Difference {
            field,
            rebuilt,
            stored,
        });
    }

    fn identity(&mut self) {
        self.plain("id", |p| &p.id);
        self.plain("payment_id", |p| &p.payment_id);
        self.plain("attempt", |p| &p.attempt);
        self.plain("first_attempt", |p| &p.first_attempt);
        self.plain("retried_as", |p| &p.retried_as);
        self.plain("order_held_by", |p| &p.order_held_by);
    }

    fn order(&mut self, rebuilt_digest: Option<&str>) {
        let id = |payment: &Payment| format!("{:?}", payment.order_id());
        let digest = self.stored.order.as_ref().map(OrderDetails::digest);
        let ids = (id(self.rebuilt), id(self.stored));
        if ids.0 != ids.1 {
            self.tell("order_id", ids.0, ids.1);
        }
        if rebuilt_digest != digest.as_deref() {
            let rebuilt = rebuilt_digest.map(str::to_owned);
            self.tell("order", format!("{rebuilt:?}"), format!("{digest:?}"));
        }
        let buyers = [self.rebuilt, self.stored].map(|payment| payment.buyer_id().is_some());
        if buyers[0] != buyers[1] {
            self.tell("buyer", is_there(buyers[0]), is_there(buyers[1]));
        }
        let people = [self.rebuilt, self.stored]
            .map(|payment| payment.order.as_ref().is_some_and(OrderDetails::has_people));
        if people[1] && !people[0] {
            self.tell("people", is_there(false), is_there(true));
        }
    }

    fn state(&mut self) {
        self.plain("status", |p| &p.status);
        self.plain("status_since", |p| &p.status_since);
        self.plain("review", |p| &p.review);
        self.plain("doubt", |p| &p.doubt);
        self.plain("resumed_at", |p| &p.resumed_at);
        self.plain("created_at", |p| &p.created_at);
        self.plain("expires_at", |p| &p.expires_at);
        self.plain("pay", |p| &p.pay);
        // An address of the issuer may name the buyer.
        let redirect = |redirect: &Option<Redirect>| match redirect {
            None => is_there(false),
            Some(redirect) => format!("{} of {} bytes", redirect.method, redirect.url.len()),
        };
        self.compare("redirect", |p| &p.redirect, redirect);
        self.plain("end_code", |p| &p.end_code);
        self.plain("cancel", |p| &p.cancel);
        self.plain("deadline_told", |p| &p.deadline_told);
    }

    fn money(&mut self) {
        self.plain("amount", |p| &p.amount);
        self.plain("capture_mode", |p| &p.capture_mode);
        self.plain("capture_on", |p| &p.capture_on);
        self.plain("authorized_at", |p| &p.authorized_at);
        self.plain("capture_by", |p| &p.capture_by);
        self.plain("captures", |p| &p.captures);
        // The reason is the merchant's text.
        let refund = |refund: &Refund| {
            let (id, state) = (&refund.request_id, &refund.state);
            format!("{id} {:?} {state:?}", refund.amount)
        };
        let refunds = |refunds: &Vec<Refund>| {
            let each: Vec<String> = refunds.iter().map(refund).collect();
            each.join(", ")
        };
        self.compare("refunds", |p| &p.refunds, refunds);
        self.plain("card", |p| &p.card);
        self.plain("acquirer", |p| &p.acquirer);
        let cards = [self.rebuilt, self.stored].map(|payment| card_word(&payment.save_card));
        if cards[0] != cards[1] {
            self.tell("save_card", cards[0].to_owned(), cards[1].to_owned());
        }
    }

    fn bookkeeping(&mut self) {
        let (rebuilt, stored) = (self.rebuilt, self.stored);
        if stored.version < rebuilt.version {
            let versions = (rebuilt.version.to_string(), stored.version.to_string());
            self.tell("version", versions.0, versions.1);
        }
        if stored.asked_at < rebuilt.asked_at {
            let times = [rebuilt, stored].map(|payment| format!("{:?}", payment.asked_at));
            let [rebuilt, stored] = times;
            self.tell("asked_at", rebuilt, stored);
        }
        let unknown = |message: &&OutboxMessage| !rebuilt.outbox.contains(message);
        if let Some(message) = stored.outbox.iter().find(unknown) {
            self.tell("outbox", is_there(false), message.id.clone());
        }
        let due = stored.due_at.is_some();
        if due != stored.is_unresolved() {
            self.tell("due_at", is_there(stored.is_unresolved()), is_there(due));
        }
    }
}

fn is_there(there: bool) -> String {
    if there { "there" } else { "none" }.to_owned()
}

/// Under which name a card is stored depends on the buyer, who is not in the trail.
fn card_word(save_card: &SaveCard) -> &'static str {
    match save_card {
        SaveCard::No => "no",
        SaveCard::Wanted => "wanted",
        SaveCard::Saved(_) => "saved",
        SaveCard::NotGiven => "not_given",
    }
}
