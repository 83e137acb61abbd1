//! Signatures as the provider makes and checks them (`docs/provider.md`, section "Signing").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use graviola::signing::rsa::SigningKey;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

pub(crate) use graviola::signing::rsa::VerifyingKey;

/// What base64 has beyond letters and digits is percent-encoded; `-`, `.`, `_` never occur in it.
const ENCODED: &AsciiSet = NON_ALPHANUMERIC;

/// The parts of a message that the signature covers.
#[derive(Clone, Copy)]
pub(crate) struct Signed<'a> {
    /// Path of the request, without host and without query.
    pub(crate) path: &'a str,
    /// The merchant's client id.
    pub(crate) client_id: &'a str,
    /// The time header's text, taken as it is.
    pub(crate) time: &'a str,
    /// The body's bytes as they travel.
    pub(crate) body: &'a [u8],
}

impl Signed<'_> {
    fn content(&self) -> Vec<u8> {
        let mut content =
            format!("POST {}\n{}.{}.", self.path, self.client_id, self.time).into_bytes();
        content.extend_from_slice(self.body);
        content
    }

    /// The value of the `Signature` header; `blanks` puts one after each comma, as the documentation prints it.
    ///
    /// `None` when the library refuses to sign, which it does for broken keys only.
    pub(crate) fn header(
        &self,
        key: &SigningKey,
        key_version: &str,
        blanks: bool,
    ) -> Option<String> {
        let mut buffer = [0u8; 1024];
        let signature = key.sign_pkcs1_sha256(&mut buffer, &self.content()).ok()?;
        let comma = if blanks { ", " } else { "," };
        let encoded = BASE64.encode(signature);
        Some(format!(
            "algorithm=RSA256{comma}keyVersion={key_version}{comma}signature={}",
            utf8_percent_encode(&encoded, ENCODED)
        ))
    }

    /// Whether the header's signature is the key's over these parts.
    pub(crate) fn verifies(&self, header: &str, key: &VerifyingKey) -> bool {
        signature_bytes(header)
            .is_some_and(|signature| key.verify_pkcs1_sha256(&signature, &self.content()).is_ok())
    }
}

/// The version of the key that a header names.
pub(crate) fn key_version(header: &str) -> Option<&str> {
    let mut parts = header.split(',').map(str::trim);
    parts.find_map(|part| part.strip_prefix("keyVersion="))
}

/// The signature out of a header, which may have blanks after its commas and raw or percent-encoded base64.
fn signature_bytes(header: &str) -> Option<Vec<u8>> {
    let mut algorithm = None;
    let mut signature = None;
    for part in header.split(',') {
        let (name, value) = part.trim().split_once('=')?;
        let slot = match name {
            "algorithm" => &mut algorithm,
            "signature" => &mut signature,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return None;
        }
    }
    if algorithm? != "RSA256" {
        return None;
    }
    let decoded = percent_decode_str(signature?).decode_utf8().ok()?;
    BASE64.decode(decoded.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{KeyPair, read_private, read_public};

    #[test]
    fn every_part_of_the_message_is_covered() {
        let pair = KeyPair::generate().unwrap();
        let (private, public) = (
            read_private(&pair.private_base64).unwrap(),
            read_public(&pair.public_base64).unwrap(),
        );
        let good = Signed {
            path: "/ams/api/v1/payments/pay",
            client_id: "C",
            time: "1",
            body: b"{}",
        };
        for blanks in [true, false] {
            let header = good.header(&private, "1", blanks).unwrap();
            assert!(good.verifies(&header, &public));
            assert!(
                !Signed {
                    path: "/ams/api/v1/payments/pay/",
                    ..good
                }
                .verifies(&header, &public)
            );
            assert!(
                !Signed {
                    client_id: "D",
                    ..good
                }
                .verifies(&header, &public)
            );
            assert!(!Signed { time: "2", ..good }.verifies(&header, &public));
            assert!(
                !Signed {
                    body: b"{} ",
                    ..good
                }
                .verifies(&header, &public)
            );
            let raw = header
                .replace("%2B", "+")
                .replace("%2F", "/")
                .replace("%3D", "=");
            assert!(good.verifies(&raw, &public));
            assert!(!good.verifies(&header.replace("RSA256", "RSA512"), &public));
            assert!(!good.verifies(&format!("{header},signature=AAAA"), &public));
        }
    }

    #[test]
    fn a_header_without_its_parts_is_no_signature() {
        for header in [
            "",
            "signature",
            "algorithm=RSA256",
            "signature=AAAA",
            "algorithm=RSA256,signature=%",
        ] {
            assert_eq!(signature_bytes(header), None, "{header}");
        }
    }
}
