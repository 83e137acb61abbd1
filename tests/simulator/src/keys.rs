//! Key pairs: making them, and reading them from the forms in which merchants and the provider hand them over.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use graviola::signing::rsa::{KeySize, SigningKey};

use crate::signing::VerifyingKey;

/// `AlgorithmIdentifier` of an RSA key inside a DER `SubjectPublicKeyInfo`: the OID `rsaEncryption` and a NULL.
const RSA_ENCRYPTION: [u8; 13] = [
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// Why a key text cannot be used. The message names no byte of the key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// The text is neither PEM nor base64.
    #[error("the {0} key is neither PEM nor base64: pass the file as the dashboard gave it")]
    NotBase64(&'static str),
    /// The bytes are no RSA key of the kind that was asked for.
    #[error(
        "the {0} key is not an RSA key of 2048 bits or more (PKCS#8 or PKCS#1 if private, SPKI if public)"
    )]
    NotRsa(&'static str),
    /// The crypto library could not make a key pair.
    #[error("a key pair could not be generated: run again, or pass key files")]
    Generation,
}

/// A fresh RSA key pair of 2048 bits as texts, ready for configuration files and environment variables.
#[derive(Clone)]
pub struct KeyPair {
    /// The private key: PKCS#8 DER in base64, without PEM lines.
    pub private_base64: String,
    /// The public key: SPKI DER in base64, without PEM lines.
    pub public_base64: String,
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair")
            .field("public_base64", &self.public_base64)
            .finish_non_exhaustive()
    }
}

impl KeyPair {
    /// Makes a new pair; takes some 50 to 300 ms.
    ///
    /// # Errors
    /// [`KeyError::Generation`] if the system gives no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        let key = SigningKey::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generation)?;
        let mut buffer = [0u8; 4096];
        let private_base64 = BASE64.encode(
            key.to_pkcs8_der(&mut buffer)
                .map_err(|_| KeyError::Generation)?,
        );
        Ok(Self {
            private_base64,
            public_base64: public_base64(&key)?,
        })
    }

    /// The private key as a PEM file's text (`PRIVATE KEY`).
    #[must_use]
    pub fn private_pem(&self) -> String {
        pem("PRIVATE KEY", &self.private_base64)
    }

    /// The public key as a PEM file's text (`PUBLIC KEY`).
    #[must_use]
    pub fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public_base64)
    }
}

fn pem(label: &str, base64: &str) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for (index, letter) in base64.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}

/// The public half of a private key as base64 of its SPKI.
pub(crate) fn public_base64(key: &SigningKey) -> Result<String, KeyError> {
    let mut buffer = [0u8; 2048];
    let spki = key
        .public_key()
        .to_spki_der(&mut buffer)
        .map(<[u8]>::to_vec)
        .map_err(|_| KeyError::NotRsa("public"))?;
    Ok(BASE64.encode(spki))
}

/// Reads a private key: PKCS#8 or PKCS#1, with or without PEM lines.
pub(crate) fn read_private(text: &str) -> Result<SigningKey, KeyError> {
    let der = decode(text, "private")?;
    SigningKey::from_pkcs8_der(&der)
        .or_else(|_| SigningKey::from_pkcs1_der(&der))
        .map_err(|_| KeyError::NotRsa("private"))
}

/// Reads a public key: SPKI or bare PKCS#1, with or without PEM lines.
pub(crate) fn read_public(text: &str) -> Result<VerifyingKey, KeyError> {
    let der = decode(text, "public")?;
    let inner = inside_spki(&der).unwrap_or(&der);
    VerifyingKey::from_pkcs1_der(inner).map_err(|_| KeyError::NotRsa("public"))
}

fn decode(text: &str, which: &'static str) -> Result<Vec<u8>, KeyError> {
    let joined: String = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("-----"))
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .collect();
    BASE64
        .decode(joined)
        .ok()
        .filter(|der| !der.is_empty())
        .ok_or(KeyError::NotBase64(which))
}

/// The `RSAPublicKey` inside an SPKI: what the BIT STRING after the algorithm holds.
fn inside_spki(der: &[u8]) -> Option<&[u8]> {
    let algorithm = der
        .windows(RSA_ENCRYPTION.len())
        .take(32)
        .position(|window| window == RSA_ENCRYPTION)?;
    let bits = der.get(algorithm + RSA_ENCRYPTION.len()..)?;
    let (&[tag, length], rest) = bits.split_first_chunk::<2>()?;
    if tag != 0x03 {
        return None;
    }
    // Long form: the low bits of the first length byte say how many length bytes follow.
    let length_bytes = if length & 0x80 == 0 {
        0
    } else {
        usize::from(length & 0x7f)
    };
    match rest.get(length_bytes..)?.split_first()? {
        (0, key) => Some(key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_pair_is_read_back_from_every_form() {
        let pair = KeyPair::generate().unwrap();
        for private in [
            pair.private_base64.clone(),
            pair.private_pem(),
            pair.private_pem().replace('\n', "\r\n"),
        ] {
            let key = read_private(&private).unwrap();
            assert_eq!(public_base64(&key).unwrap(), pair.public_base64);
        }
        let mut signature = [0u8; 512];
        let key = read_private(&pair.private_base64).unwrap();
        let signature = key.sign_pkcs1_sha256(&mut signature, b"words").unwrap();
        for public in [pair.public_base64.clone(), pair.public_pem()] {
            let public = read_public(&public).unwrap();
            assert!(public.verify_pkcs1_sha256(signature, b"words").is_ok());
            assert!(
                public
                    .verify_pkcs1_sha256(signature, b"other words")
                    .is_err()
            );
        }
    }

    #[test]
    fn what_is_no_key_is_refused_with_a_reason() {
        assert_eq!(
            read_private("not base64 !").err(),
            Some(KeyError::NotBase64("private"))
        );
        assert_eq!(read_public("").err(), Some(KeyError::NotBase64("public")));
        assert_eq!(read_public("AAAA").err(), Some(KeyError::NotRsa("public")));
        assert!(!format!("{:?}", KeyPair::generate().unwrap()).contains("private"));
    }
}
