//! The program with engine and targets, built with our crates instrumented.

use crate::{kept, root, target};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Libfuzzer's own answer to an input that breaks something.
const BROKEN: [i32; 4] = [70, 71, 72, 77];

/// The program.
pub(crate) struct Engine(PathBuf);

/// A target, as the program describes it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) holds: String,
    pub(crate) longest: usize,
}

/// Builds it: in the features of the whole workspace, so that no dependency is built twice, and without the compiler's
/// incremental state, which would be that of ordinary builds.
pub(crate) fn engine() -> Result<Engine> {
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args("build --workspace --all-features --locked --bin fuzz-engine".split(' '))
        .env(
            "RUSTC_WORKSPACE_WRAPPER",
            root().join("tests/fuzz/instrument.sh"),
        )
        .env("CARGO_INCREMENTAL", "0")
        .current_dir(root())
        .status()
        .context("starting cargo: is it on PATH?")?;
    if !status.success() {
        bail!(
            "the fuzz targets do not build: see above; a C++ compiler is needed for the engine (Debian: g++)"
        );
    }
    // An ordinary build of the workspace puts a program without the engine in the same place.
    std::fs::create_dir_all(kept())?;
    let (built, own) = (
        target().join("debug/fuzz-engine"),
        kept().join("fuzz-engine"),
    );
    let _ = std::fs::remove_file(&own); // one that runs cannot be written over, but replaced
    std::fs::copy(&built, &own)
        .with_context(|| format!("copying {} to {}", built.display(), own.display()))?;
    Ok(Engine(own))
}

impl Engine {
    pub(crate) fn command(&self, target: &str) -> Command {
        let mut command = Command::new(&self.0);
        command
            .env("FUZZ_TARGET", target)
            .env("RUST_BACKTRACE", "0")
            .current_dir(root());
        command
    }

    /// What there is to fuzz.
    pub(crate) fn targets(&self) -> Result<Vec<Target>> {
        let output = self
            .command("list")
            .output()
            .context("starting the fuzz targets")?;
        serde_json::from_slice(&output.stdout).context("the list of the fuzz targets")
    }

    /// Tries one input; whether everything held.
    pub(crate) fn replay(&self, target: &str, input: &Path) -> Result<bool> {
        let input =
            std::fs::canonicalize(input).with_context(|| format!("reading {}", input.display()))?;
        let mut command = self.command(target);
        let status = command
            .env("RUST_BACKTRACE", "1")
            .arg(input)
            .stdin(Stdio::null())
            .status()?;
        println!(
            "{}",
            if status.success() {
                "it holds"
            } else {
                "it breaks: see above"
            }
        );
        Ok(status.success())
    }
}

/// Whether the engine ended because an input broke something, and not because it could not work.
pub(crate) fn found_something(status: std::process::ExitStatus) -> bool {
    status.code().is_none_or(|code| BROKEN.contains(&code))
}
