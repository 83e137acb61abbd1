//! The HTTP API's event (payload format 2.0) and the answer to it, as Lambda carries them.
//!
//! Read by types of our own: whatever a stranger puts into a request must come out as a request or as a clean refusal,
//! never as a failed invocation. (The usual event type fails on header values that are not ASCII, and on bad base64.)

use super::{Body, MAX_BODY, Request, Response};
use ::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The event; only what is used of it. The body is wiped when dropped. What is absent or `null`, as local tools leave
/// it, is empty.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    #[serde(deserialize_with = "nullable")]
    raw_path: String,
    #[serde(deserialize_with = "nullable")]
    raw_query_string: String,
    #[serde(deserialize_with = "nullable")]
    headers: BTreeMap<String, Option<String>>,
    cookies: Option<Vec<String>>,
    #[serde(deserialize_with = "nullable")]
    request_context: Context,
    body: Option<Zeroizing<String>>,
    #[serde(deserialize_with = "nullable")]
    is_base64_encoded: bool,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Context {
    #[serde(deserialize_with = "nullable")]
    http: Http,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Http {
    #[serde(deserialize_with = "nullable")]
    method: String,
    source_ip: Option<String>,
    user_agent: Option<String>,
}

fn nullable<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The answer.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    status_code: u16,
    headers: BTreeMap<&'static str, String>,
    body: String,
    is_base64_encoded: bool,
}

impl Answer {
    /// The status code.
    #[must_use]
    pub fn status_code(&self) -> u16 {
        self.status_code
    }
}

impl Event {
    /// The request; or the refusal if the body cannot be taken.
    pub fn into_request(self) -> Result<Request, Response> {
        let body = decode(self.body.unwrap_or_default(), self.is_base64_encoded)?;
        if body.len() > MAX_BODY {
            return Err(too_large());
        }
        let mut headers = headers(self.headers);
        let cookies = self.cookies.unwrap_or_default().join("; ");
        if !cookies.is_empty()
            && let Ok(value) = HeaderValue::from_bytes(cookies.as_bytes())
        {
            headers.insert(::http::header::COOKIE, value);
        }
        Ok(Request {
            method: self.request_context.http.method,
            path: self.raw_path,
            query: self.raw_query_string,
            headers,
            body,
            source_ip: self.request_context.http.source_ip.unwrap_or_default(),
            user_agent: self.request_context.http.user_agent.unwrap_or_default(),
            deadline: None,
        })
    }
}

fn decode(mut body: Zeroizing<String>, is_base64: bool) -> Result<Body, Response> {
    if !is_base64 {
        return Ok(std::mem::take(&mut *body).into()); // moved, not copied
    }
    if body.len() / 4 * 3 > MAX_BODY + 3 {
        return Err(too_large());
    }
    let bytes = STANDARD.decode(body.as_bytes());
    bytes.map(Body::from).map_err(|_| {
        let title = "The body is not base64";
        Response::problem(400, "bad_base64", title, "Send the body as it is.")
    })
}

fn too_large() -> Response {
    let detail = format!("At most {MAX_BODY} bytes are read.");
    Response::problem(413, "body_too_large", "The body is too large", &detail)
}

/// Values that are not ASCII are kept byte by byte; what cannot be a header at all is left out.
fn headers(pairs: BTreeMap<String, Option<String>>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.unwrap_or_default().as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self {
            status_code: response.status,
            headers: response.headers.into_iter().collect(),
            body: response.body,
            is_base64_encoded: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn event(changes: &Value) -> Event {
        let mut event = json!({
            "version": "2.0", "routeKey": "POST /notify", "rawPath": "/notify", "rawQueryString": "a=1&b=%20",
            "headers": {"content-type": "application/json; charset=UTF-8", "Client-Id": "C1"},
            "requestContext": {"accountId": "1", "stage": "$default", "timeEpoch": 1,
                "http": {"method": "POST", "path": "/notify", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "x/1"}},
            "body": "{\"a\":1}", "isBase64Encoded": false,
        });
        for (name, value) in changes.as_object().unwrap() {
            event[name] = value.clone();
        }
        serde_json::from_value(event).unwrap()
    }

    fn code(response: &Response) -> String {
        let body: Value = serde_json::from_str(&response.body).unwrap();
        body["code"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_request_as_the_gateway_sends_it() {
        let request = event(&json!({"cookies": ["a=1", "b=2"]}))
            .into_request()
            .unwrap();
        assert_eq!(request.method, "POST");
        assert_eq!(
            (request.path.as_str(), request.query.as_str()),
            ("/notify", "a=1&b=%20")
        );
        assert_eq!(request.header("client-id"), Some("C1"));
        assert_eq!(request.header("cookie"), Some("a=1; b=2"));
        assert_eq!(*request.body, *b"{\"a\":1}");
        assert_eq!(
            (request.source_ip.as_str(), request.user_agent.as_str()),
            ("192.0.2.1", "x/1")
        );
    }

    #[test]
    fn base64_gives_the_exact_bytes() {
        let bytes = [0_u8, 255, 10, 13, 0x7b];
        let changes = json!({"body": STANDARD.encode(bytes), "isBase64Encoded": true});
        assert_eq!(*event(&changes).into_request().unwrap().body, bytes);
    }

    #[test]
    fn hostile_bodies_are_refused() {
        let bad = event(&json!({"body": "a", "isBase64Encoded": true}));
        let refusal = bad.into_request().unwrap_err();
        assert_eq!((refusal.status, code(&refusal)), (400, "bad_base64".into()));
        let big = "x".repeat(MAX_BODY + 1);
        for changes in [
            json!({"body": big}),
            json!({"body": STANDARD.encode(&big), "isBase64Encoded": true}),
            json!({"body": "!".repeat(8 * MAX_BODY), "isBase64Encoded": true}),
        ] {
            let refusal = event(&changes).into_request().unwrap_err();
            assert_eq!(
                (refusal.status, code(&refusal)),
                (413, "body_too_large".into())
            );
        }
        let largest = json!({"body": STANDARD.encode(&big[1..]), "isBase64Encoded": true});
        assert_eq!(event(&largest).into_request().unwrap().body.len(), MAX_BODY);
    }

    #[test]
    fn odd_headers_do_no_harm() {
        let headers = json!({"signature": "é", "bad name": "1", "": "2", "x-null": null, "line": "a\nb", "ok": "3"});
        let request = event(&json!({"headers": headers})).into_request().unwrap();
        assert_eq!(
            request.headers.get("signature").unwrap().as_bytes(),
            "é".as_bytes()
        );
        assert_eq!(request.header("signature"), None);
        assert_eq!(request.header("ok"), Some("3"));
        assert_eq!(request.headers.len(), 3);
    }

    #[test]
    fn missing_parts_are_empty() {
        let event: Event = serde_json::from_str("{}").unwrap();
        let request = event.into_request().unwrap();
        assert!(request.method.is_empty() && request.path.is_empty() && request.body.is_empty());
    }

    #[test]
    fn an_answer_has_the_shape_that_the_gateway_reads() {
        let response = Response::json(200, "{}".into()).with_header("allow", "POST");
        let answer = serde_json::to_value(Answer::from(response)).unwrap();
        assert_eq!(answer["statusCode"], 200);
        assert_eq!(answer["headers"]["content-type"], "application/json");
        assert_eq!(answer["headers"]["allow"], "POST");
        assert_eq!(answer["body"], "{}");
        assert_eq!(answer["isBase64Encoded"], false);
    }
}
