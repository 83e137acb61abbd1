//! What POP's result codes mean for us (docs/provider.md, "Result codes"). Unknown codes fall to the careful side: an
//! unknown `F` of pay is a plain decline, an unknown `F` of capture needs a person.

use serde::Serialize;

/// What a failed pay means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayFailure {
    /// Refused; final for this id.
    Declined(Advice),
    /// The payment was closed because nobody paid in time.
    Closed,
    /// The payment was cancelled.
    Cancelled,
    /// The gateway refused the call itself: nothing was processed, our set-up is wrong.
    NotProcessed,
    /// The code does not settle anything: ask.
    Ask,
}

/// What the buyer or merchant can do about a decline. Carries no risk reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// Try again, with the data corrected or another card.
    TryAgain,
    /// Try another card; this one will not do.
    OtherCard,
    /// Try again with 3-D Secure.
    Authenticate,
    /// The merchant must mend something; another try will not help.
    AskMerchant,
}

/// Sorts the code of a pay result, payment notification or inquiry that failed.
#[must_use]
pub fn pay_failure(code: &str) -> PayFailure {
    use Advice::{AskMerchant, Authenticate, OtherCard, TryAgain};
    PayFailure::Declined(match code {
        "ORDER_IS_CLOSED" => return PayFailure::Closed,
        "ORDER_IS_CANCELED" | "ORDER_IS_CANCELLED" => return PayFailure::Cancelled,
        "REPEAT_REQ_INCONSISTENT" | "SYSTEM_ERROR" => return PayFailure::Ask,
        "INVALID_SIGNATURE"
        | "SIGNATURE_INVALID"
        | "KEY_NOT_FOUND"
        | "NO_INTERFACE_DEF"
        | "MEDIA_TYPE_NOT_ACCEPTABLE"
        | "METHOD_NOT_SUPPORTED"
        | "INVALID_CLIENT" => return PayFailure::NotProcessed,
        "AUTHENTICATION_REQUIRED" => Authenticate,
        "CARD_NOT_SUPPORTED"
        | "SELECTED_CARD_BRAND_NOT_AVAILABLE"
        | "USER_STATUS_ABNORMAL"
        | "USER_KYC_NOT_QUALIFIED"
        | "USER_NOT_EXIST"
        | "FRAUD_REJECT"
        | "RISK_REJECT"
        | "SUSPECTED_CARD" => OtherCard,
        "PAYMENT_PROHIBITED"
        | "REGULATION_RESTRICTION"
        | "PARAM_ILLEGAL"
        | "PAYMENT_AMOUNT_EXCEED_LIMIT"
        | "PAYMENT_COUNT_EXCEED_LIMIT"
        | "CURRENCY_NOT_SUPPORT"
        | "SETTLE_CONTRACT_NOT_MATCH"
        | "INVALID_CONTRACT"
        | "NO_PAY_OPTIONS"
        | "PAYMENT_NOT_QUALIFIED"
        | "MERCHANT_NOT_REGISTERED"
        | "INVALID_MERCHANT_STATUS"
        | "MERCHANT_KYB_NOT_QUALIFIED"
        | "INVALID_API"
        | "INVALID_ACCESS_TOKEN" => AskMerchant,
        _ => TryAgain,
    })
}

/// What a failed capture means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptureFailure {
    /// The authorisation was cancelled: there is nothing to capture.
    AuthorizationCancelled,
    /// The authorisation expired: there is nothing to capture.
    AuthorizationExpired,
    /// The code does not settle anything (already captured, other data under the id): ask.
    Ask,
    /// Failed for good; a person decides what next.
    Failed,
}

/// Sorts the code of a capture result, capture notification or capture transaction that failed.
#[must_use]
pub fn capture_failure(code: &str) -> CaptureFailure {
    match code {
        "AUTH_CANCELLED" | "ORDER_IS_CANCELED" | "ORDER_IS_CANCELLED" => {
            CaptureFailure::AuthorizationCancelled
        }
        "AUTH_EXPIRED" => CaptureFailure::AuthorizationExpired,
        "ORDER_STATUS_INVALID" | "REPEAT_REQ_INCONSISTENT" | "AUTH_NOT_FOUND" | "SYSTEM_ERROR" => {
            CaptureFailure::Ask
        }
        code if is_not_processed(code) => CaptureFailure::Ask,
        _ => CaptureFailure::Failed,
    }
}

/// What a failed cancellation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelFailure {
    /// It is cancelled already.
    AlreadyCancelled,
    /// POP does not know the payment.
    Unknown,
    /// The gateway refused the call itself, or does not know: ask again.
    NotProcessed,
    /// The payment cannot be cancelled any more.
    Refused,
}

/// Sorts the code of a cancel result that failed.
#[must_use]
pub fn cancel_failure(code: &str) -> CancelFailure {
    match code {
        "ORDER_IS_CANCELED" | "ORDER_IS_CANCELLED" | "AUTH_CANCELLED" => {
            CancelFailure::AlreadyCancelled
        }
        "ORDER_NOT_EXIST" => CancelFailure::Unknown,
        "SYSTEM_ERROR" => CancelFailure::NotProcessed,
        code if is_not_processed(code) => CancelFailure::NotProcessed,
        _ => CancelFailure::Refused,
    }
}

/// What a failed refund means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundFailure {
    /// The code does not settle anything (other data under the id, an error of POP's): ask.
    Ask,
    /// The gateway refused the call itself: nothing was processed, our set-up is wrong.
    NotProcessed,
    /// Failed for good; the merchant decides what next.
    Failed,
}

/// Sorts the code of a refund result that failed.
#[must_use]
pub fn refund_failure(code: &str) -> RefundFailure {
    match code {
        "REPEAT_REQ_INCONSISTENT" | "SYSTEM_ERROR" => RefundFailure::Ask,
        code if is_not_processed(code) => RefundFailure::NotProcessed,
        _ => RefundFailure::Failed,
    }
}

/// Whether the gateway refused the call itself.
fn is_not_processed(code: &str) -> bool {
    pay_failure(code) == PayFailure::NotProcessed
}
