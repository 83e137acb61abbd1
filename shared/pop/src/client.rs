//! POP as a client calls it (feature `client`): each call signed, each answer verified. What carries them is a
//! [`Transport`]: [`Https`], or in a test whatever else; what signs them, [`MerchantKeys`].

mod call;
mod https;
mod settings;
mod transport;

pub use https::Https;
pub use settings::{Options, Settings, SettingsError};
pub use transport::{Received, Transport};

use crate::answer::{
    read_cancel, read_capture, read_inquiry, read_pay, read_refund, read_refund_inquiry,
};
use crate::keys::VerifyingKeys;
use crate::merchant_key::{MerchantKey, MerchantKeys};
use crate::pay_request::PayRequest;
use crate::provider::{Exchange, Provider};
use crate::request::{
    self, CANCEL_PATH, CAPTURE_PATH, INQUIRY_PATH, PAY_PATH, REFUND_INQUIRY_PATH, REFUND_PATH,
};
use bytes::Bytes;
use domain::Time;
use domain::evidence::MessageKind;
use domain::message::{CancelReport, CaptureReport, InquiryReport, PayReport, RefundReport};
use domain::plan::{CaptureOrder, RefundOrder};
use domain::{PaymentRequestId, RefundRequestId};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The provider by way of signed calls. Only a signed answer to our own call is believed. Nothing is repeated but a
/// call whose signature POP refused: with another of the merchant's keys, if there is one and time is left.
pub struct Client<T = Https, K = Arc<MerchantKey>> {
    transport: T,
    client_id: String,
    merchant_keys: K,
    verifying_keys: VerifyingKeys,
    notify_url: Option<String>,
    clock: fn() -> Time,
    /// From the beginning of a call to the last byte of its answer.
    limit: Duration,
}

impl<T, K> fmt::Debug for Client<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl<K: MerchantKeys> Client<Https, K> {
    /// Checks the settings; opens no connection yet.
    pub fn new(settings: Settings<K>) -> Result<Self, SettingsError> {
        Self::with_options(settings, Options::default())
    }

    /// As [`Client::new`], with other limits than POP's advice or another clock.
    pub fn with_options(settings: Settings<K>, options: Options) -> Result<Self, SettingsError> {
        settings.check()?;
        let https = Https::new(&settings.base_url, &options)?;
        let client = Self::over(https, settings, options.clock)?;
        Ok(Self {
            limit: options.total,
            ..client
        })
    }
}

impl<T: Transport, K: MerchantKeys> Client<T, K> {
    /// A client whose calls this transport carries, stamped by this clock. The settings are checked as for HTTPS; their
    /// base URL is not used.
    pub fn over(
        transport: T,
        settings: Settings<K>,
        clock: fn() -> Time,
    ) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self {
            transport,
            client_id: settings.client_id,
            merchant_keys: settings.merchant_keys,
            verifying_keys: settings.verifying_keys,
            notify_url: settings.notify_url,
            clock,
            limit: Options::default().total,
        })
    }
}

impl<T: Transport, K: MerchantKeys> Provider for Client<T, K> {
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
