//! `cargo simulate`: many seeds, everything looked at after every step.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a command for people: what it prints is its purpose, and what does not fit must stop it"
)]

use anyhow::{Context, Result};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use simulation::report::Totals;
use simulation::simulation::{Outcome, run};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
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
    match start(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("cargo simulate could not run: {error:#}");
            ExitCode::from(2)
        }
    }
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
        let text = serde_json::to_string_pretty(&totals)?;
        std::fs::write(file, text)
            .with_context(|| format!("{} cannot be written", file.display()))?;
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
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(processors).max(1);
    let progress = ProgressBar::new(args.seeds).with_style(ProgressStyle::with_template(
        "{bar:30} {pos}/{len} seeds, {per_sec}, {eta} left",
    )?);
    let next = AtomicU64::new(args.from);
    let end = args.from + args.seeds;
    let results = Mutex::new((Totals::of(args.from, args.seeds), Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let outcome = std::panic::catch_unwind(|| run(seed, false))
                        .unwrap_or_else(|_| Outcome::panicked(seed));
                    let mut results = results.lock().expect("no thread panics");
                    results.0.add(&outcome);
                    if !outcome.breaches.is_empty() {
                        results.1.push(outcome);
                    }
                    progress.inc(1);
                }
            });
        }
    });
    progress.finish_and_clear();
    let (totals, mut failed) = results.into_inner().expect("no thread panics");
    failed.sort_by_key(|outcome| outcome.seed);
    Ok((totals, failed))
}
