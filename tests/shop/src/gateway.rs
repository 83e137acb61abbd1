//! Stands in for the HTTP API: makes of each request the event that API Gateway hands over, and of each answer the
//! response that it gives.

use crate::Site;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Seconds;
use flows::World;
use flows::events::NOTIFY_PATH;
use runtime::http::{self, Answer, Event};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The address that the functions see: POP takes no payment from a private one.
const BUYER_ADDRESS: &str = "203.0.113.7";
/// The longest body that is read here; the functions read less.
const MAX_BODY: usize = 6 * 1024 * 1024;
/// How long a function has.
const TIME_TO_ANSWER: Seconds = Seconds(29);

/// Passes a request on to the function that it is for.
pub(crate) async fn pass_on(State(site): State<Site>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        let text = "The body is too large or did not come whole.";
        return (StatusCode::PAYLOAD_TOO_LARGE, text).into_response();
    };
    let event = event(&Request::from_parts(head, Body::empty()), &body);
    let answer = invoke(&site.world, event).await;
    response(&serde_json::to_value(answer).unwrap())
}

/// Calls the checkout API as the merchant's server does.
pub(crate) async fn as_merchant(
    world: &World,
    method: &str,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    let key = format!("Bearer {}", flows::events::API_KEY);
    let headers = json!({ "authorization": key, "content-type": "application/json" });
    let event = flows::events::http(method, path, &headers, Some(&body.to_string()));
    let answer = invoke(world, serde_json::from_value(event).unwrap()).await;
    let answer = serde_json::to_value(answer).unwrap();
    let body = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    (status(&answer), body)
}

async fn invoke(world: &World, event: Event) -> Answer {
    let handler = |mut request: http::Request| async move {
        request.deadline = Some(flows::clock() + TIME_TO_ANSWER);
        match request.path.as_str() {
            NOTIFY_PATH => world.notify.receive(&request, flows::clock()).await,
            _ => world.checkout.answer(&request).await,
        }
    };
    http::answer(event, &handler).await
}

/// Payload format 2.0. Bodies go in base64, as binary ones do: the functions must read both.
fn event(request: &Request, body: &[u8]) -> Event {
    let agent = request.headers().get("user-agent");
    let event = json!({
        "version": "2.0",
        "rawPath": request.uri().path(),
        "rawQueryString": request.uri().query().unwrap_or_default(),
        "headers": joined(request.headers()),
        "requestContext": { "http": {
            "method": request.method().as_str(),
            "path": request.uri().path(),
            "sourceIp": BUYER_ADDRESS,
            "userAgent": agent.map(text).unwrap_or_default(),
        }},
        "body": STANDARD.encode(body),
        "isBase64Encoded": true,
    });
    serde_json::from_value(event).unwrap()
}

/// Headers sent several times stand as one, joined by commas.
fn joined(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        joined
            .entry(name.as_str().to_owned())
            .and_modify(|before| *before = format!("{before},{}", text(value)))
            .or_insert_with(|| text(value));
    }
    joined
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

fn response(answer: &Value) -> Response {
    let body = answer["body"].as_str().unwrap().to_owned();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status(answer)).unwrap();
    for (name, value) in answer["headers"].as_object().unwrap() {
        let name: HeaderName = name.parse().unwrap();
        let value = HeaderValue::from_str(value.as_str().unwrap()).unwrap();
        response.headers_mut().insert(name, value);
    }
    response
}

fn status(answer: &Value) -> u16 {
    u16::try_from(answer["statusCode"].as_u64().unwrap()).unwrap()
}
