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
mod instructions;
mod jobs;
mod keys;
mod measure;
mod memory;
mod plot;
mod process;
mod quota;
mod report;
mod rounds;
mod rows;
mod stats;
mod subjects;
mod targets;
mod tls;

use anyhow::Result;
use backend::Backend;
use clap::Parser;
use domain::Time;
use jobs::{Events, Job};
use measure::{Length, Place};
use rounds::Rounds;
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
    /// The same job in Node, Python and plain Rust too.
    #[arg(long)]
    peers: bool,
    /// Also hold our functions to the processor share of several sizes of memory (as root).
    #[arg(long)]
    memory: bool,
    /// Count instructions instead (with valgrind), and hold ours to the counts that are checked in.
    #[arg(long, conflicts_with_all = ["memory", "write_docs"])]
    instructions: bool,
    /// Only ours, without the floor.
    #[arg(long, requires = "instructions")]
    alone: bool,
    /// Check in these counts of instructions.
    #[arg(long, requires = "instructions")]
    renew: bool,
    /// Leave valgrind's profiles in this folder (built with CARGO_PROFILE_RELEASE_STRIP=none they have names).
    #[arg(long, requires = "instructions", value_name = "FOLDER")]
    profiles: Option<PathBuf>,
    /// Measure what was built before.
    #[arg(long)]
    no_build: bool,
    /// Write the sections of docs/performance.md and its pictures.
    #[arg(long, conflicts_with = "only")]
    write_docs: bool,
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
    ::report::exit_code("cargo bench-functions", outcome)
}

async fn command(args: &Args) -> Result<bool> {
    if !args.no_build {
        subjects::build(&args.jobs(), args.peers, args.alone)?;
    }
    process::stay()?;
    let tls = tls::make(&keys::root().join("target/bench"))?;
    let backend = Backend::start(&tls, now()).await?;
    let mut events = Events::new(now())?;
    let longest = if args.steady > 0 {
        Length::Steady
    } else {
        Length::Young
    };
    events.sign(longest.events())?;
    let place = Place {
        backend: &backend,
        events: &events,
    };
    if args.instructions {
        return args.count(&place, &tls).await;
    }
    let rounds = Rounds {
        starts: args.starts,
        steady: args.steady,
    };
    let (mut measured, mut held) = (Vec::new(), Vec::new());
    for job in args.jobs() {
        let subjects = subjects::of(job, &backend, &tls, args.peers)?;
        measured.push(rounds::measure(&place, job, &subjects, rounds).await?);
        let one_of_each = !matches!(job, Job::NotifyManual | Job::NotifyDuplicate);
        if let (true, true, Some(ours)) = (args.memory, one_of_each, subjects.first()) {
            held.extend(memory::measure(&place, job, ours).await?);
        }
    }
    let targets = targets::of(&measured);
    println!("{}", report::text(&measured, &targets));
    if !held.is_empty() {
        println!("{}", memory::page("--memory", &held));
    }
    if let Some(path) = &args.json {
        ::report::write_json(path, &(&measured, &targets, &held))?;
    }
    if args.write_docs {
        report::write(&measured, &targets, &held)?;
    }
    Ok(targets.iter().all(targets::Target::holds))
}

impl Args {
    /// Counts instructions, ours beside the floor's.
    async fn count(&self, place: &Place<'_>, tls: &tls::Tls) -> Result<bool> {
        let mut counts = instructions::Counts::new();
        println!("thousands of instructions  start to first answer        of a warm invocation");
        println!(
            "job                      ours    floor    ratio      ours    floor    ratio  zipped KB  crates"
        );
        for job in self.jobs() {
            let ours = subjects::ours(job, place.backend, tls)?;
            let profiles = self.profiles.as_deref();
            let count = instructions::count(place, job, &ours, profiles).await?;
            let floor = if self.alone {
                None
            } else {
                let floor = subjects::floor(job, place.backend, tls)?;
                Some(instructions::count(place, job, &floor, profiles).await?)
            };
            let crates = subjects::crates(job.function())?;
            println!("{}", instructions::row(job, count, floor, crates));
            counts.insert(job.id().to_owned(), count);
        }
        if self.renew {
            instructions::keep(&counts)?;
            return Ok(true);
        }
        let checked = instructions::check(&counts, &instructions::kept()?);
        if let Err(error) = &checked {
            println!("{error:#}");
        }
        if let Some(path) = &self.json {
            ::report::write_json(path, &counts)?;
        }
        Ok(checked.is_ok())
    }

    fn jobs(&self) -> Vec<Job> {
        let wanted = |job: &Job| {
            let only = self.only.as_deref();
            only.is_none_or(|text| job.id().contains(text))
        };
        Job::ALL.into_iter().filter(wanted).collect()
    }
}

fn now() -> Time {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Time::from_millis(i64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(i64::MAX))
}
