//! Fuzz targets: what a stranger, or a provider gone mad, can send to each place that reads something, and what must
//! hold whatever comes.
//!
//! A target takes bytes and panics when something does not hold. `cargo hostile` builds them into one program with the
//! libFuzzer engine (`src/bin/engine.rs`), our crates instrumented for it, and runs each for a while. The tests of this
//! crate run each target on its seeds, on changes of these that are the same each time, and on every input in
//! `regressions/` that once broke something.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test tool: a panic is how a target says that something does not hold"
)]

pub mod mutate;
mod rows;
mod rules;
mod said;
mod targets;
#[cfg(test)]
mod tests;
mod world;

pub use targets::TARGETS;

use std::io;
use std::path::Path;

/// One place that reads what others send.
#[derive(Debug)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// What is fed to what, in a line.
    pub about: &'static str,
    /// What must hold, in a line.
    pub holds: &'static str,
    /// The longest input worth trying, in bytes.
    pub longest: usize,
    /// Whether an input is a JSON document, which can be changed in its structure.
    pub json: bool,
    /// How many bytes stand before that document.
    pub head: usize,
    seeds: fn() -> Vec<Vec<u8>>,
    run: fn(&[u8]),
}

impl Target {
    /// Tries one input. Panics if something does not hold.
    pub fn run(&self, data: &[u8]) {
        (self.run)(data);
    }

    /// Inputs to begin with: real messages, samples of the provider, words that mean something.
    #[must_use]
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        (self.seeds)()
    }

    /// Writes the seeds into a folder, one file each.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write_seeds(&self, folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        for (place, seed) in self.seeds().iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{place:03}")), seed)?;
        }
        Ok(())
    }
}

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// All targets, described as JSON.
#[must_use]
pub fn described() -> serde_json::Value {
    let described = |target: &Target| {
        serde_json::json!({
            "name": target.name, "about": target.about, "holds": target.holds, "longest": target.longest,
        })
    };
    TARGETS.iter().map(described).collect()
}
