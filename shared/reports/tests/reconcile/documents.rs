//! `docs/reconciliation.md` has every kind of finding and every code of a refusal. With `UPDATE_GOLDEN=1` the kinds are
//! written there.

use reports::Kind;

const PAGE: &str = "reconciliation.md";

fn kinds() -> String {
    let table = |heading: &str, which: fn(Kind) -> bool| {
        let rows = Kind::all().filter(|kind| which(*kind)).map(|kind| {
            format!(
                "| `{}` | {} | {} |\n",
                kind.code(),
                kind.title(),
                kind.advice()
            )
        });
        format!(
            "{heading}\n\n| code | means | what to do |\n|---|---|---|\n{}",
            rows.collect::<String>()
        )
    };
    let differences = table("Differences (exit code 1):", Kind::is_difference);
    let apart = table(
        "Told apart: money that belongs to no capture or refund of the table, and what is counted once (exit code 0):",
        |kind| !kind.is_difference(),
    );
    format!("{differences}\n{apart}")
}

#[test]
fn every_kind_of_finding_is_on_the_page() {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        report::write_section(PAGE, "kinds", &kinds()).unwrap();
    }
    let page = report::read_section(PAGE, "kinds").unwrap();
    assert_eq!(page, kinds().trim(), "UPDATE_GOLDEN=1 writes it anew");
}

#[test]
fn every_code_of_a_refusal_is_on_the_page() {
    let page = std::fs::read_to_string(report::document_path(PAGE)).unwrap();
    let source = include_str!("../../src/fault.rs");
    let codes: Vec<&str> = source
        .lines()
        .filter_map(|line| {
            line.trim()
                .strip_prefix("Self::")?
                .split_once("=> \"")?
                .1
                .strip_suffix("\",")
        })
        .collect();
    assert!(codes.len() > 25, "{codes:?}");
    for code in codes {
        assert!(page.contains(&format!("`{code}`")), "{code}");
    }
}
