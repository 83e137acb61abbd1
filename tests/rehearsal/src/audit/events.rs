//! The order events: is there one for each final transition, and is each what CloudEvents 1.0 asks for?

use std::collections::{BTreeMap, BTreeSet};

use domain::Time;
use serde::Deserialize;

use super::expected::{Expected, Fact};
use super::{Finding, Kind};

/// A CloudEvent of the order events' queue.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct OrderEvent {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    time: String,
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
    code: Option<String>,
    capture: Option<Transfer>,
    refund: Option<Transfer>,
}

/// The capture or refund that an event is about.
#[derive(Clone, Debug, Deserialize)]
struct Transfer {
    #[serde(alias = "captureRequestId", alias = "refundRequestId")]
    request_id: String,
    amount: Amount,
    total: Option<Amount>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Amount {
    currency: String,
    value: String,
}

impl OrderEvent {
    fn transfer(&self) -> Option<&Transfer> {
        self.data.capture.as_ref().or(self.data.refund.as_ref())
    }

    fn fact(&self) -> Fact {
        let id = self.transfer().map(|transfer| transfer.request_id.clone());
        (self.kind.clone(), id.unwrap_or_default())
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

    /// Whether an event of this type came about the payment.
    pub(super) fn told(&self, payment: &str, kind: &str) -> bool {
        let events = self.by_payment.get(payment);
        events.is_some_and(|events| events.iter().any(|event| event.kind == kind))
    }

    /// What is missing or wrong for one payment.
    pub(crate) fn check(&self, expected: &Expected<'_>) -> Vec<Finding> {
        let none = Vec::new();
        let events = self.by_payment.get(expected.id).unwrap_or(&none);
        let told: BTreeSet<Fact> = events.iter().map(OrderEvent::fact).collect();
        let missing = expected.facts.keys().filter(|fact| !told.contains(*fact));
        let missing = missing.map(|(event, id)| {
            let words = format!("no event {event} {id}").trim_end().to_owned();
            Finding::new(expected.id, Kind::EventsMissing, words)
        });
        let wrong = events.iter().filter_map(|event| {
            let words = wrong_with(event, expected)?;
            let words = format!("event {}: {words}", event.id);
            Some(Finding::new(expected.id, Kind::EventsWrong, words))
        });
        missing.chain(wrong).collect()
    }

    /// Events may come more than once, but one id must always carry the same transition, and one transition one id.
    fn repeats_that_differ(&self) -> Vec<Finding> {
        let mut transition_of: BTreeMap<&str, (&str, &str, Fact)> = BTreeMap::new();
        let mut id_of: BTreeMap<(&str, &str, Fact), &str> = BTreeMap::new();
        let mut findings = Vec::new();
        for event in self.by_payment.values().flatten() {
            let transition = (
                event.subject.as_str(),
                event.sequence.as_str(),
                event.fact(),
            );
            let known = transition_of
                .entry(&event.id)
                .or_insert_with(|| transition.clone());
            if *known != transition {
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
    let Some(minor) = expected.facts.get(&event.fact()) else {
        let (kind, id) = event.fact();
        return Some(format!("{kind} {id} was told, and is not so"));
    };
    if Time::parse(&event.time).is_none() {
        return Some(format!("time {} is not RFC 3339", event.time));
    }
    if data.payment_request_id != expected.id || data.order_id.as_deref() != Some(expected.order_id)
    {
        return Some("names another payment or order".to_owned());
    }
    if data.amount != money(expected.currency, expected.minor) {
        return Some(format!(
            "amount {} {}",
            data.amount.currency, data.amount.value
        ));
    }
    if let Some(transfer) = event.transfer() {
        let wanted = minor.map(|minor| money(expected.currency, minor));
        if wanted.is_some_and(|wanted| wanted != transfer.amount) || exceeds(transfer, expected) {
            return Some(format!(
                "amount or total of {} is wrong",
                transfer.request_id
            ));
        }
    }
    if expected.end_code.is_some()
        && event.kind == "payment.cancelled"
        && data.code.as_deref() != expected.end_code
    {
        return Some(format!("code {:?}", data.code));
    }
    data.status.is_empty().then(|| "no status".to_owned())
}

fn money(currency: &str, minor: u64) -> Amount {
    Amount {
        currency: currency.to_owned(),
        value: minor.to_string(),
    }
}

/// Whether the total is not a sum of this currency between nothing and the payment's amount.
fn exceeds(transfer: &Transfer, expected: &Expected<'_>) -> bool {
    transfer.total.as_ref().is_some_and(|total| {
        let fits = total
            .value
            .parse()
            .is_ok_and(|total: u64| total <= expected.minor);
        !fits || total.currency != expected.currency
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::testing::body;
    use serde_json::{Value, json};

    fn captured(id: &str, change: impl Fn(&mut Value)) -> String {
        body(id, "payment.captured", |event| {
            event["data"]["capture"] = json!({
                "captureRequestId": "C1", "amount": { "currency": "EUR", "value": "60" },
                "total": { "currency": "EUR", "value": "60" },
            });
            change(event);
        })
    }

    fn expected() -> Expected<'static> {
        let fact = ("payment.captured".to_owned(), "C1".to_owned());
        Expected {
            id: "P1",
            order_id: "O1",
            currency: "EUR",
            minor: 100,
            facts: BTreeMap::from([(fact, Some(60))]),
            end_code: None,
        }
    }

    fn found(bodies: &[String], expected: &Expected<'_>) -> Vec<Kind> {
        let (events, mut findings) = Events::read(bodies);
        findings.extend(events.check(expected));
        findings.iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn repeats_are_fine_and_a_missing_event_is_found() {
        let captured = captured("P1-3-0", |_| {});
        let (events, findings) = Events::read(&[captured.clone(), captured]);
        assert!(findings.is_empty());
        assert!(events.check(&expected()).is_empty());
        assert_eq!((events.received, events.distinct()), (2, 1));
        assert_eq!(found(&[], &expected()), [Kind::EventsMissing]);
    }

    #[test]
    fn each_capture_and_refund_must_be_told_by_its_id() {
        let mut expected = expected();
        let first = captured("P1-3-0", |_| {});
        let second = ("payment.captured".to_owned(), "C2".to_owned());
        expected.facts.insert(second, Some(40));
        assert_eq!(
            found(std::slice::from_ref(&first), &expected),
            [Kind::EventsMissing]
        );
        let told = captured("P1-4-0", |event| {
            event["sequence"] = "0000000004".into();
            event["data"]["capture"]["captureRequestId"] = "C2".into();
            event["data"]["capture"]["amount"]["value"] = "40".into();
        });
        assert!(found(&[first.clone(), told], &expected).is_empty());
        let refunded = body("P1-5-0", "payment.refunded", |event| {
            event["data"]["refund"] = json!({
                "refundRequestId": "F1", "amount": { "currency": "EUR", "value": "10" }, "total": null,
            });
        });
        let wrong = found(&[first, refunded], &super::tests::expected());
        assert_eq!(wrong, [Kind::EventsWrong], "nothing was refunded");
    }

    #[test]
    fn every_wrong_field_is_found() {
        let changes: [fn(&mut Value); 10] = [
            |event| event["type"] = "payment.declined".into(),
            |event| event["specversion"] = "0.3".into(),
            |event| event["time"] = "yesterday".into(),
            |event| event["sequence"] = "x".into(),
            |event| event["data"]["amount"]["value"] = "101".into(),
            |event| event["data"]["orderId"] = "O2".into(),
            |event| event["data"]["paymentRequestId"] = "P2".into(),
            |event| event["data"]["capture"]["amount"]["value"] = "61".into(),
            |event| event["data"]["capture"]["total"]["value"] = "101".into(),
            |event| event["data"]["capture"]["captureRequestId"] = "C9".into(),
        ];
        for change in changes {
            let found = found(&[captured("P1-3-0", change)], &expected());
            assert!(found.contains(&Kind::EventsWrong));
        }
        assert_eq!(Events::read(&["{}".to_owned()]).1.len(), 1);
    }

    #[test]
    fn what_gave_way_to_another_payment_must_say_so() {
        let fact = ("payment.cancelled".to_owned(), String::new());
        let expected = Expected {
            facts: BTreeMap::from([(fact, None)]),
            end_code: Some("ORDER_ALREADY_PAID"),
            ..expected()
        };
        let told = |code: &str| {
            body("P1-4-0", "payment.cancelled", |event| {
                event["data"]["code"] = code.into();
            })
        };
        assert!(found(&[told("ORDER_ALREADY_PAID")], &expected).is_empty());
        assert_eq!(
            found(&[told("AUTH_CANCELLED")], &expected),
            [Kind::EventsWrong]
        );
    }

    #[test]
    fn ids_and_transitions_belong_together() {
        let one_id = [
            captured("A", |_| {}),
            body("A", "payment.authorized", |_| {}),
        ];
        assert_eq!(Events::read(&one_id).1.len(), 1);
        let one_transition = [captured("A", |_| {}), captured("B", |_| {})];
        assert_eq!(Events::read(&one_transition).1.len(), 1);
        let another = captured("B", |event| {
            event["data"]["capture"]["captureRequestId"] = "C2".into();
        });
        let two_of_one_version = [captured("A", |_| {}), another];
        assert!(Events::read(&two_of_one_version).1.is_empty());
    }
}
