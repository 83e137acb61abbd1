//! Stored messages: verified again from their bytes, and read as they were.

use crate::support::{
    CLIENT, OTHER_SPKI, PATH, PROVIDER_PKCS8, TIME, header, provider_keys, sample,
};
use domain::evidence::{MessageKind, SignedMessage};
use domain::{CaptureRequestId, Event, RefundRequestId};
use pop::keys::VerifyingKeys;
use pop::recheck::{RecheckError, Rechecked, recheck};
use pop::request::{
    CANCEL_PATH, CAPTURE_PATH, INQUIRY_PATH, PAY_PATH, REFUND_INQUIRY_PATH, REFUND_PATH,
};
use pop::verify::VerifyError;

fn stored(kind: MessageKind, path: &str, body: &[u8]) -> SignedMessage {
    SignedMessage {
        kind,
        path: path.to_owned(),
        client_id: CLIENT.to_owned(),
        time: TIME.to_owned(),
        signature: header(PROVIDER_PKCS8, path, CLIENT, TIME, body),
        key_version: "1".to_owned(),
        body: body.to_vec(),
    }
}

/// A message of each kind, with what it is about.
fn all() -> Vec<(SignedMessage, Option<&'static str>)> {
    use MessageKind::*;
    let answer = br#"{"result":{"resultStatus":"U","resultCode":"UNKNOWN_EXCEPTION"}}"#.as_slice();
    let refund =
        br#"{"notifyType":"REFUND_RESULT","refundRequestId":"R1","refundStatus":"SUCCESS"}"#;
    let capture = br#"{"notifyType":"CAPTURE_RESULT","paymentId":"P"}"#;
    vec![
        (
            stored(
                NotifyPayment,
                PATH,
                sample!("notify_payment_success_caav_typo"),
            ),
            None,
        ),
        (stored(NotifyCapture, PATH, capture), None),
        (stored(NotifyRefund, PATH, refund), None),
        (stored(PayResponse, PAY_PATH, answer), None),
        (stored(InquiryResponse, INQUIRY_PATH, answer), None),
        (stored(CaptureResponse, CAPTURE_PATH, answer), Some("C1")),
        (stored(CancelResponse, CANCEL_PATH, answer), None),
        (stored(RefundResponse, REFUND_PATH, answer), Some("R1")),
        (
            stored(RefundInquiryResponse, REFUND_INQUIRY_PATH, answer),
            Some("R1"),
        ),
    ]
}

fn again(message: &SignedMessage) -> Result<Rechecked, RecheckError> {
    recheck(&provider_keys(), CLIENT, message)
}

#[test]
fn each_kind_is_verified_again_and_read_as_what_it_was() {
    for (message, about) in all() {
        let rechecked = again(&message).unwrap();
        let event = rechecked.event(about).unwrap();
        let is_right = match (&event, message.kind) {
            (Event::PaymentNotified(_), MessageKind::NotifyPayment)
            | (Event::CaptureNotified(_), MessageKind::NotifyCapture)
            | (Event::RefundNotified(_), MessageKind::NotifyRefund)
            | (Event::PayAnswered(_), MessageKind::PayResponse)
            | (Event::Inquired(_), MessageKind::InquiryResponse)
            | (Event::CancelAnswered(_), MessageKind::CancelResponse) => true,
            (Event::CaptureAnswered(id, _), MessageKind::CaptureResponse) => {
                *id == CaptureRequestId::new("C1").unwrap()
            }
            (Event::RefundAnswered(id, _), MessageKind::RefundResponse)
            | (Event::RefundInquired(id, _), MessageKind::RefundInquiryResponse) => {
                *id == RefundRequestId::new("R1").unwrap()
            }
            _ => false,
        };
        assert!(is_right, "{event:?}");
        assert!(event.is_providers_word());
        assert_eq!(event.about().as_deref(), about);
        if about.is_some() {
            assert_eq!(rechecked.event(None), None, "about what, is not known");
        }
    }
}

#[test]
fn what_was_changed_is_not_believed() {
    for (message, _) in all() {
        let changes: [fn(&mut SignedMessage); 4] = [
            |m| m.body.push(b' '),
            |m| m.time.push('0'),
            |m| m.path.push('x'),
            |m| m.client_id.push('x'),
        ];
        for change in changes {
            let mut changed = message.clone();
            change(&mut changed);
            again(&changed).unwrap_err();
        }
        for kind in [
            MessageKind::NotifyOther,
            MessageKind::NotifyPayment,
            MessageKind::PayResponse,
            MessageKind::RefundInquiryResponse,
        ] {
            let other = SignedMessage {
                kind,
                ..message.clone()
            };
            assert_eq!(again(&other).is_ok(), kind == message.kind);
        }
    }
}

#[test]
fn a_retired_key_must_be_given_again() {
    let (message, _) = all().remove(0);
    let parse = |text: &str| VerifyingKeys::parse(text).unwrap();
    let new = parse(&format!("2={OTHER_SPKI}"));
    let error = recheck(&new, CLIENT, &message).unwrap_err();
    assert_eq!(error, RecheckError::UnknownKey);
    assert!(error.to_string().contains("retired"));
    // The right version, another key: not the signature of that key.
    let wrong = parse(&format!("1={OTHER_SPKI}"));
    let error = recheck(&wrong, CLIENT, &message).unwrap_err();
    assert_eq!(error, RecheckError::Verify(VerifyError::BadSignature));
}

#[test]
fn what_nothing_acts_on_is_no_event() {
    let other = stored(MessageKind::NotifyOther, PATH, br#"{"notifyType":"NEW"}"#);
    assert_eq!(again(&other).unwrap().event(None), None);
    let unreadable = stored(
        MessageKind::NotifyRefund,
        PATH,
        br#"{"notifyType":"REFUND_RESULT"}"#,
    );
    assert_eq!(again(&unreadable).unwrap().event(None), None);
}
