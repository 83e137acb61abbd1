//! `popctl`, for operators: finds out why a payment stands where it stands, and mends it.
//!
//! It reads the table and the queues. It never writes to the table and never holds the merchant's private key: what
//! changes a payment is asked of the deployed sweep function, which decides by the rules and keeps evidence of it.
//!
//! Exit code 0: all is in order; 1: something was found, or refused; 2: could not run.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for people"
)]
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply

mod audit;
mod cli;
mod connection;
mod doctor;
mod ending;
mod explain;
mod http;
mod list;
mod notification;
mod orders;
mod output;
mod problem;
mod queues;
mod reconcile;
mod redrive;
mod rows;
mod shell;
mod span;
mod status;

use clap::Parser;
use cli::{Cli, Command};
use connection::Connection;
use ending::Ending;
use output::Output;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.output);
    match run(&cli, &output).await {
        Ok(ending) => ending.into(),
        Err(error) => {
            output.error(&error);
            ExitCode::from(ending::COULD_NOT_RUN)
        }
    }
}

async fn run(cli: &Cli, output: &Output) -> anyhow::Result<Ending> {
    let connection = || Connection::open(&cli.connection);
    match &cli.command {
        Command::Status(options) => status::run(options, &connection().await?, output).await,
        Command::List(options) => list::run(options, &connection().await?, output).await,
        Command::Explain(options) => explain::run(options, &connection().await?, output).await,
        Command::Inquire(options) => orders::inquire(options, &connection().await?, output).await,
        Command::RetryCapture(options) => {
            orders::retry_capture(options, &connection().await?, output).await
        }
        Command::Resolve(options) => orders::resolve(options, &connection().await?, output).await,
        Command::Reasons(options) => explain::reviews::run(options, output),
        Command::Redrive(options) => redrive::run(options, &connection().await?, output).await,
        Command::Reconcile(options) => reconcile::run(options, &connection().await?, output).await,
        Command::Doctor => doctor::run(&connection().await?, output).await,
        Command::SendTestNotification(options) => {
            notification::run(options, &connection().await?, output).await
        }
        Command::Completions(options) => shell::completions(options),
        Command::Man(options) => shell::man(options),
        Command::Verify(options) => {
            audit::run(
                audit::Check::Signatures,
                options,
                &connection().await?,
                output,
            )
            .await
        }
        Command::Replay(options) => {
            audit::run(
                audit::Check::Everything,
                options,
                &connection().await?,
                output,
            )
            .await
        }
    }
}
