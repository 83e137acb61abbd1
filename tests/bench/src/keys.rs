//! The keys of `events/keys`: the samples' merchant and provider.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use std::path::{Path, PathBuf};

/// The client id that the samples carry.
pub(crate) const CLIENT_ID: &str = "SANDBOX_5X00000000000000";

/// The project's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of `events/keys`.
pub(crate) fn text(name: &str) -> Result<String> {
    let path = root().join("events/keys").join(name);
    std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
}

/// What stands between the lines of a PEM file, in one line.
pub(crate) fn base64_of(pem: &str) -> String {
    pem.lines()
        .filter(|line| !line.starts_with("-----"))
        .collect()
}

/// The provider, who signs.
pub(crate) struct Signer(RsaKeyPair);

impl Signer {
    pub(crate) fn provider() -> Result<Self> {
        let der = STANDARD.decode(base64_of(&text("provider-private.pem")?))?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(Self(pair))
    }

    /// The `Signature` header of a message.
    pub(crate) fn sign(&self, path: &str, time: &str, body: &str) -> Result<String> {
        let text = format!("POST {path}\n{CLIENT_ID}.{time}.{body}");
        let mut bytes = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                text.as_bytes(),
                &mut bytes,
            )
            .map_err(|_| anyhow::anyhow!("ring did not sign"))?;
        let encoded = utf8_percent_encode(&STANDARD.encode(bytes), NON_ALPHANUMERIC).to_string();
        Ok(format!("algorithm=RSA256,keyVersion=1,signature={encoded}"))
    }
}
