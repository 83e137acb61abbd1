//! RSA keys: ours to sign with, POP's to verify with, in whatever shape the dashboard or `openssl` wrote them.

use crate::der;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use std::fmt;
use zeroize::Zeroizing;

/// Standard base64; padding may be missing, since copied texts lose it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The longest text taken for a key, in bytes. An RSA-4096 private key in PEM has about 3 KiB.
const MAX_KEY_TEXT: usize = 16 * 1024;

/// Moduli that POP could use, in bits.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// How many keys a set may hold: the one in use, the next one, and some history.
const MAX_KEYS: usize = 16;

const MAX_VERSION_LENGTH: usize = 16;

/// Why a text is not the key that is needed. Never holds a part of the text; the operator must give another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing stands there.
    #[error("empty: put the key there, as PEM or as bare base64")]
    Empty,
    /// Longer than any key.
    #[error("longer than a key can be")]
    TooLong,
    /// Between the PEM lines, or without them, something is not base64.
    #[error("not base64: copy the key again, with or without its PEM lines")]
    NotBase64,
    /// The key needs a passphrase.
    #[error("an encrypted key: decrypt it first, for example with `openssl pkey`")]
    Encrypted,
    /// Not an RSA private key.
    #[error("not an RSA private key in PKCS#8 or PKCS#1")]
    NotPrivate,
    /// Not an RSA public key.
    #[error("not an RSA public key in SPKI (X.509) or PKCS#1")]
    NotPublic,
    /// The key is too short, too long, or its numbers do not belong together.
    #[error("an RSA key that cannot be used: it must have 2048 to 4096 bits and be whole")]
    Unusable,
}

impl KeyError {
    /// A stable word for logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::NotBase64 => "not_base64",
            Self::Encrypted => "encrypted",
            Self::NotPrivate => "not_private_key",
            Self::NotPublic => "not_public_key",
            Self::Unusable => "unusable_key",
        }
    }
}

/// Takes away PEM lines and line breaks, also those that became the two characters `\n` on the way.
fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if text.len() > MAX_KEY_TEXT {
        return Err(KeyError::TooLong);
    }
    let mut inner = text.trim();
    if let Some((_, after)) = inner.split_once("-----BEGIN ") {
        let (label, after) = after.split_once("-----").ok_or(KeyError::NotBase64)?;
        let (content, _) = after.split_once("-----END ").ok_or(KeyError::NotBase64)?;
        if label.contains("ENCRYPTED") || content.contains("ENCRYPTED") {
            return Err(KeyError::Encrypted);
        }
        inner = content;
    }
    let mut compact = Zeroizing::new(String::with_capacity(inner.len()));
    for line in inner.split("\\n") {
        let line = line.trim_end_matches("\\r");
        compact.extend(line.chars().filter(|c| !c.is_ascii_whitespace()));
    }
    if compact.is_empty() {
        return Err(KeyError::Empty);
    }
    let mut der = Zeroizing::new(Vec::with_capacity(compact.len()));
    BASE64
        .decode_vec(compact.as_bytes(), &mut der)
        .map_err(|_| KeyError::NotBase64)?;
    Ok(der)
}

/// The merchant's private key. Signs requests; never shown.
pub struct SigningKey {
    pair: KeyPair,
    random: SystemRandom,
}

impl SigningKey {
    /// Reads PKCS#8 or PKCS#1, in PEM or bare base64.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let der = decode(text)?;
        let pair = match der::is_pkcs8(&der) {
            Some(true) => KeyPair::from_pkcs8(&der),
            Some(false) => KeyPair::from_der(&der),
            None => return Err(KeyError::NotPrivate),
        };
        let pair = pair.map_err(|_| KeyError::Unusable)?;
        let random = SystemRandom::new();
        Ok(Self { pair, random })
    }

    /// Whether both are one key, by their public halves.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let (one, two) = (self.pair.public(), other.pair.public());
        one.as_ref() == two.as_ref()
    }

    /// SHA256withRSA (PKCS#1 v1.5), the same each time for one content. `None` only if the system gives no random
    /// numbers (they blind the computation).
    pub(crate) fn sign(&self, content: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &self.random, content, &mut signature)
            .ok()?;
        Some(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

struct VerifyingKey {
    version: String,
    numbers: PublicKeyComponents<Vec<u8>>,
}

impl VerifyingKey {
    fn parse(version: &str, text: &str) -> Result<Self, KeyError> {
        let numbers = der::public_numbers(&decode(text)?).ok_or(KeyError::NotPublic)?;
        let (n, e) = (numbers.modulus, numbers.exponent);
        let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
        let odd_exponent = e.len() <= 4 && e.last().is_some_and(|byte| byte % 2 == 1) && e != [1];
        (MODULUS_BITS.contains(&bits) && odd_exponent)
            .then(|| Self {
                version: version.to_owned(),
                numbers: PublicKeyComponents { n, e },
            })
            .ok_or(KeyError::Unusable)
    }

    fn verifies(&self, content: &[u8], signature: &[u8]) -> bool {
        self.numbers
            .verify(&RSA_PKCS1_2048_8192_SHA256, content, signature)
            .is_ok()
    }
}

/// POP's public keys by version. POP's rules for changing its key are not published: several may be valid at a time.
pub struct VerifyingKeys(Vec<VerifyingKey>);

/// Which entry of a key set is wrong, and why. The operator must mend the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// No key at all: nothing could be verified.
    #[error("no key: give at least one, as `1=<base64>`")]
    NoKey,
    /// More entries than make sense.
    #[error("more than {MAX_KEYS} keys")]
    TooMany,
    /// An entry does not begin with its version.
    #[error("entry {place}: must begin with its version and `=`, as in `1=<base64>`")]
    Version {
        /// Which entry, from 1.
        place: usize,
    },
    /// Two entries have one version.
    #[error("entry {place}: its version stands there already")]
    VersionTwice {
        /// Which entry, from 1.
        place: usize,
    },
    /// An entry's key cannot be read.
    #[error("entry {place}: {problem}")]
    Key {
        /// Which entry, from 1.
        place: usize,
        /// What is wrong with it.
        problem: KeyError,
    },
}

impl KeySetError {
    /// A stable word for logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::TooMany => "too_many_keys",
            Self::Version { .. } => "bad_version",
            Self::VersionTwice { .. } => "version_twice",
            Self::Key { problem, .. } => problem.code(),
        }
    }
}

/// Whether a text can be a key version: POP counts `1`, `2`, and so on.
pub(crate) fn is_version(text: &str) -> bool {
    (1..=MAX_VERSION_LENGTH).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl VerifyingKeys {
    /// Reads `1=<key>` or several, `1=<key>,2=<key>`; each key is SPKI or PKCS#1, in PEM or bare base64.
    pub fn parse(text: &str) -> Result<Self, KeySetError> {
        let mut keys: Vec<VerifyingKey> = Vec::new();
        let entries = text.split(',').map(str::trim).enumerate();
        for (index, entry) in entries.filter(|(_, entry)| !entry.is_empty()) {
            let place = index + 1;
            let parts = entry.split_once('=').map(|(v, key)| (v.trim(), key));
            let Some((version, key)) = parts.filter(|(version, _)| is_version(version)) else {
                return Err(KeySetError::Version { place });
            };
            if keys.iter().any(|known| known.version == version) {
                return Err(KeySetError::VersionTwice { place });
            }
            if keys.len() == MAX_KEYS {
                return Err(KeySetError::TooMany);
            }
            let key = VerifyingKey::parse(version, key)
                .map_err(|problem| KeySetError::Key { place, problem })?;
            keys.push(key);
        }
        (!keys.is_empty())
            .then_some(Self(keys))
            .ok_or(KeySetError::NoKey)
    }

    /// Whether there is a key of this version.
    #[must_use]
    pub fn has(&self, version: &str) -> bool {
        self.0.iter().any(|key| key.version == version)
    }

    /// The version of the key that made this signature: the one that the message names is tried first, then the
    /// others, since the version is not part of what is signed.
    pub(crate) fn verify(
        &self,
        named: Option<&str>,
        content: &[u8],
        signature: &[u8],
    ) -> Option<&str> {
        let is_named = |key: &&VerifyingKey| Some(key.version.as_str()) == named;
        let first = self.0.iter().filter(is_named);
        let others = self.0.iter().filter(|key| !is_named(key));
        first
            .chain(others)
            .find(|key| key.verifies(content, signature))
            .map(|key| key.version.as_str())
    }
}

impl fmt::Debug for VerifyingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions = self.0.iter().map(|key| key.version.as_str());
        f.write_str("VerifyingKeys")?;
        f.debug_list().entries(versions).finish()
    }
}
