//! Everything that can happen to a payment.

use crate::message::{
    Answer, CancelReport, CaptureNotification, CaptureReport, InquiryReport, PayReport,
    PaymentNotification, RefundNotification, RefundReport,
};
use crate::{CancelBy, CaptureRequestId, Money, NewPayment, PaymentRequestId, RefundRequestId};

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
    /// The row's time has come and no one needs to be asked: limits are looked at.
    TimePassed,
    /// These outbox messages were sent.
    Sent(Vec<String>),
}

/// A capture that the merchant asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureRequest {
    /// Which capture of the payment this is, from 1: asking for the same number again changes nothing.
    pub number: u32,
    /// How much; all that is left if absent.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequest {
    /// The idempotency key: asking with the same id again changes nothing.
    pub request_id: RefundRequestId,
    /// How much; all that is left if absent.
    pub amount: Option<Money>,
    /// For the buyer's statement, at most 256 characters.
    pub reason: Option<String>,
}
