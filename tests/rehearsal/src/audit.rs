//! The audit: the plans, the table, the order events and the provider's books, held against each other.

mod events;
mod leaks;
mod notifications;
mod states;
#[cfg(test)]
mod testing;

use std::collections::BTreeMap;

use serde::Serialize;
use simulator::{Books, PaymentRecord};

use crate::records::Table;
use crate::scenario::{Plan, Visit};

pub(crate) use leaks::Needles;
pub(crate) use states::Spread;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The row does not say what the provider's books say, or is not final.
    WrongState,
    /// Money was taken more than once.
    CapturedTwice,
    /// Authorised money was not taken.
    NotCaptured,
    /// Another amount or currency than ordered was taken.
    CapturedWrongAmount,
    /// The order system was not told.
    EventsMissing,
    /// The order system was told what is not so.
    EventsWrong,
    /// A forged notification was acknowledged or left its trace in the evidence.
    ForgedAccepted,
    /// A notification was acknowledged before what it says was committed.
    AcksBeforeCommit,
    /// A payment's evidence is not the unbroken chain that its row names.
    TrailBroken,
    /// A buyer or the merchant's server got an answer that must never come.
    WrongAnswers,
    /// The provider refused a call of ours for its form.
    RefusedCalls,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 11] = [
        Self::WrongState,
        Self::CapturedTwice,
        Self::NotCaptured,
        Self::CapturedWrongAmount,
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
}

/// The result.
pub(crate) struct Audit {
    pub(crate) findings: Vec<Finding>,
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

/// One payment from all sides.
struct Case<'a> {
    plan: &'a Plan,
    visit: &'a Visit,
    record: Option<&'a crate::records::Record>,
    book: Option<&'a PaymentRecord>,
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
    for (plan, visit) in material.plans.iter().zip(material.visits) {
        let record = material.table.payments.get(&plan.id);
        let case = Case {
            plan,
            visit,
            record,
            book: books.get(plan.id.as_str()).copied(),
        };
        findings.extend(states::check(&case));
        findings.extend(notifications::check(&case));
        let Some(payment) = record.and_then(|record| record.payment.as_ref()) else {
            continue;
        };
        *final_states.entry(payment.status.as_str()).or_default() += 1;
        findings.extend(events.check(&events::Expected::of(plan, payment.status)));
        if payment.status.is_final() {
            settled.push(Settled {
                payment: plan.id.clone(),
                journey: plan.journey.name(),
                status: payment.status.as_str(),
                seconds: states::seconds_to_settle(payment, visit),
            });
        }
    }
    findings.extend(strangers(material, &books));
    findings.extend(refusals(material.books));
    findings.sort_by(|a, b| (a.kind, &a.payment).cmp(&(b.kind, &b.payment)));
    Audit {
        findings,
        events_received: events.received,
        events_distinct: events.distinct(),
        final_states,
        settle: spread(&settled, |status| status != EXPIRED),
        expire: spread(&settled, |status| status == EXPIRED),
        slowest: slowest(settled),
    }
}

/// Rows and provider's payments that nobody planned.
fn strangers(material: &Material<'_>, books: &BTreeMap<&str, &PaymentRecord>) -> Vec<Finding> {
    let planned = |id: &str| material.plans.iter().any(|plan| plan.id == id);
    let rows = material
        .table
        .payments
        .keys()
        .map(String::as_str)
        .filter(|id| !planned(id));
    let rows = rows.map(|id| Finding::new(id, Kind::WrongState, "a row that nobody ordered"));
    let entries = books.keys().copied().filter(|id| !planned(id));
    rows.chain(entries.map(|id| {
        Finding::new(
            id,
            Kind::WrongState,
            "a payment at the provider that nobody ordered",
        )
    }))
    .collect()
}

fn refusals(books: &Books) -> Vec<Finding> {
    let refusals = books.refusals.iter();
    refusals
        .map(|(code, count)| {
            Finding::new(
                "?",
                Kind::RefusedCalls,
                format!("the provider refused {count} calls with {code}"),
            )
        })
        .collect()
}
