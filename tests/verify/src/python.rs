//! Pinned Python tools in a folder of the project's own, made when first needed.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is installed, with exact versions. Another text here makes the folder anew.
const PINS: &str = "cfn-lint==1.58.0";

/// The path of a tool, installed if it is not there yet.
pub(crate) fn tool(root: &Path, name: &str) -> Result<PathBuf> {
    let folder = root.join(".cache/verify/python");
    let stamp = folder.join("pins");
    if std::fs::read_to_string(&stamp).ok().as_deref() != Some(PINS) {
        println!("installing {PINS} into .cache/verify/python");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).context("the old folder could not be removed")?;
        }
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let pip = folder.join("bin/pip");
        run(Command::new(pip)
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(PINS.split(' ')))?;
        std::fs::write(&stamp, PINS)?;
    }
    Ok(folder.join("bin").join(name))
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| {
        format!("{command:?} could not be started; is python3 with venv installed?")
    })?;
    if !status.success() {
        bail!("{command:?} failed; see its output above");
    }
    Ok(())
}
