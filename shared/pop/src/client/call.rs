//! One signed call, and its answer verified.

use super::{Client, Transport};
use crate::document::{self, Fields};
use crate::facts;
use crate::merchant_key::{MerchantKey, MerchantKeys};
use crate::provider::Exchange;
use crate::request;
use crate::signature::{sign, signed_content};
use crate::verify::{AnswerHeaders, VerifiedAnswer, VerifyError, verify_answer};
use bytes::Bytes;
use domain::Time;
use domain::evidence::MessageKind;
use domain::message::{Answer, NoAnswer};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use std::time::Duration;

/// The names of the headers that carry the signature.
const CLIENT_ID: HeaderName = HeaderName::from_static("client-id");
const REQUEST_TIME: HeaderName = HeaderName::from_static("request-time");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");

/// What the gateway answers when it does not take the key that signed. Nothing was processed then.
const KEY_REFUSALS: [&str; 3] = ["INVALID_SIGNATURE", "SIGNATURE_INVALID", "KEY_NOT_FOUND"];

/// With less time left, a refused call is not signed anew.
const TIME_FOR_ANOTHER: Duration = Duration::from_secs(1);

/// A call: what is asked, and how its answer is read.
pub(super) struct Call<R> {
    path: String,
    kind: MessageKind,
    body: Bytes,
    read: fn(&VerifiedAnswer) -> Answer<R>,
}

/// What came of signing with one key.
struct Tried<R> {
    exchange: Exchange<R>,
    /// The code with which POP refused the key.
    refusal: Option<&'static str>,
}

impl<T: Transport, K: MerchantKeys> Client<T, K> {
    /// One signed call. `read` turns the verified answer into what it says. Without a body there is no call: for the
    /// payment the same as a broken connection.
    pub(super) async fn call<R>(
        &self,
        path: &str,
        kind: MessageKind,
        body: Option<Bytes>,
        read: fn(&VerifiedAnswer) -> Answer<R>,
    ) -> Exchange<R> {
        let Some(body) = body else {
            return Exchange::none(NoAnswer::Connection);
        };
        let path = request::path_for(&self.client_id, path);
        let call = Call {
            path,
            kind,
            body,
            read,
        };
        let begun = (self.clock)();
        let key = self.merchant_keys.current().await;
        let tried = self.signed_by(&key, &call, self.left(begun)).await;
        let Some(code) = tried.refusal else {
            return tried.exchange;
        };
        let other = self.merchant_keys.after_refusal(&key).await;
        let left = self.left(begun);
        let Some(other) = other.filter(|_| left >= TIME_FOR_ANOTHER) else {
            no_key_accepted(&call.path, &key, code);
            return tried.exchange;
        };
        tracing::warn!(
            error.code = "key_refused",
            pop.path = call.path,
            pop.claimed_code = code,
            merchant.refused_key_version = key.version(),
            merchant.key_version = other.version(),
            "POP refused the merchant's key; the call is signed with another one"
        );
        let again = self.signed_by(&other, &call, left).await;
        if let Some(code) = again.refusal {
            no_key_accepted(&call.path, &other, code);
        }
        again.exchange
    }

    /// What is left of the time for a call that began then.
    fn left(&self, begun: Time) -> Duration {
        let took = (self.clock)().millis().saturating_sub(begun.millis());
        let took = Duration::from_millis(u64::try_from(took).unwrap_or(0));
        self.limit.saturating_sub(took)
    }

    /// The call signed with this key, within `limit`.
    async fn signed_by<R>(&self, key: &MerchantKey, call: &Call<R>, limit: Duration) -> Tried<R> {
        // Without a signature there is no call either.
        let Some(headers) = self.headers(key, &call.path, &call.body) else {
            return Exchange::none(NoAnswer::Connection).into();
        };
        let body = call.body.clone();
        let posted = self.transport.post(&call.path, headers, body, limit).await;
        let received = match posted {
            Ok(received) => received,
            Err(reason) => return Exchange::none(reason).into(),
        };
        let headers = AnswerHeaders::from_map(&received.headers);
        let (keys, client_id) = (&self.verifying_keys, &self.client_id);
        let body = &received.body;
        match verify_answer(keys, client_id, &call.path, call.kind, &headers, body) {
            Ok(verified) => Exchange {
                answer: (call.read)(&verified),
                message: Some(verified.into_message()),
            }
            .into(),
            Err(error) => not_verified(&call.path, error, body),
        }
    }

    /// The headers of a call: who calls, when, and the signature over both, the path and the body.
    fn headers(&self, key: &MerchantKey, path: &str, body: &[u8]) -> Option<HeaderMap> {
        let time = (self.clock)().millis().to_string();
        let content = zeroize::Zeroizing::new(signed_content(path, &self.client_id, &time, body));
        let signature = sign(key.key(), key.version(), &content)?;
        let json = HeaderValue::from_static("application/json; charset=UTF-8");
        Some(HeaderMap::from_iter([
            (CLIENT_ID, HeaderValue::from_str(&self.client_id).ok()?),
            (REQUEST_TIME, HeaderValue::try_from(time).ok()?),
            (SIGNATURE, HeaderValue::try_from(signature).ok()?),
            (CONTENT_TYPE, json),
        ]))
    }
}

impl<R> From<Exchange<R>> for Tried<R> {
    fn from(exchange: Exchange<R>) -> Self {
        let refusal = match &exchange.answer {
            Answer::Verified(outcome, _) => key_refusal(&outcome.code),
            Answer::None(_) => None,
        };
        Self { exchange, refusal }
    }
}

fn key_refusal(code: &str) -> Option<&'static str> {
    KEY_REFUSALS.into_iter().find(|known| *known == code)
}

/// The gateway does not sign its refusal of our own signature. What it claims then is no word about the payment: it
/// leads to another key of ours, and helps the operator to mend the keys.
fn not_verified<R>(path: &str, error: VerifyError, body: &[u8]) -> Tried<R> {
    let exchange = Exchange::none(NoAnswer::NotVerified);
    let document = document::parse(body).unwrap_or_default();
    let claim = facts::outcome(Fields::of(&document), "result").code;
    let refusal = key_refusal(&claim);
    if refusal.is_none() {
        let is_code = claim.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        let claim = if is_code { claim.as_str() } else { "" };
        tracing::warn!(
            error.code = error.code(),
            pop.path = path,
            pop.claimed_code = claim,
            "an answer is not believed: {error}"
        );
    }
    Tried { exchange, refusal }
}

fn no_key_accepted(path: &str, key: &MerchantKey, code: &str) {
    tracing::error!(
        error.code = "no_key_accepted",
        pop.path = path,
        pop.claimed_code = code,
        merchant.refused_key_version = key.version(),
        "POP refuses the merchant's key, and no other is left to try: look at the key and its version"
    );
}
