//! Running cargo-mutants: each crate by its own tests, always in the same way.

use crate::ledger::Ledger;
use crate::mutant::{Listed, Mutant, named};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// The crates whose mistakes are made.
const CRATES: [&str; 2] = ["domain", "pop"];

/// What keeps a run quick and the same each time: few random cases, always the same ones, none written down, and no
/// search for a smaller one.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("PROPTEST_CASES", "16"),
    ("PROPTEST_RNG_SEED", "1"),
    ("PROPTEST_MAX_SHRINK_ITERS", "0"),
    ("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true"),
    ("CARGO_PROFILE_DEV_DEBUG", "0"),
];

/// The project's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where runs and their ledger are kept.
pub(crate) fn folder() -> PathBuf {
    root().join("target/mutants")
}

/// Makes the mistakes: all of them, or those in `files`; with `resume` only those that were not noticed yet.
pub(crate) fn run(files: &[String], resume: bool, ledger: &mut Ledger) -> Result<()> {
    for name in CRATES {
        let output = folder().join(name);
        std::fs::create_dir_all(&output).with_context(|| format!("making {}", output.display()))?;
        let mut command = cargo_mutants(&["--package", name, "--all-features", "--output"]);
        command
            .arg(&output)
            .envs(ENVIRONMENT)
            .args(resume.then_some("--iterate"));
        for file in files {
            command.args(["--file", file]);
        }
        let status = command.status().context(
            "starting cargo mutants: install it with `cargo install cargo-mutants --locked`",
        )?;
        collect(ledger)?;
        tried(status).with_context(|| format!("mutating {name}"))?;
    }
    Ok(())
}

/// Takes into the ledger what the last runs left, also one that was stopped.
pub(crate) fn collect(ledger: &mut Ledger) -> Result<()> {
    for name in CRATES {
        let left = folder().join(name).join("mutants.out");
        if left.join("outcomes.json").exists() {
            ledger.take(&left)?;
        }
    }
    ledger.write()
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

/// All mistakes that can be made in the code as it is now.
pub(crate) fn list() -> Result<Vec<Mutant>> {
    let mut all = Vec::new();
    for name in CRATES {
        let output = cargo_mutants(&["--package", name, "--list", "--json", "--diff"])
            .output()
            .context("listing with cargo mutants")?;
        if !output.status.success() {
            bail!(
                "listing: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let listed: Vec<Listed> =
            serde_json::from_slice(&output.stdout).context("reading the list of cargo mutants")?;
        all.extend(named(&listed));
    }
    Ok(all)
}

fn cargo_mutants(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .current_dir(root())
        .args(["mutants", "--config", "tests/mutants/mutants.toml"])
        .args(arguments);
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
}
