//! Very many payments, each with its row and its place in the provider's books, made from its number alone.

use domain::{
    Capture, CaptureId, CaptureMode, CaptureOn, CaptureRequestId, CaptureState, Money, NewPayment,
    Payment, PaymentId, PaymentRequestId, Policy, Refund, RefundId, RefundRequestId, RefundState,
    Seconds, Status, Time,
};
use simulator::{
    CardUse, Money as BookMoney, PaymentRecord, PaymentState, TransferRecord, TransferState,
};

/// Payments of one day, and so of one set of batches.
pub const A_DAY: u64 = 20_000;
/// One of so many is given back in part.
const REFUNDED: u64 = 10;
const BEGIN: Time = Time::from_millis(1_767_571_200_000);
const CURRENCIES: [&str; 3] = ["EUR", "USD", "JPY"];

/// What a payment's number stands for.
#[derive(Debug, Clone, Copy)]
pub struct Deal(pub u64);

impl Deal {
    fn currency(self) -> &'static str {
        CURRENCIES[usize::try_from(self.0 % 3).unwrap_or(0)]
    }

    fn minor(self) -> u64 {
        1_000 + self.0 * 7_919 % 50_000
    }

    fn is_refunded(self) -> bool {
        self.0.is_multiple_of(REFUNDED)
    }

    fn at(self) -> Time {
        let day = i64::try_from(self.0 / A_DAY).unwrap_or(0);
        BEGIN + Seconds::days(day) + Seconds(3600)
    }

    /// Lines in the settlement details.
    #[must_use]
    pub fn lines(self) -> u64 {
        1 + u64::from(self.is_refunded())
    }

    fn id(self, what: &str) -> String {
        format!("{what}2026040119401080010018{:014}", self.0)
    }

    /// What the provider has on record.
    #[must_use]
    pub fn record(self) -> PaymentRecord {
        let amount = BookMoney {
            currency: self.currency().to_owned(),
            value: self.minor(),
        };
        let at = self.at().rfc3339();
        let transfer = |request_id: String, id: String, value: u64| TransferRecord {
            request_id,
            id,
            amount: BookMoney {
                value,
                ..amount.clone()
            },
            state: TransferState::Success,
            result_code: "SUCCESS".to_owned(),
            automatic: false,
            finished_at: Some(at.clone()),
            calls: 1,
            effects: 1,
        };
        let refund = || transfer(self.id("R-"), self.id("3"), self.minor() / 2);
        PaymentRecord {
            payment_request_id: self.id("P-"),
            payment_id: self.id("1"),
            order_id: self.id("O-"),
            capture_mode: "MANUAL".to_owned(),
            state: PaymentState::Success,
            result_code: "SUCCESS".to_owned(),
            last_four: None,
            card_use: CardUse::default(),
            created_at: at.clone(),
            finished_at: Some(at.clone()),
            expires_at: at.clone(),
            authorised_until: None,
            challenge_url: None,
            cancelled_at: None,
            pay_calls: 1,
            authorisations: 1,
            captures: vec![transfer(self.id("C-"), self.id("2"), self.minor())],
            refunds: self.is_refunded().then(refund).into_iter().collect(),
            notifications: Vec::new(),
            amount,
        }
    }

    /// Our row.
    #[must_use]
    pub fn row(self, template: &NewPayment) -> Payment {
        let money =
            |minor| Money::new(minor, domain::Currency::new(self.currency()).unwrap()).unwrap();
        let mut new = NewPayment {
            id: PaymentRequestId::new(self.id("P-")).unwrap(),
            amount: money(self.minor()),
            ..template.clone()
        };
        new.order.order_id = domain::OrderId::new(self.id("O-")).unwrap();
        let mut row = Payment::create(new, self.at(), &Policy::default());
        row.payment_id = PaymentId::new(self.id("1")).ok();
        row.status = Status::Captured;
        row.authorized_at = Some(self.at());
        row.captures.push(Capture {
            request_id: CaptureRequestId::new(self.id("C-")).unwrap(),
            amount: row.amount,
            state: CaptureState::Succeeded,
            capture_id: CaptureId::new(self.id("2")).ok(),
            requested_at: self.at(),
            last: false,
        });
        if self.is_refunded() {
            row.refunds.push(Refund {
                request_id: RefundRequestId::new(self.id("R-")).unwrap(),
                amount: money(self.minor() / 2),
                state: RefundState::Succeeded,
                refund_id: RefundId::new(self.id("3")).ok(),
                reason: None,
                requested_at: self.at(),
                contested: false,
            });
        }
        row
    }
}

/// What all rows have in common.
#[must_use]
pub fn template() -> NewPayment {
    let order = serde_json::json!({
        "orderId": "O", "description": "goods", "redirectUrl": "https://shop.example/"
    });
    NewPayment {
        id: PaymentRequestId::new("P").unwrap(),
        order: serde_json::from_value(order).unwrap(),
        amount: Money::from_wire("1", "EUR").unwrap(),
        capture_mode: CaptureMode::Manual,
        capture_on: CaptureOn::Authorized,
        expires_in: Seconds(840),
    }
}
