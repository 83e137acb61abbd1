//! Load, decide, commit, send, clear.

use crate::items::{self, Item, item, n, row_key, s};
use crate::rules::{self, NotCompared, Payment, number, text};
use crate::signed::Message;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::types::{
    Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use lambda_runtime::Error;
use serde_json::{Value, json};
use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

/// Nothing was written: the provider sends the message again.
#[derive(Debug, thiserror::Error)]
pub enum NotCommitted {
    #[error("no such payment")]
    NotFound,
    #[error(transparent)]
    NotCompared(#[from] NotCompared),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error("{0}")]
    Aws(String),
}

impl<E: std::error::Error + 'static, R: std::fmt::Debug + 'static> From<SdkError<E, R>>
    for NotCommitted
{
    fn from(error: SdkError<E, R>) -> Self {
        Self::Aws(DisplayErrorContext(error).to_string())
    }
}

/// The table and the queue.
pub struct Table {
    dynamodb: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    name: String,
    order_events: String,
}

impl Table {
    pub fn from_env(aws: &SdkConfig) -> Result<Self, Error> {
        Ok(Self {
            dynamodb: aws_sdk_dynamodb::Client::new(aws),
            sqs: aws_sdk_sqs::Client::new(aws),
            name: env::var("TABLE_NAME")?,
            order_events: env::var("ORDER_EVENTS_QUEUE_URL")?,
        })
    }

    /// Works a verified message into its payment; gives the payment's status.
    pub async fn commit(&self, message: &Message) -> Result<String, NotCommitted> {
        let note: Value = serde_json::from_slice(&message.body)?;
        let id = note["paymentRequestId"].as_str().unwrap_or_default();
        let mut payment = self.load(id).await?;
        if text(&payment, "status") != "PENDING" {
            return Ok(text(&payment, "status").to_owned()); // a repetition: nothing to write
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_millis() as i64;
        let bind = payment["payment_id"].is_null();
        rules::authorize(&mut payment, &note, now)?;
        let writes = self.writes(&mut payment, message, now, bind)?;
        let call = self
            .dynamodb
            .transact_write_items()
            .set_transact_items(Some(writes));
        call.send().await?;
        let status = text(&payment, "status").to_owned();
        if let Err(error) = self.deliver(payment, now).await {
            tracing::warn!("not sent or not cleared, and left for a later run: {error}");
        }
        Ok(status)
    }

    async fn load(&self, id: &str) -> Result<Payment, NotCommitted> {
        let call = self
            .dynamodb
            .get_item()
            .table_name(&self.name)
            .consistent_read(true);
        let call = call.key("pk", s(row_key(id))).key("sk", s("STATE"));
        let item = call.send().await?.item.ok_or(NotCommitted::NotFound)?;
        let doc = item
            .get("doc")
            .and_then(|doc| doc.as_s().ok())
            .ok_or(NotCommitted::NotFound)?;
        Ok(serde_json::from_str(doc)?)
    }

    async fn deliver(&self, mut payment: Payment, now: i64) -> Result<(), NotCommitted> {
        let call = self.sqs.send_message().queue_url(&self.order_events);
        call.message_body(rules::cloud_event(&payment))
            .send()
            .await?;
        payment["outbox"] = json!([]);
        payment["version"] = (number(&payment, "version") + 1).into();
        payment["due_at"] = rules::next_check(&payment, now).into();
        let call = self.dynamodb.put_item().table_name(&self.name);
        call.set_item(Some(items::row(&payment)?))
            .condition_expression("version = :before")
            .expression_attribute_values(":before", n(number(&payment, "version") - 1))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await?;
        Ok(())
    }

    fn writes(
        &self,
        payment: &mut Payment,
        message: &Message,
        now: i64,
        bind: bool,
    ) -> Result<Vec<TransactWriteItem>, NotCommitted> {
        let evidence = items::append_evidence(payment, message, now);
        let row = self.put("version = :before", items::row(payment)?);
        let row = row.expression_attribute_values(":before", n(number(payment, "version") - 1));
        let mut writes = vec![TransactWriteItem::builder().put(row.build()?).build()];
        if bind {
            let update = self.binding(payment, now)?;
            writes.push(TransactWriteItem::builder().update(update).build());
        }
        let holder = item([
            (
                "pk",
                s(format!(
                    "ORDER#{}",
                    payment["order"]["orderId"].as_str().unwrap_or_default()
                )),
            ),
            ("sk", s("HOLDER")),
            ("payment", s(text(payment, "id"))),
            ("expires_at", n(items::expires_at(now))),
        ]);
        let claim = self
            .put("attribute_not_exists(pk) OR payment = :payment", holder)
            .expression_attribute_values(":payment", s(text(payment, "id")))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let evidence = self.put("attribute_not_exists(pk)", evidence);
        for put in [claim, evidence] {
            writes.push(TransactWriteItem::builder().put(put.build()?).build());
        }
        Ok(writes)
    }

    fn put(&self, condition: &str, item: Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression(condition)
    }

    fn binding(&self, payment: &Payment, now: i64) -> Result<Update, BuildError> {
        Update::builder()
            .table_name(&self.name)
            .key("pk", s(format!("PID#{}", text(payment, "payment_id"))))
            .key("sk", s("BIND"))
            .update_expression("SET payment = :payment, expires_at = :expires_at REMOVE shelf, seen")
            .condition_expression(
                "(attribute_not_exists(payment) OR payment = :payment) AND attribute_not_exists(shelf)",
            )
            .expression_attribute_values(":payment", s(text(payment, "id")))
            .expression_attribute_values(":expires_at", n(items::expires_at(now)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
    }
}
