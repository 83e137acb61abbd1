//! Made-up rows, books and events for the audit's own tests.

use domain::evidence::{Decided, Entry, Evidence, SignedMessage, Terms, Trail};
use domain::{
    CaptureRequestId, Currency, Money, Payment, PaymentRequestId, Policy, Refund, RefundRequestId,
    RefundState, Status, Time,
};
use serde_json::{Value, json};
use simulator::{CardUse, PaymentRecord, PaymentState, TransferRecord, TransferState};

use super::Finding;
use super::case::Case;
use super::events::Events;
use crate::records::Record;
use crate::scenario::{Ask, Capture, Card, Journey, Method, Plan, Reply, Visit, What};

/// An entry of a trail with this message.
pub(crate) fn entry(message: SignedMessage, received_at: i64) -> Evidence {
    let at = Time::from_millis(received_at);
    let terms = Terms::of(&Policy::default());
    let version = 1;
    Trail::default().append(
        Entry::Signed(message.into()),
        at,
        Decided { version, at, terms },
    )
}

/// One payment from all sides, to be changed by a test.
pub(super) struct Scene {
    pub(super) id: String,
    pub(super) plan: Plan,
    pub(super) visit: Visit,
    record: Option<Record>,
    book: Option<PaymentRecord>,
    events: Events,
}

impl Scene {
    /// A planned payment that nobody has heard of.
    pub(super) fn empty() -> Self {
        Self {
            id: "P1".to_owned(),
            plan: plan(),
            visit: Visit::default(),
            record: None,
            book: None,
            events: Events::default(),
        }
    }

    /// A payment that the provider does not know.
    pub(super) fn of_row(payment: Payment) -> Self {
        Self {
            record: Some(Record {
                payment: Some(payment),
                ..Record::default()
            }),
            ..Self::empty()
        }
    }

    /// A payment with row and books.
    pub(super) fn new(payment: Payment, book: PaymentRecord) -> Self {
        Self {
            book: Some(book),
            ..Self::of_row(payment)
        }
    }

    pub(super) fn ask(&mut self, name: &'static str, what: What, reply: Reply) {
        self.visit.asks.push(Ask {
            payment: self.id.clone(),
            name,
            what,
            reply,
        });
    }

    /// One more order event.
    pub(super) fn tell(&mut self, body: &str) {
        self.events = Events::read(&[body.to_owned()]).0;
    }

    pub(super) fn plan_mut(&mut self) -> &mut Plan {
        &mut self.plan
    }

    pub(super) fn record_mut(&mut self) -> &mut Record {
        self.record.as_mut().unwrap()
    }

    pub(super) fn payment_mut(&mut self) -> &mut Payment {
        self.record_mut().payment.as_mut().unwrap()
    }

    pub(super) fn book_mut(&mut self) -> &mut PaymentRecord {
        self.book.as_mut().unwrap()
    }

    pub(super) fn case(&self) -> Case<'_> {
        Case {
            id: &self.id,
            plan: &self.plan,
            visit: &self.visit,
            record: self.record.as_ref(),
            book: self.book.as_ref(),
            events: &self.events,
        }
    }

    pub(super) fn check(&self, check: impl Fn(&Case<'_>) -> Vec<Finding>) -> Vec<Finding> {
        check(&self.case())
    }
}

pub(super) fn plan() -> Plan {
    let card = Card {
        number: "4054695723100768",
        cvv: "907",
    };
    Plan {
        id: "P1".to_owned(),
        order_id: "O1".to_owned(),
        buyer: "B1".to_owned(),
        currency: "EUR",
        minor: 100,
        capture: Capture::WhenAuthorized,
        journey: Journey::Approved,
        method: Method::Card(card),
        consent: false,
        own_authentication: false,
        retries: Vec::new(),
        twin: None,
        cancel: None,
        refunds: Vec::new(),
        forget_card: false,
        expires_in_seconds: 60,
        double_click: false,
        looks: 1,
        challenge_ms: 1,
    }
}

fn amount(minor: u64) -> Money {
    Money::new(minor, Currency::new("EUR").unwrap()).unwrap()
}

fn first_capture() -> CaptureRequestId {
    CaptureRequestId::derive(&PaymentRequestId::new("P1").unwrap(), 1)
}

/// A row as the table has it.
pub(super) fn row(status: Status) -> Payment {
    serde_json::from_value(json!({
        "id": "P1", "version": 3, "order": null, "amount": amount(100), "capture_mode": "MANUAL", "capture_on": "authorized",
        "status": status, "status_since": 5000, "review": null, "doubt": null, "payment_id": "X1", "created_at": 0,
        "expires_at": 60_000, "pay": null, "redirect": null, "authorized_at": null, "capture_by": null, "end_code": null,
        "card": domain::message::CardResult::default(), "acquirer": domain::message::Acquirer::default(), "captures": [],
        "deadline_told": false, "asked_at": null, "due_at": null, "outbox": [], "trail": { "entries": 0, "head": "" }
    }))
    .unwrap()
}

/// A row with its one capture.
pub(crate) fn captured_row() -> Payment {
    let mut payment = row(Status::Captured);
    let capture = json!({
        "request_id": first_capture(), "amount": amount(100), "state": "succeeded", "capture_id": "C1", "requested_at": 0, "last": true
    });
    payment.captures = vec![serde_json::from_value(capture).unwrap()];
    payment
}

pub(super) fn row_refund(id: &str, minor: u64, state: RefundState) -> Refund {
    Refund {
        request_id: RefundRequestId::new(id).unwrap(),
        amount: amount(minor),
        state,
        refund_id: None,
        reason: None,
        requested_at: Time::from_millis(0),
        contested: false,
    }
}

pub(super) fn book(state: PaymentState, captures: Vec<TransferRecord>) -> PaymentRecord {
    PaymentRecord {
        payment_request_id: "P1".to_owned(),
        payment_id: "X1".to_owned(),
        order_id: "O1".to_owned(),
        amount: money(100),
        capture_mode: "MANUAL".to_owned(),
        state,
        result_code: "SUCCESS".to_owned(),
        last_four: None,
        card_use: CardUse::default(),
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
    transfer(first_capture().as_str(), 100, effects)
}

/// A refund in the provider's books; not decided yet without effects.
pub(super) fn refund(id: &str, minor: u64, effects: u32) -> TransferRecord {
    let mut refund = transfer(id, minor, effects);
    if effects == 0 {
        refund.state = TransferState::Processing;
    }
    refund
}

fn transfer(id: &str, minor: u64, effects: u32) -> TransferRecord {
    TransferRecord {
        request_id: id.to_owned(),
        id: "C1".to_owned(),
        amount: money(minor),
        state: TransferState::Success,
        result_code: "SUCCESS".to_owned(),
        automatic: false,
        finished_at: None,
        calls: 1,
        effects,
    }
}

fn money(value: u64) -> simulator::Money {
    simulator::Money {
        currency: "EUR".to_owned(),
        value,
    }
}

/// An order event as it stands in the queue.
pub(super) fn body(id: &str, kind: &str, change: impl Fn(&mut Value)) -> String {
    let mut event = json!({
        "specversion": "1.0", "id": id, "source": "pop-payments", "type": kind, "subject": "P1", "time": "2026-11-23T10:00:00Z",
        "sequence": "0000000003", "datacontenttype": "application/json",
        "data": {
            "paymentRequestId": "P1", "orderId": "O1", "paymentId": "x", "amount": { "currency": "EUR", "value": "100" },
            "status": "CAPTURED", "code": null
        }
    });
    change(&mut event);
    event.to_string()
}
