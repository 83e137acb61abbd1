//! Where the payment stands, as the row has it. No people, no texts of the merchant but ids.

use super::changes::{capture_state, capture_words, refund_state};
use domain::{Money, Payment, Status, Time};
use serde::Serialize;

/// The payment, without people.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Facts {
    pub(super) payment: String,
    pub(super) order: Option<String>,
    pub(super) attempt: u32,
    pub(super) payment_id: Option<String>,
    pub(super) amount: Money,
    pub(super) status: Status,
    #[serde(serialize_with = "crate::output::iso")]
    pub(super) since: Time,
    /// POP's code of the end.
    pub(super) end_code: Option<String>,
    pub(super) review: Option<&'static str>,
    #[serde(serialize_with = "crate::output::iso_if")]
    pub(super) closed_at: Option<Time>,
    pub(super) capture: String,
    pub(super) captures: Vec<Part>,
    pub(super) refunds: Vec<Part>,
    #[serde(serialize_with = "crate::output::iso")]
    pub(super) created_at: Time,
    #[serde(serialize_with = "crate::output::iso")]
    pub(super) expires_at: Time,
    #[serde(serialize_with = "crate::output::iso_if")]
    pub(super) capture_by: Option<Time>,
    pub(super) version: u64,
}

/// A capture or refund.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Part {
    pub(super) request_id: String,
    pub(super) id: Option<String>,
    pub(super) amount: Money,
    pub(super) state: String,
}

impl Facts {
    pub(super) fn of(row: &Payment) -> Self {
        let review = row.review.as_ref().map(|review| review.reason.code());
        Self {
            payment: row.id.to_string(),
            order: row.order_id().map(ToString::to_string),
            attempt: row.attempt,
            payment_id: row.payment_id.as_ref().map(ToString::to_string),
            amount: row.amount,
            status: row.status,
            since: row.status_since,
            end_code: row.end_code.clone(),
            review,
            closed_at: row.closed_at(),
            capture: capture_words(row),
            captures: row
                .captures
                .iter()
                .map(|capture| Part {
                    request_id: capture.request_id.to_string(),
                    id: capture.capture_id.as_ref().map(ToString::to_string),
                    amount: capture.amount,
                    state: capture_state(&capture.state),
                })
                .collect(),
            refunds: row
                .refunds
                .iter()
                .map(|refund| Part {
                    request_id: refund.request_id.to_string(),
                    id: refund.refund_id.as_ref().map(ToString::to_string),
                    amount: refund.amount,
                    state: refund_state(refund),
                })
                .collect(),
            created_at: row.created_at,
            expires_at: row.expires_at,
            capture_by: row.capture_by,
            version: row.version,
        }
    }
}
