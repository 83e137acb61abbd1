//! The provider's verified word, in the domain's terms. Rules about it stand in [`crate::decide()`]; reading it from the
//! wire, and making sure that it was signed, is the work of the `pop` crate.

use crate::stored_card::TokenizedCard;
use crate::{
    CaptureId, CaptureRequestId, Money, PaymentId, PaymentRequestId, RefundId, RefundRequestId,
    Time,
};
use serde::{Deserialize, Serialize};

/// `result.resultStatus` (docs/provider.md, "Results").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResultStatus {
    /// `S`: success.
    Success,
    /// `F`: failure, final for the id that was used.
    Failure,
    /// `U`: unknown or in process.
    Unknown,
    /// A word that we do not know, or none: never decided on.
    Other,
}

/// `result` without its message text, which is for people only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Success, failure, unknown.
    pub status: ResultStatus,
    /// `resultCode`, at most 64 characters.
    pub code: String,
}

/// Why there is no verified answer. All of them mean the same for the payment: unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum NoAnswer {
    /// Nothing came in time; the provider may have acted.
    #[error("no answer in time")]
    TimedOut,
    /// The connection was refused, reset or closed; the provider may have acted.
    #[error("the connection failed")]
    Connection,
    /// A status other than 200.
    #[error("HTTP status {0}")]
    HttpStatus(u16),
    /// No signature, or a wrong one, or another client's.
    #[error("the answer is not verified")]
    NotVerified,
    /// Signed, but not the JSON that the contract describes.
    #[error("the answer is not readable")]
    Unreadable,
    /// Longer than we read.
    #[error("the answer is too long")]
    TooLong,
}

/// What became of a call to the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer<T> {
    /// A signed answer about our call.
    Verified(Outcome, T),
    /// Nothing that can be believed.
    None(NoAnswer),
}

/// An amount as a message carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum AmountSeen {
    /// The field is missing.
    #[default]
    Absent,
    /// The field is there but is no amount.
    Unreadable,
    /// An amount.
    Is(Money),
}

/// Facts about the payment that several messages carry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PaymentFacts {
    /// The payment that the message names, where it does.
    pub request_id: Option<PaymentRequestId>,
    /// POP's id for it.
    pub payment_id: Option<PaymentId>,
    /// The amount it names.
    pub amount: AmountSeen,
    /// Until when the authorisation can be captured.
    pub auth_expires_at: Option<Time>,
    /// What the issuer and 3-D Secure said about the card.
    pub card: CardResult,
    /// The acquirer's references, which disputes and its own reports quote.
    pub acquirer: Option<Acquirer>,
    /// The card as POP stored it, after a payment that asked for it. Never serialised.
    #[serde(skip)]
    pub stored_card: Option<TokenizedCard>,
}

/// The checks' raw results: kept and shown, never decided on. No card number, no cryptogram, no token.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CardResult {
    /// Address check, one letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avs_result_raw: Option<String>,
    /// Security code check, one letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cvv_result_raw: Option<String>,
    /// The scheme's id of the transaction, needed for later merchant-initiated payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_transaction_id: Option<String>,
    /// 3-D Secure: electronic commerce indicator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eci: Option<String>,
    /// 3-D Secure: protocol version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub three_ds_version: Option<String>,
    /// 3-D Secure 2: the directory server's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ds_transaction_id: Option<String>,
}

/// The acquirer behind POP.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Acquirer {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// POP's id towards it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_request_id: Option<String>,
    /// Its own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
}

/// Where the buyer must go to finish the payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// `GET` or `POST`.
    pub method: String,
    /// An https address of the provider or the issuer.
    pub url: String,
    /// Form fields of a `POST`, as JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<String>,
}

/// Answer to pay.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PayReport {
    /// The payment.
    pub facts: PaymentFacts,
    /// Present when the buyer must be sent elsewhere first.
    pub redirect: Option<Redirect>,
}

/// `paymentStatus` of an inquiry: the payment's, where `result` is only the call's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportedStatus {
    /// Authorised. For cards this says nothing about capture.
    Success,
    /// Failed for good.
    Fail,
    /// Cancelled, by us or by the provider.
    Cancelled,
    /// Not finished.
    Processing,
    /// The buyer is done, the result is outstanding.
    Pending,
    /// A word that we do not know, or none.
    Other,
}

/// One entry of an inquiry's `transactions` that is a capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedCapture {
    /// Our id, or in automatic mode the provider's choice.
    pub request_id: Option<CaptureRequestId>,
    /// POP's id.
    pub capture_id: Option<CaptureId>,
    /// How much.
    pub amount: AmountSeen,
    /// Where it stands.
    pub status: ReportedStatus,
    /// The code of its result.
    pub code: String,
}

/// Answer to inquiryPayment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InquiryReport {
    /// The payment.
    pub facts: PaymentFacts,
    /// Its state.
    pub status: ReportedStatus,
    /// `paymentResultCode`: why it is in that state.
    pub code: String,
    /// Captures of it.
    pub captures: Vec<ReportedCapture>,
}

/// Answer to capture.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CaptureReport {
    /// The capture that the answer names.
    pub request_id: Option<CaptureRequestId>,
    /// POP's id of it.
    pub capture_id: Option<CaptureId>,
    /// POP's id of the payment.
    pub payment_id: Option<PaymentId>,
    /// How much.
    pub amount: AmountSeen,
}

/// notifyPayment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentNotification {
    /// Which payment.
    pub request_id: PaymentRequestId,
    /// `PAYMENT_RESULT` (true) or `PAYMENT_PENDING` (false), whose `S` means "in process" and not paid.
    pub is_final: bool,
    /// The result.
    pub outcome: Outcome,
    /// The payment.
    pub facts: PaymentFacts,
}

/// notifyCapture: names the payment by POP's id only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureNotification {
    /// Which payment.
    pub payment_id: PaymentId,
    /// The result.
    pub outcome: Outcome,
    /// Which capture.
    pub capture: CaptureReport,
}

/// Answer to cancel.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CancelReport {
    /// The payment that the answer names.
    pub request_id: Option<PaymentRequestId>,
    /// POP's id of it.
    pub payment_id: Option<PaymentId>,
}

/// A refund as the answer to refund or inquiryRefund, or notifyRefund, shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundReport {
    /// The refund that is named.
    pub request_id: Option<RefundRequestId>,
    /// POP's id of it.
    pub refund_id: Option<RefundId>,
    /// POP's id of the payment.
    pub payment_id: Option<PaymentId>,
    /// How much.
    pub amount: AmountSeen,
    /// `refundStatus`; [`ReportedStatus::Other`] where there is none.
    pub status: ReportedStatus,
}

/// notifyRefund: names neither `paymentRequestId` nor, as a rule, `paymentId`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundNotification {
    /// Which refund.
    pub request_id: RefundRequestId,
    /// The result.
    pub outcome: Outcome,
    /// The refund.
    pub refund: RefundReport,
}
