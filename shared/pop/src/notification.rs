//! What a notification says (docs/provider.md, "Notifications").

use crate::document::{Fields, ReadError};
use crate::facts;
use crate::verify::Verified;
use domain::evidence::MessageKind;
use domain::message::{
    CaptureNotification, CaptureReport, PaymentNotification, RefundNotification, RefundReport,
};
use domain::{CaptureId, CaptureRequestId, PaymentId, PaymentRequestId, RefundId, RefundRequestId};

const MAX_KIND: usize = 64;

/// A notification in the domain's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notification {
    /// notifyPayment.
    Payment(PaymentNotification),
    /// notifyCapture.
    Capture(CaptureNotification),
    /// notifyRefund.
    Refund(RefundNotification),
    /// A kind that we do not act on (dispute, card stored without a payment, or one that is new): to be kept and acknowledged.
    Other {
        /// The kind it names: `notifyType`, or `disputeNotificationType` where there is none; `UNNAMED` otherwise.
        named_kind: String,
        /// The payment it names.
        request_id: Option<String>,
        /// POP's id that it names.
        payment_id: Option<String>,
    },
}

/// Reads a verified notification. An error means that it cannot be attached to anything: keep it, acknowledge it (it
/// would not get better by being sent again) and let a person look.
pub fn read(verified: &Verified) -> Result<Notification, ReadError> {
    let fields = verified.fields()?;
    match kind(fields) {
        MessageKind::NotifyPayment => payment(fields).map(Notification::Payment),
        MessageKind::NotifyCapture => capture(fields).map(Notification::Capture),
        MessageKind::NotifyRefund => refund(fields).map(Notification::Refund),
        _ => Ok(Notification::Other {
            named_kind: named_kind(fields).unwrap_or_else(|| "UNNAMED".to_owned()),
            request_id: fields
                .id("paymentRequestId", PaymentRequestId::new)?
                .map(|id| id.to_string()),
            payment_id: fields
                .id("paymentId", PaymentId::new)?
                .map(|id| id.to_string()),
        }),
    }
}

/// What a notification is, by its `notifyType`.
pub(crate) fn kind(fields: Fields<'_>) -> MessageKind {
    match fields.text("notifyType").as_deref() {
        Some("PAYMENT_RESULT" | "PAYMENT_PENDING") => MessageKind::NotifyPayment,
        Some("CAPTURE_RESULT") => MessageKind::NotifyCapture,
        Some("REFUND_RESULT") => MessageKind::NotifyRefund,
        _ => MessageKind::NotifyOther,
    }
}

/// Disputes have no `notifyType`.
fn named_kind(fields: Fields<'_>) -> Option<String> {
    let name = ["notifyType", "disputeNotificationType"]
        .into_iter()
        .find_map(|field| fields.short_text(field, MAX_KIND))?;
    name.bytes().all(|b| b.is_ascii_graphic()).then_some(name)
}

fn payment(fields: Fields<'_>) -> Result<PaymentNotification, ReadError> {
    Ok(PaymentNotification {
        request_id: fields.required_id("paymentRequestId", PaymentRequestId::new)?,
        is_final: fields.text("notifyType").as_deref() == Some("PAYMENT_RESULT"),
        outcome: facts::outcome(fields, "result"),
        facts: facts::payment(fields)?,
    })
}

fn capture(fields: Fields<'_>) -> Result<CaptureNotification, ReadError> {
    Ok(CaptureNotification {
        payment_id: fields.required_id("paymentId", PaymentId::new)?,
        outcome: facts::outcome(fields, "result"),
        capture: capture_report(fields)?,
    })
}

/// The fields that notifyCapture and the answer to capture share.
pub(crate) fn capture_report(fields: Fields<'_>) -> Result<CaptureReport, ReadError> {
    Ok(CaptureReport {
        request_id: fields.id("captureRequestId", CaptureRequestId::new)?,
        capture_id: fields.id("captureId", CaptureId::new)?,
        payment_id: fields.id("paymentId", PaymentId::new)?,
        amount: facts::amount(fields, "captureAmount"),
    })
}

fn refund(fields: Fields<'_>) -> Result<RefundNotification, ReadError> {
    Ok(RefundNotification {
        request_id: fields.required_id("refundRequestId", RefundRequestId::new)?,
        outcome: facts::outcome(fields, "result"),
        refund: refund_report(fields)?,
    })
}

/// The fields that notifyRefund and the answers to refund and inquiryRefund share.
pub(crate) fn refund_report(fields: Fields<'_>) -> Result<RefundReport, ReadError> {
    Ok(RefundReport {
        request_id: fields.id("refundRequestId", RefundRequestId::new)?,
        refund_id: fields.id("refundId", RefundId::new)?,
        payment_id: fields.id("paymentId", PaymentId::new)?,
        amount: facts::amount(fields, "refundAmount"),
        status: facts::status(fields, "refundStatus"),
    })
}
