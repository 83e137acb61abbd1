//! The headless run: scenario, settling, audit, and what is told about it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;
use simulator::Books;

use crate::args::{Args, Faults};
use crate::audit::{Audit, Finding, Kind, Material, Needles, Spread, audit};
use crate::killer::Killer;
use crate::python::cloud;
use crate::records::{Account, Table};
use crate::scenario::{self, CVVS, Capture, Plan, Visit};
use crate::settle::settled;
use crate::stack::Stack;
use crate::steps::{StepTime, Steps, round};
use crate::{DIFFERENCES, RIGHT};

/// Differences printed one by one; the JSON has all.
const SHOWN: usize = 40;

/// The figures of a run.
#[derive(Serialize)]
struct Figures {
    command: String,
    seed: u64,
    faults: Faults,
    payments: u64,
    wrong_state: u64,
    captured_twice: u64,
    not_captured: u64,
    captured_wrong_amount: u64,
    events_missing: u64,
    events_wrong: u64,
    forged_accepted: u64,
    acks_before_commit: u64,
    card_data_found: u64,
    bytes_scanned: u64,
    wrong_answers: u64,
    refused_calls: u64,
    /// Payments with something left to do when the wait was over.
    stuck: u64,
    /// From the buyer's last action to the final state.
    settle_seconds: Spread,
    /// From the end of the time to pay to the final state, for payments that were never finished.
    expire_seconds: Spread,
    final_states: BTreeMap<&'static str, u64>,
    journeys: BTreeMap<String, u64>,
    automatic: u64,
    manual: u64,
    orders_not_taken: u64,
    shop_errors: u64,
    order_events_received: u64,
    order_events_distinct: u64,
    notifications_sent: u64,
    notifications_acknowledged: u64,
    forged_sent: u64,
    functions_killed: u64,
    provider_faults: BTreeMap<String, u64>,
    api_answers: BTreeMap<String, u64>,
    log_lines: BTreeMap<String, u64>,
    steps: Vec<StepTime>,
    total_seconds: f64,
    differences: Vec<Finding>,
}

/// What was found in all that was written.
struct Scan {
    found: u64,
    bytes: u64,
    log_lines: BTreeMap<String, u64>,
}

/// What a run leaves behind.
struct Run {
    plans: Vec<Plan>,
    visits: Vec<Visit>,
    stuck: u64,
    killed: u64,
    table: Table,
    books: Books,
    order_events: Vec<String>,
    scan: Scan,
}

/// Runs the scenario and audits it; the exit code.
pub(crate) async fn headless(
    args: &Args,
    stack: &Stack<'_>,
    mut steps: Steps,
) -> anyhow::Result<u8> {
    let started = Instant::now();
    let run = rehearse(args, stack, &mut steps).await?;
    let material = Material {
        plans: &run.plans,
        visits: &run.visits,
        table: &run.table,
        books: &run.books,
        order_events: &run.order_events,
    };
    let outcome = steps
        .run(
            "Compare table, order events and the provider's books",
            async |_| Ok(audit(&material)),
        )
        .await?;
    let answers = stack.front.answers();
    let steps = steps.into_times();
    let set_up: f64 = steps.iter().map(|step| step.seconds).sum();
    let total_seconds = round(set_up.max(started.elapsed().as_secs_f64()));
    let figures = figures(args, &run, outcome, answers, steps, total_seconds);
    println!("{}", table(&figures));
    if let Some(path) = &args.json {
        write_json(path, &figures)?;
    }
    let right = figures.losses().iter().all(|(_, count)| *count == 0);
    Ok(if right { RIGHT } else { DIFFERENCES })
}

async fn rehearse(args: &Args, stack: &Stack<'_>, steps: &mut Steps) -> anyhow::Result<Run> {
    let plans = scenario::plans(args.seed, args.payments);
    let killer =
        (args.faults == Faults::Heavy).then(|| Killer::start(args.seed, stack.emulator.id()));
    let challenges = stack.provider.challenges();
    let visits = steps
        .run("Buyers", async |progress| {
            scenario::run(
                &plans,
                stack.front.url(),
                stack.secrets.api_key(),
                &challenges,
                &progress,
            )
            .await
        })
        .await?;
    let account = Account::new(&stack.emulator.endpoint(), &stack.outputs);
    let limit = Duration::from_secs(args.settle_limit);
    let stuck = steps
        .run("Wait until every payment is settled", async |progress| {
            settled(&account, u64::from(args.payments), limit, &progress).await
        })
        .await?;
    let killed = killer.as_ref().map_or(0, Killer::killed);
    drop(killer);
    let (table, books, order_events) = steps
        .run("Read the table, the queues and the books", async |_| {
            Ok((
                account.table().await?,
                stack.provider.books().await?,
                account.drain_order_events().await?,
            ))
        })
        .await?;
    let captures = account.drain_captures().await?;
    let scan = steps
        .run(
            "Scan logs, rows and messages for card data",
            async |progress| {
                let logs = stack.workspace.of_run("function-logs");
                let request = BTreeMap::from([("folder", &logs)]);
                let lines = cloud(
                    stack.workspace,
                    &stack.environment,
                    &stack.emulator.endpoint(),
                    "logs",
                    &request,
                    &progress,
                )
                .await?;
                scan(stack, &logs, &table, [&order_events, &captures], lines)
            },
        )
        .await?;
    Ok(Run {
        plans,
        visits,
        stuck,
        killed,
        table,
        books,
        order_events,
        scan,
    })
}

/// Goes through every log (the emulator's and the simulator's own included), every item and every queue body.
fn scan(
    stack: &Stack<'_>,
    function_logs: &Path,
    table: &Table,
    queues: [&Vec<String>; 2],
    log_lines: BTreeMap<String, u64>,
) -> anyhow::Result<Scan> {
    let needles = Needles::new(scenario::cards(), &CVVS, &stack.secrets.texts());
    let mut scan = Scan {
        found: 0,
        bytes: 0,
        log_lines,
    };
    let mut look = |bytes: &[u8]| {
        scan.found += needles.count_in(bytes);
        scan.bytes += bytes.len() as u64;
    };
    for folder in [stack.workspace.run().as_path(), function_logs] {
        let entries = std::fs::read_dir(folder)
            .with_context(|| format!("cannot list {}", folder.display()))?;
        for path in entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        {
            look(&std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
        }
    }
    table.raw.iter().for_each(|item| look(item));
    queues
        .into_iter()
        .flatten()
        .for_each(|body| look(body.as_bytes()));
    Ok(scan)
}

fn figures(
    args: &Args,
    run: &Run,
    outcome: Audit,
    answers: crate::front::Answers,
    steps: Vec<StepTime>,
    total_seconds: f64,
) -> Figures {
    let mut journeys = BTreeMap::new();
    for plan in &run.plans {
        let name = serde_json::to_value(plan.journey)
            .ok()
            .and_then(|word| word.as_str().map(str::to_owned))
            .unwrap_or_default();
        *journeys.entry(name).or_default() += 1;
    }
    let automatic = run
        .plans
        .iter()
        .filter(|plan| plan.capture == Capture::Automatic)
        .count() as u64;
    let totals = &run.books.totals;
    Figures {
        command: std::iter::once("cargo rehearse".to_owned())
            .chain(std::env::args().skip(1))
            .collect::<Vec<_>>()
            .join(" "),
        seed: args.seed,
        faults: args.faults,
        payments: run.plans.len() as u64,
        wrong_state: outcome.count(Kind::WrongState),
        captured_twice: outcome.count(Kind::CapturedTwice),
        not_captured: outcome.count(Kind::NotCaptured),
        captured_wrong_amount: outcome.count(Kind::CapturedWrongAmount),
        events_missing: outcome.count(Kind::EventsMissing),
        events_wrong: outcome.count(Kind::EventsWrong),
        forged_accepted: outcome.count(Kind::ForgedAccepted),
        acks_before_commit: outcome.count(Kind::AcksBeforeCommit),
        card_data_found: run.scan.found,
        bytes_scanned: run.scan.bytes,
        wrong_answers: outcome.count(Kind::WrongAnswers),
        refused_calls: outcome.count(Kind::RefusedCalls),
        stuck: run.stuck,
        settle_seconds: outcome.settle,
        expire_seconds: outcome.expire,
        final_states: outcome.final_states,
        journeys,
        automatic,
        manual: run.plans.len() as u64 - automatic,
        orders_not_taken: run.visits.iter().filter(|visit| !visit.created).count() as u64,
        shop_errors: run
            .visits
            .iter()
            .map(|visit| u64::from(visit.shop_errors))
            .sum(),
        order_events_received: outcome.events_received,
        order_events_distinct: outcome.events_distinct,
        notifications_sent: totals.notifications_sent,
        notifications_acknowledged: totals.notifications_acknowledged,
        forged_sent: totals.forged_sent,
        functions_killed: run.killed,
        provider_faults: run.books.faults.clone(),
        api_answers: answers.0,
        log_lines: run.scan.log_lines.clone(),
        steps,
        total_seconds,
        differences: outcome.findings,
    }
}

impl Figures {
    /// What must be zero.
    fn losses(&self) -> [(&'static str, u64); 12] {
        [
            ("wrong state", self.wrong_state),
            ("captured twice", self.captured_twice),
            ("not captured", self.not_captured),
            ("captured wrong amount", self.captured_wrong_amount),
            ("order events missing", self.events_missing),
            ("order events wrong", self.events_wrong),
            ("forged notifications accepted", self.forged_accepted),
            ("acknowledged before commit", self.acks_before_commit),
            ("card data or secrets found", self.card_data_found),
            ("wrong answers of the API", self.wrong_answers),
            ("calls refused by the provider", self.refused_calls),
            ("not settled in time", self.stuck),
        ]
    }
}

/// The figures for people.
fn table(figures: &Figures) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a String cannot fail.
        writeln!(text, "  {name:<32} {value}").ok();
    };
    line(
        "payments",
        format!(
            "{} ({} automatic, {} manual)",
            figures.payments, figures.automatic, figures.manual
        ),
    );
    for (state, count) in &figures.final_states {
        line(&format!("  {state}"), count.to_string());
    }
    for (name, spread) in [
        ("settled after (s)", &figures.settle_seconds),
        ("expired after (s)", &figures.expire_seconds),
    ] {
        line(
            name,
            format!(
                "p50 {:.1}  p99 {:.1}  max {:.1}  ({} payments)",
                spread.p50, spread.p99, spread.max, spread.count
            ),
        );
    }
    line(
        "notifications",
        format!(
            "{} sent, {} acknowledged, {} forged",
            figures.notifications_sent, figures.notifications_acknowledged, figures.forged_sent
        ),
    );
    line(
        "order events",
        format!(
            "{} received, {} distinct",
            figures.order_events_received, figures.order_events_distinct
        ),
    );
    line("functions killed", figures.functions_killed.to_string());
    line(
        "provider's faults",
        figures.provider_faults.values().sum::<u64>().to_string(),
    );
    line("bytes scanned", figures.bytes_scanned.to_string());
    line("", String::new());
    for (name, count) in figures.losses() {
        line(
            name,
            if count == 0 {
                "0".to_owned()
            } else {
                format!("{count}  <-- must be 0")
            },
        );
    }
    for finding in figures.differences.iter().take(SHOWN) {
        line(
            &format!("  {}", finding.payment),
            format!("{:?}: {}", finding.kind, finding.words),
        );
    }
    if figures.differences.len() > SHOWN {
        line(
            "",
            format!(
                "and {} more: --json FILE has all",
                figures.differences.len() - SHOWN
            ),
        );
    }
    line("seconds in all", format!("{:.0}", figures.total_seconds));
    format!("\n{text}")
}

fn write_json(path: &Path, figures: &Figures) -> anyhow::Result<()> {
    let value: Value =
        serde_json::to_value(figures).context("the figures cannot be written as JSON")?;
    std::fs::write(path, format!("{value:#}\n"))
        .with_context(|| format!("cannot write {}", path.display()))
}
