//! What is measured: our functions as they are deployed, and the floor.

use crate::backend::Backend;
use crate::jobs::Job;
use crate::keys::{self, CLIENT_ID};
use crate::process::Program;
use crate::tls::Tls;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Cargo's folder for what is deployed.
fn release() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    target
        .map_or_else(|| keys::root().join("target"), PathBuf::from)
        .join("release")
}

/// The program of one of our functions.
pub(crate) fn ours(job: Job, backend: &Backend, tls: &Tls) -> Program {
    Program {
        path: release().join(job.function()),
        arguments: Vec::new(),
        environment: environment(backend, tls),
    }
}

/// The floor, doing this job.
pub(crate) fn floor(job: Job, backend: &Backend, tls: &Tls) -> Program {
    let mut environment = environment(backend, tls);
    let name = match job {
        Job::Notify => "notify",
        Job::NotifyManual => "notify-manual",
        Job::NotifyDuplicate => "notify-duplicate",
        Job::Capture => "capture",
        Job::Sweep => "sweep",
        Job::Checkout => "checkout",
    };
    environment.push(("FLOOR_JOB".into(), name.into()));
    Program {
        path: release().join("floor"),
        arguments: Vec::new(),
        environment,
    }
}

/// Builds each function by itself, as it is built for deployment, and the floor.
pub(crate) fn build() -> Result<()> {
    for package in ["notify", "capture", "sweep", "checkout", "floor"] {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .current_dir(keys::root())
            .args(["build", "--release", "--quiet", "--package", package])
            .status()
            .context("cargo could not be started")?;
        if !status.success() {
            bail!("{package} could not be built");
        }
    }
    Ok(())
}

/// The settings of a deployed function, with the backend for AWS and POP.
pub(crate) fn environment(backend: &Backend, tls: &Tls) -> Vec<(String, String)> {
    let aws = format!("https://localhost:{}", backend.aws.port());
    let queue = |name: &str| format!("{aws}/123456789012/{name}");
    let public_key = keys::text("provider-public.pem").unwrap_or_default();
    let public_keys = format!("1={}", keys::base64_of(&public_key));
    let pairs: [(&str, String); 29] = [
        ("AWS_REGION", "eu-central-1".into()),
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLEEXAMPLE12".into()),
        (
            "AWS_SECRET_ACCESS_KEY",
            "made-up-secret-access-key-of-40-letters-".into(),
        ),
        ("AWS_SESSION_TOKEN", "made-up-session-token".repeat(20)),
        ("AWS_ENDPOINT_URL", aws.clone()),
        ("AWS_CA_BUNDLE", shown(&tls.root)),
        ("SSL_CERT_FILE", shown(&tls.root)),
        ("NODE_EXTRA_CA_CERTS", shown(&tls.root)),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench".into()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".into()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "bench".into()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench".into()),
        ("TABLE_NAME", "payments".into()),
        ("CAPTURE_QUEUE_URL", queue("CaptureQueue")),
        ("ORDER_EVENTS_QUEUE_URL", queue("OrderEventsQueue")),
        ("POP_CLIENT_ID", CLIENT_ID.into()),
        ("POP_PUBLIC_KEYS", public_keys),
        ("POP_NOTIFY_PATH", "/notify".into()),
        ("POP_BASE_URL", format!("http://{}", backend.provider)),
        ("POP_PRIVATE_KEY_SECRET", "merchant-private.pem".into()),
        ("CHECKOUT_API_KEYS_SECRET", "api-keys".into()),
        ("CLIENT_TOKEN_KEY_SECRET", "client-token-key.txt".into()),
        ("NOTIFY_URL", "https://pay.shop.example/notify".into()),
        ("CHECKOUT_URL", "https://pay.shop.example".into()),
        ("CAPTURE_ON", "authorized".into()),
        ("LOG_LEVEL", "info".into()),
        ("SWEEP_SHARDS", "4".into()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin".into()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
