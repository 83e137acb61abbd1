//! The event that the HTTP API hands to a function, whole.

use super::samples;
use crate::world::KEYS;
use crate::{Target, world};
use flows::events::{CLIENT_ID, NOTIFY_PATH};
use http::HeaderMap;
use notify::{ACKNOWLEDGEMENT, Notify};
use pop::verify::{NotificationHeaders, verify_notification};
use runtime::http::{Event, Request};
use serde_json::Value;
use std::sync::LazyLock;
use store::{MemoryQueues, MemoryStore};

pub(super) const TARGET: Target = Target {
    name: "http_event",
    about: "the event of the HTTP API as Lambda hands it over, through `notify`",
    holds: "an answer in the gateway's shape; acknowledged is only what POP signed, everything else is refused with a reason",
    longest: 16 * 1024,
    json: true,
    head: 0,
    seeds,
    run,
};

static NOTIFY: LazyLock<Notify<MemoryStore, MemoryQueues>> =
    LazyLock::new(|| flows::notify_with(world::ports(&MemoryStore::default())));
static GENUINE: LazyLock<Vec<String>> = LazyLock::new(|| {
    samples::genuine()
        .into_iter()
        .map(|(_, body)| body)
        .collect()
});

fn seeds() -> Vec<Vec<u8>> {
    let events = samples::events_of("notify")
        .into_iter()
        .chain(samples::events_of("checkout"));
    events.map(|event| event.to_string().into_bytes()).collect()
}

fn run(data: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Event>(data) else {
        return;
    };
    let request = event.clone().into_request();
    let handler = |request: Request| async move { NOTIFY.receive(&request, world::clock()).await };
    let answer = world::wait(runtime::http::answer(event, &handler));
    let answer = serde_json::to_value(answer).expect("an answer can be written");
    assert!(answer["headers"].is_object() && answer["isBase64Encoded"] == Value::Bool(false));
    let body = answer["body"].as_str().expect("an answer has a body");
    match (answer["statusCode"].as_u64(), request) {
        (Some(200), Ok(request)) => {
            assert_eq!(body, ACKNOWLEDGEMENT);
            assert!(
                GENUINE
                    .iter()
                    .any(|genuine| genuine.as_bytes() == &request.body[..]),
                "acknowledged, not genuine"
            );
            assert!(is_signed(&request.headers, &request.body));
        }
        (Some(400 | 401 | 405 | 413), _) => {
            assert!(body.contains("urn:pop-payments:problem:"), "{body}")
        }
        (status, _) => panic!("{status:?}: {body}"),
    }
}

fn is_signed(headers: &HeaderMap, body: &[u8]) -> bool {
    let headers = NotificationHeaders::from_map(headers);
    verify_notification(&KEYS, CLIENT_ID, NOTIFY_PATH, None, &headers, body).is_ok()
}
