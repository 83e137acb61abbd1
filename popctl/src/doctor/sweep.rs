//! The one healer: scheduled, and at work.

use super::checks::{Check, not_checked, ok, wrong};
use crate::connection::{Connection, Deployed, Role};
use crate::output::{ago, count};
use crate::status::LATE;
use aws_sdk_scheduler::types::{ScheduleState, ScheduleSummary};
use domain::operator::Reply;
use domain::{Seconds, Time};
use store::{Store, failure_reason};

/// The schedule starts it each minute; a process that swept so long ago did so by it.
const RECENT: Seconds = Seconds(180);

pub(super) async fn check(
    connection: &Connection,
    deployed: Option<&Deployed>,
    reply: &Result<Reply, String>,
) -> Vec<Check> {
    let mut checks = vec![schedule(connection, deployed).await];
    checks.push(at_work(connection, reply).await);
    checks
}

async fn schedule(connection: &Connection, deployed: Option<&Deployed>) -> Check {
    let name = deployed
        .and_then(|deployed| deployed.get(Role::Sweep))
        .map(|sweep| sweep.name.clone());
    let Some(function) = name.or_else(|| connection.settings().get("SWEEP_FUNCTION")) else {
        return not_checked(
            "schedule",
            "the sweep function is not known",
            "name the deployment",
        );
    };
    let client = aws_sdk_scheduler::Client::new(connection.aws());
    let mut pages = client.list_schedules().into_paginator().items().send();
    let mut found: Vec<ScheduleSummary> = Vec::new();
    while let Some(schedule) = pages.next().await {
        match schedule {
            Ok(schedule) if targets(&schedule, &function) => found.push(schedule),
            Ok(_) => {}
            Err(error) => {
                let advice = "attach the operator's policy (scheduler:ListSchedules), or look in the AWS console";
                return not_checked("schedule", failure_reason(&error), advice);
            }
        }
    }
    let on = |schedule: &&ScheduleSummary| schedule.state() == Some(&ScheduleState::Enabled);
    let enabled = found.iter().filter(on).count();
    match (found.len(), enabled) {
        (0, _) => wrong(
            "schedule",
            "no schedule starts the sweep",
            "deploy the template again",
        ),
        (all, on) if on < all => wrong(
            "schedule",
            format!("{} of {} switched off", all - on, count(all, "schedule")),
            "switch it on in EventBridge Scheduler, or deploy the template again",
        ),
        (all, _) => ok("schedule", format!("{} on", count(all, "schedule"))),
    }
}

/// Whether the schedule starts this function, by its name or by an alias of it.
fn targets(schedule: &ScheduleSummary, function: &str) -> bool {
    let arn = schedule
        .target()
        .map(|target| target.arn())
        .unwrap_or_default();
    arn.split(':').any(|part| part == function)
}

/// By what it left undone; and where nothing is due, by what its own process remembers.
async fn at_work(connection: &Connection, reply: &Result<Reply, String>) -> Check {
    let now = connection.now();
    match oldest_due(connection).await {
        Err(error) => {
            return not_checked("sweep", format!("{error:#}"), "see the check of the table");
        }
        Ok(Some(due)) if now.since(due) > LATE => {
            let seen = format!(
                "a payment has been due since {}, and was not looked at",
                ago(due, now)
            );
            return wrong(
                "sweep",
                seen,
                "is the schedule on? See the sweep function's log for what stops it",
            );
        }
        Ok(_) => {}
    }
    let swept = reply
        .as_ref()
        .ok()
        .and_then(|reply| reply.swept_at.as_deref())
        .and_then(Time::parse);
    match swept {
        Some(at) if now.since(at) <= RECENT => {
            ok("sweep", format!("it last swept {}", ago(at, now)))
        }
        _ => ok("sweep", "nothing is overdue"),
    }
}

/// The due time that has waited longest, of all shards.
async fn oldest_due(connection: &Connection) -> anyhow::Result<Option<Time>> {
    let (store, now) = (connection.store()?, connection.now());
    let mut oldest: Option<Time> = None;
    for shard in 0..connection.shards()? {
        let page = store.due(shard, now, 1, None).await?;
        let due = page.rows.first().map(|(_, due)| *due);
        oldest = oldest.into_iter().chain(due).min();
    }
    Ok(oldest)
}
