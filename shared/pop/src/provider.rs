//! The gateway as the functions see it.

use crate::pay_request::PayRequest;
use domain::evidence::SignedMessage;
use domain::message::{
    Answer, CancelReport, CaptureReport, InquiryReport, NoAnswer, PayReport, RefundReport,
};
use domain::plan::{CaptureOrder, RefundOrder};
use domain::{PaymentRequestId, RefundRequestId};

/// What came of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange<T> {
    /// What the provider said, or why there is nothing to believe. The latter never means that nothing happened.
    pub answer: Answer<T>,
    /// The signed answer for the evidence trail; there exactly if its signature was verified.
    pub message: Option<SignedMessage>,
}

impl<T> Exchange<T> {
    /// A call without an answer to believe.
    #[must_use]
    pub fn none(reason: NoAnswer) -> Self {
        Self {
            answer: Answer::None(reason),
            message: None,
        }
    }
}

/// POP, or what plays it in a test. No call is repeated in here: what to do about a missing answer is for the rules.
pub trait Provider: Send + Sync {
    /// Asks for an authorisation.
    fn pay(&self, request: &PayRequest<'_>) -> impl Future<Output = Exchange<PayReport>> + Send;

    /// Asks where a payment stands.
    fn inquire(
        &self,
        id: &PaymentRequestId,
    ) -> impl Future<Output = Exchange<InquiryReport>> + Send;

    /// Asks for a capture.
    fn capture(&self, order: &CaptureOrder)
    -> impl Future<Output = Exchange<CaptureReport>> + Send;

    /// Asks to cancel a payment as a whole.
    fn cancel(&self, id: &PaymentRequestId) -> impl Future<Output = Exchange<CancelReport>> + Send;

    /// Asks for a refund.
    fn refund(&self, order: &RefundOrder) -> impl Future<Output = Exchange<RefundReport>> + Send;

    /// Asks where a refund stands.
    fn inquire_refund(
        &self,
        id: &RefundRequestId,
    ) -> impl Future<Output = Exchange<RefundReport>> + Send;
}
