//! The audit: the plans, the table, the order events and the provider's books, held against each other.

mod cancels;
mod cards;
mod case;
mod events;
mod expected;
mod leaks;
mod money;
mod notifications;
mod orders;
mod refunds;
mod states;
#[cfg(test)]
pub(crate) mod testing;
mod trails;

use std::collections::{BTreeMap, BTreeSet};

use domain::PaymentRequestId;
use pop::keys::VerifyingKeys;
use serde::Serialize;
use simulator::{Books, PaymentRecord};

use crate::records::Table;
use crate::scenario::{Plan, Visit};
use case::Case;

pub(crate) use leaks::{card_needles, token_needles, tokens_of};
pub(crate) use states::Spread;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The row does not say what the provider's books say, or is not final.
    WrongState,
    /// Money was taken more than once.
    CapturedTwice,
    /// Authorised money was not taken, or not all of what was asked for.
    NotCaptured,
    /// Another amount or currency than ordered or asked for was taken.
    CapturedWrongAmount,
    /// Money was given back more than once, or more than was taken.
    RefundedTwice,
    /// A refund was asked for and possible, and no money was given back.
    NotRefunded,
    /// Another amount than asked for was given back, or what nobody asked for.
    RefundedWrongAmount,
    /// A cancellation was accepted, the payment is not cancelled, and nobody was told.
    NotCancelled,
    /// What nobody wanted cancelled was.
    CancelledWrongly,
    /// Two payments of one order keep its money.
    OrderPaidTwice,
    /// The buyer agreed, and the card is not stored.
    CardNotStored,
    /// A card is stored to which no buyer agreed, or which was forgotten.
    CardStoredWithoutConsent,
    /// The order system was not told.
    EventsMissing,
    /// The order system was told what is not so.
    EventsWrong,
    /// A forged notification was acknowledged or left its trace in the evidence.
    ForgedAccepted,
    /// A notification was acknowledged before what it says was committed.
    AcksBeforeCommit,
    /// A payment's evidence is not the unbroken chain that its row names, a signature in it does not hold, or replaying it
    /// does not give the row.
    TrailBroken,
    /// A buyer or the merchant's server got an answer that must never come.
    WrongAnswers,
    /// The provider refused a call of ours for its form.
    RefusedCalls,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 19] = [
        Self::WrongState,
        Self::CapturedTwice,
        Self::NotCaptured,
        Self::CapturedWrongAmount,
        Self::RefundedTwice,
        Self::NotRefunded,
        Self::RefundedWrongAmount,
        Self::NotCancelled,
        Self::CancelledWrongly,
        Self::OrderPaidTwice,
        Self::CardNotStored,
        Self::CardStoredWithoutConsent,
        Self::EventsMissing,
        Self::EventsWrong,
        Self::ForgedAccepted,
        Self::AcksBeforeCommit,
        Self::TrailBroken,
        Self::WrongAnswers,
        Self::RefusedCalls,
    ];

    /// The name in figures and tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WrongState => "wrong_state",
            Self::CapturedTwice => "captured_twice",
            Self::NotCaptured => "not_captured",
            Self::CapturedWrongAmount => "captured_wrong_amount",
            Self::RefundedTwice => "refunded_twice",
            Self::NotRefunded => "not_refunded",
            Self::RefundedWrongAmount => "refunded_wrong_amount",
            Self::NotCancelled => "not_cancelled",
            Self::CancelledWrongly => "cancelled_wrongly",
            Self::OrderPaidTwice => "order_paid_twice",
            Self::CardNotStored => "card_not_stored",
            Self::CardStoredWithoutConsent => "card_stored_without_consent",
            Self::EventsMissing => "events_missing",
            Self::EventsWrong => "events_wrong",
            Self::ForgedAccepted => "forged_accepted",
            Self::AcksBeforeCommit => "acks_before_commit",
            Self::TrailBroken => "trail_broken",
            Self::WrongAnswers => "wrong_answers",
            Self::RefusedCalls => "refused_calls",
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// One difference.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) payment: String,
    pub(crate) kind: Kind,
    pub(crate) words: String,
}

impl Finding {
    pub(crate) fn new(payment: &str, kind: Kind, words: impl Into<String>) -> Self {
        Self {
            payment: payment.to_owned(),
            kind,
            words: words.into(),
        }
    }
}

/// Everything there is to compare.
pub(crate) struct Material<'a> {
    pub(crate) plans: &'a [Plan],
    pub(crate) visits: &'a [Visit],
    pub(crate) table: &'a Table,
    pub(crate) books: &'a Books,
    /// Bodies of the order events' queue.
    pub(crate) order_events: &'a [String],
    /// The provider's public keys.
    pub(crate) keys: &'a VerifyingKeys,
    /// Calls whose key the provider refused and that went through with another one, by the functions' logs.
    pub(crate) signed_anew: u64,
}

/// The result.
pub(crate) struct Audit {
    pub(crate) findings: Vec<Finding>,
    /// Entries of all trails, each replayed.
    pub(crate) trail_entries: u64,
    /// Signatures in them that were checked again.
    pub(crate) signatures: u64,
    pub(crate) events_received: u64,
    pub(crate) events_distinct: u64,
    pub(crate) final_states: BTreeMap<&'static str, u64>,
    /// From the buyer's last action to the end.
    pub(crate) settle: Spread,
    /// From the end of the buyer's time to the end, for what was left open.
    pub(crate) expire: Spread,
    /// Those that took longest.
    pub(crate) slowest: Vec<Settled>,
}

/// A payment that came to its end.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Settled {
    payment: String,
    journey: &'static str,
    status: &'static str,
    seconds: f64,
}

const EXPIRED: &str = "EXPIRED";
/// How many of the slowest are named.
const SLOWEST: usize = 5;

fn spread(settled: &[Settled], which: impl Fn(&str) -> bool) -> Spread {
    let chosen = settled.iter().filter(|one| which(one.status));
    Spread::of(chosen.map(|one| one.seconds).collect())
}

fn slowest(mut settled: Vec<Settled>) -> Vec<Settled> {
    settled.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    settled.truncate(SLOWEST);
    settled
}

impl Audit {
    pub(crate) fn count(&self, kind: Kind) -> u64 {
        self.findings
            .iter()
            .filter(|finding| finding.kind == kind)
            .count() as u64
    }
}

/// Compares.
pub(crate) fn audit(material: &Material<'_>) -> Audit {
    let books: BTreeMap<&str, &PaymentRecord> = material
        .books
        .payments
        .iter()
        .map(|payment| (payment.payment_request_id.as_str(), payment))
        .collect();
    let (events, mut findings) = events::Events::read(material.order_events);
    let mut final_states = BTreeMap::new();
    let mut settled = Vec::new();
    let mut known = BTreeSet::new();
    for (plan, visit) in material.plans.iter().zip(material.visits) {
        let ids: Vec<String> = ids_of(plan)
            .filter(|id| {
                let exists = material.table.payments.contains_key(id);
                exists || books.contains_key(id.as_str()) || *id == plan.id
            })
            .collect();
        let cases: Vec<Case<'_>> = ids
            .iter()
            .map(|id| Case {
                id,
                plan,
                visit,
                record: material.table.payments.get(id),
                book: books.get(id.as_str()).copied(),
                events: &events,
            })
            .collect();
        if let Some(words) = &visit.surprise {
            findings.push(Finding::new(&plan.id, Kind::WrongAnswers, words.clone()));
        }
        for case in &cases {
            findings.extend(check(case, material));
            if let Some(payment) = case.payment() {
                *final_states.entry(payment.status.as_str()).or_default() += 1;
                settled.extend(settled_of(case, payment));
            }
        }
        findings.extend(orders::check(&cases));
        known.extend(ids);
    }
    findings.extend(cards::check_stored(
        material.table,
        material.plans,
        material.visits,
    ));
    findings.extend(strangers(material, &books, &known));
    let trails = trails::check(material.table, material.keys);
    findings.extend(trails.findings);
    findings.extend(refusals(&material.books.refusals, material.signed_anew));
    findings.sort_by(|a, b| (a.kind, &a.payment).cmp(&(b.kind, &b.payment)));
    Audit {
        findings,
        trail_entries: trails.entries,
        signatures: trails.signatures,
        events_received: events.received,
        events_distinct: events.distinct(),
        final_states,
        settle: spread(&settled, |status| status != EXPIRED),
        expire: spread(&settled, |status| status == EXPIRED),
        slowest: slowest(settled),
    }
}

/// Everything that is wrong with one payment.
fn check(case: &Case<'_>, material: &Material<'_>) -> Vec<Finding> {
    let mut findings = states::check(case);
    findings.extend(money::check(case));
    findings.extend(refunds::check(case));
    findings.extend(cancels::check(case));
    findings.extend(cards::check(case, material.table, material.visits));
    findings.extend(notifications::check(case));
    if let Some(payment) = case.payment() {
        let expected = expected::Expected::of(case.plan, payment);
        findings.extend(case.events.check(&expected));
    }
    findings
}

fn settled_of(case: &Case<'_>, payment: &domain::Payment) -> Option<Settled> {
    payment.status.is_final().then(|| Settled {
        payment: case.id.to_owned(),
        journey: case.plan.journey.name(),
        status: payment.status.as_str(),
        seconds: states::seconds_to_settle(payment, case.visit.last_move(case.id)),
    })
}

/// Every id under which a payment of this plan may stand: its own, its twin's, and those of further tries.
fn ids_of(plan: &Plan) -> impl Iterator<Item = String> {
    let twin = plan.twin.map(|_| plan.twin_id());
    [Some(plan.id.clone()), twin]
        .into_iter()
        .flatten()
        .flat_map(|id| {
            let first = PaymentRequestId::new(id.clone()).ok();
            let further = (2..=domain::MAX_ATTEMPTS)
                .filter_map(move |number| Some(first.as_ref()?.attempt(number).to_string()));
            std::iter::once(id).chain(further)
        })
}

/// Rows and provider's payments that nobody planned.
fn strangers(
    material: &Material<'_>,
    books: &BTreeMap<&str, &PaymentRecord>,
    known: &BTreeSet<String>,
) -> Vec<Finding> {
    let unknown = |id: &&str| !known.contains(*id);
    let rows = material.table.payments.keys().map(String::as_str);
    let rows = rows
        .filter(unknown)
        .map(|id| Finding::new(id, Kind::WrongState, "a row that nobody ordered"));
    let entries = books.keys().copied().filter(unknown);
    rows.chain(entries.map(|id| {
        Finding::new(
            id,
            Kind::WrongState,
            "a payment at the provider that nobody ordered",
        )
    }))
    .collect()
}

/// How the provider refuses a key.
const KEY_REFUSALS: [&str; 2] = ["KEY_NOT_FOUND", "INVALID_SIGNATURE"];

/// Calls that it refused for what they were; those of a refused key that were signed anew are no loss.
fn refusals(refusals: &BTreeMap<String, u64>, signed_anew: u64) -> Vec<Finding> {
    let is_of_key = |code: &str| KEY_REFUSALS.contains(&code);
    let of_keys = refusals.iter().filter(|(code, _)| is_of_key(code));
    let made_again = of_keys.map(|(_, count)| count).sum::<u64>() == signed_anew;
    let lost = refusals
        .iter()
        .filter(|(code, _)| !(made_again && is_of_key(code)));
    lost.map(|(code, count)| {
        let words = format!("the provider refused {count} calls with {code}");
        Finding::new("?", Kind::RefusedCalls, words)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_calls_are_lost_unless_they_were_signed_anew() {
        let of = |refused: &[(&str, u64)], signed_anew| {
            let refused = refused.iter();
            let refused = refused.map(|(code, count)| ((*code).to_owned(), *count));
            refusals(&refused.collect(), signed_anew).len()
        };
        assert_eq!(of(&[], 0), 0);
        assert_eq!(of(&[("KEY_NOT_FOUND", 2), ("INVALID_SIGNATURE", 1)], 3), 0);
        assert_eq!(of(&[("KEY_NOT_FOUND", 2), ("INVALID_SIGNATURE", 1)], 2), 2);
        assert_eq!(of(&[("KEY_NOT_FOUND", 1), ("PARAM_ILLEGAL", 1)], 1), 1);
        assert_eq!(of(&[("NO_INTERFACE_DEF", 1)], 1), 1);
    }
}
