//! The Lambda binary of the capture function.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply

use aws_lambda_events::sqs::SqsEvent;
use capture::{Captures, Settings};
use domain::Time;
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::{aws, clock, logs, provider};
use std::sync::Arc;
use store::{DynamoStore, Ports, SqsQueues};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    logs::start();
    let settings = Settings::from_env().inspect_err(logs::startup_failed)?;
    let aws = aws::config().inspect_err(logs::startup_failed)?;
    let captures = Arc::new(Captures {
        provider: provider::connect(&aws, settings.provider)
            .await
            .inspect_err(logs::startup_failed)?,
        ports: Ports {
            store: DynamoStore::new(aws::dynamodb(&aws), settings.table),
            queues: SqsQueues::new(aws::sqs(&aws), settings.queues),
            policy: settings.policy,
        },
        clock: clock::now,
    });
    lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| {
        let captures = Arc::clone(&captures);
        async move {
            let deadline =
                Time::from_millis(i64::try_from(event.context.deadline).unwrap_or(i64::MAX));
            Ok::<_, runtime::Error>(captures.batch(event.payload, deadline).await)
        }
    }))
    .await
}
