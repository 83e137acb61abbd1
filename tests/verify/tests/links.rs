//! Each link of each document leads somewhere: files, pictures and sections. So do the paths that documents name.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// What is built or fetched, and not ours.
const NOT_OURS: [&str; 2] = ["node_modules", "target"];

/// Folders of the root by which a path is known as one.
const FOLDERS: [&str; 6] = ["docs", "events", "functions", "popctl", "shared", "tests"];

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap().into()
}

/// A document, by its path from the root.
struct Document {
    path: PathBuf,
    text: String,
}

impl Document {
    fn folder(&self) -> &Path {
        self.path.parent().unwrap()
    }

    /// Its lines outside of fences (`true`: they are text) and within (`false`: they are code).
    fn lines(&self) -> impl Iterator<Item = (bool, &str)> {
        let mut fenced = false;
        self.text.lines().filter_map(move |line| {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
                return None;
            }
            Some((!fenced, line))
        })
    }

    fn prose(&self) -> impl Iterator<Item = &str> {
        self.lines()
            .filter_map(|(is_text, line)| is_text.then_some(line))
    }
}

fn documents() -> Vec<Document> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                let is_ours = !name.starts_with('.') && !NOT_OURS.contains(&name);
                folders.extend(is_ours.then(|| path.clone()));
            } else if name.ends_with(".md") {
                let text = std::fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root()).unwrap().to_owned();
                found.push(Document { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The line without what stands in backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// Where the links and pictures of a line of text lead: `[words](target)`, `![words](target)`, `[word]: target`,
/// and those of HTML.
fn targets(line: &str) -> Vec<String> {
    let text = without_code(line);
    let after = |mark: &'static str, end: fn(char) -> bool| {
        let rests = text.split(mark).skip(1).collect::<Vec<_>>();
        let until = move |rest: &str| rest.split(end).next().unwrap_or_default().to_owned();
        rests.into_iter().map(until).collect::<Vec<_>>()
    };
    let mut found = after("](", |c| c == ')' || c == ' ');
    found.extend(after("src=\"", |c| c == '"'));
    found.extend(after("href=\"", |c| c == '"'));
    let definition = text
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "));
    found.extend(definition.map(|(_, target)| target.trim().to_owned()));
    found
}

/// The anchor that GitHub gives a heading: lower case, a hyphen for each space, other punctuation left out.
fn anchor(heading: &str) -> String {
    let mut words = String::new();
    for (at, part) in heading.split("](").enumerate() {
        // Of a link only its words are shown.
        words += if at == 0 {
            part
        } else {
            part.split_once(')').map_or("", |(_, rest)| rest)
        };
    }
    words
        .trim()
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// The anchors of a document. The second heading of the same words has `-1` at its end, and so on.
fn anchors(document: &Document) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let headings = document.prose().filter_map(|line| {
        let words = line.trim_start_matches('#');
        let depth = line.len() - words.len();
        ((1..=6).contains(&depth) && words.starts_with(' ')).then_some(words)
    });
    headings
        .map(|heading| {
            let anchor = anchor(heading);
            let times = seen.entry(anchor.clone()).or_default();
            *times += 1;
            match *times {
                1 => anchor,
                times => format!("{anchor}-{}", times - 1),
            }
        })
        .collect()
}

/// `a/b/../c` as `a/c`; nothing for what leaves the tree.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            Component::ParentDir if plain.pop() => {}
            _ => return None,
        }
    }
    Some(plain)
}

/// What is wrong with a link, if anything.
fn fault(
    from: &Document,
    target: &str,
    sections: &BTreeMap<PathBuf, BTreeSet<String>>,
) -> Option<&'static str> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None; // nothing is asked of the network here
    }
    let (file, section) = target.split_once('#').unwrap_or((target, ""));
    let path = match file {
        "" => from.path.clone(),
        file => match plain(&from.folder().join(file)) {
            Some(path) => path,
            None => return Some("it leaves the tree"),
        },
    };
    if !root().join(&path).exists() {
        return Some("there is no such file");
    }
    let known = sections.get(&path);
    let is_known = section.is_empty() || known.is_some_and(|known| known.contains(section));
    (!is_known).then_some("there is no such section")
}

#[test]
fn each_link_leads_to_a_file_and_a_section_that_exist() {
    let documents = documents();
    let sections: BTreeMap<PathBuf, BTreeSet<String>> = documents
        .iter()
        .map(|document| (document.path.clone(), anchors(document)))
        .collect();
    let (mut links, mut wrong) = (0, Vec::new());
    for document in &documents {
        for target in document.prose().flat_map(targets) {
            links += 1;
            if let Some(fault) = fault(document, &target, &sections) {
                wrong.push(format!("{}: {target}: {fault}", document.path.display()));
            }
        }
    }
    assert!(documents.len() > 40 && links > 200, "{links} links");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Words of a line that are paths from the root, such as `shared/pop/src/verify.rs`; up to the first `*` where one stands.
fn paths(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-./*@{}<>:$%~".contains(c);
    line.split(move |c| !is_part(c)).filter_map(|word| {
        let word = word.trim_end_matches(['.', ':', '/']);
        let (folder, _) = word.split_once('/')?;
        let path = word.split('*').next().unwrap_or(word);
        FOLDERS.contains(&folder).then_some(path)
    })
}

#[test]
fn each_path_that_a_document_names_exists() {
    let (mut named, mut wrong) = (0, Vec::new());
    for document in documents() {
        for path in document.lines().flat_map(|(_, line)| paths(line)) {
            named += 1;
            let is_there = |from: &Path| root().join(from).join(path).exists();
            if !is_there(Path::new("")) && !is_there(document.folder()) {
                wrong.push(format!("{}: {path}", document.path.display()));
            }
        }
    }
    assert!(named > 100, "{named} paths");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whoever invokes a function by hand finds out what each sample is.
#[test]
fn each_sample_event_is_told_of() {
    let page = std::fs::read_to_string(root().join("docs/local.md")).unwrap();
    let samples = std::fs::read_dir(root().join("events")).unwrap();
    let names = samples.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for name in names.filter(|name| name.ends_with(".json")) {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn each_decision_is_headed_alike_and_stands_in_the_index() {
    let is_decision = |document: &Document| document.path.starts_with("docs/adr/");
    let decisions: Vec<Document> = documents().into_iter().filter(is_decision).collect();
    let (index, decisions): (Vec<_>, Vec<_>) = decisions
        .iter()
        .partition(|document| document.path.ends_with("README.md"));
    for (at, decision) in decisions.iter().enumerate() {
        let file = decision.path.file_name().unwrap().to_str().unwrap();
        let number = format!("{:04}", at + 1);
        let title = decision.text.lines().next().unwrap();
        let title = title
            .strip_prefix(&format!("# {number} "))
            .unwrap_or_else(|| panic!("{file}: {title}"));
        assert!(file.starts_with(&number), "{file}");
        assert!(decision.text.contains("\n\nStatus: "), "{file}");
        let row = format!("| [{number}]({file}) | {title} |\n");
        assert!(
            index[0].text.contains(&row),
            "docs/adr/README.md lacks {row}"
        );
    }
}

#[test]
fn each_folder_stands_in_the_code_map() {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for parent in ["shared", "tests"] {
        for entry in std::fs::read_dir(root().join(parent)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(
                page.contains(&format!("`{parent}/{name}`")),
                "{parent}/{name}"
            );
        }
    }
}

#[test]
fn anchors_are_made_as_github_makes_them() {
    let document = |text: &str| Document {
        path: "a.md".into(),
        text: text.into(),
    };
    assert_eq!(anchor(" `cargo rehearse`"), "cargo-rehearse");
    assert_eq!(anchor(" The merchant's key"), "the-merchants-key");
    assert_eq!(
        anchor(" Secrets and keys (`checkout`, `capture`)"),
        "secrets-and-keys-checkout-capture"
    );
    assert_eq!(
        anchor(" A & B: [the_words](other.md) here"),
        "a--b-the_words-here"
    );
    let twice = document("# Same\n## Same\n```sh\n# no heading\n```\n#nor this");
    assert_eq!(
        anchors(&twice),
        ["same", "same-1"].map(str::to_owned).into()
    );
}

#[test]
fn links_are_found_in_text_and_not_in_code() {
    let line = r#"[`a`](b.md#c), ![d](e.png "f") and `[g](h)`, <img src="i.png">"#;
    assert_eq!(targets(line), ["b.md#c", "e.png", "i.png"]);
    assert_eq!(targets("[j]: k.md"), ["k.md"]);
    assert_eq!(
        paths("in `tests/flows`, docs/adr/*.md, a/tests/b and https://x.example/docs/c.")
            .collect::<Vec<_>>(),
        ["tests/flows", "docs/adr/"]
    );
}
