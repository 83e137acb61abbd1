//! A payment as callers see it: the merchant's server in full, the buyer's page without codes and letters. No card
//! data beyond the checks' letters, no personal data.

use domain::codes::{PayFailure, pay_failure};
use domain::stored_card::StoredCard;
use domain::{
    CancelState, Capture, CaptureState, Money, Payment, Refund, RefundState, SaveCard, Status,
    Time, checks,
};
use runtime::http::Response;
use serde_json::{Value, json};

/// The answer for the merchant's server.
pub(crate) fn for_merchant(status: u16, payment: &Payment) -> Response {
    Response::json(status, merchant(payment).to_string())
}

/// The answer for the buyer's page. `cards` are offered where the buyer can still pay.
pub(crate) fn for_page(status: u16, payment: &Payment, cards: &[StoredCard]) -> Response {
    Response::json(status, page(payment, cards).to_string())
}

pub(crate) fn merchant(payment: &Payment) -> Value {
    let sum = |minor| Money::new(minor, payment.amount.currency()).ok();
    json!({
        "paymentRequestId": payment.id,
        "orderId": payment.order_id(),
        "paymentId": payment.payment_id,
        "amount": payment.amount,
        "captureMode": payment.capture_mode,
        "status": payment.status,
        "review": payment.review.as_ref().map(|review| review.reason.code()),
        "closedAt": payment.closed_at().map(Time::rfc3339),
        "attempt": payment.attempt,
        "retriedAs": payment.retried_as,
        "orderHeldBy": payment.order_held_by,
        "expiresAt": payment.expires_at.rfc3339(),
        "authorizedAt": payment.authorized_at.map(Time::rfc3339),
        "captureBy": payment.capture_by.map(Time::rfc3339),
        "redirect": payment.redirect,
        "decline": decline(payment),
        "captured": sum(payment.captured_minor()),
        "captures": payment.captures.iter().map(capture).collect::<Vec<_>>(),
        "cancel": cancel(payment),
        "refunded": sum(payment.refunded_minor()),
        "refunds": payment.refunds.iter().map(refund).collect::<Vec<_>>(),
        "storedCard": saved_card(payment),
        "avs": payment.card.avs_result_raw.as_deref().map(avs),
        "cvv": payment.card.cvv_result_raw.as_deref().map(cvv),
        "threeDS": three_ds(payment),
        "networkTransactionId": payment.card.network_transaction_id,
        "acquirer": {
            "name": payment.acquirer.name,
            "referenceRequestId": payment.acquirer.reference_request_id,
            "transactionId": payment.acquirer.transaction_id,
        },
    })
}

fn page(payment: &Payment, cards: &[StoredCard]) -> Value {
    let order = payment.order.as_ref();
    let goods = order
        .map(|order| order.goods.as_slice())
        .unwrap_or_default();
    let goods: Vec<_> = goods
        .iter()
        .map(|line| {
            json!({
                "name": line.goods_name,
                "quantity": line.goods_quantity,
                "unitAmount": line.goods_unit_amount.map(amount),
            })
        })
        .collect();
    json!({
        "paymentRequestId": payment.id,
        "status": payment.status,
        "inReview": payment.review.is_some(),
        "amount": amount(payment.amount),
        "description": order.map(|order| &order.description),
        "goods": goods,
        "expiresAt": payment.expires_at.rfc3339(),
        "redirect": payment.redirect,
        "decline": decline(payment).map(|decline| json!({ "advice": decline["advice"] })),
        "canRetry": payment.is_retryable() || payment.can_be_given_up(),
        "retriedAs": payment.retried_as,
        "returnUrl": order.map(|order| &order.redirect_url),
        "canStoreCard": payment.buyer_id().is_some(),
        "storedCards": cards.iter().map(stored_card).collect::<Vec<_>>(),
    })
}

/// A stored card by our name for it; the token is not shown to anybody.
pub(crate) fn stored_card(card: &StoredCard) -> Value {
    json!({
        "storedCard": card.id,
        "brand": card.face.brand,
        "lastFour": card.face.last_four,
        "expiryMonth": card.face.expiry_month,
        "expiryYear": card.face.expiry_year,
        "savedAt": card.saved_at.rfc3339(),
    })
}

/// With the amount as people write it, which depends on the currency.
fn amount(money: Money) -> Value {
    let mut value = json!(money);
    value["decimal"] = money.decimal().into();
    value
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

fn capture(capture: &Capture) -> Value {
    let (state, code) = match &capture.state {
        CaptureState::Requested => ("requested", None),
        CaptureState::InProcess => ("in_process", None),
        CaptureState::Doubtful { code } => ("in_doubt", Some(code)),
        CaptureState::Succeeded => ("succeeded", None),
        CaptureState::Failed { code } => ("failed", Some(code)),
        CaptureState::Lapsed => ("lapsed", None),
    };
    json!({
        "captureRequestId": capture.request_id,
        "captureId": capture.capture_id,
        "amount": capture.amount,
        "state": state,
        "code": code,
    })
}

fn refund(refund: &Refund) -> Value {
    let (state, code) = match &refund.state {
        RefundState::Requested => ("requested", None),
        RefundState::InProcess => ("in_process", None),
        RefundState::Doubtful { code } => ("in_doubt", Some(code)),
        RefundState::Succeeded => ("succeeded", None),
        RefundState::Failed { code } => ("failed", Some(code)),
    };
    json!({
        "refundRequestId": refund.request_id,
        "refundId": refund.refund_id,
        "amount": refund.amount,
        "state": state,
        "code": code,
    })
}

fn cancel(payment: &Payment) -> Option<Value> {
    let cancel = payment.cancel.as_ref()?;
    let (state, code) = match &cancel.state {
        CancelState::Requested => ("requested", None),
        CancelState::Refused { code } => ("refused", Some(code)),
        CancelState::Done => ("done", None),
    };
    Some(json!({ "by": cancel.by, "state": state, "code": code }))
}

fn saved_card(payment: &Payment) -> Option<&domain::StoredCardId> {
    match &payment.save_card {
        SaveCard::Saved(card) => Some(card),
        _ => None,
    }
}

/// The letter and what it says; nothing is decided on it.
fn avs(raw: &str) -> Value {
    let check = checks::avs(raw);
    json!({ "raw": raw, "street": check.street, "postalCode": check.postal_code, "text": check.text })
}

fn cvv(raw: &str) -> Value {
    let check = checks::cvv(raw);
    json!({ "raw": raw, "code": check.code, "text": check.text })
}

fn three_ds(payment: &Payment) -> Option<Value> {
    let card = &payment.card;
    let eci = card.eci.as_deref();
    (eci.is_some() || card.three_ds_version.is_some()).then(|| {
        json!({
            "eci": eci,
            "authentication": eci.map(checks::three_ds),
            "version": card.three_ds_version,
            "dsTransactionId": card.ds_transaction_id,
        })
    })
}
