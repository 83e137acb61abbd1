//! Least privilege: each function may do what its code does to table and queues, no less and no more.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed test says enough

use permissions::{Access, granted, made};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn each_function_may_do_what_it_does_no_less_and_no_more() {
    let (template, made) = (template::load(), made());
    let mut wrong = Vec::new();
    for (function, name) in template::FUNCTIONS {
        let (granted, made) = (granted(&template, function), &made[name]);
        let lacking = made.difference(&granted);
        wrong.extend(lacking.map(|access| format!("{function} does what it may not: {access}")));
        let idle = granted.difference(made);
        wrong.extend(idle.map(|access| format!("{function} may do what it does not: {access}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    every_call_of_the_code_was_made(&made);
}

/// The operations that the clients know are those that were seen: none hides where no flow comes by. A client can call
/// nothing else: it has a field for each.
fn every_call_of_the_code_was_made(made: &BTreeMap<String, BTreeSet<Access>>) {
    let seen: BTreeSet<&str> = made
        .values()
        .flatten()
        .map(|access| access.action.split(':').nth(1).unwrap())
        .collect();
    let source = |file: &str| {
        let path = template::root().join("shared/store/src").join(file);
        std::fs::read_to_string(path).unwrap()
    };
    let clients = ["dynamo/calls.rs", "sqs.rs"].map(source).concat();
    let mut known: BTreeSet<&str> = clients
        .split("Call<")
        .skip(1)
        .filter_map(|rest| rest.trim_start().split(',').next()?.strip_suffix("Input"))
        .collect();
    // What these do is allowed by other names.
    assert!(known.remove("TransactWriteItems") && known.remove("SendMessageBatch"));
    // What an operator's command does, and no function: it stands in a file of its own.
    assert!(known.remove("Scan"));
    let files = ["mod.rs", "cards.rs", "claims.rs", "commit.rs", "query.rs"];
    for file in files.map(|file| format!("dynamo/{file}")) {
        assert!(!source(&file).contains("calls.scan"), "{file} scans");
    }
    assert_eq!(known, seen);
}
