//! A payment at each point of its life, as the rules make it: what hostile words fall upon.

use crate::said::{self, Kind};
use domain::order::{Buyer, OrderDetails};
use domain::{
    CancelBy, CaptureMode, CaptureOn, Currency, Decision, Event, Money, NewPayment, OrderId,
    Payment, PaymentRequestId, Policy, RefundRequest, RefundRequestId, Seconds, Time, decide,
};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// When everything happens, unless the input says otherwise: a second after the samples were sent.
pub(crate) const NOW: Time = Time::from_millis(1_767_355_262_000);
/// The payment's amount, in cents.
pub(crate) const AMOUNT: u64 = 30_000;
/// The payment's id.
pub(crate) const ID: &str = "EVENT_MANUAL";
/// POP's id of it.
pub(crate) const PAYMENT_ID: &str = "20260102194010800100188010200000001";
/// Its refund's id.
pub(crate) const REFUND_ID: &str = "EVENT_REFUND";

pub(crate) fn euros(cents: u64) -> Money {
    Money::new(cents, Currency::new("EUR").unwrap()).unwrap()
}

pub(crate) fn policy(several_captures: bool) -> Policy {
    Policy {
        several_captures,
        ..Policy::default()
    }
}

/// The SHA-256 of the merchant's key, as its setting has it.
pub(crate) fn hash_of_api_key() -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, flows::events::API_KEY.as_bytes());
    domain::hex(digest.as_ref())
}

fn created(mode: CaptureMode) -> Payment {
    let mut order = OrderDetails::new(
        OrderId::new("ORDER_1").unwrap(),
        "coffee",
        "https://shop.example/return",
    );
    order.buyer = Some(Buyer {
        reference_buyer_id: Some("test12345678".to_owned()),
        ..Buyer::default()
    });
    let new = NewPayment {
        id: PaymentRequestId::new(ID).unwrap(),
        order,
        amount: euros(AMOUNT),
        capture_mode: mode,
        capture_on: CaptureOn::Authorized,
        expires_in: Seconds(840),
    };
    Payment::create(new, NOW, &Policy::default())
}

/// The row after an event that must count.
fn after(row: &Payment, event: &Event) -> Payment {
    match decide(row, event, NOW, &Policy::default()) {
        Decision::Commit(transition) => transition.next,
        Decision::Ignore(ignored) => panic!("{event:?} was ignored: {ignored:?}"),
    }
}

fn told(row: &Payment, kind: Kind, body: &Value) -> Payment {
    let event =
        said::event(kind, body.to_string().as_bytes(), row).expect("the samples are readable");
    after(row, &event)
}

/// The amount as messages carry it.
pub(crate) fn amount(cents: u64) -> Value {
    json!({ "currency": "EUR", "value": cents.to_string() })
}

pub(crate) fn result(status: &str, code: &str) -> Value {
    json!({ "resultStatus": status, "resultCode": code, "resultMessage": "x" })
}

/// The answer to pay, or with `notifyType` a notifyPayment.
pub(crate) fn paid(status: &str, code: &str) -> Value {
    json!({ "result": result(status, code), "paymentRequestId": ID, "paymentId": PAYMENT_ID, "paymentAmount": amount(AMOUNT) })
}

/// The answer to capture, or with `notifyType` a notifyCapture.
pub(crate) fn taken(status: &str, code: &str, row: &Payment) -> Value {
    let id = row
        .captures
        .first()
        .map_or("EVENT_AUTOMATIC", |capture| capture.request_id.as_str());
    json!({ "result": result(status, code), "captureRequestId": id, "captureId": "POP_CAPTURE_1", "paymentId": PAYMENT_ID,
        "captureAmount": amount(AMOUNT) })
}

fn refund_asked() -> Event {
    Event::RefundAsked(RefundRequest {
        request_id: RefundRequestId::new(REFUND_ID).unwrap(),
        amount: Some(euros(10_000)),
        reason: None,
    })
}

/// The rows, each with the name of where it stands.
pub(crate) static ROWS: LazyLock<Vec<Payment>> = LazyLock::new(|| {
    let pay = Event::PayStarted { save_card: true };
    let (manual, automatic) = (
        created(CaptureMode::Manual),
        created(CaptureMode::Automatic),
    );
    let (pending, automatic) = (after(&manual, &pay), after(&automatic, &pay));
    let success = paid("S", "SUCCESS");
    let capturing = told(&pending, Kind::Pay, &success);
    let authorized = told(&automatic, Kind::Pay, &success);
    let captured = told(
        &capturing,
        Kind::Capture,
        &taken("S", "SUCCESS", &capturing),
    );
    let refunding = after(&captured, &refund_asked());
    let declined = told(&pending, Kind::Pay, &paid("F", "DO_NOT_HONOR"));
    let cancelling = after(&authorized, &Event::CancelAsked(CancelBy::Merchant));
    let doubted = told(&declined, Kind::Pay, &success);
    vec![
        manual, pending, capturing, authorized, captured, refunding, declined, cancelling, doubted,
    ]
});

/// One of the rows.
pub(crate) fn row(choice: u8) -> &'static Payment {
    &ROWS[usize::from(choice) % ROWS.len()]
}

/// A moment: now, soon, past each limit, and years away on either side.
pub(crate) fn moment(choice: u8) -> Time {
    const AFTER: [i64; 8] = [
        0,
        5,
        900,
        86_400,
        6 * 86_400 + 3600,
        8 * 86_400,
        40 * 86_400,
        20 * 365 * 86_400,
    ];
    let span = Seconds(AFTER[usize::from(choice & 7)]);
    if choice & 0x80 == 0 {
        NOW + span
    } else {
        NOW - span
    }
}
