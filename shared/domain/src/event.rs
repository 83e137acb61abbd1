//! Everything that can happen to a payment.

use crate::message::{
    Answer, CaptureNotification, CaptureReport, InquiryReport, PayReport, PaymentNotification,
};
use crate::{CaptureRequestId, NewPayment};

/// Something that happened, as [`crate::decide()`] takes it. Messages of the provider stand here only after their
/// signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Pay is about to be called. To be committed before the call.
    PayStarted,
    /// What became of the call to pay.
    PayAnswered(Answer<PayReport>),
    /// What became of an inquiry.
    Inquired(Answer<InquiryReport>),
    /// notifyPayment came.
    PaymentNotified(PaymentNotification),
    /// The merchant asks for the capture.
    CaptureAsked,
    /// What became of a call to capture.
    CaptureAnswered(CaptureRequestId, Answer<CaptureReport>),
    /// notifyCapture came.
    CaptureNotified(CaptureNotification),
    /// The merchant creates a payment that POP told of first.
    OrderArrived(NewPayment),
    /// POP's id turned out to belong to another payment of ours.
    PaymentIdTaken,
    /// The row's time has come and no one needs to be asked: limits are looked at.
    TimePassed,
    /// These outbox messages were sent.
    Sent(Vec<String>),
}
