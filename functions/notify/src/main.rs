//! The Lambda binary of the notify function.
#![recursion_limit = "256"] // the AWS clients' futures are nested deeply

use notify::{Notify, Settings};
use runtime::{aws, clock, http, logs};
use std::sync::Arc;
use store::{DynamoStore, Ports, SqsQueues};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::Error> {
    logs::start();
    let settings = Settings::from_env().inspect_err(logs::startup_failed)?;
    let aws = aws::config().inspect_err(logs::startup_failed)?;
    let notify = Arc::new(Notify {
        ports: Ports {
            store: DynamoStore::new(aws::dynamodb(&aws), settings.table),
            queues: SqsQueues::new(aws::sqs(&aws), settings.queues),
            policy: settings.policy,
        },
        keys: settings.keys,
        client_id: settings.client_id,
        path: settings.path,
    });
    http::serve(move |request| {
        let notify = Arc::clone(&notify);
        async move { notify.receive(&request, clock::now()).await }
    })
    .await
}
