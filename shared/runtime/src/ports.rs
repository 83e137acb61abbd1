//! Table, queues and rules, as every function uses them.

use crate::aws;
use crate::config::{self, ConfigError};
use aws_types::SdkConfig;
use store::{DynamoStore, Ports, SqsQueues};

/// The ports of this deployment, from the environment. The error names the variable that is missing or wrong.
pub fn from_env(sdk: &SdkConfig) -> Result<Ports<DynamoStore, SqsQueues>, ConfigError> {
    Ok(Ports {
        store: DynamoStore::new(aws::dynamodb(sdk), config::table()?),
        queues: SqsQueues::new(aws::sqs(sdk), config::queues()?),
        policy: config::policy()?,
    })
}
