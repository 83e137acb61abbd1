//! Python environments in the cache, made from pinned requirements and kept while those do not change.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::process::Command;

use crate::clock::Clock;
use crate::process::complete;
use crate::steps::Progress;
use crate::workspace::Workspace;

/// A virtual environment.
pub(crate) struct Environment {
    folder: PathBuf,
    clock: Option<Arc<Clock>>,
}

impl Environment {
    /// The environment `name` with exactly the packages of `requirements-NAME.txt`; made anew when that file changed.
    pub(crate) async fn ready(
        workspace: &Workspace,
        name: &str,
        progress: &Progress,
    ) -> anyhow::Result<Self> {
        let requirements = workspace.own_file(&format!("requirements-{name}.txt"));
        let pins = std::fs::read_to_string(&requirements)
            .with_context(|| format!("cannot read {}", requirements.display()))?;
        let environment = Self {
            folder: workspace.cached(&format!("venv-{name}")),
            clock: None,
        };
        let stamp = environment.folder.join("installed.txt");
        if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == pins) {
            return Ok(environment);
        }
        if environment.folder.exists() {
            std::fs::remove_dir_all(&environment.folder)
                .context("cannot replace the old Python environment")?;
        }
        let mut create = Command::new("python3");
        create.arg("-m").arg("venv").arg(&environment.folder);
        complete(
            create,
            "make a Python environment (Debian and Ubuntu: apt install python3-venv)",
            "",
            progress,
        )
        .await?;
        let mut install = Command::new(environment.program("pip"));
        // One command, so that all packages agree on the versions of what they share.
        install
            .args([
                "install",
                "--disable-pip-version-check",
                "--no-input",
                "--progress-bar",
                "off",
                "-r",
            ])
            .arg(&requirements);
        complete(
            install,
            "install pinned Python packages (needs the package index once)",
            "",
            progress,
        )
        .await?;
        std::fs::write(&stamp, pins).context("cannot write to the cache")?;
        Ok(environment)
    }

    /// Has `cloud.py` run on this clock: AWS refuses requests that were signed at another time.
    pub(crate) fn follow(&mut self, clock: Arc<Clock>) {
        self.clock = Some(clock);
    }

    /// A program of the environment.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }
}

/// What `cloud.py` answers.
#[derive(serde::Deserialize)]
struct Answer<T> {
    answer: T,
}

/// Runs one command of `cloud.py` against the emulator at `endpoint`.
pub(crate) async fn cloud<T: DeserializeOwned>(
    workspace: &Workspace,
    environment: &Environment,
    endpoint: &str,
    name: &str,
    request: &impl Serialize,
    progress: &Progress,
) -> anyhow::Result<T> {
    let mut command = Command::new(environment.program("python"));
    command.arg(workspace.own_file("cloud.py")).arg(name);
    aws_environment(command.as_std_mut(), endpoint);
    if let Some(clock) = &environment.clock {
        clock.put_on(command.as_std_mut());
    }
    let input = serde_json::to_string(request).context("cannot write a request to cloud.py")?;
    let output = complete(command, &format!("cloud.py {name}"), &input, progress).await?;
    let answer: Answer<T> = serde_json::from_str(&output)
        .with_context(|| format!("cloud.py {name} answered what is not understood"))?;
    Ok(answer.answer)
}

/// The emulator's account, whatever account the user's own environment points to.
pub(crate) fn aws_environment(command: &mut std::process::Command, endpoint: &str) {
    for name in [
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
    ] {
        command.env_remove(name);
    }
    command
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", crate::emulator::REGION)
        .env("AWS_DEFAULT_REGION", crate::emulator::REGION)
        .env("AWS_ACCESS_KEY_ID", crate::emulator::ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", crate::emulator::SECRET_KEY)
        .env("NO_PROXY", "127.0.0.1,localhost");
}
