//! Payments for people to pay on their card page.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::stack::Stack;

/// The kinds of sample payments.
pub(super) const KINDS: usize = SAMPLES.len();

const SAMPLES: [Sample; 5] = [
    Sample {
        words: "captured by the provider",
        extra: |_| {},
    },
    Sample {
        words: "captured by the stack, at once",
        extra: |order| order["captureMode"] = "MANUAL".into(),
    },
    Sample {
        words: "captured when you ask: POST /payments/ID/capture",
        extra: |order| {
            order["captureMode"] = "MANUAL".into();
            order["captureOn"] = "request".into();
        },
    },
    Sample {
        words: "with 3-D Secure",
        extra: |order| order["is3DSAuthentication"] = true.into(),
    },
    Sample {
        words: "a returning buyer: store the card, and the next one offers it",
        extra: |order| order["buyer"] = json!({ "referenceBuyerId": "BUYER_1" }),
    },
];

/// The page lives as long as the time to pay.
const TIME_TO_PAY_SECONDS: u64 = 3600;
const ANSWER_LIMIT: Duration = Duration::from_secs(35);

struct Sample {
    words: &'static str,
    extra: fn(&mut Value),
}

/// Makes sample payments, one kind after the other.
pub(super) struct Samples {
    http: reqwest::Client,
    url: String,
    api_key: String,
    made: usize,
}

impl Samples {
    /// Of this stack.
    pub(super) fn of(stack: &Stack<'_>) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(ANSWER_LIMIT)
            .build()
            .context("no HTTP client")?;
        Ok(Self {
            http,
            url: stack.front.url().to_owned(),
            api_key: stack.secrets.api_key().to_owned(),
            made: 0,
        })
    }

    /// Makes the next one and prints where it can be paid.
    pub(super) async fn make(&mut self) -> anyhow::Result<()> {
        let Some(sample) = SAMPLES.get(self.made % KINDS) else {
            return Ok(());
        };
        self.made += 1;
        let id = format!("DEMO_{}", self.made);
        let answer = self
            .http
            .post(format!("{}/payments", self.url))
            .bearer_auth(&self.api_key)
            .json(&order(&id, sample))
            .send()
            .await
            .context("no payment could be created")?;
        let status = answer.status();
        let text = answer.text().await.unwrap_or_default();
        let view: Value = serde_json::from_str(&text).unwrap_or_default();
        let url = view["checkoutUrl"]
            .as_str()
            .with_context(|| format!("no payment could be created: HTTP {status} {text}"))?;
        println!("  {id}  {}\n    {url}", sample.words);
        Ok(())
    }
}

fn order(id: &str, sample: &Sample) -> Value {
    let euros = |value: &str| json!({ "currency": "EUR", "value": value });
    let mut order = json!({
        "paymentRequestId": id, "orderId": format!("ORDER_{id}"), "amount": euros("30000"),
        "description": "Two books and a lamp", "redirectUrl": "https://shop.example/return",
        "expiresInSeconds": TIME_TO_PAY_SECONDS,
        "goods": [
            { "referenceGoodsId": "G1", "goodsName": "Book", "goodsQuantity": "2", "goodsUnitAmount": euros("4500") },
            { "referenceGoodsId": "G2", "goodsName": "Lamp", "goodsQuantity": "1", "goodsUnitAmount": euros("21000") },
        ],
        "buyer": { "referenceBuyerId": format!("GUEST_{id}"), "buyerEmail": "buyer@shop.example" },
    });
    (sample.extra)(&mut order);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_another_order() {
        let orders: std::collections::BTreeSet<String> = SAMPLES
            .iter()
            .map(|sample| order("DEMO_1", sample).to_string())
            .collect();
        assert_eq!(orders.len(), KINDS);
    }
}
