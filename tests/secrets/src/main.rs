//! `cargo secrets`: whole payments with recognisable card data and keys under every fault, and the search for them in
//! everything that was written.
#![allow(clippy::print_stdout, reason = "a command for people")]

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use secrets::{Day, Fault, Figures, boundary, misplaced_day};
use std::path::PathBuf;
use std::process::ExitCode;

/// Searches everything that payments leave behind for card data, card tokens and keys. Ends with 0 if nothing leaked,
/// with 1 if something did, with 2 if it could not run.
#[derive(Parser)]
#[command(name = "cargo secrets")]
struct Args {
    /// Writes the figures as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the section of docs/reliability.md.
    #[arg(long)]
    write_docs: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    report::exit_code("cargo secrets", run(&Args::parse()).await)
}

async fn run(args: &Args) -> anyhow::Result<bool> {
    let faults = Fault::all();
    let progress = ProgressBar::new(faults.len() as u64 + 2);
    progress.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}")?);
    progress.set_message("what must not compile");
    let mut figures = Figures::default();
    figures.add_verdict(boundary::check()?);
    figures.try_the_search();
    progress.inc(1);
    for fault in faults {
        progress.set_message(fault.words());
        figures.add_day(Day::under(fault).await);
        figures.faults += 1;
        progress.inc(1);
    }
    progress.set_message("card data where they do not belong");
    let (sent, day) = misplaced_day().await;
    figures.misplaced = sent;
    figures.add_day(day);
    progress.finish_and_clear();
    tell(&figures);
    if let Some(file) = &args.json {
        report::write_json(file, &figures)?;
    }
    if args.write_docs {
        report::write_section("reliability.md", "secrets", &figures.markdown())?;
    }
    Ok(figures.holds())
}

fn tell(figures: &Figures) {
    println!("{}", figures.markdown());
    for leak in &figures.leaks {
        println!(
            "LEAK: {} {} in {}: {}",
            leak.secret,
            leak.form,
            leak.place.words(),
            leak.what
        );
    }
    for missed in &figures.missed {
        println!("MISSED: {missed}");
    }
    for wrong in &figures.wrongly_compiled {
        println!("COMPILER: {wrong}");
    }
    match figures.holds() {
        true => println!("Nothing leaked."),
        false => println!("It does not hold: mend what is named above, where it is written."),
    }
}
