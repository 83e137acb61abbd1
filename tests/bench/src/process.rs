//! A function's process: started on a processor of its own, watched, and ended.

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_setaffinity};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// What there is to start.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
}

/// The bench and its backend run on the first processor, functions on the second.
const OURS: usize = 0;
const THEIRS: usize = 1;

/// Keeps this thread on the bench's processor.
pub(crate) fn stay() -> Result<()> {
    run_on(OURS)
}

fn run_on(processor: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(processor);
    sched_setaffinity(None, &set).context("a machine with two processors is needed")
}

/// A running function.
pub(crate) struct Process {
    child: Child,
    pub(crate) started: Instant,
}

impl Process {
    /// Starts it with nothing in its environment but what is named.
    pub(crate) fn start(program: &Program) -> Result<Self> {
        let mut command = Command::new(&program.path);
        command
            .args(&program.arguments)
            .env_clear()
            .envs(program.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // A child begins where its parent is.
        run_on(THEIRS)?;
        let started = Instant::now();
        let child = command.spawn();
        run_on(OURS)?;
        let child = child.with_context(|| format!("starting {}", program.path.display()))?;
        Ok(Self { child, started })
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn end(mut self) -> Result<()> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        self.child.wait()?;
        Ok(())
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The processor time that all its threads took, in microseconds.
    pub(crate) fn processor_us(&self) -> Result<f64> {
        let folder = format!("/proc/{}/task", self.child.id());
        let mut nanoseconds = 0.0;
        for task in std::fs::read_dir(&folder).with_context(|| folder.clone())? {
            let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
            let on_processor = text.split(' ').next().unwrap_or_default();
            nanoseconds += on_processor.parse::<f64>().unwrap_or(0.0);
        }
        Ok(nanoseconds / 1000.0)
    }

    /// The most memory that it held at once, in KiB.
    pub(crate) fn peak_kib(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
        kib.context("the system does not tell how much memory a process held")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
