//! Made-up payments, messages and commits for tests of a table.

use crate::{Commit, EarlyNotification};
use domain::evidence::{Decided, Entry, Evidence, MessageKind, SignedMessage, Terms};
use domain::message::{AmountSeen, CaptureNotification, CaptureReport, Outcome, ResultStatus};
use domain::order::OrderDetails;
use domain::stored_card::{CardFace, CardToken, StoredCard};
use domain::{
    BuyerId, CaptureId, CaptureMode, CaptureOn, CaptureRequestId, Currency, Money, NewPayment,
    OrderId, Payment, PaymentId, PaymentRequestId, Policy, RefundRequestId, Seconds, StoredCardId,
    Time,
};

/// The time at which the samples are made: far ahead of any real due time, so that no sweep takes them up when they
/// stand in a table that is in use.
pub const NOW: Time = Time::from_millis(4_000_000_000_000);

/// A payment's id. Panics if it is none.
#[must_use]
#[allow(clippy::expect_used, reason = "samples are made of ids that are right")]
pub fn id(text: &str) -> PaymentRequestId {
    PaymentRequestId::new(text).expect("a sample's id is an id")
}

/// POP's id of a payment. Panics if it is none.
#[must_use]
#[allow(clippy::expect_used, reason = "samples are made of ids that are right")]
pub fn payment_id(text: &str) -> PaymentId {
    PaymentId::new(text).expect("a sample's id is an id")
}

/// An order's id. Panics if it is none.
#[must_use]
#[allow(clippy::expect_used, reason = "samples are made of ids that are right")]
pub fn order_id(text: &str) -> OrderId {
    OrderId::new(text).expect("a sample's id is an id")
}

/// A refund's id. Panics if it is none.
#[must_use]
#[allow(clippy::expect_used, reason = "samples are made of ids that are right")]
pub fn refund_id(text: &str) -> RefundRequestId {
    RefundRequestId::new(text).expect("a sample's id is an id")
}

/// A buyer's id. Panics if it is none.
#[must_use]
#[allow(clippy::expect_used, reason = "samples are made of ids that are right")]
pub fn buyer_id(text: &str) -> BuyerId {
    BuyerId::new(text).expect("a sample's id is an id")
}

/// The card behind a token, stored at [`NOW`]. Panics if the texts are none.
#[must_use]
#[allow(clippy::expect_used, reason = "samples are made of ids that are right")]
pub fn stored_card(buyer: &str, token: &str) -> StoredCard {
    let buyer = buyer_id(buyer);
    let token = CardToken::new(format!("ALIPAYsample-{token}")).expect("a token");
    StoredCard {
        id: StoredCardId::derive(&buyer, &token),
        buyer,
        token,
        face: CardFace {
            brand: Some("VISA".into()),
            last_four: Some("0768".into()),
            expiry_month: Some("12".into()),
            expiry_year: Some("29".into()),
        },
        network_transaction_id: Some("016153570198200".into()),
        saved_at: NOW,
        saved_by: id("PAY_1"),
    }
}

/// 300.00 EUR.
#[must_use]
#[allow(clippy::expect_used, reason = "the amount is right")]
pub fn amount() -> Money {
    let euro = Currency::new("EUR").expect("EUR is a currency");
    Money::new(30_000, euro).expect("more than zero")
}

/// A manual payment as the merchant creates it at [`NOW`], not committed yet (version 1).
#[must_use]
pub fn payment(text: &str) -> Payment {
    let order = OrderDetails::new(
        order_id("ORDER_1"),
        "A pair of shoes",
        "https://shop.example/return",
    );
    let new = NewPayment {
        id: id(text),
        order,
        amount: amount(),
        capture_mode: CaptureMode::Manual,
        capture_on: CaptureOn::Authorized,
        expires_in: Seconds(840),
    };
    Payment::create(new, NOW, &Policy::default())
}

/// A signed message with this body.
#[must_use]
pub fn message(body: impl Into<Vec<u8>>) -> SignedMessage {
    SignedMessage {
        kind: MessageKind::NotifyCapture,
        path: "/notify".into(),
        client_id: "CLIENT_1".into(),
        time: "2026-01-01T00:00:00Z".into(),
        signature: "c2lnbmF0dXJl".into(),
        key_version: "1".into(),
        body: body.into(),
    }
}

/// The next entry of this row's trail: a signed message with this body, received at [`NOW`].
pub fn entry(row: &mut Payment, body: impl Into<Vec<u8>>) -> Evidence {
    entry_at(row, body, NOW)
}

/// As [`entry`], received at this time.
pub fn entry_at(row: &mut Payment, body: impl Into<Vec<u8>>, at: Time) -> Evidence {
    let decided = Decided {
        version: row.version,
        at,
        terms: Terms::of(&Policy::default()),
    };
    let entry = Entry::Signed(message(body).into());
    row.trail.append(entry, at, decided)
}

/// A capture that succeeded, told before anybody knew whose `paymentId` it names.
#[must_use]
pub fn early(of: &PaymentId, body: &str) -> EarlyNotification {
    let notification = CaptureNotification {
        payment_id: of.clone(),
        outcome: Outcome {
            status: ResultStatus::Success,
            code: "SUCCESS".into(),
        },
        capture: CaptureReport {
            request_id: CaptureRequestId::new("CAPTURE_1").ok(),
            capture_id: CaptureId::new("POP_CAPTURE_1").ok(),
            payment_id: Some(of.clone()),
            amount: AmountSeen::Is(amount()),
        },
    };
    EarlyNotification {
        notification,
        message: message(body),
        received_at: NOW,
    }
}

/// A commit of the row alone.
#[must_use]
pub fn row_only(next: Payment) -> Commit {
    Commit::of(next)
}
