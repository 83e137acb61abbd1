//! `cargo tournament`: our functions and models of other policies under the same seeds and faults.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a command for people: what it prints is its purpose, and what does not fit must stop it"
)]

use anyhow::{Context, Result};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use simulation::tournament::{ENTRANTS, Score, Table, run};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Runs the four functions and models of other policies through the same orders and faults, and holds what came of it
/// against the provider's books.
#[derive(Parser)]
#[command(
    name = "cargo tournament",
    after_help = "Exit codes: 0 ours lost and doubled nothing, 1 it did, 2 the tournament could not be run."
)]
struct Args {
    /// How many seeds.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Runs this entrant alone and prints its score seed by seed, where it did harm.
    #[arg(long, value_name = "NAME", value_parser = ENTRANTS.map(|entrant| entrant.name), conflicts_with_all = ["json", "write_docs"])]
    only: Option<String>,
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
            eprintln!("cargo tournament could not run: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn start(args: &Args) -> Result<bool> {
    if let Some(name) = &args.only {
        return Ok(one(args, name));
    }
    let table = Table::of(args.from, args.seeds, all(args)?);
    println!("{table}");
    if let Some(file) = &args.json {
        let text = serde_json::to_string_pretty(&table)?;
        std::fs::write(file, text)
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    if args.write_docs {
        report::write_section("reliability.md", "tournament", &table.markdown())?;
    }
    if !table.ours_is_clean() {
        println!("ours did harm: cargo tournament --only ours names the seeds");
    }
    Ok(table.ours_is_clean())
}

/// One entrant, for people: every seed in which it did harm.
fn one(args: &Args, name: &str) -> bool {
    let mut clean = true;
    for entrant in ENTRANTS.iter().filter(|entrant| entrant.name == name) {
        for seed in args.from..args.from + args.seeds {
            let mut score = run(entrant, seed);
            if !score.is_clean() {
                clean = false;
                score.waits_ms.clear();
                println!("seed {seed}: {score:?}");
            }
        }
    }
    clean
}

fn all(args: &Args) -> Result<Vec<Score>> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(processors).max(1);
    let progress = ProgressBar::new(args.seeds).with_style(ProgressStyle::with_template(
        "{bar:30} {pos}/{len} seeds, {per_sec}, {eta} left",
    )?);
    let next = AtomicU64::new(args.from);
    let end = args.from + args.seeds;
    let sums = Mutex::new(vec![Score::default(); ENTRANTS.len()]);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let scores: Vec<Score> =
                        ENTRANTS.iter().map(|entrant| run(entrant, seed)).collect();
                    let mut sums = sums.lock().expect("no thread panics");
                    for (sum, score) in sums.iter_mut().zip(&scores) {
                        sum.add(score);
                    }
                    progress.inc(1);
                }
            });
        }
    });
    progress.finish_and_clear();
    Ok(sums.into_inner().expect("no thread panics"))
}
