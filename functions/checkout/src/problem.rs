//! Errors as problem documents (RFC 9457) with codes that do not change.

use runtime::http::Response;
use store::{AdvanceError, CommitError, StoreError};

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// The stable code that programs look at.
    pub code: &'static str,
    /// What is wrong and what to do; never a value that was sent.
    pub detail: String,
    /// The method that the address takes, for a 405.
    pub allow: Option<&'static str>,
}

impl Problem {
    pub(crate) fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            allow: None,
        }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "no_such_payment", "There is no payment with this id.")
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        let title = match problem.status {
            400 => "The request is not right",
            401 | 403 => "Not allowed",
            404 => "Not found",
            405 => "Method not allowed",
            409 => "In conflict with what is stored",
            413 => "The body is too large",
            _ => "The request could not be carried out",
        };
        let response = Self::problem(problem.status, problem.code, title, &problem.detail);
        match problem.allow {
            Some(method) => response.with_header("allow", method),
            None => response,
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::new(
            503,
            "table_unavailable",
            format!("Nothing is known to have changed; try again. ({error})"),
        )
    }
}

impl From<AdvanceError> for Problem {
    fn from(error: AdvanceError) -> Self {
        match error {
            AdvanceError::NotFound => Self::not_found(),
            AdvanceError::Contended => Self::new(
                503,
                "contended",
                "Others are changing this payment; try again.",
            ),
            AdvanceError::RefundIdTaken => Self::new(
                409,
                "refund_id_in_use",
                "This refundRequestId stands for a refund of another payment; use a new one.",
            ),
            AdvanceError::Unsigned => Self::new(500, "internal_error", error.to_string()),
            AdvanceError::Store(error) => error.into(),
        }
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => error.into(),
            _ => Self::new(
                503,
                "contended",
                "Others are changing this payment; try again.",
            ),
        }
    }
}
