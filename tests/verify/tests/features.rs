//! `docs/features.md` names for each feature a test that exists.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::path::Path;

/// The cells of each row of each table, without heads and rules.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().collect();
    let is_row = |line: &str| line.starts_with('|') && !line.starts_with("|---");
    let is_head = |at: usize| {
        lines
            .get(at + 1)
            .is_some_and(|next| next.starts_with("|---"))
    };
    lines
        .iter()
        .enumerate()
        .filter(|(at, line)| is_row(line) && !is_head(*at))
        .map(|(_, line)| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// A file and the name of a test in it.
fn named_test(cell: &str) -> Option<(&str, &str)> {
    let (file, name) = cell.strip_prefix('`')?.split_once("` ")?;
    (!name.is_empty()).then_some((file, name))
}

#[test]
fn each_feature_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let features = std::fs::read_to_string(root.join("docs/features.md")).unwrap();
    let rows = rows(&features);
    assert!(rows.len() > 40, "{} rows", rows.len());
    for row in rows {
        let [asked, done_by, shown_by] = row.as_slice() else {
            panic!("three cells are expected: {row:?}");
        };
        assert!(!asked.is_empty() && !done_by.is_empty(), "{row:?}");
        let (file, name) = named_test(shown_by).unwrap_or_else(|| panic!("no test: {row:?}"));
        let source = std::fs::read_to_string(root.join(file)).unwrap_or_default();
        let exists = match file.ends_with(".rs") {
            true => source.contains(&format!("fn {name}(")),
            false => source.contains(&format!("test('{name}'")),
        };
        assert!(exists, "{file} has no test {name:?}");
    }
}
