//! What a check is, and how it is run.

use crate::debian::Needed;
use crate::python::Environment;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// One check: commands that must all succeed.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) calls: Vec<Call>,
    /// What to say of it at the end.
    pub(crate) figure: Option<Figure>,
}

/// One command.
pub(crate) struct Call {
    pub(crate) program: Program,
    pub(crate) arguments: Vec<String>,
    /// Where, seen from the project's root.
    pub(crate) folder: &'static str,
    pub(crate) environment: Vec<(&'static str, String)>,
    /// What has to be on the machine, and is installed if need be.
    pub(crate) needs: Option<&'static Needed>,
}

pub(crate) enum Program {
    /// A cargo command; with a name, it is skipped where that subcommand is not installed.
    Cargo {
        optional: Option<&'static str>,
    },
    /// A program of pinned Python tools, installed into the project's own cache.
    Python(&'static Environment, &'static str),
    Npm,
    /// A program of this workspace that an earlier call has built.
    Built(String),
}

/// A file that a step writes, and what is read out of it.
pub(crate) struct Figure {
    /// Seen from the project's root.
    pub(crate) file: PathBuf,
    pub(crate) read: fn(&str) -> Option<String>,
}

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed,
    Skipped(&'static str),
}

impl Outcome {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::Skipped(_) => "skipped",
        }
    }
}

impl Figure {
    /// Nothing of an earlier run is left, and the folder is there.
    fn make_way(&self) -> Result<()> {
        let file = root().join(&self.file);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} cannot be removed", file.display()))
            }
            _ => Ok(()),
        }
    }
}

impl Step {
    /// The commands as a person would type them.
    pub(crate) fn shown(&self) -> String {
        let shown: Vec<String> = self.calls.iter().map(Call::shown).collect();
        shown.join(" && ")
    }

    /// Runs its commands one after the other, with their output shown.
    pub(crate) fn run(&self) -> Result<Outcome> {
        if let Some(figure) = &self.figure {
            figure.make_way()?;
        }
        for call in &self.calls {
            match call.run()? {
                Outcome::Passed => {}
                other => return Ok(other),
            }
        }
        Ok(Outcome::Passed)
    }

    /// What it has to say in numbers, once it ran.
    pub(crate) fn figure(&self) -> Option<String> {
        let figure = self.figure.as_ref()?;
        let text = std::fs::read_to_string(root().join(&figure.file)).ok()?;
        (figure.read)(&text)
    }
}

impl Call {
    fn shown(&self) -> String {
        let program = match &self.program {
            Program::Cargo { .. } => "cargo",
            Program::Python(_, name) => name,
            Program::Npm => "npm",
            Program::Built(path) => path,
        };
        let mut words: Vec<String> = Vec::new();
        if self.folder != "." {
            words.push(format!("cd {} &&", self.folder));
        }
        let variables = self.environment.iter();
        words.extend(variables.map(|(name, value)| format!("{name}='{value}'")));
        words.push(program.to_owned());
        words.extend(self.arguments.iter().cloned());
        let shown = words.join(" ");
        if self.folder == "." {
            shown
        } else {
            format!("({shown})")
        }
    }

    fn run(&self) -> Result<Outcome> {
        self.needs.map_or(Ok(()), Needed::ready)?;
        let program = match &self.program {
            Program::Cargo {
                optional: Some(name),
            } if !has_cargo_command(name) => {
                println!("skipped: `cargo {name}` is not installed");
                return Ok(Outcome::Skipped(name));
            }
            Program::Cargo { .. } => cargo(),
            Program::Built(path) => path.into(),
            Program::Python(environment, name) => environment.program(&root(), name)?,
            Program::Npm => "npm".into(),
        };
        let status = Command::new(&program)
            .args(&self.arguments)
            .current_dir(root().join(self.folder))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .status()
            .with_context(|| format!("{} could not be started", program.display()))?;
        Ok(if status.success() {
            Outcome::Passed
        } else {
            Outcome::Failed
        })
    }
}

fn has_cargo_command(name: &str) -> bool {
    let asked = Command::new(cargo()).args([name, "--version"]).output();
    asked.is_ok_and(|output| output.status.success())
}

fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// The project's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
