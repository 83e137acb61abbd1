//! The rehearsal that runs in this checkout.

use crate::problem::Problem;
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The stack that a rehearsal deploys.
pub(super) const STACK: &str = "pop-payments";

/// Where it writes the functions' settings, below the checkout.
const FILE: &str = ".cache/rehearsal/local.env";

/// The functions' settings, AWS's own among them.
#[derive(Debug)]
pub(crate) struct Rehearsal {
    settings: BTreeMap<String, String>,
    folder: PathBuf,
}

impl Rehearsal {
    /// Reads what the rehearsal of this folder, or of one above it, wrote.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let here = std::env::current_dir().context("the current folder cannot be read")?;
        let file = file_above(&here).ok_or_else(|| {
            let words = format!(
                "there is no {FILE} here or above: start `cargo rehearse` in this checkout and leave it running"
            );
            Problem::new("no_rehearsal", words)
        })?;
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        Ok(Self {
            settings: parse(&text),
            folder: file.parent().map(Path::to_owned).unwrap_or_default(),
        })
    }

    /// The key with which the rehearsal's provider signs.
    pub(crate) fn provider_key(&self) -> PathBuf {
        self.folder.join("run/provider-private.pem")
    }

    pub(super) fn get(&self, name: &str) -> anyhow::Result<String> {
        let value = self.settings.get(name).cloned();
        value.with_context(|| format!("{FILE} has no {name}: start `cargo rehearse` anew"))
    }

    pub(super) fn into_settings(self) -> BTreeMap<String, String> {
        self.settings
    }
}

fn file_above(folder: &Path) -> Option<PathBuf> {
    let files = folder.ancestors().map(|folder| folder.join(FILE));
    files.into_iter().find(|file| file.is_file())
}

/// Lines of `NAME="value"`.
fn parse(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| {
            (
                name.trim().to_owned(),
                value.trim().trim_matches('"').to_owned(),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_settings_is_read_and_found_from_below() {
        let settings = parse("TABLE_NAME=\"T\"\nPOP_PUBLIC_KEYS=\"1=AB==\"\n\nnothing\n");
        assert_eq!(settings["TABLE_NAME"], "T");
        assert_eq!(settings["POP_PUBLIC_KEYS"], "1=AB==");
        assert_eq!(settings.len(), 2);
        let folder = std::env::temp_dir().join(format!("popctl-rehearsal-{}", std::process::id()));
        let below = folder.join("functions/sweep");
        std::fs::create_dir_all(&below).unwrap();
        std::fs::create_dir_all(folder.join(".cache/rehearsal")).unwrap();
        std::fs::write(folder.join(FILE), "A=\"b\"\n").unwrap();
        assert_eq!(file_above(&below), Some(folder.join(FILE)));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
