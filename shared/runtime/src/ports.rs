//! Table, queues and rules, as every function uses them.

use crate::aws::{self, Aws};
use crate::config::{self, ConfigError};
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
    let endpoint = origin(&queues.order_events_queue_url).to_owned();
    let ports = Ports {
        store: DynamoStore::new(aws::dynamodb(aws), config::table()?),
        queues: SqsQueues::new(aws::sqs(aws), queues),
        policy: config::policy()?,
    };
    let opened = join(read_nothing(&ports.store), aws.connect(&endpoint));
    if tokio::time::timeout(PATIENCE, opened).await.is_err() {
        tracing::warn!(
            error.code = "not_connected",
            "AWS was not reached ahead in time"
        );
    }
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

/// Scheme and host of an address.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let path = url[host..].find('/').map_or(url.len(), |at| host + at);
    &url[..path]
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn the_service_behind_a_queue() {
        let queue = "https://sqs.eu-central-1.amazonaws.com/123456789012/OrderEvents";
        assert_eq!(origin(queue), "https://sqs.eu-central-1.amazonaws.com");
        assert_eq!(origin("http://127.0.0.1:4566"), "http://127.0.0.1:4566");
        assert_eq!(origin("queue"), "queue");
    }
}
