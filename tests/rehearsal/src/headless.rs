//! The headless run: scenario, settling, reading everything, audit.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use cost::rehearsed::{Rehearsed, steps_in};
use pop::keys::VerifyingKeys;
use simulator::Books;

use crate::args::{Args, Faults};
use crate::audit::{Material, audit, card_needles, token_needles, tokens_of};
use crate::chaos::{self, Played, Troubles};
use crate::contract::{self, Verdict};
use crate::killer::{Killer, Pace};
use crate::python::cloud;
use crate::records::{Account, Table};
use crate::report::Figures;
use crate::rotation;
use crate::scenario::{self, CVVS, Doors, Plan, Visit};
use crate::secrets::Secrets;
use crate::settle::settled;
use crate::stack::Stack;
use crate::steps::Steps;
use crate::watch::{Fired, Watch};

/// What was found in all that was written.
pub(crate) struct Scan {
    /// Card data and secrets.
    pub(crate) found: u64,
    /// Card tokens outside of stored cards and signed messages.
    pub(crate) tokens_found: u64,
    /// Card tokens that were looked for.
    pub(crate) tokens: u64,
    pub(crate) bytes: u64,
    pub(crate) log_lines: BTreeMap<String, u64>,
    /// Captures and looks of the sweep, by the functions' logs.
    pub(crate) behind: BTreeMap<&'static str, u64>,
}

/// What a run leaves behind.
pub(crate) struct Run {
    pub(crate) plans: Vec<Plan>,
    pub(crate) visits: Vec<Visit>,
    pub(crate) stuck: u64,
    pub(crate) killed: u64,
    pub(crate) table: Table,
    pub(crate) books: Books,
    pub(crate) order_events: Vec<String>,
    pub(crate) scan: Scan,
    pub(crate) contract: Verdict,
    pub(crate) alarms: Vec<Fired>,
    pub(crate) chaos: Option<chaos::Report>,
    pub(crate) rotation: Option<rotation::Report>,
}

/// Runs the scenario and audits it.
pub(crate) async fn run(
    args: &Args,
    stack: &Stack<'_>,
    mut steps: Steps,
) -> anyhow::Result<Figures> {
    let plans = scenario::plans(args.seed, args.payments);
    let watch = Watch::start(stack);
    let mut run = match (&stack.troubles, &stack.next) {
        (Some(troubles), _) => chaos(args, stack, troubles, plans, &mut steps).await?,
        (None, Some(next)) => rotate(args, stack, next, plans, &mut steps).await?,
        (None, None) => rehearse(args, stack, plans, &mut steps).await?,
    };
    let (alarms, dashboard) = steps
        .run("Work out alarms and dashboard", async |progress| {
            let points = watch.points(stack, &progress).await?;
            let fired = watch.fired(&points, stack.troubles.is_some())?;
            Ok((fired, watch.draw(stack, &points)?))
        })
        .await?;
    run.alarms = alarms;
    let keys = VerifyingKeys::parse(&rotation::pop_keys(&stack.all_secrets()))?;
    let material = Material {
        plans: &run.plans,
        visits: &run.visits,
        table: &run.table,
        books: &run.books,
        order_events: &run.order_events,
        keys: &keys,
        signed_anew: run
            .rotation
            .as_ref()
            .map_or(0, |report| report.calls_signed_anew),
    };
    let outcome = steps
        .run(
            "Compare table, order events and the provider's books",
            async |_| Ok(audit(&material)),
        )
        .await?;
    let figures = Figures::of(args, &run, outcome, stack.front.answers(), &steps);
    println!("{}", figures.table());
    println!("  {:<28} {}\n", "dashboard", dashboard.display());
    let cost = steps
        .run("Work out what that costs on AWS", async |_| {
            cost::rehearsed::estimate(&counted(stack, &run))
        })
        .await?;
    for (name, value) in cost.lines() {
        println!("  {name:<28} {value}");
    }
    Ok(figures)
}

/// What costs something.
fn counted(stack: &Stack<'_>, run: &Run) -> Rehearsed {
    let bytes = run.table.raw.iter().map(|item| item.bytes.len() as u64);
    Rehearsed {
        payments: run.table.payments.len() as u64,
        requests: stack.front.steps(),
        behind: run.scan.behind.clone(),
        stored_bytes: bytes.sum(),
    }
}

/// The phases of chaos, and everything read afterwards.
async fn chaos(
    args: &Args,
    stack: &Stack<'_>,
    troubles: &Troubles,
    plans: Vec<Plan>,
    steps: &mut Steps,
) -> anyhow::Result<Run> {
    let Played {
        visits,
        stuck,
        killed,
        report,
    } = chaos::play(args, stack, troubles, &plans, steps).await?;
    let account = Account::new(&stack.emulator.endpoint(), &stack.outputs);
    let run = read(stack, &account, plans, visits, steps).await?;
    Ok(Run {
        stuck,
        killed,
        chaos: Some(report),
        ..run
    })
}

/// Every key is replaced, and everything read afterwards.
async fn rotate(
    args: &Args,
    stack: &Stack<'_>,
    next: &Secrets,
    plans: Vec<Plan>,
    steps: &mut Steps,
) -> anyhow::Result<Run> {
    let rotation::Played {
        visits,
        stuck,
        mut report,
    } = rotation::play(args, stack, next, &plans, steps).await?;
    let account = Account::new(&stack.emulator.endpoint(), &stack.outputs);
    let mut run = read(stack, &account, plans, visits, steps).await?;
    report.read_logs(&stack.workspace.of_run("function-logs"))?;
    run.stuck = stuck;
    run.rotation = Some(report);
    Ok(run)
}

async fn rehearse(
    args: &Args,
    stack: &Stack<'_>,
    plans: Vec<Plan>,
    steps: &mut Steps,
) -> anyhow::Result<Run> {
    let killer = (args.faults() == Faults::Heavy)
        .then(|| Killer::start(args.seed, stack.emulator.id(), Pace::HEAVY));
    let challenges = stack.provider.challenges();
    let doors = Doors::shut();
    doors.admit(plans.len());
    let visits = steps
        .run("Buyers and the merchant", async |progress| {
            scenario::run(
                &plans,
                stack.front.url(),
                stack.secrets.api_key(),
                &challenges,
                &doors,
                &progress,
            )
            .await
        })
        .await?;
    if let Some(killer) = &killer {
        killer.calm_down();
    }
    let account = Account::new(&stack.emulator.endpoint(), &stack.outputs);
    let limit = Duration::from_secs(args.settle_limit);
    let stuck = steps
        .run("Wait until every payment is settled", async |progress| {
            settled(&account, u64::from(args.payments), limit, &progress).await
        })
        .await?;
    let killed = killer.as_ref().map_or(0, Killer::killed);
    drop(killer);
    let run = read(stack, &account, plans, visits, steps).await?;
    Ok(Run {
        stuck,
        killed,
        ..run
    })
}

/// Reads everything that the run left behind.
async fn read(
    stack: &Stack<'_>,
    account: &Account,
    plans: Vec<Plan>,
    visits: Vec<Visit>,
    steps: &mut Steps,
) -> anyhow::Result<Run> {
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
            "Scan logs, rows and messages for card data and tokens",
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
    let contract = steps
        .run(
            "Hold the deployed table to the store's contract",
            async |progress| {
                let name = &stack.outputs.table_name;
                contract::hold(account.aws(), name, &progress).await
            },
        )
        .await?;
    Ok(Run {
        contract,
        alarms: Vec::new(),
        plans,
        visits,
        stuck: 0,
        killed: 0,
        table,
        books,
        order_events,
        scan,
        chaos: None,
        rotation: None,
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
    let needles = card_needles(scenario::cards(), &CVVS, &stack.all_secrets());
    let tokens = tokens_of(table);
    let token_needles = token_needles(&tokens);
    let mut scan = Scan {
        found: 0,
        tokens_found: stack.front.tokens_answered(),
        tokens: tokens.len() as u64,
        bytes: 0,
        log_lines,
        behind: steps_in(function_logs)?,
    };
    let mut look = |bytes: &[u8], may_hold_tokens: bool| {
        scan.found += needles.count_in(bytes);
        if !may_hold_tokens {
            scan.tokens_found += token_needles.count_in(bytes);
        }
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
            let log =
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            look(&log, false);
        }
    }
    for item in &table.raw {
        look(&item.bytes, item.may_hold_tokens);
    }
    queues
        .into_iter()
        .flatten()
        .for_each(|body| look(body.as_bytes(), false));
    Ok(scan)
}
