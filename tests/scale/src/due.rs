//! Ever more payments that are due: the time grows with them and not faster, the memory does not grow.

use crate::emulator::Contents;
use crate::process::{Table, sweep};
use crate::same::LATER;
use crate::statistics::{Range, grouped};
use crate::sweeper::{Order, Swept};
use anyhow::Result;
use indicatif::ProgressBar;
use serde::Serialize;
use std::fmt::Write as _;

/// What is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many payments are due, and how often that is measured.
    pub sizes: Vec<(u64, u32)>,
    /// Settled payments beside them.
    pub settled: u64,
    /// How much more of the sweep's processor time than with the fewest a payment may take: 0.2 is a fifth.
    pub tolerance: f64,
    /// The same of wall time; `None` where other things run beside it.
    pub wall_tolerance: Option<f64>,
}

/// The rate to POP is not to be what holds the sweep up here.
const PER_SECOND: u32 = 1_000;

/// How much memory a sweep may take on top of what it holds before.
const MOST_GROWTH_KIB: u64 = 64 * 1024;

/// Until POP is asked again about a payment of that age: two hours are enough.
const BETWEEN: i64 = 7_200;

/// One number of due payments.
#[derive(Debug, Clone, Serialize)]
pub struct Size {
    /// Payments due.
    pub due: u64,
    /// How often it was measured.
    pub rounds: usize,
    /// Invocations that it took, each of a minute.
    pub invocations: usize,
    /// Of those, how many ended for lack of time.
    pub stopped_early: usize,
    /// Wall time.
    pub seconds: Range,
    /// Wall time of one payment, in milliseconds.
    pub millis_each: Range,
    /// Processor time of one payment, in milliseconds.
    pub cpu_millis_each: Range,
    /// DynamoDB requests for one payment.
    pub requests_each: f64,
    /// Capacity units for one payment.
    pub units_each: f64,
    /// By how much memory grew, at most.
    pub grown_kib: u64,
    /// The peak of the whole process.
    pub peak_kib: u64,
    /// Questions in the busiest second.
    pub busiest_second: u64,
    /// Whether in each round every payment was worked on and POP asked about it once.
    pub once: bool,
}

/// Loads the tables and sweeps them, with as many invocations as it takes.
///
/// # Errors
/// A process fails.
pub fn measure(plan: &Plan, progress: &ProgressBar) -> Result<Vec<Size>> {
    let mut sizes = Vec::new();
    let mut tables = Vec::new();
    for (due, _) in &plan.sizes {
        progress.set_message(format!("loading {} due payments", grouped(*due)));
        tables.push(Table::start(&Contents {
            settled: plan.settled,
            due: *due,
            kinds: vec![0],
        })?);
        progress.inc(1);
    }
    let mut swept: Vec<Vec<Swept>> = vec![Vec::new(); tables.len()];
    let rounds = plan.sizes.iter().map(|(_, rounds)| *rounds).max();
    for round in 0..rounds.unwrap_or(0) {
        for (place, table) in tables.iter().enumerate() {
            let (due, rounds) = plan.sizes[place];
            if round >= rounds {
                continue;
            }
            progress.set_message(format!("sweeping {} due payments", grouped(due)));
            swept[place].push(sweep(&order(table, due, round))?);
            progress.inc(1);
        }
    }
    for ((due, _), rounds) in plan.sizes.iter().zip(&swept) {
        sizes.push(size(*due, rounds));
    }
    Ok(sizes)
}

fn order(table: &Table, due: u64, round: u32) -> Order {
    Order {
        address: table.ready.address,
        after_seconds: LATER + i64::from(round) * BETWEEN,
        goes: true,
        limit_seconds: 60,
        concurrency: 8,
        per_second: PER_SECOND,
        latency_ms: 0,
        runs: 1_000,
        enough: u64::MAX,
        room: usize::try_from(due * 2).unwrap_or(0),
    }
}

fn size(due: u64, rounds: &[Swept]) -> Size {
    let each =
        |figure: &dyn Fn(&Swept) -> f64| Range::of(&rounds.iter().map(figure).collect::<Vec<_>>());
    let count = due.max(1) as f64;
    let most = |figure: fn(&Swept) -> u64| rounds.iter().map(figure).max().unwrap_or(0);
    let runs = || rounds[0].runs.iter();
    Size {
        due,
        rounds: rounds.len(),
        invocations: runs().filter(|run| run.due > 0).count(),
        stopped_early: runs().filter(|run| run.stopped_early).count(),
        seconds: each(&|swept| swept.seconds),
        millis_each: each(&|swept| swept.seconds * 1e3 / count),
        cpu_millis_each: each(&|swept| swept.cpu_seconds * 1e3 / count),
        requests_each: rounds[0].requests() as f64 / count,
        units_each: rounds[0].units() / count,
        grown_kib: most(|swept| swept.grown_kib),
        peak_kib: most(|swept| swept.peak_kib),
        busiest_second: most(|swept| swept.busiest_second),
        once: rounds.iter().all(|swept| {
            let counts = [swept.looked_at(), swept.asked, swept.payments];
            counts == [due; 3] && swept.failed() == 0
        }),
    }
}

/// Which bounds are broken, in words.
#[must_use]
pub fn breaches(sizes: &[Size], plan: &Plan) -> Vec<String> {
    let mut found = Vec::new();
    let Some(least) = sizes.first() else {
        return vec!["nothing was measured".into()];
    };
    for size in sizes {
        let due = grouped(size.due);
        let bounds = [
            (
                "processor time",
                size.cpu_millis_each,
                least.cpu_millis_each,
                Some(plan.tolerance),
            ),
            (
                "time",
                size.millis_each,
                least.millis_each,
                plan.wall_tolerance,
            ),
        ];
        for (what, each, least, tolerance) in bounds {
            let ratio = each.median / least.median;
            if tolerance.is_some_and(|tolerance| ratio > 1.0 + tolerance) {
                found.push(format!(
                    "{due} due: {ratio:.2} times the {what} for each payment"
                ));
            }
        }
        if size.grown_kib > MOST_GROWTH_KIB {
            found.push(format!(
                "{due} due: memory grew by {} MB",
                size.grown_kib / 1024
            ));
        }
        if size.busiest_second > u64::from(PER_SECOND) {
            found.push(format!(
                "{due} due: {} questions in a second, more than {PER_SECOND}",
                size.busiest_second
            ));
        }
        if !size.once {
            found.push(format!(
                "{due} due: not every payment was worked on and asked about once"
            ));
        }
    }
    found
}

/// The table of the document.
#[must_use]
pub fn markdown(sizes: &[Size], plan: &Plan) -> String {
    let mut text = format!(
        "`cargo bench-sweep --write-docs`\n\nAll due payments wait for POP, which is still at them. Invocations of a minute follow \
         each other until nothing is due, as the scheduler starts them; POP answers at once, {PER_SECOND} questions a second are \
         allowed, {} settled payments lie beside the due ones. Each payment has to be asked about once, although most \
         invocations end before they are through. Memory is the sweep's own process, above what it holds before the first \
         payment; the bound is {} MB.\n\n\
         | due | rounds | invocations | ended by time | seconds | ms each | ratio | processor ms each | requests each | units each | memory growth | peak |\n\
         |---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        grouped(plan.settled),
        MOST_GROWTH_KIB / 1024
    );
    for size in sizes {
        let ratio = size.millis_each.median / sizes[0].millis_each.median;
        let _infallible = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {ratio:.2} | {} | {:.2} | {:.2} | {:.1} MB | {:.1} MB |",
            grouped(size.due),
            size.rounds,
            size.invocations,
            size.stopped_early,
            size.seconds.show(1),
            size.millis_each.show(2),
            size.cpu_millis_each.show(2),
            size.requests_each,
            size.units_each,
            size.grown_kib as f64 / 1024.0,
            size.peak_kib as f64 / 1024.0,
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(due: u64, millis: f64) -> Size {
        Size {
            due,
            rounds: 1,
            invocations: 1,
            stopped_early: 0,
            seconds: Range::of(&[1.0]),
            millis_each: Range::of(&[millis]),
            cpu_millis_each: Range::of(&[1.0]),
            requests_each: 3.0,
            units_each: 6.0,
            grown_kib: 2_048,
            peak_kib: 20_480,
            busiest_second: 1_000,
            once: true,
        }
    }

    #[test]
    fn what_grows_faster_than_the_payments_is_a_breach() {
        let plan = Plan {
            sizes: vec![(10, 1), (100, 1)],
            settled: 0,
            tolerance: 0.2,
            wall_tolerance: Some(0.2),
        };
        let calm = || vec![size(10, 2.0), size(100, 2.3)];
        assert!(breaches(&calm(), &plan).is_empty());
        assert!(markdown(&calm(), &plan).contains("| 1.15 |"));
        let changes: [fn(&mut Size); 5] = [
            |size| size.cpu_millis_each = Range::of(&[1.3]),
            |size| size.millis_each = Range::of(&[2.5]),
            |size| size.grown_kib = 65 * 1024,
            |size| size.busiest_second = 1_001,
            |size| size.once = false,
        ];
        for change in changes {
            let mut sizes = calm();
            change(&mut sizes[1]);
            assert_eq!(breaches(&sizes, &plan).len(), 1);
        }
    }

    #[test]
    fn what_was_asked_about_twice_or_never_is_not_once() {
        let round = |looked_at: u32, asked, payments| Swept {
            runs: vec![crate::sweeper::Run {
                due: looked_at,
                looked_at,
                failed: 0,
                settled: 0,
                stopped_early: false,
                seconds: 1.0,
            }],
            asked,
            payments,
            ..Swept::default()
        };
        assert!(super::size(5, &[round(5, 5, 5)]).once);
        for wrong in [round(6, 5, 5), round(5, 6, 5), round(5, 5, 4)] {
            assert!(!super::size(5, &[round(5, 5, 5), wrong]).once);
        }
    }
}
