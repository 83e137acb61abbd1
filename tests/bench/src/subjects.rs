//! What is measured: our functions as they are deployed, the floor, and the peers.

use crate::backend::Backend;
use crate::jobs::Job;
use crate::keys::{self, CLIENT_ID};
use crate::process::Program;
use crate::tls::Tls;
use anyhow::{Context, Result, bail, ensure};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Our name among the subjects.
pub(crate) const OURS: &str = "ours";
/// What ours are held against.
pub(crate) const FLOOR: &str = "floor";

/// The folders of the peers, which do the `notify` job alone.
pub(crate) const PEERS: [&str; 4] = ["rust-defaults", "node", "python", "python_powertools"];

/// One way of doing a job.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) program: Program,
    /// What would be uploaded, in bytes.
    pub(crate) zipped: u64,
}

/// How a peer is started, as its build wrote it down.
#[derive(Deserialize)]
struct Start {
    program: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    target.map_or_else(|| keys::root().join("target"), PathBuf::from)
}

/// Builds the functions of these jobs, each by itself as it is built for deployment, and the floor unless ours are to be
/// alone; the peers too if they are wanted.
pub(crate) fn build(jobs: &[Job], with_peers: bool, alone: bool) -> Result<()> {
    let functions: BTreeSet<&str> = jobs.iter().map(|job| job.function()).collect();
    let floor = (!alone).then_some(FLOOR);
    for package in functions.into_iter().chain(floor) {
        println!("building {package}");
        let mut command = Command::new(cargo());
        command.args(["build", "--release", "--quiet", "--package", package]);
        run(command)?;
    }
    if with_peers {
        println!("building the peers");
        let mut command = Command::new("python3");
        command.arg("tests/bench/peers/build.py");
        run(command)?;
    }
    Ok(())
}

/// How many crates a function is made of, its own included.
pub(crate) fn crates(function: &str) -> Result<usize> {
    let mut command = Command::new(cargo());
    command.args(["tree", "--locked", "--edges", "normal", "--prefix", "none"]);
    command.args(["--format", "{p}", "--package", function]);
    let output = command.current_dir(keys::root()).output();
    let output = output.with_context(|| format!("{command:?} could not be started"))?;
    ensure!(output.status.success(), "{command:?} failed");
    let lines = String::from_utf8(output.stdout)?;
    let crates = lines
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty());
    Ok(crates.collect::<BTreeSet<_>>().len())
}

fn run(mut command: Command) -> Result<()> {
    let status = command.current_dir(keys::root()).status();
    let status = status.with_context(|| format!("{command:?} could not be started"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}

/// Everything that does this job, ours first.
pub(crate) fn of(job: Job, backend: &Backend, tls: &Tls, peers: bool) -> Result<Vec<Subject>> {
    let mut subjects = vec![ours(job, backend, tls)?, floor(job, backend, tls)?];
    if peers && job == Job::Notify {
        for name in PEERS {
            subjects.push(peer(name, backend, tls)?);
        }
    }
    Ok(subjects)
}

/// Our function for this job.
pub(crate) fn ours(job: Job, backend: &Backend, tls: &Tls) -> Result<Subject> {
    built(OURS, job.function(), environment(backend, tls))
}

/// What ours is held against.
pub(crate) fn floor(job: Job, backend: &Backend, tls: &Tls) -> Result<Subject> {
    let mut environment = environment(backend, tls);
    environment.push(("FLOOR_JOB".into(), job.id().into()));
    built(FLOOR, FLOOR, environment)
}

fn built(name: &str, binary: &str, environment: Vec<(String, String)>) -> Result<Subject> {
    let path = target().join("release").join(binary);
    let bytes = std::fs::read(&path)
        .with_context(|| format!("{} is not there: leave --no-build out", path.display()))?;
    let mut zip = DeflateEncoder::new(Vec::new(), Compression::default());
    zip.write_all(&bytes)?;
    let zipped = zip.finish()?.len() as u64;
    let program = Program {
        path,
        arguments: Vec::new(),
        environment,
    };
    Ok(Subject {
        name: name.to_owned(),
        program,
        zipped,
    })
}

fn peer(name: &str, backend: &Backend, tls: &Tls) -> Result<Subject> {
    let folder = target().join("bench/peers").join(name);
    let text = std::fs::read(folder.join("run.json"));
    let Ok(text) = text else {
        bail!("the peer {name} is not built: `python3 tests/bench/peers/build.py {name}`");
    };
    let start: Start = serde_json::from_slice(&text)?;
    let mut environment = environment(backend, tls);
    environment.extend(start.environment);
    let program = Program {
        path: start.program,
        arguments: start.arguments,
        environment,
    };
    Ok(Subject {
        name: name.to_owned(),
        program,
        zipped: std::fs::metadata(folder.join("package.zip"))?.len(),
    })
}
/// The settings of a deployed function, with the backend for AWS and POP.
fn environment(backend: &Backend, tls: &Tls) -> Vec<(String, String)> {
    let aws = format!("https://localhost:{}", backend.aws.port());
    let queue = |name: &str| format!("{aws}/123456789012/{name}");
    let public_key = keys::text("provider-public.pem").unwrap_or_default();
    let public_keys = format!("1={}", keys::base64_of(&public_key));
    let pairs: [(&str, String); 32] = [
        ("AWS_REGION", "eu-central-1".into()),
        ("AWS_DEFAULT_REGION", "eu-central-1".into()),
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
        ("STACK_NAME", "bench".into()),
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
        // Its own pace is no part of what it costs.
        ("SWEEP_MAX_INQUIRIES_PER_SECOND", "1000".into()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin".into()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
