//! `cargo simulate`: many seeds, everything looked at after every step.
#![allow(
    clippy::print_stdout,
    reason = "a command for people: what it prints is its purpose"
)]

use anyhow::Result;
use clap::Parser;
use simulation::report::Totals;
use simulation::side_by_side;
use simulation::simulation::{Outcome, run};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// So many failing seeds are shown.
const SHOWN: usize = 10;

/// Runs the four functions, the table, the queues, the provider and people in simulated time, with faults, and looks at
/// all laws after every step.
#[derive(Parser)]
#[command(
    name = "cargo simulate",
    after_help = "Exit codes: 0 all laws held, 1 one was broken, 2 the simulation could not be run."
)]
struct Args {
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Runs this seed alone.
    #[arg(long, conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,
    /// Prints what happened in the one seed, line by line.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// How many threads; as many as there are processors by default.
    #[arg(long)]
    threads: Option<usize>,
    /// Writes the figures to this file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the section of docs/reliability.md.
    #[arg(long)]
    write_docs: bool,
}

fn main() -> ExitCode {
    report::exit_code("cargo simulate", start(&Args::parse()))
}

fn start(args: &Args) -> Result<bool> {
    if let Some(seed) = args.seed {
        return Ok(one(seed, args.trace));
    }
    let begun = Instant::now();
    let (totals, failed) = many(args)?;
    let totals = totals.took(begun.elapsed());
    println!("{totals}");
    for outcome in failed.iter().take(SHOWN) {
        show(outcome);
    }
    if failed.len() > SHOWN {
        println!("... and {} more seeds", failed.len() - SHOWN);
    }
    if let Some(file) = &args.json {
        report::write_json(file, &totals)?;
    }
    if args.write_docs {
        report::write_section("reliability.md", "simulation", &totals.markdown())?;
    }
    Ok(failed.is_empty())
}

/// One seed, for people.
fn one(seed: u64, traced: bool) -> bool {
    let outcome = run(seed, traced);
    for line in &outcome.trace {
        println!("{line}");
    }
    show(&outcome);
    if outcome.breaches.is_empty() {
        println!(
            "seed {seed}: {} steps in {:.1} simulated days, all laws held",
            outcome.steps,
            outcome.counts.simulated_ms as f64 / 86_400_000.0
        );
    }
    outcome.breaches.is_empty()
}

fn show(outcome: &Outcome) {
    for breach in &outcome.breaches {
        println!(
            "seed {}: {} broken at {}: {} {}",
            outcome.seed,
            breach.law,
            breach.at.rfc3339(),
            breach.payment,
            breach.words
        );
    }
    if !outcome.breaches.is_empty() {
        println!("  replay: cargo simulate --seed {} --trace", outcome.seed);
    }
}

fn many(args: &Args) -> Result<(Totals, Vec<Outcome>)> {
    let mut totals = Totals::of(args.from, args.seeds);
    let mut failed = Vec::new();
    side_by_side(
        "seeds",
        args.threads,
        args.from..args.from + args.seeds,
        |seed| {
            std::panic::catch_unwind(|| run(seed, false))
                .unwrap_or_else(|_| Outcome::panicked(seed))
        },
        |outcome| {
            totals.add(&outcome);
            if !outcome.breaches.is_empty() {
                failed.push(outcome);
            }
        },
    )?;
    failed.sort_by_key(|outcome| outcome.seed);
    Ok((totals, failed))
}
