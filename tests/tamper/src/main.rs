//! `cargo run --bin tamper`: what the audit of trails finds. Exit code 0: everything; 1: not everything; 2: could not run.
#![allow(clippy::print_stdout, reason = "a command for people")]

use anyhow::Result;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use tamper::Keys;

const COMMAND: &str = "cargo run --bin tamper -- --write-docs";

/// Plays payments, tampers with their trails and rows byte by byte, and counts what the audit finds.
#[derive(Parser)]
struct Args {
    /// Write the figures to this file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the section `evidence` of docs/reliability.md.
    #[arg(long)]
    write_docs: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    report::exit_code("cargo run --bin tamper", run(&Args::parse()).await)
}

async fn run(args: &Args) -> Result<bool> {
    let began = Instant::now();
    let samples = tamper::lives().await;
    let bar =
        ProgressBar::new(u64::try_from(samples.len())?).with_style(ProgressStyle::with_template(
            "{elapsed_precise} {bar:40} {pos}/{len} trails tampered with",
        )?);
    let tally = tamper::tamper(&samples, &Keys::of_samples(), |done| {
        bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    });
    bar.finish_and_clear();
    println!("{}", tally.markdown(COMMAND));
    println!("{} s", began.elapsed().as_secs());
    for unnoticed in tally.unnoticed.iter().take(20) {
        println!("NOT FOUND: {}: {}", unnoticed.payment, unnoticed.what);
    }
    if let Some(file) = &args.json {
        report::write_json(file, &tally)?;
    }
    if args.write_docs {
        report::write_section("reliability.md", "evidence", &tally.markdown(COMMAND))?;
    }
    Ok(tally.holds())
}
