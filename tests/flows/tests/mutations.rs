//! A good notification with one byte changed, ten thousand times: refused each time, and nothing is written.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use domain::Policy;
use flows::{clock, events};
use notify::Notify;
use runtime::http::{Event, Request};
use std::collections::BTreeMap;
use store::{MemoryQueues, MemoryStore, Ports, QueueName};

const CHANGES: usize = 10_000;

/// Xorshift: the same draws in every run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    /// Another letter or digit in the place of one of `text` that `allowed` lets change.
    fn change(&mut self, text: &str, allowed: impl Fn(usize) -> bool) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        loop {
            let (at, letter) = (self.below(text.len()), LETTERS[self.below(LETTERS.len())]);
            let mut bytes = text.as_bytes().to_vec();
            if allowed(at) && bytes[at].is_ascii_alphanumeric() && bytes[at] != letter {
                bytes[at] = letter;
                return String::from_utf8(bytes).unwrap();
            }
        }
    }
}

fn good() -> Request {
    let sample = events::all()
        .into_iter()
        .find(|sample| sample.file == "notify-payment-success.json")
        .unwrap();
    serde_json::from_value::<Event>(sample.event)
        .unwrap()
        .into_request()
        .unwrap()
}

fn set(request: &mut Request, name: &'static str, value: &str) {
    request.headers.insert(name, value.parse().unwrap());
}

/// Changes one byte somewhere; says where.
fn changed(
    draws: &mut Draws,
    function: &mut Notify<MemoryStore, MemoryQueues>,
    request: &mut Request,
) -> &'static str {
    let header = |request: &Request, name: &str| request.headers[name].to_str().unwrap().to_owned();
    match draws.below(5) {
        0 => {
            let at = draws.below(request.body.len());
            let bits = u8::try_from(1 + draws.below(255)).unwrap();
            request.body[at] ^= bits;
            "body"
        }
        1 => {
            let time = draws.change(&header(request, "request-time"), |_| true);
            set(request, "request-time", &time);
            "time"
        }
        2 => {
            let client = draws.change(&header(request, "client-id"), |_| true);
            set(request, "client-id", &client);
            "client id"
        }
        3 => {
            function.path = draws.change(events::NOTIFY_PATH, |_| true);
            "path"
        }
        _ => {
            let text = header(request, "signature");
            let start = text.rfind('=').unwrap() + 1;
            // Not inside an escape (%2B): there another letter may mean the same byte. The last letter before the
            // padding holds bits that base64 drops.
            let end = text
                .rfind(|c: char| c.is_ascii_alphanumeric())
                .unwrap()
                .min(text.find("%3D").unwrap() - 2);
            let escaped = |at: usize| text[at.saturating_sub(2)..=at].contains('%');
            let signature = draws.change(&text, |at| at >= start && at <= end && !escaped(at));
            set(request, "signature", &signature);
            "signature"
        }
    }
}

#[tokio::test]
async fn a_notification_with_one_byte_changed_is_refused_and_leaves_nothing() {
    let (store, queues) = (MemoryStore::default(), MemoryQueues::default());
    let ports = Ports {
        store: store.clone(),
        queues: queues.clone(),
        policy: Policy::default(),
    };
    let mut draws = Draws(0x2026_1123);
    let mut refused: BTreeMap<&str, u32> = BTreeMap::new();
    let good = good();
    for _ in 0..CHANGES {
        let (mut function, mut request) = (flows::notify_with(ports.clone()), good.clone());
        let place = changed(&mut draws, &mut function, &mut request);
        let response = function.receive(&request, clock()).await;
        assert_eq!(response.status, 401, "{place}: {}", response.body);
        *refused.entry(place).or_default() += 1;
    }
    println!("refused with 401, by the place of the change: {refused:?}");
    assert_eq!((store.commits(), store.kept().len()), (0, 0));
    assert!(queues.sent(QueueName::OrderEvents).is_empty());
    assert_eq!(
        flows::notify_with(ports)
            .receive(&good, clock())
            .await
            .status,
        200,
        "unchanged it is good"
    );
}
