//! Captures: automatic ones, and those the merchant asks for (`docs/provider.md`, section "Capture").

use serde_json::Value;

use crate::answers;
use crate::cards::CaptureOutcome;
use crate::desk::{Desk, refusal};
use crate::fields::{Fields, Money, Problem};
use crate::shape::Shape;
use crate::state::{Job, Payment, PaymentState, Transfer, TransferState};

struct CaptureRequest {
    request_id: String,
    payment_id: String,
    amount: Money,
    last: bool,
}

fn read(body: &Value) -> Result<CaptureRequest, Problem> {
    let fields = Fields::of(body)?;
    Ok(CaptureRequest {
        request_id: fields.required_text("captureRequestId", 64)?,
        payment_id: fields.required_text("paymentId", 64)?,
        amount: fields.required_amount("captureAmount")?,
        last: fields.flag("isLastCapture")? == Some(true),
    })
}

impl Desk<'_> {
    /// Carries a capture call out.
    pub(crate) fn capture(&mut self, body: &Value, shape: &Shape) -> Value {
        let request = match read(body) {
            Ok(request) => request,
            Err(problem) => {
                self.state.count_refusal("PARAM_ILLEGAL");
                return refusal("PARAM_ILLEGAL", &problem);
            }
        };
        let Some(key) = self.state.by_payment_id.get(&request.payment_id).cloned() else {
            return refusal("AUTH_NOT_FOUND", "no authorisation has this paymentId");
        };
        if let Some(owner) = self.state.by_capture.get(&request.request_id).cloned() {
            return self.repeat_capture(&owner, &key, &request, shape);
        }
        self.state
            .by_capture
            .insert(request.request_id.clone(), key.clone());
        let Some(payment) = self.state.payments.get(&key) else {
            return Value::Null;
        };
        let several = self.config.several_captures;
        let refused = why_refused(payment, &request, self.now, several);
        let outcome = payment.behaviour.capture;
        let slow = matches!(
            outcome,
            CaptureOutcome::SucceedLater | CaptureOutcome::FailLater(_)
        ) || self.chance.happens(
            self.config.rates.slow_capture,
            &["slow capture", &key, &request.request_id],
        );
        let id = self.new_id("108070", &request.request_id);
        let request_id = request.request_id.clone();
        let mut transfer =
            Transfer::under_way(request.request_id, id, request.amount, "CAPTURE_IN_PROCESS");
        transfer.last = request.last;
        if let Some(code) = refused {
            transfer = transfer.refused(code);
        }
        self.update(&key, |payment| payment.captures.push(transfer));
        match refused {
            Some(_) => {}
            None if slow => {
                let due = self.soon(self.config.timing.settle, &["capture", &key, &request_id]);
                self.state
                    .schedule(due, Job::FinishCapture(key.clone(), request_id.clone()));
            }
            None => self.finish_capture(&key, &request_id),
        }
        self.answer_capture(&key, &request_id, shape)
    }

    fn answer_capture(&self, key: &str, request_id: &str, shape: &Shape) -> Value {
        let payment = self.state.payments.get(key);
        let found = payment.and_then(|payment| Some((payment, payment.capture(request_id)?)));
        found.map_or(Value::Null, |(payment, capture)| {
            answers::capture(payment, capture, shape)
        })
    }

    /// The same `captureRequestId` again: the same result, if the data are the same.
    fn repeat_capture(
        &mut self,
        owner: &str,
        key: &str,
        request: &CaptureRequest,
        shape: &Shape,
    ) -> Value {
        let consistent = self.update(owner, |payment| {
            let capture = payment
                .captures
                .iter_mut()
                .find(|capture| capture.request_id == request.request_id);
            capture.is_some_and(|capture| {
                capture.calls += 1;
                owner == key && capture.amount == request.amount
            })
        });
        if consistent != Some(true) {
            self.state.count_refusal("REPEAT_REQ_INCONSISTENT");
            return refusal(
                "REPEAT_REQ_INCONSISTENT",
                "a capture with this captureRequestId exists with other data",
            );
        }
        self.answer_capture(owner, &request.request_id, shape)
    }

    /// An automatic capture begins. Its request id is the payment's.
    pub(crate) fn start_automatic_capture(&mut self, key: &str) {
        let id = self.new_id("108070", key);
        let started = self.update(key, |payment| {
            if payment.state != PaymentState::Success {
                return false;
            }
            let mut capture = Transfer::under_way(
                payment.request_id.clone(),
                id,
                payment.amount.clone(),
                "CAPTURE_IN_PROCESS",
            );
            (capture.automatic, capture.last, capture.calls) = (true, true, 0);
            payment.captures.push(capture);
            true
        });
        if started == Some(true) {
            self.state.by_capture.insert(key.to_owned(), key.to_owned());
            let due = self.soon(self.config.timing.auto_capture, &["auto capture ends", key]);
            self.state
                .schedule(due, Job::FinishCapture(key.to_owned(), key.to_owned()));
        }
    }

    /// Decides a capture and moves the money.
    pub(crate) fn finish_capture(&mut self, key: &str, request_id: &str) {
        let now = self.now;
        let finished = self.update(key, |payment| {
            let outcome = payment.behaviour.capture;
            let capture = payment
                .captures
                .iter_mut()
                .find(|capture| capture.request_id == request_id)?;
            if capture.state != TransferState::Processing {
                return None;
            }
            capture.finished = Some(now);
            (capture.state, capture.code) = match outcome {
                CaptureOutcome::Succeed | CaptureOutcome::SucceedLater => {
                    capture.effects += 1;
                    (TransferState::Success, "SUCCESS")
                }
                CaptureOutcome::Fail(code) | CaptureOutcome::FailLater(code) => {
                    (TransferState::Fail, code)
                }
            };
            Some(())
        });
        if finished.flatten().is_some() {
            self.announce_capture(key, request_id);
            self.lapse(key); // it may have been the last hope of an authorisation whose time is over
        }
    }
}

/// The result code of a capture that cannot be carried out.
fn why_refused(
    payment: &Payment,
    request: &CaptureRequest,
    now: i64,
    several: bool,
) -> Option<&'static str> {
    let captured = payment.captured();
    let lapsed = payment.authorised_until.is_some_and(|until| until <= now);
    match payment.state {
        // AUTH_EXPIRED, AUTH_CANCELLED or ORDER_IS_CANCELED: how it came to be cancelled.
        PaymentState::Cancelled => return Some(payment.code),
        PaymentState::Success if lapsed => return Some("AUTH_EXPIRED"),
        PaymentState::Success if payment.automatic => return Some("ORDER_STATUS_INVALID"),
        PaymentState::Success => {}
        _ => return Some("ORDER_STATUS_INVALID"),
    }
    if request.amount.currency != payment.amount.currency {
        return Some("CURRENCY_NOT_SUPPORT");
    }
    let closed = payment
        .captures
        .iter()
        .any(|capture| capture.counts() && capture.last);
    if closed || captured == payment.amount.value {
        return Some("ORDER_STATUS_INVALID");
    }
    if captured > 0 && !several {
        return Some("MULTI_CAPTURE_NOT_SUPPORTED");
    }
    let over = captured
        .checked_add(request.amount.value)
        .is_none_or(|sum| sum > payment.amount.value);
    over.then_some("CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT")
}
