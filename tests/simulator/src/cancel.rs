//! How payments end without money: cancelled by the merchant, or lapsed (`docs/provider.md`, section "Cancel and
//! refund").

use serde_json::{Value, json};

use crate::desk::{Desk, outcome, refusal};
use crate::shape::Shape;
use crate::state::{Payment, PaymentState};

impl Desk<'_> {
    /// Gives an authorisation up that was not captured in time. No notification is documented for it. What was captured
    /// in part stays captured; the rest is gone.
    pub(crate) fn lapse(&mut self, key: &str) {
        let now = self.now;
        self.update(key, |payment| {
            let over = payment.authorised_until.is_some_and(|until| until <= now);
            if over && payment.state == PaymentState::Success && payment.captured() == 0 {
                payment.state = PaymentState::Cancelled;
                payment.code = "AUTH_EXPIRED";
                payment.finished = Some(now);
            }
        });
    }

    /// Carries a cancel call out.
    pub(crate) fn cancel(&mut self, key: Option<&str>, shape: &Shape) -> Value {
        let now = self.now;
        let window =
            i64::try_from(self.config.timing.cancel_window.as_millis()).unwrap_or(i64::MAX);
        let Some((key, payment)) = key.and_then(|key| {
            let payment = self.state.payments.get(key)?;
            Some((payment.request_id.clone(), payment))
        }) else {
            return refusal("ORDER_NOT_EXIST", "no such payment");
        };
        if let Some((code, message)) = why_refused(payment, now, window) {
            return refusal(code, message);
        }
        if payment.cancelled.is_none() {
            self.cancel_for_good(&key);
        }
        let Some(payment) = self.state.payments.get(&key) else {
            return Value::Null;
        };
        json!({
            "result": outcome("SUCCESS", shape),
            "paymentRequestId": key,
            "paymentId": payment.id,
            "cancelTime": shape.time(payment.cancelled.unwrap_or(now)),
        })
    }

    fn cancel_for_good(&mut self, key: &str) {
        let now = self.now;
        let rates = &self.config.rates;
        let otherwise = self
            .chance
            .happens(rates.cancel_listed_otherwise, &["cancel listed", key]);
        let as_void = self
            .chance
            .number(&["cancel listed as", key])
            .is_multiple_of(2);
        let told = self
            .chance
            .happens(rates.cancel_told, &["cancel told", key]);
        let was_open = self.update(key, |payment| {
            let open = payment.is_open();
            payment.state = PaymentState::Cancelled;
            payment.code = if open {
                "ORDER_IS_CANCELED"
            } else {
                "AUTH_CANCELLED"
            };
            payment.finished = Some(now);
            payment.cancelled = Some(now);
            payment.cancel_listed_as = match (otherwise, as_void) {
                (false, _) => Some("CANCEL"),
                (true, true) => Some("VOID"),
                (true, false) => None,
            };
            open
        });
        if told && was_open == Some(true) {
            self.state.count_fault("cancelTold");
            self.announce_payment(key, "PAYMENT_RESULT");
        }
    }
}

/// Why a payment cannot be cancelled. One that is cancelled already can.
fn why_refused(payment: &Payment, now: i64, window: i64) -> Option<(&'static str, &'static str)> {
    let lapsed = payment.state == PaymentState::Cancelled && payment.cancelled.is_none();
    let old = payment.authorisations > 0
        && payment
            .finished
            .is_some_and(|authorised| now - authorised > window);
    match payment.state {
        _ if payment.cancelled.is_some() => None,
        PaymentState::Fail => Some(("ORDER_STATUS_INVALID", "the payment failed")),
        PaymentState::Success if payment.captured() > 0 => Some((
            "ORDER_STATUS_INVALID",
            "a captured payment is refunded, not cancelled",
        )),
        _ if lapsed || old => Some((
            "CANCEL_WINDOW_EXCEED",
            "the time to cancel the payment is over",
        )),
        _ => None,
    }
}
