//! `doctor`: whether a deployment is as it should be, check by check.

mod checks;
mod functions;
mod keys;
mod queues;
mod report;
mod sweep;
mod table;
mod web;

use crate::connection::{Connection, Deployed};
use crate::ending::Ending;
use crate::output::Output;
use checks::{Check, wrong};
use report::Diagnosis;

/// Looks at everything, one after the other; a check that fails stops no other.
pub(crate) async fn run(connection: &Connection, output: &Output) -> anyhow::Result<Ending> {
    let bar = output.progress("checks", None);
    let mut checks: Vec<Check> = Vec::new();
    let deployed = connection.deployed().await;
    match &deployed {
        Ok(deployed) => checks.extend(functions::check(deployed)),
        Err(error) => checks.push(wrong("functions", format!("{error:#}"), NAME_IT)),
    }
    bar.inc(1);
    checks.extend(table::check(connection).await);
    bar.inc(1);
    checks.extend(queues::check(connection).await);
    bar.inc(1);
    let found = deployed.as_ref().ok();
    let reply = keys::ask(connection).await;
    checks.extend(keys::check(&reply));
    bar.inc(1);
    checks.extend(sweep::check(connection, found, &reply).await);
    bar.inc(1);
    checks.extend(web::check(connection, found).await);
    bar.finish_and_clear();
    output.show(&Diagnosis::of(connection.now(), checks))
}

const NAME_IT: &str = "name the deployment: --stack NAME, or --rehearsal";

/// A setting as the deployment has it.
fn setting(connection: &Connection, deployed: Option<&Deployed>, name: &str) -> Option<String> {
    let functions = deployed.map(|deployed| deployed.functions.values());
    let mut found = functions.into_iter().flatten();
    let deployed = found.find_map(|function| function.settings.get(name).cloned());
    deployed.or_else(|| connection.settings().get(name))
}
