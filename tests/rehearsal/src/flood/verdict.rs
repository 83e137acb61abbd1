//! Whether a flood left behind what it must, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use domain::Status;
use domain::evidence::Evidence;
use serde_json::Value;

use super::messages::{Flood, Kind, Payment};
use super::sending::Sent;
use crate::records::{Record, Table};

/// What was found.
pub(crate) struct Verdict {
    /// What must be zero, by name.
    pub(crate) losses: BTreeMap<&'static str, u64>,
    pub(crate) findings: Vec<String>,
    /// Distinct ones.
    pub(crate) order_events: u64,
}

/// Each payment's events, by id.
type Events = BTreeMap<String, BTreeSet<(String, String)>>;

/// Holds the table and the order events against what was sent and acknowledged.
pub(crate) fn judge(flood: &Flood, sent: &Sent, table: &Table, order_events: &[String]) -> Verdict {
    let events = events(order_events);
    let mut findings = Findings::default();
    let nothing = Record::default();
    for payment in &flood.payments {
        let record = table.payments.get(&payment.id).unwrap_or(&nothing);
        findings.extend(state_problems(payment, record));
        findings.extend(event_problems(payment, &events));
    }
    let bodies: Vec<BTreeMap<&[u8], u64>> = flood
        .payments
        .iter()
        .map(|payment| bodies(table.payments.get(&payment.id).unwrap_or(&nothing)))
        .collect();
    let acknowledged = sent.acknowledged(flood.messages.len());
    for (message, acknowledged) in flood.messages.iter().zip(acknowledged) {
        let none = BTreeMap::new();
        let kept = bodies.get(message.payment).unwrap_or(&none);
        let times = kept.get(message.body.as_bytes()).copied().unwrap_or(0);
        let id = flood
            .payments
            .get(message.payment)
            .map(|payment| &payment.id);
        let id = id.map_or("?", String::as_str);
        let found = match (message.kind, acknowledged, times) {
            (Kind::Forged, true, _) => Some(("forged_acknowledged", "a forgery was acknowledged")),
            // One with the provider's own bytes under a wrong seal leaves no trace of its own.
            (Kind::Forged, _, 1..) if message.body.contains("RISK_REJECT") => {
                Some(("forged_kept", "a forgery is in the evidence"))
            }
            (Kind::Forged, ..) => None,
            (_, false, _) => Some(("never_acknowledged", "never acknowledged")),
            (_, true, 0) => Some((
                "acknowledged_and_lost",
                "acknowledged, and not in the evidence",
            )),
            (_, true, 1) => None,
            (_, true, _) => Some(("kept_twice", "twice in the evidence")),
        };
        findings.extend(found.map(|(name, words)| (name, format!("{id}: {words}"))));
    }
    let strangers = table.payments.len().saturating_sub(flood.payments.len());
    findings
        .extend((strangers > 0).then(|| ("strange_rows", format!("{strangers} rows too many"))));
    Verdict {
        losses: findings.counts(),
        findings: findings.0.into_iter().map(|(_, words)| words).collect(),
        order_events: events.values().map(|events| events.len() as u64).sum(),
    }
}

#[derive(Default)]
struct Findings(Vec<(&'static str, String)>);

impl Findings {
    fn extend(&mut self, more: impl IntoIterator<Item = (&'static str, String)>) {
        self.0.extend(more);
    }

    fn counts(&self) -> BTreeMap<&'static str, u64> {
        let names = [
            "acknowledged_and_lost",
            "never_acknowledged",
            "kept_twice",
            "wrong_state",
            "wrong_events",
            "forged_acknowledged",
            "forged_kept",
            "strange_rows",
        ];
        let mut counts: BTreeMap<_, u64> = names.into_iter().map(|name| (name, 0)).collect();
        for (name, _) in &self.0 {
            *counts.entry(name).or_default() += 1;
        }
        counts
    }
}

/// Each payment ends captured, in full and once, with the two messages of its evidence.
fn state_problems(payment: &Payment, record: &Record) -> Option<(&'static str, String)> {
    let id = &payment.id;
    let words = match &record.payment {
        None => "no row".to_owned(),
        Some(row) if row.status != Status::Captured => row.status.as_str().to_owned(),
        Some(row) if row.review.is_some() => "in review".to_owned(),
        Some(row) if row.captured_minor() != payment.minor || row.captures.len() != 1 => {
            format!(
                "{} captured in {} parts",
                row.captured_minor(),
                row.captures.len()
            )
        }
        Some(_) if bodies(record).len() != 2 => {
            format!("{} messages in its evidence", bodies(record).len())
        }
        Some(_) if record.due_at.is_some() => "something is outstanding".to_owned(),
        Some(_) => return None,
    };
    Some(("wrong_state", format!("{id}: {words}")))
}

/// The order system was told of the authorisation and of the capture; each under one id, however often.
fn event_problems(payment: &Payment, events: &Events) -> Option<(&'static str, String)> {
    let none = BTreeSet::new();
    let told = events.get(&payment.id).unwrap_or(&none);
    let mut types: Vec<&str> = told.iter().map(|(_, kind)| kind.as_str()).collect();
    types.sort_unstable();
    let right = types == ["payment.authorized", "payment.captured"];
    (!right).then(|| ("wrong_events", format!("{}: told {types:?}", payment.id)))
}

/// The messages of a payment's evidence and how often each stands there.
fn bodies(record: &Record) -> BTreeMap<&[u8], u64> {
    let mut bodies = BTreeMap::new();
    for message in record.evidence.iter().filter_map(Evidence::message) {
        *bodies.entry(message.body.as_slice()).or_default() += 1;
    }
    bodies
}

fn events(bodies: &[String]) -> Events {
    let mut events = Events::new();
    for body in bodies {
        let event: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let told = events.entry(text("subject")).or_default();
        told.insert((text("id"), text("type")));
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::testing::{captured_row, entry};
    use crate::flood::messages::Message;
    use crate::flood::sending::Answer;
    use domain::evidence::{MessageKind, SignedMessage};
    use std::sync::Arc;
    use std::time::Duration;

    const PAID: &str = r#"{"notifyType":"PAYMENT_RESULT"}"#;
    const CAPTURED: &str = r#"{"notifyType":"CAPTURE_RESULT"}"#;
    const FORGED: &str = r#"{"resultCode":"RISK_REJECT"}"#;

    fn notification_entry(body: &str) -> Evidence {
        let message = SignedMessage {
            kind: MessageKind::NotifyPayment,
            path: "/notify".to_owned(),
            client_id: "C".to_owned(),
            time: "1".to_owned(),
            signature: "s".to_owned(),
            key_version: "1".to_owned(),
            body: body.as_bytes().to_vec(),
        };
        entry(message, 1)
    }

    /// One payment, its two notifications and a forgery, all answered as they should be.
    struct Scene {
        flood: Flood,
        sent: Sent,
        table: Table,
        events: Vec<String>,
    }

    impl Scene {
        fn right() -> Self {
            let row = captured_row();
            let message = |kind, body: &str| Message {
                kind,
                payment: 0,
                client_id: "C",
                time: "1".to_owned(),
                signature: None,
                body: body.to_owned(),
            };
            let answer = |(message, acknowledged)| Answer {
                message,
                status: if acknowledged { 200 } else { 401 },
                acknowledged,
                took_ms: 1.0,
                at: Duration::ZERO,
            };
            let event = |number: u32, kind: &str| {
                serde_json::json!({ "id": number.to_string(), "type": kind, "subject": row.id })
                    .to_string()
            };
            let mut table = Table::default();
            let record = Record {
                payment: Some(row.clone()),
                due_at: None,
                evidence: [PAID, CAPTURED].map(notification_entry).to_vec(),
            };
            table.payments.insert(row.id.to_string(), record);
            let payment = Payment {
                id: row.id.to_string(),
                payment_id: "P".to_owned(),
                minor: row.captured_minor(),
            };
            let messages = vec![
                message(Kind::Genuine, PAID),
                message(Kind::Repetition, PAID),
                message(Kind::Genuine, CAPTURED),
                message(Kind::Forged, FORGED),
            ];
            Self {
                events: vec![
                    event(1, "payment.authorized"),
                    event(1, "payment.authorized"),
                    event(2, "payment.captured"),
                ],
                flood: Flood {
                    payments: vec![payment],
                    messages: Arc::new(messages),
                },
                sent: Sent {
                    answers: [(0, true), (1, true), (2, true), (3, false)]
                        .map(answer)
                        .to_vec(),
                    later: Vec::new(),
                    resent: 0,
                },
                table,
            }
        }

        fn record(&mut self) -> &mut Record {
            self.table.payments.values_mut().next().unwrap()
        }

        fn found(&self) -> Vec<&'static str> {
            let verdict = judge(&self.flood, &self.sent, &self.table, &self.events);
            let found = verdict.losses.into_iter().filter(|(_, count)| *count > 0);
            found.map(|(name, _)| name).collect()
        }
    }

    #[test]
    fn a_flood_that_left_what_it_must_is_right() {
        assert_eq!(Scene::right().found(), Vec::<&str>::new());
    }

    #[test]
    fn everything_that_can_be_wrong_is_found() {
        let mut lost = Scene::right();
        lost.record().evidence.pop();
        assert_eq!(lost.found(), ["acknowledged_and_lost", "wrong_state"]);
        let mut doubled = Scene::right();
        doubled.record().evidence.push(notification_entry(PAID));
        assert_eq!(doubled.found(), ["kept_twice"]);
        let mut believed = Scene::right();
        believed.sent.answers[3].acknowledged = true;
        assert_eq!(believed.found(), ["forged_acknowledged"]);
        let mut kept = Scene::right();
        kept.record().evidence.push(notification_entry(FORGED));
        assert_eq!(kept.found(), ["forged_kept", "wrong_state"]);
        let mut refused = Scene::right();
        refused.sent.answers[2].acknowledged = false;
        assert_eq!(refused.found(), ["never_acknowledged"]);
        let mut untold = Scene::right();
        untold.events.pop();
        assert_eq!(untold.found(), ["wrong_events"]);
        let mut told_twice = Scene::right();
        let again = told_twice.events[2].replace("\"2\"", "\"3\"");
        told_twice.events.push(again);
        assert_eq!(told_twice.found(), ["wrong_events"]);
        let mut open = Scene::right();
        open.record().payment.as_mut().unwrap().status = Status::Authorized;
        assert_eq!(open.found(), ["wrong_state"]);
    }
}
