//! The documents with figures: each command that measures something writes its own section, and nothing else writes
//! there. A section stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`.

use crate::page;
use anyhow::{Context, Result};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Where `document`, such as `reliability.md`, is in this tree.
#[must_use]
pub fn document_path(document: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(document)
}

/// Replaces the text of the section `name` of `docs/DOCUMENT` by `markdown` (without its heading, which stands above the
/// markers).
///
/// Commands that end at the same time wait for each other, so that no section is lost.
///
/// # Errors
/// The document cannot be read or written, `markdown` is empty or holds markers itself, or the document does not have the
/// section's two markers once each and in order: the error says what to add. The document is then left as it was.
pub fn write_section(document: &str, name: &str, markdown: &str) -> Result<()> {
    write_section_of(&document_path(document), name, markdown)
        .with_context(|| format!("writing the section {name:?} of docs/{document}"))
}

/// The text of the section `name` of `docs/DOCUMENT` as it is now, without blank lines around it; empty if it was never
/// written.
///
/// # Errors
/// The document cannot be read, or its markers are not as they should be.
pub fn read_section(document: &str, name: &str) -> Result<String> {
    let path = document_path(document);
    let page = std::fs::read_to_string(&path).with_context(|| reading(&path))?;
    page::text(&page, name)
        .map(|text| text.trim().to_owned())
        .with_context(|| format!("reading the section {name:?} of docs/{document}"))
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
        "reading {}: run the command inside the project's tree, and restore the document from version control if it is gone",
        path.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELIABILITY: [&str; 8] = [
        "matrix",
        "simulation",
        "tournament",
        "evidence",
        "chaos",
        "hostile",
        "secrets",
        "mutants",
    ];

    /// The sections that a document begins, in their order there.
    fn begun(page: &str) -> Vec<&str> {
        page.lines()
            .filter_map(|line| line.strip_prefix("<!-- ")?.strip_suffix(":begin -->"))
            .collect()
    }

    #[test]
    fn the_reliability_page_has_every_section_in_order_and_no_other() {
        let page = std::fs::read_to_string(document_path("reliability.md")).unwrap();
        assert_eq!(begun(&page), RELIABILITY);
    }

    #[test]
    fn every_section_of_the_reliability_page_has_its_figures_and_says_how_to_get_them() {
        for section in RELIABILITY {
            let text = read_section("reliability.md", section).unwrap();
            assert!(
                text.contains("`cargo "),
                "{section}: run its command with `--write-docs`"
            );
            assert!(
                text.contains(|c: char| c.is_ascii_digit()),
                "{section}: it has no figures"
            );
        }
    }

    #[test]
    fn every_section_of_every_document_can_be_written() {
        let mut found = 0;
        for entry in std::fs::read_dir(document_path("")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !name.ends_with(".md") {
                continue;
            }
            let page = std::fs::read_to_string(document_path(&name)).unwrap();
            for section in begun(&page) {
                page::with_text(&page, section, "text").unwrap();
                found += 1;
            }
        }
        assert!(found >= RELIABILITY.len());
    }

    #[test]
    fn a_section_is_replaced_in_the_file_and_a_refused_one_changes_nothing() {
        let path = std::env::temp_dir().join(format!("document-{}.md", std::process::id()));
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
        let path = std::env::temp_dir().join(format!("document-many-{}.md", std::process::id()));
        let empty: String = RELIABILITY
            .iter()
            .map(|name| format!("<!-- {name}:begin -->\n<!-- {name}:end -->\n"))
            .collect();
        std::fs::write(&path, empty).unwrap();
        std::thread::scope(|scope| {
            for name in RELIABILITY {
                let path = &path;
                scope.spawn(move || {
                    write_section_of(path, name, &format!("text of {name}")).unwrap()
                });
            }
        });
        let page = std::fs::read_to_string(&path).unwrap();
        for name in RELIABILITY {
            assert_eq!(
                page::text(&page, name).unwrap().trim(),
                format!("text of {name}")
            );
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_refused_section_is_told_with_its_document() {
        let error = write_section("reliability.md", "no-such-section", "text").unwrap_err();
        let told = format!("{error:#}");
        assert!(
            told.contains("docs/reliability.md") && told.contains("no line"),
            "{told}"
        );
        assert!(read_section("reliability.md", "no-such-section").is_err());
        assert!(!read_section("reliability.md", "matrix").unwrap().is_empty());
    }
}
