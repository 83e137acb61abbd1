//! Everything that can happen to a payment.

use crate::message::{
    Answer, CancelReport, CaptureNotification, CaptureReport, InquiryReport, PayReport,
    PaymentNotification, RefundNotification, RefundReport,
};
use crate::{
    CancelBy, CaptureRequestId, Money, NewPayment, PaymentRequestId, RefundRequestId, Resolution,
};
use serde::{Deserialize, Serialize};

/// Something that happened, as [`crate::decide()`] takes it. Messages of the provider stand here only after their
/// signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Pay is about to be called. To be committed before the call.
    PayStarted {
        /// The buyer agreed that the card is stored.
        save_card: bool,
    },
    /// What became of the call to pay.
    PayAnswered(Answer<PayReport>),
    /// What became of an inquiry.
    Inquired(Answer<InquiryReport>),
    /// notifyPayment came.
    PaymentNotified(PaymentNotification),
    /// The merchant asks for a capture.
    CaptureAsked(CaptureRequest),
    /// What became of a call to capture.
    CaptureAnswered(CaptureRequestId, Answer<CaptureReport>),
    /// notifyCapture came.
    CaptureNotified(CaptureNotification),
    /// Somebody wants the payment cancelled. To be committed before POP is asked.
    CancelAsked(CancelBy),
    /// What became of a call to cancel.
    CancelAnswered(Answer<CancelReport>),
    /// The merchant asks for a refund. To be committed before POP is asked.
    RefundAsked(RefundRequest),
    /// What became of a call to refund.
    RefundAnswered(RefundRequestId, Answer<RefundReport>),
    /// What became of an inquiry about a refund.
    RefundInquired(RefundRequestId, Answer<RefundReport>),
    /// notifyRefund came.
    RefundNotified(RefundNotification),
    /// The buyer tries again with this attempt.
    Retried(PaymentRequestId),
    /// The merchant creates a payment that POP told of first.
    OrderArrived(NewPayment),
    /// POP's id turned out to belong to another payment of ours.
    PaymentIdTaken,
    /// A person decided about the payment in review.
    Resolved(Resolution),
    /// The row's time has come and no one needs to be asked: limits are looked at.
    TimePassed,
    /// These outbox messages were sent.
    Sent(Vec<String>),
}

impl Event {
    /// Whether it is the word of the provider. Such an event is worked in together with the signed message that says so.
    #[must_use]
    pub fn is_providers_word(&self) -> bool {
        match self {
            Self::PayAnswered(answer) => is_verified(answer),
            Self::Inquired(answer) => is_verified(answer),
            Self::CaptureAnswered(_, answer) => is_verified(answer),
            Self::CancelAnswered(answer) => is_verified(answer),
            Self::RefundAnswered(_, answer) | Self::RefundInquired(_, answer) => {
                is_verified(answer)
            }
            Self::PaymentNotified(_) | Self::CaptureNotified(_) | Self::RefundNotified(_) => true,
            _ => false,
        }
    }

    /// Our id of the capture or refund that an answer is the answer to; the answer need not repeat it.
    #[must_use]
    pub fn about(&self) -> Option<String> {
        match self {
            Self::CaptureAnswered(id, _) => Some(id.to_string()),
            Self::RefundAnswered(id, _) | Self::RefundInquired(id, _) => Some(id.to_string()),
            _ => None,
        }
    }
}

fn is_verified<T>(answer: &Answer<T>) -> bool {
    matches!(answer, Answer::Verified(..))
}

/// A capture that the merchant asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureRequest {
    /// Which capture of the payment this is, from 1: asking for the same number again changes nothing.
    pub number: u32,
    /// How much; all that is left if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Whether none is to follow.
    pub last: bool,
}

impl CaptureRequest {
    /// The one full capture.
    #[must_use]
    pub fn full() -> Self {
        Self {
            number: 1,
            amount: None,
            last: false,
        }
    }
}

/// A refund that the merchant asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRequest {
    /// The idempotency key: asking with the same id again changes nothing.
    pub request_id: RefundRequestId,
    /// How much; all that is left if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// For the buyer's statement, at most 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
