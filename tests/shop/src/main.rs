//! The shop as a program: prints one JSON line when it is ready, and runs until it is stopped by a signal.
#![recursion_limit = "256"]

use clap::Parser;
use serde_json::json;
use shop::{Options, Shop};
use simulator::FaultLevel;

/// A merchant's shop on 127.0.0.1, with the functions and the simulated provider behind it.
#[derive(Parser)]
#[command(version, about)]
struct Args {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Decides what goes wrong.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How much goes wrong at the provider: none, light or heavy.
    #[arg(long, default_value = "none")]
    faults: FaultLevel,
    /// Lets every notification of the provider get lost.
    #[arg(long)]
    no_notifications: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::ERROR)
        .init();
    let shop = Shop::start(Options {
        port: args.port,
        seed: args.seed,
        rates: args.faults.rates(),
        notifications: !args.no_notifications,
    })
    .await?;
    announce(&json!({ "url": shop.url(), "provider": shop.provider_url() }));
    wait_for_a_signal().await?;
    Ok(())
}

/// One line of JSON on standard output, for the program that started this one.
#[allow(
    clippy::print_stdout,
    reason = "standard output is this program's interface"
)]
fn announce(line: &serde_json::Value) {
    println!("{line}");
}

async fn wait_for_a_signal() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminated =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
