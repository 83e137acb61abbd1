//! What is told about a headless run: the figures, as JSON and as a table.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::args::{Args, Faults};
use crate::audit::{Audit, Finding, Kind, Settled, Spread};
use crate::chaos;
use crate::headless::Run;
use crate::rotation;
use crate::scenario::{Capture, Plan, Tally, tallies};
use crate::steps::{StepTime, Steps};
use crate::watch::{Fired, alarm_lines};

/// Differences printed one by one; the JSON has all.
const SHOWN: usize = 40;

/// The figures of a run.
#[derive(Serialize)]
pub(crate) struct Figures {
    command: String,
    pub(crate) seed: u64,
    faults: Faults,
    pub(crate) payments: u64,
    /// What must be zero, by name.
    #[serde(flatten)]
    losses: BTreeMap<&'static str, u64>,
    bytes_scanned: u64,
    /// Cases of the store's contract tried on the deployed table.
    contract_cases: u64,
    /// Those that it breaks, and how.
    contract_breaks: BTreeMap<&'static str, String>,
    /// From the buyer's last action to the final state.
    settle_seconds: Spread,
    /// From the end of the time to pay to the final state, for payments that were never finished.
    expire_seconds: Spread,
    slowest: Vec<Settled>,
    final_states: BTreeMap<&'static str, u64>,
    journeys: BTreeMap<&'static str, u64>,
    /// What was asked for, by kind.
    done: BTreeMap<&'static str, Tally>,
    /// Calls that were sent twice at once.
    sent_twice_at_once: u64,
    /// Payments that found their order paid by another one, and gave way.
    gave_way: u64,
    /// The sums of the provider's books.
    provider_totals: simulator::Totals,
    tokens_looked_for: u64,
    automatic: u64,
    manual: u64,
    orders_not_taken: u64,
    shop_errors: u64,
    order_events_received: u64,
    order_events_distinct: u64,
    /// Entries of all trails, each replayed, and the signatures in them that were checked again.
    trail_entries: u64,
    signatures_verified: u64,
    notifications_sent: u64,
    notifications_acknowledged: u64,
    forged_sent: u64,
    pub(crate) functions_killed: u64,
    pub(crate) provider_faults: BTreeMap<String, u64>,
    api_answers: BTreeMap<String, u64>,
    log_lines: BTreeMap<String, u64>,
    /// Alarms of the template that would have fired.
    alarms: Vec<Fired>,
    /// With --chaos.
    #[serde(skip_serializing_if = "Option::is_none")]
    chaos: Option<chaos::Report>,
    /// With --rotate.
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation: Option<rotation::Report>,
    steps: Vec<StepTime>,
    total_seconds: f64,
    differences: Vec<Finding>,
}

impl Figures {
    /// Puts everything together.
    pub(crate) fn of(
        args: &Args,
        run: &Run,
        audit: Audit,
        api_answers: BTreeMap<String, u64>,
        steps: &Steps,
    ) -> Self {
        let totals = &run.books.totals;
        let automatic = run
            .plans
            .iter()
            .filter(|plan| plan.capture == Capture::Automatic)
            .count() as u64;
        Self {
            command: command(),
            seed: args.seed,
            faults: args.faults(),
            payments: run.plans.len() as u64,
            losses: losses(run, &audit),
            bytes_scanned: run.scan.bytes,
            contract_cases: run.contract.cases,
            contract_breaks: run.contract.broken.iter().cloned().collect(),
            journeys: journeys(&run.plans),
            done: tallies(&run.visits),
            gave_way: gave_way(run),
            sent_twice_at_once: run.visits.iter().map(|visit| visit.doubled).sum(),
            provider_totals: totals.clone(),
            tokens_looked_for: run.scan.tokens,
            automatic,
            manual: run.plans.len() as u64 - automatic,
            orders_not_taken: run.visits.iter().filter(|visit| !visit.created).count() as u64,
            shop_errors: run
                .visits
                .iter()
                .map(|visit| u64::from(visit.shop_errors))
                .sum(),
            order_events_received: audit.events_received,
            order_events_distinct: audit.events_distinct,
            trail_entries: audit.trail_entries,
            signatures_verified: audit.signatures,
            notifications_sent: totals.notifications_sent,
            notifications_acknowledged: totals.notifications_acknowledged,
            forged_sent: totals.forged_sent,
            functions_killed: run.killed,
            provider_faults: run.books.faults.clone(),
            api_answers,
            log_lines: run.scan.log_lines.clone(),
            alarms: run.alarms.clone(),
            chaos: run.chaos.clone(),
            rotation: run.rotation.clone(),
            steps: steps.times().to_vec(),
            total_seconds: steps.total_seconds(),
            settle_seconds: audit.settle,
            expire_seconds: audit.expire,
            slowest: audit.slowest,
            final_states: audit.final_states,
            differences: audit.findings,
        }
    }

    /// Whether nothing was lost, taken twice, believed wrongly, leaked or left undone.
    pub(crate) fn are_right(&self) -> bool {
        self.losses() == 0
    }

    /// What must be zero, added up.
    pub(crate) fn losses(&self) -> u64 {
        self.losses.values().sum()
    }

    /// What chaos was, if there was any.
    pub(crate) fn chaos(&self) -> Option<&chaos::Report> {
        self.chaos.as_ref()
    }

    /// The figures for people.
    pub(crate) fn table(&self) -> String {
        let spread = |spread: &Spread| {
            format!(
                "p50 {:.1}  p99 {:.1}  max {:.1}  ({} payments)",
                spread.p50, spread.p99, spread.max, spread.count
            )
        };
        let mut lines = vec![(
            "payments".to_owned(),
            format!(
                "{} ({} automatic, {} manual)",
                self.payments, self.automatic, self.manual
            ),
        )];
        lines.extend(
            self.final_states
                .iter()
                .map(|(state, count)| (format!("  {state}"), count.to_string())),
        );
        lines.extend(self.what_was_done());
        lines.push(("settled after (s)".to_owned(), spread(&self.settle_seconds)));
        lines.push(("expired after (s)".to_owned(), spread(&self.expire_seconds)));
        lines.extend(self.what_passed());
        lines.extend(self.chaos.iter().flat_map(chaos::Report::lines));
        lines.extend(self.rotation.iter().flat_map(rotation::Report::lines));
        lines.extend(alarm_lines(&self.alarms));
        lines.push((String::new(), String::new()));
        for (name, count) in &self.losses {
            let mark = if *count == 0 { "" } else { "  <-- must be 0" };
            lines.push((name.replace('_', " "), format!("{count}{mark}")));
        }
        let shown = self.differences.iter().take(SHOWN);
        lines.extend(shown.map(|finding| {
            (
                format!("  {}", finding.payment),
                format!("{}: {}", finding.kind.name(), finding.words),
            )
        }));
        if self.differences.len() > SHOWN {
            lines.push((
                String::new(),
                format!(
                    "and {} more: --json FILE has all",
                    self.differences.len() - SHOWN
                ),
            ));
        }
        lines.push((
            "seconds in all".to_owned(),
            format!("{:.0}", self.total_seconds),
        ));
        lines
            .iter()
            .fold(String::from("\n"), |text, (name, value)| {
                text + format!("  {name:<28} {value}").trim_end() + "\n"
            })
    }

    /// What went to and fro, and what was looked through.
    fn what_passed(&self) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        let notifications = format!(
            "{} sent, {} acknowledged, {} forged",
            self.notifications_sent, self.notifications_acknowledged, self.forged_sent
        );
        lines.push(("notifications".to_owned(), notifications));
        lines.push((
            "order events".to_owned(),
            format!(
                "{} received, {} distinct",
                self.order_events_received, self.order_events_distinct
            ),
        ));
        let trails = format!(
            "{} entries replayed, {} signatures verified again",
            self.trail_entries, self.signatures_verified
        );
        lines.push(("trails".to_owned(), trails));
        lines.push((
            "provider's faults".to_owned(),
            self.provider_faults.values().sum::<u64>().to_string(),
        ));
        lines.push((
            "functions killed".to_owned(),
            self.functions_killed.to_string(),
        ));
        lines.push(("bytes scanned".to_owned(), self.bytes_scanned.to_string()));
        lines.push(("contract cases".to_owned(), self.contract_cases.to_string()));
        let breaks = self.contract_breaks.iter();
        lines.extend(breaks.map(|(name, how)| (format!("  {name}"), how.clone())));
        lines
    }

    /// What buyers and merchant asked for, and how much of it the shop carried out.
    fn what_was_done(&self) -> Vec<(String, String)> {
        let heads = ["asked", "done", "refused", "unanswered"].map(|head| format!("{head:>11}"));
        let mut lines = vec![("asked of the shop".to_owned(), heads.concat())];
        lines.extend(self.done.iter().map(|(name, tally)| {
            let counts = [tally.asked, tally.done, tally.refused, tally.unanswered];
            let columns = counts.map(|count| format!("{count:>11}"));
            (format!("  {name}"), columns.concat())
        }));
        let totals = &self.provider_totals;
        let money = format!(
            "{} authorised, {} captures, {} refunds, {} cancelled",
            totals.authorisations, totals.captures, totals.refunds, totals.cancelled
        );
        let cards = format!(
            "{} stored, {} payments with one, {} by the merchant",
            totals.stored_cards, totals.paid_by_token, totals.merchant_initiated
        );
        lines.push((
            "twice at once".to_owned(),
            self.sent_twice_at_once.to_string(),
        ));
        lines.push(("gave way to another".to_owned(), self.gave_way.to_string()));
        lines.push(("at the provider".to_owned(), money));
        lines.push(("cards at the provider".to_owned(), cards));
        lines
    }
}

/// What was typed.
pub(crate) fn command() -> String {
    let words = std::iter::once("cargo rehearse".to_owned()).chain(std::env::args().skip(1));
    words.collect::<Vec<_>>().join(" ")
}

fn losses(run: &Run, audit: &Audit) -> BTreeMap<&'static str, u64> {
    let mut losses: BTreeMap<_, _> = Kind::ALL
        .into_iter()
        .map(|kind| (kind.name(), audit.count(kind)))
        .collect();
    losses.insert("card_data_found", run.scan.found);
    losses.insert("token_leaked", run.scan.tokens_found);
    losses.insert("stuck", run.stuck);
    losses.insert("contract_broken", run.contract.broken.len() as u64);
    losses.extend(run.rotation.iter().flat_map(rotation::Report::losses));
    losses
}

fn gave_way(run: &Run) -> u64 {
    let rows = run.table.payments.values();
    let rows = rows.filter_map(|record| record.payment.as_ref());
    rows.filter(|payment| payment.order_held_by.is_some())
        .count() as u64
}

fn journeys(plans: &[Plan]) -> BTreeMap<&'static str, u64> {
    let mut journeys = BTreeMap::new();
    for plan in plans {
        *journeys.entry(plan.journey.name()).or_default() += 1;
    }
    journeys
}
