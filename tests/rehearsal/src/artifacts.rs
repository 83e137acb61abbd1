//! The functions' real binaries, built by cargo and laid out as deployment packages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tokio::process::Command;

use crate::process::complete;
use crate::steps::Progress;
use crate::workspace::Workspace;

/// The functions of the template, by package and binary name.
pub(crate) const FUNCTIONS: [&str; 4] = ["checkout", "notify", "capture", "sweep"];
const SIMULATOR: &str = "simulator";
/// The clock's package, and its library among cargo's messages.
const CLOCK: (&str, &str) = ("shifted-clock", "shifted_clock");

/// What was built.
pub(crate) struct Artifacts {
    /// Holds `NAME/bootstrap` for each function.
    pub(crate) functions: PathBuf,
    /// The provider simulator.
    pub(crate) simulator: PathBuf,
    /// The library that gives programs a clock that can be turned.
    pub(crate) clock: PathBuf,
}

/// Builds the functions and the simulator and lays the functions out.
pub(crate) async fn build(workspace: &Workspace, progress: &Progress) -> anyhow::Result<Artifacts> {
    // With the features of the whole workspace, as tests are built: other features mean other builds of the AWS clients.
    let mut command = cargo_build(workspace);
    command.args(["--workspace", "--all-features"]);
    for binary in FUNCTIONS.into_iter().chain([SIMULATOR]) {
        command.args(["--bin", binary]);
    }
    let messages = complete(command, "build the functions", "", progress).await?;
    let built = executables(&messages);
    let mut command = cargo_build(workspace);
    command.args(["--package", CLOCK.0, "--lib"]);
    let messages = complete(command, "build the clock", "", progress).await?;
    let clock = library(&messages, CLOCK.1).context("cargo built no library for the clock")?;
    let functions = workspace.cached("artifacts");
    for name in FUNCTIONS {
        let binary = built
            .get(name)
            .with_context(|| format!("cargo built no binary {name}"))?;
        lay_out(binary, &functions.join(name), progress).await?;
    }
    let simulator = built
        .get(SIMULATOR)
        .context("cargo built no simulator")?
        .clone();
    Ok(Artifacts {
        functions,
        simulator,
        clock,
    })
}

/// Of what it builds, cargo tells in JSON.
fn cargo_build(workspace: &Workspace) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace.project());
    command.args(["build", "--message-format", "json-render-diagnostics"]);
    // What `cargo run` tells this process about itself would make build scripts believe that everything changed.
    for (name, _) in std::env::vars_os() {
        let own = |prefix| name.to_str().is_some_and(|name| name.starts_with(prefix));
        if own("CARGO_PKG_") || own("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// The executables among cargo's messages, by target name.
fn executables(messages: &str) -> BTreeMap<String, PathBuf> {
    let parsed = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    parsed
        .filter_map(|message| {
            let executable = message.get("executable")?.as_str()?;
            let name = message.get("target")?.get("name")?.as_str()?;
            Some((name.to_owned(), PathBuf::from(executable)))
        })
        .collect()
}

/// The dynamic library among cargo's messages.
fn library(messages: &str, name: &str) -> Option<PathBuf> {
    let parsed = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut files = parsed
        .filter(|message| message["target"]["name"] == name)
        .filter_map(|message| Some(message["filenames"].as_array()?.clone()))
        .flatten();
    let file = files.find(|file| file.as_str().is_some_and(|file| file.ends_with(".so")))?;
    Some(PathBuf::from(file.as_str()?))
}

/// Puts a binary without its debug symbols where the template's package comes from.
async fn lay_out(binary: &Path, folder: &Path, progress: &Progress) -> anyhow::Result<()> {
    let bootstrap = folder.join("bootstrap");
    let newest = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    if newest(&bootstrap)
        .is_some_and(|stripped| newest(binary).is_some_and(|built| stripped > built))
    {
        return Ok(());
    }
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    let mut strip = Command::new("strip");
    strip.arg("-o").arg(&bootstrap).arg(binary);
    complete(
        strip,
        "strip a function's binary (Debian and Ubuntu: apt install binutils)",
        "",
        progress,
    )
    .await?;
    if bootstrap
        .metadata()
        .is_ok_and(|data| data.len() > 250_000_000)
    {
        bail!("{} is larger than Lambda takes", bootstrap.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_found_among_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"serde"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"notify"},"executable":"/t/debug/notify"}
{"reason":"build-finished","success":true}
not json"#;
        assert_eq!(
            executables(messages),
            BTreeMap::from([("notify".to_owned(), PathBuf::from("/t/debug/notify"))])
        );
        let messages = r#"{"target":{"name":"shifted_clock"},"filenames":["/t/a.d","/t/a.so"]}"#;
        assert_eq!(
            library(messages, "shifted_clock"),
            Some(PathBuf::from("/t/a.so"))
        );
        assert_eq!(library(messages, "other"), None);
    }
}
