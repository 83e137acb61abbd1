//! What was measured, for people: tables on the terminal and in docs/performance.md, and pictures beside it.

use crate::measure::Run;
use crate::memory::Held;
use crate::plot::{Bar, bars, figure};
use crate::rounds::{Measured, Runs};
use crate::stats::Spread;
use crate::subjects::{FLOOR, OURS};
use crate::targets::Target;
use anyhow::Result;
use report::{document_path, write_section};
use std::fmt::Write;

const COMMAND: &str = "cargo bench-functions --peers --memory --write-docs";

/// Both tables.
pub(crate) fn text(measured: &[Measured], targets: &[Target]) -> String {
    format!("{}\n{}", functions(measured), of_targets(targets))
}

fn functions(measured: &[Measured]) -> String {
    let mut table = String::from(
        "| job | by | start to first event, ms | start to first answer, ms | first invocation, ms | processor time to second event, ms \
         | of an invocation, young, us | steady, us | p50, us | p99, us | most memory, MiB | zipped, MB |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for job in measured {
        for runs in &job.subjects {
            let cells = [
                runs.starting(|run| run.to_next_ms),
                runs.starting(|run| run.to_answer_ms),
                runs.starting(|run| run.first_ms),
                runs.starting(|run| run.cold_cpu_ms),
                runs.starting(|run| run.cpu_us),
                runs.steadily(|run| run.cpu_us),
                runs.steadily(|run| run.p50_us),
                runs.steadily(|run| run.p99_us),
                runs.steadily(|run| run.peak_mib),
            ];
            let cells: Vec<String> = cells.iter().map(spread).collect();
            let _ = writeln!(
                table,
                "| {} | {} | {} | {:.2} |",
                job.job.id(),
                runs.name,
                cells.join(" | "),
                runs.zipped as f64 / 1e6
            );
        }
    }
    table
}

fn of_targets(targets: &[Target]) -> String {
    let mut table = String::from("| target | measured | at most | |\n|---|---|---|---|\n");
    for target in targets {
        let word = if target.holds() {
            "holds"
        } else {
            "**missed**"
        };
        let _ = writeln!(
            table,
            "| {} | {} | {} | {word} |",
            target.what,
            spread(&target.measured),
            figure(target.most)
        );
    }
    table
}

fn calls(measured: &[Measured]) -> String {
    let mut table = String::from("| job | calls of one invocation |\n|---|---|\n");
    for job in measured {
        let Some(ours) = job.of(OURS) else { continue };
        let Some(run) = ours.starts.first().or(ours.steady.first()) else {
            continue;
        };
        let calls: Vec<String> = run
            .calls
            .iter()
            .map(|(call, n)| format!("{n:.0} {call}"))
            .collect();
        let _ = writeln!(table, "| {} | {} |", job.job.id(), calls.join(", "));
    }
    table
}

/// The middle, and in brackets the least and the most.
fn spread(value: &Spread) -> String {
    if value.median.is_nan() {
        return "-".into();
    }
    let (least, most) = (figure(value.least), figure(value.most));
    let median = figure(value.median);
    if least == most {
        return median;
    }
    format!("{median} ({least}-{most})")
}

/// Writes the sections and the pictures.
pub(crate) fn write(measured: &[Measured], targets: &[Target], held: &[Held]) -> Result<()> {
    let rounds = measured.first().and_then(|job| job.of(OURS));
    let (starts, steady) = rounds.map_or((0, 0), |runs| (runs.starts.len(), runs.steady.len()));
    let mut page = format!(
        "Written by `{COMMAND}`: {starts} rounds of a start and 105 invocations, {steady} rounds of 2,500, every subject once a \
         round, each on a processor of its own. Middle of the rounds, least and most in brackets. AWS answers over TLS on this \
         machine, at once: what a network adds is the same for all. *ours* is the deployed binary; *{FLOOR}* makes the same calls \
         without AWS's SDK and without our promises (`tests/floor`); the others are in `tests/bench/peers`.\n\n"
    );
    picture(
        &mut page,
        measured,
        "start",
        "Start to first answer",
        "ms",
        |runs| runs.starting(|run: &Run| run.to_answer_ms),
    )?;
    picture(
        &mut page,
        measured,
        "steady",
        "Processor time of a steady invocation",
        "us",
        |runs| runs.steadily(|run: &Run| run.cpu_us),
    )?;
    page.push_str(&functions(measured));
    page.push('\n');
    page.push_str(&calls(measured));
    write_section("performance.md", "functions", &page)?;
    let page = format!(
        "Written by `{COMMAND}`. Ratios are taken round by round.\n\n{}",
        of_targets(targets)
    );
    write_section("performance.md", "targets", &page)?;
    if !held.is_empty() {
        write_section(
            "performance.md",
            "memory",
            &crate::memory::page(COMMAND, held),
        )?;
    }
    Ok(())
}

/// A picture of the first job, by all its subjects.
fn picture(
    page: &mut String,
    measured: &[Measured],
    name: &str,
    title: &str,
    unit: &str,
    value: impl Fn(&Runs) -> Spread,
) -> Result<()> {
    let Some(job) = measured.first() else {
        return Ok(());
    };
    let bar = |runs: &Runs| Bar {
        name: runs.name.clone(),
        value: value(runs),
        ours: runs.name == OURS,
    };
    let all: Vec<Bar> = job.subjects.iter().map(bar).collect();
    let title = format!("{}: {title}", job.job.id());
    let file = format!("img/performance-{name}.svg");
    std::fs::write(document_path(&file), bars(&title, unit, &all))?;
    let _ = writeln!(page, "![{title}]({file})\n");
    Ok(())
}
