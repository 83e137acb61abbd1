//! The jobs: the same calls as our functions make, in the same order.

use crate::aws::{Service, tls};
use crate::provider::Provider;
use crate::rows::{Row, Said, first_id};
use crate::setting;
use crate::verify::Verifier;
use anyhow::{Context, Result};
use serde_json::{Value, json};

const DYNAMODB: &str = "DynamoDB_20120810";
const ACKNOWLEDGEMENT: &str =
    r#"{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}"#;

/// Everything that is made once.
pub(crate) struct Floor {
    table: Service,
    queues: Service,
    table_name: String,
    events_url: String,
    capture_url: String,
    verifier: Verifier,
    provider: Option<Provider>,
}

impl Floor {
    pub(crate) async fn start(job: &str) -> Result<Self> {
        let tls = tls()?;
        let json = "application/x-amz-json-1.0";
        let (table, queues) = tokio::try_join!(
            Service::connect("dynamodb", json, &tls),
            Service::connect("sqs", json, &tls)
        )?;
        let provider = if job.starts_with("notify") {
            None
        } else {
            Some(Self::secrets(job, &tls).await?)
        };
        Ok(Self {
            table,
            queues,
            table_name: setting("TABLE_NAME")?,
            events_url: setting("ORDER_EVENTS_QUEUE_URL")?,
            capture_url: setting("CAPTURE_QUEUE_URL")?,
            verifier: Verifier::new(&setting("POP_PUBLIC_KEYS")?)?,
            provider,
        })
    }

    /// Reads the same secrets as the function does.
    async fn secrets(job: &str, tls: &tokio_rustls::TlsConnector) -> Result<Provider> {
        let json = "application/x-amz-json-1.1";
        let manager = Service::connect("secretsmanager", json, tls).await?;
        let read = async |name: &str| -> Result<String> {
            let body = json!({ "SecretId": setting(name)? }).to_string();
            let answer = manager.call("secretsmanager.GetSecretValue", body).await?;
            let answer: Value = serde_json::from_slice(&answer)?;
            let text = answer["SecretString"].as_str();
            Ok(text.context("a secret")?.to_owned())
        };
        if job == "checkout" {
            read("CHECKOUT_API_KEYS_SECRET").await?;
            read("CLIENT_TOKEN_KEY_SECRET").await?;
        }
        Provider::new(&read("POP_PRIVATE_KEY_SECRET").await?)
    }

    async fn load(&self, id: &str) -> Result<Row> {
        let body = Row::ask(&self.table_name, id);
        let answer = self
            .table
            .call(&format!("{DYNAMODB}.GetItem"), body)
            .await?;
        Row::read(id, &answer)
    }

    async fn commit(&self, row: &Row, said: &Said<'_>) -> Result<()> {
        let body = row.write_with(&self.table_name, said);
        let target = format!("{DYNAMODB}.TransactWriteItems");
        self.table.call(&target, body).await.map(drop)
    }

    async fn send(&self, url: &str, row: &Row) -> Result<()> {
        let message = json!({ "paymentRequestId": row.id, "event": "payment.authorized" });
        let body = json!({ "QueueUrl": url, "MessageBody": message.to_string() });
        self.queues
            .call("AmazonSQS.SendMessage", body.to_string())
            .await
            .map(drop)
    }

    async fn clear(&self, row: &mut Row, status: &str) -> Result<()> {
        row.step(status, &[]);
        let body = row.write(&self.table_name);
        let target = format!("{DYNAMODB}.PutItem");
        self.table.call(&target, body).await.map(drop)
    }

    /// A notification, verified; gives the payment and what was said.
    fn verified<'a>(&self, event: &'a Value) -> Result<(String, Said<'a>)> {
        let header = |name: &str| event["headers"][name].as_str().unwrap_or_default();
        let (time, signature) = (header("request-time"), header("signature"));
        let path = event["rawPath"].as_str().unwrap_or_default();
        let body = event["body"].as_str().context("a body")?;
        self.verifier
            .check(path, [header("client-id"), time, body], signature)?;
        let notification: Value = serde_json::from_str(body)?;
        let id = notification["paymentRequestId"].as_str().context("an id")?;
        let said = Said {
            kind: "notify_payment",
            path,
            time,
            signature,
            body,
        };
        Ok((id.to_owned(), said))
    }

    pub(crate) async fn notify(&self, event: &Value, manual: bool) -> Result<Value> {
        let (id, said) = self.verified(event)?;
        let mut row = self.load(&id).await?;
        row.step("AUTHORIZED", &["payment.authorized"]);
        self.commit(&row, &said).await?;
        if manual {
            self.send(&self.capture_url, &row).await?;
        }
        self.send(&self.events_url, &row).await?;
        self.clear(&mut row, "AUTHORIZED").await?;
        Ok(acknowledged())
    }

    pub(crate) async fn again(&self, event: &Value) -> Result<Value> {
        let (id, _) = self.verified(event)?;
        self.load(&id).await?;
        Ok(acknowledged())
    }

    pub(crate) async fn capture(&self, event: &Value) -> Result<Value> {
        let body = event["Records"][0]["body"].as_str().context("a message")?;
        let message: Value = serde_json::from_str(body)?;
        let id = message["paymentRequestId"].as_str().context("an id")?;
        let mut row = self.load(id).await?;
        let ask = json!({
            "captureRequestId": format!("{id}-C1"),
            "paymentId": "20260102194010800100188010200000001",
            "captureAmount": { "value": "30000", "currency": "EUR" },
        });
        self.take(&mut row, "capture", ask, "CAPTURED").await?;
        Ok(json!({ "batchItemFailures": [] }))
    }

    pub(crate) async fn sweep(&self) -> Result<Value> {
        let mut due = 0;
        for shard in 0..4 {
            let body = json!({
                "TableName": self.table_name,
                "IndexName": "due",
                "KeyConditionExpression": "due_shard = :shard AND due_at <= :until",
                "ExpressionAttributeValues": {
                    ":shard": { "N": shard.to_string() },
                    ":until": { "N": "1767355291000" },
                },
            });
            let target = format!("{DYNAMODB}.Query");
            let answer = self.table.call(&target, body.to_string()).await?;
            if let Some(id) = first_id(&answer)? {
                due += 1;
                let mut row = self.load(&id).await?;
                let ask = json!({ "paymentRequestId": id });
                self.take(&mut row, "inquiryPayment", ask, "AUTHORIZED")
                    .await?;
            }
        }
        Ok(json!({ "due": due, "failed": 0 }))
    }

    /// Asks POP, writes what it said, tells, and clears.
    async fn take(&self, row: &mut Row, call: &str, ask: Value, status: &str) -> Result<()> {
        let provider = self.provider.as_ref().context("a provider")?;
        let answer = provider.call(&self.verifier, call, ask.to_string()).await?;
        row.step(status, &["payment.changed"]);
        let said = Said {
            kind: "answer",
            path: call,
            time: "2026-01-02T12:01:01+08:00",
            signature: "kept",
            body: std::str::from_utf8(&answer)?,
        };
        self.commit(row, &said).await?;
        self.send(&self.events_url, row).await?;
        self.clear(row, status).await
    }

    pub(crate) async fn checkout(&self, event: &Value) -> Result<Value> {
        let body = event["body"].as_str().context("a body")?;
        let order: Value = serde_json::from_str(body)?;
        let id = order["paymentRequestId"].as_str().context("an id")?;
        let mut row = Row::new(id, &order);
        row.step("CREATED", &[]);
        let said = Said {
            kind: "created",
            path: "",
            time: "",
            signature: "",
            body: "",
        };
        self.commit(&row, &said).await?;
        let view = json!({ "paymentRequestId": id, "status": "CREATED", "clientToken": "t" });
        Ok(answer(201, &view.to_string()))
    }
}

fn acknowledged() -> Value {
    answer(200, ACKNOWLEDGEMENT)
}

fn answer(status: u16, body: &str) -> Value {
    json!({ "statusCode": status, "headers": { "content-type": "application/json" }, "body": body })
}
