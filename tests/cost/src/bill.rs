//! From what was counted to dollars.

use crate::counted::{Counted, Function, Invocation};
use crate::deployment::Deployment;
use crate::durations::Durations;
use crate::logs;
use crate::prices::Prices;
use crate::term::Term;
use crate::world::Done;
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;

/// A GB of storage, logs and transfer.
const GB: f64 = 1024.0 * 1024.0 * 1024.0;
/// The gateway bills a request for each part of this size.
const API_PART: u64 = 512 * 1024;
/// Who reads a message asks for it and deletes it.
const READS_OF_A_MESSAGE: f64 = 2.0;
/// As prices count months.
pub const MONTH_HOURS: f64 = 730.0;
const MONTH_DAYS: f64 = MONTH_HOURS / 24.0;

/// How many billed units of each term.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Units(BTreeMap<Term, f64>);

impl Units {
    /// So many of one term.
    #[must_use]
    pub fn of(&self, term: Term) -> f64 {
        self.0.get(&term).copied().unwrap_or(0.0)
    }

    /// Adds units of one term.
    pub fn add(&mut self, term: Term, units: f64) {
        *self.0.entry(term).or_default() += units;
    }

    /// Adds so many times the units of another.
    pub fn add_times(&mut self, other: &Self, times: f64) {
        for (term, units) in &other.0 {
            self.add(*term, units * times);
        }
    }
}

/// Dollars by term.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Bill {
    /// Terms that cost something.
    pub terms: BTreeMap<Term, f64>,
    /// All of them.
    pub total: f64,
}

impl Bill {
    /// The largest terms, the largest first.
    #[must_use]
    pub fn largest(&self, count: usize) -> Vec<(Term, f64)> {
        let mut terms: Vec<_> = self.terms.iter().map(|(term, usd)| (*term, *usd)).collect();
        terms.sort_by(|a, b| b.1.total_cmp(&a.1));
        terms.truncate(count);
        terms
    }
}

/// Everything that turns counts into units and dollars.
#[derive(Debug, Clone)]
pub struct Tariff {
    /// What the template says.
    pub deployment: Deployment,
    /// What is assumed.
    pub durations: Durations,
    /// What AWS asks.
    pub prices: Prices,
}

impl Tariff {
    /// The bill for these units.
    ///
    /// # Errors
    /// A price is missing in the file.
    pub fn bill(&self, units: &Units) -> Result<Bill> {
        let mut bill = Bill::default();
        for (term, units) in &units.0 {
            let price = self.prices.of(&term.price(&self.deployment))?;
            bill.terms.insert(*term, units * price);
        }
        bill.terms.retain(|_, usd| *usd > 0.0);
        bill.total = bill.terms.values().sum();
        Ok(bill)
    }

    /// What a journey is billed for.
    #[must_use]
    pub fn of_journey(&self, done: &Done) -> Units {
        let mut units = Units::default();
        for invocation in &done.invocations {
            units.add_times(&self.of_invocation(invocation), 1.0);
        }
        let read = (done.order_events + done.capture_hints) as f64;
        units.add(Term::Queues, READS_OF_A_MESSAGE * read);
        units.add(Term::Storage, done.stored.byte_months / GB);
        if self.deployment.recoverable {
            units.add(Term::Recovery, done.stored.byte_months / GB);
        }
        units
    }

    /// What one invocation is billed for. One of the sweep is a payment's share in it: its own invocation and lines are
    /// those of an idle deployment.
    #[must_use]
    pub fn of_invocation(&self, invocation: &Invocation) -> Units {
        let Invocation {
            function, counted, ..
        } = invocation;
        let mut units = Units::default();
        if *function == Function::Sweep {
            let ms = self.durations.sweep_cpu_ms_per_payment() + self.waiting_ms(counted);
            self.add_time(&mut units, *function, ms);
            self.add_logs(&mut units, counted, (0.0, 0.0));
        } else {
            let cold = self.durations.cold.share;
            let secrets = self.deployment.secrets_of(*function);
            let cold_ms = cold * self.durations.cold_ms(secrets);
            self.add_time(
                &mut units,
                *function,
                self.warm_ms(*function, counted) + cold_ms,
            );
            self.add_logs(&mut units, counted, logs::of_lambda(cold));
            units.add(Term::Invocations, 1.0);
            units.add(Term::SecretReads, cold * secrets as f64);
        }
        if invocation.by_api {
            if self.deployment.logs_requests {
                self.add_log_bytes(&mut units, logs::of_a_request());
            }
            units.add(
                Term::Api,
                counted.bytes_out.div_ceil(API_PART).max(1) as f64,
            );
        }
        add_counted(&mut units, counted);
        units
    }

    /// What a month costs in which nobody pays: the sweep each minute, the empty receives, secrets and keys.
    #[must_use]
    pub fn of_idle_month(&self, empty_sweep: &Counted) -> Units {
        let minutes = MONTH_HOURS * 60.0;
        let sweeps = self.deployment.schedules_a_minute as f64 * minutes;
        let mut sweep = Units::default();
        let ms = self.warm_ms(Function::Sweep, empty_sweep);
        self.add_time(&mut sweep, Function::Sweep, ms); // warm: it never rests for long
        self.add_logs(&mut sweep, empty_sweep, logs::of_lambda(0.0));
        sweep.add(Term::Invocations, 1.0);
        sweep.add(Term::Schedule, 1.0);
        add_counted(&mut sweep, empty_sweep);
        let mut units = Units::default();
        units.add_times(&sweep, sweeps);
        let polling = &self.durations.polling;
        let receives = self.deployment.mappings as f64 * polling.pollers * polling.a_minute;
        units.add(Term::Queues, receives * minutes);
        units.add(Term::Secrets, self.deployment.secrets as f64);
        units.add(Term::Alarms, self.deployment.alarm_metrics as f64);
        units.add(Term::Dashboards, self.deployment.dashboards as f64);
        if self.deployment.under_key {
            let calls = self.durations.encryption.key_calls_an_hour * MONTH_HOURS;
            units.add(Term::KeyCalls, calls);
        }
        units
    }

    /// What comes on top in a month in whose every hour the sweep finds something due and POP is called, and now and then
    /// something is wrong: each metric is there all the time.
    #[must_use]
    pub fn of_metrics_of_a_busy_month(&self) -> Units {
        let mut units = Units::default();
        units.add(Term::Metrics, self.deployment.metrics as f64);
        units
    }

    /// Billed milliseconds of a warm invocation: whole ones.
    #[must_use]
    pub fn warm_ms(&self, function: Function, counted: &Counted) -> f64 {
        (self.durations.cpu_ms(function) + self.waiting_ms(counted)).ceil()
    }

    fn waiting_ms(&self, counted: &Counted) -> f64 {
        let waits = counted.calls.iter();
        waits
            .map(|(call, count)| self.durations.wait_ms(*call) * *count as f64)
            .sum()
    }

    fn add_time(&self, units: &mut Units, function: Function, ms: f64) {
        units.add(
            Term::LambdaTime,
            ms / 1_000.0 * self.deployment.memory_gb(function),
        );
    }

    fn add_logs(&self, units: &mut Units, counted: &Counted, of_lambda: (f64, f64)) {
        let lines = counted.log_lines as f64 + of_lambda.1;
        let bytes = counted.log_bytes as f64 + of_lambda.0;
        self.add_log_bytes(units, (bytes, lines));
    }

    fn add_log_bytes(&self, units: &mut Units, (bytes, lines): (f64, f64)) {
        let logs = &self.durations.logs;
        let bytes = bytes + lines * logs.event_bytes as f64;
        units.add(Term::Logs, bytes / GB);
        let months = self.deployment.log_days / MONTH_DAYS;
        units.add(Term::KeptLogs, bytes / GB * logs.kept_share * months);
    }
}

fn add_counted(units: &mut Units, counted: &Counted) {
    units.add(Term::Writes, counted.write_units);
    units.add(Term::IndexWrites, counted.index_units);
    units.add(Term::Reads, counted.read_units);
    units.add(Term::Queues, counted.sqs_requests as f64);
    units.add(Term::Transfer, counted.bytes_out as f64 / GB);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counted::Call;
    use crate::prices::PriceFile;

    fn tariff() -> Tariff {
        Tariff {
            deployment: Deployment::load().unwrap(),
            durations: Durations::load().unwrap(),
            prices: PriceFile::load().unwrap().of(None).unwrap(),
        }
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
    }

    fn invocation(function: Function, counted: Counted) -> Invocation {
        Invocation {
            step: "x".into(),
            function,
            by_api: matches!(function, Function::Checkout | Function::Notify),
            counted,
        }
    }

    #[test]
    fn every_term_has_a_price_and_the_total_is_their_sum() {
        let tariff = tariff();
        let mut units = Units::default();
        for (place, term) in Term::ALL.into_iter().enumerate() {
            units.add(term, 1.0 + place as f64);
        }
        let bill = tariff.bill(&units).unwrap();
        assert_eq!(bill.terms.len(), Term::ALL.len());
        assert!(near(bill.total, bill.terms.values().sum()));
        let write = tariff.prices.of("dynamodb_write_unit").unwrap();
        assert!(near(
            bill.terms[&Term::Writes],
            write * units.of(Term::Writes)
        ));
        let largest = bill.largest(3);
        assert!(largest[0].1 >= largest[1].1 && largest[1].1 >= largest[2].1);
    }

    #[test]
    fn a_table_that_is_seldom_read_is_cheap_to_store_and_dear_to_use() {
        let (usual, mut seldom) = (tariff(), tariff());
        seldom.deployment.infrequent = true;
        for (term, dearer) in [
            (Term::Writes, true),
            (Term::Reads, true),
            (Term::Storage, false),
        ] {
            let mut units = Units::default();
            units.add(term, 1_000.0);
            let totals = [&usual, &seldom].map(|tariff| tariff.bill(&units).unwrap().total);
            assert_eq!(totals[1] > totals[0], dearer, "{term:?}");
        }
    }

    #[test]
    fn an_invocation_is_billed_by_what_it_waits_for_and_uses() {
        let tariff = tariff();
        let mut counted = Counted {
            write_units: 12.0,
            index_units: 2.0,
            read_units: 1.0,
            sqs_requests: 1,
            log_bytes: 500,
            log_lines: 1,
            bytes_out: 1_000,
            ..Counted::default()
        };
        counted.called(Call::Get);
        counted.called(Call::Transaction);
        counted.called(Call::Send);
        let units = tariff.of_invocation(&invocation(Function::Notify, counted.clone()));
        let durations = &tariff.durations;
        let waited = [Call::Get, Call::Transaction, Call::Send].map(|call| durations.wait_ms(call));
        let warm = (durations.cpu_ms(Function::Notify) + waited.iter().sum::<f64>()).ceil();
        let ms = warm + durations.cold.share * durations.cold_ms(0);
        let memory = tariff.deployment.memory_gb(Function::Notify);
        assert!(near(units.of(Term::LambdaTime), ms / 1_000.0 * memory));
        for (term, want) in [
            (Term::Api, 1.0),
            (Term::Invocations, 1.0),
            (Term::Writes, 12.0),
            (Term::IndexWrites, 2.0),
            (Term::Reads, 1.0),
            (Term::Queues, 1.0),
            (Term::Transfer, 1_000.0 / GB),
        ] {
            assert!(near(units.of(term), want), "{term:?}: {}", units.of(term));
        }
        let (of_lambda, lines) = logs::of_lambda(durations.cold.share);
        let (of_a_request, more) = logs::of_a_request();
        let bytes = 500.0 + of_lambda + of_a_request + (lines + more + 1.0) * 26.0;
        assert!(near(units.of(Term::Logs), bytes / GB));
    }

    #[test]
    fn a_share_in_a_sweep_has_no_invocation_of_its_own() {
        let tariff = tariff();
        let mut counted = Counted::default();
        counted.called(Call::Pop);
        let units = tariff.of_invocation(&invocation(Function::Sweep, counted));
        assert!(near(units.of(Term::Invocations) + 1.0, 1.0));
        assert!(near(units.of(Term::Api) + 1.0, 1.0));
        assert!(
            units.of(Term::LambdaTime) > 0.1,
            "it waits for the provider"
        );
    }

    #[test]
    fn large_answers_are_several_requests() {
        let tariff = tariff();
        for (bytes_out, requests) in [(0, 1.0), (API_PART, 1.0), (API_PART + 1, 2.0)] {
            let counted = Counted {
                bytes_out,
                ..Counted::default()
            };
            let units = tariff.of_invocation(&invocation(Function::Checkout, counted));
            assert!(near(units.of(Term::Api), requests), "{bytes_out}");
        }
    }

    #[test]
    fn messages_are_read_and_deleted() {
        let done = Done {
            order_events: 2,
            capture_hints: 1,
            ..Done::default()
        };
        assert!(near(tariff().of_journey(&done).of(Term::Queues), 6.0));
    }

    #[test]
    fn an_idle_month_has_as_many_sweeps_as_minutes() {
        let units = tariff().of_idle_month(&Counted::default());
        assert!(near(units.of(Term::Invocations), 43_800.0));
        assert!(near(units.of(Term::Schedule), 43_800.0));
        assert!(near(units.of(Term::Queues), 657_000.0));
        assert!(near(units.of(Term::Secrets), 3.0));
        assert!(
            near(units.of(Term::Metrics) + 1.0, 1.0),
            "idle, there are none"
        );
    }
}
