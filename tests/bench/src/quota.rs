//! The share of a processor that a Lambda of some memory gets: one whole for 1,769 MB, less in proportion
//! (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>). Linux hands it out in periods, as Lambda does.

use anyhow::{Context, Result};
use std::path::PathBuf;

/// The memory that comes with one processor, in MB.
const ONE_PROCESSOR: u64 = 1769;
const PERIOD_US: u64 = 20_000;

/// A control group whose processes share a part of a processor.
pub(crate) struct Quota {
    folder: PathBuf,
}

impl Quota {
    /// Needs the right to make control groups, as root has.
    pub(crate) fn of_memory(mb: u64) -> Result<Self> {
        let quota = (PERIOD_US * mb / ONE_PROCESSOR).min(PERIOD_US);
        let name = format!("pop-payments-bench-{}", std::process::id());
        let (old, new) = (
            PathBuf::from("/sys/fs/cgroup/cpu"),
            PathBuf::from("/sys/fs/cgroup"),
        );
        let old_style = old.join("cpu.cfs_quota_us").exists();
        let folder = if old_style { old } else { new }.join(name);
        let group = Self { folder };
        std::fs::create_dir_all(&group.folder)
            .context("a control group cannot be made: run as root")?;
        if old_style {
            group.write("cpu.cfs_period_us", &PERIOD_US.to_string())?;
            group.write("cpu.cfs_quota_us", &quota.to_string())?;
        } else {
            group.write("cpu.max", &format!("{quota} {PERIOD_US}"))?;
        }
        Ok(group)
    }

    /// Puts a running process under the quota.
    pub(crate) fn hold(&self, pid: u32) -> Result<()> {
        self.write("cgroup.procs", &pid.to_string())
    }

    fn write(&self, file: &str, text: &str) -> Result<()> {
        let path = self.folder.join(file);
        std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
    }
}

impl Drop for Quota {
    /// Only an empty group can be removed: the processes in it have to be ended first.
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.folder);
    }
}
