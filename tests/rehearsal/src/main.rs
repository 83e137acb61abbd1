//! `cargo rehearse`: the whole stack on one machine.
//!
//! Deploys the project's own `template.yaml` with the real function binaries to an AWS emulator on loopback, plays
//! the provider with the simulator, and either stays up for people (default) or runs a scenario and audits it.
#![allow(clippy::print_stdout, reason = "a command that talks to its user")]

mod args;
mod artifacts;
mod audit;
mod chaos;
mod clock;
mod contract;
mod deploy;
mod docs;
mod emulator;
mod flood;
mod front;
mod headless;
mod interactive;
mod killer;
mod process;
mod provider;
mod proxy;
mod python;
mod records;
mod report;
mod rotation;
mod scenario;
mod secrets;
mod settle;
mod stack;
mod steps;
mod template;
mod watch;
mod workspace;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use crate::args::Args;
use crate::stack::Stack;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// Stopped by a signal before the end.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let args = Args::parse();
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(run(&args)),
        Err(error) => ended(Err(error).context("no thread could be started")),
    }
}

/// Whether every check passed, as the exit code; an error means that nothing is known about the payments.
fn ended(outcome: anyhow::Result<bool>) -> ExitCode {
    ::report::exit_code("cargo rehearse", outcome)
}

/// Runs until the end or a signal. Whatever was started is ended when the future is dropped, on every way out.
async fn run(args: &Args) -> ExitCode {
    tokio::select! {
        outcome = rehearse(args) => ended(outcome),
        () = stopped() => {
            eprintln!("\nstopped; everything that was started has been ended");
            if args.headless { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS }
        }
    }
}

async fn rehearse(args: &Args) -> anyhow::Result<bool> {
    // Loopback only, but the HTTP client wants a provider to be there.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok()
        .context("a TLS provider was installed twice")?;
    if args.headless {
        return on_stacks(args).await;
    }
    let workspace = Workspace::prepare()?;
    let stack = Stack::up(args, &workspace, &mut Steps::new()).await?;
    interactive::run(&stack).await?;
    Ok(true)
}

/// Runs headless, on a fresh stack for each seed, and tells what came of it.
async fn on_stacks(args: &Args) -> anyhow::Result<bool> {
    if let Some(count) = args.flood {
        return flooded(args, count).await;
    }
    let mut all = Vec::new();
    for args in args.of_each_seed() {
        if args.seeds.len() > 1 {
            println!("\nSeed {}", args.seed);
        }
        let workspace = Workspace::prepare()?;
        let mut steps = Steps::new();
        let stack = Stack::up(&args, &workspace, &mut steps).await?;
        all.push(headless::run(&args, &stack, steps).await?);
    }
    if let Some(path) = &args.json {
        match all.as_slice() {
            [one] => ::report::write_json(path, one)?,
            several => ::report::write_json(path, &several)?,
        }
    }
    if args.write_docs {
        docs::write_chaos(&all)?;
    }
    Ok(all.iter().all(report::Figures::are_right))
}

/// A flood of notifications.
async fn flooded(args: &Args, count: u32) -> anyhow::Result<bool> {
    let workspace = Workspace::prepare()?;
    let mut steps = Steps::new();
    let stack = Stack::up(args, &workspace, &mut steps).await?;
    let report = flood::run(args, count, &stack, steps).await?;
    if let Some(path) = &args.json {
        ::report::write_json(path, &report)?;
    }
    if args.write_docs {
        docs::write_flood(&report.markdown())?;
    }
    Ok(report.is_right())
}

/// Ctrl-C, or the signal with which others end a process.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => if outcome.is_err() { std::future::pending::<()>().await },
        _ = terminate.recv() => {}
    }
}
