//! Pinned Python tools in folders of the project's own, made when first needed.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A set of packages with exact versions, in an environment of its own.
pub(crate) struct Environment {
    /// Its folder in the cache.
    pub(crate) name: &'static str,
    /// The packages. Another text here makes the folder anew.
    pub(crate) pins: &'static str,
}

/// What lints the template and looks for weaknesses in it. All that the two need is pinned: pip would take minutes to
/// choose.
pub(crate) const LINT: Environment = Environment {
    name: "verify/python",
    pins: include_str!("../requirements-lint.txt"),
};

/// The SAM CLI: the one with which the rehearsal deploys.
pub(crate) const SAM: Environment = Environment {
    name: "rehearsal/venv-sam",
    pins: include_str!("../../rehearsal/requirements-sam.txt"),
};

/// What sends generated requests.
pub(crate) const FUZZ: Environment = Environment {
    name: "verify/python-api",
    pins: include_str!("../../api/requirements.txt"),
};

/// The provider's own SDK.
pub(crate) const SDK: Environment = Environment {
    name: "verify/python-sdk",
    pins: include_str!("../../official-sdk/requirements.txt"),
};

impl Environment {
    /// The path of a program in it, installed if it is not there yet.
    pub(crate) fn program(&self, root: &Path, program: &str) -> Result<PathBuf> {
        let folder = root.join(".cache").join(self.name);
        let stamp = folder.join("installed.txt"); // as the rehearsal's own have it
        if std::fs::read_to_string(&stamp).ok().as_deref() != Some(self.pins) {
            self.install(&folder)?;
            std::fs::write(&stamp, self.pins)?;
        }
        Ok(folder.join("bin").join(program))
    }

    fn install(&self, folder: &Path) -> Result<()> {
        let packages: Vec<&str> = self.pins.split_whitespace().collect();
        println!(
            "installing {} and what belongs to it into {}",
            packages.first().unwrap_or(&"nothing"),
            folder.display()
        );
        if folder.exists() {
            std::fs::remove_dir_all(folder).context("the old folder could not be removed")?;
        }
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let pip = folder.join("bin/pip");
        run(Command::new(pip)
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(packages))
    }
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
