//! Deploys the project's `template.yaml` to the emulated account; nothing is changed but where the code lies, and
//! nothing left out but what the emulator refuses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::args::DeployWith;
use crate::artifacts::Artifacts;
use crate::process::complete;
use crate::python::{Environment, aws_environment, cloud};
use crate::secrets::{API_KEYS, CLIENT_TOKEN_KEY, PRIVATE_KEY};
use crate::steps::Progress;
use crate::template::{for_emulator, with_built_code};
use crate::workspace::Workspace;

/// The stack's name.
pub(crate) const STACK: &str = "pop-payments";

/// What the stack is told and what it runs.
pub(crate) struct Deployment<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) emulator: &'a Environment,
    pub(crate) endpoint: &'a str,
    pub(crate) artifacts: &'a Artifacts,
    pub(crate) parameters: BTreeMap<&'static str, String>,
}

/// What the stack tells.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Outputs {
    /// Id of the HTTP API.
    pub(crate) api_id: String,
    /// The table.
    pub(crate) table_name: String,
    /// Order events.
    pub(crate) order_events_queue_url: String,
    /// Captures to be made.
    pub(crate) capture_queue_url: String,
    /// Captures given up by the queue.
    pub(crate) capture_dead_letter_queue_url: String,
    /// Order events given up by the queue.
    pub(crate) order_events_dead_letter_queue_url: String,
}

/// Creates the secrets; the template's parameters that refer to them.
pub(crate) async fn secret_parameters(
    workspace: &Workspace,
    emulator: &Environment,
    endpoint: &str,
    secrets: [(&str, String); 3],
    progress: &Progress,
) -> anyhow::Result<BTreeMap<&'static str, String>> {
    let arns: BTreeMap<String, String> = cloud(
        workspace,
        emulator,
        endpoint,
        "secrets",
        &BTreeMap::from(secrets),
        progress,
    )
    .await?;
    let arn = |name: &str| {
        arns.get(name)
            .cloned()
            .with_context(|| format!("the secret {name} was not created"))
    };
    Ok(BTreeMap::from([
        ("PopPrivateKeySecret", arn(PRIVATE_KEY)?),
        ("CheckoutApiKeysSecret", arn(API_KEYS)?),
        ("ClientTokenKeySecret", arn(CLIENT_TOKEN_KEY)?),
    ]))
}

impl Deployment<'_> {
    /// Deploys and answers with the stack's outputs.
    pub(crate) async fn run(
        &self,
        with: DeployWith,
        progress: &Progress,
    ) -> anyhow::Result<Outputs> {
        match with {
            DeployWith::Script => self.with_script(progress).await,
            DeployWith::Sam => self.with_sam(progress).await,
        }
    }

    /// Writes down what is deployed, and answers where.
    fn template(&self) -> anyhow::Result<PathBuf> {
        let template = std::fs::read_to_string(self.workspace.project().join("template.yaml"))
            .context("cannot read template.yaml")?;
        let template = with_built_code(&for_emulator(&template)?, &self.artifacts.functions)?;
        let path = self.workspace.of_run("template.yaml");
        std::fs::write(&path, template).context("cannot write the template")?;
        Ok(path)
    }

    async fn with_script(&self, progress: &Progress) -> anyhow::Result<Outputs> {
        #[derive(Serialize)]
        struct Request<'a> {
            stack: &'a str,
            template: &'a Path,
            parameters: &'a BTreeMap<&'static str, String>,
        }
        let request = Request {
            stack: STACK,
            template: &self.template()?,
            parameters: &self.parameters,
        };
        cloud(
            self.workspace,
            self.emulator,
            self.endpoint,
            "stack",
            &request,
            progress,
        )
        .await
    }

    /// `sam deploy` of what `sam build` would have left: the same template with each CodeUri on a built folder.
    async fn with_sam(&self, progress: &Progress) -> anyhow::Result<Outputs> {
        let sam = Environment::ready(self.workspace, "sam", progress).await?;
        let built = self.template()?;
        let mut command = Command::new(sam.program("sam"));
        command.args([
            "deploy",
            "--stack-name",
            STACK,
            "--resolve-s3",
            "--capabilities",
            "CAPABILITY_IAM",
        ]);
        command
            .args([
                "--no-confirm-changeset",
                "--no-progressbar",
                "--template-file",
            ])
            .arg(&built);
        command.arg("--parameter-overrides").args(
            self.parameters
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        );
        aws_environment(command.as_std_mut(), self.endpoint);
        command
            .current_dir(self.workspace.run())
            .env("SAM_CLI_TELEMETRY", "0");
        let output = complete(command, "sam deploy", "", progress).await?;
        std::fs::write(self.workspace.of_run("sam-deploy.log"), output)
            .context("cannot write sam's log")?;
        let request = BTreeMap::from([("stack", STACK)]);
        cloud(
            self.workspace,
            self.emulator,
            self.endpoint,
            "outputs",
            &request,
            progress,
        )
        .await
    }
}

/// The name CloudFormation has for this machine's processor: the functions run on it as they are.
pub(crate) fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x86_64"
    }
}
