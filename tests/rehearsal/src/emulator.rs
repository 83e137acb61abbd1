//! The AWS emulator: one process on loopback, started clean for each run.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::clock::Clock;
use crate::process::{Background, bare, descendants};
use crate::python::{Environment, aws_environment};
use crate::steps::Progress;
use crate::workspace::Workspace;

/// The region of everything.
pub(crate) const REGION: &str = "us-east-1";
/// The account's root credentials at the emulator; they open nothing else.
pub(crate) const ACCESS_KEY: &str = "test";
/// See [`ACCESS_KEY`].
pub(crate) const SECRET_KEY: &str = "test";

const USUAL_PORT: u16 = 4566;
const START_LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(100);

/// Where it runs.
pub(crate) struct Surroundings<'a> {
    /// Its port on 127.0.0.1.
    pub(crate) port: u16,
    /// Where the functions find AWS: the emulator itself, or what stands before it.
    pub(crate) functions_call: String,
    /// Another clock than the system's.
    pub(crate) clock: Option<&'a Clock>,
}

/// The running emulator; dropping it ends it with every function process it started.
pub(crate) struct Emulator {
    process: Background,
    port: u16,
}

impl Emulator {
    /// Starts it with empty state and waits until it answers. IAM policies are enforced, so a permission missing from
    /// the template fails here as it would on AWS.
    pub(crate) async fn start(
        workspace: &Workspace,
        environment: &Environment,
        surroundings: Surroundings<'_>,
        progress: &Progress,
    ) -> anyhow::Result<Self> {
        let port = surroundings.port;
        let (home, temporary) = (
            workspace.of_run("emulator"),
            workspace.of_run("emulator/tmp"),
        );
        std::fs::create_dir_all(&temporary).context("cannot create the emulator's folder")?;
        let mut command = Command::new(environment.program("python"));
        command.arg(workspace.own_file("emulator.py"));
        bare(&mut command, &home);
        // The functions inherit this environment, the endpoint and the clock with it.
        aws_environment(&mut command, &surroundings.functions_call);
        if let Some(clock) = surroundings.clock {
            clock.put_on(&mut command);
        }
        command
            .current_dir(&home)
            .env("TMPDIR", &temporary)
            .env("STATE_DIR", home.join("state"))
            .env("S3_DATA_DIR", home.join("s3"))
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("IOT_MTLS_ENABLED", "0")
            .env("AUTH", "true");
        let log = workspace.of_run("emulator.log");
        let process = Background::start(&mut command, &log, false)?;
        let mut emulator = Self { process, port };
        progress.say(format_args!("waiting for 127.0.0.1:{port}"));
        emulator.wait_until_ready(&log).await?;
        Ok(emulator)
    }

    async fn wait_until_ready(&mut self, log: &std::path::Path) -> anyhow::Result<()> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(2))
            .build()
            .context("no HTTP client")?;
        let health = format!("{}/_ministack/health", self.endpoint());
        let started = tokio::time::Instant::now();
        loop {
            if let Some(status) = self.process.ended() {
                bail!("the emulator ended with {status}: see {}", log.display());
            }
            if http
                .get(&health)
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                return Ok(());
            }
            if started.elapsed() > START_LIMIT {
                bail!(
                    "the emulator did not answer within {} s: see {}",
                    START_LIMIT.as_secs(),
                    log.display()
                );
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Its URL.
    pub(crate) fn endpoint(&self) -> String {
        endpoint(self.port)
    }

    /// The port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

/// The function processes below the process `emulator`, each with its function's name.
pub(crate) fn functions(emulator: u32) -> Vec<(u32, String)> {
    let processes = descendants(emulator).into_iter();
    processes
        .filter_map(|pid| Some((pid, function_name(pid)?)))
        .collect()
}

/// The name that Lambda gives a function's process, if `pid` is a deployed binary.
fn function_name(pid: u32) -> Option<String> {
    let program = std::fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    if program.file_name()? != "bootstrap" {
        return None;
    }
    let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let name = environment
        .split(|byte| *byte == 0)
        .find_map(|entry| entry.strip_prefix(b"AWS_LAMBDA_FUNCTION_NAME="))?;
    String::from_utf8(name.to_vec()).ok()
}

/// Where an emulator on this port is reached.
pub(crate) fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// The wanted port, or the usual one, or any that is free.
pub(crate) fn port(wanted: Option<u16>) -> anyhow::Result<u16> {
    let free = |port: u16| {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .and_then(|listener| listener.local_addr())
            .map(|address| address.port())
    };
    match wanted {
        Some(port) => free(port)
            .with_context(|| format!("port {port} is taken: choose another with --emulator-port")),
        None => free(USUAL_PORT)
            .or_else(|_| free(0))
            .context("no port is free on 127.0.0.1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_or_replaced() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let number = taken.local_addr().unwrap().port();
        let error = port(Some(number)).unwrap_err();
        assert!(error.to_string().contains("--emulator-port"));
        assert_ne!(port(None).unwrap(), number);
    }

    #[test]
    fn other_processes_are_no_functions() {
        assert!(functions(std::process::id()).is_empty());
    }
}
