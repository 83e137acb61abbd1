//! A payment as callers see it. No card data beyond the checks' letters, no personal data.

use domain::codes::{PayFailure, pay_failure};
use domain::{Money, Payment, Status};
use runtime::http::Response;
use serde_json::{Value, json};

pub(crate) fn response(payment: &Payment) -> Response {
    with_status(200, payment)
}

pub(crate) fn with_status(status: u16, payment: &Payment) -> Response {
    Response::json(status, of(payment).to_string())
}

pub(crate) fn of(payment: &Payment) -> Value {
    json!({
        "paymentRequestId": payment.id,
        "orderId": payment.order_id(),
        "paymentId": payment.payment_id,
        "amount": payment.amount,
        "captureMode": payment.capture_mode,
        "status": payment.status,
        "review": payment.review.as_ref().map(|review| review.reason.code()),
        "expiresAt": payment.expires_at.rfc3339(),
        "captureBy": payment.capture_by.map(domain::Time::rfc3339),
        "redirect": payment.redirect,
        "decline": decline(payment),
        "captured": captured(payment),
        "avsResultRaw": payment.card.avs_result_raw,
        "cvvResultRaw": payment.card.cvv_result_raw,
    })
}

/// What to do about a decline; the buyer's page shows the advice, never the code.
fn decline(payment: &Payment) -> Option<Value> {
    let code = payment
        .end_code
        .as_deref()
        .filter(|_| payment.status == Status::Declined)?;
    let advice = match pay_failure(code) {
        PayFailure::Declined(advice) => Some(advice),
        _ => None,
    };
    Some(json!({ "code": code, "advice": advice }))
}

fn captured(payment: &Payment) -> Option<Money> {
    Money::new(payment.captured_minor(), payment.amount.currency()).ok()
}
