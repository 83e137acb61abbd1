//! Everything that runs in a rehearsal, brought up in order.

use std::collections::BTreeMap;

use crate::args::Args;
use crate::artifacts;
use crate::deploy::{Deployment, Outputs, architecture, secret_parameters};
use crate::emulator::Emulator;
use crate::front::Front;
use crate::provider::{CLIENT_ID, Provider};
use crate::python::Environment;
use crate::secrets::Secrets;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// The running stack. Fields are dropped, and so ended, from the outside in.
pub(crate) struct Stack<'a> {
    pub(crate) front: Front,
    pub(crate) provider: Provider,
    pub(crate) emulator: Emulator,
    pub(crate) environment: Environment,
    pub(crate) outputs: Outputs,
    pub(crate) secrets: Secrets,
    pub(crate) workspace: &'a Workspace,
}

impl<'a> Stack<'a> {
    /// Brings it up, one shown step after the other.
    pub(crate) async fn up(
        args: &Args,
        workspace: &'a Workspace,
        steps: &mut Steps,
    ) -> anyhow::Result<Self> {
        let environment = steps
            .run("Python environment of the emulator", async |progress| {
                Environment::ready(workspace, "emulator", &progress).await
            })
            .await?;
        let artifacts = steps
            .run("Build the functions and the simulator", async |progress| {
                artifacts::build(workspace, &progress).await
            })
            .await?;
        let emulator = steps
            .run("Start the AWS emulator", async |progress| {
                Emulator::start(workspace, &environment, args.emulator_port, &progress).await
            })
            .await?;
        let endpoint = emulator.endpoint();
        let public_url = Front::url_on(args.port);
        let notify_url = format!("{public_url}/notify");
        let (secrets, provider) = steps
            .run("Make keys and start the provider", async |_| {
                let secrets = match args.headless {
                    true => Secrets::generate()?,
                    false => Secrets::of_samples(workspace)?,
                };
                let keys = secrets.write_for_simulator(workspace)?;
                let provider =
                    Provider::start(args, workspace, &artifacts, &keys, &notify_url).await?;
                Ok((secrets, provider))
            })
            .await?;
        let mut parameters = steps
            .run("Put the secrets into Secrets Manager", async |progress| {
                secret_parameters(
                    workspace,
                    &environment,
                    &endpoint,
                    secrets.for_functions(),
                    &progress,
                )
                .await
            })
            .await?;
        parameters.extend(settings(&secrets, &provider, public_url, notify_url));
        let deployment = Deployment {
            workspace,
            emulator: &environment,
            endpoint: &endpoint,
            artifacts: &artifacts,
            parameters,
        };
        let outputs = steps
            .run("Deploy template.yaml", async |progress| {
                deployment.run(args.deploy_with, &progress).await
            })
            .await?;
        let front = steps
            .run("Open the public URL", async |_| {
                Front::start(args.port, emulator.port(), &outputs.api_id).await
            })
            .await?;
        Ok(Self {
            front,
            provider,
            emulator,
            environment,
            outputs,
            secrets,
            workspace,
        })
    }
}

/// The template's parameters of a rehearsal; all others keep their defaults.
fn settings(
    secrets: &Secrets,
    provider: &Provider,
    public_url: String,
    notify_url: String,
) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("Architecture", architecture().to_owned()),
        ("PopClientId", CLIENT_ID.to_owned()),
        ("PopPublicKeys", secrets.pop_public_keys()),
        ("PopBaseUrl", provider.url().to_owned()),
        ("CheckoutUrl", public_url),
        ("NotifyUrl", notify_url),
        ("SeveralCaptures", "true".to_owned()),
        // POP knows a payment at once or never here; a quarter of an hour would outlast the run.
        ("NotExistGraceSeconds", "20".to_owned()),
        ("SweepMaxInquiriesPerSecond", "50".to_owned()),
        ("LogLevel", "info".to_owned()),
    ])
}
