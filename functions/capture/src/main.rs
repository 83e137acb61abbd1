//! The Lambda binary of the capture function.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply

use aws_lambda_events::sqs::SqsEvent;
use capture::Captures;
use domain::Time;
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::metrics::{Measured, Metrics};
use runtime::provider::{Pop, ProviderSettings};
use runtime::secrets::{Freshness, SecretsManager};
use runtime::{aws, clock, logs, ports, provider};
use std::sync::Arc;
use store::{DynamoStore, SqsQueues};

/// Outside of Lambda nothing ends an invocation.
const NEVER: Time = Time::from_millis(i64::MAX);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    logs::start();
    let metrics = Metrics::from_env();
    let captures = build(&metrics).await.inspect_err(logs::startup_failed)?;
    let shared = Arc::new((captures, metrics));
    lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| {
        let shared = Arc::clone(&shared);
        async move {
            let (captures, metrics) = &*shared;
            let deadline = clock::deadline(event.context.deadline).unwrap_or(NEVER);
            let answer = captures.batch(event.payload, deadline).await;
            metrics.write();
            Ok::<_, runtime::Error>(answer)
        }
    }))
    .await
}

async fn build(
    metrics: &Metrics,
) -> Result<Captures<DynamoStore, Measured<SqsQueues>, Measured<Pop>>, runtime::Error> {
    let aws = aws::config()?;
    let settings_of_provider = ProviderSettings::from_env()?;
    let vault = Arc::new(SecretsManager::new(&aws)?);
    let freshness = Freshness::from_env()?;
    // Side by side: each waits for AWS.
    let (ports, provider) = tokio::join!(
        ports::from_env(&aws),
        provider::connect(vault, freshness, settings_of_provider)
    );
    Ok(Captures {
        ports: Measured::queues_of(ports?, metrics),
        provider: Measured::new(provider?, metrics.clone()),
        clock: clock::now,
    })
}
