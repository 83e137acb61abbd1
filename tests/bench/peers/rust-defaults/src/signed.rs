//! Who sent a notification: the check of its signature.

use aws_lambda_events::event::apigw::ApiGatewayV2httpRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_runtime::Error;
use percent_encoding::percent_decode_str;
use rsa::PublicKey;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::DecodePublicKey;
use rsa::sha2::Sha256;
use rsa::signature::Verifier as _;
use std::env;

const MAX_BODY: usize = 256 * 1024;

/// The message is not believed: the sender is told why.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("bad_body")]
    Body,
    #[error("wrong_client")]
    Client,
    #[error("malformed_signature")]
    Malformed,
    #[error("bad_signature")]
    Signature,
}

/// A verified notification.
pub struct Message {
    pub path: String,
    pub client_id: String,
    pub time: String,
    pub header: String,
    pub key_version: String,
    pub body: Vec<u8>,
}

/// What notifications are verified with.
pub struct Verifier {
    keys: Vec<(String, VerifyingKey<Sha256>)>,
    client_id: String,
    path: String,
}

impl Verifier {
    pub fn from_env() -> Result<Self, Error> {
        let mut keys = Vec::new();
        for entry in env::var("POP_PUBLIC_KEYS")?.split(',') {
            let (version, key) = entry.split_once('=').ok_or("a key without its version")?;
            keys.push((version.trim().to_owned(), read_key(key)?));
        }
        Ok(Self {
            keys,
            client_id: env::var("POP_CLIENT_ID")?,
            path: env::var("POP_NOTIFY_PATH")?,
        })
    }

    pub fn verify(&self, request: ApiGatewayV2httpRequest) -> Result<Message, Refused> {
        let text = request.body.unwrap_or_default();
        let body = match request.is_base64_encoded {
            true => STANDARD.decode(&text).map_err(|_| Refused::Body)?,
            false => text.into_bytes(),
        };
        if body.is_empty() || body.len() > MAX_BODY {
            return Err(Refused::Body);
        }
        let header = |name: &str| {
            let value = request
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (client_id, time) = (header("client-id"), header("request-time"));
        if client_id != self.client_id || time.is_empty() {
            return Err(Refused::Client);
        }
        let header = header("signature");
        let (named, signature) = read_header(&header).ok_or(Refused::Malformed)?;
        let mut content = format!("POST {}\n{client_id}.{time}.", self.path).into_bytes();
        content.extend_from_slice(&body);
        let is_named = |key: &&(String, _)| Some(key.0.as_str()) == named;
        let first = self.keys.iter().filter(is_named);
        let others = self.keys.iter().filter(|key| !is_named(key));
        let fitting = first
            .chain(others)
            .find(|(_, key)| key.verify(&content, &signature).is_ok());
        let (key_version, _) = fitting.ok_or(Refused::Signature)?;
        Ok(Message {
            path: self.path.clone(),
            client_id,
            time,
            key_version: key_version.clone(),
            header,
            body,
        })
    }
}

fn read_key(text: &str) -> Result<VerifyingKey<Sha256>, Error> {
    let bare: String = text
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let key = PublicKey::from_public_key_der(&STANDARD.decode(bare.trim())?)?;
    Ok(VerifyingKey::new(key))
}

/// The version of the key, if it is named, and the signature.
fn read_header(header: &str) -> Option<(Option<&str>, Signature)> {
    let part = |wanted: &str| {
        let mut parts = header
            .split(',')
            .filter_map(|part| part.trim().split_once('='));
        parts
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value)
    };
    if part("algorithm") != Some("RSA256") {
        return None;
    }
    let base64: Vec<u8> = percent_decode_str(part("signature")?).collect();
    let signature = Signature::try_from(STANDARD.decode(base64).ok()?.as_slice()).ok()?;
    Some((part("keyVersion"), signature))
}
