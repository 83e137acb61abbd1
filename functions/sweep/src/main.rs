//! The Lambda binary of the sweep function.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply

use domain::Time;
use domain::operator::{self, Order};
use lambda_runtime::{LambdaEvent, service_fn};
use runtime::metrics::{Measured, Metrics};
use runtime::provider::{Pop, ProviderSettings};
use runtime::secrets::{Freshness, SecretsManager};
use runtime::{aws, clock, logs, ports, provider};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::{DynamoStore, SqsQueues};
use sweep::{Pace, Part, Settings, Sweep};

/// Outside of Lambda nothing ends an invocation.
const NEVER: Time = Time::from_millis(i64::MAX);

/// What lives as long as the process.
struct Function {
    sweep: Sweep<DynamoStore, Measured<SqsQueues>, Measured<Pop>>,
    metrics: Metrics,
    /// Milliseconds; 0: not by this process.
    swept_at: AtomicI64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    logs::start();
    let metrics = Metrics::from_env();
    let function = Arc::new(Function {
        sweep: build(&metrics).await.inspect_err(logs::startup_failed)?,
        metrics,
        swept_at: AtomicI64::new(0),
    });
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let function = Arc::clone(&function);
        async move {
            let deadline = clock::deadline(event.context.deadline).unwrap_or(NEVER);
            let answer = match Order::of_event(&event.payload) {
                Some(order) => function.operate(order, deadline).await,
                None => function.sweep(&event.payload, deadline).await,
            };
            function.metrics.write();
            answer
        }
    }))
    .await
}

impl Function {
    async fn operate(
        &self,
        order: Result<Order, serde_json::Error>,
        deadline: Time,
    ) -> Result<Value, runtime::Error> {
        let mut reply = self.sweep.operate(order, deadline).await;
        let last = self.swept_at.load(Ordering::Relaxed);
        reply.swept_at = (last > 0).then(|| Time::from_millis(last).rfc3339());
        Ok(serde_json::json!({ operator::FIELD: reply }))
    }

    async fn sweep(&self, event: &Value, deadline: Time) -> Result<Value, runtime::Error> {
        let part = Part::of_event(event).inspect_err(|error| {
            tracing::error!(error.code = "no_part", "nothing is swept: {error}");
        })?;
        let report = self.sweep.run_part(part, deadline).await;
        self.swept_at
            .store(clock::now().millis(), Ordering::Relaxed);
        self.metrics.note_all(report.metrics());
        Ok(serde_json::to_value(report)?)
    }
}

async fn build(
    metrics: &Metrics,
) -> Result<Sweep<DynamoStore, Measured<SqsQueues>, Measured<Pop>>, runtime::Error> {
    let settings = Settings::from_env()?;
    let aws = aws::config()?;
    let settings_of_provider = ProviderSettings::from_env()?;
    let vault = Arc::new(SecretsManager::new(&aws)?);
    let freshness = Freshness::from_env()?;
    // Side by side: each waits for AWS.
    let (ports, provider) = tokio::join!(
        ports::from_env(&aws),
        provider::connect(vault, freshness, settings_of_provider)
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
