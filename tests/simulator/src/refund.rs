//! Refunds: decided at once, or later when captures of the card are slow.

use serde_json::{Value, json};

use crate::answers;
use crate::cards::CaptureOutcome;
use crate::desk::{Desk, outcome, refusal};
use crate::fields::{Fields, Money, Problem};
use crate::shape::Shape;
use crate::state::{Job, Payment, Transfer, TransferState};

fn read(body: &Value) -> Result<(String, String, Money), Problem> {
    let fields = Fields::of(body)?;
    fields.texts(&[
        ("referenceRefundId", 64),
        ("refundReason", 256),
        ("refundNotifyUrl", 1024),
    ])?;
    Ok((
        fields.required_text("refundRequestId", 64)?,
        fields.required_text("paymentId", 64)?,
        fields.required_amount("refundAmount")?,
    ))
}

impl Desk<'_> {
    /// Carries a refund call out. The result is announced to the payment's notification URL.
    pub(crate) fn refund(&mut self, body: &Value, shape: &Shape) -> Value {
        let (request_id, payment_id, amount) = match read(body) {
            Ok(request) => request,
            Err(problem) => return refusal("PARAM_ILLEGAL", &problem),
        };
        let Some(key) = self.state.by_payment_id.get(&payment_id).cloned() else {
            return refusal("ORDER_NOT_EXIST", "no such payment");
        };
        if let Some(owner) = self.state.by_refund.get(&request_id).cloned() {
            let consistent = self.update(&owner, |payment| {
                let refund = payment
                    .refunds
                    .iter_mut()
                    .find(|refund| refund.request_id == request_id);
                refund.is_some_and(|refund| {
                    refund.calls += 1;
                    owner == key && refund.amount == amount
                })
            });
            if consistent != Some(true) {
                return refusal(
                    "REPEAT_REQ_INCONSISTENT",
                    "a refund with this refundRequestId exists with other data",
                );
            }
            return self.answer_refund(&key, &request_id, shape);
        }
        let Some(payment) = self.state.payments.get(&key) else {
            return Value::Null;
        };
        let refused = why_refused(payment, &amount);
        let slow = payment.capture_outcome == CaptureOutcome::SucceedLater;
        let id = self.new_id("108040", &request_id);
        self.state.by_refund.insert(request_id.clone(), key.clone());
        self.update(&key, |payment| {
            payment.refunds.push(Transfer {
                request_id: request_id.clone(),
                id,
                amount,
                state: if refused.is_some() {
                    TransferState::Fail
                } else {
                    TransferState::Processing
                },
                code: refused.unwrap_or("REFUND_IN_PROCESS"),
                automatic: false,
                last: false,
                finished: None,
                calls: 1,
                effects: 0,
            });
        });
        match refused {
            Some(_) => {}
            None if slow => {
                let due = self.soon(self.config.timing.settle, &["refund", &request_id]);
                self.state
                    .schedule(due, Job::FinishRefund(key.clone(), request_id.clone()));
            }
            None => self.finish_refund(&key, &request_id),
        }
        self.answer_refund(&key, &request_id, shape)
    }

    fn answer_refund(&self, key: &str, request_id: &str, shape: &Shape) -> Value {
        let payment = self.state.payments.get(key);
        let found = payment.and_then(|payment| {
            Some((
                payment,
                payment
                    .refunds
                    .iter()
                    .find(|refund| refund.request_id == request_id)?,
            ))
        });
        found.map_or(Value::Null, |(payment, refund)| {
            answers::refund(payment, refund, shape)
        })
    }

    /// Gives the money back.
    pub(crate) fn finish_refund(&mut self, key: &str, request_id: &str) {
        let now = self.now;
        self.update(key, |payment| {
            for refund in payment
                .refunds
                .iter_mut()
                .filter(|refund| refund.request_id == request_id)
            {
                refund.state = TransferState::Success;
                refund.code = "SUCCESS";
                refund.finished = Some(now);
                refund.effects += 1;
            }
        });
        self.announce_refund(key, request_id);
    }

    /// Carries an inquiryRefund call out.
    pub(crate) fn inquiry_refund(&self, body: &Value, shape: &Shape) -> Value {
        let wanted = Fields::of(body).and_then(|fields| {
            Ok((
                fields.text("refundId", 64)?,
                fields.text("refundRequestId", 64)?,
            ))
        });
        let is_wanted = |refund: &&Transfer| match &wanted {
            Ok((Some(id), _)) => refund.id == *id,
            Ok((None, Some(request_id))) => refund.request_id == *request_id,
            _ => false,
        };
        match wanted {
            Err(ref problem) => return refusal("PARAM_ILLEGAL", problem),
            Ok((None, None)) => {
                return refusal("PARAM_ILLEGAL", "refundId or refundRequestId is required");
            }
            Ok(_) => {}
        }
        let Some(refund) = self
            .state
            .payments
            .values()
            .flat_map(|payment| &payment.refunds)
            .find(is_wanted)
        else {
            return refusal("ORDER_NOT_EXIST", "no such refund");
        };
        let mut answer = json!({
            "result": outcome("SUCCESS", shape),
            "refundRequestId": refund.request_id,
            "refundId": refund.id,
            "refundAmount": refund.amount.json(),
            "refundStatus": refund.state,
        });
        if let Some(finished) = refund.finished {
            answer["refundTime"] = shape.time(finished);
        }
        answer
    }
}

fn why_refused(payment: &Payment, amount: &Money) -> Option<&'static str> {
    let captured: u64 = payment
        .captures
        .iter()
        .filter(|capture| capture.state == TransferState::Success)
        .map(|capture| capture.amount.value)
        .sum();
    let refunded: u64 = payment
        .refunds
        .iter()
        .filter(|refund| refund.counts())
        .map(|refund| refund.amount.value)
        .sum();
    if captured == 0 {
        Some("ORDER_STATUS_INVALID")
    } else if amount.currency != payment.amount.currency {
        Some("CURRENCY_NOT_SUPPORT")
    } else if refunded
        .checked_add(amount.value)
        .is_none_or(|sum| sum > captured)
    {
        Some("REFUND_AMOUNT_EXCEED")
    } else {
        None
    }
}
