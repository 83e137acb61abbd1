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
mod scenario;
mod secrets;
mod settle;
mod stack;
mod steps;
mod workspace;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use crate::args::Args;
use crate::stack::Stack;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// Every check passed.
const RIGHT: u8 = 0;
/// The audit found differences.
const DIFFERENCES: u8 = 1;
/// The stack could not be brought up or observed; nothing is known about the payments.
const NOT_REHEARSED: u8 = 2;
/// Stopped by a signal before the end.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let args = Args::parse();
    let code = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(run(&args)),
        Err(error) => {
            eprintln!("error: no thread could be started: {error}");
            NOT_REHEARSED
        }
    };
    ExitCode::from(code)
}

/// Runs until the end or a signal. Whatever was started is ended when the future is dropped, on every way out.
async fn run(args: &Args) -> u8 {
    tokio::select! {
        outcome = rehearse(args) => match outcome {
            Ok(code) => code,
            Err(error) => {
                eprintln!("\nerror: {error:#}");
                NOT_REHEARSED
            }
        },
        () = stopped() => {
            eprintln!("\nstopped; everything that was started has been ended");
            if args.headless { INTERRUPTED } else { RIGHT }
        }
    }
}

async fn rehearse(args: &Args) -> anyhow::Result<u8> {
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
    Ok(RIGHT)
}

/// Runs headless, on a fresh stack for each seed, and tells what came of it.
async fn on_stacks(args: &Args) -> anyhow::Result<u8> {
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
            [one] => report::write_json(one, path)?,
            several => report::write_json(&several, path)?,
        }
    }
    if args.write_docs {
        docs::write_chaos(&all)?;
    }
    Ok(match all.iter().all(report::Figures::are_right) {
        true => RIGHT,
        false => DIFFERENCES,
    })
}

/// A flood of notifications.
async fn flooded(args: &Args, count: u32) -> anyhow::Result<u8> {
    let workspace = Workspace::prepare()?;
    let mut steps = Steps::new();
    let stack = Stack::up(args, &workspace, &mut steps).await?;
    let report = flood::run(args, count, &stack, steps).await?;
    if let Some(path) = &args.json {
        report::write_json(&report, path)?;
    }
    if args.write_docs {
        docs::write_flood(&report.markdown())?;
    }
    Ok(match report.is_right() {
        true => RIGHT,
        false => DIFFERENCES,
    })
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
