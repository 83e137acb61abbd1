//! `cargo tournament`: our functions and models of other policies under the same seeds and faults.
#![allow(
    clippy::print_stdout,
    reason = "a command for people: what it prints is its purpose"
)]

use anyhow::Result;
use clap::Parser;
use simulation::side_by_side;
use simulation::tournament::{ENTRANTS, Score, Table, run};
use std::path::PathBuf;
use std::process::ExitCode;

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
    report::exit_code("cargo tournament", start(&Args::parse()))
}

fn start(args: &Args) -> Result<bool> {
    if let Some(name) = &args.only {
        return Ok(one(args, name));
    }
    let table = Table::of(args.from, args.seeds, all(args)?);
    println!("{table}");
    if let Some(file) = &args.json {
        report::write_json(file, &table)?;
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
    let mut sums = vec![Score::default(); ENTRANTS.len()];
    side_by_side(
        "seeds",
        args.threads,
        args.from..args.from + args.seeds,
        |seed| ENTRANTS.map(|entrant| run(&entrant, seed)),
        |scores| {
            for (sum, score) in sums.iter_mut().zip(&scores) {
                sum.add(score);
            }
        },
    )?;
    Ok(sums)
}
