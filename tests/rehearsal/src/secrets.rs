//! Keys of one run, written to the emulator's Secrets Manager: made fresh for a headless run; those of `events/keys` when
//! people look around, so that the sample events are good there.

use std::path::PathBuf;

use anyhow::Context as _;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::RsaKeyPair;
use simulator::keys::KeyPair;

use crate::workspace::Workspace;

/// Both sides' keys and the merchant's own secrets.
pub(crate) struct Secrets {
    merchant: KeyPair,
    provider: KeyPair,
    api_key: String,
    client_token_key: String,
}

impl Secrets {
    /// Makes all of them.
    pub(crate) fn generate() -> anyhow::Result<Self> {
        Ok(Self {
            merchant: KeyPair::generate().context("cannot make the merchant's key pair")?,
            provider: KeyPair::generate().context("cannot make the provider's key pair")?,
            api_key: format!("sk_{}", random_hex(24)?),
            client_token_key: random_hex(32)?,
        })
    }

    /// Takes those of the sample events.
    pub(crate) fn of_samples(workspace: &Workspace) -> anyhow::Result<Self> {
        let folder = workspace.project().join("events").join("keys");
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))
        };
        let base64 = |name: &str| Ok::<_, anyhow::Error>(without_armour(&read(name)?));
        let pair = |of: &str| {
            Ok::<_, anyhow::Error>(KeyPair {
                private_base64: base64(&format!("{of}-private.pem"))?,
                public_base64: base64(&format!("{of}-public.pem"))?,
            })
        };
        Ok(Self {
            merchant: pair("merchant")?,
            provider: pair("provider")?,
            api_key: read("api-key.txt")?.trim().to_owned(),
            client_token_key: read("client-token-key.txt")?.trim().to_owned(),
        })
    }

    /// What the merchant's server sends to `checkout`.
    pub(crate) fn api_key(&self) -> &str {
        &self.api_key
    }

    /// The secrets of the deployed functions: name and text.
    pub(crate) fn for_functions(&self) -> [(&'static str, String); 3] {
        [
            (PRIVATE_KEY, self.merchant.private_pem()),
            (API_KEYS, self.api_key_hash()),
            (CLIENT_TOKEN_KEY, self.client_token_key.clone()),
        ]
    }

    /// The API key as its secret has it.
    pub(crate) fn api_key_hash(&self) -> String {
        hex(digest(&SHA256, self.api_key.as_bytes()).as_ref())
    }

    /// The key of the page's tokens.
    pub(crate) fn client_token_key(&self) -> &str {
        &self.client_token_key
    }

    /// The merchant's public key: SPKI in base64.
    pub(crate) fn merchant_public(&self) -> &str {
        &self.merchant.public_base64
    }

    /// The provider's public key: SPKI in base64.
    pub(crate) fn provider_public(&self) -> &str {
        &self.provider.public_base64
    }

    /// The provider's private key: PKCS#8 in base64.
    pub(crate) fn provider_private(&self) -> &str {
        &self.provider.private_base64
    }

    /// The provider's public key as the functions are told it.
    pub(crate) fn pop_public_keys(&self) -> String {
        format!("1={}", self.provider.public_base64)
    }

    /// Writes what the simulator needs, and only that, readable for this user alone.
    pub(crate) fn write_for_simulator(
        &self,
        workspace: &Workspace,
    ) -> anyhow::Result<SimulatorKeys> {
        let keys = SimulatorKeys {
            merchant_public: workspace.of_run("merchant-public.pem"),
            provider_private: workspace.of_run("provider-private.pem"),
        };
        write_private(&keys.merchant_public, &self.merchant.public_pem())?;
        write_private(&keys.provider_private, &self.provider.private_pem())?;
        Ok(keys)
    }

    /// The provider's private key, to sign notifications as it does.
    pub(crate) fn provider_key(&self) -> anyhow::Result<RsaKeyPair> {
        signing_key(&self.provider)
    }

    /// Texts that must not turn up in any log: the run's own secrets, beside [`Self::private_key`].
    pub(crate) fn texts(&self) -> [&str; 2] {
        [&self.api_key, &self.client_token_key]
    }

    /// The merchant's private key in base64, of which no piece may turn up.
    pub(crate) fn private_key(&self) -> &str {
        &self.merchant.private_base64
    }
}

/// Name of the merchant's private key.
pub(crate) const PRIVATE_KEY: &str = "pop-private-key";
/// Name of the list of hashed API keys.
pub(crate) const API_KEYS: &str = "checkout-api-keys";
/// Name of the key of the client tokens.
pub(crate) const CLIENT_TOKEN_KEY: &str = "client-token-key";

/// Files with the keys of the simulator.
pub(crate) struct SimulatorKeys {
    pub(crate) merchant_public: PathBuf,
    pub(crate) provider_private: PathBuf,
}

fn write_private(path: &std::path::Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// A pair's private key, ready to sign.
pub(crate) fn signing_key(pair: &KeyPair) -> anyhow::Result<RsaKeyPair> {
    use base64::Engine as _;
    let der = base64::engine::general_purpose::STANDARD
        .decode(&pair.private_base64)
        .context("a private key is not base64")?;
    RsaKeyPair::from_pkcs8(&der)
        .ok()
        .context("a private key is not in PKCS#8")
}

/// A PEM text's base64.
fn without_armour(pem: &str) -> String {
    pem.lines()
        .filter(|line| !line.starts_with("-----"))
        .collect()
}

fn random_hex(bytes: usize) -> anyhow::Result<String> {
    let mut buffer = vec![0; bytes];
    SystemRandom::new()
        .fill(&mut buffer)
        .ok()
        .context("the system gives no randomness")?;
    Ok(hex(&buffer))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_get_the_hash_of_the_api_key_only() {
        let secrets = Secrets::generate().unwrap();
        let [(_, private), (_, hashes), (_, token_key)] = secrets.for_functions();
        assert!(private.starts_with("-----BEGIN PRIVATE KEY-----"));
        assert_eq!(hashes.len(), 64);
        assert!(!hashes.contains(secrets.api_key()));
        assert_eq!(token_key.len(), 64);
        assert_ne!(
            secrets.merchant.public_base64,
            secrets.provider.public_base64
        );
        assert_eq!(
            hex(digest(&SHA256, b"abc").as_ref()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
