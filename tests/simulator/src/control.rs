//! The simulator's own controls under `/_sim/`.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::books;
use crate::challenge;
use crate::clock::SECOND;
use crate::core::Core;
use crate::faults::{Call, Fault};
use crate::state::Seal;
use crate::web::{Answer, done, json_of, parameter, problem};

/// Answers a request to the challenge's page or the controls; `None` for any other path.
pub(crate) fn answer(
    core: &Arc<Core>,
    method: &Method,
    path: &str,
    query: &str,
    body: &[u8],
) -> Option<Answer> {
    if let Some(rest) = path.strip_prefix("/3ds/") {
        return Some(challenge::answer(core, method, rest, body));
    }
    let control = path.strip_prefix("/_sim/")?;
    let answer = match (
        method.as_str(),
        control.split_once('/').unwrap_or((control, "")),
    ) {
        ("GET", ("books", "")) => json_of(&books::open(core)),
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

fn advance(core: &Arc<Core>, query: &str) -> Answer {
    let seconds = parameter(query, "advance_seconds").and_then(|text| text.parse::<u32>().ok());
    let Some(seconds) = seconds else {
        return problem(
            StatusCode::BAD_REQUEST,
            "advance_seconds must be a number of seconds",
        );
    };
    core.advance(i64::from(seconds) * SECOND);
    json_of(&json!({ "now": crate::clock::utc(core.clock.now()) }))
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
