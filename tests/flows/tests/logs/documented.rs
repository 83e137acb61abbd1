//! docs/logs.md lists every line that the functions can write, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The code of the functions. Nothing else runs in them.
const SOURCES: [&str; 9] = [
    "shared/domain/src",
    "shared/pop/src",
    "shared/store/src",
    "shared/aws-calls/src",
    "shared/runtime/src",
    "functions/checkout/src",
    "functions/notify/src",
    "functions/capture/src",
    "functions/sweep/src",
];

/// What writes a line, and at which level.
const MACROS: [(&str, &str); 6] = [
    ("tracing::error!", "error"),
    ("tracing::warn!", "warn"),
    ("tracing::info!", "info"),
    ("tracing::debug!", "debug"),
    ("tracing::trace!", "trace"),
    ("log_failure!", "warn or error"),
];

/// Fields of the spans, which are in no line's own list.
const OF_SPANS: [&str; 3] = ["payment.request_id", "request_id", "trace_id"];

/// Fields that each line has.
const OF_EACH: [&str; 4] = ["level", "message", "target", "timestamp"];

/// A line: its level, `error.code` if that is one word, and its other fields.
#[derive(Debug, PartialEq, Eq)]
struct Event {
    level: String,
    code: String,
    fields: BTreeSet<String>,
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" {
            files(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

/// Takes a macro's arguments apart at its commas, up to its closing bracket.
fn arguments(text: &str) -> Vec<String> {
    let (mut all, mut one) = (Vec::new(), String::new());
    let (mut depth, mut in_text, mut escaped) = (0_u32, false, false);
    for letter in text.chars() {
        let ends = depth == 1 && !in_text;
        match letter {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            _ if in_text => {}
            ')' if ends => {
                all.push(one);
                return all;
            }
            ',' if ends => {
                all.push(std::mem::take(&mut one));
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth > 1 || letter != '(' {
            one.push(letter);
        }
    }
    panic!("a macro without an end: {text}");
}

/// A message with what is filled in left out.
fn words(literal: &str) -> String {
    let mut words = String::new();
    let mut rest = literal.trim_matches('"');
    while let Some((before, after)) = rest.split_once('{') {
        words += before;
        words += "…";
        rest = after.split_once('}').unwrap().1;
    }
    words + rest
}

fn event(level: &str, arguments: &[String]) -> (String, Event) {
    let arguments = arguments.iter().map(|text| text.trim());
    let skipped = usize::from(level == "warn or error"); // the condition
    let mut event = Event {
        level: level.to_owned(),
        code: String::new(),
        fields: BTreeSet::new(),
    };
    for argument in arguments.skip(skipped) {
        if argument.starts_with('"') {
            return (words(argument), event);
        }
        let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
        let (name, value) = (name.trim().trim_start_matches(['%', '?']), value.trim());
        match name {
            "error.code" => event.code = value.trim_matches('"').to_owned(),
            name => drop(event.fields.insert(name.to_owned())),
        }
    }
    panic!("a line without a message: {event:?}");
}

fn in_code() -> BTreeMap<String, Event> {
    let mut paths = Vec::new();
    for folder in SOURCES {
        files(&project().join(folder), &mut paths);
    }
    let mut events = BTreeMap::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (name, level) in MACROS {
            for (at, _) in text.match_indices(&format!("{name}(")) {
                let arguments = arguments(&text[at + name.len()..]);
                if arguments.iter().any(|argument| argument.contains("$(")) {
                    continue; // the macro's own definition
                }
                let (message, event) = event(level, &arguments);
                let twice = events.insert(message.clone(), event);
                assert!(twice.is_none(), "two lines have one message: {message}");
            }
        }
    }
    events
}

/// The cells of the tables under this heading.
fn rows(document: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, section) = document.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

/// The words in backticks.
fn quoted(cell: &str) -> BTreeSet<String> {
    let parts = cell.split('`').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

fn document() -> String {
    std::fs::read_to_string(project().join("docs/logs.md")).unwrap()
}

#[test]
fn every_line_is_documented_and_every_documented_line_is_there() {
    let code = in_code();
    assert!(code.len() > 30, "the code was read: {code:#?}");
    let mut documented = BTreeMap::new();
    for cells in rows(&document(), "Lines") {
        let [message, level, code, fields, _] = cells.as_slice() else {
            panic!("not five cells: {cells:?}");
        };
        let event = Event {
            level: level.clone(),
            code: code.trim_matches('`').to_owned(),
            fields: quoted(fields),
        };
        let message = message.trim_matches('`').to_owned();
        assert!(
            documented.insert(message.clone(), event).is_none(),
            "twice: {message}"
        );
    }
    for (message, event) in &code {
        let known = documented.remove(message);
        let known = known.unwrap_or_else(|| panic!("docs/logs.md lacks `{message}`: {event:?}"));
        let is_word = event
            .code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b == b'_');
        assert_eq!(
            (&known.level, &known.fields),
            (&event.level, &event.fields),
            "{message}"
        );
        if is_word {
            assert_eq!(known.code, event.code, "{message}");
        } else {
            assert!(
                !known.code.is_empty(),
                "{message}: say which codes there are"
            );
        }
    }
    assert_eq!(
        documented,
        BTreeMap::new(),
        "these lines are not in the code"
    );
}

#[test]
fn every_field_is_documented_and_every_documented_field_is_there() {
    let code = in_code();
    let of_lines = code.values().flat_map(|event| event.fields.iter().cloned());
    let others = OF_SPANS.into_iter().chain(OF_EACH).chain(["error.code"]);
    let in_code: BTreeSet<String> = of_lines.chain(others.map(str::to_owned)).collect();
    let documented = rows(&document(), "Fields");
    let documented: BTreeSet<String> = documented.iter().flat_map(|row| quoted(&row[0])).collect();
    assert_eq!(in_code, documented);
}
