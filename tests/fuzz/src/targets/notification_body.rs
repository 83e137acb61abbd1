//! The body of a notification, behind the signature.

use super::samples;
use crate::said::{self, Kind};
use crate::{Target, rows, rules};

pub(super) const TARGET: Target = Target {
    name: "notification_body",
    about: "the body of a signed notification, read and worked into a payment at any point of its life",
    holds: "the rules of money and state; the row stays one that can be stored",
    longest: 16 * 1024,
    json: true,
    head: 2,
    seeds,
    run,
};

fn seeds() -> Vec<Vec<u8>> {
    let genuine = samples::genuine()
        .into_iter()
        .map(|(_, body)| body.replace("EVENT_AUTOMATIC", rows::ID).into_bytes());
    let bodies: Vec<Vec<u8>> = genuine.chain(samples::published()).collect();
    let rows = u8::try_from(rows::ROWS.len()).unwrap();
    let seed = |(place, body): (usize, &Vec<u8>)| {
        let row = u8::try_from(place).unwrap() % rows;
        [&[row, 0], body.as_slice()].concat()
    };
    bodies
        .iter()
        .cycle()
        .take(bodies.len() * 3)
        .enumerate()
        .map(seed)
        .collect()
}

fn run(data: &[u8]) {
    let [row, when, body @ ..] = data else { return };
    let (policy, row) = (rows::policy(when & 0x40 != 0), rows::row(*row));
    if let Some(event) = said::event(Kind::Notification, body, row) {
        let next = rules::apply(row, &event, rows::moment(*when), &policy);
        rules::storable(&next);
        // Sent again, as POP does: nothing more is taken or given back.
        let again = rules::apply(&next, &event, rows::moment(*when), &policy);
        assert_eq!(next.captured_minor(), again.captured_minor());
        assert_eq!(
            (next.status, next.refunded_minor()),
            (again.status, again.refunded_minor())
        );
    }
}
