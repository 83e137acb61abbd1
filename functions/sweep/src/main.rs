//! The Lambda binary of the sweep function.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply

use domain::Time;
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::{aws, clock, logs, provider};
use serde::de::IgnoredAny;
use std::sync::Arc;
use store::{DynamoStore, Ports, SqsQueues};
use sweep::{Pace, Settings, Sweep};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    logs::start();
    let settings = Settings::from_env().inspect_err(logs::startup_failed)?;
    let aws = aws::config().inspect_err(logs::startup_failed)?;
    let sweep = Arc::new(Sweep {
        provider: provider::connect(&aws, settings.provider)
            .await
            .inspect_err(logs::startup_failed)?,
        shards: settings.table.shards,
        concurrency: settings.concurrency,
        pace: Pace::new(settings.calls_per_second),
        ports: Ports {
            store: DynamoStore::new(aws::dynamodb(&aws), settings.table),
            queues: SqsQueues::new(aws::sqs(&aws), settings.queues),
            policy: settings.policy,
        },
        clock: clock::now,
    });
    lambda_runtime::run(service_fn(move |event: LambdaEvent<IgnoredAny>| {
        let sweep = Arc::clone(&sweep);
        async move {
            let deadline = Time::from_millis(i64::try_from(event.context.deadline).unwrap_or(i64::MAX));
            let report = sweep.run(deadline).await;
            tracing::info!(sweep.report = %serde_json::to_string(&report).unwrap_or_default(), "swept");
            Ok::<_, runtime::Error>(report)
        }
    }))
    .await
}
