//! What became of every mistake, over all runs: one file, so that a run can be stopped and gone on with.

use crate::mutant::{Mutant, Outcome, read_run};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The outcomes so far.
pub(crate) struct Ledger {
    path: PathBuf,
    outcomes: HashMap<Mutant, Outcome>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    mutant: Mutant,
    outcome: Outcome,
}

impl Ledger {
    /// The ledger at `path`; an empty one if there is none.
    pub(crate) fn open(path: PathBuf) -> Result<Self> {
        let entries: Vec<Entry> = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .with_context(|| format!("reading {}: remove it to start anew", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        let outcomes = entries
            .into_iter()
            .map(|entry| (entry.mutant, entry.outcome))
            .collect();
        Ok(Self { path, outcomes })
    }

    /// Takes in a folder `mutants.out`; the newest word on a mistake counts.
    pub(crate) fn take(&mut self, run: &Path) -> Result<()> {
        self.outcomes.extend(read_run(run)?);
        Ok(())
    }

    pub(crate) fn outcomes(&self) -> &HashMap<Mutant, Outcome> {
        &self.outcomes
    }

    pub(crate) fn write(&self) -> Result<()> {
        let mut entries: Vec<Entry> = self
            .outcomes
            .iter()
            .map(|(mutant, outcome)| Entry {
                mutant: mutant.clone(),
                outcome: *outcome,
            })
            .collect();
        entries.sort_by(|a, b| a.mutant.cmp(&b.mutant));
        let json = serde_json::to_vec_pretty(&entries)?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&self.path, json))
            .with_context(|| format!("writing {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_the_newest_counts() {
        let folder = std::env::temp_dir().join(format!("ledger-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("ledger.json");
        let run = |summary: &str| {
            let mutants = r#"[{"name":"a.rs:1:1: x","file":"a.rs","diff":""}]"#;
            let outcomes = format!(
                r#"{{"outcomes":[{{"scenario":{{"Mutant":{{"name":"a.rs:1:1: x"}}}},"summary":"{summary}"}}]}}"#
            );
            std::fs::write(folder.join("mutants.json"), mutants).unwrap();
            std::fs::write(folder.join("outcomes.json"), outcomes).unwrap();
        };
        let mut ledger = Ledger::open(path.clone()).unwrap();
        assert!(ledger.outcomes().is_empty());
        for (summary, want) in [
            ("MissedMutant", Outcome::Missed),
            ("CaughtMutant", Outcome::Caught),
        ] {
            run(summary);
            ledger.take(&folder).unwrap();
            ledger.write().unwrap();
            ledger = Ledger::open(path.clone()).unwrap();
            let outcomes: Vec<_> = ledger.outcomes().values().copied().collect();
            assert_eq!(outcomes, [want]);
        }
        std::fs::write(&path, "no JSON").unwrap();
        assert!(Ledger::open(path).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
