//! The tables of hostile messages: tests that say how much they tried. The tests write figures into the folder that
//! `HOSTILE_FIGURES` names.

use crate::{kept, root};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::process::Command;

/// Which tests those are: those of the notifications, and among the provider's contract those of the client. Nothing else
/// is built.
const TESTS: &str = "binary(hostile) | test(/^client::hostile/)";

/// What one test tried.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Table {
    /// What was sent to what.
    pub(crate) what: String,
    /// How many messages.
    pub(crate) tried: u64,
    /// How many of them were believed or moved money; must be 0.
    pub(crate) accepted: u64,
    /// The most memory that the test process held, in MiB.
    pub(crate) peak_mib: u64,
    /// How long the slowest message was worked at, in milliseconds of processor time.
    pub(crate) slowest_ms: u64,
}

/// Runs them; what each tried, and whether all of them passed. One that does not prints what was accepted or panicked.
pub(crate) fn run() -> Result<(Vec<Table>, bool)> {
    let folder = kept().join("figures");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("clearing {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let folder = std::fs::canonicalize(folder)?;
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args("nextest run --workspace --all-features --locked --no-fail-fast".split(' '))
        .args(["--test", "hostile", "--test", "contract", "-E", TESTS])
        .env("HOSTILE_FIGURES", &folder)
        .current_dir(root())
        .status()
        .context("starting cargo nextest: install cargo-nextest if it is missing")?;
    let mut files: Vec<_> = std::fs::read_dir(&folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.sort();
    if files.is_empty() {
        bail!("no table of hostile messages ran: see above, and whether the workspace builds");
    }
    let read = |file: &std::path::PathBuf| {
        let text = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("reading {}", file.display()))
    };
    let tables: Result<_> = files.iter().map(read).collect();
    Ok((tables?, status.success()))
}
