//! The body of an answer, behind the signature.

use super::samples;
use crate::said::{self, Kind};
use crate::{Target, rows, rules};
use serde_json::json;

pub(super) const TARGET: Target = Target {
    name: "answer_body",
    about: "the body of a signed answer to each of the six calls, read and worked into a payment at any point of its life",
    holds: "the rules of money and state; the row stays one that can be stored",
    longest: 16 * 1024,
    json: true,
    head: 3,
    seeds,
    run,
};

fn seeds() -> Vec<Vec<u8>> {
    let captured = json!({
        "result": rows::result("S", "SUCCESS"), "paymentStatus": "SUCCESS", "paymentRequestId": rows::ID,
        "paymentId": rows::PAYMENT_ID, "paymentAmount": rows::amount(rows::AMOUNT), "paymentResultCode": "SUCCESS",
        "authExpiryTime": "2026-01-09T00:00:00Z",
        "transactions": [{
            "transactionType": "CAPTURE", "transactionStatus": "SUCCESS", "transactionRequestId": rows::ID,
            "transactionId": "POP_CAPTURE_1", "transactionAmount": rows::amount(rows::AMOUNT),
            "transactionResult": rows::result("S", "SUCCESS"),
        }],
    });
    let redirect = json!({
        "result": rows::result("U", "PAYMENT_IN_PROCESS"), "paymentRequestId": rows::ID, "paymentId": rows::PAYMENT_ID,
        "normalUrl": "https://acs.example/challenge",
        "redirectActionForm": { "method": "POST", "redirectUrl": "https://acs.example/", "parameters": { "a": "b" } },
        "paymentResultInfo": { "cardToken": "ALIPAYsample", "lastFour": "0768", "expiryMonth": "12", "expiryYear": "29" },
    });
    let refunded = json!({
        "result": rows::result("S", "SUCCESS"), "refundRequestId": rows::REFUND_ID, "refundId": "POP_REFUND_1",
        "paymentId": rows::PAYMENT_ID, "refundAmount": rows::amount(10_000), "refundStatus": "SUCCESS",
    });
    let own = [
        captured,
        redirect,
        refunded,
        rows::paid("S", "SUCCESS"),
        rows::paid("F", "ORDER_NOT_EXIST"),
    ];
    let own = own.iter().map(|body| body.to_string().into_bytes());
    let row = |at: u8| rows::row(at);
    let taken = rows::taken("S", "SUCCESS", row(2)).to_string().into_bytes();
    let bodies: Vec<_> = own.chain([taken]).chain(samples::published()).collect();
    let mut seeds = Vec::new();
    for (place, body) in bodies.iter().enumerate() {
        for kind in 0..6_u8 {
            let row =
                (u8::try_from(place).unwrap() + kind) % u8::try_from(rows::ROWS.len()).unwrap();
            seeds.push([&[kind, row, 0], body.as_slice()].concat());
        }
    }
    seeds
}

fn run(data: &[u8]) {
    let [kind, row, when, body @ ..] = data else {
        return;
    };
    let kind = Kind::ANSWERS[usize::from(*kind) % Kind::ANSWERS.len()];
    let (policy, row) = (rows::policy(when & 0x40 != 0), rows::row(*row));
    if let Some(event) = said::event(kind, body, row) {
        rules::storable(&rules::apply(row, &event, rows::moment(*when), &policy));
    }
}
