//! `cargo mutation`: small deliberate mistakes in the rules of payments and in the provider client, one at a time, and
//! whether the tests of the crate notice each of them.
//!
//! The mistakes are made by cargo-mutants. This command runs it the same way each time, holds what survived against the
//! list of survivors that are understood, and writes the figures down.
#![allow(
    clippy::print_stdout,
    reason = "a command for people: what it prints is its purpose"
)]

mod ledger;
mod mutant;
mod report;
mod run;
mod survivors;
mod tally;

use anyhow::{Context, Result};
use clap::Parser;
use ledger::Ledger;
use std::path::PathBuf;
use std::process::ExitCode;
use tally::Tally;

/// Makes small mistakes in shared/domain and shared/pop and shows which of them no test notices.
#[derive(Parser)]
#[command(
    name = "cargo mutation",
    after_help = "It takes hours: each mistake is built and tested by itself. Stop it when you like; --resume goes on.\n\
                  Exit codes: 0 every mistake is noticed or explained, 1 one is not, 2 it could not be run."
)]
struct Args {
    /// Only the mistakes in files that match, such as `shared/domain/src/money.rs` (again for more).
    #[arg(long, value_name = "GLOB")]
    file: Vec<String>,
    /// Go on with the run that was stopped; and try those again that were not noticed.
    #[arg(long)]
    resume: bool,
    /// Run nothing: only report what earlier runs left in target/mutants.
    #[arg(long, conflicts_with_all = ["file", "resume"])]
    report: bool,
    /// Take in what a run of cargo-mutants elsewhere left in this folder `mutants.out` (again for more; the last counts).
    #[arg(long, value_name = "FOLDER")]
    from: Vec<PathBuf>,
    /// Write the section "mutants" of docs/reliability.md.
    #[arg(long)]
    write_docs: bool,
    /// Write the figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    match command(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("cargo mutation could not run: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn command(args: &Args) -> Result<bool> {
    let path = run::folder().join("ledger.json");
    let anew = !(args.report || args.resume) && args.file.is_empty();
    if anew && path.exists() {
        std::fs::remove_dir_all(run::folder()).context("removing what earlier runs left")?;
    }
    let mut ledger = Ledger::open(path)?;
    run::collect(&mut ledger)?;
    for folder in &args.from {
        ledger.take(folder)?;
    }
    ledger.write()?;
    if !args.report {
        run::run(&args.file, args.resume, &mut ledger)?;
    }
    let all = run::list()?;
    let known = survivors::read(&run::root().join("tests/mutants/survivors.toml"))?;
    let tally = Tally::new(&all, ledger.outcomes(), &known);
    print!("{}", report::for_people(&tally));
    if let Some(file) = &args.json {
        let json = serde_json::to_vec_pretty(&report::figures(&tally))?;
        std::fs::write(file, json).with_context(|| format!("writing {}", file.display()))?;
    }
    if args.write_docs {
        reliability::write_section("mutants", &report::section(&tally))?;
        println!("docs/reliability.md: section \"mutants\" written");
    }
    Ok(tally.holds())
}
