//! `cargo bench-functions`: how fast and how big our functions are, beside a floor and beside the same job in other stacks.
//!
//! A host speaks Lambda's Runtime API to the real binaries, one event at a time; DynamoDB, SQS and Secrets Manager answer
//! over TLS, POP over HTTP, all on this machine. Runs are interleaved and ratios are taken within a round.
#![allow(
    clippy::print_stdout,
    reason = "a command for people: what it prints is its purpose"
)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people"
)]

mod backend;
mod host;
mod jobs;
mod keys;
mod measure;
mod process;
mod programs;
mod rows;
mod stats;
mod tls;

use anyhow::Result;
use backend::Backend;
use clap::Parser;
use domain::Time;
use jobs::{Events, Job};
use measure::{Length, Place, Run};
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures start, invocations, memory and size of the functions.
#[derive(Parser)]
#[command(
    name = "cargo bench-functions",
    after_help = "Exit codes: 0 measured, 1 a bound is broken, 2 it could not be measured."
)]
struct Args {
    /// Only jobs whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Rounds of starts and first invocations.
    #[arg(long, default_value_t = 10)]
    starts: u32,
    /// Rounds of 2,500 invocations.
    #[arg(long, default_value_t = 5)]
    steady: u32,
    /// Measure what was built before.
    #[arg(long)]
    no_build: bool,
    /// Write the figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    let local = tokio::task::LocalSet::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => local.block_on(&runtime, command(&Args::parse())),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("cargo bench-functions could not run: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn command(args: &Args) -> Result<bool> {
    if !args.no_build {
        programs::build()?;
    }
    process::stay()?;
    let tls = tls::make(&keys::root().join("target/bench"))?;
    let backend = Backend::start(&tls, now()).await?;
    let mut events = Events::new()?;
    events.sign(
        if args.steady > 0 {
            Length::Steady
        } else {
            Length::Young
        }
        .events(),
        |_| {},
    )?;
    let place = Place {
        backend: &backend,
        events: &events,
    };
    let wanted = |job: &Job| {
        args.only
            .as_deref()
            .is_none_or(|text| job.name().contains(text))
    };
    for job in Job::ALL.into_iter().filter(wanted) {
        let (ours, floor) = (
            programs::ours(job, &backend, &tls),
            programs::floor(job, &backend, &tls),
        );
        for (length, rounds) in [(Length::Young, args.starts), (Length::Steady, args.steady)] {
            for _ in 0..rounds {
                for (name, program) in [("ours", &ours), ("floor", &floor)] {
                    let run = place.run(program, job, length).await?;
                    show(job, name, length, &run);
                }
            }
        }
    }
    Ok(true)
}

fn show(job: Job, name: &str, length: Length, run: &Run) {
    println!(
        "{:<16} {name:<6} {length:?} next {:.2} ms, answer {:.2} ms, first {:.2} ms, cold CPU {:.2} ms, CPU {:.0} us, p50 {:.0}, p99 {:.0}, {:.1} MiB {:?}",
        job.name(),
        run.to_next_ms,
        run.to_answer_ms,
        run.first_ms,
        run.cold_cpu_ms,
        run.cpu_us,
        run.p50_us,
        run.p99_us,
        run.peak_mib,
        run.calls
    );
}

fn now() -> Time {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Time::from_millis(i64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(i64::MAX))
}
