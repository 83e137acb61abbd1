//! The `Signature` header and what it covers (docs/provider.md, "Signing").

use crate::keys::SigningKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The only algorithm of POP: SHA256withRSA.
const ALGORITHM: &str = "RSA256";

/// The longest header that is looked at, in bytes. One of an RSA-8192 key has about 1.5 KiB.
pub(crate) const MAX_HEADER: usize = 4096;

/// What is signed, in all three directions: `POST <path>` LF `<client id>.<time>.<body>`, to the byte.
#[must_use]
pub fn signed_content(path: &str, client_id: &str, time: &str, body: &[u8]) -> Vec<u8> {
    let head = ["POST ", path, "\n", client_id, ".", time, "."].concat();
    let mut content = Vec::with_capacity(head.len() + body.len());
    content.extend_from_slice(head.as_bytes());
    content.extend_from_slice(body);
    content
}

/// A `Signature` header, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeader {
    /// The version of the key, where the sender names it. Not covered by the signature: a hint only.
    pub key_version: Option<String>,
    /// The signature itself.
    pub signature: Vec<u8>,
}

/// Why a header is not a signature; the message cannot be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Too long, a part missing or doubled, or no base64.
    #[error("the signature header is malformed")]
    Malformed,
    /// The algorithm is not `RSA256`.
    #[error("the signature's algorithm is not {ALGORITHM}")]
    Algorithm,
}

impl SignatureHeader {
    /// Reads `algorithm=RSA256, keyVersion=1, signature=<base64, as it is or percent-encoded>`, in any order and with
    /// or without blanks. Parts that we do not know are passed over.
    pub fn parse(header: &str) -> Result<Self, HeaderError> {
        if header.len() > MAX_HEADER {
            return Err(HeaderError::Malformed);
        }
        let (mut algorithm, mut key_version, mut signature) = (None, None, None);
        for part in header.split(',') {
            // The first `=` only: raw base64 ends in more of them.
            let (name, value) = part.split_once('=').ok_or(HeaderError::Malformed)?;
            let place = match name.trim() {
                "algorithm" => &mut algorithm,
                "keyVersion" => &mut key_version,
                "signature" => &mut signature,
                _ => continue,
            };
            if place.replace(value.trim()).is_some() {
                return Err(HeaderError::Malformed);
            }
        }
        if algorithm.ok_or(HeaderError::Malformed)? != ALGORITHM {
            return Err(HeaderError::Algorithm);
        }
        let signature = decode(signature.ok_or(HeaderError::Malformed)?)?;
        let key_version = key_version.map(str::to_owned);
        Ok(Self {
            key_version,
            signature,
        })
    }
}

/// Percent-decoding and not form-decoding: the latter makes blanks of the `+` of raw base64.
fn decode(value: &str) -> Result<Vec<u8>, HeaderError> {
    let base64: Vec<u8> = percent_decode_str(value).collect();
    let bytes = STANDARD.decode(base64);
    bytes
        .ok()
        .filter(|bytes| !bytes.is_empty())
        .ok_or(HeaderError::Malformed)
}

/// The `Signature` header of a message. `None` only if the system gives no random numbers.
#[must_use]
pub fn sign(key: &SigningKey, key_version: &str, content: &[u8]) -> Option<String> {
    let base64 = STANDARD.encode(key.sign(content)?);
    let encoded = utf8_percent_encode(&base64, NON_ALPHANUMERIC);
    Some(format!(
        "algorithm={ALGORITHM},keyVersion={key_version},signature={encoded}"
    ))
}
