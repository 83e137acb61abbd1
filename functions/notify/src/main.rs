//! The Lambda binary of the notify function.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply

use notify::{Notify, Settings, metric_of};
use runtime::metrics::{Measured, Metrics};
use runtime::{aws, clock, http, logs, ports};
use std::sync::Arc;
use store::{DynamoStore, SqsQueues};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    logs::start();
    let metrics = Metrics::from_env();
    let notify = Arc::new(build(&metrics).await.inspect_err(logs::startup_failed)?);
    let handler = move |request| {
        let notify = Arc::clone(&notify);
        async move { notify.receive(&request, clock::now()).await }
    };
    let answered = move |status| {
        metrics.note_all(metric_of(status).map(|metric| (metric, 1)));
        metrics.write();
    };
    http::serve(handler, answered).await
}

async fn build(
    metrics: &Metrics,
) -> Result<Notify<DynamoStore, Measured<SqsQueues>>, runtime::Error> {
    let settings = Settings::from_env()?;
    Ok(Notify {
        ports: Measured::queues_of(ports::from_env(&aws::config()?).await?, metrics),
        keys: settings.keys,
        client_id: settings.client_id,
        path: settings.path,
    })
}
