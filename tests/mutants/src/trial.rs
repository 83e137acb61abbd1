//! The tests of a crate, run once for each mistake, on a copy of the crates that has all of them switched in.

use crate::mutant::{Listed, Outcome};
use crate::program::{Copy, File, SWITCH};
use crate::run::folder;
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What keeps a run quick and the same each time: few random cases, always the same ones, none written down, and no
/// search for a smaller one.
pub(crate) const ENVIRONMENT: [(&str, &str); 6] = [
    ("PROPTEST_CASES", "16"),
    ("PROPTEST_RNG_SEED", "1"),
    ("PROPTEST_MAX_SHRINK_ITERS", "0"),
    ("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true"),
    ("CARGO_PROFILE_DEV_DEBUG", "0"),
    ("RUST_BACKTRACE", "0"),
];

/// Tests that say how far the random lives of others reach, and one that repeats another ten thousand times: they take
/// most of the time.
pub(crate) const LEFT_OUT: [&str; 3] = [
    "reached::",
    "the_plots_reach_every_end",
    "ten_thousand_changes",
];

/// How many times as long as without a mistake the tests may take, and how long at least, before they count as hanging.
const PATIENCE: u32 = 20;
const LEAST_PATIENCE: Duration = Duration::from_secs(60);

/// How often programs are built again without the mistakes that do not compile: type errors hide those of borrowing.
const MOST_BUILDS: usize = 8;

/// What came of the mistakes that could be switched, and the places (in `listed`) of those that could not.
pub(crate) fn run(
    crate_name: &str,
    listed: &[Listed],
) -> Result<(HashMap<usize, Outcome>, Vec<usize>)> {
    let tree = folder().join("tree");
    let sources = copy(&tree, crate_name, listed)?;
    let (files, left) = switched(&sources, listed);
    let (tests, dead) = build(&tree, crate_name, &files)?;
    let mut outcomes: HashMap<usize, Outcome> =
        dead.iter().map(|n| (n - 1, Outcome::Unviable)).collect();
    let numbers: Vec<usize> = files
        .values()
        .flat_map(File::numbers)
        .filter(|n| !dead.contains(n))
        .collect();
    let place = tree.join("shared").join(crate_name);
    let began = Instant::now();
    if try_one(&tests, &place, 0, Duration::from_secs(3600))? != Outcome::Missed {
        bail!(
            "the tests of {crate_name} fail without any mistake: mend them first (`cargo nextest run`)"
        );
    }
    let patience = (began.elapsed() * PATIENCE).max(LEAST_PATIENCE);
    println!("{crate_name}: {} mistakes to try", numbers.len());
    outcomes.extend(try_all(listed, &tests, &place, &numbers, patience)?);
    Ok((outcomes, left.iter().map(|n| n - 1).collect()))
}

/// Copies the crates; gives the sources with mistakes, by their paths.
fn copy(tree: &Path, crate_name: &str, listed: &[Listed]) -> Result<BTreeMap<String, String>> {
    crate::copy::folder(&crate::copy::place(), tree)?;
    let files: BTreeSet<&str> = listed.iter().map(|mutant| mutant.file.as_str()).collect();
    let mut sources = BTreeMap::new();
    for file in files {
        let text =
            std::fs::read_to_string(tree.join(file)).with_context(|| format!("reading {file}"))?;
        sources.insert(file.to_owned(), text);
    }
    let library = format!("shared/{crate_name}/src/lib.rs");
    let mut text = std::fs::read_to_string(tree.join(&library))
        .with_context(|| format!("reading {library}"))?;
    text.push_str(SWITCH);
    std::fs::write(tree.join(&library), text).with_context(|| format!("writing {library}"))?;
    Ok(sources)
}

/// The mistakes, numbered from 1 by their places in `listed`, in their files; and those that cannot be switched.
fn switched<'a>(
    sources: &'a BTreeMap<String, String>,
    listed: &[Listed],
) -> (BTreeMap<&'a str, File<'a>>, Vec<usize>) {
    let (mut files, mut left) = (BTreeMap::new(), Vec::new());
    for (name, source) in sources {
        let here = listed
            .iter()
            .enumerate()
            .filter(|(_, mutant)| mutant.file == *name);
        let here: Vec<(usize, &Listed)> = here.map(|(place, mutant)| (place + 1, mutant)).collect();
        let (file, without) = File::new(source, &here);
        files.insert(name.as_str(), file);
        left.extend(without);
    }
    (files, left)
}

/// Builds the tests, without the mistakes that do not compile; gives the test programs and those mistakes.
fn build(
    tree: &Path,
    crate_name: &str,
    files: &BTreeMap<&str, File<'_>>,
) -> Result<(Vec<PathBuf>, BTreeSet<usize>)> {
    let mut dead = BTreeSet::new();
    for _ in 0..MOST_BUILDS {
        let mut copies = HashMap::new();
        for (name, file) in files {
            let (program, placed) = file.program(&|number| dead.contains(&number));
            std::fs::write(tree.join(name), program).with_context(|| format!("writing {name}"))?;
            copies.insert((*name).to_owned(), placed);
        }
        println!(
            "{crate_name}: building all mistakes but {} that do not compile",
            dead.len()
        );
        let output = Command::new("cargo")
            .current_dir(tree)
            .args([
                "test",
                "--package",
                crate_name,
                "--all-features",
                "--lib",
                "--tests",
                "--no-run",
            ])
            .args(["--message-format", "json", "--target-dir"])
            .arg(folder().join("build"))
            .envs(ENVIRONMENT)
            .stderr(Stdio::inherit())
            .output()
            .context("building with cargo")?;
        let messages = messages(&output.stdout);
        if output.status.success() {
            return Ok((programs(&messages), dead));
        }
        let wrong = wrong_copies(&messages, &copies);
        if wrong.is_empty() {
            bail!("{crate_name} does not compile: {}", errors(&messages));
        }
        dead.extend(wrong);
    }
    bail!("{crate_name}: after {MOST_BUILDS} builds there still are mistakes that do not compile")
}

fn messages(output: &[u8]) -> Vec<serde_json::Value> {
    let lines = output.split(|byte| *byte == b'\n');
    lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect()
}

fn programs(messages: &[serde_json::Value]) -> Vec<PathBuf> {
    let paths = messages
        .iter()
        .filter_map(|message| message["executable"].as_str());
    paths.map(PathBuf::from).collect()
}

fn is_error(message: &serde_json::Value) -> bool {
    message["message"]["level"] == "error"
}

/// The mistakes in whose copies the compiler found errors.
fn wrong_copies(
    messages: &[serde_json::Value],
    copies: &HashMap<String, Vec<Copy>>,
) -> BTreeSet<usize> {
    let errors = messages.iter().filter(|message| is_error(message));
    let spans = errors
        .filter_map(|error| error["message"]["spans"].as_array())
        .flatten();
    let primary = spans.filter(|span| span["is_primary"] == true);
    let places = primary.filter_map(|span| {
        let line = usize::try_from(span["line_start"].as_u64()?).ok()?;
        Some((copies.get(span["file_name"].as_str()?)?, line))
    });
    places
        .filter_map(|(copies, line)| copies.iter().find(|copy| copy.lines.contains(&line)))
        .map(|copy| copy.number)
        .collect()
}

fn errors(messages: &[serde_json::Value]) -> String {
    let errors = messages.iter().filter(|message| is_error(message));
    errors
        .filter_map(|error| error["message"]["rendered"].as_str())
        .collect()
}

/// Tries every mistake, on all cores.
fn try_all(
    listed: &[Listed],
    tests: &[PathBuf],
    place: &Path,
    numbers: &[usize],
    patience: Duration,
) -> Result<HashMap<usize, Outcome>> {
    let bar = ProgressBar::new(u64::try_from(numbers.len())?);
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}, {msg}, {eta} to go")?;
    bar.set_style(style);
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new((HashMap::new(), 0_usize));
    let work = || -> Result<()> {
        while let Some(number) = numbers.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = try_one(tests, place, *number, patience)?;
            let mut outcomes = outcomes
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            outcomes.0.insert(number - 1, outcome);
            if matches!(outcome, Outcome::Missed | Outcome::Timeout) {
                outcomes.1 += 1;
                bar.suspend(|| println!("{outcome:?}: {}", listed[number - 1].name));
            }
            bar.set_message(format!("{} not noticed by a failing test", outcomes.1));
            bar.inc(1);
        }
        Ok(())
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| match worker.join() {
                Ok(result) => result,
                Err(_) => bail!("a worker panicked"),
            })
    })?;
    bar.finish_and_clear();
    let outcomes = outcomes
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(outcomes.0)
}

/// Runs the test programs with one mistake until one of them fails.
fn try_one(tests: &[PathBuf], place: &Path, number: usize, patience: Duration) -> Result<Outcome> {
    for test in tests {
        let mut command = Command::new(test);
        command
            .current_dir(place)
            .arg("--quiet")
            .envs(ENVIRONMENT)
            .env("MUTANT", number.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        for name in LEFT_OUT {
            command.args(["--skip", name]);
        }
        let mut child = command
            .spawn()
            .with_context(|| format!("running {}", test.display()))?;
        let began = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if began.elapsed() > patience {
                child.kill()?;
                child.wait()?;
                return Ok(Outcome::Timeout);
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        if !status.success() {
            return Ok(Outcome::Caught);
        }
    }
    Ok(Outcome::Missed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_those_of_the_copies_they_stand_in() {
        let message = |level: &str, line: u32, primary: bool| {
            let span =
                serde_json::json!({"file_name": "a.rs", "line_start": line, "is_primary": primary});
            serde_json::json!({"reason": "compiler-message", "message": {"level": level, "spans": [span], "rendered": "wrong"}})
        };
        let messages = [
            message("error", 4, true),
            message("error", 12, false),
            message("warning", 12, true),
            message("error", 99, true),
        ];
        let copy = |number, lines| Copy { number, lines };
        let copies = HashMap::from([(
            "a.rs".to_owned(),
            vec![copy(1, 1..3), copy(2, 3..6), copy(3, 10..20)],
        )]);
        assert_eq!(wrong_copies(&messages, &copies), BTreeSet::from([2]));
        assert_eq!(errors(&messages), "wrongwrongwrong");
    }

    #[test]
    fn a_test_that_fails_notices_one_that_hangs_counts_and_one_that_passes_does_not() {
        let folder = std::env::temp_dir();
        let patience = Duration::from_millis(200);
        let outcome = |program: &str| {
            let path = folder.join(format!("trial-{}-{program}", std::process::id()));
            std::fs::write(&path, format!("#!/bin/sh\n{program}\n")).unwrap();
            let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(&path, executable).unwrap();
            let outcome = try_one(std::slice::from_ref(&path), &folder, 7, patience).unwrap();
            std::fs::remove_file(&path).unwrap();
            outcome
        };
        assert_eq!(outcome("exit 0"), Outcome::Missed);
        assert_eq!(outcome("exit 101"), Outcome::Caught);
        assert_eq!(outcome("exec sleep 10"), Outcome::Timeout);
        assert_eq!(outcome("test \"$MUTANT\" = 7"), Outcome::Missed);
    }
}
