//! Runs the targets, some at once, and reads what the engine says in the end.

use crate::build::{Engine, Target, found_something};
use crate::kept;
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// An input may take this long; the slowest real ones take milliseconds.
const SLOWEST_SECONDS: u32 = 2;
/// The process may hold this much, corpus and the engine's tables included.
const MEMORY_MIB: u32 = 1024;
/// One allocation may be this large: longer than any body that is read.
const ALLOCATION_MIB: u32 = 32;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) seconds: u32,
    pub(crate) jobs: usize,
}

/// What became of one target.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Fuzzed {
    pub(crate) target: String,
    pub(crate) about: String,
    pub(crate) holds: String,
    pub(crate) executions: u64,
    pub(crate) per_second: u64,
    /// Inputs that reach something which no other does.
    pub(crate) corpus: u64,
    /// Places in our code that were reached.
    pub(crate) reached: u64,
    pub(crate) peak_mib: u64,
    pub(crate) slowest_seconds: u64,
    /// The input that broke something.
    pub(crate) broken_by: Option<PathBuf>,
}

pub(crate) fn all(engine: &Engine, targets: &[Target], limits: Limits) -> Result<Vec<Fuzzed>> {
    let bar = progress(targets.len(), limits);
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..limits.jobs.min(targets.len()) {
            scope.spawn(|| {
                while let Some((place, target)) = take(&next, targets) {
                    bar.set_message(target.name.clone());
                    let result = one(engine, target, limits.seconds);
                    bar.inc(1);
                    if let Ok(mut results) = results.lock() {
                        results.push((place, result));
                    }
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut results = results
        .into_inner()
        .unwrap_or_else(|broken| broken.into_inner());
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

fn take<'a>(next: &AtomicUsize, targets: &'a [Target]) -> Option<(usize, &'a Target)> {
    let place = next.fetch_add(1, Ordering::SeqCst);
    targets.get(place).map(|target| (place, target))
}

fn progress(count: usize, limits: Limits) -> ProgressBar {
    let bar = ProgressBar::new(count as u64);
    if let Ok(style) =
        ProgressStyle::with_template("fuzzing {pos}/{len} targets [{wide_bar}] {msg} {elapsed}")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    if bar.is_hidden() {
        let at_once = limits.jobs.min(count);
        println!(
            "fuzzing {count} targets for {} s each, {at_once} at once",
            limits.seconds
        );
    }
    bar
}

/// Fuzzes one target. What it learned stays in its corpus for the next run.
fn one(engine: &Engine, target: &Target, seconds: u32) -> Result<Fuzzed> {
    let (corpus, crashes) = (
        kept().join("corpus").join(&target.name),
        kept().join("crashes").join(&target.name),
    );
    for folder in [&corpus, &crashes] {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let log = kept().join(format!("{}.log", target.name));
    let output =
        std::fs::File::create(&log).with_context(|| format!("writing {}", log.display()))?;
    let status = engine
        .command(&target.name)
        .env("FUZZ_SEEDS", &corpus)
        .arg(&corpus)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={}", target.longest))
        .arg(format!("-timeout={SLOWEST_SECONDS}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .arg(format!("-malloc_limit_mb={ALLOCATION_MIB}"))
        .arg(format!("-artifact_prefix={}/", crashes.display()))
        .args([
            "-use_value_profile=1",
            "-print_final_stats=1",
            "-dict=tests/fuzz/words.dict",
        ])
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .status()
        .context("starting the fuzz targets")?;
    let said = std::fs::read(&log).with_context(|| format!("reading {}", log.display()))?;
    let said = String::from_utf8_lossy(&said);
    if !status.success() && !found_something(status) {
        bail!(
            "the target {} could not run ({status}): see {}",
            target.name,
            log.display()
        );
    }
    let broken_by = broken_by(&said, &crashes);
    if !status.success() && broken_by.is_none() {
        bail!(
            "the target {} ended ({status}) without an input that did it: see {}",
            target.name,
            log.display()
        );
    }
    Ok(fuzzed(target, &said, seconds, broken_by))
}

fn fuzzed(target: &Target, said: &str, seconds: u32, broken_by: Option<PathBuf>) -> Fuzzed {
    let stat = |name: &str| {
        let line = said
            .lines()
            .find_map(|line| line.strip_prefix(&format!("stat::{name}:")));
        line.and_then(|number| number.trim().parse().ok())
            .unwrap_or(0)
    };
    // The last line of progress: `#1234  DONE cov: 567 ft: 890 corp: 12/3456b ...`.
    let last = said
        .lines()
        .rfind(|line| line.starts_with('#') && line.contains(" corp: "));
    let after = |word: &str| {
        let number = last.and_then(|line| line.split(word).nth(1))?.trim_start();
        number
            .split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    };
    let executions = stat("number_of_executed_units");
    Fuzzed {
        target: target.name.clone(),
        about: target.about.clone(),
        holds: target.holds.clone(),
        executions,
        per_second: executions / u64::from(seconds.max(1)),
        corpus: after(" corp: ").unwrap_or(0),
        reached: after(" cov: ").unwrap_or(0),
        peak_mib: stat("peak_rss_mb"),
        slowest_seconds: stat("slowest_unit_time_sec"),
        broken_by,
    }
}

/// The engine names the file into which it wrote the input.
fn broken_by(said: &str, crashes: &Path) -> Option<PathBuf> {
    let path = said
        .lines()
        .find_map(|line| line.split("Test unit written to ").nth(1))?;
    let path = PathBuf::from(path.trim());
    path.starts_with(crashes).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target {
            name: "x".into(),
            about: String::new(),
            holds: String::new(),
            longest: 10,
        }
    }

    #[test]
    fn figures_are_read_from_what_the_engine_says() {
        let said = "#10\tINITED cov: 5 ft: 6 corp: 1/1b exec/s: 0 rss: 40Mb\n#204800\tDONE   cov: 312 ft: 901 corp: 77/9Kb lim: 40 exec/s: 1 rss: 50Mb\n\
                    stat::number_of_executed_units: 204800\nstat::peak_rss_mb:              88\nstat::slowest_unit_time_sec:    0\n";
        let fuzzed = fuzzed(&target(), said, 10, None);
        assert_eq!(
            (fuzzed.executions, fuzzed.per_second, fuzzed.peak_mib),
            (204_800, 20_480, 88)
        );
        assert_eq!((fuzzed.corpus, fuzzed.reached), (77, 312));
    }

    #[test]
    fn the_input_that_broke_something_is_found_in_its_own_folder_only() {
        let said = "artifact_prefix='/t/crashes/x/'; Test unit written to /t/crashes/x/crash-1\nBase64: AA==\n";
        assert_eq!(
            broken_by(said, Path::new("/t/crashes/x")),
            Some("/t/crashes/x/crash-1".into())
        );
        assert_eq!(broken_by(said, Path::new("/t/crashes/y")), None);
        assert_eq!(broken_by("all is well", Path::new("/t")), None);
    }
}
