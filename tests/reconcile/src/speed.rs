//! How fast reports are reconciled and how much memory that takes: files on disk, rows made one after the other as pages
//! of a table would give them, in a process of its own.

use crate::plenty::{A_DAY, Deal, template};
use anyhow::{Context, Result, ensure};
use domain::{Seconds, Time};
use indicatif::ProgressBar;
use reports::{Encoding, Period, Reading, Settings, Unit};
use serde::{Deserialize, Serialize};
use simulator::reports::{ReportOptions, write};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The hidden argument by which the program is the process that is measured.
pub const READER: &str = "--be-reader";

/// What the measured process is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// Where the files are.
    pub folder: PathBuf,
    /// How many payments of ours there are.
    pub payments: u64,
}

/// What one size took.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Size {
    /// Lines of settlement details.
    pub lines: u64,
    /// Rows.
    pub rows: u64,
    /// Bytes of the files.
    pub bytes: u64,
    /// Seconds: files read.
    pub reading: f64,
    /// Seconds: rows taken, and made.
    pub rows_taken: f64,
    /// Seconds: payments found for the lines.
    pub resolving: f64,
    /// Seconds: payments judged.
    pub judging: f64,
    /// The most memory that the process held, in MiB.
    pub peak_mib: u64,
}

impl Size {
    fn seconds(&self) -> f64 {
        self.reading + self.rows_taken + self.resolving + self.judging
    }

    fn lines_per_second(&self) -> f64 {
        self.lines as f64 / self.seconds()
    }
}

/// Writes the files and measures, for each number of lines.
///
/// # Errors
/// Files cannot be written, or the measured process fails: it finds a difference where there is none.
pub fn measure(sizes: &[u64], progress: &ProgressBar) -> Result<Vec<Size>> {
    let mut measured = Vec::new();
    for lines in sizes {
        let folder = tempfile::tempdir()?;
        progress.set_message(format!("writing {lines} lines"));
        let payments = write_files(folder.path(), *lines, progress)?;
        progress.set_message(format!("reconciling {lines} lines"));
        let order = Order {
            folder: folder.path().to_owned(),
            payments,
        };
        let output = Command::new(std::env::current_exe()?)
            .args([READER, &serde_json::to_string(&order)?])
            .stderr(Stdio::inherit())
            .output()
            .context("the measured process cannot be started")?;
        ensure!(output.status.success(), "the measured process failed");
        measured.push(serde_json::from_slice(&output.stdout).context("it printed something else")?);
    }
    Ok(measured)
}

/// Settlement details and summaries with at least so many lines of details; gives how many payments they have.
fn write_files(folder: &Path, lines: u64, progress: &ProgressBar) -> Result<u64> {
    let (mut payments, mut written) = (0, 0);
    while written < lines {
        let mut records = Vec::new();
        while written < lines && (records.is_empty() || payments % A_DAY != 0) {
            let deal = Deal(payments);
            records.push(deal.record());
            written += deal.lines();
            payments += 1;
        }
        let set = write(&records, &ReportOptions::default())?;
        for report in set
            .reports
            .iter()
            .filter(|report| report.name.starts_with("settlement"))
        {
            std::fs::write(folder.join(&report.name), &report.bytes)?;
        }
        progress.inc(1);
    }
    Ok(payments)
}

/// Reconciles, as the measured process.
///
/// # Errors
/// A file cannot be read, or books and reports do not agree.
pub fn reconcile(order: &Order) -> Result<Size> {
    let settings = Settings {
        unit: Some(Unit::Major),
        period: Some(Period {
            from: Time::from_millis(0),
            to: Time::from_millis(4_102_444_800_000),
        }),
        absent_after: Seconds::days(3),
        encoding: Encoding::Utf8,
    };
    let new_stream = || Ok(Box::new(tempfile::tempfile()?) as Box<dyn reports::Stream>);
    let mut size = Size {
        rows: order.payments,
        ..Size::default()
    };
    let mut reading = Reading::begin(settings, Box::new(new_stream))?;
    let begun = Instant::now();
    for entry in std::fs::read_dir(&order.folder)? {
        let path = entry?.path();
        size.bytes += path.metadata()?.len();
        let mut file = BufReader::new(File::open(&path)?);
        reading.file(&path.display().to_string(), &mut file)?;
    }
    let details = reading
        .files()
        .iter()
        .filter(|file| file.kind == reports::ReportKind::Settlement);
    size.lines = details.map(|file| file.lines).sum();
    size.reading = begun.elapsed().as_secs_f64();

    let (begun, template) = (Instant::now(), template());
    for number in 0..order.payments {
        reading.row(&Deal(number).row(&template))?;
    }
    size.rows_taken = begun.elapsed().as_secs_f64();

    let begun = Instant::now();
    let mut matching = reading.resolve(&mut || {})?;
    size.resolving = begun.elapsed().as_secs_f64();

    let begun = Instant::now();
    while let Some(partition) = matching.next_partition()? {
        for examined in &partition {
            matching.count(examined)?;
        }
    }
    let (statement, findings) = matching.finish();
    size.judging = begun.elapsed().as_secs_f64();
    statement
        .check_unit()
        .map_err(|fault| anyhow::anyhow!("{fault:?}"))?;
    ensure!(statement.balances(), "{:?} {findings:?}", statement.counts);
    let matched: u64 = statement
        .balances
        .iter()
        .map(|(.., balance)| balance.matched.number)
        .sum();
    ensure!(
        matched == size.lines,
        "{matched} of {} lines matched",
        size.lines
    );
    size.peak_mib = report::peak_memory_mib().unwrap_or(0);
    Ok(size)
}

/// The processor's name, where the system says it.
fn processor() -> String {
    let mut text = String::new();
    let read = File::open("/proc/cpuinfo").and_then(|mut file| file.read_to_string(&mut text));
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    match (read, name) {
        (Ok(_), Some((_, name))) => name.trim().to_owned(),
        _ => "a processor that the system does not name".to_owned(),
    }
}

/// The section of docs/reconciliation.md.
#[must_use]
pub fn markdown(sizes: &[Size]) -> String {
    let mut text = format!(
        "`cargo reconcile-check --part speed --write-docs`\n\n\
         Settlement details and summaries of generation B as CSV, rows made in memory, one thread, temporary files on \
         the disk, a build with optimised dependencies (`profile.dev`). {}.\n\n\
         | lines | rows | files | read | rows taken | matched | judged | lines a second | peak memory |\n\
         |---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        processor()
    );
    for size in sizes {
        text += &format!(
            "| {} | {} | {} MiB | {:.1} s | {:.1} s | {:.1} s | {:.1} s | {:.0} | {} MiB |\n",
            size.lines,
            size.rows,
            size.bytes >> 20,
            size.reading,
            size.rows_taken,
            size.resolving,
            size.judging,
            size.lines_per_second(),
            size.peak_mib
        );
    }
    text
}
