//! `cargo crash-matrix`: every flow, every step, every fault.
#![allow(
    clippy::print_stdout,
    reason = "a command for people: what it prints is its purpose"
)]

use anyhow::{Context, Result};
use clap::Parser;
use simulation::engine::Fate;
use simulation::matrix::{Cell, Flow, Harm, Line, Table, cell, flows, steps};
use simulation::side_by_side;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// So many harmed cells are shown.
const SHOWN: usize = 20;

/// Kills, fails, loses and repeats every step of every flow, one at a time, and looks at where it leads.
#[derive(Parser)]
#[command(
    name = "cargo crash-matrix",
    after_help = "Exit codes: 0 nothing lost, doubled, stuck or wrong; 1 something was; 2 the matrix could not be run."
)]
struct Args {
    /// Only flows whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    flow: Option<String>,
    /// One step of the one flow, from 0, and its fault (before, after, fails, conflict, lost, twice), with all that happens.
    #[arg(long, num_args = 2, value_names = ["STEP", "FAULT"], requires = "flow")]
    cell: Option<Vec<String>>,
    /// Writes the figures to this file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the section of docs/reliability.md.
    #[arg(long)]
    write_docs: bool,
}

fn main() -> ExitCode {
    report::exit_code("cargo crash-matrix", start(&Args::parse()))
}

fn start(args: &Args) -> Result<bool> {
    let wanted = |flow: &Flow| {
        let text = args.flow.as_deref();
        text.is_none_or(|text| flow.name.contains(text))
    };
    let chosen: Vec<Flow> = flows().into_iter().filter(wanted).collect();
    anyhow::ensure!(!chosen.is_empty(), "no flow has such a name");
    if let Some(words) = &args.cell {
        return one(&chosen[0], &words[0], &words[1]);
    }
    let begun = Instant::now();
    let mut table = all(&chosen)?;
    table.seconds = begun.elapsed().as_secs_f64();
    println!("{}", table.markdown());
    println!("{:.0} seconds", table.seconds);
    if let Some(file) = &args.json {
        report::write_json(file, &table)?;
    }
    if args.write_docs {
        report::write_section("reliability.md", "matrix", &table.markdown())?;
    }
    Ok(table.lines.iter().all(|line| line.harms.is_empty()))
}

fn fate(word: &str) -> Result<Fate> {
    Ok(match word {
        "before" => Fate::KilledBefore,
        "after" => Fate::KilledAfter,
        "fails" => Fate::Refused,
        "conflict" => Fate::Conflict,
        "lost" => Fate::Lost,
        "twice" => Fate::Twice,
        _ => anyhow::bail!("{word} is no fault: before, after, fails, conflict, lost or twice"),
    })
}

/// The word by which a fault is asked for.
fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Through => "none",
        Fate::KilledBefore => "before",
        Fate::KilledAfter => "after",
        Fate::Refused => "fails",
        Fate::Conflict => "conflict",
        Fate::Lost => "lost",
        Fate::Twice => "twice",
    }
}

fn one(flow: &Flow, step: &str, fault: &str) -> Result<bool> {
    let step = step.parse().context("a step is a number")?;
    let cell = cell(flow, step, fate(fault)?, true);
    for line in &cell.trace {
        println!("{line}");
    }
    for breach in &cell.breaches {
        println!("{}: {} {}", breach.law, breach.payment, breach.words);
    }
    Ok(cell.breaches.is_empty())
}

/// Runs everything, side by side.
fn all(chosen: &[Flow]) -> Result<Table> {
    let mut table = Table::default();
    let mut cells: Vec<(usize, usize, Fate)> = Vec::new();
    for (place, flow) in chosen.iter().enumerate() {
        let (points, calm) = steps(flow);
        anyhow::ensure!(
            calm.breaches.is_empty(),
            "{} goes wrong without any fault: {:?}",
            flow.name,
            calm.breaches
        );
        table.met(&points);
        let mut line = Line {
            flow: flow.name.to_owned(),
            steps: points.len(),
            cells: points.len() * Fate::FAULTS.len(),
            ..Line::default()
        };
        for point in &points {
            *line.functions.entry(point.function.to_owned()).or_default() += 1;
        }
        table.lines.push(line);
        for step in 0..points.len() {
            cells.extend(Fate::FAULTS.map(|fate| (place, step, fate)));
        }
    }
    let mut harmed = Vec::new();
    side_by_side(
        "cells",
        None,
        cells,
        |(place, step, fate)| (place, cell(&chosen[place], step, fate, false)),
        |(place, result)| {
            if !result.breaches.is_empty() {
                harmed.push((place, result));
            }
        },
    )?;
    harmed.sort_by_key(|(place, cell)| (*place, cell.at));
    for (place, cell) in &harmed {
        let harms: BTreeSet<Harm> = cell.breaches.iter().map(|b| Harm::of(b.law)).collect();
        for harm in harms {
            *table.lines[*place].harms.entry(harm).or_default() += 1;
        }
    }
    for (place, cell) in harmed.iter().take(SHOWN) {
        show(&chosen[*place], cell);
    }
    Ok(table)
}

fn show(flow: &Flow, cell: &Cell) {
    let Some((step, fate)) = cell.at else {
        return;
    };
    for breach in &cell.breaches {
        println!(
            "{}, step {step} {}: {}: {} {}",
            flow.name,
            fate.words(),
            breach.law,
            breach.payment,
            breach.words
        );
    }
    println!(
        "  replay: cargo crash-matrix --flow '{}' --cell {step} {}",
        flow.name,
        word(fate)
    );
}
