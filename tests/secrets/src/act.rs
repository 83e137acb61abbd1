//! What buyer and merchant do, as calls over HTTP. No answer is insisted on: under faults any may come.

use crate::day::Day;
use crate::journey::{Act, Journey};
use crate::values::{create_body, pay_body};
use flows::events::API_KEY;
use serde_json::{Value, json};
use std::time::Duration;

impl Day {
    /// The merchant's server creates the payment; again, it is told of the same.
    pub(crate) async fn create(&self, journey: &Journey) {
        let mut body = create_body(journey.id, journey.mode);
        (journey.create)(&mut body);
        self.post("/payments", API_KEY, &body).await;
    }

    /// The page pays, if a card is typed.
    pub(crate) async fn pay(&self, journey: &Journey) {
        let Some(card) = journey.card else {
            return;
        };
        let mut body = pay_body(card);
        (journey.pay)(&mut body);
        self.pay_with(journey.id, &body).await;
    }

    async fn pay_with(&self, id: &str, body: &Value) {
        let token = self.page_token(id);
        self.post(&format!("/payments/{id}/pay"), &token, body)
            .await;
    }

    /// All that follows.
    pub(crate) async fn act(&self, journey: &Journey) {
        for act in journey.acts {
            self.one(journey, *act).await;
        }
    }

    async fn one(&self, journey: &Journey, act: Act) {
        let id = journey.id;
        let at = |what: &str| format!("/payments/{id}/{what}");
        match act {
            Act::Look => self.look(id).await,
            Act::Challenge(passed) => {
                let _ended = self.world.provider.finish_challenge(id, passed);
            }
            Act::Retry(card) => self.retry(id, card).await,
            Act::PayStored => {
                let mut body = pay_body("");
                body.as_object_mut().unwrap().remove("card");
                body["storedCard"] = self.any_card(journey).await.into();
                self.pay_with(id, &body).await;
            }
            Act::Charge(kind) => {
                let card = self.any_card(journey).await;
                let body = json!({ "storedCard": card, "recurringType": kind });
                self.post(&at("charge"), API_KEY, &body).await;
            }
            Act::Capture(amount, number, last) => {
                let mut body = json!({ "number": number, "last": last });
                if let Some(value) = amount {
                    body["amount"] = json!({ "currency": "EUR", "value": value });
                }
                self.post(&at("capture"), API_KEY, &body).await;
            }
            Act::Cancel => drop(self.post(&at("cancel"), API_KEY, &json!({})).await),
            Act::Refund(word, amount) => {
                let mut body =
                    json!({ "refundRequestId": format!("{id}-{word}"), "reason": "too cold" });
                if let Some(value) = amount {
                    body["amount"] = json!({ "currency": "EUR", "value": value });
                }
                self.post(&at("refund"), API_KEY, &body).await;
            }
            Act::ListCards => drop(self.cards(journey).await),
            Act::ForgetCards => {
                let buyer = buyer(journey);
                for card in self.cards(journey).await {
                    self.merchant("DELETE", &format!("/buyers/{buyer}/cards/{card}"))
                        .await;
                }
            }
            Act::Wait => tokio::time::sleep(Duration::from_millis(60)).await,
        }
    }

    /// Page and merchant look, and the page's own files are fetched.
    async fn look(&self, id: &str) {
        let token = self.page_token(id);
        let path = format!("/payments/{id}");
        self.call("GET", &path, &token, None).await;
        self.merchant("GET", &path).await;
        for path in [format!("/checkout/{id}"), format!("/checkout/{id}/result")] {
            self.call("GET", &path, "", None).await;
        }
    }

    async fn retry(&self, id: &str, card: &str) {
        let token = self.page_token(id);
        let path = format!("/payments/{id}/retry");
        let (_, next) = self.post(&path, &token, &json!({})).await;
        if let Some(next) = next["paymentRequestId"].as_str() {
            self.pay_with(next, &pay_body(card)).await;
            self.look(next).await;
        }
    }

    async fn cards(&self, journey: &Journey) -> Vec<String> {
        let path = format!("/buyers/{}/cards", buyer(journey));
        let (_, list) = self.merchant("GET", &path).await;
        let cards = list["cards"].as_array().cloned().unwrap_or_default();
        let names = cards.iter().filter_map(|card| card["storedCard"].as_str());
        names.map(str::to_owned).collect()
    }

    /// A name that no card has, if none is stored.
    async fn any_card(&self, journey: &Journey) -> String {
        let card = self.cards(journey).await.into_iter().next();
        card.unwrap_or_else(|| format!("card_{}", "0".repeat(32)))
    }

    async fn merchant(&self, method: &str, path: &str) -> (u16, Value) {
        self.call(method, path, API_KEY, None).await
    }
}

fn buyer(journey: &Journey) -> String {
    let mut body = create_body(journey.id, journey.mode);
    (journey.create)(&mut body);
    body["buyer"]["referenceBuyerId"]
        .as_str()
        .unwrap()
        .to_owned()
}
