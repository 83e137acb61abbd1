//! The same unresolved payments among ever more settled ones: nothing may grow.

use crate::emulator::Contents;
use crate::process::{Table, sweep};
use crate::statistics::{Range, grouped};
use crate::sweeper::{Order, Swept};
use anyhow::Result;
use indicatif::ProgressBar;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Payments in the tables, unresolved ones included.
    pub sizes: Vec<u64>,
    /// Payments that are due in each.
    pub unresolved: u64,
    /// How often each table is swept, in turns.
    pub rounds: u32,
    /// How much more of the sweep's processor time a larger table may take: 0.1 is a tenth.
    pub tolerance: f64,
    /// The same of wall time; `None` where other things run beside it.
    pub wall_tolerance: Option<f64>,
}

/// Of ten unresolved payments POP is still at six, two are paid, one failed, one was never paid.
const KINDS: [usize; 10] = [0, 0, 0, 0, 0, 0, 1, 1, 2, 3];

/// Two days later: all that was unresolved is due.
pub(crate) const LATER: i64 = 2 * 86_400;

/// One table.
#[derive(Debug, Clone, Serialize)]
pub struct Size {
    /// Payments in it.
    pub payments: u64,
    /// Items in it, and their bytes.
    pub items: u64,
    /// As they are billed.
    pub bytes: u64,
    /// What DynamoDB was used: requests and capacity units by operation.
    pub usage: BTreeMap<String, (u64, f64)>,
    /// Questions to POP.
    pub asked: u64,
    /// Messages sent.
    pub sent: u64,
    /// Whether each round used exactly the same, and worked on all that was due without a failure.
    pub steady: bool,
    /// Wall time.
    pub seconds: Range,
    /// Processor time of the sweep.
    pub cpu_seconds: Range,
    /// Wall time as a multiple of the smallest table's in the same round.
    pub time_ratio: Range,
    /// The same of processor time.
    pub cpu_ratio: Range,
}

/// Loads the tables and sweeps them in turns.
///
/// # Errors
/// A process fails.
pub fn measure(plan: &Plan, progress: &ProgressBar) -> Result<Vec<Size>> {
    let mut tables = Vec::new();
    for payments in &plan.sizes {
        progress.set_message(format!("loading {} payments", grouped(*payments)));
        tables.push(Table::start(&Contents {
            settled: payments.saturating_sub(plan.unresolved),
            due: plan.unresolved,
            kinds: KINDS.to_vec(),
        })?);
        progress.inc(1);
    }
    let mut swept: Vec<Vec<Swept>> = vec![Vec::new(); tables.len()];
    for round in 0..plan.rounds {
        for turn in 0..tables.len() {
            // Forwards and backwards, so that none is always the first.
            let place = match round % 2 {
                0 => turn,
                _ => tables.len() - 1 - turn,
            };
            let payments = grouped(plan.sizes[place]);
            progress.set_message(format!("sweeping {payments} payments"));
            if round > 0 {
                tables[place].reset()?;
            }
            swept[place].push(sweep(&order(&tables[place], plan))?);
            progress.inc(1);
        }
    }
    let sizes = plan.sizes.iter().zip(&tables).zip(&swept);
    Ok(sizes
        .map(|((payments, table), rounds)| size(*payments, table, rounds, &swept[0], plan))
        .collect())
}

fn order(table: &Table, plan: &Plan) -> Order {
    Order {
        address: table.ready.address,
        after_seconds: LATER,
        goes: false,
        limit_seconds: 3_600,
        concurrency: 8,
        per_second: 1_000_000, // no pace: it would hide what a table takes
        latency_ms: 0,
        runs: 1,
        enough: u64::MAX,
        room: usize::try_from(plan.unresolved * 2).unwrap_or(0),
    }
}

fn size(payments: u64, table: &Table, rounds: &[Swept], smallest: &[Swept], plan: &Plan) -> Size {
    let of = |figure: fn(&Swept) -> f64| Range::of(&rounds.iter().map(figure).collect::<Vec<_>>());
    let ratio = |figure: fn(&Swept) -> f64| {
        let pairs = rounds.iter().zip(smallest);
        Range::of(
            &pairs
                .map(|(one, least)| figure(one) / figure(least))
                .collect::<Vec<_>>(),
        )
    };
    let first = &rounds[0];
    let steady = rounds.iter().all(|round| {
        let same =
            round.usage == first.usage && round.asked == first.asked && round.sent == first.sent;
        same && round.failed() == 0 && round.looked_at() == plan.unresolved
    });
    Size {
        payments,
        items: table.ready.items,
        bytes: table.ready.bytes,
        usage: first.usage.clone(),
        asked: first.asked,
        sent: first.sent,
        steady,
        seconds: of(|round| round.seconds),
        cpu_seconds: of(|round| round.cpu_seconds),
        time_ratio: ratio(|round| round.seconds),
        cpu_ratio: ratio(|round| round.cpu_seconds),
    }
}

/// Which bounds are broken, in words.
#[must_use]
pub fn breaches(sizes: &[Size], plan: &Plan) -> Vec<String> {
    let mut found = Vec::new();
    let Some(smallest) = sizes.first() else {
        return vec!["nothing was measured".into()];
    };
    for size in sizes {
        let payments = grouped(size.payments);
        if !size.steady {
            found.push(format!(
                "{payments} payments: the rounds differ, or not all was worked on"
            ));
        }
        let same = (&size.usage, size.asked, size.sent)
            == (&smallest.usage, smallest.asked, smallest.sent);
        if !same {
            found.push(format!(
                "{payments} payments: other calls or capacity than with the fewest"
            ));
        }
        let bounds = [
            (
                "processor time",
                size.cpu_ratio.median,
                Some(plan.tolerance),
            ),
            ("time", size.time_ratio.median, plan.wall_tolerance),
        ];
        for (what, ratio, tolerance) in bounds {
            if tolerance.is_some_and(|tolerance| ratio > 1.0 + tolerance) {
                found.push(format!(
                    "{payments} payments: {ratio:.2} times the {what} of the fewest"
                ));
            }
        }
    }
    found
}

/// The section of the document.
#[must_use]
pub fn markdown(sizes: &[Size], plan: &Plan) -> String {
    let mut text = format!(
        "`cargo bench-sweep --write-docs`\n\n{} unresolved payments in every table, all due; of ten POP is still at six, two are \
         paid, one failed, and one was never paid. Each table was swept {} times, in turns, from the same state. Time is \
         wall time with the table in another process of the same machine; ratios are to the smallest table in the same \
         round, median (least-most).\n\n\
         | payments in the table | size | requests | capacity units | POP asked | messages sent | seconds | time ratio | processor ratio |\n\
         |---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        grouped(plan.unresolved),
        plan.rounds
    );
    for size in sizes {
        let requests: u64 = size.usage.values().map(|(requests, _)| requests).sum();
        let units: f64 = size.usage.values().map(|(_, units)| units).sum();
        let _infallible = writeln!(
            text,
            "| {} | {:.0} MB | {} | {units:.1} | {} | {} | {} | {} | {} |",
            grouped(size.payments),
            size.bytes as f64 / 1e6,
            grouped(requests),
            grouped(size.asked),
            grouped(size.sent),
            size.seconds.show(2),
            size.time_ratio.show(2),
            size.cpu_ratio.show(2),
        );
    }
    if let Some(size) = sizes.first() {
        text.push_str("\nBy operation, the same in each table and each round:\n\n| operation | requests | capacity units |\n|---|---:|---:|\n");
        for (name, (requests, units)) in &size.usage {
            let _infallible = writeln!(text, "| {name} | {} | {units:.1} |", grouped(*requests));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(payments: u64, units: f64, ratio: f64) -> Size {
        let (range, one) = (Range::of(&[ratio]), Range::of(&[1.0]));
        Size {
            payments,
            items: payments,
            bytes: payments * 2_000,
            usage: BTreeMap::from([("Query".to_owned(), (5, units))]),
            asked: 9,
            sent: 2,
            steady: true,
            seconds: range,
            cpu_seconds: range,
            time_ratio: range,
            cpu_ratio: one,
        }
    }

    fn plan() -> Plan {
        Plan {
            sizes: vec![1_000, 10_000],
            unresolved: 200,
            rounds: 1,
            tolerance: 0.1,
            wall_tolerance: Some(0.1),
        }
    }

    #[test]
    fn what_grows_with_the_table_is_a_breach() {
        let calm = [size(1_000, 3.0, 1.0), size(10_000, 3.0, 1.09)];
        assert!(breaches(&calm, &plan()).is_empty());
        assert!(markdown(&calm, &plan()).contains("| 10 000 | 20 MB | 5 | 3.0 |"));
        let dear = [size(1_000, 3.0, 1.0), size(10_000, 3.5, 1.0)];
        assert_eq!(breaches(&dear, &plan()).len(), 1);
        let slow = [size(1_000, 3.0, 1.0), size(10_000, 3.0, 1.2)];
        assert!(breaches(&slow, &plan())[0].contains("1.20 times the time"));
        let busy = Plan {
            wall_tolerance: None,
            ..plan()
        };
        assert!(breaches(&slow, &busy).is_empty());
        let mut laborious = [size(1_000, 3.0, 1.0), size(10_000, 3.0, 1.0)];
        laborious[1].cpu_ratio = Range::of(&[1.2]);
        assert!(breaches(&laborious, &busy)[0].contains("1.20 times the processor time"));
        let mut unsteady = calm;
        unsteady[0].steady = false;
        assert_eq!(breaches(&unsteady, &plan()).len(), 1);
        assert_eq!(breaches(&[], &plan()).len(), 1);
    }
}
