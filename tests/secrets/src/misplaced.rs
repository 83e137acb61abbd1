//! Requests with card data in every place where they do not belong, to every address.

use crate::day::{Day, DayReport};
use crate::fault::Fault;
use crate::scan::{Piece, Place};
use crate::values::{CVV, MISPLACED_CARD, create_body, pay_body};
use domain::Seconds;
use flows::events::{self, API_KEY};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The payment that the requests are about.
const ID: &str = "M-1";

/// A route: method, path, whether the merchant's key or the page's token opens it, and a body that it takes.
struct Route {
    method: &'static str,
    path: &'static str,
    by_merchant: bool,
    body: Option<Value>,
    /// Fields in which a merchant may write what it likes, so that a text there is the merchant's own.
    words: bool,
}

fn routes() -> Vec<Route> {
    let open = |method, path, by_merchant, body| Route {
        method,
        path,
        by_merchant,
        body,
        words: false,
    };
    let wish = |path, body| Route {
        words: true,
        ..open("POST", path, true, Some(body))
    };
    let money = json!({ "currency": "EUR", "value": "30000" });
    vec![
        wish("/payments", create_body("M-2", "MANUAL")),
        open(
            "POST",
            "/payments/M-1/pay",
            false,
            Some(pay_body(MISPLACED_CARD)),
        ),
        open(
            "POST",
            "/payments/M-1/charge",
            true,
            Some(
                json!({ "storedCard": format!("card_{}", "0".repeat(32)), "recurringType": "SCHEDULED" }),
            ),
        ),
        open("POST", "/payments/M-1/retry", false, Some(json!({}))),
        wish(
            "/payments/M-1/capture",
            json!({ "amount": money, "number": 1, "last": true }),
        ),
        open("POST", "/payments/M-1/cancel", true, Some(json!({}))),
        wish(
            "/payments/M-1/refund",
            json!({ "refundRequestId": "M-1-R", "amount": money, "reason": "cold" }),
        ),
        open("GET", "/payments/M-1", true, None),
        open("GET", "/payments/M-1", false, None),
        open("GET", "/buyers/buyer-4711/cards", true, None),
        open("DELETE", "/buyers/buyer-4711/cards/card_1", true, None),
        open("GET", "/checkout/M-1", false, None),
        open("GET", "/checkout/M-1/result", false, None),
        open("GET", "/checkout/assets/page.js", false, None),
        open("GET", "/healthz", false, None),
        open("GET", "/openapi.json", false, None),
        open("GET", "/nothing", false, None),
        open(
            "POST",
            events::NOTIFY_PATH,
            false,
            Some(json!({ "notifyType": "PAYMENT_RESULT" })),
        ),
    ]
}

/// All of them, one after the other, on a day on which nothing else goes wrong; gives how many there were.
pub async fn misplaced_day() -> (u64, DayReport) {
    let day = Day::new(Fault::None).await;
    let body = create_body(ID, "MANUAL");
    day.post("/payments", API_KEY, &body).await;
    let mut sent = 0;
    for route in routes() {
        let events = variants(&day, &route);
        sent += events.len() as u64;
        for event in events {
            day.send(event).await;
        }
    }
    sent += signed(&day).await + queued(&day).await;
    day.look_around().await;
    (
        sent,
        day.end("card data where they do not belong".into()).await,
    )
}

/// One route's requests.
fn variants(day: &Day, route: &Route) -> Vec<Value> {
    let key = match route.by_merchant {
        true => API_KEY.to_owned(),
        false => day.page_token(ID),
    };
    let headers =
        json!({ "authorization": format!("Bearer {key}"), "content-type": "application/json" });
    let text = route.body.as_ref().map(Value::to_string);
    let event = |body: Option<&str>| events::http(route.method, route.path, &headers, body);
    let base = event(text.as_deref());
    let mut all = outside_the_body(&base, route.path);
    let Some(body) = &route.body else {
        all.push(event(Some(MISPLACED_CARD))); // a body where none is taken
        return all;
    };
    let bodies = in_the_body(body, route.words);
    all.extend(bodies.iter().map(|body| event(Some(body))));
    // As bytes, and as bytes that are no base64.
    for (bytes, is_base64) in [(bodies[0].as_str(), false), ("4539578763621486!", true)] {
        let mut binary = event(Some(bytes));
        binary["isBase64Encoded"] = is_base64.into();
        all.push(binary);
    }
    all
}

/// In the path, the query, headers, cookies, and what the gateway tells of the caller.
fn outside_the_body(base: &Value, path: &str) -> Vec<Value> {
    let card = format!("{MISPLACED_CARD}?cvv={CVV}");
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Value)| {
        let mut event = base.clone();
        change(&mut event);
        all.push(event);
    };
    let last = path.rfind('/').unwrap();
    for other in [
        format!("{path}/{MISPLACED_CARD}"),
        format!("{}/{MISPLACED_CARD}", &path[..last]),
        format!("{}/4539%205787%206362%201486", &path[..last]),
        path.replace(ID, MISPLACED_CARD),
        path.replace("buyer-4711", MISPLACED_CARD),
    ] {
        with(&|event| event["rawPath"] = other.as_str().into());
    }
    with(&|event| event["rawQueryString"] = format!("cardNo={card}").into());
    for header in [
        "authorization",
        "x-card",
        "content-type",
        "signature",
        "client-id",
        "request-time",
    ] {
        with(&|event| event["headers"][header] = format!("Bearer {card}").into());
        with(&|event| event["headers"][header] = format!("{card}\u{e9}\n").into());
    }
    with(&|event| event["headers"][MISPLACED_CARD] = CVV.into());
    with(&|event| event["cookies"] = json!([format!("card={card}")]));
    with(&|event| event["requestContext"]["http"]["userAgent"] = card.as_str().into());
    with(&|event| event["requestContext"]["http"]["sourceIp"] = card.as_str().into());
    with(&|event| event["requestContext"]["http"]["method"] = MISPLACED_CARD.into());
    all
}

/// In place of each field, beside them, and as no JSON at all. `words`: texts in the place of texts are left out.
fn in_the_body(body: &Value, words: bool) -> Vec<String> {
    let number: u64 = MISPLACED_CARD.parse().unwrap();
    let odd = [
        json!(number),
        json!([MISPLACED_CARD]),
        json!({ MISPLACED_CARD: MISPLACED_CARD }),
        json!({ "cardNo": MISPLACED_CARD, "cvv": CVV }),
        json!(format!("{MISPLACED_CARD}\u{7}")),
        json!(f64::from(7351_u16) + 0.5),
    ];
    let mut all = Vec::new();
    for path in paths(body, "") {
        let mut values = odd.to_vec();
        if !words {
            values.extend([
                json!(MISPLACED_CARD),
                json!("4539 5787 6362 1486"),
                json!(CVV),
            ]);
        }
        for value in values {
            let mut changed = body.clone();
            *changed.pointer_mut(&path).unwrap() = value;
            all.push(changed.to_string());
        }
    }
    let mut beside = body.clone();
    beside["card"] = pay_body(MISPLACED_CARD)["card"].clone();
    beside["cardNumber"] = number.into();
    beside[MISPLACED_CARD] = CVV.into();
    all.push(beside.to_string());
    let card = pay_body(MISPLACED_CARD).to_string();
    all.extend([
        MISPLACED_CARD.to_owned(),
        format!("\"{MISPLACED_CARD}\""),
        format!("[{card}]"),
        card[..card.len() - 20].to_owned(),
        format!("{card} {MISPLACED_CARD}"),
        card.replacen('{', "{\"card\":null,", 1),
        format!("{card}{}", " ".repeat(70_000)),
        format!("cardNo={MISPLACED_CARD}&cvv={CVV}"),
    ]);
    all
}

/// The places within a JSON value, as pointers.
fn paths(value: &Value, at: &str) -> Vec<String> {
    let within = |name: &str, value: &Value| {
        let here = format!("{at}/{name}");
        let mut all = paths(value, &here);
        all.push(here);
        all
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| within(name, value))
            .collect(),
        Value::Array(items) => {
            let numbered = items.iter().enumerate();
            numbered
                .flat_map(|(number, item)| within(&number.to_string(), item))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// What POP signs is kept to the byte; but whatever stands in it, nothing else than the evidence may hold it.
async fn signed(day: &Day) -> u64 {
    let told = json!({ "cardToken": "ALIPAYtold+/0123456789abcdef==", "expiryMonth": "11", "expiryYear": "38", "cardNo": "453957******1486" });
    let result = json!({ "resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "ALIPAYtold+/0123456789abcdef==" });
    let money = json!({ "value": "30000", "currency": "EUR" });
    let bodies = [
        json!({ "notifyType": "PAYMENT_RESULT", "result": result, "paymentRequestId": "M-9", "paymentId": "P-9", "paymentAmount": money, "paymentResultInfo": told }),
        json!({ "notifyType": "PAYMENT_RESULT", "result": result, "paymentRequestId": "M-8", "paymentId": "P-8", "paymentResultInfo": told }),
        json!({ "notifyType": "CAPTURE_RESULT", "result": result, "captureRequestId": "C", "captureId": "C-7", "paymentId": "P-7", "captureAmount": money, "paymentResultInfo": told }),
        json!({ "notifyType": "REFUND_RESULT", "result": result, "refundRequestId": "R-7", "refundId": "R-7", "refundStatus": "SUCCESS", "refundAmount": money, "paymentResultInfo": told }),
        json!({ "disputeNotificationType": "DISPUTE_CREATED", "paymentRequestId": "M-9", "paymentResultInfo": told }),
        json!({ "notifyType": 5, "paymentResultInfo": told }),
        json!([told]),
    ];
    let mut sent = 0;
    for body in bodies {
        for text in [body.to_string(), body.to_string().replacen('}', "", 1)] {
            let key = "provider-private.pem";
            let path = events::NOTIFY_PATH;
            day.send(events::notification(key, path, events::CLIENT_ID, &text))
                .await;
            sent += 1;
        }
    }
    sent
}

/// Queue messages that are not ours.
async fn queued(day: &Day) -> u64 {
    let bodies = [
        pay_body(MISPLACED_CARD).to_string(),
        MISPLACED_CARD.to_owned(),
        json!({ "paymentRequestId": MISPLACED_CARD }).to_string(),
        json!({ "paymentRequestId": [MISPLACED_CARD] }).to_string(),
        json!({ MISPLACED_CARD: CVV }).to_string(),
    ];
    let record =
        |(number, body): (usize, &String)| json!({ "messageId": number.to_string(), "body": body });
    let records: Vec<Value> = bodies.iter().enumerate().map(record).collect();
    let event = serde_json::from_value(json!({ "Records": records })).unwrap();
    let deadline = flows::clock() + Seconds(60);
    let answer = day.world.captures.batch(event, deadline).await;
    let answer = serde_json::to_vec(&answer).unwrap();
    day.keep(Place::Answer, "the answer to a batch", answer);
    bodies.len() as u64
}

/// How often each status was answered.
pub(crate) fn answers(pieces: &[Piece]) -> BTreeMap<u16, u64> {
    let mut answers = BTreeMap::new();
    for piece in pieces {
        let answer = [Place::Answer, Place::CardList, Place::NewPayment].contains(&piece.place);
        let status = piece
            .what
            .rsplit(' ')
            .next()
            .and_then(|word| word.parse().ok());
        if let (true, Some(status)) = (answer, status) {
            *answers.entry(status).or_default() += 1;
        }
    }
    answers
}
