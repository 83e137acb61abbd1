//! Everything that runs in a rehearsal, brought up in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::args::Args;
use crate::artifacts::{self, Artifacts};
use crate::chaos::Troubles;
use crate::clock::Clock;
use crate::deploy::{Deployment, Outputs, architecture, secret_parameters};
use crate::emulator::{self, Emulator, Surroundings};
use crate::front::Front;
use crate::provider::{CLIENT_ID, Provider};
use crate::python::Environment;
use crate::secrets::Secrets;
use crate::steps::Steps;
use crate::template::left_out_in_words;
use crate::workspace::Workspace;

/// Where nobody listens.
const NOBODY: &str = "http://127.0.0.1:9";

/// The running stack. Fields are dropped, and so ended, from the outside in.
pub(crate) struct Stack<'a> {
    pub(crate) front: Front,
    pub(crate) provider: Provider,
    pub(crate) emulator: Emulator,
    pub(crate) environment: Environment,
    pub(crate) outputs: Outputs,
    pub(crate) secrets: Secrets,
    /// With --rotate: those that take their place.
    pub(crate) next: Option<Secrets>,
    /// With --chaos.
    pub(crate) troubles: Option<Troubles>,
    /// With --chaos and --clock.
    pub(crate) clock: Option<Arc<Clock>>,
    pub(crate) workspace: &'a Workspace,
}

impl<'a> Stack<'a> {
    /// Brings it up, one shown step after the other.
    pub(crate) async fn up(
        args: &Args,
        workspace: &'a Workspace,
        steps: &mut Steps,
    ) -> anyhow::Result<Self> {
        let Ground {
            environment,
            artifacts,
            emulator,
            mut troubles,
            clock,
        } = Ground::prepare(args, workspace, steps).await?;
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
                let clock = clock.as_deref();
                let provider =
                    Provider::start(args, workspace, &artifacts, &keys, &notify_url, clock).await?;
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
        let pop_url = match &mut troubles {
            Some(troubles) => troubles.stand_before(provider.url()).await?,
            // It knows nothing of the payments of a flood, and must not be asked.
            None if args.flood.is_some() => NOBODY.to_owned(),
            None => provider.url().to_owned(),
        };
        parameters.extend(settings(args, &secrets, pop_url, public_url, notify_url));
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
        println!("                  {}", left_out_in_words());
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
            next: args.rotate.then(Secrets::generate).transpose()?,
            troubles,
            clock,
            workspace,
        })
    }
}

impl Stack<'_> {
    /// The secrets of the run, those that take the place of others included.
    pub(crate) fn all_secrets(&self) -> Vec<&Secrets> {
        std::iter::once(&self.secrets).chain(&self.next).collect()
    }
}

/// What must be there before anything can be deployed.
struct Ground {
    environment: Environment,
    artifacts: Artifacts,
    emulator: Emulator,
    troubles: Option<Troubles>,
    clock: Option<Arc<Clock>>,
}

impl Ground {
    async fn prepare(
        args: &Args,
        workspace: &Workspace,
        steps: &mut Steps,
    ) -> anyhow::Result<Self> {
        let mut environment = steps
            .run("Python environment of the emulator", async |progress| {
                Environment::ready(workspace, "emulator", &progress).await
            })
            .await?;
        let artifacts = steps
            .run("Build the functions and the simulator", async |progress| {
                artifacts::build(workspace, &progress).await
            })
            .await?;
        let port = emulator::port(args.emulator_port)?;
        let endpoint = emulator::endpoint(port);
        let troubles = troubles(args, workspace, &artifacts, &endpoint).await?;
        let clock = match &troubles {
            Some(troubles) => Some(troubles.clock.clone()),
            None if args.clock => Some(Arc::new(Clock::new(workspace, &artifacts.clock)?)),
            None => None,
        };
        let surroundings = Surroundings {
            port,
            functions_call: troubles.as_ref().map_or_else(
                || endpoint.clone(),
                |troubles| troubles.aws_url().to_owned(),
            ),
            clock: clock.as_deref(),
        };
        let emulator = steps
            .run("Start the AWS emulator", async |progress| {
                Emulator::start(workspace, &environment, surroundings, &progress).await
            })
            .await?;
        if let Some(clock) = &clock {
            environment.follow(clock.clone());
        }
        Ok(Self {
            environment,
            artifacts,
            emulator,
            troubles,
            clock,
        })
    }
}

async fn troubles(
    args: &Args,
    workspace: &Workspace,
    artifacts: &Artifacts,
    endpoint: &str,
) -> anyhow::Result<Option<Troubles>> {
    if !args.chaos {
        return Ok(None);
    }
    let troubles = Troubles::prepare(args.seed, workspace, &artifacts.clock, endpoint);
    troubles.await.map(Some)
}

/// The template's parameters of a rehearsal; all others keep their defaults.
fn settings(
    args: &Args,
    secrets: &Secrets,
    pop_url: String,
    public_url: String,
    notify_url: String,
) -> BTreeMap<&'static str, String> {
    let mut settings = BTreeMap::from([
        ("Architecture", architecture().to_owned()),
        ("PopClientId", CLIENT_ID.to_owned()),
        ("PopPublicKeys", secrets.pop_public_keys()),
        ("PopBaseUrl", pop_url),
        ("CheckoutUrl", public_url),
        ("NotifyUrl", notify_url),
        ("SeveralCaptures", "true".to_owned()),
        ("SweepMaxInquiriesPerSecond", "50".to_owned()),
        ("LogLevel", "info".to_owned()),
    ]);
    if args.rotate {
        let age = crate::rotation::MAX_AGE_SECONDS.to_string();
        settings.insert("SecretsMaxAgeSeconds", age);
    }
    if !args.chaos && !args.clock && args.flood.is_none() {
        // POP knows a payment at once or never here; a quarter of an hour would outlast the run.
        settings.insert("NotExistGraceSeconds", "20".to_owned());
    }
    settings
}
