//! The figures: on the terminal, as JSON, and as the section of docs/reliability.md.

use crate::tally::{Counts, Tally};
use std::fmt::Write;

/// The crates in words, and where their files are.
const CRATES: [(&str, &str); 2] = [
    ("domain (the rules of payments)", "shared/domain/"),
    ("pop (the provider client)", "shared/pop/"),
];

/// For the terminal: the counts by file, then what is to be done.
pub(crate) fn for_people(tally: &Tally<'_>) -> String {
    let mut text = format!(
        "{:<40} {:>7} {:>9} {:>6} {:>8} {:>8} {:>7}\n",
        "file", "caught", "explained", "missed", "timeouts", "unviable", "untried"
    );
    let all = ("all", tally.all());
    for (file, counts) in tally.files.iter().map(|(file, c)| (*file, *c)).chain([all]) {
        let Counts {
            caught,
            explained,
            missed,
            timeouts,
            unviable,
            untried,
        } = counts;
        put(
            &mut text,
            format_args!(
                "{file:<40} {caught:>7} {explained:>9} {missed:>6} {timeouts:>8} {unviable:>8} {untried:>7}\n"
            ),
        );
    }
    for (mutant, _) in tally.missed.iter().filter(|(_, why)| why.is_none()) {
        put(
            &mut text,
            format_args!(
                "missed: {}: {}\n        {}\n",
                mutant.file, mutant.mutant, mutant.becomes
            ),
        );
    }
    if tally.all().missed > 0 {
        text.push_str("Write a test that fails for it, or say in tests/mutants/survivors.toml why it may live.\n");
    }
    for survivor in &tally.stale {
        put(
            &mut text,
            format_args!(
                "no survivor (any more), remove it from the list: {}\n",
                survivor.shown()
            ),
        );
    }
    if tally.all().untried > 0 {
        text.push_str("Some were not tried: cargo mutants said nothing about them.\n");
    }
    text
}

/// For machines.
pub(crate) fn figures(tally: &Tally<'_>) -> serde_json::Value {
    let counts = |counts: Counts| {
        serde_json::json!({
            "caught": counts.caught, "explained": counts.explained, "missed": counts.missed,
            "timeouts": counts.timeouts, "unviable": counts.unviable, "untried": counts.untried,
        })
    };
    let survivors = tally.missed.iter().map(|(mutant, why)| {
        serde_json::json!({
            "file": mutant.file, "mutant": mutant.mutant, "becomes": mutant.becomes, "why": why,
        })
    });
    serde_json::json!({
        "holds": tally.holds(),
        "all": counts(tally.all()),
        "files": tally.files.iter().map(|(file, c)| (*file, counts(*c))).collect::<std::collections::BTreeMap<_, _>>(),
        "survivors": survivors.collect::<Vec<_>>(),
    })
}

/// For docs/reliability.md.
pub(crate) fn section(tally: &Tally<'_>) -> String {
    let all = tally.all();
    let mut text = format!(
        "Command: `cargo mutation --write-docs` (`tests/mutants` says how it works).\n\n\
         {} mistakes were made, one at a time: {} were noticed by a failing test, {} by tests that no longer ended, \
         {} were no program that compiles. {} were noticed by no test: {} of them change nothing that matters, for the \
         reasons below, and {} are open. {} mistakes were not tried.\n",
        all.tried(),
        all.caught,
        all.timeouts,
        all.unviable,
        all.explained + all.missed,
        all.explained,
        all.missed,
        all.untried
    );
    for (name, folder) in CRATES {
        put(&mut text, format_args!("\n### {name}\n\n"));
        text.push_str("| file | caught | timeouts | explained | open | unviable | not tried |\n");
        text.push_str("|---|---:|---:|---:|---:|---:|---:|\n");
        let files = tally.files.iter();
        for (file, counts) in files.filter(|(file, _)| file.starts_with(folder)) {
            let file = file.trim_start_matches(folder).trim_start_matches("src/");
            text.push_str(&table_row(&format!("`{file}`"), *counts));
        }
        text.push_str(&table_row("all", tally.under(folder)));
    }
    text.push_str(&survivors(tally));
    text
}

fn table_row(name: &str, counts: Counts) -> String {
    format!(
        "| {name} | {} | {} | {} | {} | {} | {} |\n",
        counts.caught,
        counts.timeouts,
        counts.explained,
        counts.missed,
        counts.unviable,
        counts.untried
    )
}

fn survivors(tally: &Tally<'_>) -> String {
    let mut text = String::new();
    for (title, open) in [
        ("Noticed by no test, and why that may be", false),
        ("Open", true),
    ] {
        let rows = tally.missed.iter().filter(|(_, why)| why.is_none() == open);
        let rows: Vec<String> = rows
            .map(|(mutant, why)| {
                let why = why.unwrap_or("not looked into yet");
                let file = mutant.file.replace("/src/", "/");
                let file = file.trim_start_matches("shared/");
                format!("| `{file}` | {} | {why} |\n", code(&mutant.mutant))
            })
            .collect();
        if !rows.is_empty() {
            put(
                &mut text,
                format_args!(
                    "\n### {title}\n\n| file | mistake | why |\n|---|---|---|\n{}",
                    rows.concat()
                ),
            );
        }
    }
    text
}

/// As code in a table's cell, where a bar would end the cell.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    let _never_fails = text.write_fmt(what); // a String takes everything
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutant::{Mutant, Outcome};
    use crate::survivors::Survivor;

    #[test]
    fn every_count_and_every_survivor_is_shown() {
        let mutant = |file: &str, mutant: &str| Mutant {
            file: file.to_owned(),
            mutant: mutant.to_owned(),
            becomes: "x".to_owned(),
            place: 0,
        };
        let money = "shared/domain/src/money.rs";
        let all = [
            mutant(money, "replace || with && in f"),
            mutant(money, "replace f with 0"),
            mutant("shared/pop/src/keys.rs", "replace g with 1"),
            mutant("shared/pop/src/keys.rs", "replace h with 2"),
        ];
        let known = [Survivor::of(&all[0])];
        let outcomes = [Outcome::Missed, Outcome::Caught, Outcome::Missed];
        let outcomes = all.iter().cloned().zip(outcomes).collect();
        let tally = Tally::new(&all, &outcomes, &known);
        let section = section(&tally);
        for part in [
            "3 mistakes were made, one at a time: 1 were noticed",
            "| `money.rs` | 1 | 0 | 1 | 0 | 0 | 0 |",
            "| `keys.rs` | 0 | 0 | 0 | 1 | 0 | 1 |",
            "| `domain/money.rs` | `replace \\|\\| with && in f` | the program does the same either way |",
            "### Open",
            "`replace g with 1`",
        ] {
            assert!(section.contains(part), "{part}\n{section}");
        }
        let people = for_people(&tally);
        for part in [
            "missed: shared/pop/src/keys.rs: replace g with 1",
            "Some were not tried",
            "survivors.toml",
        ] {
            assert!(people.contains(part), "{part}\n{people}");
        }
        let figures = figures(&tally);
        assert_eq!(figures["all"]["untried"], 1);
        assert_eq!(figures["holds"], false);
        assert_eq!(figures["survivors"].as_array().unwrap().len(), 2);
    }
}
