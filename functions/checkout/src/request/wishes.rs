//! What the merchant wants of a payment: the bodies of `capture` and `refund`.

use super::{field, in_field};
use crate::Problem;
use domain::{CaptureRequest, Money, RefundRequest, RefundRequestId, limits};
use serde::Deserialize;

/// The longest reason of a refund, in characters.
const MAX_REASON: usize = 256;

/// The most captures of one payment.
const MAX_CAPTURES: u32 = 100;

/// The body of `POST /payments/{id}/capture`.
#[derive(Deserialize)]
pub(crate) struct CaptureBody {
    amount: Option<Money>,
    number: Option<u32>,
    #[serde(default)]
    last: bool,
}

impl CaptureBody {
    pub(crate) fn check(self) -> Result<CaptureRequest, Problem> {
        let number = self.number.unwrap_or(1);
        let range = 1..=MAX_CAPTURES;
        if !range.contains(&number) {
            return Err(field("number", format!("from 1 to {MAX_CAPTURES}")));
        }
        Ok(CaptureRequest {
            number,
            amount: payable("amount", self.amount)?,
            last: self.last,
        })
    }
}

/// The body of `POST /payments/{id}/refund`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefundBody {
    refund_request_id: String,
    amount: Option<Money>,
    reason: Option<String>,
}

impl RefundBody {
    pub(crate) fn check(self) -> Result<RefundRequest, Problem> {
        let request_id = RefundRequestId::from_merchant(self.refund_request_id)
            .map_err(|error| field("refundRequestId", error))?;
        limits::optional_text("reason", self.reason.as_deref(), MAX_REASON).map_err(in_field)?;
        Ok(RefundRequest {
            request_id,
            amount: payable("amount", self.amount)?,
            reason: self.reason,
        })
    }
}

fn payable(name: &str, amount: Option<Money>) -> Result<Option<Money>, Problem> {
    let checked = amount.map(Money::check_payable).transpose();
    checked.map_err(|error| field(name, error))
}
