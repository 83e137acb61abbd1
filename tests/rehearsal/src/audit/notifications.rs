//! Notifications and the trail: was a forged one believed, was anything acknowledged before it was committed?

use std::collections::BTreeSet;

use domain::evidence::{Evidence, MessageKind, SignedMessage};
use ring::digest::{SHA256, digest};
use serde_json::Value;
use simulator::NotificationRecord;

use super::{Case, Finding, Kind};

/// Everything that is wrong with one payment's notifications.
pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let evidence = case
        .record
        .map(|record| record.evidence.as_slice())
        .unwrap_or_default();
    let mut findings = Vec::new();
    let all = case
        .book
        .map(|book| book.notifications.as_slice())
        .unwrap_or_default();
    for notification in all {
        let found = if notification.forged {
            believed(all, notification, evidence).map(|words| (Kind::ForgedAccepted, words))
        } else {
            acknowledged_too_early(notification, evidence)
                .map(|words| (Kind::AcksBeforeCommit, words))
        };
        findings.extend(found);
    }
    findings
        .into_iter()
        .map(|(kind, words)| Finding::new(case.id, kind, words))
        .collect()
}

/// A forgery was acknowledged, or its bytes stand in the trail (unless a genuine message has the very same bytes).
fn believed(
    all: &[NotificationRecord],
    forged: &NotificationRecord,
    evidence: &[Evidence],
) -> Option<String> {
    if forged.acknowledged_at.is_some() {
        return Some(format!(
            "a {} forged as {:?} was acknowledged",
            forged.kind, forged.seal
        ));
    }
    let genuine: BTreeSet<&str> = all
        .iter()
        .filter(|other| !other.forged)
        .map(|other| other.body_sha256.as_str())
        .collect();
    let in_trail = evidence
        .iter()
        .filter_map(Evidence::message)
        .any(|message| sha256_hex(&message.body) == forged.body_sha256);
    (in_trail && !genuine.contains(forged.body_sha256.as_str())).then(|| {
        format!(
            "a {} forged as {:?} stands in the trail",
            forged.kind, forged.seal
        )
    })
}

/// What a message settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settles<'a> {
    Payment,
    /// The capture of this id, ours or the provider's; of any, if the message names none.
    Capture(Option<&'a str>),
    /// The refund of this id of ours.
    Refund(&'a str),
}

impl Settles<'_> {
    /// Whether it says at least as much: telling of a capture's end tells of the payment's as well.
    fn covers(self, other: Settles<'_>) -> bool {
        match (self, other) {
            (Self::Payment | Self::Capture(_), Settles::Payment) => true,
            (Self::Capture(one), Settles::Capture(other)) => {
                one.is_none() || other.is_none() || one == other
            }
            (Self::Refund(one), Settles::Refund(other)) => one == other,
            _ => false,
        }
    }
}

/// At the moment of the acknowledgement the trail must already have held a message that says at least as much: this
/// one, or an earlier one of which it is a repetition. Evidence bears the time at which its message was received and
/// is committed with the row, so a commit that was made only afterwards (by the sweep, after the function that
/// acknowledged had died) bears a later time than the acknowledgement.
fn acknowledged_too_early(
    notification: &NotificationRecord,
    evidence: &[Evidence],
) -> Option<String> {
    let acknowledged_at = notification.acknowledged_at?;
    let capture = notification.capture_request_id.as_deref();
    let refund = notification.refund_request_id.as_deref();
    let settles = match (
        notification.kind.as_str(),
        notification.result_status.as_str(),
    ) {
        ("PAYMENT_RESULT", _) => Settles::Payment,
        ("CAPTURE_RESULT", "S" | "F") => Settles::Capture(capture),
        ("REFUND_RESULT", "S" | "F") => Settles::Refund(refund?),
        _ => return None,
    };
    let before = evidence
        .iter()
        .filter(|entry| entry.received_at.millis() <= acknowledged_at);
    let covered = before
        .filter_map(Evidence::message)
        .map(|message| (message.kind, body_of(message)))
        .any(|(kind, body)| settled_by(kind, &body).any(|settled| settled.covers(settles)));
    (!covered).then(|| {
        format!(
            "{} acknowledged at {acknowledged_at}, and nothing in the trail says so before",
            notification.kind
        )
    })
}

fn body_of(message: &SignedMessage) -> Value {
    serde_json::from_slice(&message.body).unwrap_or_default()
}

/// Everything that a signed message settles.
fn settled_by(kind: MessageKind, body: &Value) -> impl Iterator<Item = Settles<'_>> {
    let final_result = matches!(body["result"]["resultStatus"].as_str(), Some("S" | "F"));
    let capture = body["captureRequestId"].as_str();
    let refund = body["refundRequestId"].as_str();
    let one = match kind {
        MessageKind::NotifyCapture | MessageKind::CaptureResponse if final_result => {
            Some(Settles::Capture(capture))
        }
        MessageKind::NotifyPayment if body["notifyType"] == "PAYMENT_RESULT" => {
            Some(Settles::Payment)
        }
        MessageKind::PayResponse | MessageKind::CancelResponse if final_result => {
            Some(Settles::Payment)
        }
        MessageKind::NotifyRefund | MessageKind::RefundResponse if final_result => {
            refund.map(Settles::Refund)
        }
        MessageKind::RefundInquiryResponse if is_end(&body["refundStatus"]) => {
            refund.map(Settles::Refund)
        }
        MessageKind::InquiryResponse if is_end(&body["paymentStatus"]) => Some(Settles::Payment),
        _ => None,
    };
    let transactions = body["transactions"].as_array().into_iter().flatten();
    let captures = transactions.filter(move |transaction| {
        kind == MessageKind::InquiryResponse
            && transaction["transactionType"] == "CAPTURE"
            && is_end(&transaction["transactionStatus"])
    });
    one.into_iter().chain(
        captures.map(|transaction| Settles::Capture(transaction["transactionRequestId"].as_str())),
    )
}

fn is_end(status: &Value) -> bool {
    matches!(status.as_str(), Some("SUCCESS" | "FAIL" | "CANCELLED"))
}

fn sha256_hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulator::Seal;

    const PAID: &[u8] = br#"{"notifyType":"PAYMENT_RESULT","result":{"resultStatus":"S"}}"#;

    fn notification(
        kind: &str,
        forged: bool,
        acknowledged_at: Option<i64>,
        body: &[u8],
    ) -> NotificationRecord {
        NotificationRecord {
            kind: kind.to_owned(),
            result_status: "S".to_owned(),
            capture_request_id: None,
            refund_request_id: None,
            forged,
            seal: if forged {
                Seal::OtherKey
            } else {
                Seal::Genuine
            },
            withheld: false,
            body_sha256: sha256_hex(body),
            times_sent: 1,
            acknowledged_at,
            sendings: Vec::new(),
        }
    }

    fn evidence(kind: MessageKind, received_at: i64, body: &[u8]) -> Evidence {
        let message = SignedMessage {
            kind,
            path: "/notify".to_owned(),
            client_id: "C".to_owned(),
            time: "1".to_owned(),
            signature: "s".to_owned(),
            key_version: "1".to_owned(),
            body: body.to_vec(),
        };
        crate::audit::testing::entry(message, received_at)
    }

    #[test]
    fn an_acknowledgement_needs_earlier_evidence_of_the_same_fact() {
        let paid = notification("PAYMENT_RESULT", false, Some(100), PAID);
        assert!(
            acknowledged_too_early(&paid, &[evidence(MessageKind::NotifyPayment, 99, PAID)])
                .is_none()
        );
        assert!(
            acknowledged_too_early(&paid, &[evidence(MessageKind::NotifyPayment, 101, PAID)])
                .is_some(),
            "the sweep healed it afterwards"
        );
        assert!(acknowledged_too_early(&paid, &[]).is_some());
        let asked =
            br#"{"result":{"resultStatus":"S"},"paymentStatus":"SUCCESS","transactions":null}"#;
        assert!(
            acknowledged_too_early(&paid, &[evidence(MessageKind::InquiryResponse, 50, asked)])
                .is_none()
        );
        let processing = br#"{"result":{"resultStatus":"S"},"paymentStatus":"PROCESSING"}"#;
        assert!(
            acknowledged_too_early(
                &paid,
                &[evidence(MessageKind::InquiryResponse, 50, processing)]
            )
            .is_some()
        );
    }

    #[test]
    fn a_captures_acknowledgement_is_not_covered_by_the_payments_evidence() {
        let captured = notification("CAPTURE_RESULT", false, Some(100), b"{}");
        assert!(
            acknowledged_too_early(&captured, &[evidence(MessageKind::NotifyPayment, 50, PAID)])
                .is_some()
        );
        let asked = br#"{"paymentStatus":"SUCCESS","transactions":[{"transactionType":"CAPTURE","transactionStatus":"SUCCESS"}]}"#;
        assert!(
            acknowledged_too_early(
                &captured,
                &[evidence(MessageKind::InquiryResponse, 50, asked)]
            )
            .is_none()
        );
        let pending = notification("PAYMENT_PENDING", false, Some(100), b"{}");
        assert!(
            acknowledged_too_early(&pending, &[]).is_none(),
            "settles nothing"
        );
    }

    #[test]
    fn of_several_captures_and_refunds_each_needs_its_own_evidence() {
        let transfer =
            |kind: &str, capture: Option<&str>, refund: Option<&str>| NotificationRecord {
                capture_request_id: capture.map(str::to_owned),
                refund_request_id: refund.map(str::to_owned),
                ..notification(kind, false, Some(100), b"{}")
            };
        let second = transfer("CAPTURE_RESULT", Some("C2"), None);
        let told = |id: &str| {
            let body = format!(r#"{{"result":{{"resultStatus":"S"}},"captureRequestId":"{id}"}}"#);
            evidence(MessageKind::NotifyCapture, 50, body.as_bytes())
        };
        assert!(acknowledged_too_early(&second, &[told("C1")]).is_some());
        assert!(acknowledged_too_early(&second, &[told("C1"), told("C2")]).is_none());
        let refunded = transfer("REFUND_RESULT", None, Some("F2"));
        let asked = |id: &str, status: &str| {
            let body = format!(
                r#"{{"result":{{"resultStatus":"S"}},"refundStatus":"{status}","refundRequestId":"{id}"}}"#
            );
            evidence(MessageKind::RefundInquiryResponse, 50, body.as_bytes())
        };
        assert!(acknowledged_too_early(&refunded, &[asked("F1", "SUCCESS")]).is_some());
        assert!(acknowledged_too_early(&refunded, &[asked("F2", "PROCESSING")]).is_some());
        assert!(acknowledged_too_early(&refunded, &[asked("F2", "SUCCESS")]).is_none());
        assert!(
            acknowledged_too_early(&refunded, &[evidence(MessageKind::NotifyPayment, 50, PAID)])
                .is_some()
        );
    }

    #[test]
    fn a_cancelled_payment_is_settled_by_the_answer_to_cancel() {
        let cancelled = notification("PAYMENT_RESULT", false, Some(100), b"{}");
        let answer = br#"{"result":{"resultStatus":"S"}}"#;
        let done = evidence(MessageKind::CancelResponse, 50, answer);
        assert!(acknowledged_too_early(&cancelled, &[done]).is_none());
        let unclear = br#"{"result":{"resultStatus":"U"}}"#;
        let unclear = evidence(MessageKind::CancelResponse, 50, unclear);
        assert!(acknowledged_too_early(&cancelled, &[unclear]).is_some());
    }

    #[test]
    fn forgeries_are_found_by_acknowledgement_and_by_trace() {
        let forged = b"{\"forged\":true}";
        let acknowledged = notification("PAYMENT_RESULT", true, Some(5), forged);
        assert!(believed(&[], &acknowledged, &[]).is_some());
        let refused = notification("PAYMENT_RESULT", true, None, forged);
        assert!(believed(&[], &refused, &[]).is_none());
        assert!(
            believed(
                &[],
                &refused,
                &[evidence(MessageKind::NotifyPayment, 1, forged)]
            )
            .is_some()
        );
        let same_bytes = notification("PAYMENT_RESULT", true, None, PAID);
        let genuine = notification("PAYMENT_RESULT", false, Some(5), PAID);
        assert!(
            believed(
                &[genuine],
                &same_bytes,
                &[evidence(MessageKind::NotifyPayment, 1, PAID)]
            )
            .is_none()
        );
    }
}
