//! Refunds: decided at once or later, by the card and by chance (`docs/provider.md`, section "Cancel and refund").

use serde_json::Value;

use crate::answers;
use crate::cards::RefundOutcome;
use crate::desk::{Desk, refusal};
use crate::fields::{Fields, Money, Problem};
use crate::shape::Shape;
use crate::state::{Job, Payment, Transfer, TransferState};

struct RefundRequest {
    request_id: String,
    payment_id: String,
    amount: Money,
    /// Of the capture that the money came with.
    capture_id: Option<String>,
    notify_url: Option<String>,
}

fn read(body: &Value) -> Result<RefundRequest, Problem> {
    let fields = Fields::of(body)?;
    fields.texts(&[("referenceRefundId", 64), ("refundReason", 256)])?;
    fields.flag("isAsyncRefund")?;
    fields.json_text("metadata", 2048)?;
    Ok(RefundRequest {
        request_id: fields.required_text("refundRequestId", 64)?,
        payment_id: fields.required_text("paymentId", 64)?,
        amount: fields.required_amount("refundAmount")?,
        capture_id: fields.text("captureId", 64)?,
        notify_url: fields.url("refundNotifyUrl", 1024, true)?,
    })
}

impl Desk<'_> {
    /// Carries a refund call out. The result is announced as well.
    pub(crate) fn refund(&mut self, body: &Value, shape: &Shape) -> Value {
        let request = match read(body) {
            Ok(request) => request,
            Err(problem) => return self.refuse("PARAM_ILLEGAL", &problem),
        };
        let Some(key) = self.state.by_payment_id.get(&request.payment_id).cloned() else {
            return self.refuse("ORDER_NOT_EXIST", "no such payment");
        };
        let request_id = request.request_id.clone();
        if let Some(owner) = self.state.by_refund.get(&request_id).cloned() {
            if !self.is_repeated(&owner, &key, &request) {
                return self.refuse(
                    "REPEAT_REQ_INCONSISTENT",
                    "a refund with this refundRequestId exists with other data",
                );
            }
            return self.answer_refund(&request_id, shape);
        }
        let Some(payment) = self.state.payments.get(&key) else {
            return Value::Null;
        };
        if request
            .capture_id
            .as_ref()
            .is_some_and(|id| payment.captures.iter().all(|capture| capture.id != *id))
        {
            return self.refuse(
                "PARAM_ILLEGAL",
                "captureId is of no capture of this payment",
            );
        }
        let window =
            i64::try_from(self.config.timing.refund_window.as_millis()).unwrap_or(i64::MAX);
        let refused = why_refused(payment, &request.amount, self.now, window);
        let slow = matches!(
            payment.behaviour.refund,
            RefundOutcome::SucceedLater | RefundOutcome::FailLater(_)
        ) || self
            .chance
            .happens(self.config.rates.slow_refund, &["slow refund", &request_id]);
        self.record_refund(&key, request, refused);
        match refused {
            Some(_) => {}
            None if slow => {
                let due = self.soon(self.config.timing.settle, &["refund", &request_id]);
                self.state
                    .schedule(due, Job::FinishRefund(key, request_id.clone()));
            }
            None => self.finish_refund(&key, &request_id),
        }
        self.answer_refund(&request_id, shape)
    }

    fn refuse(&mut self, code: &str, message: &str) -> Value {
        self.state.count_refusal(code);
        refusal(code, message)
    }

    /// Counts a repeated call. `false` when it has other data than the first.
    fn is_repeated(&mut self, owner: &str, key: &str, request: &RefundRequest) -> bool {
        let same = self.update(owner, |payment| {
            let refund = payment
                .refunds
                .iter_mut()
                .find(|refund| refund.request_id == request.request_id);
            refund.is_some_and(|refund| {
                refund.calls += 1;
                owner == key && refund.amount == request.amount
            })
        });
        same == Some(true)
    }

    /// Puts a new refund on record. What is refused is kept too: the same id gets the same answer.
    fn record_refund(&mut self, key: &str, request: RefundRequest, refused: Option<&'static str>) {
        let id = self.new_id("108040", &request.request_id);
        self.state
            .by_refund
            .insert(request.request_id.clone(), key.to_owned());
        self.state
            .by_refund_id
            .insert(id.clone(), request.request_id.clone());
        let mut refund =
            Transfer::under_way(request.request_id, id, request.amount, "REFUND_IN_PROCESS");
        refund.notify_url = request.notify_url;
        if let Some(code) = refused {
            refund = refund.refused(code);
        }
        self.update(key, |payment| payment.refunds.push(refund));
    }

    fn answer_refund(&self, request_id: &str, shape: &Shape) -> Value {
        self.state
            .find_refund(request_id)
            .map_or(Value::Null, |(payment, refund)| {
                answers::refund(payment, refund, shape)
            })
    }

    /// Decides a refund and gives the money back.
    pub(crate) fn finish_refund(&mut self, key: &str, request_id: &str) {
        let now = self.now;
        let finished = self.update(key, |payment| {
            let outcome = payment.behaviour.refund;
            let refund = payment
                .refunds
                .iter_mut()
                .find(|refund| refund.request_id == request_id)
                .filter(|refund| refund.state == TransferState::Processing)?;
            refund.finished = Some(now);
            (refund.state, refund.code) = match outcome {
                RefundOutcome::Succeed | RefundOutcome::SucceedLater => {
                    refund.effects += 1;
                    (TransferState::Success, "SUCCESS")
                }
                RefundOutcome::Fail(code) | RefundOutcome::FailLater(code) => {
                    (TransferState::Fail, code)
                }
            };
            Some(())
        });
        if finished.flatten().is_some() {
            self.announce_refund(key, request_id);
        }
    }

    /// Carries an inquiryRefund call out. The provider's id wins.
    pub(crate) fn inquiry_refund(&self, body: &Value, shape: &Shape) -> Value {
        let wanted = Fields::of(body).and_then(|fields| {
            Ok((
                fields.text("refundId", 64)?,
                fields.text("refundRequestId", 64)?,
            ))
        });
        let request_id = match wanted {
            Err(problem) => return refusal("PARAM_ILLEGAL", &problem),
            Ok((None, None)) => {
                return refusal("PARAM_ILLEGAL", "refundId or refundRequestId is required");
            }
            Ok((Some(id), _)) => self.state.by_refund_id.get(&id).cloned(),
            Ok((None, request_id)) => request_id,
        };
        match request_id.and_then(|id| self.state.find_refund(&id)) {
            Some((_, refund)) => answers::inquiry_refund(refund, shape),
            None => refusal("ORDER_NOT_EXIST", "no such refund"),
        }
    }
}

/// The result code of a refund that cannot be carried out.
fn why_refused(payment: &Payment, amount: &Money, now: i64, window: i64) -> Option<&'static str> {
    let captured = payment.really_captured();
    let old = payment
        .finished
        .is_some_and(|authorised| now - authorised > window);
    if captured == 0 {
        Some("ORDER_STATUS_INVALID")
    } else if amount.currency != payment.amount.currency {
        Some("CURRENCY_NOT_SUPPORT")
    } else if payment
        .refunded()
        .checked_add(amount.value)
        .is_none_or(|sum| sum > captured)
    {
        Some("REFUND_AMOUNT_EXCEED")
    } else if old {
        Some("REFUND_WINDOW_EXCEED")
    } else {
        None
    }
}
