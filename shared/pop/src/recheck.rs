//! Stored messages, verified again from their bytes: what an audit trusts, years later and offline.

use crate::keys::VerifyingKeys;
use crate::notification::Notification;
use crate::request::{
    CANCEL_PATH, CAPTURE_PATH, INQUIRY_PATH, PAY_PATH, REFUND_INQUIRY_PATH, REFUND_PATH, path_for,
};
use crate::verify::{
    AnswerHeaders, NotificationHeaders, Verified, VerifiedAnswer, VerifyError, verify_answer,
    verify_notification,
};
use crate::{answer, notification};
use domain::evidence::{MessageKind, SignedMessage};
use domain::{CaptureRequestId, Event, RefundRequestId};

/// A stored message whose signature holds.
#[derive(Debug)]
pub enum Rechecked {
    /// One that POP sent by itself.
    Notification(Verified),
    /// One that answered a call of ours.
    Answer(VerifiedAnswer),
}

/// Why a stored message is not believed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecheckError {
    /// The key that verified it when it came is not among those given, and none of these verifies it.
    #[error(
        "the key that verified it then is not given: give POP's retired keys too, each with its version"
    )]
    UnknownKey,
    /// The message is not what POP signed.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// It is noted as another kind of message than it is.
    #[error("it is noted as another kind of message than it is")]
    OtherKind,
}

/// Verifies a stored message with what is stored of it: path, client, time, signature and body.
pub fn recheck(
    keys: &VerifyingKeys,
    client_id: &str,
    message: &SignedMessage,
) -> Result<Rechecked, RecheckError> {
    // The path is signed, and tells an answer from a notification and one answer from another.
    let is_for = |path: &&str| message.path == path_for(client_id, path);
    let rechecked = match (CALLS.iter().find(|path| is_for(path)), message.kind) {
        (None, _) => notification(keys, client_id, message).map(Rechecked::Notification),
        (Some(path), kind) if answered_path(kind) == Some(path) => {
            answer(keys, client_id, message).map(Rechecked::Answer)
        }
        (Some(_), _) => return Err(RecheckError::OtherKind),
    };
    let rechecked = rechecked.map_err(|error| match error {
        VerifyError::BadSignature if !keys.has(&message.key_version) => RecheckError::UnknownKey,
        error => error.into(),
    })?;
    if rechecked.kind() == message.kind {
        Ok(rechecked)
    } else {
        Err(RecheckError::OtherKind)
    }
}

fn notification(
    keys: &VerifyingKeys,
    client_id: &str,
    message: &SignedMessage,
) -> Result<Verified, VerifyError> {
    let headers = NotificationHeaders::new(&message.client_id, &message.time, &message.signature);
    let (path, body) = (&message.path, &message.body);
    verify_notification(keys, client_id, path, None, &headers, body)
}

fn answer(
    keys: &VerifyingKeys,
    client_id: &str,
    message: &SignedMessage,
) -> Result<VerifiedAnswer, VerifyError> {
    let headers = AnswerHeaders::new(&message.client_id, &message.time, &message.signature);
    let (path, body) = (&message.path, &message.body);
    verify_answer(keys, client_id, path, message.kind, &headers, body)
}

const CALLS: [&str; 6] = [
    PAY_PATH,
    INQUIRY_PATH,
    CAPTURE_PATH,
    CANCEL_PATH,
    REFUND_PATH,
    REFUND_INQUIRY_PATH,
];

/// The call that a kind of answer answers; `None` for notifications.
fn answered_path(kind: MessageKind) -> Option<&'static str> {
    match kind {
        MessageKind::NotifyPayment
        | MessageKind::NotifyCapture
        | MessageKind::NotifyRefund
        | MessageKind::NotifyOther => None,
        MessageKind::PayResponse => Some(PAY_PATH),
        MessageKind::InquiryResponse => Some(INQUIRY_PATH),
        MessageKind::CaptureResponse => Some(CAPTURE_PATH),
        MessageKind::CancelResponse => Some(CANCEL_PATH),
        MessageKind::RefundResponse => Some(REFUND_PATH),
        MessageKind::RefundInquiryResponse => Some(REFUND_INQUIRY_PATH),
    }
}

impl Rechecked {
    fn kind(&self) -> MessageKind {
        match self {
            Self::Notification(verified) => verified.message().kind,
            Self::Answer(verified) => verified.message().kind,
        }
    }

    /// What it says, as the rules took it; `about` is our id of the capture or refund that it answers about. `None` for
    /// what cannot be acted on.
    #[must_use]
    pub fn event(&self, about: Option<&str>) -> Option<Event> {
        match self {
            Self::Notification(verified) => match notification::read(verified).ok()? {
                Notification::Payment(said) => Some(Event::PaymentNotified(said)),
                Notification::Capture(said) => Some(Event::CaptureNotified(said)),
                Notification::Refund(said) => Some(Event::RefundNotified(said)),
                Notification::Other { .. } => None,
            },
            Self::Answer(verified) => answered(verified, about),
        }
    }
}

fn answered(verified: &VerifiedAnswer, about: Option<&str>) -> Option<Event> {
    let refund = || RefundRequestId::new(about?).ok();
    match verified.message().kind {
        MessageKind::PayResponse => Some(Event::PayAnswered(answer::read_pay(verified))),
        MessageKind::InquiryResponse => Some(Event::Inquired(answer::read_inquiry(verified))),
        MessageKind::CancelResponse => Some(Event::CancelAnswered(answer::read_cancel(verified))),
        MessageKind::CaptureResponse => {
            let id = CaptureRequestId::new(about?).ok()?;
            Some(Event::CaptureAnswered(id, answer::read_capture(verified)))
        }
        MessageKind::RefundResponse => Some(Event::RefundAnswered(
            refund()?,
            answer::read_refund(verified),
        )),
        MessageKind::RefundInquiryResponse => {
            let read = answer::read_refund_inquiry(verified);
            Some(Event::RefundInquired(refund()?, read))
        }
        _ => None,
    }
}
