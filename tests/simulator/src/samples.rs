//! Ready-made notification bodies of every kind, about a payment on record or a made-up one, for sending by hand.

use serde::Serialize;
use serde_json::{Value, json};

use crate::card_result::acquirer;
use crate::clock::{Zone, iso};
use crate::desk::Desk;
use crate::fields::Money;

/// A body ready to be sent.
#[derive(Serialize)]
pub(crate) struct Sample {
    /// A name for it.
    kind: &'static str,
    /// What it says.
    title: &'static str,
    body: Value,
}

/// Everything the bodies speak of.
struct Facts {
    payment_request_id: String,
    payment_id: String,
    amount: Money,
    capture: (String, String, Money),
    refund: (String, String, Money),
    created: String,
    now: String,
    later: String,
    token: String,
}

impl Desk<'_> {
    /// All kinds of bodies, and the URL to which notifications about the payment go. `None` without such a payment.
    pub(crate) fn samples(&self, payment: Option<&str>) -> Option<(Vec<Sample>, Option<String>)> {
        let (facts, url) = match payment {
            Some(key) => {
                let url = self.state.payments.get(key)?.notify_url.clone();
                (self.facts_of(key)?, url)
            }
            None => (self.made_up_facts(), None),
        };
        let samples = vec![
            payment_result(&facts),
            payment_declined(&facts),
            payment_pending(&facts),
            capture_result(&facts),
            capture_failed(&facts),
            refund_result(&facts),
            refund_failed(&facts),
            dispute_created(&facts),
            dispute_judged(&facts),
            vaulting_result(&facts),
        ];
        Some((samples, url.or_else(|| self.config.notify_url.clone())))
    }

    fn made_up_facts(&self) -> Facts {
        let day = 24 * 3600 * crate::clock::SECOND;
        let amount = Money {
            currency: "EUR".to_owned(),
            value: 30_000,
        };
        Facts {
            payment_request_id: "PAY_SAMPLE_1".to_owned(),
            payment_id: self.new_id("108001", "sample"),
            capture: (
                "CAPTURE_SAMPLE_1".to_owned(),
                self.new_id("108070", "sample"),
                amount.clone(),
            ),
            refund: (
                "REFUND_SAMPLE_1".to_owned(),
                self.new_id("108040", "sample"),
                amount.clone(),
            ),
            amount,
            created: iso(self.now, Zone::Pacific),
            now: iso(self.now, Zone::Pacific),
            later: iso(self.now + 10 * day, Zone::Pacific),
            token: self.fingerprints.of("sample").token(),
        }
    }

    fn facts_of(&self, key: &str) -> Option<Facts> {
        let payment = self.state.payments.get(key)?;
        let mut facts = self.made_up_facts();
        facts.payment_request_id = payment.request_id.clone();
        facts.payment_id = payment.id.clone();
        facts.amount = payment.amount.clone();
        facts.created = iso(payment.created, Zone::Pacific);
        facts.capture = (
            format!("{key}_CAPTURE"),
            self.new_id("108070", key),
            payment.amount.clone(),
        );
        facts.refund = (
            format!("{key}_REFUND"),
            self.new_id("108040", key),
            payment.amount.clone(),
        );
        if let Some(capture) = payment.captures.last() {
            facts.capture = (
                capture.request_id.clone(),
                capture.id.clone(),
                capture.amount.clone(),
            );
        }
        if let Some(refund) = payment.refunds.last() {
            facts.refund = (
                refund.request_id.clone(),
                refund.id.clone(),
                refund.amount.clone(),
            );
        }
        Some(facts)
    }
}

fn success() -> Value {
    json!({ "resultStatus": "S", "resultCode": "SUCCESS", "resultMessage": "success." })
}

fn failure(code: &str) -> Value {
    json!({ "resultStatus": "F", "resultCode": code, "resultMessage": "fail." })
}

fn payment(facts: &Facts, kind: &str, result: &Value) -> Value {
    json!({
        "notifyType": kind, "result": result, "paymentRequestId": facts.payment_request_id,
        "paymentId": facts.payment_id, "paymentAmount": facts.amount.json(), "paymentCreateTime": facts.created,
    })
}

fn payment_result(facts: &Facts) -> Sample {
    let mut body = payment(facts, "PAYMENT_RESULT", &success());
    body["paymentTime"] = facts.now.clone().into();
    body["paymentResultInfo"] = json!({
        "avsResultRaw": "A", "cvvResultRaw": "Y", "networkTransactionId": format!("ntid{}", facts.payment_id),
    });
    Sample {
        kind: "PAYMENT_RESULT",
        title: "Payment authorised",
        body,
    }
}

fn payment_declined(facts: &Facts) -> Sample {
    Sample {
        kind: "PAYMENT_RESULT_FAILED",
        title: "Payment declined",
        body: payment(facts, "PAYMENT_RESULT", &failure("DO_NOT_HONOR")),
    }
}

fn payment_pending(facts: &Facts) -> Sample {
    Sample {
        kind: "PAYMENT_PENDING",
        title: "Payment pending (S, but not paid)",
        body: payment(facts, "PAYMENT_PENDING", &success()),
    }
}

fn capture(facts: &Facts, result: &Value) -> Value {
    let (request_id, id, amount) = &facts.capture;
    json!({
        "notifyType": "CAPTURE_RESULT", "result": result, "captureRequestId": request_id, "captureId": id,
        "paymentId": facts.payment_id, "captureAmount": amount.json(), "captureTime": facts.now,
    })
}

fn capture_result(facts: &Facts) -> Sample {
    Sample {
        kind: "CAPTURE_RESULT",
        title: "Capture done",
        body: capture(facts, &success()),
    }
}

fn capture_failed(facts: &Facts) -> Sample {
    Sample {
        kind: "CAPTURE_RESULT_FAILED",
        title: "Capture failed",
        body: capture(facts, &failure("PROCESS_FAIL")),
    }
}

fn refund(facts: &Facts, status: &str, result: &Value) -> Value {
    let (request_id, id, amount) = &facts.refund;
    json!({
        "notifyType": "REFUND_RESULT", "result": result, "refundStatus": status, "refundRequestId": request_id,
        "refundId": id, "refundAmount": amount.json(),
    })
}

fn refund_result(facts: &Facts) -> Sample {
    let mut body = refund(facts, "SUCCESS", &success());
    body["refundTime"] = facts.now.clone().into();
    body["acquirerInfo"] = acquirer(&facts.refund.1);
    Sample {
        kind: "REFUND_RESULT",
        title: "Refund done",
        body,
    }
}

fn refund_failed(facts: &Facts) -> Sample {
    Sample {
        kind: "REFUND_RESULT_FAILED",
        title: "Refund failed",
        body: refund(facts, "FAIL", &failure("PROCESS_FAIL")),
    }
}

/// Disputes have neither `notifyType` nor `result`.
fn dispute(facts: &Facts, kind: &str) -> Value {
    json!({
        "disputeNotificationType": kind, "disputeId": format!("{}01", facts.payment_id),
        "paymentRequestId": facts.payment_request_id, "paymentId": facts.payment_id, "captureId": facts.capture.1,
        "disputeTime": facts.now, "disputeAmount": facts.amount.json(), "disputeReasonCode": "4853",
        "disputeReasonMsg": "Cardholder dispute", "disputeSource": "Mastercard",
    })
}

fn dispute_created(facts: &Facts) -> Sample {
    let mut body = dispute(facts, "DISPUTE_CREATED");
    body["defenseDueTime"] = facts.later.clone().into();
    body["defendable"] = true.into();
    Sample {
        kind: "DISPUTE_CREATED",
        title: "Dispute opened by the buyer's bank",
        body,
    }
}

fn dispute_judged(facts: &Facts) -> Sample {
    let mut body = dispute(facts, "DISPUTE_JUDGED");
    body["disputeJudgedTime"] = facts.now.clone().into();
    body["disputeJudgedAmount"] = facts.amount.json();
    body["disputeJudgedResult"] = "ACCEPT_BY_CUSTOMER".into();
    Sample {
        kind: "DISPUTE_JUDGED",
        title: "Dispute decided for the merchant",
        body,
    }
}

/// Which `notifyType` it carries is not documented: it has none here.
fn vaulting_result(facts: &Facts) -> Sample {
    Sample {
        kind: "VAULTING",
        title: "Card stored without a payment",
        body: json!({
            "result": success(), "vaultingRequestId": "VAULTING_SAMPLE_1", "vaultingCreateTime": facts.now,
            "paymentMethodDetail": { "paymentMethodType": "CARD", "card": {
                "cardToken": facts.token, "brand": "VISA", "maskedCardNo": "************8764" } },
            "acquirerInfo": acquirer(&facts.payment_id),
        }),
    }
}
