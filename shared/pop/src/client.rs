//! POP as a client calls it (feature `client`): each call signed, each answer verified. What carries them is a
//! [`Transport`]: [`Https`], or in a test whatever else.

mod https;
mod settings;
mod transport;

pub use https::Https;
pub use settings::{Options, Settings, SettingsError};
pub use transport::{Received, Transport};

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
use domain::Time;
use domain::evidence::MessageKind;
use domain::message::{
    Answer, CancelReport, CaptureReport, InquiryReport, NoAnswer, PayReport, RefundReport,
};
use domain::plan::{CaptureOrder, RefundOrder};
use domain::{PaymentRequestId, RefundRequestId};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use std::fmt;

/// The names of the headers that carry the signature.
const CLIENT_ID: HeaderName = HeaderName::from_static("client-id");
const REQUEST_TIME: HeaderName = HeaderName::from_static("request-time");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");

/// The provider by way of signed calls. Nothing is repeated, and only a signed answer to our own call is believed.
pub struct Client<T = Https> {
    transport: T,
    client_id: String,
    key_version: String,
    signing_key: SigningKey,
    verifying_keys: VerifyingKeys,
    notify_url: Option<String>,
    clock: fn() -> Time,
}

impl<T> fmt::Debug for Client<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("client_id", &self.client_id)
            .field("key_version", &self.key_version)
            .finish_non_exhaustive()
    }
}

impl Client<Https> {
    /// Checks the settings; opens no connection yet.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        Self::with_options(settings, Options::default())
    }

    /// As [`Client::new`], with other limits than POP's advice or another clock.
    pub fn with_options(settings: Settings, options: Options) -> Result<Self, SettingsError> {
        settings.check()?;
        Self::over(Https::new(&settings, &options)?, settings, options.clock)
    }
}

impl<T: Transport> Client<T> {
    /// A client whose calls this transport carries, stamped by this clock. The settings are checked as for HTTPS; their
    /// base URL is not used.
    pub fn over(
        transport: T,
        settings: Settings,
        clock: fn() -> Time,
    ) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self {
            transport,
            client_id: settings.client_id,
            key_version: settings.key_version,
            signing_key: settings.signing_key,
            verifying_keys: settings.verifying_keys,
            notify_url: settings.notify_url,
            clock,
        })
    }

    /// One signed call. `read` turns the verified answer into what it says.
    async fn call<R>(
        &self,
        path: &str,
        kind: MessageKind,
        body: Option<Bytes>,
        read: fn(&VerifiedAnswer) -> Answer<R>,
    ) -> Exchange<R> {
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
        let headers = self.headers(path, &body).ok_or(NoAnswer::Connection)?;
        let received = self.transport.post(path, headers, body).await?;
        let headers = AnswerHeaders::from_map(&received.headers);
        let (keys, client_id) = (&self.verifying_keys, &self.client_id);
        verify_answer(keys, client_id, path, kind, &headers, &received.body)
            .map_err(|error| not_verified(path, error, &received.body))
    }

    /// The headers of a call: who calls, when, and the signature over both, the path and the body.
    fn headers(&self, path: &str, body: &[u8]) -> Option<HeaderMap> {
        let time = (self.clock)().millis().to_string();
        let content = zeroize::Zeroizing::new(signed_content(path, &self.client_id, &time, body));
        let signature = sign(&self.signing_key, &self.key_version, &content)?;
        let json = HeaderValue::from_static("application/json; charset=UTF-8");
        Some(HeaderMap::from_iter([
            (CLIENT_ID, HeaderValue::from_str(&self.client_id).ok()?),
            (REQUEST_TIME, HeaderValue::try_from(time).ok()?),
            (SIGNATURE, HeaderValue::try_from(signature).ok()?),
            (CONTENT_TYPE, json),
        ]))
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

impl<T: Transport> Provider for Client<T> {
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
