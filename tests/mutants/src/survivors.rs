//! The list of mistakes that no test notices, and why each may live: `tests/mutants/survivors.toml`.

use crate::mutant::Mutant;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::Path;

/// A mistake that may live.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Survivor {
    /// From the project's root.
    pub(crate) file: String,
    mutant: String,
    becomes: String,
    /// Why, in a sentence: most are no mistake at all, because the program does the same.
    pub(crate) why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    survivor: Vec<Survivor>,
}

/// Reads the list.
pub(crate) fn read(path: &Path) -> Result<Vec<Survivor>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    parse(&text).with_context(|| format!("reading {}", path.display()))
}

fn parse(text: &str) -> Result<Vec<Survivor>> {
    let list: List = toml::from_str(text)?;
    for survivor in &list.survivor {
        if survivor.why.trim().len() < 20 {
            bail!("{}: say in a sentence why it may live", survivor.mutant);
        }
    }
    Ok(list.survivor)
}

impl Survivor {
    /// Whether this entry is about the mutant. Of several that look alike one entry speaks for all.
    pub(crate) fn is(&self, mutant: &Mutant) -> bool {
        self.file == mutant.file && self.mutant == mutant.mutant && self.becomes == mutant.becomes
    }

    /// File and mistake, for people.
    pub(crate) fn shown(&self) -> String {
        format!("{}: {} ({})", self.file, self.mutant, self.becomes)
    }

    #[cfg(test)]
    pub(crate) fn of(mutant: &Mutant) -> Self {
        Self {
            file: mutant.file.clone(),
            mutant: mutant.mutant.clone(),
            becomes: mutant.becomes.clone(),
            why: "the program does the same either way".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survivor_needs_a_reason() {
        let entry = |why: &str| {
            format!("[[survivor]]\nfile = 'a'\nmutant = 'b'\nbecomes = 'c'\nwhy = '{why}'\n")
        };
        assert_eq!(
            parse(&entry("the sum is the same in both orders"))
                .unwrap()
                .len(),
            1
        );
        assert!(parse(&entry("equivalent")).is_err());
        assert!(parse("[[survivor]]\nfile = 'a'\n").is_err());
        assert!(parse("").unwrap().is_empty());
    }

    #[test]
    fn the_list_of_this_project_can_be_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("survivors.toml");
        read(&path).unwrap();
    }
}
