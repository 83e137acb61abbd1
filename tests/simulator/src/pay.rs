//! The life of a payment up to its final authorisation result (`docs/provider.md`, section "Pay").

use serde_json::Value;

use crate::answers;
use crate::cards::{Behaviour, Outcome};
use crate::clock::Millis;
use crate::desk::{Desk, refusal};
use crate::schema::{Instrument, PayRequest, is_expired, read_pay};
use crate::shape::Shape;
use crate::state::{CardUse, Job, Payment, PaymentState, State};
use crate::vault::Card;

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
        let request = match read_pay(body, self.now, self.fingerprints) {
            Ok(request) => request,
            Err(problem) => return self.illegal(&problem),
        };
        if let Some(payment) = self.state.payments.get_mut(&request.payment_request_id) {
            payment.pay_calls += 1;
            if payment.amount != request.amount || payment.method_id != request.method_id {
                self.state.count_refusal("REPEAT_REQ_INCONSISTENT");
                return refusal(
                    "REPEAT_REQ_INCONSISTENT",
                    "a payment with this paymentRequestId exists with other data",
                );
            }
            return answers::pay(payment, shape);
        }
        let key = request.payment_request_id.clone();
        match self.charged_card(&request) {
            Ok(card) => self.open(request, card),
            Err(problem) => return self.illegal(&problem),
        }
        self.state
            .payments
            .get(&key)
            .map_or(Value::Null, |payment| answers::pay(payment, shape))
    }

    fn illegal(&mut self, problem: &str) -> Value {
        self.state.count_refusal("PARAM_ILLEGAL");
        refusal("PARAM_ILLEGAL", problem)
    }

    /// The card that is to be charged, or the result code of the decline.
    fn charged_card(&self, request: &PayRequest) -> Result<Result<Card, &'static str>, String> {
        let card = match &request.instrument {
            Instrument::Mistyped(code) => return Ok(Err(code)),
            Instrument::Card(card) => card.clone(),
            Instrument::Token(token) => token
                .and_then(|fingerprint| self.state.vault.stored(fingerprint))
                .cloned()
                .ok_or("paymentMethod.paymentMethodId is no token of a stored card")?,
        };
        let wishes = &request.wishes;
        let network_id = wishes.network_id.as_deref().unwrap_or_default();
        let known = self
            .state
            .vault
            .knows_network_id(card.fingerprint, network_id);
        if wishes.recurring_type.is_some() && !known {
            return Err(
                "paymentMethod.paymentMethodMetaData.networkTransactionId is not of an earlier payment with this card"
                    .to_owned(),
            );
        }
        if is_expired(&card.expiry_year, &card.expiry_month, self.now) {
            return Ok(Err("INVALID_EXPIRATION_DATE"));
        }
        Ok(Ok(card))
    }

    /// Makes the payment and takes it as far as it goes at once.
    fn open(&mut self, request: PayRequest, card: Result<Card, &'static str>) {
        let first = first_step(&request, &card, self.now);
        let key = request.payment_request_id.clone();
        let payment = self.new_payment(request, card);
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

    fn new_payment(&self, request: PayRequest, card: Result<Card, &'static str>) -> Payment {
        let key = &request.payment_request_id;
        let validity =
            i64::try_from(self.config.timing.payment_validity.as_millis()).unwrap_or(i64::MAX);
        let wishes = request.wishes;
        Payment {
            id: self.new_id("108001", key),
            order_id: request.order_id,
            amount: request.amount,
            method_id: request.method_id,
            automatic: request.automatic,
            notify_url: request
                .notify_url
                .or_else(|| self.config.notify_url.clone()),
            redirect_url: request.redirect_url,
            behaviour: match &card {
                Ok(card) => card.behaviour,
                Err(code) => Behaviour::declined(code),
            },
            card_use: CardUse {
                brand: card.as_ref().ok().map(|card| card.brand.to_owned()),
                token: matches!(request.instrument, Instrument::Token(_)),
                tokenize: wishes.tokenize,
                recurring_type: wishes.recurring_type,
                own_authentication: wishes.own_authentication.is_some(),
            },
            card: card.ok(),
            token_at_once: self
                .chance
                .happens(self.config.rates.token_at_once, &["token at once", key]),
            billing_address: wishes.billing_address,
            security_code: wishes.security_code,
            own_authentication: wishes.own_authentication,
            metadata: request.metadata,
            state: PaymentState::Processing,
            code: "PAYMENT_IN_PROCESS",
            created: self.now,
            finished: None,
            expires: request
                .expires_at
                .unwrap_or(self.now.saturating_add(validity)),
            authorised_until: None,
            challenge: None,
            authenticated: false,
            captures: Vec::new(),
            refunds: Vec::new(),
            cancelled: None,
            cancel_listed_as: None,
            pay_calls: 1,
            authorisations: 0,
            request_id: request.payment_request_id,
        }
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
            payment.state == PaymentState::Processing && payment.challenge.is_some()
        };
        let Some(outcome) = self
            .state
            .payments
            .get(key)
            .filter(|payment| waiting(payment))
            .map(|payment| payment.behaviour.outcome)
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
        match payment.behaviour.outcome {
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
        self.remember_card(key);
        self.state.schedule(until, Job::Lapse(key.to_owned()));
        self.announce_payment(key, "PAYMENT_RESULT");
        if automatic == Some(true) {
            let due = self.soon(self.config.timing.auto_capture, &["auto capture", key]);
            self.state.schedule(due, Job::StartCapture(key.to_owned()));
        }
    }

    fn remember_card(&mut self, key: &str) {
        let State {
            payments, vault, ..
        } = &mut *self.state;
        if let Some((payment, card)) = payments
            .get(key)
            .and_then(|payment| Some((payment, payment.card.as_ref()?)))
        {
            vault.remember(card, payment.network_id(), payment.card_use.tokenize);
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
}

/// What becomes of a new payment at once.
enum FirstStep {
    Authorise,
    Refuse(&'static str),
    Challenge,
    Wait,
    Pend,
}

fn first_step(request: &PayRequest, card: &Result<Card, &'static str>, now: Millis) -> FirstStep {
    let card = match card {
        Ok(card) => card,
        Err(code) => return FirstStep::Refuse(code), // the card data themselves are wrong: no challenge helps
    };
    if let Some(code) = refused_by_rule(request, card, now) {
        return FirstStep::Refuse(code);
    }
    let wishes = &request.wishes;
    let authenticated = wishes
        .own_authentication
        .as_ref()
        .is_some_and(|result| result.counts());
    match card.behaviour.outcome {
        Outcome::ApproveExempt => FirstStep::Authorise,
        _ if wishes.challenge => FirstStep::Challenge,
        Outcome::Approve => FirstStep::Authorise,
        Outcome::Decline(code) => FirstStep::Refuse(code),
        Outcome::Upgrade if authenticated => FirstStep::Authorise,
        Outcome::Upgrade if wishes.upgrade => FirstStep::Challenge,
        Outcome::Upgrade => FirstStep::Refuse("AUTHENTICATION_REQUIRED"),
        Outcome::ApproveLater | Outcome::DeclineLater(_) => FirstStep::Wait,
        Outcome::PendingFirst => FirstStep::Pend,
    }
}

/// Why a good card is not charged at all.
fn refused_by_rule(request: &PayRequest, card: &Card, now: Millis) -> Option<&'static str> {
    let covered = |currency: &String| CURRENCIES.contains(&currency.as_str());
    if RISKY_AMOUNTS.contains(&request.amount.value) {
        Some("RISK_REJECT")
    } else if !covered(&request.amount.currency) {
        Some("CURRENCY_NOT_SUPPORT")
    } else if !request.settlement_currency.as_ref().is_none_or(covered) {
        Some("SETTLE_CONTRACT_NOT_MATCH")
    } else if request.expires_at.is_some_and(|expires| expires <= now) {
        Some("ORDER_IS_CLOSED")
    } else if request
        .wishes
        .brand
        .as_ref()
        .is_some_and(|brand| brand != card.brand)
    {
        Some("SELECTED_CARD_BRAND_NOT_AVAILABLE")
    } else {
        None
    }
}
