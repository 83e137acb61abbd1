//! The time of day of the stack and the provider, which a rehearsal turns forward. See the crate `shifted-clock`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use crate::workspace::Workspace;

/// How far ahead the clock of the running stack is, in milliseconds. One stack runs at a time.
static AHEAD_MS: AtomicI64 = AtomicI64::new(0);

/// Milliseconds since the epoch, by the stack's clock.
pub(crate) fn now_ms() -> i64 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let real = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
    real.saturating_add(AHEAD_MS.load(Ordering::SeqCst))
}

/// The clock of all programs that were started with it.
pub(crate) struct Clock {
    file: File,
    path: PathBuf,
    library: PathBuf,
}

impl Clock {
    /// A clock that goes with the system's until it is turned.
    pub(crate) fn new(workspace: &Workspace, library: &Path) -> anyhow::Result<Self> {
        let path = workspace.of_run("clock");
        let file =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        AHEAD_MS.store(0, Ordering::SeqCst);
        Ok(Self {
            file,
            path,
            library: library.to_owned(),
        })
    }

    /// Puts a program, and all that it starts, on this clock.
    pub(crate) fn put_on(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("SHIFTED_CLOCK", &self.path);
    }

    /// Turns it forward for all of them at once, by whole seconds.
    pub(crate) fn turn(&self, by: Duration) -> anyhow::Result<()> {
        let ahead = self.ahead() + Duration::from_secs(by.as_secs());
        self.file
            .set_len(ahead.as_secs())
            .context("the clock cannot be turned")?;
        let ahead = i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX);
        AHEAD_MS.store(ahead, Ordering::SeqCst);
        Ok(())
    }

    /// Takes notice of others who made its file longer; whether somebody did.
    pub(crate) fn was_turned(&self) -> anyhow::Result<bool> {
        let file = self.file.metadata().context("the clock cannot be read")?;
        let ahead = i64::try_from(file.len().saturating_mul(1000)).unwrap_or(i64::MAX);
        Ok(AHEAD_MS.swap(ahead, Ordering::SeqCst) != ahead)
    }

    /// How a program beside the stack goes by this clock: what stands before its command.
    pub(crate) fn in_words(&self) -> String {
        let (library, path) = (self.library.display(), self.path.display());
        format!("LD_PRELOAD={library} SHIFTED_CLOCK={path}")
    }

    /// How far it is ahead of the system's.
    pub(crate) fn ahead(&self) -> Duration {
        Duration::from_millis(AHEAD_MS.load(Ordering::SeqCst).unsigned_abs())
    }
}
