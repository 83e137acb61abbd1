//! `cargo cost`: what a payment costs on AWS, journey by journey, and what an idle month costs.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply
#![allow(clippy::print_stdout, reason = "a command for people")]

use anyhow::Result;
use clap::Parser;
use cost::{Figures, markdown, tables};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::PathBuf;
use std::process::ExitCode;

/// Counts what each kind of payment uses at AWS, and works out what that costs.
#[derive(Debug, Parser)]
#[command(name = "cargo cost")]
struct Args {
    /// Whose prices; tests/cost/prices.toml has those of some regions.
    #[arg(long)]
    region: Option<String>,
    /// Writes all figures into this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the tables into docs/performance.md.
    #[arg(long)]
    write_docs: bool,
}

fn main() -> ExitCode {
    report::exit_code("cargo cost", run(&Args::parse()).map(|()| true))
}

fn run(args: &Args) -> Result<()> {
    let tariff = cost::tariff(args.region.as_deref())?;
    let progress = ProgressBar::new(cost::journeys::NAMES.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        progress.set_style(style);
    }
    let tell = |journey: &str| {
        progress.set_message(journey.to_owned());
        progress.inc(1);
    };
    let figures = Figures::measure(&tariff, tell)?;
    progress.finish_and_clear();
    println!(
        "{}, {}, prices of {}\n\n{}\n{}\n{}\n{}\n{}",
        figures.region,
        figures.architecture,
        figures.prices_of,
        tables::dollars(&figures),
        tables::counts(&figures),
        tables::largest(&figures),
        tables::alternatives(&figures),
        tables::idle(&figures.idle_units, &figures.idle),
    );
    if let Some(path) = &args.json {
        report::write_json(path, &figures)?;
    }
    if args.write_docs {
        report::write_section(
            "performance.md",
            "cost",
            &markdown::section(&tariff, &figures),
        )?;
    }
    Ok(())
}
