//! The simulator's own controls under `/_sim/`, for programs and for the dashboard page.

use base64::Engine as _;
use http::{HeaderMap, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::json;

use crate::books;
use crate::cards::{self, TEST_CARDS};
use crate::clock::SECOND;
use crate::core::Core;
use crate::dashboard;
use crate::errands;
use crate::faults::{Call, Fault};
use crate::key_ring::NewKeys;
use crate::notification::Seal;
use crate::reports::{self, ReportOptions};
use crate::scenario::{OFFERED_CODES, Order};
use crate::web::{Answer, done, json_of, parameter, problem, see_other};

const HELP: &str = "controls: GET books, cards, scenario, samples; POST clock?advance_seconds=N, \
    3ds/{paymentRequestId}?outcome=success|fail, faults, scenario, notify[?url=][&seal=][&wait=true], reports, \
    forge/{paymentRequestId}?seal=..., keys; DELETE scenario[?call=]; GET / is the dashboard";

/// A request to a control.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl Asked<'_> {
    fn parameter(&self, name: &str) -> Option<String> {
        parameter(self.query, name).filter(|value| !value.is_empty())
    }
}

/// Answers a request to a control; `None` for any other path.
pub(crate) async fn answer(core: &Core, asked: &Asked<'_>) -> Option<Answer> {
    if asked.path == "/_sim" {
        return Some(see_other("/_sim/"));
    }
    let control = asked.path.strip_prefix("/_sim/")?;
    if asked.method != Method::GET && is_foreign(core, asked) {
        let foreign = "controls are not for pages of other origins";
        return Some(problem(StatusCode::FORBIDDEN, foreign));
    }
    if asked.method == Method::GET
        && let Some(page) = dashboard::answer(control)
    {
        return Some(page);
    }
    let (name, id) = control.split_once('/').unwrap_or((control, ""));
    let id = percent_decode_str(id).decode_utf8_lossy();
    Some(match (asked.method.as_str(), name, id.as_ref()) {
        ("GET", "books", "") => show_books(core, asked),
        ("GET", "cards", "") => show_cards(),
        ("POST", "clock", "") => advance(core, asked),
        ("POST", "3ds", id) => finish_challenge(core, id, asked),
        ("POST", "faults", "") => order_fault(core, asked.body),
        ("GET", "scenario", "") => show_scenarios(core),
        ("POST", "scenario", "") => set_scenario(core, asked.body),
        ("DELETE", "scenario", "") => clear_scenarios(core, asked),
        ("GET", "samples", "") => show_samples(core, asked),
        ("POST", "reports", "") => write_reports(core, asked.body),
        ("POST", "notify", "") => send_by_hand(core, asked).await,
        ("POST", "forge", id) => forge(core, id, asked),
        ("POST", "keys", "") => replace_keys(core, asked.body),
        _ => problem(StatusCode::NOT_FOUND, HELP),
    })
}

/// Whether some other site's page asks: a browser says so, and these controls sign whatever they are given.
fn is_foreign(core: &Core, asked: &Asked<'_>) -> bool {
    let Some(origin) = asked.headers.get("origin") else {
        return false;
    };
    let by_name = core.url.replace("127.0.0.1", "localhost");
    origin != core.url.as_str() && origin != by_name.as_str()
}

fn bad_request(detail: &str) -> Answer {
    problem(StatusCode::BAD_REQUEST, detail)
}

/// The books; of the payments the `latest` so many.
fn show_books(core: &Core, asked: &Asked<'_>) -> Answer {
    let mut books = books::open(core);
    if let Some(latest) = asked
        .parameter("latest")
        .and_then(|text| text.parse::<usize>().ok())
    {
        let older = books.payments.len().saturating_sub(latest);
        books.payments.drain(..older);
    }
    json_of(&books)
}

fn show_cards() -> Answer {
    let cards: Vec<_> = TEST_CARDS
        .iter()
        .map(|card| {
            json!({ "number": card.number, "brand": cards::brand(card.number), "meaning": card.meaning() })
        })
        .collect();
    json_of(&json!({ "cards": cards }))
}

fn advance(core: &Core, asked: &Asked<'_>) -> Answer {
    let seconds = asked
        .parameter("advance_seconds")
        .and_then(|text| text.parse::<u32>().ok());
    let Some(seconds) = seconds else {
        return bad_request("advance_seconds must be a number of seconds");
    };
    core.advance(i64::from(seconds) * SECOND);
    json_of(&json!({ "now": crate::clock::utc(core.clock.now()) }))
}

fn finish_challenge(core: &Core, request_id: &str, asked: &Asked<'_>) -> Answer {
    let passed = match asked.parameter("outcome").as_deref() {
        Some("success") => true,
        Some("fail") => false,
        _ => return bad_request("outcome must be success or fail"),
    };
    if core.finish_challenge(request_id, passed) {
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
        Err(error) => bad_request(&format!(
            "expected call, paymentRequestId and fault: {error}"
        )),
    }
}

fn show_scenarios(core: &Core) -> Answer {
    let scenarios = core.at_desk(|desk| desk.scenarios());
    json_of(&json!({ "scenarios": scenarios, "codes": OFFERED_CODES }))
}

fn set_scenario(core: &Core, body: &[u8]) -> Answer {
    let order = match serde_json::from_slice::<Order>(body) {
        Ok(order) => order,
        Err(error) => return bad_request(&format!("expected call, code and minutes: {error}")),
    };
    match core.at_desk(|desk| desk.set_scenario(order)) {
        Ok(()) => show_scenarios(core),
        Err(reason) => bad_request(reason),
    }
}

fn clear_scenarios(core: &Core, asked: &Asked<'_>) -> Answer {
    let call = match asked.parameter("call") {
        None => None,
        Some(word) => match serde_json::from_value::<Call>(word.into()) {
            Ok(call) => Some(call),
            Err(_) => {
                return bad_request(
                    "call: pay, inquiryPayment, capture, cancel, refund or inquiryRefund",
                );
            }
        },
    };
    core.at_desk(|desk| desk.clear_scenarios(call));
    show_scenarios(core)
}

fn show_samples(core: &Core, asked: &Asked<'_>) -> Answer {
    let payment = asked.parameter("payment");
    match core.at_desk(|desk| desk.samples(payment.as_deref())) {
        Some((samples, url)) => json_of(&json!({ "samples": samples, "url": url })),
        None => problem(StatusCode::NOT_FOUND, "no such payment"),
    }
}

/// The reports of the books, each in base64, and what is wrong with them on purpose.
fn write_reports(core: &Core, body: &[u8]) -> Answer {
    let options: ReportOptions = match body {
        b"" => ReportOptions::default(),
        body => match serde_json::from_slice(body) {
            Ok(options) => options,
            Err(error) => return bad_request(&format!("expected options of reports: {error}")),
        },
    };
    match reports::write(&books::open(core).payments, &options) {
        Ok(set) => {
            let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
            let files: Vec<_> = set
                .reports
                .iter()
                .map(|report| json!({ "name": report.name, "base64": base64(&report.bytes) }))
                .collect();
            json_of(&json!({ "reports": files, "seeded": set.seeded }))
        }
        Err(error) => bad_request(&error.to_string()),
    }
}

fn seal_of(asked: &Asked<'_>, default: Seal) -> Option<Seal> {
    match asked.parameter("seal") {
        None => Some(default),
        Some(word) => serde_json::from_value(word.into()).ok(),
    }
}

const SEALS: &str =
    "seal: genuine, otherKey, otherClient, changedBody, otherPath, otherTime or unsigned";

/// Sends any body, and with `wait=true` tells what the merchant answered.
async fn send_by_hand(core: &Core, asked: &Asked<'_>) -> Answer {
    let Ok(body) = std::str::from_utf8(asked.body) else {
        return bad_request("the body must be UTF-8");
    };
    let Some(seal) = seal_of(asked, Seal::Genuine) else {
        return bad_request(SEALS);
    };
    let url = asked.parameter("url");
    let Some(index) = core.at_desk(|desk| desk.write_by_hand(body.to_owned(), seal, url)) else {
        return bad_request("nowhere to send to: start with --notify-url or pass url=");
    };
    if asked.parameter("wait").as_deref() != Some("true") {
        core.at_desk(|desk| desk.send_soon(index));
        return done();
    }
    match errands::send_and_wait(core, index).await {
        Some(receipt) => json_of(&receipt),
        None => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "it could not be sealed: no key",
        ),
    }
}

fn replace_keys(core: &Core, body: &[u8]) -> Answer {
    let new = match serde_json::from_slice::<NewKeys>(body) {
        Ok(new) => new,
        Err(_) => {
            return bad_request(
                "merchantPublicKeys, providerPrivateKey and keyVersion, each if it changes",
            );
        }
    };
    match core.replace_keys(&new) {
        Ok(()) => done(),
        Err(error) => bad_request(&error.to_string()),
    }
}

fn forge(core: &Core, request_id: &str, asked: &Asked<'_>) -> Answer {
    let Some(seal) = seal_of(asked, Seal::OtherKey).filter(|seal| *seal != Seal::Genuine) else {
        return bad_request(&format!("{SEALS}; but not genuine"));
    };
    if core.forge(request_id, seal) {
        done()
    } else {
        problem(
            StatusCode::NOT_FOUND,
            "no such payment, or it has no notification URL",
        )
    }
}
