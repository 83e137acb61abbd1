//! The table: there, indexed, expiring, recoverable; and AWS's clock.

use super::checks::{Check, not_checked, note, ok, wrong};
use crate::connection::Connection;
use crate::problem::READING;
use crate::span::words;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    IndexStatus, PointInTimeRecoveryStatus, TableDescription, TableStatus, TimeToLiveStatus,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use domain::{Seconds, Time};
use std::sync::{Arc, Mutex, PoisonError};
use store::failure_reason;

/// AWS refuses signatures that are five minutes off.
const SKEW: Seconds = Seconds(60);

const POLICY: &str = "attach the operator's policy of the template, or look in the AWS console";

pub(super) async fn check(connection: &Connection) -> Vec<Check> {
    let table = match connection.settings().required("TABLE_NAME", "--table NAME") {
        Ok(table) => table,
        Err(error) => return vec![not_checked("table", error.to_string(), "name the table")],
    };
    let clock = AwsClock::default();
    let config = aws_sdk_dynamodb::config::Builder::from(connection.aws());
    let client = Client::from_conf(config.interceptor(clock.clone()).build());
    let mut checks = vec![described(&client, &table).await];
    let sent = runtime::clock::now();
    checks.push(time_to_live(connection, &client, &table).await);
    checks.extend(clock.check(sent));
    checks.push(recovery(connection, &client, &table).await);
    checks
}

async fn described(client: &Client, table: &str) -> Check {
    let answer = client.describe_table().table_name(table).send().await;
    match answer {
        Ok(answer) => match answer.table() {
            Some(description) => standing(table, description),
            None => wrong(
                "table",
                format!("{table} is not there"),
                &READING.to_string(),
            ),
        },
        Err(error) => wrong(
            "table",
            format!("{table}: {}", failure_reason(&error)),
            &READING.to_string(),
        ),
    }
}

fn standing(table: &str, description: &TableDescription) -> Check {
    let active = description.table_status() == Some(&TableStatus::Active);
    let mut indexes = description.global_secondary_indexes().iter();
    let due = indexes.find(|index| index.index_name() == Some("due"));
    let Some(due) = due else {
        return wrong(
            "table",
            format!("{table} has no index \"due\""),
            "deploy the template again",
        );
    };
    // Emulators do not say how an index stands.
    let indexed = due
        .index_status()
        .is_none_or(|status| *status == IndexStatus::Active);
    match (active, indexed) {
        (true, true) => {
            let items = description.item_count().unwrap_or(0);
            ok(
                "table",
                format!("{table}: active, index \"due\" too; some {items} items"),
            )
        }
        _ => wrong(
            "table",
            format!(
                "{table}: {:?}, index {:?}",
                description.table_status(),
                due.index_status()
            ),
            "wait until both are ACTIVE",
        ),
    }
}

const NO_TTL: &str =
    "deploy the template again: without it settled payments and their evidence are kept for ever";

const NO_RECOVERY: &str =
    "deploy the template again: without it a deleted or changed row cannot be brought back";

async fn time_to_live(connection: &Connection, client: &Client, table: &str) -> Check {
    let answer = client
        .describe_time_to_live()
        .table_name(table)
        .send()
        .await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return not_checked("time to live", failure_reason(&error), POLICY),
    };
    let described = answer.time_to_live_description();
    let enabled = described.and_then(|described| described.time_to_live_status());
    let attribute = described.and_then(|described| described.attribute_name());
    match (enabled, attribute) {
        (Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling), Some("expires_at")) => {
            ok("time to live", "on, by expires_at")
        }
        (Some(TimeToLiveStatus::Enabled), Some(attribute)) => {
            wrong("time to live", format!("on, but by {attribute}"), NO_TTL)
        }
        _ => off(connection, "time to live", NO_TTL),
    }
}

/// What DynamoDB does not say to be on. An emulator may have no word for it.
fn off(connection: &Connection, check: &'static str, advice: &str) -> Check {
    match connection.is_emulated() {
        true => note(
            check,
            "off, says the emulator",
            "nothing here; on AWS it would be wrong",
        ),
        false => wrong(check, "off", advice),
    }
}

async fn recovery(connection: &Connection, client: &Client, table: &str) -> Check {
    let answer = client
        .describe_continuous_backups()
        .table_name(table)
        .send()
        .await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let reason = failure_reason(&error);
            // Not every emulator has it.
            let advice = match reason.starts_with("UnknownOperation") {
                true => "this emulator does not have it; on AWS it is checked",
                false => POLICY,
            };
            return not_checked("point-in-time recovery", reason, advice);
        }
    };
    let status = answer
        .continuous_backups_description()
        .and_then(|backups| backups.point_in_time_recovery_description())
        .and_then(|recovery| recovery.point_in_time_recovery_status());
    match status {
        Some(PointInTimeRecoveryStatus::Enabled) => ok("point-in-time recovery", "on"),
        _ => off(connection, "point-in-time recovery", NO_RECOVERY),
    }
}

/// Reads the `Date` of AWS's answers.
#[derive(Debug, Clone, Default)]
struct AwsClock {
    date: Arc<Mutex<Option<String>>>,
}

#[dyn_dispatch_hint]
impl Intercept for AwsClock {
    fn name(&self) -> &'static str {
        "AwsClock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date").map(str::to_owned);
        *self.date.lock().unwrap_or_else(PoisonError::into_inner) = date;
        Ok(())
    }
}

impl AwsClock {
    /// The difference between AWS's clock and this machine's, `sent` being just before the last call.
    fn check(&self, sent: Time) -> Option<Check> {
        let date = self
            .date
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let Some(date) = date else {
            return Some(not_checked(
                "clock",
                "the answers carry no date",
                "compare this machine's clock by hand",
            ));
        };
        let theirs = http_date(&date)?;
        let behind = theirs.since(sent);
        let skew = Seconds(behind.0.abs());
        Some(match skew > SKEW {
            false => ok(
                "clock",
                format!(
                    "this machine is within {} of AWS",
                    words(Seconds(skew.0.max(1)))
                ),
            ),
            true => wrong(
                "clock",
                format!("this machine is {} off AWS ({date})", words(skew)),
                "set the clock: AWS refuses requests that are five minutes off",
            ),
        })
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<Time> {
    use aws_smithy_types::date_time::{DateTime, Format};
    let date = DateTime::from_str(text, Format::HttpDate).ok()?;
    Some(Time::from_millis(date.secs().checked_mul(1_000)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_wrong_when_it_is_more_than_a_minute_off() {
        let clock = |date: Option<&str>| AwsClock {
            date: Arc::new(Mutex::new(date.map(str::to_owned))),
        };
        let date = "Mon, 05 Jan 2026 00:00:00 GMT";
        let theirs = Time::from_millis(1_767_571_200_000);
        assert_eq!(http_date(date), Some(theirs));
        let outcome = |clock: &AwsClock, ours| clock.check(ours).unwrap().outcome;
        use super::super::checks::Outcome;
        let dated = clock(Some(date));
        assert_eq!(outcome(&dated, theirs + Seconds(59)), Outcome::Ok);
        assert_eq!(outcome(&dated, theirs - Seconds(61)), Outcome::Wrong);
        assert_eq!(outcome(&clock(None), theirs), Outcome::NotChecked);
    }
}
