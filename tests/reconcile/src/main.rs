//! `cargo reconcile-check`: see the library.
#![allow(
    clippy::print_stdout,
    reason = "a command for people: what it prints is its purpose"
)]

use anyhow::Result;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use reconcile_check::seeds::{self, Seeds};
use reconcile_check::speed::{self, Size};
use serde::Serialize;
use simulation::side_by_side;
use std::path::PathBuf;
use std::process::ExitCode;

/// Reconciles reports with seeded discrepancies, and says whether all of them were found and none invented; then measures
/// how fast many lines are.
#[derive(Parser)]
#[command(
    name = "cargo reconcile-check",
    after_help = "Exit codes: 0 everything was found and nothing invented, 1 not so, 2 it could not be run."
)]
struct Args {
    /// How many seeds.
    #[arg(long, default_value_t = 60)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// The most lines that are measured; a tenth of them is measured too.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    lines: u64,
    /// Only this part.
    #[arg(long, value_parser = ["seeds", "speed"])]
    part: Option<String>,
    /// How many threads for seeds; as many as there are processors by default.
    #[arg(long)]
    threads: Option<usize>,
    /// Writes the figures to this file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the sections of docs/reconciliation.md.
    #[arg(long)]
    write_docs: bool,
    #[arg(long, hide = true)]
    be_reader: Option<String>,
}

/// All figures.
#[derive(Debug, Default, Serialize)]
struct Figures {
    seeds: Option<Seeds>,
    speed: Option<Vec<Size>>,
}

fn main() -> ExitCode {
    report::exit_code("cargo reconcile-check", start(&Args::parse()))
}

fn start(args: &Args) -> Result<bool> {
    if let Some(order) = &args.be_reader {
        let size = speed::reconcile(&serde_json::from_str(order)?)?;
        println!("{}", serde_json::to_string(&size)?);
        return Ok(true);
    }
    let wanted = |part: &str| args.part.as_deref().is_none_or(|only| only == part);
    let mut figures = Figures::default();
    if wanted("seeds") {
        let seeds = run_seeds(args)?;
        section(args, "discrepancies", &seeds.markdown())?;
        seeds.wrong.iter().for_each(|words| println!("{words}"));
        figures.seeds = Some(seeds);
    }
    if wanted("speed") {
        let style = ProgressStyle::with_template("{elapsed_precise} {spinner} {msg}, {pos} days")?;
        let progress = ProgressBar::new_spinner().with_style(style);
        let sizes = speed::measure(&[args.lines / 10, args.lines], &progress)?;
        progress.finish_and_clear();
        section(args, "speed", &speed::markdown(&sizes))?;
        figures.speed = Some(sizes);
    }
    if let Some(file) = &args.json {
        report::write_json(file, &figures)?;
    }
    Ok(figures.seeds.is_none_or(|seeds| seeds.holds()))
}

fn run_seeds(args: &Args) -> Result<Seeds> {
    let mut all = Seeds::default();
    let seeds = args.from..args.from + args.seeds;
    side_by_side("seeds", args.threads, seeds, seeds::run, |one| all.add(one))?;
    Ok(all)
}

fn section(args: &Args, name: &str, markdown: &str) -> Result<()> {
    println!("{markdown}");
    match args.write_docs {
        true => report::write_section("reconciliation.md", name, markdown),
        false => Ok(()),
    }
}
