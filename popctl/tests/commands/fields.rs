//! Every field of the JSON output stands on the page, with its meaning.

use serde_json::Value;
use std::collections::BTreeSet;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/popctl.md");

/// Fails if the output has a field that the page does not name for this command, or for all of them.
pub(crate) fn hold(command: &str, output: &[u8]) {
    let Ok(output) = serde_json::from_slice(output) else {
        return; // not every command has JSON
    };
    let mut found = BTreeSet::new();
    collect(&output, "", &mut found);
    let mut known = documented(command);
    known.extend(documented("every command"));
    let missing: Vec<_> = found.iter().filter(|path| !stands(path, &known)).collect();
    assert!(
        missing.is_empty(),
        "docs/popctl.md has no meaning for these fields of {command}: {missing:?}"
    );
}

/// The paths of all values: `story[].title`.
fn collect(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                collect(value, &format!("{path}{dot}{name}"), found);
            }
        }
        Value::Array(values) => {
            for value in values {
                collect(value, &format!("{path}[]"), found);
            }
        }
        _ => drop(found.insert(path.to_owned())),
    }
}

/// The fields in the tables below the headings `### JSON of ...` that name the command.
fn documented(command: &str) -> BTreeSet<String> {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let parts = page.split("\n### ").filter_map(|part| {
        let (heading, part) = part.split_once('\n')?;
        let commands = heading.strip_prefix("JSON of ")?.replace(" and ", ", ");
        commands
            .split(", ")
            .any(|name| name == command)
            .then(|| part.to_owned())
    });
    let parts: Vec<_> = parts.collect();
    let rows = parts.iter().flat_map(|part| part.lines());
    let cells = rows.filter_map(|row| row.strip_prefix("| ")?.split(" | ").next());
    let names = cells.flat_map(|cell| cell.split(", "));
    names
        .map(|name| name.trim_matches('`').to_owned())
        .collect()
}

/// Whether the field, or what it lies in, is named. `*` stands for any name.
fn stands(path: &str, known: &BTreeSet<String>) -> bool {
    let wildcard = |name: &str| {
        name.strip_suffix('*')
            .is_some_and(|before| path.starts_with(before))
    };
    known.iter().any(|name| name == path || wildcard(name))
}
