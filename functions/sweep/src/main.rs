//! The Lambda binary of the sweep function.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply

use domain::Time;
use lambda_runtime::{LambdaEvent, service_fn};
use pop::client::Client;
use runtime::metrics::{Measured, Metrics};
use runtime::provider::ProviderSettings;
use runtime::{aws, clock, logs, ports, provider};
use serde_json::Value;
use std::sync::Arc;
use store::{DynamoStore, SqsQueues};
use sweep::{Pace, Part, Settings, Sweep};

/// Outside of Lambda nothing ends an invocation.
const NEVER: Time = Time::from_millis(i64::MAX);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    logs::start();
    let metrics = Metrics::from_env();
    let sweep = build(&metrics).await.inspect_err(logs::startup_failed)?;
    let shared = Arc::new((sweep, metrics));
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let shared = Arc::clone(&shared);
        async move {
            let (sweep, metrics) = &*shared;
            let deadline = clock::deadline(event.context.deadline).unwrap_or(NEVER);
            let part = Part::of_event(&event.payload)
                .inspect_err(|error| tracing::error!(error.code = "no_part", "{error}"))?;
            let report = sweep.run_part(part, deadline).await;
            tracing::info!(sweep.report = %serde_json::to_string(&report).unwrap_or_default(), "swept");
            metrics.note_all(report.metrics());
            metrics.write();
            Ok::<_, runtime::Error>(report)
        }
    }))
    .await
}

async fn build(
    metrics: &Metrics,
) -> Result<Sweep<DynamoStore, Measured<SqsQueues>, Measured<Client>>, runtime::Error> {
    let settings = Settings::from_env()?;
    let aws = aws::config()?;
    let settings_of_provider = ProviderSettings::from_env()?;
    // Side by side: each waits for AWS.
    let (ports, provider) = tokio::join!(
        ports::from_env(&aws),
        provider::connect(&aws, settings_of_provider)
    );
    Ok(Sweep {
        ports: Measured::queues_of(ports?, metrics),
        provider: Measured::new(provider?, metrics.clone()),
        clock: clock::now,
        shards: settings.shards,
        concurrency: settings.concurrency,
        pace: Pace::new(settings.calls_per_second),
    })
}
