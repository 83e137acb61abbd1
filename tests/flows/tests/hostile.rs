//! Hostile notifications through the function that receives them, as Lambda hands them over: forged, malformed, oversized,
//! re-targeted, replayed, and those that POP itself would sign in madness. None is believed that should not be, none moves
//! money, and time and memory stay bounded.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "hostile/bodies.rs"]
mod bodies;
#[path = "hostile/headers.rs"]
mod headers;

use bodies::{AMOUNTS, about, amount_of, odd_bodies};
use domain::{Event as DomainEvent, PaymentRequestId, Policy, Seconds, Status};
use flows::events::{self, CLIENT_ID, NOTIFY_PATH, SENT_AT_MS, signature};
use flows::{clock, notify_with};
use notify::Notify;
use report::{CpuTime, Tried};
use runtime::http::{Event, Request, answer};
use serde_json::{Value, json};
use std::time::Duration;
use store::{Commit, Input, MemoryQueues, MemoryStore, Ports, QueueName, Store, advance};

/// The payment that the attacker is after.
const VICTIM: &str = "EVENT_AUTOMATIC";
/// How long one message may be worked at in an unoptimised build.
const SLOWEST: Duration = Duration::from_secs(3);
/// What the process may hold; one of 6 MiB stands in memory several times, as event, text and bytes.
const PEAK_MIB: u64 = 256;

struct Target {
    store: MemoryStore,
    queues: MemoryQueues,
    notify: Notify<MemoryStore, MemoryQueues>,
}

impl Target {
    /// With the victim in it, for which pay was called.
    async fn new() -> Self {
        let (store, queues) = (MemoryStore::default(), MemoryQueues::default());
        let ports = Ports {
            store: store.clone(),
            queues: queues.clone(),
            policy: Policy::default(),
        };
        let row = store::samples::payment(VICTIM);
        let row = domain::Payment {
            created_at: clock(),
            expires_at: clock() + Seconds(840),
            ..row
        };
        store.commit(&Commit::of(row)).await.unwrap();
        let id = PaymentRequestId::new(VICTIM).unwrap();
        let pay = Input::of(DomainEvent::PayStarted { save_card: false });
        advance(&ports, &id, &pay, clock()).await.unwrap();
        Self {
            store,
            queues,
            notify: notify_with(ports),
        }
    }

    /// What the gateway would get for this event.
    async fn receive(&self, event: &[u8]) -> (u64, String) {
        let event: Event = serde_json::from_slice(event).unwrap();
        let handler =
            |request: Request| async move { self.notify.receive(&request, clock()).await };
        let answer = serde_json::to_value(answer(event, &handler).await).unwrap();
        (
            answer["statusCode"].as_u64().unwrap(),
            answer["body"].as_str().unwrap().to_owned(),
        )
    }

    async fn victim(&self) -> domain::Payment {
        let id = PaymentRequestId::new(VICTIM).unwrap();
        self.store.load(&id).await.unwrap().unwrap()
    }

    /// Everything that a message could leave behind.
    async fn traces(&self) -> (u64, usize, usize, domain::Payment) {
        let events = self.queues.sent(QueueName::OrderEvents).len();
        (
            self.store.commits(),
            self.store.kept().len(),
            events,
            self.victim().await,
        )
    }
}

/// A notification with these bytes as its body, in base64 as the gateway does with what is no text.
fn event(headers: &Value, body: &[u8]) -> Value {
    use base64::Engine;
    let body = base64::engine::general_purpose::STANDARD.encode(body);
    let mut event = events::http("POST", NOTIFY_PATH, headers, Some(&body));
    event["isBase64Encoded"] = true.into();
    event
}

fn signed_headers(signature: &str) -> Value {
    json!({ "client-id": CLIENT_ID, "request-time": SENT_AT_MS, "signature": signature })
}

/// The signature with this key over a notification of these bytes, as POP would send it.
fn signed(key_name: &str, body: &(impl AsRef<[u8]> + ?Sized)) -> String {
    signature(key_name, NOTIFY_PATH, CLIENT_ID, SENT_AT_MS, body)
}

/// Sends what must be refused, and leave nothing.
async fn refused(
    name: &'static str,
    what: &'static str,
    messages: impl IntoIterator<Item = (String, Value)>,
) {
    let (target, mut tried) = (Target::new().await, Tried::new(name, what));
    let before = target.traces().await;
    for (message, event) in messages {
        let event = serde_json::to_vec(&event).unwrap();
        let began = CpuTime::now();
        let (status, body) = target.receive(&event).await;
        assert!(
            matches!(status, 400 | 401 | 405 | 413 | 200),
            "{message}: {status} {body}"
        );
        assert!(
            status == 200 || body.contains("urn:pop-payments:problem:"),
            "{message}: {body}"
        );
        tried.count(message, began, status == 200);
    }
    assert!(
        target.traces().await == before,
        "something was written, kept or sent"
    );
    tried.finish(SLOWEST, PEAK_MIB);
}

#[tokio::test]
async fn hostile_bodies_without_a_right_signature_are_refused() {
    let good = about(VICTIM, "{\"currency\":\"EUR\",\"value\":\"30000\"}");
    let genuine = signed("provider-private.pem", &good);
    let mut messages = Vec::new();
    for (what, body) in odd_bodies() {
        let by_stranger = signed("stranger-private.pem", &body);
        let by_merchant = signed("merchant-private.pem", &body);
        for (how, signature) in [
            ("unsigned", String::new()),
            ("signed by a stranger", by_stranger),
            ("signed by the merchant", by_merchant),
            ("under another message's signature", genuine.clone()),
            (
                "under no signature but its name",
                "algorithm=RSA256,keyVersion=1,signature=".to_owned(),
            ),
            (
                "under a signature of zeros",
                format!("algorithm=RSA256,signature={}", "A".repeat(344)),
            ),
        ] {
            if body != good.as_bytes() || how != "under another message's signature" {
                messages.push((
                    format!("{what}, {how}"),
                    event(&signed_headers(&signature), &body),
                ));
            }
        }
    }
    refused(
        "notify-1-forged",
        "forged notifications: odd bodies under wrong signatures",
        messages,
    )
    .await;
}

#[tokio::test]
async fn smuggled_headers_are_refused() {
    let body = about(VICTIM, "{\"currency\":\"EUR\",\"value\":\"30000\"}");
    let genuine = signed("provider-private.pem", &body);
    let stranger = signed("stranger-private.pem", &body);
    let messages = headers::smuggled(&genuine, &stranger)
        .into_iter()
        .map(|(what, headers)| (what, event(&headers, body.as_bytes())));
    refused(
        "notify-2-headers",
        "genuine notifications with smuggled, doubled, folded or odd headers",
        messages,
    )
    .await;
}

/// The right signature of something else.
fn retargeted() -> Vec<(String, Value)> {
    let body = about(VICTIM, "{\"currency\":\"EUR\",\"value\":\"30000\"}");
    let sign = |path: &str, client: &str, time: &str, body: &str| {
        signature("provider-private.pem", path, client, time, body)
    };
    let mut messages = Vec::new();
    let mut add = |what: String, signature: &str, body: &str| {
        messages.push((what, event(&signed_headers(signature), body.as_bytes())));
    };
    let gateway = [
        "pay",
        "capture",
        "cancel",
        "refund",
        "inquiryPayment",
        "inquiryRefund",
    ];
    let ours = gateway.iter().flat_map(|call| {
        [
            format!("/ams/api/v1/payments/{call}"),
            format!("/ams/sandbox/api/v1/payments/{call}"),
        ]
    });
    let near = [
        "/",
        "",
        "/notify/",
        "//notify",
        "/Notify",
        "/notify%20",
        "/notify#",
        "/notify;x",
        "/elsewhere",
        "notify",
        "/prod/notify",
    ];
    for path in ours.chain(near.map(str::to_owned)) {
        add(
            format!("signed for the path {path:?}"),
            &sign(&path, CLIENT_ID, SENT_AT_MS, &body),
            &body,
        );
    }
    for client in [
        "SANDBOX_OTHER",
        "",
        "5X00000000000000",
        "sandbox_5x00000000000000",
        "SANDBOX_5X00000000000000 ",
    ] {
        add(
            format!("signed for the client {client:?}"),
            &sign(NOTIFY_PATH, client, SENT_AT_MS, &body),
            &body,
        );
    }
    for time in [
        "1767355261001",
        "0",
        "1767355261",
        "2026-01-02T12:01:01Z",
        "",
    ] {
        add(
            format!("signed at {time:?}"),
            &sign(NOTIFY_PATH, CLIENT_ID, time, &body),
            &body,
        );
    }
    let other = about("EVENT_MANUAL", "{\"currency\":\"EUR\",\"value\":\"30000\"}");
    add(
        "signed about another payment".into(),
        &sign(NOTIFY_PATH, CLIENT_ID, SENT_AT_MS, &other),
        &body,
    );
    let capture = body
        .replace("PAYMENT_RESULT", "CAPTURE_RESULT")
        .replace("paymentAmount", "captureAmount");
    add(
        "a notifyCapture as notifyPayment".into(),
        &sign(NOTIFY_PATH, CLIENT_ID, SENT_AT_MS, &capture),
        &body,
    );
    add(
        "a notifyPayment as notifyCapture".into(),
        &sign(NOTIFY_PATH, CLIENT_ID, SENT_AT_MS, &body),
        &capture,
    );
    let declined = body.replace("\"S\"", "\"F\"");
    add(
        "a decline as a success".into(),
        &sign(NOTIFY_PATH, CLIENT_ID, SENT_AT_MS, &declined),
        &body,
    );
    // The same bytes in all, cut at other places.
    let whole = sign(NOTIFY_PATH, CLIENT_ID, SENT_AT_MS, &body);
    for (client, time, cut) in [
        (
            CLIENT_ID,
            "1767355261000.{\"notifyType\":\"PAYMENT_RESULT\"",
            "rest",
        ),
        ("SANDBOX_5X00000000000000.1767355261000", "", "{"),
        ("SANDBOX_5X00000000000000.1767355261000.", "{", "{"),
        ("", "SANDBOX_5X00000000000000.1767355261000", "{"),
    ] {
        let headers = json!({ "client-id": client, "request-time": time, "signature": whole });
        messages.push((
            format!("cut between {client:?}, {time:?} and {cut}"),
            event(&headers, body.as_bytes()),
        ));
    }
    messages
}

#[tokio::test]
async fn the_right_signature_of_something_else_is_refused() {
    refused(
        "notify-3-retargeted",
        "re-targeted notifications: right signature, other path, client, time, payment or kind",
        retargeted(),
    )
    .await;
}

#[tokio::test]
async fn oversized_and_mislabelled_bodies_are_refused_quickly() {
    let body = about(VICTIM, "{\"currency\":\"EUR\",\"value\":\"30000\"}");
    let mut messages = Vec::new();
    for mib in [1, 2, 4] {
        for (fill, filler) in [("blanks", b' '), ("braces", b'{'), ("zeros", 0)] {
            let mut long = body.clone().into_bytes();
            long.resize(mib << 20, filler);
            let signature = signed("provider-private.pem", &long);
            messages.push((
                format!("{mib} MiB of {fill}, signed by POP"),
                event(&signed_headers(&signature), &long),
            ));
        }
    }
    let genuine = signed("provider-private.pem", &body);
    let with = |body: &str, is_base64: bool| {
        let mut event = events::http("POST", NOTIFY_PATH, &signed_headers(&genuine), Some(body));
        event["isBase64Encoded"] = is_base64.into();
        event
    };
    let base64 = event(&signed_headers(&genuine), body.as_bytes())["body"]
        .as_str()
        .unwrap()
        .to_owned();
    messages.extend([
        ("text that claims to be base64".into(), with(&body, true)),
        ("base64 that claims to be text".into(), with(&base64, false)),
        (
            "base64 with a line break".into(),
            with(&format!("{}\n{}", &base64[..76], &base64[76..]), true),
        ),
        (
            "base64 without its end".into(),
            with(&base64[..base64.len() - 3], true),
        ),
        (
            "6 MiB that claim to be base64".into(),
            with(&"A".repeat(6 << 20), true),
        ),
        (
            "6 MiB that are not base64".into(),
            with(&"!".repeat(6 << 20), true),
        ),
        ("6 MiB of text".into(), with(&"x".repeat(6 << 20), false)),
        ("nothing".into(), with("", false)),
        ("nothing in base64".into(), with("", true)),
    ]);
    for method in ["GET", "PUT", "post", "POST ", "", "TRACE"] {
        let mut other = with(&body, false);
        other["requestContext"]["http"]["method"] = method.into();
        messages.push((format!("method {method:?}"), other));
    }
    refused(
        "notify-4-sizes",
        "oversized and mislabelled notifications, up to 6 MiB",
        messages,
    )
    .await;
}

/// What POP would have to sign in madness: acknowledged or refused, kept for a person, and never believed.
#[tokio::test]
async fn what_makes_no_sense_moves_no_money_even_when_it_is_signed() {
    let mut tried = Tried::new(
        "notify-5-signed",
        "odd notifications under POP's own signature",
    );
    let amounts = AMOUNTS.iter().map(|amount| {
        (
            format!("amount {}", &amount[..amount.len().min(40)]),
            about(VICTIM, amount).into_bytes(),
        )
    });
    let long_number = (
        format!("a number of {} digits", 10_000),
        about(VICTIM, &amount_of(&"9".repeat(10_000))).into_bytes(),
    );
    let bodies = odd_bodies()
        .into_iter()
        .map(|(what, body)| (what.to_owned(), body));
    for (what, body) in bodies.chain(amounts).chain([long_number]) {
        let target = Target::new().await;
        let signature = signed("provider-private.pem", &body);
        let event = serde_json::to_vec(&event(&signed_headers(&signature), &body)).unwrap();
        let began = CpuTime::now();
        let (status, answer) = target.receive(&event).await;
        assert!(
            matches!(status, 200 | 401 | 413),
            "{what}: {status} {answer}"
        );
        let row = target.victim().await;
        let moved =
            row.authorized_at.is_some() || row.captured_minor() > 0 || row.status.is_final();
        tried.count(what, began, moved);
    }
    tried.finish(SLOWEST, PEAK_MIB);
}

/// The same bytes a thousand times over ten years: each is acknowledged, the first alone does anything.
#[tokio::test]
async fn a_replayed_notification_does_nothing_more() {
    let mut tried = Tried::new(
        "notify-6-replayed",
        "genuine notifications replayed, over ten years",
    );
    let target = Target::new().await;
    let body = about(VICTIM, "{\"currency\":\"EUR\",\"value\":\"30000\"}");
    let success = signed("provider-private.pem", &body);
    let request = |signature: &str, body: &str| {
        let event: Event =
            serde_json::from_value(event(&signed_headers(signature), body.as_bytes())).unwrap();
        event.into_request().unwrap()
    };
    let success = request(&success, &body);
    assert_eq!(target.notify.receive(&success, clock()).await.status, 200);
    let (commits, kept, events, row) = target.traces().await;
    assert_eq!(row.status, Status::Authorized);
    for count in 0..1000 {
        let later = clock() + Seconds(count * 315_360);
        let began = CpuTime::now();
        assert_eq!(target.notify.receive(&success, later).await.status, 200);
        let now = target.traces().await;
        let same = now.2 == events
            && now.1 == kept
            && now.3.status == row.status
            && now.3.captures == row.captures;
        tried.count(format!("the success again, number {count}"), began, !same);
    }
    let (again, _, _, after) = target.traces().await;
    assert_eq!(
        (again, &after),
        (commits, &row),
        "nothing at all was written"
    );
    tried.finish(SLOWEST, PEAK_MIB);
}
