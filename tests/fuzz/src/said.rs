//! From a signed body to what the rules hear of it, as the functions do it.

use domain::evidence::MessageKind;
use domain::{Event, Payment};
use pop::answer;
use pop::notification::{self, Notification};
#[cfg(not(fuzzing))]
use pop::request;
use pop::verify::{Verified, VerifiedAnswer};

/// What a body stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Notification,
    Pay,
    Inquiry,
    Capture,
    Cancel,
    Refund,
    RefundInquiry,
}

impl Kind {
    pub(crate) const ANSWERS: [Self; 6] = [
        Self::Pay,
        Self::Inquiry,
        Self::Capture,
        Self::Cancel,
        Self::Refund,
        Self::RefundInquiry,
    ];

    fn message(self) -> MessageKind {
        match self {
            Self::Notification => MessageKind::NotifyOther,
            Self::Pay => MessageKind::PayResponse,
            Self::Inquiry => MessageKind::InquiryResponse,
            Self::Capture => MessageKind::CaptureResponse,
            Self::Cancel => MessageKind::CancelResponse,
            Self::Refund => MessageKind::RefundResponse,
            Self::RefundInquiry => MessageKind::RefundInquiryResponse,
        }
    }

    #[cfg(not(fuzzing))]
    fn path(self) -> &'static str {
        match self {
            Self::Notification => flows::events::NOTIFY_PATH,
            Self::Pay => request::PAY_PATH,
            Self::Inquiry => request::INQUIRY_PATH,
            Self::Capture => request::CAPTURE_PATH,
            Self::Cancel => request::CANCEL_PATH,
            Self::Refund => request::REFUND_PATH,
            Self::RefundInquiry => request::REFUND_INQUIRY_PATH,
        }
    }
}

/// The body as if POP had signed it: in the fuzzing build without a signature, which would take most of the time.
#[cfg(fuzzing)]
mod sealed {
    use super::{Kind, Verified, VerifiedAnswer};

    pub(super) fn notification(body: &[u8]) -> Option<Verified> {
        Some(Verified::unsigned(body))
    }

    pub(super) fn answer(kind: Kind, body: &[u8]) -> Option<VerifiedAnswer> {
        Some(VerifiedAnswer::unsigned(kind.message(), body))
    }
}

/// The body as POP signs it. `None` for what is refused although it is signed: it begins no JSON object or is too long.
#[cfg(not(fuzzing))]
mod sealed {
    use super::{Kind, Verified, VerifiedAnswer};
    use crate::world::KEYS;
    use flows::events::{CLIENT_ID, SENT_AT_MS, key};
    use pop::keys::SigningKey;
    use pop::signature::{sign, signed_content};
    use pop::verify::{AnswerHeaders, NotificationHeaders, verify_answer, verify_notification};
    use std::sync::LazyLock;

    static PROVIDER: LazyLock<SigningKey> =
        LazyLock::new(|| SigningKey::parse(&key("provider-private.pem")).unwrap());

    fn signature(path: &str, body: &[u8]) -> String {
        sign(
            &PROVIDER,
            "1",
            &signed_content(path, CLIENT_ID, SENT_AT_MS, body),
        )
        .unwrap()
    }

    pub(super) fn notification(body: &[u8]) -> Option<Verified> {
        let path = Kind::Notification.path();
        let signature = signature(path, body);
        let headers = NotificationHeaders::new(CLIENT_ID, SENT_AT_MS, &signature);
        verify_notification(&KEYS, CLIENT_ID, path, None, &headers, body).ok()
    }

    pub(super) fn answer(kind: Kind, body: &[u8]) -> Option<VerifiedAnswer> {
        let signature = signature(kind.path(), body);
        let headers = AnswerHeaders::new(CLIENT_ID, SENT_AT_MS, &signature);
        verify_answer(
            &KEYS,
            CLIENT_ID,
            kind.path(),
            kind.message(),
            &headers,
            body,
        )
        .ok()
    }
}

/// What the rules hear when this body comes signed, if it concerns this row.
pub(crate) fn event(kind: Kind, body: &[u8], row: &Payment) -> Option<Event> {
    if kind == Kind::Notification {
        return notified(&sealed::notification(body)?, row);
    }
    let verified = sealed::answer(kind, body)?;
    Some(match kind {
        Kind::Notification => return None,
        Kind::Pay => Event::PayAnswered(answer::read_pay(&verified)),
        Kind::Inquiry => Event::Inquired(answer::read_inquiry(&verified)),
        Kind::Capture => {
            let asked = row.captures.last()?.request_id.clone();
            Event::CaptureAnswered(asked, answer::read_capture(&verified))
        }
        Kind::Cancel => Event::CancelAnswered(answer::read_cancel(&verified)),
        Kind::Refund => {
            let asked = row.refunds.last()?.request_id.clone();
            Event::RefundAnswered(asked, answer::read_refund(&verified))
        }
        Kind::RefundInquiry => {
            let asked = row.refunds.last()?.request_id.clone();
            Event::RefundInquired(asked, answer::read_refund_inquiry(&verified))
        }
    })
}

/// A notification goes to the row that it names, by the id that its kind carries.
fn notified(verified: &Verified, row: &Payment) -> Option<Event> {
    let again = notification::read(verified);
    match notification::read(verified) {
        Ok(read) => {
            assert_eq!(again.as_ref(), Ok(&read), "read the same twice");
            match read {
                Notification::Payment(said) => {
                    (said.request_id == row.id).then_some(Event::PaymentNotified(said))
                }
                Notification::Capture(said) => (Some(&said.payment_id) == row.payment_id.as_ref())
                    .then_some(Event::CaptureNotified(said)),
                Notification::Refund(said) => {
                    let known = row
                        .refunds
                        .iter()
                        .any(|refund| refund.request_id == said.request_id);
                    known.then_some(Event::RefundNotified(said))
                }
                Notification::Other { named_kind, .. } => {
                    assert!(
                        named_kind.len() <= 64 && named_kind.bytes().all(|b| b.is_ascii_graphic())
                    );
                    None
                }
            }
        }
        Err(error) => {
            assert!(
                error.to_string().len() < 200,
                "an error repeats nothing of the message"
            );
            None
        }
    }
}
