//! The functions: there, active, and with settings that fit each other.

use super::checks::{Check, note, ok, wrong};
use crate::connection::{Deployed, Function, Role};
use pop::keys::VerifyingKeys;
use std::collections::BTreeSet;

/// Settings that all functions must have alike.
const COMMON: [&str; 10] = [
    "TABLE_NAME",
    "CAPTURE_QUEUE_URL",
    "ORDER_EVENTS_QUEUE_URL",
    "POP_CLIENT_ID",
    "POP_PUBLIC_KEYS",
    "CAPTURE_MARGIN_SECONDS",
    "NOT_EXIST_GRACE_SECONDS",
    "SEVERAL_CAPTURES",
    "RECORD_RETENTION_DAYS",
    "SWEEP_SHARDS",
];

/// Settings without which a function does not start.
fn needed(role: Role) -> &'static [&'static str] {
    match role {
        Role::Checkout => &[
            "POP_BASE_URL",
            "POP_PRIVATE_KEY_SECRET",
            "NOTIFY_URL",
            "CHECKOUT_URL",
            "CHECKOUT_API_KEYS_SECRET",
            "CLIENT_TOKEN_KEY_SECRET",
        ],
        Role::Notify => &["POP_NOTIFY_PATH"],
        Role::Capture | Role::Sweep => &["POP_BASE_URL", "POP_PRIVATE_KEY_SECRET"],
    }
}

pub(super) fn check(deployed: &Deployed) -> Vec<Check> {
    let mut checks: Vec<Check> = Role::ALL
        .into_iter()
        .map(|role| function(deployed, role))
        .collect();
    checks.push(alike(deployed));
    checks.extend(public_keys(deployed));
    checks.extend(account(deployed));
    checks.extend(notify_path(deployed));
    checks
}

fn function(deployed: &Deployed, role: Role) -> Check {
    let name = match role {
        Role::Checkout => "function checkout",
        Role::Notify => "function notify",
        Role::Capture => "function capture",
        Role::Sweep => "function sweep",
    };
    let Some(function) = deployed.get(role) else {
        let seen = format!("the stack has no {} function", role.as_str());
        return wrong(name, seen, "deploy the template again: sam deploy");
    };
    let names = COMMON[..5].iter().chain(needed(role));
    let missing: Vec<&str> = names.filter(|name| !has(function, name)).copied().collect();
    if !missing.is_empty() {
        let seen = format!("{}: not set: {}", function.name, missing.join(", "));
        return wrong(name, seen, "set the template's parameters and deploy again");
    }
    deployed_rightly(name, function)
}

/// What AWS says of its last deployment; what it does not say is right.
fn deployed_rightly(name: &'static str, function: &Function) -> Check {
    let state = function.state.as_deref().unwrap_or("Active");
    let update = function.last_update.as_deref().unwrap_or("Successful");
    let seen = format!("{}: state {state}, last update {update}", function.name);
    match (state, update) {
        ("Active", "Successful") => ok(name, function.name.clone()),
        ("Pending", _) | (_, "InProgress") => note(
            name,
            seen,
            "a deployment is under way: look again in a minute",
        ),
        _ => wrong(
            name,
            seen,
            "see the function's page in the AWS console, and deploy again",
        ),
    }
}

fn has(function: &Function, name: &str) -> bool {
    let value = function.settings.get(name);
    value.is_some_and(|value| !value.trim().is_empty())
}

fn alike(deployed: &Deployed) -> Check {
    let differing: Vec<&str> = COMMON
        .into_iter()
        .filter(|name| {
            let functions = deployed.functions.values();
            let values: BTreeSet<_> = functions
                .map(|function| function.settings.get(*name))
                .collect();
            values.len() > 1
        })
        .collect();
    match differing.as_slice() {
        [] => ok(
            "settings alike",
            "the functions agree about table, queues, keys and limits",
        ),
        names => wrong(
            "settings alike",
            format!("the functions differ in {}", names.join(", ")),
            "somebody changed one of them by hand: deploy the template again",
        ),
    }
}

fn public_keys(deployed: &Deployed) -> Option<Check> {
    let text = first(deployed, "POP_PUBLIC_KEYS")?;
    let versions: Vec<&str> = text
        .split(',')
        .filter_map(|key| Some(key.split_once('=')?.0))
        .collect();
    Some(match VerifyingKeys::parse(&text) {
        Ok(_) => ok(
            "POP's public keys",
            format!("can be read: version {}", versions.join(", ")),
        ),
        Err(error) => wrong(
            "POP's public keys",
            error.to_string(),
            "PopPublicKeys: as POP's dashboard shows it, `1=MIIBIjAN...`, several with commas; deploy again",
        ),
    })
}

/// Sandbox and production have different client ids, keys and sometimes addresses.
fn account(deployed: &Deployed) -> Option<Check> {
    let (client, url) = (
        first(deployed, "POP_CLIENT_ID")?,
        first(deployed, "POP_BASE_URL")?,
    );
    let sandbox = client.starts_with("SANDBOX_");
    let kind = if sandbox { "sandbox" } else { "production" };
    let seen = format!("{kind}: client {client} at {url}");
    let plain = url.starts_with("http://");
    Some(match plain && !sandbox {
        true => wrong(
            "POP account",
            seen,
            "a production account is reached by https only: set PopBaseUrl",
        ),
        false => ok("POP account", seen),
    })
}

/// What POP is told to call, and the path that the function checks signatures with.
fn notify_path(deployed: &Deployed) -> Option<Check> {
    let (url, path) = (
        first(deployed, "NOTIFY_URL")?,
        first(deployed, "POP_NOTIFY_PATH")?,
    );
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let own = rest.find('/').map_or("/", |at| &rest[at..]);
    let own = own.split(['?', '#']).next().unwrap_or(own);
    Some(if own == path {
        ok("notify path", format!("{path}, as in {url}"))
    } else if rest.contains('?') {
        note(
            "notify path",
            format!("{url} has a query"),
            "POP signs the path without it: register the URL without a query",
        )
    } else {
        wrong(
            "notify path",
            format!("NOTIFY_URL is {url}, but signatures are checked with the path {path}"),
            "POP signs the path of the URL that it calls: set PopNotifyPath to it and deploy again, else every notification is refused with bad_signature",
        )
    })
}

fn first(deployed: &Deployed, name: &str) -> Option<String> {
    let functions = deployed.functions.values();
    let mut values = functions.filter_map(|function| function.settings.get(name));
    values.next().cloned()
}

#[cfg(test)]
mod tests {
    use super::super::checks::Outcome;
    use super::*;

    #[test]
    fn a_deployment_under_way_is_no_fault() {
        let outcome = |state: Option<&str>, last_update: Option<&str>| {
            let function = Function {
                name: "shop-SweepFunction-A".into(),
                settings: std::collections::BTreeMap::new(),
                state: state.map(str::to_owned),
                last_update: last_update.map(str::to_owned),
            };
            deployed_rightly("function sweep", &function).outcome
        };
        for (state, last_update, want) in [
            (None, None, Outcome::Ok),
            (Some("Active"), Some("Successful"), Outcome::Ok),
            (Some("Active"), Some("InProgress"), Outcome::Note),
            (Some("Pending"), None, Outcome::Note),
            (Some("Active"), Some("Failed"), Outcome::Wrong),
            (Some("Failed"), Some("Successful"), Outcome::Wrong),
        ] {
            assert_eq!(
                outcome(state, last_update),
                want,
                "{state:?} {last_update:?}"
            );
        }
    }
}
