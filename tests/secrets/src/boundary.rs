//! What must not compile: copying, printing, writing, comparing and storing card data and keys.
//!
//! All cases stand in one source, each in a function of its own. It is compiled once as it is: every marked line must
//! fail, with the error that it names, and no other line may. Then once without the marked lines: that must compile. So
//! each case fails for its own reason and no other.

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Types that hold card data or keys.
const CLOSED: [&str; 17] = [
    "domain::card::Pan",
    "domain::card::Cvv",
    "domain::card::Expiry",
    "domain::card::CardData",
    "domain::card::TypedCard",
    "domain::card::LocalFields",
    "domain::card::MpiData",
    "domain::card::TypedMpi",
    "pop::pay_request::PayRequest<'static>",
    "pop::keys::SigningKey",
    "pop::merchant_key::MerchantKey",
    "runtime::secrets::Secret",
    "runtime::provider::MerchantKeySecret",
    "pop::client::Settings",
    "pop::client::Client",
    "checkout::ApiKeys",
    "checkout::TokenKeys",
];

/// Types that hold a card token: copied within the store, and never written out or printed.
const TOKENS: [&str; 4] = [
    "domain::stored_card::CardToken",
    "domain::stored_card::TokenizedCard",
    "domain::stored_card::StoredCard",
    "pop::pay_request::PayMethod<'static>",
];

/// What would let them out.
const WAYS_OUT: [&str; 9] = [
    "serde::Serialize",
    "std::fmt::Display",
    "std::error::Error",
    "std::convert::AsRef<str>",
    "std::borrow::Borrow<str>",
    "std::ops::Deref<Target = str>",
    "std::convert::Into<String>",
    "std::hash::Hash",
    "tracing::Value",
];

/// What would make a second one, or compare them in a time that tells.
const COPIES: [&str; 3] = ["Clone", "PartialEq", "serde::de::DeserializeOwned"];

/// Those of [`CLOSED`] that are read from JSON, once: nothing else makes them.
const READ_FROM_JSON: [&str; 2] = ["domain::card::TypedCard", "domain::card::TypedMpi"];

/// Cases by hand.
const BY_HAND: &str = include_str!("../cases/card_data.rs");

/// What the compiler said.
#[derive(Debug)]
pub struct Verdict {
    /// Cases that must not compile.
    pub cases: u64,
    /// Those that did, or failed for another reason, and other errors.
    pub wrong: Vec<String>,
}

/// Compiles the cases against the project as it is. Builds the project's libraries first, if they are not yet.
///
/// # Errors
/// The project's libraries do not build, or the compiler cannot be run.
pub fn check() -> anyhow::Result<Verdict> {
    let libraries = libraries()?;
    let source = source();
    let marked: BTreeMap<usize, Mark> = marks(&source);
    let mut wrong = Vec::new();
    let mut failed = BTreeSet::new();
    for error in compile(&libraries, &source)? {
        match marked.get(&error.line) {
            Some(mark) if mark.fits(&error) => {
                failed.insert(error.line);
            }
            Some(mark) => wrong.push(format!("line {}: not {mark:?}, but {error:?}", error.line)),
            None => wrong.push(format!("an error that is no case: {error:?}")),
        }
    }
    let lines: Vec<&str> = source.lines().collect();
    for line in marked.keys().filter(|line| !failed.contains(line)) {
        let text = lines.get(line - 1).unwrap_or(&"");
        wrong.push(format!("must fail as marked, and did not: {text}"));
    }
    let twins: Vec<&str> = lines
        .iter()
        .filter(|line| !line.contains(MARK))
        .copied()
        .collect();
    for error in compile(&libraries, &twins.join("\n"))? {
        wrong.push(format!("without the cases it must compile: {error:?}"));
    }
    Ok(Verdict {
        cases: marked.len() as u64,
        wrong,
    })
}

/// Stands before the code of the expected error, and a word of its message.
const MARK: &str = "//~ ";

/// The error that a line must give.
#[derive(Debug)]
struct Mark {
    code: String,
    word: String,
}

impl Mark {
    fn fits(&self, error: &CompileError) -> bool {
        error.code == self.code && error.message.contains(&self.word)
    }
}

fn marks(source: &str) -> BTreeMap<usize, Mark> {
    let marked = source.lines().enumerate().filter_map(|(number, line)| {
        let (_, mark) = line.split_once(MARK)?;
        let (code, word) = mark.trim().split_once(' ').unwrap_or((mark.trim(), ""));
        let mark = Mark {
            code: code.to_owned(),
            word: word.to_owned(),
        };
        Some((number + 1, mark))
    });
    marked.collect()
}

/// The cases by hand, and each type with each trait.
fn source() -> String {
    let mut source = format!("{BY_HAND}\n");
    let traits = WAYS_OUT.into_iter().chain(COPIES);
    for (number, name) in traits.enumerate() {
        source += &format!("fn has{number}<T: {name}>() {{}}\n");
    }
    let mut case = 0;
    let mut add = |name: &str, number: usize| {
        let word = name.rsplit("::").next().unwrap_or(name);
        let word = word.split('<').next().unwrap_or(word);
        case += 1;
        source += &format!(
            "fn case{case}(_: &{name}) {{\n    has{number}::<{name}>(); {MARK}E0277 {word}\n}}\n"
        );
    };
    for name in CLOSED {
        for number in 0..WAYS_OUT.len() + COPIES.len() {
            let reads = number == WAYS_OUT.len() + 2 && READ_FROM_JSON.contains(&name);
            if !reads {
                add(name, number);
            }
        }
    }
    for name in TOKENS {
        for number in (0..WAYS_OUT.len()).chain([WAYS_OUT.len() + 2]) {
            add(name, number);
        }
    }
    source
        + "fn twins() {\n    has0::<String>();\n    has1::<String>();\n    has2::<std::fmt::Error>();\n    has3::<String>();\n    \
         has4::<String>();\n    has5::<String>();\n    has6::<String>();\n    has7::<String>();\n    has8::<u64>();\n    \
         has9::<domain::stored_card::CardToken>();\n    has10::<domain::stored_card::CardToken>();\n    has11::<domain::card::TypedCard>();\n}\n"
}

#[derive(Debug)]
struct CompileError {
    line: usize,
    code: String,
    message: String,
}

/// Libraries by their names in Rust.
type Libraries = BTreeMap<String, PathBuf>;

/// Every library of the project and of what it is built from, as built for the project.
fn libraries() -> anyhow::Result<Libraries> {
    #[derive(Deserialize)]
    struct Message {
        target: Option<Target>,
        #[serde(default)]
        filenames: Vec<PathBuf>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
        kind: Vec<String>,
    }
    let arguments = "build --workspace --all-features --lib --locked --quiet --message-format json";
    let output = Command::new("cargo")
        .args(arguments.split(' '))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .output()
        .context("cargo cannot be run")?;
    ensure!(
        output.status.success(),
        "the project's libraries do not build; mend that first (`cargo {arguments}`)"
    );
    let mut libraries = Libraries::new();
    for line in output.stdout.split(|byte| *byte == b'\n') {
        let Ok(Message {
            target: Some(target),
            filenames,
        }) = serde_json::from_slice(line)
        else {
            continue;
        };
        let library = filenames.into_iter().find(|file| {
            let ending = file.extension().and_then(|ending| ending.to_str());
            ["rlib", "so"].contains(&ending.unwrap_or_default())
        });
        let linkable = target
            .kind
            .iter()
            .any(|kind| kind.ends_with("lib") || kind == "proc-macro");
        if let (Some(library), true) = (library, linkable) {
            libraries.insert(target.name.replace('-', "_"), library);
        }
    }
    Ok(libraries)
}

/// The errors that the compiler has about `source`.
fn compile(libraries: &Libraries, source: &str) -> anyhow::Result<Vec<CompileError>> {
    let folder = std::env::temp_dir().join(format!("boundary-{}", std::process::id()));
    std::fs::create_dir_all(&folder).context("no folder for the cases")?;
    let file = folder.join("cases.rs");
    std::fs::write(&file, source).context("the cases cannot be written")?;
    let mut rustc = Command::new("rustc");
    rustc
        .args(
            "--edition 2024 --crate-type lib --emit metadata --error-format json --cap-lints allow"
                .split(' '),
        )
        .arg("--out-dir")
        .arg(&folder)
        .arg(&file);
    for name in [
        "domain",
        "pop",
        "store",
        "runtime",
        "checkout",
        "serde",
        "serde_json",
        "tracing",
    ] {
        let Some(library) = libraries.get(name) else {
            bail!("the project builds no library {name}");
        };
        rustc
            .arg("--extern")
            .arg(format!("{name}={}", library.display()));
        if let Some(folder) = library.parent() {
            rustc
                .arg("-L")
                .arg(format!("dependency={}", folder.display()));
            rustc
                .arg("-L")
                .arg(format!("dependency={}/deps", folder.display()));
        }
    }
    let output = rustc.output().context("rustc cannot be run")?;
    std::fs::remove_dir_all(&folder).context("the cases cannot be removed")?;
    let lines = output.stderr.split(|byte| *byte == b'\n');
    Ok(lines.filter_map(read_error).collect())
}

/// What the compiler writes, one JSON object a line.
#[derive(Deserialize)]
struct Diagnostic {
    message: String,
    level: String,
    code: Option<Code>,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Span {
    line_start: usize,
    is_primary: bool,
    expansion: Option<Box<Expansion>>,
}

#[derive(Deserialize)]
struct Expansion {
    span: Span,
}

impl Span {
    /// The line in the cases: that on which a macro is called, if the error is within one.
    fn line(&self) -> usize {
        let outer = self.expansion.as_ref();
        outer.map_or(self.line_start, |expansion| expansion.span.line())
    }
}

/// An error with its place; the closing remark about all of them has neither place nor code.
fn read_error(line: &[u8]) -> Option<CompileError> {
    let diagnostic: Diagnostic = serde_json::from_slice(line).ok()?;
    let primary = diagnostic.spans.iter().find(|span| span.is_primary);
    let code = diagnostic.code.map(|code| code.code);
    let is_remark =
        primary.is_none() && code.is_none() && diagnostic.message.starts_with("aborting");
    (diagnostic.level == "error" && !is_remark).then(|| CompileError {
        line: primary.map_or(0, Span::line),
        code: code.unwrap_or_default(),
        message: diagnostic.message,
    })
}
