//! Table, queues and rules, as every function uses them.

use crate::aws::Aws;
use crate::config::{self, ConfigError};
use crate::memory;
use domain::PaymentRequestId;
use futures_util::future::join;
use std::time::Duration;
use store::{DynamoStore, Ports, SqsQueues, Store};

/// How long the start waits for connections. Whoever needs one that is not there by then opens it.
const PATIENCE: Duration = Duration::from_secs(1);

/// A row that nobody has: a read that finds nothing opens the connection, and the code that reads is in memory.
const NOBODY: &str = "NOBODY";

/// The ports of this deployment, from the environment, their connections open. The error names the variable that is
/// missing or wrong.
///
/// The connections are opened side by side while the function starts, not by the first payment.
pub async fn from_env(aws: &Aws) -> Result<Ports<DynamoStore, SqsQueues>, ConfigError> {
    let queues = config::queues()?;
    let endpoint = queues.endpoint().to_owned();
    let ports = Ports {
        store: DynamoStore::new(aws.sdk(), config::table()?)?,
        queues: SqsQueues::new(aws.sdk(), queues)?,
        policy: config::policy()?,
    };
    let opened = join(read_nothing(&ports.store), aws.connect(&endpoint));
    if tokio::time::timeout(PATIENCE, opened).await.is_err() {
        tracing::warn!(
            error.code = "not_connected",
            "AWS was not reached ahead in time"
        );
    }
    memory::ready();
    Ok(ports)
}

async fn read_nothing(store: &DynamoStore) {
    let Ok(nobody) = PaymentRequestId::new(NOBODY) else {
        return;
    };
    if let Err(error) = store.load(&nobody).await {
        tracing::warn!(
            error.code = "not_connected",
            "the table was not reached ahead: {error}"
        );
    }
}
