//! Who may depend on whom (ARCHITECTURE.md, "Code map"), held against what cargo resolves.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .into()
}

/// What `cargo tree` prints, a line for each crate at each place.
fn tree(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--offline", "--prefix", "none"])
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Every crate that `package` is built from, through all levels, without test and build dependencies.
fn built_from(package: &str) -> BTreeSet<String> {
    let text = tree(&["--edges", "normal,no-proc-macro", "--package", package]);
    let names = text.lines().filter_map(|line| line.split(' ').next());
    names
        .filter(|name| !name.is_empty() && *name != package)
        .map(str::to_owned)
        .collect()
}

/// The crates of this workspace that `package` names as dependencies.
fn ours_named_by(folder: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let ours = [
        "domain",
        "pop",
        "audit",
        "aws-calls",
        "reports",
        "store",
        "runtime",
        "notify",
        "capture",
        "sweep",
        "checkout",
        "simulator",
        "embedded",
        "flows",
        "shop",
    ];
    let named = manifest["dependencies"].as_table().unwrap().keys();
    named
        .filter(|name| ours.contains(&name.as_str()))
        .cloned()
        .collect()
}

fn assert_without(package: &str, forbidden: &[&str]) {
    for name in built_from(package) {
        let hit = forbidden
            .iter()
            .find(|pattern| match pattern.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == **pattern,
            });
        assert!(hit.is_none(), "{package} must not depend on {name}");
    }
}

#[test]
fn the_rules_know_no_io_no_cloud_no_clock() {
    assert_without(
        "domain",
        &[
            "tokio",
            "reqwest",
            "hyper*",
            "aws-*",
            "lambda*",
            "pop",
            "store",
            "runtime",
            "rand",
            "getrandom",
            "ring",
            "tracing",
        ],
    );
}

#[test]
fn the_providers_client_stands_alone() {
    assert_without(
        "pop",
        &[
            "store",
            "runtime",
            "aws-sdk*",
            "aws-config",
            "lambda*",
            "rsa",
            "openssl",
            "openssl-sys",
            "aws-lc*",
        ],
    );
    assert_eq!(ours_named_by("shared/pop"), ["domain".to_owned()].into());
}

#[test]
fn the_audit_needs_no_cloud() {
    assert_without(
        "audit",
        &[
            "store", "runtime", "aws-sdk*", "lambda*", "tokio", "reqwest",
        ],
    );
}

#[test]
fn reports_are_read_without_cloud_clock_or_network() {
    assert_without(
        "reports",
        &[
            "pop", "store", "runtime", "aws-*", "lambda*", "tokio", "reqwest", "hyper*",
            "tempfile", "rand",
        ],
    );
    assert_eq!(
        ours_named_by("shared/reports"),
        ["domain".to_owned()].into()
    );
}

#[test]
fn the_table_knows_neither_provider_nor_lambda() {
    assert_without(
        "store",
        &["pop", "runtime", "reqwest", "lambda*", "aws-config"],
    );
    let named = ["aws-calls", "domain"].map(str::to_owned);
    assert_eq!(ours_named_by("shared/store"), named.into());
    assert!(ours_named_by("shared/aws-calls").is_empty());
}

#[test]
fn functions_do_not_know_each_other_nor_the_tests() {
    let functions = ["notify", "capture", "sweep", "checkout"];
    for function in functions {
        let others: Vec<&str> = functions
            .iter()
            .copied()
            .filter(|other| *other != function)
            .collect();
        assert_without(function, &others);
        assert_without(
            function,
            &[
                "simulator",
                "embedded",
                "flows",
                "shop",
                "dynoxide*",
                "aws-lc*",
                "rsa",
                "openssl",
                "openssl-sys",
                "native-tls",
                "aws-config",
            ],
        );
    }
}

#[test]
fn notify_is_built_without_the_providers_client() {
    assert_without("notify", &["reqwest"]);
    assert_without("notify", &["aws-sdk-secretsmanager"]); // it has no secrets
}

#[test]
fn the_operators_command_has_one_crypto_library_too() {
    let others = ["aws-lc*", "rsa", "openssl", "openssl-sys", "native-tls"];
    assert_without("popctl", &others);
}

/// Where the table of ARCHITECTURE.md says that a crate may use another, it is by these lines and no others.
#[test]
fn the_workspace_is_layered_as_drawn() {
    let named = |folder: &str| ours_named_by(folder).into_iter().collect::<Vec<_>>();
    assert!(named("shared/domain").is_empty());
    assert_eq!(
        named("shared/runtime"),
        ["aws-calls", "domain", "pop", "store"]
    );
    assert_eq!(named("shared/audit"), ["domain", "pop"]);
    assert_eq!(
        named("popctl"),
        ["audit", "domain", "pop", "reports", "runtime", "store"]
    );
    for function in ["notify", "capture", "sweep", "checkout"] {
        assert_eq!(
            named(&format!("functions/{function}")),
            ["domain", "pop", "runtime", "store"],
            "{function}"
        );
    }
    assert!(
        named("tests/simulator").is_empty(),
        "the simulator is a witness of its own"
    );
}

/// The whole workspace's crates with their features.
fn features(edges: &str) -> BTreeSet<String> {
    let whole = ["--workspace", "--all-features", "--format", "{p} {f}"];
    let text = tree(&[&whole[..], &["--edges", edges]].concat());
    let lines = text.lines().map(|line| line.trim_end_matches(" (*)"));
    lines.map(str::to_owned).collect()
}

/// Otherwise AWS's crates are compiled twice, for minutes: once for tests, and once for the programs that checks run.
#[test]
fn tests_and_programs_share_their_crates() {
    let (programs, tests) = (features("normal,build"), features("normal,build,dev"));
    let differs: Vec<_> = programs.difference(&tests).collect();
    assert!(
        differs.is_empty(),
        "make these the same in tests/one-build: {differs:#?}"
    );
    assert!(programs.len() > 100, "{}", programs.len());
}
