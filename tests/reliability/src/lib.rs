//! `docs/reliability.md`, the page of figures: each command that measures something writes its own section of it, and
//! nothing else writes there. And [`Tried`], which counts what a test of hostile messages tried, for such a command.

mod page;
mod tried;

pub use tried::Tried;

use anyhow::{Context, Result};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The sections of the page, in their order there. Each stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`.
pub const SECTIONS: [&str; 8] = [
    "matrix",
    "simulation",
    "tournament",
    "evidence",
    "chaos",
    "hostile",
    "secrets",
    "mutants",
];

/// Where the page is in this tree.
#[must_use]
pub fn page_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reliability.md")
}

/// Replaces the text of the section `name` by `markdown` (without its heading, which stands above the markers).
///
/// Commands that end at the same time wait for each other, so that no section is lost.
///
/// # Errors
/// The page cannot be read or written, `markdown` is empty or holds markers itself, or the page does not have the
/// section's two markers once each and in order: the error says what to add. The page is then left as it was.
pub fn write_section(name: &str, markdown: &str) -> Result<()> {
    write_section_of(&page_path(), name, markdown)
}

/// The text of the section `name` as the page has it now, without blank lines around it; empty if it was never written.
///
/// # Errors
/// The page cannot be read, or its markers are not as they should be.
pub fn read_section(name: &str) -> Result<String> {
    let path = page_path();
    let page = std::fs::read_to_string(&path).with_context(|| reading(&path))?;
    page::text(&page, name).map(|text| text.trim().to_owned())
}

fn write_section_of(path: &Path, name: &str, markdown: &str) -> Result<()> {
    let mut file = File::options()
        .read(true)
        .write(true)
        .open(path)
        .with_context(|| reading(path))?;
    file.lock().with_context(|| reading(path))?; // released with the file
    let mut page = String::new();
    file.read_to_string(&mut page)
        .with_context(|| reading(path))?;
    let page = page::with_text(&page, name, markdown)?;
    file.seek(SeekFrom::Start(0))
        .and_then(|_| file.set_len(0))
        .and_then(|()| file.write_all(page.as_bytes()))
        .with_context(|| format!("writing {}", path.display()))
}

fn reading(path: &Path) -> String {
    format!(
        "reading {}: run the command inside the project's tree, and restore the page from version control if it is gone",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_section_in_order_and_no_other() {
        let page = std::fs::read_to_string(page_path()).unwrap();
        let begun: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("<!-- ")?.strip_suffix(":begin -->"))
            .collect();
        assert_eq!(begun, SECTIONS);
        for name in SECTIONS {
            read_section(name).unwrap();
        }
    }

    #[test]
    fn a_section_is_replaced_in_the_file_and_a_refused_one_changes_nothing() {
        let path = std::env::temp_dir().join(format!("reliability-{}.md", std::process::id()));
        std::fs::write(
            &path,
            "# Page\n<!-- a:begin -->\na long old text\n<!-- a:end -->\nend\n",
        )
        .unwrap();
        write_section_of(&path, "a", "new").unwrap();
        let want = "# Page\n<!-- a:begin -->\n\nnew\n\n<!-- a:end -->\nend\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), want);
        assert!(write_section_of(&path, "b", "new").is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), want);
        std::fs::remove_file(&path).unwrap();
        let error = write_section_of(&path, "a", "new").unwrap_err();
        assert!(
            error.to_string().contains("inside the project's tree"),
            "{error}"
        );
    }

    #[test]
    fn sections_written_at_once_are_all_there() {
        let path = std::env::temp_dir().join(format!("reliability-many-{}.md", std::process::id()));
        let empty: String = SECTIONS
            .iter()
            .map(|name| format!("<!-- {name}:begin -->\n<!-- {name}:end -->\n"))
            .collect();
        std::fs::write(&path, empty).unwrap();
        std::thread::scope(|scope| {
            for name in SECTIONS {
                let path = &path;
                scope.spawn(move || {
                    write_section_of(path, name, &format!("text of {name}")).unwrap()
                });
            }
        });
        let page = std::fs::read_to_string(&path).unwrap();
        for name in SECTIONS {
            assert_eq!(
                page::text(&page, name).unwrap().trim(),
                format!("text of {name}")
            );
        }
        std::fs::remove_file(&path).unwrap();
    }
}
