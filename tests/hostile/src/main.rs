//! `cargo hostile`: what a stranger, or a provider gone mad, can send to us. Fuzzes each place that reads something
//! (`tests/fuzz`) for a while, runs the tables of hostile messages, and says what was tried and what broke.
#![allow(
    clippy::print_stdout,
    reason = "a command for people: what it prints is its purpose"
)]

mod build;
mod fuzzing;
mod markdown;
mod report;
mod tables;

use anyhow::{Result, bail};
use clap::Parser;
use fuzzing::Limits;
use report::Report;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Fuzzes every reader of outside input and runs the tables of hostile messages.
#[derive(Parser)]
#[command(
    name = "cargo hostile",
    after_help = "Exit codes: 0 everything holds, 1 something does not, 2 the command could not run.\n\
                  Example: cargo hostile --seconds 120 --target life --target answer_body"
)]
struct Args {
    /// How long each target is fuzzed.
    #[arg(long, value_name = "N", default_value_t = 10)]
    seconds: u32,
    /// Fuzz only this target; may stand several times.
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// How many targets run at once.
    #[arg(long, value_name = "N", default_value_t = cores())]
    jobs: usize,
    /// Try one input that broke a target, and nothing else; needs one --target.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// Leave out the tables of hostile messages.
    #[arg(long)]
    only_fuzzing: bool,
    /// Write the figures as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the section of docs/reliability.md; needs a run of everything.
    #[arg(long)]
    write_docs: bool,
    /// Print the targets and end.
    #[arg(long)]
    list: bool,
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn main() -> ExitCode {
    ::report::exit_code("cargo hostile", run(&Args::parse()))
}

fn run(args: &Args) -> Result<bool> {
    if args.write_docs && (args.only_fuzzing || !args.target.is_empty()) {
        bail!(
            "--write-docs writes about a run of everything: leave out --target and --only-fuzzing"
        );
    }
    let engine = build::engine()?;
    let known = engine.targets()?;
    if args.list {
        for target in &known {
            println!("{:<18} {}", target.name, target.about);
        }
        return Ok(true);
    }
    let wanted =
        |name: &str| args.target.is_empty() || args.target.iter().any(|given| given == name);
    if let Some(unknown) = args
        .target
        .iter()
        .find(|name| known.iter().all(|target| target.name != **name))
    {
        bail!("there is no target {unknown:?}: `cargo hostile --list` prints them");
    }
    if let Some(input) = &args.replay {
        let [target] = args.target.as_slice() else {
            bail!("--replay needs the one target that the input broke: add --target NAME");
        };
        return engine.replay(target, input);
    }
    let started = Instant::now();
    let chosen: Vec<_> = known
        .into_iter()
        .filter(|target| wanted(&target.name))
        .collect();
    let limits = Limits {
        seconds: args.seconds,
        jobs: args.jobs.max(1),
    };
    let fuzzed = fuzzing::all(&engine, &chosen, limits)?;
    let (tables, tables_hold) = if args.only_fuzzing {
        (Vec::new(), true)
    } else {
        tables::run()?
    };
    let report = Report {
        seconds_each: args.seconds,
        seconds_in_all: started.elapsed().as_secs(),
        fuzzed,
        tables,
        tables_hold,
    };
    println!("{}", report.for_people());
    if let Some(file) = &args.json {
        ::report::write_json(file, &report)?;
    }
    if args.write_docs && report.holds() {
        ::report::write_section("reliability.md", "hostile", &markdown::section(&report))?;
    }
    Ok(report.holds())
}

/// The folder of the whole project.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where corpora, crashes and figures are kept between runs.
fn kept() -> PathBuf {
    target().join("hostile")
}

/// Cargo's folder.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
