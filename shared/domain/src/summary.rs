//! What a message of POP says, in a few words for people: no body, no token, no personal data.

use crate::message::{
    AmountSeen, Answer, CaptureReport, InquiryReport, Outcome, PaymentFacts, RefundReport,
    ReportedCapture, ReportedStatus, ResultStatus,
};
use crate::{Event, Money};
use serde::{Deserialize, Serialize};

/// What POP's message behind an event says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Summary {
    /// `S`, `F`, `U`; `?` for none or another one.
    pub result: String,
    /// `resultCode`.
    pub code: String,
    /// Where the payment stands, of an inquiry (`SUCCESS`, `FAIL`, `CANCELLED`, `PROCESSING`, `PENDING`, `?`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_status: Option<String>,
    /// Why it stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_code: Option<String>,
    /// Of notifyPayment: `PAYMENT_PENDING`, which says nothing final.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pending: bool,
    /// The amount that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// It names an amount that cannot be read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub amount_unreadable: bool,
    /// POP's id of the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
    /// The buyer must go to the bank first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub redirect: bool,
    /// It shows the stored card's token, which is not repeated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub card_shown: bool,
    /// Captures that it names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub captures: Vec<TransferSeen>,
    /// The refund that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<TransferSeen>,
}

/// A capture or refund as a message names it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TransferSeen {
    /// Our id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// POP's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// `SUCCESS`, `FAIL` and so on; absent where the message's own result says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The code of its result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl Summary {
    /// What the event says; `None` if no message of POP stands behind it.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::PayAnswered(Answer::Verified(outcome, report)) => Self {
                redirect: report.redirect.is_some(),
                ..Self::result(outcome).facts(&report.facts)
            },
            Event::PaymentNotified(notice) => Self {
                pending: !notice.is_final,
                ..Self::result(&notice.outcome).facts(&notice.facts)
            },
            Event::Inquired(Answer::Verified(outcome, report)) => {
                Self::result(outcome).inquiry(report)
            }
            Event::CaptureAnswered(_, Answer::Verified(outcome, report)) => {
                Self::result(outcome).capture(report)
            }
            Event::CaptureNotified(notice) => Self {
                payment_id: Some(notice.payment_id.to_string()),
                ..Self::result(&notice.outcome).capture(&notice.capture)
            },
            Event::CancelAnswered(Answer::Verified(outcome, report)) => Self {
                payment_id: report.payment_id.as_ref().map(ToString::to_string),
                ..Self::result(outcome)
            },
            Event::RefundAnswered(_, Answer::Verified(outcome, report))
            | Event::RefundInquired(_, Answer::Verified(outcome, report)) => {
                Self::result(outcome).refund(report)
            }
            Event::RefundNotified(notice) => Self::result(&notice.outcome).refund(&notice.refund),
            _ => return None,
        })
    }

    fn result(outcome: &Outcome) -> Self {
        let letter = match outcome.status {
            ResultStatus::Success => "S",
            ResultStatus::Failure => "F",
            ResultStatus::Unknown => "U",
            ResultStatus::Other => "?",
        };
        Self {
            result: letter.to_owned(),
            code: outcome.code.clone(),
            ..Self::default()
        }
    }

    fn facts(self, facts: &PaymentFacts) -> Self {
        Self {
            amount: amount(facts.amount),
            amount_unreadable: facts.amount == AmountSeen::Unreadable,
            payment_id: facts.payment_id.as_ref().map(ToString::to_string),
            card_shown: facts.stored_card.is_some(),
            ..self
        }
    }

    fn inquiry(self, report: &InquiryReport) -> Self {
        // Of a refused question nothing else is said.
        let answered = report.status != ReportedStatus::Other || self.result == "S";
        Self {
            payment_status: answered.then(|| word(report.status).to_owned()),
            payment_code: Some(report.code.clone()).filter(|code| !code.is_empty()),
            captures: report.captures.iter().map(shown).collect(),
            ..self.facts(&report.facts)
        }
    }

    fn capture(self, report: &CaptureReport) -> Self {
        Self {
            payment_id: report.payment_id.as_ref().map(ToString::to_string),
            captures: vec![TransferSeen {
                request_id: report.request_id.as_ref().map(ToString::to_string),
                id: report.capture_id.as_ref().map(ToString::to_string),
                amount: amount(report.amount),
                ..TransferSeen::default()
            }],
            amount_unreadable: report.amount == AmountSeen::Unreadable,
            ..self
        }
    }

    fn refund(self, report: &RefundReport) -> Self {
        let named = report.status != ReportedStatus::Other;
        Self {
            payment_id: report.payment_id.as_ref().map(ToString::to_string),
            refund: Some(TransferSeen {
                request_id: report.request_id.as_ref().map(ToString::to_string),
                id: report.refund_id.as_ref().map(ToString::to_string),
                amount: amount(report.amount),
                status: named.then(|| word(report.status).to_owned()),
                code: None,
            }),
            amount_unreadable: report.amount == AmountSeen::Unreadable,
            ..self
        }
    }
}

fn shown(capture: &ReportedCapture) -> TransferSeen {
    TransferSeen {
        request_id: capture.request_id.as_ref().map(ToString::to_string),
        id: capture.capture_id.as_ref().map(ToString::to_string),
        amount: amount(capture.amount),
        status: Some(word(capture.status).to_owned()),
        code: Some(capture.code.clone()).filter(|code| !code.is_empty()),
    }
}

fn amount(seen: AmountSeen) -> Option<Money> {
    match seen {
        AmountSeen::Is(money) => Some(money),
        AmountSeen::Absent | AmountSeen::Unreadable => None,
    }
}

fn word(status: ReportedStatus) -> &'static str {
    match status {
        ReportedStatus::Success => "SUCCESS",
        ReportedStatus::Fail => "FAIL",
        ReportedStatus::Cancelled => "CANCELLED",
        ReportedStatus::Processing => "PROCESSING",
        ReportedStatus::Pending => "PENDING",
        ReportedStatus::Other => "?",
    }
}
