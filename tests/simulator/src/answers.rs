//! The contents of answers and notifications.

use serde_json::{Value, json};

use crate::card_result;
use crate::challenge::FORM_FIELD;
use crate::desk::{outcome, refusal, result};
use crate::shape::Shape;
use crate::state::{Payment, PaymentState, Transfer, TransferState};

/// The answer to pay, the first time and each time after.
pub(crate) fn pay(payment: &Payment, shape: &Shape) -> Value {
    let mut answer = match payment.state {
        // What was authorised once is answered so for ever, whatever became of it later: inquiry tells that.
        _ if payment.authorisations > 0 => json!({ "result": outcome("SUCCESS", shape) }),
        PaymentState::Processing | PaymentState::Pending => in_process(),
        PaymentState::Success | PaymentState::Fail | PaymentState::Cancelled => {
            let mut answer = json!({ "result": outcome(payment.code, shape), "paymentRequestId": payment.request_id });
            if !shape.has("no result details") {
                answer["paymentResultInfo"] = card_result::write(payment, false, shape);
            }
            return answer;
        }
    };
    identify(&mut answer, payment, shape);
    if payment.is_open() {
        add_redirect(&mut answer, payment, shape);
    } else {
        add_authorisation(&mut answer, payment, payment.token_at_once, shape);
    }
    answer
}

fn in_process() -> Value {
    result("U", "PAYMENT_IN_PROCESS", "payment in process")
}

fn identify(answer: &mut Value, payment: &Payment, shape: &Shape) {
    answer["paymentRequestId"] = payment.request_id.clone().into();
    answer["paymentId"] = payment.id.clone().into();
    answer["paymentAmount"] = payment.amount.json();
    answer["paymentCreateTime"] = shape.time(payment.created);
}

/// Where the buyer has to go while the challenge is open; also as the older string with JSON in it.
fn add_redirect(answer: &mut Value, payment: &Payment, shape: &Shape) {
    let Some(challenge) = payment
        .challenge
        .as_ref()
        .filter(|_| payment.state == PaymentState::Processing)
    else {
        return;
    };
    let mut form = json!({ "method": "GET", "redirectUrl": challenge.url });
    if let Some(request) = &challenge.by_form {
        let parameters = json!({ FORM_FIELD: request });
        form["method"] = "POST".into();
        form["parameters"] = if shape.has("parameters as text") {
            parameters.to_string().into()
        } else {
            parameters
        };
    }
    if challenge.by_link {
        answer["normalUrl"] = challenge.url.clone().into();
    }
    let mut older = form.clone();
    older["paymentActionFormType"] = "RedirectActionForm".into();
    answer["redirectActionForm"] = form;
    answer["paymentActionForm"] = older.to_string().into();
}

/// What an authorised payment has on top.
fn add_authorisation(answer: &mut Value, payment: &Payment, token: bool, shape: &Shape) {
    if let Some(finished) = payment.finished.filter(|_| !shape.has("no payment time")) {
        answer["paymentTime"] = shape.time(finished);
    }
    // Left out only where the contract's seven days say the same.
    const SEVEN_DAYS: i64 = 7 * 24 * 3600 * 1000;
    let agreed = payment
        .authorised_until
        .zip(payment.finished)
        .is_some_and(|(until, from)| until - from == SEVEN_DAYS);
    if let Some(until) = payment
        .authorised_until
        .filter(|_| !(agreed && shape.has("no expiry of the authorisation")))
    {
        answer["authExpiryTime"] = shape.time(until);
    }
    // A token that was promised is not left out.
    let promised = token && payment.card_use.tokenize;
    if promised || !shape.has("no result details") {
        answer["paymentResultInfo"] = card_result::write(payment, token, shape);
    }
}

/// The answer to inquiryPayment.
pub(crate) fn inquiry(payment: Option<&Payment>, shape: &Shape) -> Value {
    let Some(payment) = payment else {
        return refusal("ORDER_NOT_EXIST", "order does not exist");
    };
    let mut answer = json!({
        "result": outcome("SUCCESS", shape),
        "paymentStatus": payment.state,
        "paymentResultCode": payment.code,
        "paymentResultMessage": if payment.code == "SUCCESS" { shape.success() } else { "see paymentResultCode" },
        "paymentMethodType": "CARD",
    });
    identify(&mut answer, payment, shape);
    match payment.state {
        PaymentState::Success => add_authorisation(&mut answer, payment, true, shape),
        PaymentState::Fail => {
            answer["paymentResultInfo"] = card_result::write(payment, false, shape);
        }
        _ => add_redirect(&mut answer, payment, shape),
    }
    add_metadata(&mut answer, payment);
    add_transactions(&mut answer, payment, shape);
    answer
}

/// Captures, refunds and the cancellation. Without any: `null`, and sometimes an empty list or nothing.
fn add_transactions(answer: &mut Value, payment: &Payment, shape: &Shape) {
    let mut list: Vec<Value> = payment
        .captures
        .iter()
        .map(|capture| transaction("CAPTURE", capture, shape))
        .collect();
    list.extend(
        payment
            .refunds
            .iter()
            .map(|refund| transaction("REFUND", refund, shape)),
    );
    if let Some((cancelled, kind)) = payment.cancelled.zip(payment.cancel_listed_as) {
        list.push(json!({
            "transactionType": kind, "transactionStatus": "SUCCESS", "transactionTime": shape.time(cancelled),
            "transactionAmount": payment.amount.json(), "transactionId": payment.id,
            "transactionResult": outcome("SUCCESS", shape),
        }));
    }
    if !list.is_empty() {
        answer["transactions"] = list.into();
    } else if !shape.has("no transactions at all") {
        answer["transactions"] = if shape.has("empty transactions") {
            json!([])
        } else {
            Value::Null
        };
    }
}

fn transaction(kind: &str, transfer: &Transfer, shape: &Shape) -> Value {
    let result = match transfer.state {
        TransferState::Processing => in_process()["result"].take(),
        _ => outcome(transfer.code, shape),
    };
    let mut entry = json!({
        "transactionType": kind,
        "transactionStatus": transfer.state,
        "transactionRequestId": transfer.request_id,
        "transactionId": transfer.id,
        "transactionAmount": transfer.amount.json(),
        "transactionResult": result,
    });
    // A sample of a successful capture shows no time, that of a failed one does.
    if let Some(finished) = transfer
        .finished
        .filter(|_| transfer.state == TransferState::Fail || !shape.has("no transaction time"))
    {
        entry["transactionTime"] = shape.time(finished);
    }
    entry
}

/// The answer to capture.
pub(crate) fn capture(payment: &Payment, capture: &Transfer, shape: &Shape) -> Value {
    match capture.state {
        TransferState::Processing => result("U", "CAPTURE_IN_PROCESS", "capture in process"),
        TransferState::Fail => json!({ "result": outcome(capture.code, shape) }),
        TransferState::Success => json!({
            "result": outcome("SUCCESS", shape),
            "captureRequestId": capture.request_id,
            "captureId": capture.id,
            "paymentId": payment.id,
            "captureAmount": capture.amount.json(),
            "captureTime": shape.time(capture.finished.unwrap_or(payment.created)),
        }),
    }
}

/// The answer to refund.
pub(crate) fn refund(payment: &Payment, refund: &Transfer, shape: &Shape) -> Value {
    match refund.state {
        TransferState::Processing => result("U", "REFUND_IN_PROCESS", "refund in process"),
        TransferState::Fail => json!({ "result": outcome(refund.code, shape) }),
        TransferState::Success => json!({
            "result": outcome("SUCCESS", shape),
            "refundRequestId": refund.request_id,
            "refundId": refund.id,
            "paymentId": payment.id,
            "refundAmount": refund.amount.json(),
            "refundTime": shape.time(refund.finished.unwrap_or(payment.created)),
        }),
    }
}

/// A notifyPayment body. `PAYMENT_PENDING` carries S although nothing is decided.
pub(crate) fn notify_payment(payment: &Payment, kind: &str, shape: &Shape) -> Value {
    let code = if kind == "PAYMENT_PENDING" {
        "SUCCESS"
    } else {
        payment.code
    };
    let mut body = json!({ "notifyType": kind, "result": outcome(code, shape) });
    identify(&mut body, payment, shape);
    if kind != "PAYMENT_PENDING" && payment.state == PaymentState::Success {
        add_authorisation(&mut body, payment, true, shape);
    }
    add_metadata(&mut body, payment);
    body
}

/// A notifyCapture body: it names no `paymentRequestId`.
pub(crate) fn notify_capture(payment: &Payment, capture: &Transfer, shape: &Shape) -> Value {
    let mut body = json!({
        "notifyType": "CAPTURE_RESULT",
        "result": outcome(capture.code, shape),
        "captureRequestId": capture.request_id,
        "captureId": capture.id,
        "paymentId": payment.id,
        "captureAmount": capture.amount.json(),
    });
    if let Some(finished) = capture.finished.filter(|_| !shape.has("no capture time")) {
        body["captureTime"] = shape.time(finished);
    }
    body
}

/// A notifyRefund body: it names neither the payment nor the merchant's order.
pub(crate) fn notify_refund(refund: &Transfer, shape: &Shape) -> Value {
    let mut body = json!({
        "notifyType": "REFUND_RESULT",
        "result": outcome(refund.code, shape),
        "refundStatus": refund.state,
        "refundRequestId": refund.request_id,
        "refundId": refund.id,
        "refundAmount": refund.amount.json(),
    });
    add_refund_details(&mut body, refund, shape);
    body
}

/// The answer to inquiryRefund: `result` tells of the inquiry, `refundStatus` of the refund.
pub(crate) fn inquiry_refund(refund: &Transfer, shape: &Shape) -> Value {
    let mut answer = json!({
        "result": outcome("SUCCESS", shape),
        "refundStatus": refund.state,
        "refundRequestId": refund.request_id,
        "refundId": refund.id,
        "refundAmount": refund.amount.json(),
    });
    add_refund_details(&mut answer, refund, shape);
    answer
}

fn add_refund_details(answer: &mut Value, refund: &Transfer, shape: &Shape) {
    let succeeded = refund.state == TransferState::Success;
    if let Some(finished) = refund.finished.filter(|_| succeeded) {
        answer["refundTime"] = shape.time(finished);
    }
    if succeeded && !shape.has("no refund references") {
        answer["acquirerInfo"] = card_result::acquirer(&refund.id);
        answer["arn"] = format!("arn{}", refund.id).into();
    }
}

fn add_metadata(answer: &mut Value, payment: &Payment) {
    if let Some(metadata) = &payment.metadata {
        answer["metadata"] = metadata.clone().into();
    }
}
