//! `cargo mutation`: small deliberate mistakes in the rules of payments and in the provider client, one at a time, and
//! whether the tests of the crate notice each of them.
//!
//! cargo-mutants says which mistakes can be made. Building the tests anew for each would take hours: here all of them
//! are built into one program, each behind a switch, and the tests run once for each.
#![allow(
    clippy::print_stdout,
    reason = "a command for people: what it prints is its purpose"
)]

mod braces;
mod copy;
mod mutant;
mod program;
mod report;
mod run;
mod survivors;
mod tally;
mod trial;

use anyhow::Result;
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;
use tally::Tally;

/// Makes small mistakes in shared/domain and shared/pop and shows which of them no test notices.
#[derive(Parser)]
#[command(
    name = "cargo mutation",
    after_help = "Exit codes: 0 every mistake is noticed or explained, 1 one is not, 2 it could not be run."
)]
struct Args {
    /// Only the mistakes in files that match, such as `shared/domain/src/money.rs` (again for more).
    #[arg(long, value_name = "GLOB")]
    file: Vec<String>,
    /// Write the section "mutants" of docs/reliability.md.
    #[arg(long, conflicts_with = "file")]
    write_docs: bool,
    /// Write the figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    ::report::exit_code("cargo mutation", command(&Args::parse()))
}

fn command(args: &Args) -> Result<bool> {
    let survivors = survivors::read(&run::root().join("tests/mutants/survivors.toml"))?;
    let run = run::run(&args.file)?;
    let tried = |file: &str| args.file.is_empty() || run.all.iter().any(|m| m.file == file);
    let survivors: Vec<_> = survivors.into_iter().filter(|s| tried(&s.file)).collect();
    let tally = Tally::new(&run.all, &run.outcomes, &survivors);
    print!("{}", report::for_people(&tally));
    if let Some(file) = &args.json {
        ::report::write_json(file, &report::figures(&tally))?;
    }
    if args.write_docs {
        ::report::write_section("reliability.md", "mutants", &report::section(&tally))?;
        println!("docs/reliability.md: section \"mutants\" written");
    }
    Ok(tally.holds())
}
