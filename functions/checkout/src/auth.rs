//! Who may call: the merchant's server by API key, the buyer's page by a token for one payment.

use crate::Problem;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{PaymentRequestId, Seconds, Time};
use ring::{digest, hmac};
use runtime::http::Request;
use std::fmt;
use subtle::ConstantTimeEq;

/// How long a page's token outlives the time to pay, so that the result page still works.
const GRACE: Seconds = Seconds::hours(1);

/// The merchant's API keys, as SHA-256 hashes. Several are valid at once, so that keys can be changed without a gap.
pub struct ApiKeys(Vec<[u8; 32]>);

/// Why API keys or the token key cannot be used. Says what is expected, never what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a list of hashes.
    #[error("expected one lower-case hexadecimal SHA-256 of an API key (64 digits) per line")]
    ApiKeys,
    /// Not a key.
    #[error("expected at least 32 random bytes in hexadecimal")]
    TokenKey,
}

impl ApiKeys {
    /// Reads the secret's text: one hash a line, at least one.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let hashes = lines
            .map(|line| from_hex(line)?.try_into().ok())
            .collect::<Option<Vec<[u8; 32]>>>()
            .filter(|hashes| !hashes.is_empty());
        hashes.map(Self).ok_or(KeyError::ApiKeys)
    }

    /// Compares without telling by its time how much was right.
    fn allows(&self, key: &str) -> bool {
        let hash = digest::digest(&digest::SHA256, key.as_bytes());
        let matches = self
            .0
            .iter()
            .map(|known| known.as_slice().ct_eq(hash.as_ref()));
        matches
            .fold(subtle::Choice::from(0), |any, one| any | one)
            .into()
    }
}

/// The key that signs the page's tokens.
pub struct TokenKey(hmac::Key);

impl TokenKey {
    /// Reads the secret's text.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let bytes = from_hex(text.trim())
            .filter(|bytes| bytes.len() >= 32)
            .ok_or(KeyError::TokenKey)?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// A token that lets its bearer pay and see one payment until an hour after its expiry.
    #[must_use]
    pub fn issue(&self, id: &PaymentRequestId, expires_at: Time) -> String {
        let until = (expires_at + GRACE).millis() / 1000;
        let tag = hmac::sign(&self.0, &signed_text(id, until));
        format!("{until}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn allows(&self, token: &str, id: &PaymentRequestId, now: Time) -> bool {
        let Some((until, tag)) = token.split_once('.') else {
            return false;
        };
        let (Ok(until), Ok(tag)) = (until.parse::<i64>(), URL_SAFE_NO_PAD.decode(tag)) else {
            return false;
        };
        hmac::verify(&self.0, &signed_text(id, until), &tag).is_ok() && now.millis() / 1000 < until
    }
}

fn signed_text(id: &PaymentRequestId, until: i64) -> Vec<u8> {
    format!("pay {id} until {until}").into_bytes()
}

/// Lets the merchant through.
pub(crate) fn merchant(keys: &ApiKeys, request: &Request) -> Result<(), Problem> {
    let key = bearer(request).ok_or_else(refused)?;
    keys.allows(key).then_some(()).ok_or_else(refused)
}

/// Lets the page of one payment through.
pub(crate) fn page(
    key: &TokenKey,
    request: &Request,
    id: &PaymentRequestId,
    now: Time,
) -> Result<(), Problem> {
    let token = bearer(request).ok_or_else(refused)?;
    key.allows(token, id, now).then_some(()).ok_or_else(refused)
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The merchant's server.
    Merchant,
    /// The page of this payment.
    Page,
}

/// Lets the merchant or the page of one payment through.
pub(crate) fn either(
    keys: &ApiKeys,
    key: &TokenKey,
    request: &Request,
    id: &PaymentRequestId,
    now: Time,
) -> Result<Caller, Problem> {
    match merchant(keys, request) {
        Ok(()) => Ok(Caller::Merchant),
        Err(_) => page(key, request, id, now).map(|()| Caller::Page),
    }
}

fn bearer(request: &Request) -> Option<&str> {
    request
        .headers
        .get("authorization")?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

fn refused() -> Problem {
    Problem::new(
        401,
        "not_authorized",
        "Send `Authorization: Bearer` with a valid API key or this payment's token.",
    )
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .bytes()
        .map(|b| {
            char::from(b)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        })
        .collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| {
        digits
            .chunks_exact(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect()
    })
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeys({} hashes)", self.0.len())
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_bound_to_payment_and_time() {
        let key = TokenKey::parse(&"ab".repeat(32)).unwrap();
        let other = TokenKey::parse(&"cd".repeat(32)).unwrap();
        let (id, then) = (
            PaymentRequestId::new("P1").unwrap(),
            Time::from_millis(1_000_000),
        );
        let token = key.issue(&id, then);
        assert!(key.allows(&token, &id, then));
        assert!(
            !key.allows(&token, &PaymentRequestId::new("P2").unwrap(), then),
            "another payment"
        );
        assert!(
            !key.allows(&token, &id, then + Seconds::hours(2)),
            "too late"
        );
        assert!(!other.allows(&token, &id, then), "another key");
        let (_, tag) = token.split_once('.').unwrap();
        assert!(
            !key.allows(&format!("9999999999.{tag}"), &id, then),
            "a later end"
        );
        for bad in ["", ".", "x.y", &token[..token.len() - 1]] {
            assert!(!key.allows(bad, &id, then), "{bad}");
        }
    }

    #[test]
    fn two_api_keys_are_valid_during_a_change() {
        let hash =
            |key: &str| domain::hex(digest::digest(&digest::SHA256, key.as_bytes()).as_ref());
        let keys = ApiKeys::parse(&format!("{}\n{}\n", hash("old"), hash("new"))).unwrap();
        assert!(
            keys.allows("old") && keys.allows("new") && !keys.allows("other") && !keys.allows("")
        );
        for bad in ["", "xyz", "abcd", &"g".repeat(64)] {
            assert_eq!(ApiKeys::parse(bad).map(drop), Err(KeyError::ApiKeys));
        }
        assert_eq!(TokenKey::parse("abcd").map(drop), Err(KeyError::TokenKey));
    }
}
