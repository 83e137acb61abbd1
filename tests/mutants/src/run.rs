//! All mistakes of both crates: which there are, and what comes of each.

use crate::mutant::{Listed, Mutant, Outcome, named, read_run};
use crate::trial;
use anyhow::{Context, Result, bail};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// The crates whose mistakes are made.
const CRATES: [&str; 2] = ["domain", "pop"];

/// What was tried.
pub(crate) struct Run {
    /// Every mistake that can be made.
    pub(crate) all: Vec<Mutant>,
    /// What came of it.
    pub(crate) outcomes: HashMap<Mutant, Outcome>,
}

/// The project's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where copies, builds and logs are kept.
pub(crate) fn folder() -> PathBuf {
    root().join("target/mutants")
}

/// Makes all mistakes, or those in the files that match one of `files`.
pub(crate) fn run(files: &[String]) -> Result<Run> {
    crate::copy::make()?;
    let mut run = Run {
        all: Vec::new(),
        outcomes: HashMap::new(),
    };
    for name in CRATES {
        let listed = list(name, files)?;
        if listed.is_empty() {
            continue;
        }
        let mutants = named(&listed);
        let (outcomes, left) = trial::run(name, &listed)?;
        let outcomes = outcomes.into_iter();
        run.outcomes
            .extend(outcomes.map(|(at, outcome)| (mutants[at].clone(), outcome)));
        let left: Vec<&Listed> = left.iter().map(|at| &listed[*at]).collect();
        if !left.is_empty() {
            run.outcomes.extend(one_by_one(name, &left, &listed)?);
        }
        run.all.extend(mutants);
    }
    if run.all.is_empty() {
        bail!(
            "no mistake can be made there: is the file one of shared/domain/src or shared/pop/src?"
        );
    }
    Ok(run)
}

fn list(name: &str, files: &[String]) -> Result<Vec<Listed>> {
    let mut command = cargo_mutants(name);
    command.args(["--list", "--json", "--diff"]);
    for file in files {
        command.args(["--file", file]);
    }
    let output = command.output().context(
        "starting cargo mutants: install it with `cargo install cargo-mutants --locked`",
    )?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "cargo mutants cannot list the mistakes; install it with `cargo install cargo-mutants --locked`: {}",
            said.trim()
        );
    }
    serde_json::from_slice(&output.stdout).context("reading the list of cargo mutants")
}

/// Tries the few mistakes that cannot be switched the slow way: cargo-mutants builds each by itself.
fn one_by_one(name: &str, left: &[&Listed], listed: &[Listed]) -> Result<HashMap<Mutant, Outcome>> {
    println!("{name}: {} more, each built by itself", left.len());
    let output = folder().join(name);
    std::fs::create_dir_all(&output).with_context(|| format!("making {}", output.display()))?;
    let mut command = cargo_mutants(name);
    // The copy is ours: each mistake is made in it and taken back, and what was built for the others is used again.
    command
        .args(["--in-place", "--all-features", "--output"])
        .arg(&output)
        .envs(trial::ENVIRONMENT)
        .env("CARGO_TARGET_DIR", folder().join("build"));
    // A missing field is tried whatever the names: only the file keeps it out.
    for file in left.iter().map(|m| &m.file).collect::<BTreeSet<_>>() {
        command.args(["--file", file]);
    }
    for mutant in left {
        command.args(["--re", &format!("^{}$", escaped(&mutant.name))]);
    }
    tried(command.status().context("starting cargo mutants")?)?;
    // It leaves its own list behind; the names are the same, and so is what tells mistakes apart.
    let names: HashMap<&str, Mutant> = listed
        .iter()
        .map(|mutant| mutant.name.as_str())
        .zip(named(listed))
        .collect();
    let outcomes = read_run(&output.join("mutants.out"))?.into_iter();
    Ok(outcomes
        .filter_map(|(name, outcome)| Some((names.get(name.as_str())?.clone(), outcome)))
        .collect())
}

/// Mistakes that were not noticed, and tests that did not end, are findings; anything else ended the run early.
fn tried(status: ExitStatus) -> Result<()> {
    match status.code() {
        Some(0 | 2 | 3) => Ok(()),
        Some(4) => {
            bail!("the tests fail without any mistake: mend them first (`cargo nextest run`)")
        }
        _ => bail!("cargo mutants ended with {status}: its last lines say why"),
    }
}

/// As a regular expression that means the text itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if c.is_ascii_punctuation() && !"_-<>/'\"".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn cargo_mutants(name: &str) -> Command {
    let mut command = Command::new("cargo");
    command
        .current_dir(crate::copy::place())
        .args(["mutants", "--package", name, "--config"])
        .arg(root().join("tests/mutants/mutants.toml"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn a_run_that_found_something_is_told_from_one_that_could_not_be_made() {
        for (code, want) in [
            (0, true),
            (2, true),
            (3, true),
            (1, false),
            (4, false),
            (70, false),
        ] {
            assert_eq!(
                tried(ExitStatus::from_raw(code << 8)).is_ok(),
                want,
                "{code}"
            );
        }
        assert!(
            tried(ExitStatus::from_raw(2)).is_err(),
            "stopped by a signal"
        );
    }

    #[test]
    fn names_of_mistakes_mean_themselves() {
        assert_eq!(
            escaped("a/b.rs:3:7: replace || with && in X<'a>::f -> [u8]"),
            r"a/b\.rs\:3\:7\: replace \|\| with \&\& in X<'a>\:\:f -> \[u8\]"
        );
    }
}
