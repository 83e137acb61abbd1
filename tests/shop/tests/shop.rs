//! The shop over HTTP, as people and tests use it.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use flows::events::pay_body;
use serde_json::{Value, json};
use shop::{Options, Shop};
use simulator::Rates;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const GOOD: &str = "4054695723100768";

async fn shop() -> Shop {
    let options = Options {
        port: 0,
        seed: 1,
        rates: Rates::none(),
        notifications: true,
    };
    Shop::start(options).await.unwrap()
}

/// A response: status, headers in lower case, body.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(of, _)| of == name);
        header.map(|(_, value)| value.as_str())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// One request on a connection of its own.
async fn send(shop: &Shop, request: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let address = shop.url().strip_prefix("http://").unwrap();
    let mut text = format!("{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("content-length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    Answer {
        status: status.parse().unwrap(),
        headers: headers
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}

async fn order(shop: &Shop, fields: Value) -> (String, String) {
    let json = [("content-type", "application/json")];
    let answer = send(shop, "POST /shop/orders", &json, &fields.to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let answer = answer.json();
    let url = answer["checkoutUrl"].as_str().unwrap();
    let (page, token) = url.split_once('#').unwrap();
    assert!(page.starts_with(&format!("{}/checkout/", shop.url())));
    let id = answer["paymentRequestId"].as_str().unwrap();
    (id.to_owned(), token.to_owned())
}

/// The merchant's view, once it shows the status; five seconds at most.
async fn until(shop: &Shop, id: &str, status: &str) -> Value {
    for _ in 0..250 {
        let request = format!("GET /shop/orders/{id}");
        let view = send(shop, &request, &[], "").await.json();
        if view["status"] == status {
            return view;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{id} did not become {status}");
}

#[tokio::test]
async fn an_order_is_paid_and_captured_whoever_captures() {
    let shop = shop().await;
    for mode in ["AUTOMATIC", "MANUAL"] {
        let (id, token) = order(&shop, json!({ "mode": mode, "buyer": "b1" })).await;
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        let request = format!("POST /payments/{id}/pay");
        let paid = send(&shop, &request, &headers, &pay_body(GOOD).to_string()).await;
        assert_eq!(paid.status, 200, "{}", paid.body);
        let view = until(&shop, &id, "CAPTURED").await;
        assert_eq!(view["captured"]["value"], "30000");
    }
}

#[tokio::test]
async fn fields_of_an_order_are_passed_on_and_refusals_come_back() {
    let shop = shop().await;
    let amount = json!({ "currency": "JPY", "value": "1500" });
    let (id, _) = order(&shop, json!({ "id": "MINE", "amount": amount })).await;
    assert_eq!(id, "MINE");
    let view = send(&shop, "GET /shop/orders/MINE", &[], "").await.json();
    assert_eq!(view["amount"], amount);
    let json = [("content-type", "application/json")];
    let bad = json!({ "amount": { "currency": "JPY", "value": "0" } }).to_string();
    let refused = send(&shop, "POST /shop/orders", &json, &bad).await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (400, &json!("invalid_field"))
    );
}

#[tokio::test]
async fn the_form_leads_to_the_card_page() {
    let shop = shop().await;
    let home = send(&shop, "GET /", &[], "").await;
    assert!(home.body.contains(GOOD) && home.body.contains(shop.provider_url()));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = "amount=12.50&currency=EUR&mode=MANUAL&three_ds=yes&buyer=b1";
    let answer = send(&shop, "POST /shop/orders", &form, body).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let page = answer.header("location").unwrap();
    let path = page.strip_prefix(shop.url()).unwrap();
    let path = path.split('#').next().unwrap();
    let page = send(&shop, &format!("GET {path}"), &[], "").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(shop.provider_url()), "{policy}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn with_the_clock_turned_forward_an_order_runs_out_of_time() {
    let shop = shop().await;
    let (id, _) = order(&shop, json!({})).await;
    let turned = send(&shop, "POST /shop/clock?advance_seconds=900", &[], "").await;
    assert_eq!(turned.status, 204);
    until(&shop, &id, "EXPIRED").await;
}

#[tokio::test]
async fn notifications_go_through_the_front_door_and_forgeries_do_not() {
    let shop = shop().await;
    let body = r#"{"notifyType":"PAYMENT_RESULT"}"#;
    let refused = send(&shop, "POST /notify", &[], body).await;
    assert_eq!(refused.status, 401, "{}", refused.body);
}
