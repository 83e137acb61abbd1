//! The sweep function, invoked with an order.

use crate::connection::{Connection, Role};
use crate::problem::Problem;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::invoke::InvokeError;
use aws_sdk_lambda::primitives::Blob;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use domain::operator::{FIELD, Order, Reply};
use serde_json::Value;
use std::time::Duration;
use store::failure_reason;

/// The function's own limit, and some seconds for the way.
const LIMIT: Duration = Duration::from_secs(70);

async fn sweep_of(connection: &Connection) -> anyhow::Result<String> {
    let deployed = connection.deployed().await?;
    let sweep = deployed
        .get(Role::Sweep)
        .map(|function| function.name.clone());
    sweep.ok_or_else(|| {
        let words = "the stack has no sweep function: deploy the template again, or give --sweep-function NAME";
        Problem::new("no_sweep_function", words).into()
    })
}

/// Gives orders to the deployed sweep function.
pub(crate) struct Operator {
    client: Client,
    function: String,
}

impl Operator {
    /// The function that the connection names, or that of its stack.
    pub(crate) async fn of(connection: &Connection) -> anyhow::Result<Self> {
        let function = match connection.settings().get("SWEEP_FUNCTION") {
            Some(function) => function,
            None => sweep_of(connection).await?,
        };
        let config = aws_sdk_lambda::config::Builder::from(connection.aws())
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(LIMIT)
                    .build(),
            )
            // An order that may have been carried out is looked at before it is given again.
            .retry_config(RetryConfig::disabled())
            .build();
        Ok(Self {
            client: Client::from_conf(config),
            function,
        })
    }

    /// Gives an order; gives the function's reply.
    pub(crate) async fn give(&self, order: &Order) -> anyhow::Result<Reply> {
        let event = order.to_event().to_string();
        let call = self.client.invoke().function_name(&self.function);
        let answer = call.payload(Blob::new(event)).send().await;
        let answer = answer.map_err(|error| {
            let busy = matches!(
                error.as_service_error(),
                Some(InvokeError::TooManyRequestsException(_))
            );
            match busy {
                true => Problem::new("busy", "the sweep function is busy (its concurrency is used up): try again in a minute"),
                false => Problem::new(
                    "not_invoked",
                    format!(
                        "the sweep function {} was not invoked, or its answer got lost ({}): check --sweep-function and that lambda:InvokeFunction is allowed; before you give the order again, look with popctl explain whether it was carried out",
                        self.function,
                        failure_reason(&error)
                    ),
                ),
            }
        })?;
        let payload = answer.payload().map(|payload| payload.as_ref().to_vec());
        let payload: Value =
            serde_json::from_slice(&payload.unwrap_or_default()).unwrap_or_default();
        if let Some(kind) = answer.function_error() {
            let words = format!(
                "the sweep function failed ({kind}): its log says why; the table is as the trail says (popctl explain)"
            );
            return Err(Problem::new("function_failed", words).into());
        }
        let reply = payload.get(FIELD).cloned().unwrap_or_default();
        serde_json::from_value(reply).map_err(|_| {
            let words = "the deployed sweep function does not know orders, or not these: it is of another version than popctl; deploy it anew, or use the popctl of its version";
            Problem::new("other_version", words).into()
        })
    }
}
