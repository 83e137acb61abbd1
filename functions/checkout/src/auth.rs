//! Who may call: the merchant's server by API key, the buyer's page by a token for one payment.
//!
//! A key or a token that does not fit may be newer than the secret that was read: then the secret is read again, seldom
//! enough for anybody to try, and the same look is taken once more.

use crate::{Checkout, Problem};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{PaymentRequestId, Seconds, Time};
use pop::provider::Provider;
use ring::{digest, hmac};
use runtime::http::Request;
use std::fmt;
use store::{Queues, Store};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// How long a page's token outlives the time to pay, so that the result page still works.
const GRACE: Seconds = Seconds::hours(1);

/// The most token keys that are valid at once: the one in use, the next one, and some before.
const MAX_TOKEN_KEYS: usize = 8;

/// The merchant's API keys, as SHA-256 hashes. Several are valid at once, so that keys can be changed without a gap.
pub struct ApiKeys(Vec<[u8; 32]>);

/// Why API keys or token keys cannot be used. Says what is expected, never what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a list of hashes.
    #[error("expected one lower-case hexadecimal SHA-256 of an API key (64 digits) per line")]
    ApiKeys,
    /// Not a list of keys.
    #[error(
        "expected at least 32 random bytes in hexadecimal per line, at most {MAX_TOKEN_KEYS} lines"
    )]
    TokenKeys,
}

impl ApiKeys {
    /// Reads the secret's text: one hash a line, at least one.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let hashes = lines(text)
            .map(|line| from_hex(line)?.as_slice().try_into().ok())
            .collect::<Option<Vec<[u8; 32]>>>()
            .filter(|hashes| !hashes.is_empty());
        hashes.map(Self).ok_or(KeyError::ApiKeys)
    }

    /// Compares without telling by its time how much was right.
    fn allow(&self, key: &str) -> bool {
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

/// The keys of the page's tokens. The first one signs; all of them verify, so that a page that is open while the key is
/// replaced goes on.
pub struct TokenKeys(Vec<hmac::Key>);

impl TokenKeys {
    /// Reads the secret's text: one key a line, at least one.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let key = |line| {
            let bytes = from_hex(line).filter(|bytes| bytes.len() >= 32)?;
            Some(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
        };
        let keys = lines(text).map(key).collect::<Option<Vec<_>>>();
        keys.filter(|keys| (1..=MAX_TOKEN_KEYS).contains(&keys.len()))
            .map(Self)
            .ok_or(KeyError::TokenKeys)
    }

    /// A token that lets its bearer pay and see one payment until an hour after its expiry.
    #[must_use]
    pub fn issue(&self, id: &PaymentRequestId, expires_at: Time) -> String {
        let until = (expires_at + GRACE).millis() / 1000;
        let content = signed_text(id, until);
        let tag = self.0.first().map(|key| hmac::sign(key, &content));
        let tag = tag.as_ref().map_or(&[][..], AsRef::as_ref); // there is always a first one
        format!("{until}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// Whether one of the keys signed this token for this payment, be its time over or not.
    fn signed(&self, token: &Token, id: &PaymentRequestId) -> bool {
        let content = signed_text(id, token.until);
        let verifies = |key| hmac::verify(key, &content, &token.tag).is_ok();
        self.0.iter().any(verifies)
    }
}

/// A text of a token's shape.
struct Token {
    /// Seconds since 1970.
    until: i64,
    tag: Vec<u8>,
}

impl Token {
    fn read(text: &str) -> Option<Self> {
        let (until, tag) = text.split_once('.')?;
        Some(Self {
            until: until.parse().ok()?,
            tag: URL_SAFE_NO_PAD.decode(tag).ok()?,
        })
    }
}

fn signed_text(id: &PaymentRequestId, until: i64) -> Vec<u8> {
    format!("pay {id} until {until}").into_bytes()
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The merchant's server.
    Merchant,
    /// The page of this payment.
    Page,
}

impl<S: Store, Q: Queues, P: Provider> Checkout<S, Q, P> {
    /// Lets the merchant through.
    pub(crate) async fn admit_merchant(&self, request: &Request) -> Result<(), Problem> {
        let key = bearer(request)?;
        let known = self.api_keys.passes(|keys| keys.allow(key)).await;
        known.then_some(()).ok_or_else(refused)
    }

    /// Lets the page of one payment through.
    pub(crate) async fn admit_page(
        &self,
        request: &Request,
        id: &PaymentRequestId,
    ) -> Result<(), Problem> {
        let token = Token::read(bearer(request)?).ok_or_else(refused)?;
        let signed = self.token_keys.passes(|keys| keys.signed(&token, id)).await;
        let in_time = (self.clock)().millis() / 1000 < token.until;
        (signed && in_time).then_some(()).ok_or_else(refused)
    }

    /// Lets the merchant or the page of one payment through. What has the shape of a token is no reason to look for newer
    /// API keys: pages ask every few seconds.
    pub(crate) async fn admit_either(
        &self,
        request: &Request,
        id: &PaymentRequestId,
    ) -> Result<Caller, Problem> {
        let bearer = bearer(request)?;
        let is_token = Token::read(bearer).is_some();
        if is_token && !self.api_keys.get().await.allow(bearer) {
            return self.admit_page(request, id).await.map(|()| Caller::Page);
        }
        self.admit_merchant(request)
            .await
            .map(|()| Caller::Merchant)
    }
}

fn bearer(request: &Request) -> Result<&str, Problem> {
    let header = request.header("authorization");
    header
        .and_then(|header| header.strip_prefix("Bearer "))
        .ok_or_else(refused)
}

fn refused() -> Problem {
    Problem::new(
        401,
        "not_authorized",
        "Send `Authorization: Bearer` with a valid API key or this payment's token.",
    )
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Wiped: it may be a key.
fn from_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    for pair in text.as_bytes().chunks_exact(2) {
        bytes.push(digit(pair[0])? << 4 | digit(pair[1])?);
    }
    Some(bytes)
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeys({} hashes)", self.0.len())
    }
}

impl fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKeys({} keys)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> PaymentRequestId {
        PaymentRequestId::new(text).unwrap()
    }

    fn keys(lines: &[&str]) -> TokenKeys {
        let lines: Vec<String> = lines.iter().map(|word| word.repeat(32)).collect();
        TokenKeys::parse(&lines.join("\n")).unwrap()
    }

    fn signed(keys: &TokenKeys, token: &str, id: &PaymentRequestId) -> bool {
        Token::read(token).is_some_and(|token| keys.signed(&token, id))
    }

    #[test]
    fn tokens_are_bound_to_payment_and_time() {
        let (own, other) = (keys(&["ab"]), keys(&["cd"]));
        let (p1, then) = (id("P1"), Time::from_millis(1_000_000));
        let token = own.issue(&p1, then);
        assert!(signed(&own, &token, &p1));
        assert!(!signed(&own, &token, &id("P2")), "another payment");
        assert!(!signed(&other, &token, &p1), "another key");
        let (until, tag) = token.split_once('.').unwrap();
        assert_eq!(until, "4600", "an hour later");
        let later = format!("9999999999.{tag}");
        assert!(!signed(&own, &later, &p1), "a later end");
        for bad in ["", ".", "x.y", &token[..token.len() - 1]] {
            assert!(!signed(&own, bad, &p1), "{bad}");
        }
    }

    #[test]
    fn while_the_token_key_is_replaced_the_first_signs_and_all_verify() {
        let (p1, then) = (id("P1"), Time::from_millis(1_000_000));
        let (before, both) = (keys(&["ab"]), keys(&["cd", "ab"]));
        let (old, new) = (before.issue(&p1, then), both.issue(&p1, then));
        assert!(signed(&both, &old, &p1) && signed(&both, &new, &p1));
        let after = keys(&["cd"]);
        assert!(signed(&after, &new, &p1) && !signed(&after, &old, &p1));
        assert!(!signed(&before, &new, &p1));
    }

    #[test]
    fn token_keys_are_a_few_whole_ones() {
        let line = "ab".repeat(32);
        for good in [1, 2, MAX_TOKEN_KEYS] {
            let text = vec![format!(" {line} "); good].join("\n\n");
            assert_eq!(TokenKeys::parse(&text).unwrap().0.len(), good);
        }
        let many = [line.as_str(); MAX_TOKEN_KEYS + 1].join("\n");
        let half = format!("{line}\nabcd");
        for bad in ["", "\n", "abcd", &half, &many, &line[1..], &"zz".repeat(32)] {
            assert_eq!(TokenKeys::parse(bad).map(drop), Err(KeyError::TokenKeys));
        }
    }

    #[test]
    fn two_api_keys_are_valid_during_a_change() {
        let hash =
            |key: &str| domain::hex(digest::digest(&digest::SHA256, key.as_bytes()).as_ref());
        let keys = ApiKeys::parse(&format!("{}\n{}\n", hash("old"), hash("new"))).unwrap();
        assert!(keys.allow("old") && keys.allow("new") && !keys.allow("other") && !keys.allow(""));
        for bad in ["", "xyz", "abcd", &"g".repeat(64)] {
            assert_eq!(ApiKeys::parse(bad).map(drop), Err(KeyError::ApiKeys));
        }
    }
}
