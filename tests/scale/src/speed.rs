//! How fast a sweep may and can be: the rate to POP against its setting, what concurrency gives, and the way on after a
//! deadline.

use crate::emulator::Contents;
use crate::process::{Table, sweep};
use crate::same::LATER;
use crate::sweeper::{Order, Swept};
use anyhow::Result;
use indicatif::ProgressBar;
use serde::Serialize;
use std::fmt::Write as _;

/// What is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Settings of the rate, in questions a second.
    pub rates: Vec<u32>,
    /// Settings of the concurrency.
    pub concurrencies: Vec<usize>,
    /// How long POP takes to answer while concurrency is measured.
    pub latency_ms: u64,
    /// How many seconds each is measured.
    pub seconds: i64,
    /// Payments for the way on after a deadline.
    pub resumed: u64,
    /// Whether other things run beside it. Then the rate may be missed, and three calls more than allowed may fall into a
    /// second: the sweep may be stopped between its turn and its call for longer than it allows for.
    pub busy: bool,
}

/// A run begins no row with less time left.
const RESERVE: i64 = 15;

/// The shortest back-off: 20 seconds, less 15 %.
const BACK_OFF: f64 = 17.0;

/// Two hours pass between the runs on one table, so that all is due again.
const BETWEEN: i64 = 7_200;

/// Of a rate that the processor can keep up with this much has to come.
const REACHED: f64 = 0.85;

/// A rate above this may be more than one processor does; it is only bounded, not expected.
const EXPECTED_UP_TO: u32 = 100;

/// One setting, and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Speed {
    /// Questions allowed in a second.
    pub per_second: u32,
    /// Rows under way at once.
    pub concurrency: usize,
    /// How long POP took.
    pub latency_ms: u64,
    /// Questions in a second, on the whole.
    pub reached: f64,
    /// Questions in the busiest second.
    pub busiest_second: u64,
    /// How much of one processor it took.
    pub processor: f64,
}

/// The way on after deadlines.
#[derive(Debug, Clone, Serialize)]
pub struct Resumed {
    /// Payments due.
    pub due: u64,
    /// Payments asked about.
    pub asked_about: u64,
    /// Questions.
    pub asked: u64,
    /// Invocations.
    pub invocations: usize,
    /// Invocations that time ended.
    pub stopped_early: usize,
    /// The shortest time between two questions about one payment, if any came up twice.
    pub shortest_gap_seconds: Option<f64>,
}

/// All of it.
#[derive(Debug, Clone, Serialize)]
pub struct Speeds {
    /// By rate.
    pub rates: Vec<Speed>,
    /// By concurrency.
    pub concurrencies: Vec<Speed>,
    /// After deadlines.
    pub resumed: Resumed,
}

/// Measures all of it, on one table and on a fresh one for the way on.
///
/// # Errors
/// A process fails.
pub fn measure(plan: &Plan, progress: &ProgressBar) -> Result<Speeds> {
    let fastest = plan.rates.iter().max().copied().unwrap_or(1);
    let due = u64::from(fastest) * plan.seconds.unsigned_abs() + 100;
    let table = waiting(due)?;
    let mut runs = 0;
    let mut run = |per_second, concurrency, latency_ms| -> Result<Speed> {
        progress.set_message(format!("{per_second} a second, {concurrency} at once"));
        let order = Order {
            after_seconds: LATER + runs * BETWEEN,
            limit_seconds: RESERVE + plan.seconds,
            concurrency,
            per_second,
            latency_ms,
            ..order(&table, due)
        };
        runs += 1;
        let swept = sweep(&order)?;
        progress.inc(1);
        Ok(speed(&order, &swept))
    };
    let mut rates = Vec::new();
    for rate in &plan.rates {
        rates.push(run(*rate, 64, 20)?);
    }
    let mut concurrencies = Vec::new();
    for concurrency in &plan.concurrencies {
        concurrencies.push(run(1_000, *concurrency, plan.latency_ms)?);
    }
    progress.set_message("going on after deadlines");
    let resumed = resume(plan)?;
    progress.inc(1);
    Ok(Speeds {
        rates,
        concurrencies,
        resumed,
    })
}

fn waiting(due: u64) -> Result<Table> {
    Table::start(&Contents {
        settled: 0,
        due,
        kinds: vec![0],
    })
}

fn order(table: &Table, due: u64) -> Order {
    Order {
        address: table.ready.address,
        after_seconds: LATER,
        goes: true,
        limit_seconds: 60,
        concurrency: 8,
        per_second: 1_000,
        latency_ms: 0,
        runs: 1,
        enough: u64::MAX,
        room: usize::try_from(due * 4).unwrap_or(0),
    }
}

fn speed(order: &Order, swept: &Swept) -> Speed {
    Speed {
        per_second: order.per_second,
        concurrency: order.concurrency,
        latency_ms: order.latency_ms,
        reached: swept.asked as f64 / swept.seconds,
        busiest_second: swept.busiest_second,
        processor: swept.cpu_seconds / swept.seconds,
    }
}

/// Young payments, so that some are due again before all had their turn; invocations end after a few seconds and follow
/// each other without a pause.
fn resume(plan: &Plan) -> Result<Resumed> {
    let table = waiting(plan.resumed)?;
    let order = Order {
        after_seconds: 125,
        limit_seconds: RESERVE + 4,
        per_second: 100,
        runs: 100,
        enough: plan.resumed,
        ..order(&table, plan.resumed)
    };
    let swept = sweep(&order)?;
    Ok(Resumed {
        due: plan.resumed,
        asked_about: swept.payments,
        asked: swept.asked,
        invocations: swept.runs.len(),
        stopped_early: swept.runs.iter().filter(|run| run.stopped_early).count(),
        shortest_gap_seconds: swept.shortest_gap_seconds,
    })
}

/// Which bounds are broken, in words.
#[must_use]
pub fn breaches(speeds: &Speeds, plan: &Plan) -> Vec<String> {
    let mut found = Vec::new();
    let slack = if plan.busy { 3 } else { 0 };
    for speed in speeds.rates.iter().chain(&speeds.concurrencies) {
        let rate = speed.per_second;
        if speed.busiest_second > u64::from(rate) + slack {
            found.push(format!(
                "{} questions in a second where {rate} are allowed",
                speed.busiest_second
            ));
        }
    }
    for speed in &speeds.rates {
        let expected = f64::from(speed.per_second) * REACHED;
        if !plan.busy && speed.per_second <= EXPECTED_UP_TO && speed.reached < expected {
            let rate = speed.per_second;
            found.push(format!(
                "{:.1} questions a second where {rate} are allowed",
                speed.reached
            ));
        }
    }
    let resumed = &speeds.resumed;
    if resumed
        .shortest_gap_seconds
        .is_some_and(|gap| gap < BACK_OFF)
    {
        found.push(format!(
            "a payment was asked about again after {:?} seconds",
            resumed.shortest_gap_seconds
        ));
    }
    if resumed.asked_about != resumed.due {
        found.push(format!(
            "{} of {} payments had their turn",
            resumed.asked_about, resumed.due
        ));
    }
    if resumed.stopped_early == 0 {
        found.push("no invocation ended by time: the way on was not tried".into());
    }
    found
}

/// The tables of the document.
#[must_use]
pub fn markdown(speeds: &Speeds) -> String {
    let mut text = String::from(
        "`cargo bench-sweep --write-docs`\n\nQuestions to POP. A second is any second, wherever it begins.\n\n\
         | setting | at once | POP answers after | reached | busiest second | processor |\n|---:|---:|---:|---:|---:|---:|\n",
    );
    let line = |speed: &Speed, text: &mut String| {
        let _infallible = writeln!(
            text,
            "| {} | {} | {} ms | {:.1}/s | {} | {:.0} % |",
            speed.per_second,
            speed.concurrency,
            speed.latency_ms,
            speed.reached,
            speed.busiest_second,
            speed.processor * 100.0
        );
    };
    for speed in speeds.rates.iter().chain(&speeds.concurrencies) {
        line(speed, &mut text);
    }
    let resumed = &speeds.resumed;
    let again = resumed.shortest_gap_seconds.map_or_else(
        || "no payment was asked about twice".to_owned(),
        |gap| format!("payments asked about again had waited {gap:.1} seconds at least (the back-off is {BACK_OFF} or more)"),
    );
    let _infallible = writeln!(
        text,
        "\nThe way on: {} payments, asked {} times at 100 a second by {} invocations, of which {} ended for lack of time; {} had \
         their turn; {again}.",
        resumed.due, resumed.asked, resumed.invocations, resumed.stopped_early, resumed.asked_about
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speeds() -> Speeds {
        let speed = Speed {
            per_second: 20,
            concurrency: 64,
            latency_ms: 20,
            reached: 19.9,
            busiest_second: 20,
            processor: 0.1,
        };
        Speeds {
            rates: vec![speed.clone()],
            concurrencies: vec![speed],
            resumed: Resumed {
                due: 10,
                asked_about: 10,
                asked: 12,
                invocations: 3,
                stopped_early: 2,
                shortest_gap_seconds: Some(17.5),
            },
        }
    }

    fn plan() -> Plan {
        Plan {
            rates: vec![20],
            concurrencies: vec![64],
            latency_ms: 20,
            seconds: 3,
            resumed: 10,
            busy: false,
        }
    }

    #[test]
    fn too_fast_too_slow_too_soon_and_left_out_are_breaches() {
        assert!(breaches(&speeds(), &plan()).is_empty());
        assert!(markdown(&speeds()).contains("17.5 seconds"));
        let changes: [fn(&mut Speeds); 6] = [
            |speeds| speeds.rates[0].busiest_second = 21,
            |speeds| speeds.concurrencies[0].busiest_second = 21,
            |speeds| speeds.rates[0].reached = 15.0,
            |speeds| speeds.resumed.shortest_gap_seconds = Some(16.0),
            |speeds| speeds.resumed.asked_about = 9,
            |speeds| speeds.resumed.stopped_early = 0,
        ];
        for change in changes {
            let mut speeds = speeds();
            change(&mut speeds);
            assert_eq!(breaches(&speeds, &plan()).len(), 1);
        }
    }
}
