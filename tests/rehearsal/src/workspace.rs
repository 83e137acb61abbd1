//! Where things are: the project, the cache that is kept between runs, the folder of this run.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// The folders of a rehearsal. Holds the cache for this process alone until dropped.
pub(crate) struct Workspace {
    project: PathBuf,
    cache: PathBuf,
    _lock: File,
}

impl Workspace {
    /// Takes the cache for this run and empties the folder of the run before.
    pub(crate) fn prepare() -> anyhow::Result<Self> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .filter(|folder| folder.join("template.yaml").is_file())
            .context("template.yaml is not where it was when this command was built: run it from its own checkout")?
            .to_owned();
        let cache = project.join(".cache").join("rehearsal");
        std::fs::create_dir_all(&cache)
            .with_context(|| format!("cannot create {}", cache.display()))?;
        let lock = File::create(cache.join("lock")).context("cannot write to the cache")?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another rehearsal runs in {}: end it first",
                cache.display()
            ),
            Err(TryLockError::Error(error)) => return Err(error).context("cannot lock the cache"),
        }
        let workspace = Self {
            project,
            cache,
            _lock: lock,
        };
        let run = workspace.run();
        crate::process::end_left_over(&run);
        if run.exists() {
            std::fs::remove_dir_all(&run)
                .with_context(|| format!("cannot empty {}", run.display()))?;
        }
        std::fs::create_dir_all(&run)
            .with_context(|| format!("cannot create {}", run.display()))?;
        Ok(workspace)
    }

    /// The checkout.
    pub(crate) fn project(&self) -> &Path {
        &self.project
    }

    /// A file of this package.
    pub(crate) fn own_file(&self, name: &str) -> PathBuf {
        self.project.join("tests").join("rehearsal").join(name)
    }

    /// Kept between runs: Python environments and built artifacts.
    pub(crate) fn cached(&self, name: &str) -> PathBuf {
        self.cache.join(name)
    }

    /// Of this run: state, keys and logs.
    pub(crate) fn run(&self) -> PathBuf {
        self.cache.join("run")
    }

    /// A file or folder of this run.
    pub(crate) fn of_run(&self, name: &str) -> PathBuf {
        self.run().join(name)
    }
}
