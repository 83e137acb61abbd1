//! The life of a payment up to its final authorisation result (`docs/provider.md`, section "Pay").

use serde_json::{Value, json};

use crate::answers;
use crate::cards::Outcome;
use crate::clock::Millis;
use crate::desk::{Desk, refusal};
use crate::schema::{PayRequest, read_pay};
use crate::shape::Shape;
use crate::state::{Job, Payment, PaymentState};

/// What the contract of the simulated merchant covers.
const CURRENCIES: [&str; 35] = [
    "AED", "AUD", "BDT", "BHD", "BRL", "CAD", "CHF", "CLP", "CNY", "CZK", "DKK", "EUR", "GBP",
    "HKD", "IDR", "ILS", "INR", "JPY", "KRW", "KWD", "MXN", "MYR", "NOK", "NZD", "OMR", "PEN",
    "PHP", "PKR", "PLN", "SEK", "SGD", "THB", "TWD", "USD", "VND",
];

/// Amounts for which the sandbox simulates a refusal by risk control; its two documents name one each.
const RISKY_AMOUNTS: [u64; 2] = [11, 1_111_001_111];

impl Desk<'_> {
    /// Carries a pay call out.
    pub(crate) fn pay(&mut self, body: &Value, shape: &Shape) -> Value {
        let request = match read_pay(body, self.now) {
            Ok(request) => request,
            Err(problem) => {
                self.state.count_refusal("PARAM_ILLEGAL");
                return refusal("PARAM_ILLEGAL", &problem);
            }
        };
        if let Some(payment) = self.state.payments.get_mut(&request.payment_request_id) {
            payment.pay_calls += 1;
            if payment.amount != request.amount
                || payment.payment_method_id != request.payment_method_id
            {
                self.state.count_refusal("REPEAT_REQ_INCONSISTENT");
                return refusal(
                    "REPEAT_REQ_INCONSISTENT",
                    "a payment with this paymentRequestId exists with other data",
                );
            }
            return answers::pay(payment, shape);
        }
        let key = request.payment_request_id.clone();
        self.open(request);
        self.state
            .payments
            .get(&key)
            .map_or(Value::Null, |payment| answers::pay(payment, shape))
    }

    /// Makes the payment and takes it as far as it goes at once.
    fn open(&mut self, request: PayRequest) {
        let first = first_step(&request, self.now);
        let key = request.payment_request_id.clone();
        let validity =
            i64::try_from(self.config.timing.payment_validity.as_millis()).unwrap_or(i64::MAX);
        let payment = Payment {
            id: self.new_id("108001", &key),
            order_id: request.order_id,
            amount: request.amount,
            payment_method_id: request.payment_method_id,
            automatic: request.automatic,
            notify_url: request
                .notify_url
                .or_else(|| self.config.notify_url.clone()),
            redirect_url: request.redirect_url,
            outcome: request.card.outcome,
            capture_outcome: request.card.capture,
            last_four: request.card.last_four,
            billing_address: request.billing_address,
            state: PaymentState::Processing,
            code: "PAYMENT_IN_PROCESS",
            created: self.now,
            finished: None,
            expires: request
                .expires_at
                .unwrap_or(self.now.saturating_add(validity)),
            authorised_until: None,
            challenge_url: None,
            authenticated: false,
            captures: Vec::new(),
            refunds: Vec::new(),
            cancelled: None,
            pay_calls: 1,
            authorisations: 0,
            request_id: request.payment_request_id,
        };
        self.state
            .schedule(payment.expires, Job::Expire(key.clone()));
        self.state
            .by_payment_id
            .insert(payment.id.clone(), key.clone());
        self.state.order.push(key.clone());
        self.state.payments.insert(key.clone(), payment);
        self.mix_in_forgery(&key);
        match first {
            FirstStep::Authorise => self.authorise(&key),
            FirstStep::Refuse(code) => self.fail(&key, code),
            FirstStep::Challenge => self.challenge(&key),
            FirstStep::Wait => self.settle_later(&key),
            FirstStep::Pend => self.pend(&key),
        }
    }

    fn challenge(&mut self, key: &str) {
        let token = format!("{:016x}", self.chance.number(&["challenge", key]));
        let url = format!("{}/3ds/{token}", self.url);
        self.state.by_challenge.insert(token, key.to_owned());
        self.update(key, |payment| payment.challenge_url = Some(url));
    }

    fn settle_later(&mut self, key: &str) {
        let due = self.soon(self.config.timing.settle, &["settle", key]);
        self.state.schedule(due, Job::Settle(key.to_owned()));
    }

    /// The buyer is done; the result takes a while.
    fn pend(&mut self, key: &str) {
        self.update(key, |payment| payment.state = PaymentState::Pending);
        self.announce_payment(key, "PAYMENT_PENDING");
        self.settle_later(key);
    }

    /// The buyer finished the challenge. `false` when the payment does not wait for one any more.
    pub(crate) fn finish_challenge(&mut self, key: &str, passed: bool) -> bool {
        let waiting = |payment: &Payment| {
            payment.state == PaymentState::Processing && payment.challenge_url.is_some()
        };
        let Some(outcome) = self
            .state
            .payments
            .get(key)
            .filter(|payment| waiting(payment))
            .map(|payment| payment.outcome)
        else {
            return false;
        };
        if !passed {
            self.fail(key, "USER_PAYMENT_VERIFICATION_FAILED");
            return true;
        }
        self.update(key, |payment| payment.authenticated = true);
        let pending = self
            .chance
            .happens(self.config.rates.pending_after_challenge, &["pending", key]);
        match outcome {
            Outcome::Decline(code) => self.fail(key, code),
            Outcome::ApproveLater | Outcome::DeclineLater(_) | Outcome::PendingFirst => {
                self.pend(key)
            }
            Outcome::Approve | Outcome::ApproveExempt | Outcome::Upgrade if pending => {
                self.pend(key)
            }
            Outcome::Approve | Outcome::ApproveExempt | Outcome::Upgrade => self.authorise(key),
        }
        true
    }

    /// A slow or pending payment is decided, unless it was cancelled meanwhile.
    pub(crate) fn settle(&mut self, key: &str) {
        let Some(payment) = self
            .state
            .payments
            .get(key)
            .filter(|payment| payment.is_open())
        else {
            return;
        };
        match payment.outcome {
            Outcome::DeclineLater(code) => self.fail(key, code),
            _ => self.authorise(key),
        }
    }

    /// Closes a payment that nobody finished. One that waits for the provider itself is not closed.
    pub(crate) fn expire(&mut self, key: &str) {
        let unfinished = |payment: &&Payment| payment.state == PaymentState::Processing;
        if self.state.payments.get(key).filter(unfinished).is_some() {
            self.fail(key, "ORDER_IS_CLOSED");
        }
    }

    fn authorise(&mut self, key: &str) {
        let now = self.now;
        let validity = i64::try_from(self.config.timing.authorisation_validity.as_millis())
            .unwrap_or(i64::MAX);
        let until = now.saturating_add(validity);
        let automatic = self.update(key, |payment| {
            payment.state = PaymentState::Success;
            payment.code = "SUCCESS";
            payment.finished = Some(now);
            payment.authorised_until = Some(until);
            payment.authorisations += 1;
            payment.automatic
        });
        self.state.schedule(until, Job::Lapse(key.to_owned()));
        self.announce_payment(key, "PAYMENT_RESULT");
        if automatic == Some(true) {
            let due = self.soon(self.config.timing.auto_capture, &["auto capture", key]);
            self.state.schedule(due, Job::StartCapture(key.to_owned()));
        }
    }

    fn fail(&mut self, key: &str, code: &'static str) {
        let now = self.now;
        self.update(key, |payment| {
            payment.state = PaymentState::Fail;
            payment.code = code;
            payment.finished = Some(now);
        });
        self.announce_payment(key, "PAYMENT_RESULT");
    }

    /// Gives an authorisation up that was not captured in time. No notification is documented for it.
    pub(crate) fn lapse(&mut self, key: &str) {
        let now = self.now;
        self.update(key, |payment| {
            if payment.state == PaymentState::Success && payment.captured() == 0 {
                payment.state = PaymentState::Cancelled;
                payment.code = "AUTH_EXPIRED";
                payment.finished = Some(now);
            }
        });
    }

    /// Carries a cancel call out.
    pub(crate) fn cancel(&mut self, key: Option<&str>, shape: &Shape) -> Value {
        let now = self.now;
        let Some((key, payment)) = key.and_then(|key| {
            self.state
                .payments
                .get_mut(key)
                .map(|payment| (key, payment))
        }) else {
            return refusal("ORDER_NOT_EXIST", "no such payment");
        };
        let open = payment.is_open();
        match payment.state {
            PaymentState::Cancelled if payment.cancelled.is_some() => {}
            PaymentState::Processing | PaymentState::Pending | PaymentState::Success
                if payment.captured() == 0 =>
            {
                payment.state = PaymentState::Cancelled;
                payment.code = if open {
                    "ORDER_IS_CANCELED"
                } else {
                    "AUTH_CANCELLED"
                };
                payment.finished = Some(now);
                payment.cancelled = Some(now);
            }
            PaymentState::Success => {
                return refusal(
                    "ORDER_STATUS_INVALID",
                    "a captured payment is refunded, not cancelled",
                );
            }
            _ => return refusal("ORDER_STATUS_INVALID", "the payment is closed"),
        }
        json!({
            "result": crate::desk::outcome("SUCCESS", shape),
            "paymentRequestId": key,
            "paymentId": payment.id,
            "cancelTime": shape.time(payment.cancelled.unwrap_or(now)),
        })
    }
}

/// What becomes of a new payment at once.
enum FirstStep {
    Authorise,
    Refuse(&'static str),
    Challenge,
    Wait,
    Pend,
}

fn first_step(request: &PayRequest, now: Millis) -> FirstStep {
    let outcome = request.card.outcome;
    if let (Outcome::Decline(code), None) = (outcome, &request.card.last_four) {
        return FirstStep::Refuse(code); // the card data themselves are wrong: no challenge helps
    }
    if RISKY_AMOUNTS.contains(&request.amount.value) {
        return FirstStep::Refuse("RISK_REJECT");
    }
    if !CURRENCIES.contains(&request.amount.currency.as_str()) {
        return FirstStep::Refuse("CURRENCY_NOT_SUPPORT");
    }
    if request.expires_at.is_some_and(|expires| expires <= now) {
        return FirstStep::Refuse("ORDER_IS_CLOSED");
    }
    match outcome {
        Outcome::ApproveExempt => FirstStep::Authorise,
        _ if request.challenge => FirstStep::Challenge,
        Outcome::Approve => FirstStep::Authorise,
        Outcome::Decline(code) => FirstStep::Refuse(code),
        Outcome::Upgrade if request.upgrade => FirstStep::Challenge,
        Outcome::Upgrade => FirstStep::Refuse("AUTHENTICATION_REQUIRED"),
        Outcome::ApproveLater | Outcome::DeclineLater(_) => FirstStep::Wait,
        Outcome::PendingFirst => FirstStep::Pend,
    }
}
