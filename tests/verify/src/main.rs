//! `cargo verify`: everything that must hold before a change lands, in one command.
//!
//! Each step is an ordinary command and is printed before it runs, so that a failed one can be run again by itself.
#![allow(
    clippy::print_stdout,
    reason = "a command for people: what it prints is its purpose"
)]

mod debian;
mod figures;
mod python;
mod step;
mod steps;

use anyhow::Result;
use clap::Parser;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use step::{Outcome, Step};

/// Checks formatting, lints, tests, documentation, the template, the API, the card page, and rehearses the whole stack.
#[derive(Parser)]
#[command(
    name = "cargo verify",
    after_help = "Exit codes: 0 everything holds, 1 something does not, 2 the checks could not be run."
)]
struct Args {
    /// Run only the steps whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Leave out the steps whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    skip: Vec<String>,
    /// Also what need not run with each change: more seeds, fuzzing, the instructions of all functions, and a deployment by
    /// the SAM CLI.
    #[arg(long)]
    thorough: bool,
    /// Print the steps and end.
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    report::exit_code("cargo verify", run(&Args::parse()))
}

fn run(args: &Args) -> Result<bool> {
    let chosen: Vec<Step> = steps::all(args.thorough)
        .into_iter()
        .filter(|step| args.wants(step.name))
        .collect();
    if args.list {
        for step in &chosen {
            println!("{:<12} {}", step.name, step.shown());
        }
        return Ok(true);
    }
    let started = Instant::now();
    let mut results = Vec::new();
    for (place, step) in chosen.iter().enumerate() {
        println!(
            "\n[{}/{}] {}: {}",
            place + 1,
            chosen.len(),
            step.name,
            step.shown()
        );
        let begun = Instant::now();
        let outcome = step.run()?;
        results.push((step, outcome, begun.elapsed()));
    }
    println!("\n{:<12} {:>8} {:>8}  figures", "step", "result", "minutes");
    for (step, outcome, took) in &results {
        let figure = step.figure().unwrap_or_default();
        print_row(step.name, outcome.word(), *took, &figure);
    }
    print_row("all", "", started.elapsed(), "");
    let count = |wanted: fn(&Outcome) -> bool| {
        results
            .iter()
            .filter(|(_, outcome, _)| wanted(outcome))
            .count()
    };
    let failed = count(|outcome| *outcome == Outcome::Failed);
    let skipped = count(|outcome| matches!(outcome, Outcome::Skipped(_)));
    println!(
        "steps: {} passed, {failed} failed, {skipped} skipped",
        results.len() - failed - skipped
    );
    Ok(failed == 0)
}

fn print_row(name: &str, result: &str, took: Duration, figure: &str) {
    let minutes = took.as_secs_f64() / 60.0;
    let row = format!("{name:<12} {result:>8} {minutes:>8.1}  {figure}");
    println!("{}", row.trim_end());
}

impl Args {
    fn wants(&self, name: &str) -> bool {
        let only = self
            .only
            .as_ref()
            .is_none_or(|text| name.contains(text.as_str()));
        only && !self.skip.iter().any(|text| name.contains(text.as_str()))
    }
}
