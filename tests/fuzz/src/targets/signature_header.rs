//! The header `Signature`.

use super::samples;
use crate::Target;
use pop::signature::{HeaderError, SignatureHeader};

pub(super) const TARGET: Target = Target {
    name: "signature_header",
    about: "the header `Signature`",
    holds: "what is read has the three parts of the contract, once each, and is read the same when written plainly",
    longest: 5000,
    json: false,
    head: 0,
    seeds,
    run,
};

fn seeds() -> Vec<Vec<u8>> {
    let odd = [
        "algorithm=RSA256, keyVersion=1, signature=SGVsbG8=",
        "signature=SGVsbG8%3D,algorithm=RSA256",
        "algorithm=RSA256,keyVersion=1,signature=",
        "algorithm=RSA256,algorithm=RSA256,signature=AAAA",
        "algorithm=RSA512,signature=AAAA",
        "algorithm=RSA256,signature=AA+A,unknown=x=y",
    ];
    let signed = samples::genuine()
        .into_iter()
        .map(|(headers, _)| headers["signature"].as_str().unwrap().to_owned());
    odd.into_iter()
        .map(str::to_owned)
        .chain(signed)
        .map(String::into_bytes)
        .collect()
}

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match SignatureHeader::parse(text) {
        Ok(header) => {
            assert!(!header.signature.is_empty() && header.signature.len() <= text.len());
            for part in ["algorithm", "signature"] {
                let named =
                    |piece: &&str| piece.split('=').next().unwrap_or_default().trim() == part;
                assert_eq!(
                    text.split(',').filter(named).count(),
                    1,
                    "{part} stands once"
                );
            }
            assert!(text.contains("RSA256"));
            assert_eq!(
                SignatureHeader::parse(&plain(&header)),
                Ok(header),
                "the same when written plainly"
            );
        }
        Err(HeaderError::Malformed | HeaderError::Algorithm) => {}
    }
}

fn plain(header: &SignatureHeader) -> String {
    use base64::Engine;
    let version = header
        .key_version
        .as_ref()
        .map(|version| format!("keyVersion={version},"));
    let signature = base64::engine::general_purpose::STANDARD.encode(&header.signature);
    format!(
        "algorithm=RSA256,{}signature={}",
        version.unwrap_or_default(),
        signature
    )
}
