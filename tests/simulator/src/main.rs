//! The provider simulator as a program: prints one JSON line when it is ready, and runs until it is stopped.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::json;
use simulator::keys::KeyPair;
use simulator::{Config, FaultLevel, Simulator};

/// Plays the payment provider on 127.0.0.1.
#[derive(Parser)]
#[command(version, about)]
struct Options {
    /// Make key pairs for merchant and provider in this folder, print their paths as JSON, and end.
    #[arg(long, value_name = "DIR", exclusive = true)]
    generate_keys: Option<PathBuf>,
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The merchant's client id; with the prefix SANDBOX_ the paths begin with /ams/sandbox/api.
    #[arg(long, default_value = "SANDBOX_5X00000000000000")]
    client_id: String,
    /// The merchant's public key, PEM or base64, to check requests.
    #[arg(long, value_name = "FILE", required_unless_present = "generate_keys")]
    merchant_public_key: Option<PathBuf>,
    /// The provider's private key, PEM or base64, to sign answers and notifications.
    #[arg(long, value_name = "FILE", required_unless_present = "generate_keys")]
    provider_key: Option<PathBuf>,
    /// The version named in the provider's signatures.
    #[arg(long, default_value = "1")]
    key_version: String,
    /// Where notifications go when pay names no paymentNotifyUrl.
    #[arg(long, value_name = "URL")]
    notify_url: Option<String>,
    /// Decides all draws.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How much goes wrong: none, light or heavy.
    #[arg(long, default_value = "none")]
    faults: FaultLevel,
    /// Scales the resend schedule of notifications (2 min, 10 min, ... 15 h); 0.05 makes 2 min into 6 s.
    #[arg(long, default_value_t = 1.0)]
    resend_scale: f64,
    /// How long an unfinished payment stays open, unless pay says otherwise.
    #[arg(long, default_value_t = 840)]
    payment_validity_seconds: u64,
    /// How long an authorisation can be captured.
    #[arg(long, default_value_t = 604_800)]
    authorisation_validity_seconds: u64,
    /// Put blanks after the commas of signature headers.
    #[arg(long)]
    signature_blanks: bool,
    /// Refuse a second capture of a payment.
    #[arg(long)]
    single_capture: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::INFO)
        .init();
    if let Some(folder) = &options.generate_keys {
        return generate_keys(folder);
    }
    let running = Simulator::start(options.config()?).await?;
    announce(&json!({
        "url": running.url(),
        "dashboard": format!("{}/_sim/", running.url()),
        "clientId": options.client_id,
        "providerPublicKey": running.provider_public_key(),
        "seed": options.seed,
        "faults": options.faults,
        "pid": std::process::id(),
    }));
    wait_for_the_end().await
}

impl Options {
    fn config(&self) -> Result<Config> {
        let mut config = Config::new(
            &self.client_id,
            &read(self.merchant_public_key.as_deref())?,
            &read(self.provider_key.as_deref())?,
        );
        config.port = self.port;
        config.key_version = self.key_version.clone();
        config.notify_url = self.notify_url.clone();
        config.seed = self.seed;
        config.rates = self.faults.rates();
        config.timing.resend_scale = self.resend_scale;
        config.timing.payment_validity = Duration::from_secs(self.payment_validity_seconds);
        config.timing.authorisation_validity =
            Duration::from_secs(self.authorisation_validity_seconds);
        config.signature_blanks = self.signature_blanks;
        config.several_captures = !self.single_capture;
        Ok(config)
    }
}

fn read(path: Option<&Path>) -> Result<String> {
    let path = path.context(
        "pass --merchant-public-key and --provider-key (--generate-keys DIR makes them)",
    )?;
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// One line of JSON on standard output, for the program that started this one.
#[allow(
    clippy::print_stdout,
    reason = "standard output is this program's interface"
)]
fn announce(line: &serde_json::Value) {
    println!("{line}");
}

fn generate_keys(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let mut paths = serde_json::Map::new();
    for owner in ["merchant", "provider"] {
        let pair = KeyPair::generate()?;
        for (half, text) in [
            ("private", pair.private_pem()),
            ("public", pair.public_pem()),
        ] {
            let path = folder.join(format!("{owner}-{half}.pem"));
            write_for_owner(&path, &text)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            paths.insert(format!("{owner}-{half}"), path.display().to_string().into());
        }
    }
    announce(&paths.into());
    Ok(())
}

/// Writes a file that only its owner can read.
fn write_for_owner(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

async fn wait_for_the_end() -> Result<()> {
    #[cfg(unix)]
    {
        let mut terminated =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted?,
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
