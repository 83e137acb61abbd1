//! What an answer says (docs/provider.md, "Pay", "Inquiry", "Capture", "Cancel", "Refund"). One that was signed but cannot be read is no
//! answer: the payment's state stays unknown.

use crate::document::{Fields, ReadError};
use crate::verify::VerifiedAnswer;
use crate::{facts, notification, url};
use domain::message::{
    Answer, CancelReport, CaptureReport, InquiryReport, NoAnswer, PayReport, Redirect,
    RefundReport, ReportedCapture,
};
use domain::{CaptureId, CaptureRequestId, PaymentId, PaymentRequestId};

/// The longest form fields of a redirect that are passed on, in bytes.
const MAX_PARAMETERS: usize = 16 * 1024;

/// Reads the answer to pay.
#[must_use]
pub fn read_pay(verified: &VerifiedAnswer) -> Answer<PayReport> {
    answer(verified, |fields| {
        Ok(PayReport {
            facts: facts::payment(fields)?,
            redirect: redirect(fields),
        })
    })
}

/// Reads the answer to inquiryPayment.
#[must_use]
pub fn read_inquiry(verified: &VerifiedAnswer) -> Answer<InquiryReport> {
    answer(verified, |fields| {
        Ok(InquiryReport {
            facts: facts::payment(fields)?,
            status: facts::status(fields, "paymentStatus"),
            code: facts::code(fields, "paymentResultCode"),
            captures: captures(fields)?,
        })
    })
}

/// Reads the answer to capture.
#[must_use]
pub fn read_capture(verified: &VerifiedAnswer) -> Answer<CaptureReport> {
    answer(verified, notification::capture_report)
}

/// Reads the answer to cancel.
#[must_use]
pub fn read_cancel(verified: &VerifiedAnswer) -> Answer<CancelReport> {
    answer(verified, |fields| {
        Ok(CancelReport {
            request_id: fields.id("paymentRequestId", PaymentRequestId::new)?,
            payment_id: fields.id("paymentId", PaymentId::new)?,
        })
    })
}

/// Reads the answer to refund, whose `result` is the refund's.
#[must_use]
pub fn read_refund(verified: &VerifiedAnswer) -> Answer<RefundReport> {
    answer(verified, notification::refund_report)
}

/// Reads the answer to inquiryRefund, whose `result` is the question's: the refund's stands in `refundStatus`.
#[must_use]
pub fn read_refund_inquiry(verified: &VerifiedAnswer) -> Answer<RefundReport> {
    answer(verified, notification::refund_report)
}

fn answer<T>(
    verified: &VerifiedAnswer,
    report: impl FnOnce(Fields<'_>) -> Result<T, ReadError>,
) -> Answer<T> {
    let read = verified
        .fields()
        .and_then(|fields| Ok((facts::outcome(fields, "result"), report(fields)?)));
    match read {
        Ok((outcome, report)) => Answer::Verified(outcome, report),
        Err(_) => Answer::None(NoAnswer::Unreadable),
    }
}

/// Where the buyer must go. Cards have `normalUrl`; the form says the same for clients that post.
fn redirect(fields: Fields<'_>) -> Option<Redirect> {
    let safe = |url: &String| url::is_safe(url);
    if let Some(url) = fields.text("normalUrl").filter(safe) {
        return Some(Redirect {
            method: "GET".to_owned(),
            url,
            parameters: None,
        });
    }
    let form = fields.object("redirectActionForm");
    let url = form.text("redirectUrl").filter(safe)?;
    let method = form.text("method").map(|word| word.to_ascii_uppercase());
    match method.as_deref() {
        Some("POST") => Some(Redirect {
            method: "POST".to_owned(),
            url,
            parameters: form.json_text("parameters", MAX_PARAMETERS),
        }),
        Some("GET") | None => Some(Redirect {
            method: "GET".to_owned(),
            url,
            parameters: None,
        }),
        Some(_) => None,
    }
}

/// Captures among the transactions; the others (authorisation, refund, cancellation, kinds to come) say nothing that
/// `paymentStatus` does not.
fn captures(fields: Fields<'_>) -> Result<Vec<ReportedCapture>, ReadError> {
    let is_capture = |transaction: &Fields<'_>| {
        // A guide of the provider spells the field without its second `c`.
        let kind = ["transactionType", "transationType"]
            .into_iter()
            .find_map(|field| transaction.text(field));
        kind.as_deref() == Some("CAPTURE")
    };
    fields
        .objects("transactions")
        .filter(is_capture)
        .map(|transaction| {
            Ok(ReportedCapture {
                request_id: transaction.id("transactionRequestId", CaptureRequestId::new)?,
                capture_id: transaction.id("transactionId", CaptureId::new)?,
                amount: facts::amount(transaction, "transactionAmount"),
                status: facts::status(transaction, "transactionStatus"),
                code: facts::outcome(transaction, "transactionResult").code,
            })
        })
        .collect()
}
