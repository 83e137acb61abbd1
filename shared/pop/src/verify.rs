//! Who sent a message. What passed is a [`Verified`] or a [`VerifiedAnswer`], and only those can be read.
//!
//! There is no other way to make one, so reading something unsigned does not compile:
//!
//! ```compile_fail,E0451
//! use pop::verify::Verified;
//! fn forge(message: domain::evidence::SignedMessage) -> Verified {
//!     Verified { message, document: Err(pop::ReadError::NotAnObject) }
//! }
//! ```
//!
//! ```compile_fail,E0308
//! let unsigned: &[u8] = b"{\"notifyType\":\"PAYMENT_RESULT\"}";
//! let read = pop::notification::read(unsigned);
//! ```

use crate::document::{self, Fields, ReadError};
use crate::keys::VerifyingKeys;
use crate::notification;
use crate::signature::{HeaderError, MAX_HEADER, SignatureHeader, signed_content};
use domain::Time;
use domain::evidence::{MessageKind, SignedMessage};
use http::HeaderMap;
use serde_json::{Map, Value};
use std::fmt;

/// The longest notification that is verified, in bytes. Real ones have about 2 KiB.
pub const MAX_NOTIFICATION: usize = 256 * 1024;

/// The longest answer that is verified, in bytes. It must fit into an item of the table (400 KB) as evidence: one that does
/// not could never be committed, and the payment would wait for it for ever.
pub const MAX_ANSWER: usize = 256 * 1024;

const MAX_CLIENT_ID: usize = 128;
const MAX_TIME: usize = 40;

/// Why a message is not believed. Nothing of it may be used; POP would send a notification again, anyone else is
/// refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The header `Signature` is missing.
    #[error("the header Signature is missing")]
    MissingSignature,
    /// The header `Client-Id` is missing.
    #[error("the header Client-Id is missing")]
    MissingClientId,
    /// The header `Request-Time` or `Response-Time` is missing.
    #[error("the header {0} is missing")]
    MissingTime(&'static str),
    /// One of the three headers stands twice.
    #[error("the header {0} stands more than once")]
    DuplicateHeader(&'static str),
    /// One of the three headers is too long or is not plain text.
    #[error("the header {0} cannot be one: too long or not plain text")]
    MalformedHeader(&'static str),
    /// The signature header cannot be read.
    #[error("the header Signature must read algorithm=RSA256,keyVersion=...,signature=...")]
    MalformedSignature,
    /// The signature header names another algorithm.
    #[error("the signature's algorithm is not RSA256")]
    Algorithm,
    /// The time header is not a time.
    #[error("the header {0} is not a time")]
    MalformedTime(&'static str),
    /// The body is not the beginning of a JSON object.
    #[error("the body is not a JSON object")]
    MalformedBody,
    /// The body is longer than what is read.
    #[error("the body is too long")]
    BodyTooLong,
    /// The message is for another client.
    #[error("the header Client-Id names another client")]
    WrongClient,
    /// No key of ours verifies the signature.
    #[error("the signature does not fit the message: check path, key and exact body")]
    BadSignature,
}

impl VerifyError {
    /// A stable word for answers and logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingSignature => "missing_signature",
            Self::MissingClientId => "missing_client_id",
            Self::MissingTime(_) => "missing_time",
            Self::DuplicateHeader(_) => "duplicate_header",
            Self::MalformedHeader(_) => "malformed_header",
            Self::MalformedSignature => "malformed_signature",
            Self::Algorithm => "unsupported_algorithm",
            Self::MalformedTime(_) => "malformed_time",
            Self::MalformedBody => "malformed_body",
            Self::BodyTooLong => "body_too_long",
            Self::WrongClient => "wrong_client",
            Self::BadSignature => "bad_signature",
        }
    }
}

/// A header as it came.
#[derive(Debug, Clone, Copy)]
enum Header<'a> {
    Missing,
    One(&'a str),
    Many,
    NotText,
}

impl<'a> Header<'a> {
    fn of(headers: &'a HeaderMap, name: &str) -> Self {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Missing,
            (Some(_), Some(_)) => Self::Many,
            (Some(value), None) => value.to_str().map_or(Self::NotText, Self::One),
        }
    }

    fn text(
        self,
        name: &'static str,
        longest: usize,
        missing: VerifyError,
    ) -> Result<&'a str, VerifyError> {
        match self {
            Self::Missing | Self::One("") => Err(missing),
            Self::Many => Err(VerifyError::DuplicateHeader(name)),
            Self::One(text) if text.len() <= longest => Ok(text),
            Self::One(_) | Self::NotText => Err(VerifyError::MalformedHeader(name)),
        }
    }
}

/// The three headers of a signed message.
#[derive(Debug, Clone, Copy)]
struct Headers<'a> {
    client_id: Header<'a>,
    time: Header<'a>,
    time_name: &'static str,
    signature: Header<'a>,
}

impl<'a> Headers<'a> {
    fn from_map(headers: &'a HeaderMap, time_name: &'static str) -> Self {
        Self {
            client_id: Header::of(headers, "client-id"),
            time: Header::of(headers, time_name),
            time_name,
            signature: Header::of(headers, "signature"),
        }
    }

    fn of(client_id: &'a str, time: &'a str, time_name: &'static str, signature: &'a str) -> Self {
        Self {
            client_id: Header::One(client_id),
            time: Header::One(time),
            time_name,
            signature: Header::One(signature),
        }
    }
}

/// The headers of a notification that count: `Client-Id`, `Request-Time`, `Signature`.
#[derive(Debug, Clone, Copy)]
pub struct NotificationHeaders<'a>(Headers<'a>);

impl<'a> NotificationHeaders<'a> {
    const TIME: &'static str = "Request-Time";

    /// Takes them from a request.
    #[must_use]
    pub fn from_map(headers: &'a HeaderMap) -> Self {
        Self(Headers::from_map(headers, Self::TIME))
    }

    /// From their values; an empty one counts as missing.
    #[must_use]
    pub fn new(client_id: &'a str, request_time: &'a str, signature: &'a str) -> Self {
        Self(Headers::of(client_id, request_time, Self::TIME, signature))
    }
}

/// The headers of an answer that count: `Client-Id`, `Response-Time`, `Signature`.
#[derive(Debug, Clone, Copy)]
pub struct AnswerHeaders<'a>(Headers<'a>);

impl<'a> AnswerHeaders<'a> {
    const TIME: &'static str = "Response-Time";

    /// Takes them from a response.
    #[must_use]
    pub fn from_map(headers: &'a HeaderMap) -> Self {
        Self(Headers::from_map(headers, Self::TIME))
    }

    /// From their values; an empty one counts as missing.
    #[must_use]
    pub fn new(client_id: &'a str, response_time: &'a str, signature: &'a str) -> Self {
        Self(Headers::of(client_id, response_time, Self::TIME, signature))
    }
}

type Document = Result<Map<String, Value>, ReadError>;

macro_rules! verified_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name {
            message: SignedMessage,
            document: Document,
        }

        impl $name {
            /// The message with all that is needed to check its signature again, for the evidence trail.
            #[must_use]
            pub fn message(&self) -> &SignedMessage {
                &self.message
            }

            /// As [`Self::message`], when nothing else is needed any more.
            #[must_use]
            pub fn into_message(self) -> SignedMessage {
                self.message
            }

            pub(crate) fn fields(&self) -> Result<Fields<'_>, ReadError> {
                self.document.as_ref().map(Fields::of).map_err(Clone::clone)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.message).finish()
            }
        }
    };
}

verified_type!(
    /// A notification that POP signed for us.
    Verified
);
verified_type!(
    /// An answer that POP signed for us, to the call whose path it was verified with.
    VerifiedAnswer
);

impl Verified {
    /// When POP says it sent the notification; `None` if it wrote the time in a way that we do not know. To watch
    /// clocks only: a repeated sending may carry the first time, and repeats are told by the payment's state.
    #[must_use]
    pub fn sent_at(&self) -> Option<Time> {
        Time::parse(&self.message.time)
    }
}

/// Verifies a notification with the path as registered at POP, which signs it without its query; one that was signed
/// with its query passes too.
pub fn verify_notification(
    keys: &VerifyingKeys,
    expected_client_id: &str,
    configured_path: &str,
    query: Option<&str>,
    headers: &NotificationHeaders<'_>,
    body: &[u8],
) -> Result<Verified, VerifyError> {
    let envelope = Envelope::open(&headers.0, expected_client_id, body, MAX_NOTIFICATION)?;
    let with_query = query.map(|query| format!("{configured_path}?{query}"));
    let paths = [Some(configured_path), with_query.as_deref()];
    let (path, key_version) = paths
        .into_iter()
        .flatten()
        .find_map(|path| Some((path, envelope.verify(keys, path)?)))
        .ok_or(VerifyError::BadSignature)?;
    let document = document::parse(body);
    let fields = document.as_ref().ok().map(Fields::of);
    let kind = fields.map_or(MessageKind::NotifyOther, notification::kind);
    let message = envelope.message(kind, path, key_version);
    Ok(Verified { message, document })
}

/// Verifies the answer to a call of ours. `path` is the path that we called, `kind` what kind of answer it is.
pub fn verify_answer(
    keys: &VerifyingKeys,
    expected_client_id: &str,
    path: &str,
    kind: MessageKind,
    headers: &AnswerHeaders<'_>,
    body: &[u8],
) -> Result<VerifiedAnswer, VerifyError> {
    let envelope = Envelope::open(&headers.0, expected_client_id, body, MAX_ANSWER)?;
    let key_version = envelope
        .verify(keys, path)
        .ok_or(VerifyError::BadSignature)?;
    let document = document::parse(body);
    let message = envelope.message(kind, path, key_version);
    Ok(VerifiedAnswer { message, document })
}

/// For fuzzing alone, where signing each input would take most of the time: messages as if they had been verified.
/// `cfg(fuzzing)` is set by the fuzzing build (`tests/fuzz`) and by no other, so that what is deployed or tested has no
/// such way around the signature.
#[cfg(fuzzing)]
mod unsigned {
    use super::{SignedMessage, Verified, VerifiedAnswer, document, notification};
    use crate::document::Fields;
    use domain::evidence::MessageKind;

    fn message(kind: MessageKind, body: &[u8]) -> SignedMessage {
        SignedMessage {
            kind,
            path: "/fuzzing".to_owned(),
            client_id: "FUZZING".to_owned(),
            time: "0".to_owned(),
            signature: String::new(),
            key_version: "1".to_owned(),
            body: body.to_vec(),
        }
    }

    impl Verified {
        /// A notification with this body.
        #[must_use]
        pub fn unsigned(body: &[u8]) -> Self {
            let document = document::parse(body);
            let fields = document.as_ref().ok().map(Fields::of);
            let kind = fields.map_or(MessageKind::NotifyOther, notification::kind);
            let message = message(kind, body);
            Self { message, document }
        }
    }

    impl VerifiedAnswer {
        /// An answer of this kind with this body.
        #[must_use]
        pub fn unsigned(kind: MessageKind, body: &[u8]) -> Self {
            let document = document::parse(body);
            let message = message(kind, body);
            Self { message, document }
        }
    }
}

/// A message whose headers are in order and whose signature is still to be checked.
struct Envelope<'a> {
    client_id: &'a str,
    time: &'a str,
    header: &'a str,
    signature: SignatureHeader,
    body: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn open(
        headers: &Headers<'a>,
        expected_client_id: &str,
        body: &'a [u8],
        longest: usize,
    ) -> Result<Self, VerifyError> {
        use VerifyError::{MissingClientId, MissingSignature, MissingTime};
        if body.len() > longest {
            return Err(VerifyError::BodyTooLong);
        }
        let name = headers.time_name;
        let header = headers
            .signature
            .text("Signature", MAX_HEADER, MissingSignature)?;
        let client_id = headers
            .client_id
            .text("Client-Id", MAX_CLIENT_ID, MissingClientId)?;
        let time = headers.time.text(name, MAX_TIME, MissingTime(name))?;
        if client_id != expected_client_id {
            return Err(VerifyError::WrongClient);
        }
        // The parts are signed as `id.time.body`. A time has no brace and a body begins with one, so the point where
        // one ends and the other begins cannot be moved, though a time may have points of its own.
        let of_time = |byte: u8| byte.is_ascii_alphanumeric() || b":+-.".contains(&byte);
        if !time.bytes().all(of_time) {
            return Err(VerifyError::MalformedTime(name));
        }
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(VerifyError::MalformedBody);
        }
        let signature = SignatureHeader::parse(header).map_err(|error| match error {
            HeaderError::Malformed => VerifyError::MalformedSignature,
            HeaderError::Algorithm => VerifyError::Algorithm,
        })?;
        Ok(Self {
            client_id,
            time,
            header,
            signature,
            body,
        })
    }

    /// The version of the key that verifies the message for this path.
    fn verify<'k>(&self, keys: &'k VerifyingKeys, path: &str) -> Option<&'k str> {
        let content = signed_content(path, self.client_id, self.time, self.body);
        let named = self.signature.key_version.as_deref();
        keys.verify(named, &content, &self.signature.signature)
    }

    fn message(&self, kind: MessageKind, path: &str, key_version: &str) -> SignedMessage {
        SignedMessage {
            kind,
            path: path.to_owned(),
            client_id: self.client_id.to_owned(),
            time: self.time.to_owned(),
            signature: self.header.to_owned(),
            key_version: key_version.to_owned(),
            body: self.body.to_vec(),
        }
    }
}
