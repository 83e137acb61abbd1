//! A mutant and what became of it, as cargo-mutants writes them down.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

/// One mistake. What it is called stays the same when lines move: the file, what is done, and the line that it makes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Mutant {
    /// From the project's root.
    pub(crate) file: String,
    /// What is done, such as `replace < with <= in Money::new`.
    pub(crate) mutant: String,
    /// The text that stands there instead, on one line.
    pub(crate) becomes: String,
    /// Which of several that are alike in all this, from 0.
    pub(crate) place: usize,
}

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A test failed.
    Caught,
    /// No test failed.
    Missed,
    /// The tests did not end: noticed, by waiting.
    Timeout,
    /// It is no Rust program.
    Unviable,
}

/// A mutant as `cargo mutants --list --json --diff` shows it.
#[derive(Deserialize)]
pub(crate) struct Listed {
    /// As cargo-mutants calls it, with line and column.
    pub(crate) name: String,
    /// From the project's root.
    pub(crate) file: String,
    diff: String,
    /// The function it is in, if it is in one.
    pub(crate) function: Option<Function>,
    /// What is replaced.
    pub(crate) span: Span,
    /// By what.
    pub(crate) replacement: String,
}

/// A function of the source.
#[derive(Deserialize)]
pub(crate) struct Function {
    /// From its documentation to its last brace.
    pub(crate) span: Span,
}

/// A piece of source.
#[derive(Deserialize)]
pub(crate) struct Span {
    pub(crate) start: Place,
    pub(crate) end: Place,
}

/// Line and column, both from 1.
#[derive(Deserialize)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

#[derive(Deserialize)]
struct Outcomes {
    outcomes: Vec<Tried>,
}

#[derive(Deserialize)]
struct Tried {
    scenario: Scenario,
    summary: String,
}

#[derive(Deserialize)]
enum Scenario {
    Baseline,
    Mutant { name: String },
}

/// The mutants of a listing, told apart.
pub(crate) fn named(listed: &[Listed]) -> Vec<Mutant> {
    let mut seen = HashMap::<Mutant, usize>::new();
    listed
        .iter()
        .map(|listed| {
            let mut mutant = listed.mutant();
            let count = seen.entry(mutant.clone()).or_default();
            mutant.place = *count;
            *count += 1;
            mutant
        })
        .collect()
}

/// What became of each mutant that a run of cargo-mutants tried, by name, from its folder `mutants.out`.
pub(crate) fn read_run(folder: &Path) -> Result<HashMap<String, Outcome>> {
    let path = folder.join("outcomes.json");
    let bytes = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    let tried: Outcomes =
        serde_json::from_slice(&bytes).with_context(|| format!("reading {}", path.display()))?;
    let mut outcomes = HashMap::new();
    for tried in tried.outcomes {
        match tried.scenario {
            Scenario::Mutant { name } => {
                outcomes.insert(name, outcome(&tried.summary)?);
            }
            Scenario::Baseline if tried.summary == "Success" => {}
            Scenario::Baseline => bail!("the tests fail without any mistake: mend them first"),
        }
    }
    Ok(outcomes)
}

fn outcome(summary: &str) -> Result<Outcome> {
    Ok(match summary {
        "CaughtMutant" => Outcome::Caught,
        "MissedMutant" => Outcome::Missed,
        "Timeout" => Outcome::Timeout,
        "Unviable" => Outcome::Unviable,
        other => bail!("an outcome of cargo-mutants that is not known here: {other}"),
    })
}

impl Listed {
    /// The name without its line and column, and the lines that the change brings in.
    fn mutant(&self) -> Mutant {
        let what = self.name.strip_prefix(&self.file).unwrap_or(&self.name);
        let what = what.trim_start_matches(|c: char| c == ':' || c.is_ascii_digit());
        let lines = self.diff.lines().skip_while(|line| !line.starts_with("@@"));
        let new: String = lines
            .filter_map(|line| line.strip_prefix('+'))
            .collect::<Vec<_>>()
            .join(" ")
            .replace("/* ~ changed by cargo-mutants ~ */", " ");
        Mutant {
            file: self.file.clone(),
            mutant: what.trim().to_owned(),
            becomes: new.split_whitespace().collect::<Vec<_>>().join(" "),
            place: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(line: u32) -> Listed {
        serde_json::from_value(serde_json::json!({
            "name": format!("a/b.rs:{line}:7: replace < with <= in f"),
            "file": "a/b.rs",
            "span": {"start": {"line": line, "column": 7}, "end": {"line": line, "column": 8}},
            "replacement": "<=",
            "diff": "--- a/b.rs\n+++ replace < with <= in f\n@@ -1,3 +1,3 @@\n fn f() {\n-    a < b\n+    a <= /* ~ changed by cargo-mutants ~ */ b\n }\n",
        }))
        .unwrap()
    }

    #[test]
    fn a_mutant_is_called_the_same_when_its_line_moves() {
        let (here, there) = (named(&[listed(3)]), named(&[listed(30)]));
        assert_eq!(here, there);
        assert_eq!(here[0].mutant, "replace < with <= in f");
        assert_eq!(here[0].becomes, "a <= b");
    }

    #[test]
    fn mutants_that_look_alike_are_told_apart() {
        let both = named(&[listed(3), listed(9)]);
        assert_eq!((both[0].place, both[1].place), (0, 1));
    }

    #[test]
    fn outcomes_of_a_run_are_read() {
        let folder = std::env::temp_dir().join(format!("mutants-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let run = |baseline: &str, first: &str| {
            let json = format!(
                r#"{{"outcomes":[{{"scenario":"Baseline","summary":"{baseline}"}},
                   {{"scenario":{{"Mutant":{{"name":"x"}}}},"summary":"{first}"}},
                   {{"scenario":{{"Mutant":{{"name":"y"}}}},"summary":"CaughtMutant"}}]}}"#
            );
            std::fs::write(folder.join("outcomes.json"), json).unwrap();
            read_run(&folder)
        };
        let outcomes = run("Success", "MissedMutant").unwrap();
        assert_eq!(
            (outcomes["x"], outcomes["y"]),
            (Outcome::Missed, Outcome::Caught)
        );
        let baseline_fails = run("Failure", "CaughtMutant");
        assert!(baseline_fails.is_err(), "says nothing about mistakes");
        assert!(run("Success", "Sunny").is_err(), "an unknown outcome");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
