//! POP over HTTPS (feature `client`).

mod settings;

pub use settings::{Options, Settings, SettingsError};

use crate::answer::{
    read_cancel, read_capture, read_inquiry, read_pay, read_refund, read_refund_inquiry,
};
use crate::document::{self, Fields};
use crate::facts;
use crate::keys::{SigningKey, VerifyingKeys};
use crate::pay_request::PayRequest;
use crate::provider::{Exchange, Provider};
use crate::request::{
    self, CANCEL_PATH, CAPTURE_PATH, INQUIRY_PATH, PAY_PATH, REFUND_INQUIRY_PATH, REFUND_PATH,
};
use crate::signature::{sign, signed_content};
use crate::verify::{AnswerHeaders, VerifiedAnswer, VerifyError, verify_answer};
use bytes::Bytes;
use domain::evidence::MessageKind;
use domain::message::{
    Answer, CancelReport, CaptureReport, InquiryReport, NoAnswer, PayReport, RefundReport,
};
use domain::plan::{CaptureOrder, RefundOrder};
use domain::{PaymentRequestId, RefundRequestId};
use reqwest::{Response, StatusCode};
use std::fmt;

/// The provider over HTTP: one pool of connections, one signing key. Nothing is repeated, no redirect is followed, and
/// only a signed answer to our own call is believed.
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    client_id: String,
    key_version: String,
    signing_key: SigningKey,
    verifying_keys: VerifyingKeys,
    notify_url: Option<String>,
    options: Options,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Checks the settings; opens no connection yet.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        Self::with_options(settings, Options::default())
    }

    /// As [`Client::new`], with other limits than POP's advice or another clock.
    pub fn with_options(settings: Settings, options: Options) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self {
            http: settings::http_client(&settings, &options)?,
            base_url: settings.base_url.trim_end_matches('/').to_owned(),
            client_id: settings.client_id,
            key_version: settings.key_version,
            signing_key: settings.signing_key,
            verifying_keys: settings.verifying_keys,
            notify_url: settings.notify_url,
            options,
        })
    }

    /// One signed call. `read` turns the verified answer into what it says.
    async fn call<T>(
        &self,
        path: &str,
        kind: MessageKind,
        body: Option<Bytes>,
        read: fn(&VerifiedAnswer) -> Answer<T>,
    ) -> Exchange<T> {
        let path = request::path_for(&self.client_id, path);
        let exchange = self.exchange(&path, kind, body).await;
        match exchange {
            Ok(verified) => Exchange {
                answer: read(&verified),
                message: Some(verified.into_message()),
            },
            Err(reason) => Exchange::none(reason),
        }
    }

    async fn exchange(
        &self,
        path: &str,
        kind: MessageKind,
        body: Option<Bytes>,
    ) -> Result<VerifiedAnswer, NoAnswer> {
        // Without a body or a signature there is no call: for the payment the same as a broken connection.
        let body = body.ok_or(NoAnswer::Connection)?;
        let time = (self.options.clock)().millis().to_string();
        let content = zeroize::Zeroizing::new(signed_content(path, &self.client_id, &time, &body));
        let signature =
            sign(&self.signing_key, &self.key_version, &content).ok_or(NoAnswer::Connection)?;
        let call = self
            .http
            .post([self.base_url.as_str(), path].concat())
            .header("Client-Id", &self.client_id)
            .header("Request-Time", time)
            .header("Signature", signature)
            .header("Content-Type", "application/json; charset=UTF-8")
            .body(body);
        let response = call.send().await.map_err(|error| no_answer(&error))?;
        if response.status() != StatusCode::OK {
            return Err(NoAnswer::HttpStatus(response.status().as_u16()));
        }
        let headers = response.headers().clone();
        let body = self.read_bounded(response).await?;
        let headers = AnswerHeaders::from_map(&headers);
        let (keys, client_id) = (&self.verifying_keys, &self.client_id);
        verify_answer(keys, client_id, path, kind, &headers, &body)
            .map_err(|error| not_verified(path, error, &body))
    }

    async fn read_bounded(&self, mut response: Response) -> Result<Vec<u8>, NoAnswer> {
        let longest = self.options.answer_bytes;
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |length| length > longest) {
            return Err(NoAnswer::TooLong);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
            if body.len() + chunk.len() > longest {
                return Err(NoAnswer::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// The gateway does not sign its refusal of our own signature. What it claims then helps the operator to mend the keys,
/// and is logged for that only.
fn not_verified(path: &str, error: VerifyError, body: &[u8]) -> NoAnswer {
    let document = document::parse(body).unwrap_or_default();
    let claim = facts::outcome(Fields::of(&document), "result").code;
    let is_code = claim.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let claim = if is_code { claim.as_str() } else { "" };
    tracing::warn!(
        error.code = error.code(),
        pop.path = path,
        pop.claimed_code = claim,
        "an answer is not believed: {error}"
    );
    NoAnswer::NotVerified
}

fn no_answer(error: &reqwest::Error) -> NoAnswer {
    tracing::warn!(error.code = "no_answer", "POP did not answer: {error}");
    if error.is_timeout() {
        NoAnswer::TimedOut
    } else {
        NoAnswer::Connection
    }
}

impl Provider for Client {
    async fn pay(&self, request: &PayRequest<'_>) -> Exchange<PayReport> {
        // The owner is handed on with the bytes, so that they are wiped when the last of them is sent.
        let body = request.body().map(Bytes::from_owner);
        self.call(PAY_PATH, MessageKind::PayResponse, body, read_pay)
            .await
    }

    async fn inquire(&self, id: &PaymentRequestId) -> Exchange<InquiryReport> {
        let body = request::inquiry_body(id).map(Bytes::from);
        self.call(
            INQUIRY_PATH,
            MessageKind::InquiryResponse,
            body,
            read_inquiry,
        )
        .await
    }

    async fn capture(&self, order: &CaptureOrder) -> Exchange<CaptureReport> {
        let body = request::capture_body(order).map(Bytes::from);
        self.call(
            CAPTURE_PATH,
            MessageKind::CaptureResponse,
            body,
            read_capture,
        )
        .await
    }
    async fn cancel(&self, id: &PaymentRequestId) -> Exchange<CancelReport> {
        let body = request::cancel_body(id).map(Bytes::from);
        self.call(CANCEL_PATH, MessageKind::CancelResponse, body, read_cancel)
            .await
    }

    async fn refund(&self, order: &RefundOrder) -> Exchange<RefundReport> {
        let body = request::refund_body(order, self.notify_url.as_deref()).map(Bytes::from);
        self.call(REFUND_PATH, MessageKind::RefundResponse, body, read_refund)
            .await
    }

    async fn inquire_refund(&self, id: &RefundRequestId) -> Exchange<RefundReport> {
        let body = request::refund_inquiry_body(id).map(Bytes::from);
        self.call(
            REFUND_INQUIRY_PATH,
            MessageKind::RefundInquiryResponse,
            body,
            read_refund_inquiry,
        )
        .await
    }
}
