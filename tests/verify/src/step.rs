//! The steps, cheapest first, so that a mistake shows early.

use crate::python;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

/// One check.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    program: Program,
    arguments: Vec<&'static str>,
    environment: Option<(&'static str, &'static str)>,
}

enum Program {
    /// A cargo command; with a name, it is skipped where that subcommand is not installed.
    Cargo { optional: Option<&'static str> },
    /// A command of the pinned Python tools, installed into the project's own cache.
    Python(&'static str),
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

/// Everything that is checked.
pub(crate) fn all() -> Vec<Step> {
    let cargo = |name, arguments: &'static str| Step {
        name,
        program: Program::Cargo { optional: None },
        arguments: arguments.split(' ').collect(),
        environment: None,
    };
    vec![
        cargo("format", "fmt --all --check"),
        Step {
            program: Program::Python("cfn-lint"),
            ..cargo("template", "template.yaml")
        },
        cargo(
            "clippy",
            "clippy --workspace --all-targets --all-features --locked -- -D warnings",
        ),
        cargo("tests", "nextest run --workspace --all-features --locked"),
        cargo(
            "doc-tests",
            "test --workspace --doc --all-features --locked",
        ),
        Step {
            environment: Some(("RUSTDOCFLAGS", "-D warnings")),
            ..cargo("docs", "doc --workspace --no-deps --all-features --locked")
        },
        Step {
            program: Program::Cargo {
                optional: Some("deny"),
            },
            ..cargo("licences", "deny --offline check licenses bans sources")
        },
        // A port of their own, so that a rehearsal that somebody looks at is not in the way.
        cargo(
            "rehearsal",
            "rehearse --headless --payments 60 --seed 7 --faults light --port 8490 --json target/rehearsal.json",
        ),
        cargo(
            "sam-deploy",
            "rehearse --headless --payments 5 --seed 8 --port 8490 --deploy-with sam --json target/sam-deploy.json",
        ),
    ]
}

impl Step {
    /// The command as a person would type it.
    pub(crate) fn shown(&self) -> String {
        let program = match &self.program {
            Program::Cargo { .. } => "cargo",
            Program::Python(name) => name,
        };
        let before = self
            .environment
            .map(|(name, value)| format!("{name}='{value}' "))
            .unwrap_or_default();
        format!("{before}{program} {}", self.arguments.join(" "))
    }

    /// Runs it from the project's root, with its output shown.
    pub(crate) fn run(&self) -> Result<Outcome> {
        let program = match &self.program {
            Program::Cargo {
                optional: Some(name),
            } if !has_cargo_command(name) => {
                println!("skipped: `cargo {name}` is not installed");
                return Ok(Outcome::Skipped(name));
            }
            Program::Cargo { .. } => cargo(),
            Program::Python(name) => python::tool(&root(), name)?,
        };
        let mut command = Command::new(&program);
        command
            .args(&self.arguments)
            .current_dir(root())
            .envs(self.environment);
        let status = command
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

fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map_or(here.clone(), PathBuf::from)
}
