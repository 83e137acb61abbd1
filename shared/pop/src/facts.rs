//! What answers and notifications have in common: results, amounts, card checks.

use crate::document::{Fields, ReadError};
use domain::message::{
    Acquirer, AmountSeen, CardResult, Outcome, PaymentFacts, ReportedStatus, ResultStatus,
};
use domain::{Money, PaymentId, PaymentRequestId, Time};

/// The longest `resultCode` of the contract; what is longer is cut.
const MAX_CODE: usize = 64;
/// The longest of the raw facts that are kept (`networkTransactionId` has up to 256).
const MAX_FACT: usize = 256;

/// `resultCode` or a field like it; empty if there is none.
pub(crate) fn code(fields: Fields<'_>, name: &str) -> String {
    let text = fields.text(name).unwrap_or_default();
    text.chars().take(MAX_CODE).collect()
}

/// `result`, or the result of one transaction. Without one, or with an unknown word, nothing can be decided on it.
pub(crate) fn outcome(fields: Fields<'_>, name: &str) -> Outcome {
    let result = fields.object(name);
    let status = match result.text("resultStatus").as_deref() {
        Some("S") => ResultStatus::Success,
        Some("F") => ResultStatus::Failure,
        Some("U") => ResultStatus::Unknown,
        _ => ResultStatus::Other,
    };
    let code = code(result, "resultCode");
    Outcome { status, code }
}

pub(crate) fn amount(fields: Fields<'_>, name: &str) -> AmountSeen {
    if !fields.has(name) {
        return AmountSeen::Absent;
    }
    let amount = fields.object(name);
    let parts = amount.text("value").zip(amount.text("currency"));
    parts
        .and_then(|(value, currency)| Money::from_wire(&value, &currency).ok())
        .map_or(AmountSeen::Unreadable, AmountSeen::Is)
}

/// `paymentStatus` or `transactionStatus`.
pub(crate) fn status(fields: Fields<'_>, name: &str) -> ReportedStatus {
    match fields.text(name).as_deref() {
        Some("SUCCESS") => ReportedStatus::Success,
        Some("FAIL") => ReportedStatus::Fail,
        Some("CANCELLED" | "CANCELED") => ReportedStatus::Cancelled,
        Some("PROCESSING") => ReportedStatus::Processing,
        Some("PENDING") => ReportedStatus::Pending,
        _ => ReportedStatus::Other,
    }
}

pub(crate) fn payment(fields: Fields<'_>) -> Result<PaymentFacts, ReadError> {
    Ok(PaymentFacts {
        request_id: fields.id("paymentRequestId", PaymentRequestId::new)?,
        payment_id: fields.id("paymentId", PaymentId::new)?,
        amount: amount(fields, "paymentAmount"),
        auth_expires_at: fields
            .text("authExpiryTime")
            .and_then(|text| Time::parse(&text)),
        card: card(fields),
        acquirer: acquirer(fields),
    })
}

/// The cardholder's cryptogram, card number and token that may stand beside these are not read.
fn card(fields: Fields<'_>) -> CardResult {
    let info = fields.object("paymentResultInfo");
    let fact = |name| info.short_text(name, MAX_FACT);
    // An older shape of the inquiry's answer has the 3-D Secure result under `cardInfo`.
    let homes = [info, fields.object("cardInfo")].map(|home| home.object("threeDSResult"));
    let three_ds = |name| {
        homes
            .iter()
            .find_map(|home| home.short_text(name, MAX_FACT))
    };
    CardResult {
        avs_result_raw: fact("avsResultRaw"),
        cvv_result_raw: fact("cvvResultRaw"),
        network_transaction_id: fact("networkTransactionId"),
        eci: three_ds("eci"),
        three_ds_version: three_ds("threeDSVersion"),
        ds_transaction_id: three_ds("dsTransactionId"),
    }
}

fn acquirer(fields: Fields<'_>) -> Option<Acquirer> {
    let homes =
        [fields, fields.object("paymentResultInfo")].map(|home| home.object("acquirerInfo"));
    let fact = |name| {
        homes
            .iter()
            .find_map(|home| home.short_text(name, MAX_FACT))
    };
    let acquirer = Acquirer {
        name: fact("acquirerName"),
        reference_request_id: fact("referenceRequestId"),
        transaction_id: fact("acquirerTransactionId"),
    };
    (acquirer != Acquirer::default()).then_some(acquirer)
}
