//! The bodies that `checkout` takes, sent by somebody who may send them.

use super::checkout_http::answers_by_contract;
use super::samples;
use crate::{Target, rows, world};
use domain::{Payment, PaymentRequestId};
use flows::events::{API_KEY, client_token};
use runtime::http::Request;
use std::sync::LazyLock;
use store::Store;

pub(super) const TARGET: Target = Target {
    name: "checkout_body",
    about: "the body of create, pay, charge, retry, capture, cancel and refund, with the right key or token",
    holds: "an answer of the API's description, never a fault of ours; POP is asked for the row's amount and no more; \
            the row keeps the rules of money",
    longest: 16 * 1024,
    json: true,
    head: 2,
    seeds,
    run,
};

const CALLS: [&str; 7] = ["", "pay", "charge", "retry", "capture", "cancel", "refund"];
static HEADERS: LazyLock<[String; 2]> = LazyLock::new(|| {
    [
        format!("Bearer {API_KEY}"),
        format!("Bearer {}", client_token(rows::ID)),
    ]
});

fn path(call: &str) -> String {
    match call {
        "" => "/payments".to_owned(),
        call => format!("/payments/{}/{call}", rows::ID),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for event in samples::events_of("checkout") {
        let (path, body) = (
            event["rawPath"].as_str().unwrap(),
            event["body"].as_str().unwrap_or("{}"),
        );
        let call = CALLS.iter().rposition(|call| path.ends_with(call)).unwrap();
        for row in 0..rows::ROWS.len() {
            seeds.push(
                [
                    &[u8::try_from(call).unwrap(), u8::try_from(row).unwrap()],
                    body.as_bytes(),
                ]
                .concat(),
            );
        }
    }
    seeds
}

fn run(data: &[u8]) {
    let [call, row, body @ ..] = data else { return };
    let call = CALLS[usize::from(*call) % CALLS.len()];
    let row = rows::row(*row);
    let page = matches!(call, "pay" | "retry");
    let mut request = Request {
        method: "POST".to_owned(),
        path: path(call),
        body: body.into(),
        source_ip: "203.0.113.7".to_owned(),
        user_agent: "fuzz/1".to_owned(),
        ..Request::default()
    };
    request
        .headers
        .insert("authorization", HEADERS[usize::from(page)].parse().unwrap());
    let store = world::table([row.clone()]);
    let response = world::wait(world::checkout(&store).answer(&request));
    answers_by_contract(&request, &response);
    assert_ne!(response.status, 401, "the key is right");
    let id = PaymentRequestId::new(rows::ID).unwrap();
    let next: Payment = world::wait(store.load(&id))
        .unwrap()
        .expect("the row is still there");
    assert_eq!(next.amount, row.amount);
    assert!(
        next.captured_minor() == row.captured_minor()
            && next.refunding_minor() <= next.captured_minor()
    );
    let asked: u64 = next
        .captures
        .iter()
        .filter(|c| c.is_open())
        .map(|c| c.amount.minor())
        .sum();
    assert!(asked <= next.amount.minor());
}
