//! The Lambda binary of the notify function.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply

use notify::{Notify, Settings};
use runtime::{aws, clock, http, logs, ports};
use std::sync::Arc;
use store::{DynamoStore, SqsQueues};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    logs::start();
    let notify = Arc::new(build().await.inspect_err(logs::startup_failed)?);
    http::serve(move |request| {
        let notify = Arc::clone(&notify);
        async move { notify.receive(&request, clock::now()).await }
    })
    .await
}

async fn build() -> Result<Notify<DynamoStore, SqsQueues>, runtime::Error> {
    let settings = Settings::from_env()?;
    Ok(Notify {
        ports: ports::from_env(&aws::config()?).await?,
        keys: settings.keys,
        client_id: settings.client_id,
        path: settings.path,
    })
}
