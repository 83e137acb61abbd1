//! `cargo bench-sweep`: see the library.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply
#![allow(
    clippy::print_stdout,
    reason = "a command for people: what it prints is its purpose"
)]

use anyhow::{Context, Result};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use scale::{due, emulator, paper, same, speed, sweeper};
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// Measures how the sweep grows with the table and with what is due, and that it keeps to its rate.
#[derive(Debug, Parser)]
#[command(
    name = "cargo bench-sweep",
    after_help = "Exit codes: 0 every bound holds; 1 one is broken; 2 it could not be measured.\n\
                  The whole measurement takes half an hour and 5 GB of memory where nothing else runs; --small takes some seconds."
)]
struct Args {
    /// A hundredth of the payments, and bounds that hold on a busy machine too.
    #[arg(long)]
    small: bool,
    /// Only this part.
    #[arg(long, value_parser = ["same", "due", "speed"])]
    part: Option<String>,
    /// At most so many rounds: less time, and wider ranges.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Writes the figures to this file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the sections of docs/scale.md that were measured.
    #[arg(long, conflicts_with = "small")]
    write_docs: bool,
    #[arg(long, hide = true)]
    be_table: Option<String>,
    #[arg(long, hide = true)]
    be_sweeper: Option<String>,
}

/// All figures.
#[derive(Debug, Default, Serialize)]
struct Figures {
    same: Option<Vec<same::Size>>,
    due: Option<Vec<due::Size>>,
    speed: Option<speed::Speeds>,
    breaches: Vec<String>,
}

fn main() -> ExitCode {
    report::exit_code("cargo bench-sweep", start(&Args::parse()))
}

fn start(args: &Args) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if let Some(contents) = &args.be_table {
        let contents: emulator::Contents = serde_json::from_str(contents)?;
        return runtime.block_on(emulator::run(&contents)).map(|()| true);
    }
    if let Some(order) = &args.be_sweeper {
        let order: sweeper::Order = serde_json::from_str(order)?;
        let swept = runtime.block_on(sweeper::run(&order))?;
        println!("{}", serde_json::to_string(&swept)?);
        return Ok(true);
    }
    let figures = measure(args, &runtime)?;
    for breach in &figures.breaches {
        println!("broken: {breach}");
    }
    if let Some(file) = &args.json {
        report::write_json(file, &figures)?;
    }
    Ok(figures.breaches.is_empty())
}

/// Shows sections, and writes them where that is wanted.
struct Page<'a> {
    progress: &'a ProgressBar,
    write: bool,
}

impl Page<'_> {
    fn section(&self, name: &str, markdown: &str) -> Result<()> {
        self.progress.suspend(|| println!("{markdown}"));
        match self.write {
            true => report::write_section("scale.md", name, markdown),
            false => Ok(()),
        }
    }
}

fn measure(args: &Args, runtime: &Runtime) -> Result<Figures> {
    let style = ProgressStyle::with_template("{elapsed_precise} {pos} steps done, {msg}")?;
    let progress = ProgressBar::new_spinner().with_style(style);
    progress.enable_steady_tick(std::time::Duration::from_millis(200));
    let page = Page {
        progress: &progress,
        write: args.write_docs,
    };
    let wanted = |part: &str| args.part.as_deref().is_none_or(|only| only == part);
    let mut figures = Figures::default();
    if wanted("speed") {
        let plan = plans::speed(args.small);
        let speeds = speed::measure(&plan, &progress)?;
        figures.breaches.extend(speed::breaches(&speeds, &plan));
        page.section("rate", &speed::markdown(&speeds))?;
        figures.speed = Some(speeds);
    }
    if wanted("same") {
        let plan = plans::same(args);
        let sizes = same::measure(&plan, &progress)?;
        figures.breaches.extend(same::breaches(&sizes, &plan));
        page.section("same-unresolved", &same::markdown(&sizes, &plan))?;
        figures.same = Some(sizes);
    }
    if wanted("due") {
        let plan = plans::due(args);
        let sizes = due::measure(&plan, &progress)?;
        figures.breaches.extend(due::breaches(&sizes, &plan));
        page.section("due", &due::markdown(&sizes, &plan))?;
        on_paper(&sizes, &page, runtime)?;
        figures.due = Some(sizes);
    }
    progress.finish_and_clear();
    Ok(figures)
}

/// What follows from the measured cost of one question.
fn on_paper(sizes: &[due::Size], page: &Page<'_>, runtime: &Runtime) -> Result<()> {
    let largest = sizes.last().context("nothing was measured")?;
    let measured = paper::Measured {
        cpu_millis: largest.cpu_millis_each.median,
        units: largest.units_each,
    };
    page.section("settings", &paper::settings_markdown(&measured))?;
    let payment = runtime.block_on(paper::Payment::measure())?;
    page.section("hundred-million", &paper::day_markdown(&payment, &measured))
}

/// What is measured, whole and small.
mod plans {
    use super::Args;
    use scale::{due, same, speed};

    pub(super) fn same(args: &Args) -> same::Plan {
        let rounds = |usual: u32| args.rounds.map_or(usual, |most| most.min(usual));
        match args.small {
            false => same::Plan {
                sizes: vec![10_000, 100_000, 1_000_000],
                unresolved: 1_000,
                rounds: rounds(7),
                tolerance: 0.1,
                wall_tolerance: Some(0.1),
            },
            true => same::Plan {
                sizes: vec![1_000, 10_000],
                unresolved: 100,
                rounds: rounds(2),
                tolerance: 0.5,
                wall_tolerance: None,
            },
        }
    }

    pub(super) fn due(args: &Args) -> due::Plan {
        let rounds = |usual: u32| args.rounds.map_or(usual, |most| most.min(usual));
        match args.small {
            false => due::Plan {
                sizes: vec![
                    (1_000, rounds(7)),
                    (10_000, rounds(5)),
                    (100_000, rounds(3)),
                ],
                settled: 10_000,
                tolerance: 0.2,
                wall_tolerance: Some(0.2),
            },
            true => due::Plan {
                sizes: vec![(50, 1), (200, 1)],
                settled: 100,
                tolerance: 0.5,
                wall_tolerance: None,
            },
        }
    }

    pub(super) fn speed(small: bool) -> speed::Plan {
        match small {
            false => speed::Plan {
                rates: vec![20, 100, 500],
                concurrencies: vec![8, 16, 32, 64],
                latency_ms: 300,
                seconds: 10,
                resumed: 2_400,
                busy: false,
            },
            true => speed::Plan {
                rates: vec![20],
                concurrencies: vec![4],
                latency_ms: 100,
                seconds: 2,
                resumed: 450,
                busy: true,
            },
        }
    }
}
