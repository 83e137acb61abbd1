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

/// The calls that stand in the code of the clients are those that were seen: none hides where no flow comes by. What
/// only an operator's command calls stands in a file of its own.
fn every_call_of_the_code_was_made(made: &BTreeMap<String, BTreeSet<Access>>) {
    let seen: BTreeSet<&str> = made
        .values()
        .flatten()
        .map(|access| access.action.split(':').nth(1).unwrap())
        .collect();
    let folder = template::root().join("shared/store/src");
    let files = [
        "dynamo/mod.rs",
        "dynamo/commit.rs",
        "dynamo/claims.rs",
        "dynamo/cards.rs",
        "dynamo/query.rs",
        "sqs.rs",
    ];
    let mut source = String::new();
    for file in files {
        source += &std::fs::read_to_string(folder.join(file)).unwrap();
    }
    for (call, action) in CALLS {
        assert_eq!(
            source.contains(call),
            seen.contains(action),
            "{call} and {action}"
        );
    }
    // Nothing else is called: a client's call is a method without arguments that is sent later.
    let known: BTreeSet<&str> = CALLS.iter().map(|(call, _)| *call).collect();
    for (place, _) in source.match_indices("client") {
        let rest = source[place + "client".len()..].trim_start();
        let Some(method) = rest.strip_prefix('.') else {
            continue;
        };
        let end = method.find("()").unwrap_or_default() + 2;
        let call = format!(".{}", &method[..end.min(method.len())]);
        let is_call = call.len() < 40
            && call[1..call.len() - 2]
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '_');
        let transaction = call == ".transact_write_items()";
        assert!(
            !is_call || transaction || known.contains(call.as_str()),
            "{call} is not known here"
        );
    }
}

/// How the code says it, and what it is called in permissions.
const CALLS: [(&str, &str); 9] = [
    (".get_item()", "GetItem"),
    (".put_item()", "PutItem"),
    (".update_item()", "UpdateItem"),
    (".delete_item()", "DeleteItem"),
    (".query()", "Query"),
    (".scan()", "Scan"),
    (".batch_write_item()", "BatchWriteItem"),
    (".send_message()", "SendMessage"),
    (".send_message_batch()", "SendMessage"),
];
