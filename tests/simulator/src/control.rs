//! What is not the provider's API: the page of the 3DS challenge, and the simulator's own controls under `/_sim/`.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use http_body_util::Full;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::json;

use crate::books;
use crate::clock::SECOND;
use crate::core::Core;
use crate::faults::{Call, Fault};
use crate::gateway::json_response;
use crate::state::{PaymentState, Seal};

type Answer = Response<Full<Bytes>>;

/// Answers a request to the challenge's page or the controls; `None` for any other path.
pub(crate) fn answer(
    core: &Arc<Core>,
    method: &Method,
    path: &str,
    query: &str,
    body: &[u8],
) -> Option<Answer> {
    if let Some(rest) = path.strip_prefix("/3ds/") {
        return Some(challenge(core, method, rest));
    }
    let control = path.strip_prefix("/_sim/")?;
    let answer = match (
        method.as_str(),
        control.split_once('/').unwrap_or((control, "")),
    ) {
        ("GET", ("books", "")) => match serde_json::to_string(&books::open(core)) {
            Ok(text) => json_response(text),
            Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        },
        ("POST", ("clock", "")) => advance(core, query),
        ("POST", ("3ds", request_id)) => finish_challenge(core, request_id, query),
        ("POST", ("faults", "")) => order_fault(core, body),
        ("POST", ("notify", "")) => send_test(core, query, body),
        ("POST", ("forge", request_id)) => forge(core, request_id, query),
        _ => problem(
            StatusCode::NOT_FOUND,
            "controls: GET books; POST clock?advance_seconds=N, 3ds/{paymentRequestId}?outcome=success|fail, faults, notify, \
             forge/{paymentRequestId}?seal=...",
        ),
    };
    Some(answer)
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

fn problem(status: StatusCode, detail: &str) -> Answer {
    let mut response = json_response(json!({ "problem": detail }).to_string());
    *response.status_mut() = status;
    response
}

fn done() -> Answer {
    json_response(json!({ "done": true }).to_string())
}

fn advance(core: &Arc<Core>, query: &str) -> Answer {
    let seconds = parameter(query, "advance_seconds").and_then(|text| text.parse::<u32>().ok());
    let Some(seconds) = seconds else {
        return problem(
            StatusCode::BAD_REQUEST,
            "advance_seconds must be a number of seconds",
        );
    };
    core.advance(i64::from(seconds) * SECOND);
    json_response(json!({ "now": crate::clock::utc(core.clock.now()) }).to_string())
}

fn finish_challenge(core: &Arc<Core>, request_id: &str, query: &str) -> Answer {
    let passed = match parameter(query, "outcome").as_deref() {
        Some("success") => true,
        Some("fail") => false,
        _ => return problem(StatusCode::BAD_REQUEST, "outcome must be success or fail"),
    };
    if core.at_desk(|desk| desk.finish_challenge(request_id, passed)) {
        done()
    } else {
        problem(
            StatusCode::CONFLICT,
            "no payment of this id waits for a challenge",
        )
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OrderedFault {
    call: Call,
    payment_request_id: String,
    fault: Fault,
}

fn order_fault(core: &Core, body: &[u8]) -> Answer {
    match serde_json::from_slice::<OrderedFault>(body) {
        Ok(ordered) => {
            core.state()
                .order_fault(ordered.call, &ordered.payment_request_id, ordered.fault);
            done()
        }
        Err(error) => problem(
            StatusCode::BAD_REQUEST,
            &format!("expected call, paymentRequestId and fault: {error}"),
        ),
    }
}

fn send_test(core: &Arc<Core>, query: &str, body: &[u8]) -> Answer {
    let Ok(body) = std::str::from_utf8(body) else {
        return problem(StatusCode::BAD_REQUEST, "the body must be UTF-8");
    };
    match core.at_desk(|desk| desk.send_test(body.to_owned(), parameter(query, "url"))) {
        Some(_) => done(),
        None => problem(
            StatusCode::BAD_REQUEST,
            "nowhere to send to: start with --notify-url or pass url=",
        ),
    }
}

fn forge(core: &Arc<Core>, request_id: &str, query: &str) -> Answer {
    let seal = parameter(query, "seal").unwrap_or_else(|| "otherKey".to_owned());
    match serde_json::from_value::<Seal>(seal.into()) {
        Ok(seal) if seal != Seal::Genuine => {}
        _ => {
            return problem(
                StatusCode::BAD_REQUEST,
                "seal: otherKey, otherClient, changedBody, otherPath, otherTime or unsigned",
            );
        }
    };
    let seal = parameter(query, "seal")
        .and_then(|seal| serde_json::from_value(seal.into()).ok())
        .unwrap_or(Seal::OtherKey);
    if core.at_desk(|desk| desk.send_forgery(request_id, seal, desk.now)) {
        done()
    } else {
        problem(
            StatusCode::NOT_FOUND,
            "no such payment, or it has no notification URL",
        )
    }
}

/// The page where the buyer proves to be the card's holder: `GET /3ds/{token}` shows it, `POST /3ds/{token}/success`
/// and `/fail` finish it and lead back to the shop. Going away without either is the third way.
fn challenge(core: &Arc<Core>, method: &Method, rest: &str) -> Answer {
    let (token, outcome) = rest.split_once('/').unwrap_or((rest, ""));
    let key = core.at_desk(|desk| desk.state.by_challenge.get(token).cloned());
    let Some(key) = key else {
        return problem(StatusCode::NOT_FOUND, "no such challenge");
    };
    match (method.as_str(), outcome) {
        ("GET", "") => challenge_page(core, token, &key),
        ("POST", "success" | "fail") => {
            core.at_desk(|desk| desk.finish_challenge(&key, outcome == "success"));
            back_to_shop(core, &key)
        }
        _ => problem(
            StatusCode::METHOD_NOT_ALLOWED,
            "GET the page, or POST success or fail",
        ),
    }
}

fn back_to_shop(core: &Core, key: &str) -> Answer {
    let url = core
        .state()
        .payments
        .get(key)
        .map(|payment| payment.redirect_url.clone());
    let location = url.and_then(|url| url.parse().ok());
    let mut response = Response::new(Full::default());
    if let Some(location) = location {
        *response.status_mut() = StatusCode::SEE_OTHER;
        response.headers_mut().insert("location", location);
    }
    response
}

fn challenge_page(core: &Core, token: &str, key: &str) -> Answer {
    let state = core.state();
    let Some(payment) = state.payments.get(key) else {
        return problem(StatusCode::NOT_FOUND, "no such payment");
    };
    let content = if payment.state == PaymentState::Processing {
        format!(
            "<p>Order {}: {} {} (minor units)</p>\
             <form method=\"post\" action=\"/3ds/{token}/success\"><button id=\"succeed\">It is me</button></form>\
             <form method=\"post\" action=\"/3ds/{token}/fail\"><button id=\"fail\">It is not me</button></form>\
             <p>Close this page to leave the payment unfinished.</p>",
            escape(&payment.order_id),
            payment.amount.value,
            payment.amount.currency
        )
    } else {
        format!(
            "<p>This payment is closed. <a href=\"{}\">Back to the shop</a></p>",
            escape(&payment.redirect_url)
        )
    };
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>3-D Secure (simulated)</title></head>\
         <body><h1>Confirm your payment</h1>{content}</body></html>"
    );
    let mut response = Response::new(Full::new(Bytes::from(page)));
    response.headers_mut().insert(
        "content-type",
        http::HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}

fn escape(text: &str) -> String {
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
    }

    #[test]
    fn what_a_merchant_sends_does_not_become_markup() {
        assert_eq!(escape("<b>\"&"), "&lt;b&gt;&quot;&amp;");
    }
}
