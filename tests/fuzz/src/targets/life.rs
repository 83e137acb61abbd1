//! A whole life: messages of every kind, genuine or changed, in any order, between what merchant and time do.

use crate::mutate;
use crate::said::{self, Kind};
use crate::{Target, rows, rules};
use arbitrary::{Result, Unstructured};
use domain::{
    CancelBy, CaptureRequest, Event, Note, Payment, RefundRequest, RefundRequestId, Resolution,
    Ruling, Seconds,
};
use serde_json::{Value, json};

pub(super) const TARGET: Target = Target {
    name: "life",
    about: "up to 16 signed messages of every kind, genuine or changed, in any order, between wishes and waits",
    holds: "the rules of money and state after each of them",
    longest: 128,
    json: false,
    head: 0,
    seeds,
    run,
};

const STEPS: usize = 16;

fn seeds() -> Vec<Vec<u8>> {
    let plain = |steps: &[u8]| {
        let steps = steps.iter().flat_map(|step| [*step, 0, 0]);
        [0, 0].into_iter().chain(steps).collect::<Vec<u8>>()
    };
    let all: Vec<u8> = (0..32).collect();
    all.chunks(6)
        .map(plain)
        .chain([plain(&[12, 0, 4, 13, 9, 8]), plain(&[12, 7, 14, 6])])
        .collect()
}

fn run(data: &[u8]) {
    let _ = lived(&mut Unstructured::new(data));
}

fn lived(input: &mut Unstructured<'_>) -> Result<()> {
    let mut row = rows::row(input.arbitrary()?).clone();
    let policy = rows::policy(input.arbitrary()?);
    let mut now = rows::NOW;
    for _ in 0..STEPS {
        let (choice, change): (u8, u16) = (input.arbitrary()?, input.arbitrary()?);
        let event = match choice % 32 {
            12.. if choice & 0x80 == 0 => wish(choice, change),
            17..=31 => {
                now = now + Seconds(i64::from(change) * 60);
                Some(Event::TimePassed)
            }
            message => said_about(&row, message, change),
        };
        if let Some(event) = event {
            row = rules::apply(&row, &event, now, &policy);
        }
    }
    rules::storable(&row);
    Ok(())
}

fn wish(choice: u8, change: u16) -> Option<Event> {
    let number = u32::from(change % 4);
    let cents = |share: u64| (share > 0).then(|| rows::euros(share * 100));
    Some(match choice % 32 {
        12 => Event::PayStarted {
            save_card: change & 1 == 1,
        },
        13 | 14 => Event::RefundAsked(RefundRequest {
            request_id: RefundRequestId::new(format!("{}_{number}", rows::REFUND_ID)).unwrap(),
            amount: cents(u64::from(change >> 2)),
            reason: None,
        }),
        15 => Event::CancelAsked(if change & 1 == 1 {
            CancelBy::Buyer
        } else {
            CancelBy::Merchant
        }),
        16 => Event::CaptureAsked(CaptureRequest {
            number: number + 1,
            amount: cents(u64::from(change >> 3)),
            last: change & 4 == 4,
        }),
        17 => Event::Resolved(Resolution {
            ruling: Ruling::ALL[usize::from(change % 3)],
            by: Note::new("ada").unwrap(),
            reason: Note::new("looked into it").unwrap(),
        }),
        _ => return None,
    })
}

/// One of the messages that POP could send about this row; changed in its structure unless `change` is 0.
fn said_about(row: &Payment, message: u8, change: u16) -> Option<Event> {
    let (kind, body) = message_about(row, message);
    let body = body.to_string().into_bytes();
    let body = match change {
        0 => Some(body),
        seed => mutate::json(&body, 0, u64::from(seed)),
    };
    said::event(kind, &body?, row)
}

fn message_about(row: &Payment, message: u8) -> (Kind, Value) {
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    let refund = row.refunds.last();
    let refunded = |status: &str, code: &str| {
        json!({
            "result": rows::result("S", code), "refundStatus": status, "refundId": "POP_REFUND_1",
            "refundRequestId": refund.map(|refund| &refund.request_id), "refundAmount": refund.map(|refund| refund.amount),
        })
    };
    let success = || rows::paid("S", "SUCCESS");
    let inquiry = |status: &str, captures: Value| {
        with(
            with(success(), "paymentStatus", status.into()),
            "transactions",
            captures,
        )
    };
    let transaction = |status: &str| {
        let capture = row.captures.last();
        json!([{
            "transactionType": "CAPTURE", "transactionStatus": status, "transactionId": "POP_CAPTURE_1",
            "transactionRequestId": capture.map_or(rows::ID, |capture| capture.request_id.as_str()),
            "transactionAmount": capture.map_or(row.amount, |capture| capture.amount),
        }])
    };
    match message % 12 {
        0 => (
            Kind::Notification,
            with(success(), "notifyType", "PAYMENT_RESULT".into()),
        ),
        1 => (
            Kind::Notification,
            with(
                rows::paid("F", "ORDER_IS_CLOSED"),
                "notifyType",
                "PAYMENT_RESULT".into(),
            ),
        ),
        2 => (
            Kind::Notification,
            with(
                rows::taken("S", "SUCCESS", row),
                "notifyType",
                "CAPTURE_RESULT".into(),
            ),
        ),
        3 => (
            Kind::Notification,
            with(
                refunded("SUCCESS", "SUCCESS"),
                "notifyType",
                "REFUND_RESULT".into(),
            ),
        ),
        4 => (Kind::Pay, success()),
        5 => (Kind::Inquiry, inquiry("SUCCESS", transaction("SUCCESS"))),
        6 => (Kind::Inquiry, inquiry("CANCELLED", transaction("FAIL"))),
        7 => (Kind::Inquiry, inquiry("FAIL", Value::Null)),
        8 => (Kind::Capture, rows::taken("S", "SUCCESS", row)),
        9 => (
            Kind::Cancel,
            json!({ "result": rows::result("S", "SUCCESS"), "paymentRequestId": rows::ID }),
        ),
        10 => (Kind::Refund, refunded("", "SUCCESS")),
        _ => (Kind::RefundInquiry, refunded("FAIL", "SUCCESS")),
    }
}
