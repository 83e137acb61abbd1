//! POP's signature, and ours.

use anyhow::{Context, Result, anyhow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use ring::rand::SystemRandom;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};

/// POP's public key.
pub(crate) struct Verifier(UnparsedPublicKey<Vec<u8>>);

impl Verifier {
    /// `1=<base64 of the key's SubjectPublicKeyInfo>`.
    pub(crate) fn new(setting: &str) -> Result<Self> {
        let text = setting.trim().trim_start_matches("1=");
        let spki = STANDARD.decode(text)?;
        // ring takes the PKCS#1 key that lies within, after the algorithm.
        let key = spki.get(24..).context("a public key")?.to_vec();
        Ok(Self(UnparsedPublicKey::new(
            &RSA_PKCS1_2048_8192_SHA256,
            key,
        )))
    }

    /// Fails unless `header` signs the text.
    pub(crate) fn check(&self, path: &str, parts: [&str; 3], header: &str) -> Result<()> {
        let [client, time, body] = parts;
        let (_, signature) = header.split_once("signature=").context("a signature")?;
        let signature: Vec<u8> = percent_decode_str(signature).collect();
        let signature = STANDARD.decode(signature)?;
        let text = format!("POST {path}\n{client}.{time}.{body}");
        self.0
            .verify(text.as_bytes(), &signature)
            .map_err(|_| anyhow!("a wrong signature"))
    }
}

/// Our private key.
pub(crate) struct Signer(RsaKeyPair);

impl Signer {
    pub(crate) fn new(pem: &str) -> Result<Self> {
        let lines = pem.lines().filter(|line| !line.starts_with("-----"));
        let der = STANDARD.decode(lines.collect::<String>())?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|error| anyhow!("{error}"))?;
        Ok(Self(pair))
    }

    pub(crate) fn sign(&self, path: &str, parts: [&str; 3]) -> Result<String> {
        let [client, time, body] = parts;
        let text = format!("POST {path}\n{client}.{time}.{body}");
        let mut bytes = vec![0; self.0.public().modulus_len()];
        let random = SystemRandom::new();
        let signed = self
            .0
            .sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut bytes);
        signed.map_err(|_| anyhow!("ring did not sign"))?;
        let text = STANDARD.encode(bytes);
        let text = utf8_percent_encode(&text, NON_ALPHANUMERIC);
        Ok(format!("algorithm=RSA256,keyVersion=1,signature={text}"))
    }
}
