//! `popctl`, for operators: looks at the table from outside the functions. It only reads.
//!
//! - `popctl verify` checks the evidence trails: unbroken chains, and every signature again.
//! - `popctl replay` does the same and rebuilds each row from its trail.
//!
//! Exit code 0: all is in order; 1: something was found; 2: could not run.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for people"
)]

mod args;
mod outcome;
mod walk;

use args::Args;
use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("popctl: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(args: &Args) -> anyhow::Result<bool> {
    let (check, options) = args.command.parts();
    let outcome = walk::walk(check, options).await?;
    outcome.print();
    if let Some(file) = &options.json {
        outcome.write(file)?;
    }
    Ok(outcome.holds())
}
