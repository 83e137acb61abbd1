//! HTTP requests and responses of the functions behind the HTTP API, free of Lambda's shapes.

mod body;
mod event;
mod serve;

pub use body::Body;
pub use event::{Answer, Event};
pub use serve::{answer, serve};

use ::http::HeaderMap;
use std::fmt;

/// The longest body that is taken, in bytes, after base64 is undone.
pub const MAX_BODY: usize = 1024 * 1024;

/// A request as it came, with the body in exact bytes. `Debug` shows neither body nor header values.
#[derive(Clone, Default)]
pub struct Request {
    /// `GET`, `POST`, ...
    pub method: String,
    /// The path without query.
    pub path: String,
    /// The query without `?`; empty if there is none.
    pub query: String,
    /// The headers. Those sent several times stand as one, joined by commas, as the gateway hands them over.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// The sender's address as the gateway saw it.
    pub source_ip: String,
    /// The sender's user agent as the gateway saw it.
    pub user_agent: String,
    /// When Lambda ends the invocation; `None` outside of Lambda.
    pub deadline: Option<domain::Time>,
}

impl Request {
    /// A header's value if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, .. } = self;
        write!(f, "Request({method} {path}, {} bytes)", self.body.len())
    }
}

/// A response. `Debug` does not show the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body; text in every case.
    pub body: String,
}

impl Response {
    /// A body of the given media type. Nothing we answer may be kept by a cache.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: String) -> Self {
        let headers = vec![
            ("content-type", content_type.to_owned()),
            ("cache-control", "no-store".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ];
        Self {
            status,
            headers,
            body,
        }
    }

    /// A body that is JSON text already.
    #[must_use]
    pub fn json(status: u16, body: String) -> Self {
        Self::new(status, "application/json", body)
    }

    /// No body, and so no media type.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        let mut response = Self::new(status, "", String::new());
        response.headers.retain(|(name, _)| *name != "content-type");
        response
    }

    /// A problem (RFC 9457). `code` is the stable word for programs, `title` what went wrong, `detail` what to do.
    #[must_use]
    pub fn problem(status: u16, code: &str, title: &str, detail: &str) -> Self {
        let body = serde_json::json!({
            "type": format!("urn:pop-payments:problem:{code}"),
            "title": title,
            "status": status,
            "code": code,
            "detail": detail,
        });
        Self::new(status, "application/problem+json", body.to_string())
    }

    /// A fault of ours, of which the sender learns nothing but that it may try again.
    #[must_use]
    pub fn internal_error() -> Self {
        Self::problem(
            500,
            "internal_error",
            "Something went wrong here",
            "Try again in a moment.",
        )
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(n, _)| *n == name);
        header.map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_fields_of_rfc_9457_and_is_not_cached() {
        let problem = Response::problem(404, "not_found", "No such payment", "Check the id.");
        assert_eq!(
            problem.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(problem.header("cache-control"), Some("no-store"));
        let body: serde_json::Value = serde_json::from_str(&problem.body).unwrap();
        let want = serde_json::json!({
            "type": "urn:pop-payments:problem:not_found", "title": "No such payment",
            "status": 404, "code": "not_found", "detail": "Check the id.",
        });
        assert_eq!(body, want);
    }

    #[test]
    fn debug_shows_no_body_and_no_header() {
        let mut request = Request {
            method: "POST".into(),
            path: "/payments/1/pay".into(),
            body: "4111111111111111".into(),
            ..Request::default()
        };
        request
            .headers
            .insert("authorization", "Bearer secret".parse().unwrap());
        assert_eq!(
            format!("{request:?}"),
            "Request(POST /payments/1/pay, 16 bytes)"
        );
        let response = Response::json(200, "\"secret\"".into());
        assert_eq!(format!("{response:?}"), "Response(200, 8 bytes)");
    }
}
