//! The provider: the simulator as a process of its own, as separate from the stack as POP is.

use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;

use crate::args::Args;
use crate::artifacts::Artifacts;
use crate::clock::Clock;
use crate::process::{Background, bare};
use crate::secrets::SimulatorKeys;
use crate::workspace::Workspace;

/// Our client id at the simulated provider, which the files of `events/` carry too; the prefix makes client and simulator
/// use the sandbox paths.
pub(crate) const CLIENT_ID: &str = "SANDBOX_5X00000000000000";

const START_LIMIT: Duration = Duration::from_secs(30);
/// The provider's resend schedule (2 min, 10 min, 10 min, 1 h ...) in a rehearsal of minutes: 2.4 s, 12 s, 12 s, 72 s.
const RESEND_SCALE: &str = "0.02";
/// The schedule as it is, where the clock is turned.
const UNSCALED: &str = "1";

/// The running simulator; ends when dropped.
pub(crate) struct Provider {
    url: String,
    http: reqwest::Client,
    _process: Background,
}

/// What the simulator prints when it is ready.
#[derive(Deserialize)]
struct Ready {
    url: String,
}

impl Provider {
    /// Starts it and waits until it is ready.
    pub(crate) async fn start(
        args: &Args,
        workspace: &Workspace,
        artifacts: &Artifacts,
        keys: &SimulatorKeys,
        notify_url: &str,
        clock: Option<&Clock>,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(&artifacts.simulator);
        bare(&mut command, &workspace.run());
        command.current_dir(workspace.run());
        command.args([
            "--port",
            "0",
            "--client-id",
            CLIENT_ID,
            "--notify-url",
            notify_url,
        ]);
        command
            .arg("--merchant-public-key")
            .arg(&keys.merchant_public)
            .arg("--provider-key")
            .arg(&keys.provider_private);
        command.args([
            "--seed",
            &args.seed.to_string(),
            "--faults",
            args.faults().word(),
            "--resend-scale",
            clock.map_or(RESEND_SCALE, |_| UNSCALED),
        ]);
        if let Some(clock) = clock {
            clock.put_on(&mut command);
        }
        let log = workspace.of_run("simulator.log");
        let mut process = Background::start(&mut command, &log, true)?;
        let line = process
            .first_line(START_LIMIT)
            .await
            .with_context(|| format!("the simulator did not start: see {}", log.display()))?;
        let ready: Ready = serde_json::from_str(&line)
            .with_context(|| format!("the simulator said what is not understood: {line}"))?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .context("no HTTP client")?;
        Ok(Self {
            url: ready.url,
            http,
            _process: process,
        })
    }

    /// The gateway's URL, for `POP_BASE_URL`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Has it do what has become due: it does not notice by itself that its clock was turned.
    pub(crate) async fn look_at_the_clock(&self) -> anyhow::Result<()> {
        let url = format!("{}/_sim/clock?advance_seconds=0", self.url);
        let answer = self.http.post(url).send().await;
        answer
            .and_then(reqwest::Response::error_for_status)
            .context("the provider does not look at its clock")?;
        Ok(())
    }

    /// Replaces keys, the merchant's or its own.
    pub(crate) async fn replace_keys(&self, keys: &serde_json::Value) -> anyhow::Result<()> {
        let url = format!("{}/_sim/keys", self.url);
        let answer = self.http.post(url).body(keys.to_string()).send().await;
        answer
            .and_then(reqwest::Response::error_for_status)
            .context("the provider does not take the keys")?;
        Ok(())
    }

    /// The 3DS pages, for the buyers.
    pub(crate) fn challenges(&self) -> Challenges {
        Challenges {
            url: self.url.clone(),
            http: self.http.clone(),
        }
    }

    /// The provider's books: what really happened there.
    pub(crate) async fn books(&self) -> anyhow::Result<simulator::Books> {
        let answer = self
            .http
            .get(format!("{}/_sim/books", self.url))
            .send()
            .await
            .and_then(reqwest::Response::error_for_status);
        let text = answer
            .context("the provider's books cannot be read")?
            .text()
            .await
            .context("the provider's books broke off")?;
        serde_json::from_str(&text).context("the provider's books are not understood")
    }
}

/// The bank's 3DS pages as buyers reach them.
#[derive(Clone)]
pub(crate) struct Challenges {
    url: String,
    http: reqwest::Client,
}

impl Challenges {
    /// Ends the challenge of a payment.
    pub(crate) async fn finish(&self, payment: &str, success: bool) -> anyhow::Result<()> {
        let outcome = if success { "success" } else { "fail" };
        let url = format!("{}/_sim/3ds/{payment}?outcome={outcome}", self.url);
        self.http
            .post(url)
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .context("the 3DS page refused")?;
        Ok(())
    }
}
