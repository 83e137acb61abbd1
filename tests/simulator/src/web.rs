//! Small things for pages and controls: answers of all kinds, parameters, escaping.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::json;

pub(crate) type Answer = Response<Full<Bytes>>;

fn with_type(body: impl Into<Bytes>, media_type: &'static str) -> Answer {
    let mut response = Response::new(Full::new(body.into()));
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(media_type));
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    headers.insert(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    response
}

/// A page under a content security policy.
pub(crate) fn page(status: StatusCode, html: String, policy: &str) -> Answer {
    let mut response = with_type(html, "text/html; charset=utf-8");
    *response.status_mut() = status;
    let strictest = HeaderValue::from_static("default-src 'none'");
    let policy = HeaderValue::from_str(policy).unwrap_or(strictest);
    response
        .headers_mut()
        .insert("content-security-policy", policy);
    response
}

/// A style sheet.
pub(crate) fn css(text: &'static str) -> Answer {
    with_type(text, "text/css; charset=utf-8")
}

/// A script.
pub(crate) fn script(text: &'static str) -> Answer {
    with_type(text, "text/javascript; charset=utf-8")
}

/// A value as JSON.
pub(crate) fn json_of(value: &impl Serialize) -> Answer {
    match serde_json::to_string(value) {
        Ok(text) => with_type(text, "application/json;charset=UTF-8"),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// Why a control did nothing.
pub(crate) fn problem(status: StatusCode, detail: &str) -> Answer {
    let mut response = json_of(&json!({ "problem": detail }));
    *response.status_mut() = status;
    response
}

/// A control did what it should.
pub(crate) fn done() -> Answer {
    json_of(&json!({ "done": true }))
}

/// Sends the browser on, by GET.
pub(crate) fn see_other(url: &str) -> Answer {
    let mut response = Response::new(Full::default());
    match HeaderValue::from_str(url) {
        Ok(location) => {
            *response.status_mut() = StatusCode::SEE_OTHER;
            response.headers_mut().insert("location", location);
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_GATEWAY,
    }
    response
}

/// A parameter of a query.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

/// A field of a posted form.
pub(crate) fn form_field(body: &[u8], name: &str) -> Option<String> {
    let body = std::str::from_utf8(body).ok()?;
    parameter(&body.replace('+', " "), name)
}

/// Text that becomes no markup.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_by_their_whole_name() {
        assert_eq!(parameter("a=1&bb=x%20y", "bb").as_deref(), Some("x y"));
        assert_eq!(parameter("aa=1", "a"), None);
        assert_eq!(parameter("", "a"), None);
        assert_eq!(
            form_field(b"a=1+2&b=%2B%2F%3D", "b").as_deref(),
            Some("+/=")
        );
        assert_eq!(form_field(b"a=1+2", "a").as_deref(), Some("1 2"));
    }

    #[test]
    fn what_a_merchant_sends_does_not_become_markup() {
        assert_eq!(escape("<b>\"&"), "&lt;b&gt;&quot;&amp;");
    }
}
