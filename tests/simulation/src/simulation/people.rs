//! The merchant's server and the buyer, who call again when they get no answer, with the same ids, and give up at last.

use super::operators;
use super::plan::{Mode, Order};
use crate::backend::API_KEY;
use crate::engine;
use crate::world::World;
use domain::Seconds;
use fastrand::Rng;
use runtime::http::Request;
use serde_json::{Value, json};

/// How often a call without an answer is made again.
const TRIES: u32 = 6;

/// One person at work.
#[derive(Clone)]
struct Person {
    world: World,
    order: Order,
    rng: Rng,
}

/// A payment, and the page's token for it.
#[derive(Clone)]
struct Attempt {
    id: String,
    token: String,
}

/// Lets an order take its course.
pub fn begin(world: &World, order: &Order, seed: u64) {
    let person = Person {
        world: world.clone(),
        order: order.clone(),
        rng: Rng::with_seed(seed),
    };
    world.person(person.course());
}

/// The body of a create call.
#[must_use]
pub fn create_body(order: &Order, id: &str) -> Value {
    let mut body = json!({
        "paymentRequestId": id,
        "orderId": order.order_id,
        "amount": { "currency": "EUR", "value": order.minor.to_string() },
        "captureMode": if order.mode == Mode::Automatic { "AUTOMATIC" } else { "MANUAL" },
        "description": "coffee",
        "redirectUrl": "https://shop.example/return",
        "expiresInSeconds": order.expires_in,
        "is3DSAuthentication": order.three_ds,
        "enableAuthenticationUpgrade": true,
        "goods": [{
            "referenceGoodsId": "1", "goodsName": "Coffee", "goodsCategory": "Food",
            "goodsUnitAmount": { "currency": "EUR", "value": order.minor.to_string() }, "goodsQuantity": "1"
        }],
        "buyer": { "referenceBuyerId": order.buyer, "buyerEmail": "buyer@example.com" }
    });
    match order.mode {
        Mode::After(seconds) => {
            body["captureOn"] = "after".into();
            body["captureAfterSeconds"] = seconds.into();
        }
        Mode::OnRequest(_) => body["captureOn"] = "request".into(),
        Mode::Automatic | Mode::AtOnce => {}
    }
    body
}

/// The body of a pay call.
#[must_use]
pub fn pay_body(card: &str, store: bool) -> Value {
    json!({
        "card": {
            "cardNo": card, "cvv": "850", "expiryMonth": "12", "expiryYear": "29",
            "cardholderName": { "firstName": "Tom", "lastName": "Jay" },
            "billingAddress": { "region": "CN", "state": "Zhejiang", "city": "Hangzhou", "address1": "Road", "zipCode": "310000" }
        },
        "storeCard": store,
        "env": {
            "terminalType": "WEB",
            "browserInfo": { "acceptHeader": "*/*", "javaEnabled": false, "javaScriptEnabled": true, "language": "en-GB" },
            "colorDepth": 24, "screenHeight": 768, "screenWidth": 1024, "timeZoneOffset": -60, "deviceLanguage": "en-GB"
        }
    })
}

/// A request to our API.
#[must_use]
pub fn request(method: &str, path: &str, bearer: &str, body: &Value) -> Request {
    let mut request = Request {
        method: method.into(),
        path: path.into(),
        body: match body {
            Value::Null => String::new(),
            body => body.to_string(),
        }
        .into(),
        source_ip: "203.0.113.7".into(),
        user_agent: "simulated/1.0".into(),
        ..Request::default()
    };
    let value = format!("Bearer {bearer}");
    let value = value.parse().expect("a header value");
    request.headers.insert("authorization", value);
    request
}

impl Person {
    async fn course(mut self) {
        self.wait(self.order.begin_ms).await;
        self.cancel_later();
        if let Some(after) = self.order.misfit_ms {
            operators::misfit_later(&self.world, &self.order.id, after);
        }
        if let Some(card) = self.order.twin {
            let mut twin = self.clone();
            twin.rng = Rng::with_seed(self.rng.u64(..));
            self.world.person(async move {
                let id = format!("{}-B", twin.order.id);
                twin.pay_with(&id, card).await;
            });
        }
        let id = self.order.id.clone();
        let Some(card) = self.order.card else {
            self.create(&id).await;
            return;
        };
        let Some(attempt) = self.pay_with(&id, card).await else {
            return;
        };
        let paid = self.retries(attempt).await;
        self.captures(&paid).await;
        self.refunds(&paid).await;
        self.charge(&paid).await;
    }

    async fn wait(&self, ms: i64) {
        self.world.stage.sleep_ms(ms).await;
    }

    /// Calls until there is an answer that settles it: done, or refused for what it is.
    async fn insist(
        &mut self,
        method: &str,
        path: &str,
        bearer: &str,
        body: &Value,
    ) -> Option<(u16, Value)> {
        if self.order.twice {
            let (world, second) = (self.world.clone(), request(method, path, bearer, body));
            self.world.stage.spawn(async move {
                world.request(second).await;
            });
        }
        for _ in 0..TRIES {
            let answer = self
                .world
                .request(request(method, path, bearer, body))
                .await;
            let answer = answer.map(|response| {
                let body = serde_json::from_str(&response.body).unwrap_or(Value::Null);
                (response.status, body)
            });
            self.world.stage.note(|| match &answer {
                Some((status, body)) => format!(
                    "{method} {path}: {status} {}{}",
                    body["status"].as_str().unwrap_or_default(),
                    body["code"].as_str().unwrap_or_default()
                ),
                None => format!("{method} {path}: no answer"),
            });
            match answer {
                Some((status, body)) if status < 500 => return Some((status, body)),
                _ => {
                    let pause = self.rng.i64(500..30_000);
                    self.wait(pause).await;
                }
            }
        }
        None
    }

    async fn create(&mut self, id: &str) -> Option<Attempt> {
        let body = create_body(&self.order, id);
        let (_, view) = self.insist("POST", "/payments", API_KEY, &body).await?;
        let token = view["clientToken"].as_str()?.to_owned();
        Some(Attempt {
            id: id.to_owned(),
            token,
        })
    }

    async fn pay_with(&mut self, id: &str, card: &'static str) -> Option<Attempt> {
        let attempt = self.create(id).await?;
        self.pay(&attempt, card).await;
        Some(attempt)
    }

    async fn pay(&mut self, attempt: &Attempt, card: &'static str) {
        let body = pay_body(card, self.order.store);
        let path = format!("/payments/{}/pay", attempt.id);
        self.insist("POST", &path, &attempt.token, &body).await;
        if let Some((after, passed)) = self.order.challenge {
            let (world, id) = (self.world.clone(), attempt.id.clone());
            self.world.person(async move {
                world.stage.sleep_ms(after).await;
                let done = world
                    .gateway
                    .with(|offline| offline.finish_challenge(&id, passed));
                world
                    .stage
                    .note(|| format!("{id}: challenge {passed}, was there: {done}"));
            });
        }
        for _ in 0..self.order.looks {
            let pause = self.rng.i64(300..90_000);
            self.wait(pause).await;
            self.look(attempt).await;
        }
    }

    async fn look(&mut self, attempt: &Attempt) -> Option<Value> {
        let path = format!("/payments/{}", attempt.id);
        let asked = request("GET", &path, API_KEY, &Value::Null);
        let response = self.world.request(asked).await?;
        serde_json::from_str(&response.body).ok()
    }

    /// Tries again while there are cards and the last try allows it; gives the last attempt.
    async fn retries(&mut self, mut attempt: Attempt) -> Attempt {
        for card in self.order.retries.clone() {
            let path = format!("/payments/{}/retry", attempt.id);
            let token = attempt.token.clone();
            let Some((201, view)) = self.insist("POST", &path, &token, &Value::Null).await else {
                continue;
            };
            let (Some(id), Some(token)) = (
                view["paymentRequestId"].as_str(),
                view["clientToken"].as_str(),
            ) else {
                continue;
            };
            attempt = Attempt {
                id: id.to_owned(),
                token: token.to_owned(),
            };
            self.pay(&attempt, card).await;
        }
        attempt
    }

    /// Looks ever more seldom, for some days, until the payment is as wanted.
    async fn until(&mut self, attempt: &Attempt, wanted: &[&str]) -> bool {
        let mut pause = 1_000;
        for _ in 0..17 {
            let view = self.look(attempt).await;
            let status = view.as_ref().and_then(|view| view["status"].as_str());
            match status {
                Some(status) if wanted.contains(&status) => return true,
                Some("DECLINED" | "CANCELLED" | "EXPIRED" | "CAPTURE_FAILED" | "CAPTURED") => {
                    return false;
                }
                _ => self.wait(pause).await,
            }
            pause = (pause * 2).min(86_400_000);
        }
        false
    }

    async fn captures(&mut self, attempt: &Attempt) {
        let Mode::OnRequest(portions) = self.order.mode.clone() else {
            return;
        };
        for (place, (minor, last)) in portions.into_iter().enumerate() {
            if !self.until(attempt, &["AUTHORIZED"]).await {
                return;
            }
            let body = json!({
                "number": place + 1, "amount": { "currency": "EUR", "value": minor.to_string() }, "last": last
            });
            let path = format!("/payments/{}/capture", attempt.id);
            // The one before may be under way.
            for _ in 0..8 {
                match self.insist("POST", &path, API_KEY, &body).await {
                    Some((409, _)) => self.wait(600_000).await,
                    _ => break,
                }
            }
        }
    }

    async fn refunds(&mut self, attempt: &Attempt) {
        if self.order.refunds.is_empty() || !self.until(attempt, &["CAPTURED"]).await {
            return;
        }
        for (place, minor) in self.order.refunds.clone().into_iter().enumerate() {
            let mut body = json!({ "refundRequestId": format!("R-{}-{place}", attempt.id), "reason": "returned" });
            if let Some(minor) = minor {
                body["amount"] = json!({ "currency": "EUR", "value": minor.to_string() });
            }
            let path = format!("/payments/{}/refund", attempt.id);
            self.insist("POST", &path, API_KEY, &body).await;
        }
    }

    fn cancel_later(&self) {
        let Some(after) = self.order.cancel_ms else {
            return;
        };
        let mut merchant = self.clone();
        self.world.person(async move {
            merchant.wait(after).await;
            let path = format!("/payments/{}/cancel", merchant.order.id);
            merchant.insist("POST", &path, API_KEY, &Value::Null).await;
        });
    }

    /// A stored card is charged once more, a day later, without the buyer.
    async fn charge(&mut self, attempt: &Attempt) {
        if !self.order.store {
            return;
        }
        self.world
            .stage
            .sleep_until(engine::now() + Seconds::days(1))
            .await;
        let path = format!("/buyers/{}/cards", self.order.buyer);
        let list = self.insist("GET", &path, API_KEY, &Value::Null).await;
        let Some(card) =
            list.and_then(|(_, list)| Some(list["cards"][0]["storedCard"].as_str()?.to_owned()))
        else {
            return;
        };
        let id = format!("{}-M", attempt.id);
        let mut order = self.order.clone();
        order.order_id = format!("{}-M", order.order_id);
        order.mode = Mode::AtOnce;
        let body = create_body(&order, &id);
        let created = self.insist("POST", "/payments", API_KEY, &body).await;
        if created.is_some_and(|(status, _)| status < 300) {
            let body = json!({ "storedCard": card, "recurringType": "UNSCHEDULED" });
            let path = format!("/payments/{id}/charge");
            self.insist("POST", &path, API_KEY, &body).await;
        }
        if self.order.forget {
            let path = format!("/buyers/{}/cards/{card}", self.order.buyer);
            self.insist("DELETE", &path, API_KEY, &Value::Null).await;
        }
    }
}
