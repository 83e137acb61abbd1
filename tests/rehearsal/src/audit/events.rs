//! The order events: is there one for each final transition, and is each what CloudEvents 1.0 asks for?

use std::collections::{BTreeMap, BTreeSet};

use domain::{Status, Time};
use serde::Deserialize;

use super::{Finding, Kind};
use crate::scenario::Plan;

/// A CloudEvent of the order events' queue.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct OrderEvent {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    subject: String,
    pub(crate) time: String,
    sequence: String,
    datacontenttype: String,
    data: Data,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    payment_request_id: String,
    order_id: Option<String>,
    amount: Amount,
    status: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Amount {
    currency: String,
    value: String,
}

/// What an event must say about its payment.
pub(crate) struct Expected<'a> {
    pub(crate) id: &'a str,
    pub(crate) order_id: &'a str,
    pub(crate) currency: &'a str,
    pub(crate) minor: u64,
    /// Event types that must have come at least once; no other may have come.
    pub(crate) kinds: &'static [&'static str],
}

impl<'a> Expected<'a> {
    /// What the order system must have been told of a payment that ended so.
    pub(crate) fn of(plan: &'a Plan, status: Status) -> Self {
        Self {
            id: &plan.id,
            order_id: &plan.order_id,
            currency: plan.currency,
            minor: plan.minor,
            kinds: events_of(status),
        }
    }
}

/// The events on the way to a state, the final one last.
fn events_of(status: Status) -> &'static [&'static str] {
    match status {
        Status::Created | Status::Pending => &[],
        Status::Authorized => &["payment.authorized"],
        Status::Captured => &["payment.authorized", "payment.captured"],
        Status::CaptureFailed => &["payment.authorized", "payment.capture_failed"],
        Status::Declined => &["payment.declined"],
        Status::Cancelled => &["payment.cancelled"],
        Status::Expired => &["payment.expired"],
    }
}

/// All events, by payment.
#[derive(Default)]
pub(crate) struct Events {
    by_payment: BTreeMap<String, Vec<OrderEvent>>,
    /// Messages received, repeats included.
    pub(crate) received: u64,
}

impl Events {
    /// Reads the bodies of the queue; what cannot be read is a finding.
    pub(crate) fn read(bodies: &[String]) -> (Self, Vec<Finding>) {
        let mut events = Self {
            received: bodies.len() as u64,
            ..Self::default()
        };
        let mut findings = Vec::new();
        for body in bodies {
            match serde_json::from_str::<OrderEvent>(body) {
                Ok(event) => events
                    .by_payment
                    .entry(event.subject.clone())
                    .or_default()
                    .push(event),
                Err(error) => findings.push(Finding::new(
                    "?",
                    Kind::EventsWrong,
                    format!("an order event is not understood: {error}"),
                )),
            }
        }
        findings.extend(events.repeats_that_differ());
        (events, findings)
    }

    /// Distinct events.
    pub(crate) fn distinct(&self) -> u64 {
        self.by_payment
            .values()
            .flatten()
            .map(|event| &event.id)
            .collect::<BTreeSet<_>>()
            .len() as u64
    }

    /// What is missing or wrong for one payment.
    pub(crate) fn check(&self, expected: &Expected<'_>) -> Vec<Finding> {
        let none = Vec::new();
        let events = self.by_payment.get(expected.id).unwrap_or(&none);
        let mut findings = Vec::new();
        for kind in expected.kinds {
            if !events.iter().any(|event| event.kind == *kind) {
                findings.push(Finding::new(
                    expected.id,
                    Kind::EventsMissing,
                    format!("no event {kind}"),
                ));
            }
        }
        for event in events {
            if let Some(words) = wrong_with(event, expected) {
                findings.push(Finding::new(
                    expected.id,
                    Kind::EventsWrong,
                    format!("event {}: {words}", event.id),
                ));
            }
        }
        findings
    }

    /// Events may come more than once, but one id must always carry the same transition, and one transition one id.
    fn repeats_that_differ(&self) -> Vec<Finding> {
        let mut transition_of: BTreeMap<&str, (&str, &str, &str)> = BTreeMap::new();
        let mut id_of: BTreeMap<(&str, &str, &str), &str> = BTreeMap::new();
        let mut findings = Vec::new();
        for event in self.by_payment.values().flatten() {
            let transition = (
                event.subject.as_str(),
                event.sequence.as_str(),
                event.kind.as_str(),
            );
            if *transition_of.entry(&event.id).or_insert(transition) != transition {
                findings.push(Finding::new(
                    &event.subject,
                    Kind::EventsWrong,
                    format!("the id {} stands for two transitions", event.id),
                ));
            }
            if *id_of.entry(transition).or_insert(&event.id) != event.id {
                findings.push(Finding::new(
                    &event.subject,
                    Kind::EventsWrong,
                    format!("the transition of {} has two ids", event.id),
                ));
            }
        }
        findings
    }
}

fn wrong_with(event: &OrderEvent, expected: &Expected<'_>) -> Option<String> {
    let data = &event.data;
    if event.specversion != "1.0" || event.datacontenttype != "application/json" {
        return Some("not CloudEvents 1.0 with JSON data".to_owned());
    }
    if event.id.is_empty()
        || event.source.is_empty()
        || !event.kind.starts_with("payment.")
        || event.sequence.parse::<u64>().is_err()
    {
        return Some("id, source, type or sequence is not as it should be".to_owned());
    }
    if !expected.kinds.contains(&event.kind.as_str()) {
        return Some(format!("{} was told, and is not so", event.kind));
    }
    if Time::parse(&event.time).is_none() {
        return Some(format!("time {} is not RFC 3339", event.time));
    }
    if data.payment_request_id != expected.id || data.order_id.as_deref() != Some(expected.order_id)
    {
        return Some("names another payment or order".to_owned());
    }
    if data.amount.currency != expected.currency || data.amount.value != expected.minor.to_string()
    {
        return Some(format!(
            "amount {} {}",
            data.amount.currency, data.amount.value
        ));
    }
    data.status.is_empty().then(|| "no status".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn body(id: &str, kind: &str, change: impl Fn(&mut Value)) -> String {
        let mut event = json!({
            "specversion": "1.0", "id": id, "source": "pop-payments", "type": kind, "subject": "P1", "time": "2026-11-23T10:00:00Z",
            "sequence": "0000000003", "datacontenttype": "application/json",
            "data": { "paymentRequestId": "P1", "orderId": "O1", "paymentId": "x", "amount": { "currency": "EUR", "value": "100" }, "status": "CAPTURED" }
        });
        change(&mut event);
        event.to_string()
    }

    fn expected() -> Expected<'static> {
        Expected {
            id: "P1",
            order_id: "O1",
            currency: "EUR",
            minor: 100,
            kinds: &["payment.captured"],
        }
    }

    #[test]
    fn repeats_are_fine_and_a_missing_event_is_found() {
        let captured = body("P1-3-0", "payment.captured", |_| {});
        let (events, findings) = Events::read(&[captured.clone(), captured]);
        assert!(findings.is_empty());
        assert!(events.check(&expected()).is_empty());
        assert_eq!((events.received, events.distinct()), (2, 1));
        assert_eq!(Events::default().check(&expected()).len(), 1);
    }

    #[test]
    fn every_wrong_field_is_found() {
        let changes: [fn(&mut Value); 7] = [
            |event| event["type"] = "payment.declined".into(),
            |event| event["specversion"] = "0.3".into(),
            |event| event["time"] = "yesterday".into(),
            |event| event["sequence"] = "x".into(),
            |event| event["data"]["amount"]["value"] = "101".into(),
            |event| event["data"]["orderId"] = "O2".into(),
            |event| event["data"]["paymentRequestId"] = "P2".into(),
        ];
        for change in changes {
            let (events, _) = Events::read(&[body("P1-3-0", "payment.captured", change)]);
            assert!(
                events
                    .check(&expected())
                    .iter()
                    .any(|finding| finding.kind == Kind::EventsWrong)
            );
        }
        assert_eq!(Events::read(&["{}".to_owned()]).1.len(), 1);
    }

    #[test]
    fn ids_and_transitions_belong_together() {
        let one_id = [
            body("A", "payment.captured", |_| {}),
            body("A", "payment.authorized", |_| {}),
        ];
        assert_eq!(Events::read(&one_id).1.len(), 1);
        let one_transition = [
            body("A", "payment.captured", |_| {}),
            body("B", "payment.captured", |_| {}),
        ];
        assert_eq!(Events::read(&one_transition).1.len(), 1);
    }
}
