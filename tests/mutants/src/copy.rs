//! A copy of the crates as a workspace of their own. All of a run happens on it: the tree may be edited meanwhile, and
//! what else stands in it need not even compile.

use crate::run::{folder as run_folder, root};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The crates with mistakes, and what their tests need of this project.
const COPIED: [&str; 3] = ["shared/domain", "shared/pop", "tests/report"];

/// Where the copy is.
pub(crate) fn place() -> PathBuf {
    run_folder().join("source")
}

/// Makes the copy anew.
pub(crate) fn make() -> Result<()> {
    let place = place();
    remove(&place)?;
    for name in COPIED {
        folder(&root().join(name), &place.join(name))?;
    }
    let manifest = root().join("Cargo.toml");
    let manifest = std::fs::read_to_string(&manifest).context("reading Cargo.toml")?;
    std::fs::write(place.join("Cargo.toml"), workspace(&manifest)).context("writing Cargo.toml")?;
    for file in ["Cargo.lock", "rust-toolchain.toml"] {
        std::fs::copy(root().join(file), place.join(file))
            .with_context(|| format!("copying {file}"))?;
    }
    Ok(())
}

/// The project's manifest with these members alone.
fn workspace(manifest: &str) -> String {
    let kept = manifest
        .lines()
        .filter(|line| !line.starts_with("exclude = "));
    kept.map(|line| match line.starts_with("members = ") {
        true => format!("members = {COPIED:?}\n"),
        false => format!("{line}\n"),
    })
    .collect()
}

/// Replaces the folder `to` by a copy of `from`.
pub(crate) fn folder(from: &Path, to: &Path) -> Result<()> {
    remove(to)?;
    std::fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    let entries = std::fs::read_dir(from).with_context(|| format!("reading {}", from.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("reading {}", from.display()))?;
        let (path, place) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            folder(&path, &place)?;
        } else {
            std::fs::copy(&path, &place).with_context(|| format!("copying {}", path.display()))?;
        }
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("removing {}", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_has_the_copied_crates_alone() {
        let manifest =
            "[workspace]\nmembers = [\"a/*\"]\nexclude = [\"a/b\"] # not in Rust\n[profile.dev]\n";
        let want = "[workspace]\nmembers = [\"shared/domain\", \"shared/pop\", \"tests/report\"]\n[profile.dev]\n";
        assert_eq!(workspace(manifest), want);
    }

    #[test]
    fn a_copied_folder_is_whole_and_has_nothing_of_before() {
        let place = std::env::temp_dir().join(format!("copied-{}", std::process::id()));
        let (from, to) = (place.join("from"), place.join("to"));
        for (folder, file) in [(from.join("a/b"), "new"), (to.join("a"), "old")] {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(file), "text").unwrap();
        }
        folder(&from, &to).unwrap();
        assert_eq!(std::fs::read(to.join("a/b/new")).unwrap(), b"text");
        assert!(!to.join("a/old").exists());
        std::fs::remove_dir_all(&place).unwrap();
    }
}
