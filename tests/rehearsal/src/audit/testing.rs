//! Made-up rows and books for the audit's own tests.

use domain::{Currency, Money, Payment, PaymentRequestId, Status};
use serde_json::json;
use simulator::{PaymentRecord, PaymentState, TransferRecord, TransferState};

use super::Case;
use crate::records::Record;
use crate::scenario::{Capture, Card, Journey, Plan, Visit};

pub(super) fn plan() -> Plan {
    Plan {
        id: "P1".to_owned(),
        order_id: "O1".to_owned(),
        currency: "EUR",
        minor: 100,
        capture: Capture::WhenAuthorized,
        journey: Journey::Approved,
        card: Card {
            number: "4054695723100768",
            cvv: "907",
        },
        expires_in_seconds: 60,
        double_click: false,
        looks: 1,
        challenge_ms: 1,
    }
}

/// A row as the table has it, with its one capture if `captured`.
pub(super) fn payment(status: Status, captured: bool) -> Payment {
    let amount = Money::new(100, Currency::new("EUR").unwrap()).unwrap();
    let id = PaymentRequestId::new("P1").unwrap();
    let capture = json!({
        "request_id": domain::CaptureRequestId::derive(&id, 1), "amount": amount, "state": "succeeded", "capture_id": "C1", "requested_at": 0
    });
    let captures = if captured { vec![capture] } else { vec![] };
    serde_json::from_value(json!({
        "id": id, "version": 3, "order": null, "amount": amount, "capture_mode": "MANUAL", "capture_on": "authorized",
        "status": status, "status_since": 5000, "review": null, "doubt": null, "payment_id": "X1", "created_at": 0,
        "expires_at": 60_000, "pay": null, "redirect": null, "authorized_at": null, "capture_by": null, "end_code": null,
        "card": domain::message::CardResult::default(), "acquirer": domain::message::Acquirer::default(), "captures": captures,
        "deadline_told": false, "asked_at": null, "due_at": null, "outbox": [], "trail": { "entries": 0, "head": "" }
    }))
    .unwrap()
}

pub(super) fn record(payment: Payment) -> Record {
    Record {
        payment: Some(payment),
        ..Record::default()
    }
}

pub(super) fn book(state: PaymentState, captures: Vec<TransferRecord>) -> PaymentRecord {
    PaymentRecord {
        payment_request_id: "P1".to_owned(),
        payment_id: "X1".to_owned(),
        order_id: "O1".to_owned(),
        amount: money(),
        capture_mode: "MANUAL".to_owned(),
        state,
        result_code: "SUCCESS".to_owned(),
        last_four: None,
        card_use: simulator::CardUse::default(),
        created_at: String::new(),
        finished_at: None,
        expires_at: String::new(),
        authorised_until: None,
        challenge_url: None,
        cancelled_at: None,
        pay_calls: 1,
        authorisations: 1,
        captures,
        refunds: vec![],
        notifications: vec![],
    }
}

pub(super) fn capture(effects: u32) -> TransferRecord {
    TransferRecord {
        request_id: "R1".to_owned(),
        id: "C1".to_owned(),
        amount: money(),
        state: TransferState::Success,
        result_code: "SUCCESS".to_owned(),
        automatic: false,
        finished_at: None,
        calls: 1,
        effects,
    }
}

fn money() -> simulator::Money {
    simulator::Money {
        currency: "EUR".to_owned(),
        value: 100,
    }
}

pub(super) fn case_of<'a>(
    plan: &'a Plan,
    visit: &'a Visit,
    record: Option<&'a Record>,
    book: Option<&'a PaymentRecord>,
) -> Case<'a> {
    Case {
        plan,
        visit,
        record,
        book,
    }
}
