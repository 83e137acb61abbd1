//! `docs/features.md` names for each feature a test that exists, and so does `SECURITY.md` for what stops attackers.
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

fn read(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(file)).unwrap_or_default()
}

fn assert_exists(file: &str, name: &str) {
    let source = read(file);
    let exists = match file.ends_with(".rs") {
        true => source.contains(&format!("fn {name}(")),
        false => source.contains(&format!("test('{}'", name.replace('\'', "\\'"))),
    };
    assert!(exists, "{file} has no test {name:?}");
}

#[test]
fn each_feature_names_a_test_that_exists() {
    let features = read("docs/features.md");
    let rows = rows(&features);
    assert!(rows.len() > 40, "{} rows", rows.len());
    for row in rows {
        let [asked, done_by, shown_by] = row.as_slice() else {
            panic!("three cells are expected: {row:?}");
        };
        assert!(!asked.is_empty() && !done_by.is_empty(), "{row:?}");
        let (file, name) = named_test(shown_by).unwrap_or_else(|| panic!("no test: {row:?}"));
        assert_exists(file, name);
    }
}

/// Files of tests and the name of a test behind each, in a text that names other things too.
fn named_within(text: &str) -> Vec<(&str, &str)> {
    let pieces: Vec<&str> = text.split('`').collect();
    let named = pieces.windows(2).filter_map(|pair| {
        let is_test = pair[0].ends_with(".rs") || pair[0].ends_with(".mjs");
        let name = pair[1].strip_prefix(' ')?.split("<br>").next()?;
        let name = name.split(['|', ')', ';']).next()?.trim();
        let is_name = !pair[0].ends_with(".rs") || name.contains('_');
        (is_test && is_name && !name.is_empty()).then_some((pair[0], name))
    });
    named.collect()
}

#[test]
fn what_stops_an_attacker_is_shown_by_tests_that_exist() {
    let security = read("SECURITY.md");
    let named: Vec<_> = security.lines().flat_map(named_within).collect();
    assert!(named.len() > 40, "{} tests", named.len());
    for (file, name) in named {
        assert_exists(file, name);
    }
}
