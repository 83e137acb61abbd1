//! Messages of the capture queue.

use super::samples;
use crate::world::{self, Silent};
use crate::{Target, rows};
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use capture::Captures;
use domain::{PaymentRequestId, Seconds};
use store::Store;

pub(super) const TARGET: Target = Target {
    name: "capture_batch",
    about: "a batch of the capture queue, or the body of one message",
    holds: "each message is done or given back, none panics; a payment that is not to be captured stays as it is",
    longest: 8 * 1024,
    json: true,
    head: 1,
    seeds,
    run,
};

fn seeds() -> Vec<Vec<u8>> {
    let batches = samples::events_of("capture")
        .into_iter()
        .map(|event| event.to_string());
    let hints = [
        "{\"paymentRequestId\":\"EVENT_MANUAL\"}",
        "{\"paymentRequestId\":\"\\u0000\"}",
        "[]",
        "\"EVENT_MANUAL\"",
    ];
    let texts: Vec<String> = batches
        .chain(hints.into_iter().map(str::to_owned))
        .collect();
    let rows = 0..u8::try_from(rows::ROWS.len()).unwrap();
    rows.flat_map(|row| {
        texts
            .iter()
            .map(move |text| [&[row], text.as_bytes()].concat())
    })
    .collect()
}

fn one_message(body: &[u8]) -> SqsEvent {
    let mut message = SqsMessage::default();
    message.message_id = Some("1".to_owned());
    message.body = Some(String::from_utf8_lossy(body).into_owned());
    let mut event = SqsEvent::default();
    event.records = vec![message];
    event
}

fn run(data: &[u8]) {
    let [row, body @ ..] = data else { return };
    let row = rows::row(*row);
    let event = serde_json::from_slice::<SqsEvent>(body).unwrap_or_else(|_| one_message(body));
    if event.records.len() > 64 {
        return; // a batch has at most ten; more only take time
    }
    let ids: Vec<Option<String>> = event
        .records
        .iter()
        .map(|record| record.message_id.clone())
        .collect();
    let store = world::table([row.clone()]);
    let captures = Captures {
        ports: world::ports(&store),
        provider: Silent,
        clock: world::clock,
    };
    let answer = world::wait(captures.batch(event, rows::NOW + Seconds(60)));
    assert!(answer.batch_item_failures.len() <= ids.len());
    for failure in &answer.batch_item_failures {
        let known =
            |id: &Option<String>| id.as_deref().unwrap_or_default() == failure.item_identifier;
        assert!(
            ids.iter().any(known),
            "given back: a message that did not come"
        );
    }
    let id = PaymentRequestId::new(rows::ID).unwrap();
    let next = world::wait(store.load(&id))
        .unwrap()
        .expect("the row is still there");
    assert_eq!(
        (next.status, next.captured_minor()),
        (row.status, row.captured_minor()),
        "a hint moves no money"
    );
}
