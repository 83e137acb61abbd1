//! A mutant and what became of it, as cargo-mutants writes them down.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

/// One mistake. What it is called stays the same when lines move: the file, what is done, and the line that it makes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// A mutant as `cargo mutants --list --json --diff` and `mutants.json` show it.
#[derive(Deserialize)]
pub(crate) struct Listed {
    name: String,
    file: String,
    diff: String,
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

/// What became of each mutant that a run tried, from its folder `mutants.out`.
pub(crate) fn read_run(folder: &Path) -> Result<HashMap<Mutant, Outcome>> {
    let listed: Vec<Listed> = json(&folder.join("mutants.json"))?;
    let tried: Outcomes = json(&folder.join("outcomes.json"))?;
    let by_name: HashMap<&str, Mutant> = listed
        .iter()
        .map(|listed| listed.name.as_str())
        .zip(named(&listed))
        .collect();
    let mut outcomes = HashMap::new();
    for tried in &tried.outcomes {
        let Scenario::Mutant { name } = &tried.scenario else {
            if tried.summary != "Success" {
                bail!(
                    "{}: the tests fail without any mistake; mend them first",
                    folder.display()
                );
            }
            continue;
        };
        let mutant = by_name
            .get(name.as_str())
            .with_context(|| format!("{}: {name} is not in mutants.json", folder.display()))?;
        outcomes.insert(mutant.clone(), outcome(&tried.summary)?);
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

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = std::fs::read(path).with_context(|| {
        format!(
            "reading {}: is this a folder mutants.out of a run?",
            path.display()
        )
    })?;
    serde_json::from_slice(&bytes).with_context(|| format!("reading {}", path.display()))
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
        let write = |file: &str, text: &str| std::fs::write(folder.join(file), text).unwrap();
        write(
            "mutants.json",
            r#"[{"name":"a.rs:1:1: x","file":"a.rs","diff":""},{"name":"a.rs:2:1: y","file":"a.rs","diff":""}]"#,
        );
        let run = |baseline: &str, first: &str| {
            format!(
                r#"{{"outcomes":[{{"scenario":"Baseline","summary":"{baseline}"}},
                   {{"scenario":{{"Mutant":{{"name":"a.rs:1:1: x"}}}},"summary":"{first}"}},
                   {{"scenario":{{"Mutant":{{"name":"a.rs:2:1: y"}}}},"summary":"CaughtMutant"}}]}}"#
            )
        };
        write("outcomes.json", &run("Success", "MissedMutant"));
        let outcomes = read_run(&folder).unwrap();
        let missed: Vec<_> = outcomes
            .iter()
            .filter(|(_, outcome)| **outcome == Outcome::Missed)
            .map(|(mutant, _)| mutant.mutant.as_str())
            .collect();
        assert_eq!((outcomes.len(), missed), (2, vec!["x"]));
        write("outcomes.json", &run("Failure", "CaughtMutant"));
        assert!(
            read_run(&folder).is_err(),
            "a baseline that fails says nothing"
        );
        write("outcomes.json", &run("Success", "Sunny"));
        assert!(read_run(&folder).is_err(), "an unknown outcome");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
