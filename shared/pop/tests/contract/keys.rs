//! Keys in every shape that the dashboard, `openssl` or a careless copy gives them.

use crate::support::{MERCHANT_PKCS8, MERCHANT_SPKI, OTHER_PKCS8, OTHER_SPKI, PROVIDER_SPKI};
use pop::keys::{KeyError, KeySetError, SigningKey, VerifyingKeys};
use pop::signature::{sign, signed_content};
use pop::verify::{NotificationHeaders, verify_notification};
use proptest::prelude::*;

const MERCHANT_PKCS1: &str = include_str!("../keys/merchant_pkcs1.pem");
const PROVIDER_RSA_PUBLIC: &str = include_str!("../keys/provider_rsa_public.pem");
const VECTOR: &str = include_str!("../keys/vector_signature.txt");
const SMALL: &str = include_str!("../keys/small_spki.txt");
const ELLIPTIC: &str = include_str!("../keys/elliptic_spki.txt");

fn bare(pem: &str) -> String {
    pem.lines()
        .filter(|line| !line.starts_with("-----"))
        .collect()
}

/// One key, written in the ways that people have of writing it.
fn shapes(pem: &str) -> Vec<(&'static str, String)> {
    let bare = bare(pem);
    let wrapped = bare
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line).into_owned());
    vec![
        ("PEM", pem.to_owned()),
        ("PEM with CRLF", pem.replace('\n', "\r\n")),
        (
            "PEM in one line with the characters \\n",
            pem.replace('\n', "\\n"),
        ),
        (
            "PEM in one line with the characters \\r\\n",
            pem.replace('\n', "\\r\\n"),
        ),
        ("PEM without line breaks", pem.replace('\n', "")),
        ("PEM with blank lines around it", format!("\n \n{pem}\n\n")),
        ("bare base64", bare.clone()),
        (
            "bare base64 with CRLF",
            wrapped.collect::<Vec<_>>().join("\r\n"),
        ),
        (
            "bare base64 without padding",
            bare.trim_end_matches('=').to_owned(),
        ),
        ("bare base64 with blanks around it", format!("  {bare}\t\n")),
    ]
}

/// An element of DER with this tag.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82], length.as_slice(), content].concat()
}

/// A public key (PKCS#1, bare base64) with a modulus of so many bits, all of them ones, and this exponent.
fn public_key(bits: usize, exponent: &[u8]) -> String {
    use base64::Engine;
    let mut modulus = vec![0xff; bits.div_ceil(8)];
    modulus[0] >>= modulus.len() * 8 - bits;
    modulus.insert(0, 0); // the sign
    let numbers = [element(2, &modulus), element(2, exponent)].concat();
    base64::engine::general_purpose::STANDARD.encode(element(0x30, &numbers))
}

fn vector_content() -> Vec<u8> {
    let path = pop::request::INQUIRY_PATH;
    let body = br#"{"paymentRequestId":"PAY_1"}"#;
    signed_content(path, "5Y00000000000000", "1685599933871", body)
}

/// What OpenSSL signed, as the header shows it.
fn vector_header() -> String {
    let encoded = VECTOR
        .trim()
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    format!("algorithm=RSA256,keyVersion=7,signature={encoded}")
}

#[test]
fn every_shape_of_a_private_key_signs_as_openssl_does() {
    for (container, pem) in [("PKCS#8", MERCHANT_PKCS8), ("PKCS#1", MERCHANT_PKCS1)] {
        for (shape, text) in shapes(pem) {
            let key =
                SigningKey::parse(&text).unwrap_or_else(|e| panic!("{container}, {shape}: {e}"));
            let header = sign(&key, "7", &vector_content()).unwrap();
            assert_eq!(header, vector_header(), "{container}, {shape}");
            assert_eq!(format!("{key:?}"), "SigningKey(***)");
        }
    }
}

#[test]
fn every_shape_of_a_public_key_verifies_what_openssl_signed() {
    let body = br#"{"paymentRequestId":"PAY_1"}"#;
    let header = vector_header();
    let headers = NotificationHeaders::new("5Y00000000000000", "1685599933871", &header);
    for (shape, text) in shapes(MERCHANT_SPKI) {
        let keys =
            VerifyingKeys::parse(&format!("7={text}")).unwrap_or_else(|e| panic!("{shape}: {e}"));
        let path = pop::request::INQUIRY_PATH;
        let verified = verify_notification(&keys, "5Y00000000000000", path, None, &headers, body);
        assert_eq!(verified.unwrap().message().key_version, "7", "{shape}");
    }
    for (shape, text) in shapes(PROVIDER_RSA_PUBLIC) {
        let keys =
            VerifyingKeys::parse(&format!("1={text}")).unwrap_or_else(|e| panic!("{shape}: {e}"));
        let body = crate::support::sample!("notify_capture_success");
        let header = crate::support::header(crate::support::PROVIDER_PKCS8, "/n", "C", "1", body);
        let headers = NotificationHeaders::new("C", "1", &header);
        assert!(
            verify_notification(&keys, "C", "/n", None, &headers, body).is_ok(),
            "{shape}"
        );
    }
}

#[test]
fn what_is_no_private_key_is_refused_by_name() {
    let encrypted = MERCHANT_PKCS8.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let old_encrypted = MERCHANT_PKCS1.replacen('\n', "\nProc-Type: 4,ENCRYPTED\n\n", 1);
    let halved = bare(MERCHANT_PKCS8)[..800].to_owned();
    let mut broken = bare(MERCHANT_PKCS8).into_bytes();
    // In the modulus, which then is not the product of its primes.
    broken[100] = if broken[100] == b'A' { b'B' } else { b'A' };
    let broken = String::from_utf8(broken).unwrap();
    for (text, want) in [
        ("", KeyError::Empty),
        ("  \n", KeyError::Empty),
        (
            "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
            KeyError::Empty,
        ),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", KeyError::NotBase64),
        (
            "arn:aws:secretsmanager:eu-west-1:1:secret:x",
            KeyError::NotBase64,
        ),
        ("AAAA", KeyError::NotPrivate),
        (MERCHANT_SPKI, KeyError::NotPrivate),
        (encrypted.as_str(), KeyError::Encrypted),
        (old_encrypted.as_str(), KeyError::Encrypted),
        (halved.as_str(), KeyError::NotPrivate),
        (broken.as_str(), KeyError::Unusable),
        ("A".repeat(20_000).as_str(), KeyError::TooLong),
    ] {
        let error = SigningKey::parse(text).unwrap_err();
        assert_eq!(error, want, "{} characters", text.len());
        assert!(!error.code().is_empty());
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("MIIE"), "an error shows a part of the key");
    }
}

#[test]
fn a_public_key_must_have_a_modulus_and_an_exponent_that_pop_could_use() {
    const USUAL: &[u8] = &[1, 0, 1];
    for (bits, exponent, usable) in [
        (2047, USUAL, false),
        (2048, USUAL, true),
        (2049, USUAL, true),
        (8192, USUAL, true),
        (8193, USUAL, false),
        (2048, &[1], false),
        (2048, &[2], false),
        (2048, &[3], true),
        (2048, &[1, 0, 2], false),
        (2048, &[1, 0, 0, 1], true),
        (2048, &[1, 0, 0, 0, 1], false),
    ] {
        let parsed = VerifyingKeys::parse(&format!("1={}", public_key(bits, exponent)));
        let problem = KeyError::Unusable;
        let want = match usable {
            true => None,
            false => Some(KeySetError::Key { place: 1, problem }),
        };
        assert_eq!(parsed.err(), want, "{bits} bits, exponent {exponent:?}");
    }
}

#[test]
fn a_public_key_is_wrapped_once_and_nothing_stands_beside_it() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let algorithm = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    let algorithm = element(0x30, &element(0x06, &algorithm));
    let wrapped = |key: &[u8], beside: &[u8]| {
        let bits = element(0x03, &[&[0], key].concat());
        element(0x30, &[&algorithm, &bits, beside].concat())
    };
    let key = STANDARD.decode(public_key(2048, &[1, 0, 1])).unwrap();
    let once = wrapped(&key, &[]);
    let refused = Some(KeySetError::Key {
        place: 1,
        problem: KeyError::NotPublic,
    });
    for (name, der, want) in [
        ("bare", &key, None),
        ("once", &once, None),
        ("twice", &wrapped(&once, &[]), refused),
        (
            "something beside it",
            &wrapped(&key, &element(0x04, &[])),
            refused,
        ),
    ] {
        let parsed = VerifyingKeys::parse(&format!("1={}", STANDARD.encode(der)));
        assert_eq!(parsed.err(), want, "{name}");
    }
}

#[test]
fn a_text_is_taken_for_a_key_up_to_its_longest() {
    let padded = |length: usize| format!("{:length$}", bare(MERCHANT_PKCS8));
    assert!(SigningKey::parse(&padded(16 * 1024)).is_ok());
    let too_long = SigningKey::parse(&padded(16 * 1024 + 1));
    assert_eq!(too_long.err(), Some(KeyError::TooLong));
}

#[test]
fn every_problem_has_its_own_word() {
    let problems = [
        (KeyError::Empty, "empty"),
        (KeyError::TooLong, "too_long"),
        (KeyError::NotBase64, "not_base64"),
        (KeyError::Encrypted, "encrypted"),
        (KeyError::NotPrivate, "not_private_key"),
        (KeyError::NotPublic, "not_public_key"),
        (KeyError::Unusable, "unusable_key"),
    ];
    for (problem, want) in problems {
        assert_eq!(problem.code(), want);
        assert_eq!(KeySetError::Key { place: 1, problem }.code(), want);
    }
    for (error, want) in [
        (KeySetError::NoKey, "no_key"),
        (KeySetError::TooMany, "too_many_keys"),
        (KeySetError::Version { place: 1 }, "bad_version"),
        (KeySetError::VersionTwice { place: 2 }, "version_twice"),
    ] {
        assert_eq!(error.code(), want);
    }
}

#[test]
fn a_key_set_names_its_wrong_entry() {
    let (one, two) = (bare(PROVIDER_SPKI), bare(OTHER_SPKI));
    let keys = VerifyingKeys::parse(&format!(" 1={one} ,\n2 = {two},")).unwrap();
    assert_eq!(format!("{keys:?}"), r#"VerifyingKeys["1", "2"]"#);
    let key = |place, problem| KeySetError::Key { place, problem };
    let many: String = (0..17).map(|n| format!("{n}={one},")).collect();
    for (text, want) in [
        (String::new(), KeySetError::NoKey),
        (" , ".into(), KeySetError::NoKey),
        (one.clone(), KeySetError::Version { place: 1 }),
        (format!("1={one},{two}"), KeySetError::Version { place: 2 }),
        (format!("={one}"), KeySetError::Version { place: 1 }),
        (
            format!("1={one},1={two}"),
            KeySetError::VersionTwice { place: 2 },
        ),
        (format!("1={one},2=?"), key(2, KeyError::NotBase64)),
        ("1=".into(), key(1, KeyError::Empty)),
        ("1=AAAA".into(), key(1, KeyError::NotPublic)),
        (
            format!("1={}", bare(OTHER_PKCS8)),
            key(1, KeyError::NotPublic),
        ),
        (format!("1={ELLIPTIC}"), key(1, KeyError::NotPublic)),
        (format!("1={SMALL}"), key(1, KeyError::Unusable)),
        (many, KeySetError::TooMany),
    ] {
        let error = VerifyingKeys::parse(&text).unwrap_err();
        assert_eq!(error, want);
        assert!(!error.code().is_empty());
    }
    let error = VerifyingKeys::parse(&format!("1={one},2=?")).unwrap_err();
    assert!(
        error.to_string().starts_with("entry 2: not base64"),
        "{error}"
    );
}

#[test]
fn a_key_cut_anywhere_is_refused() {
    for (whole, parse) in [
        (bare(PROVIDER_SPKI), false),
        (bare(PROVIDER_RSA_PUBLIC), false),
        (bare(MERCHANT_PKCS8), true),
        (bare(MERCHANT_PKCS1), true),
    ] {
        // The last quantum of base64 may lose its padding and still be whole.
        let longest = whole.trim_end_matches('=').len();
        for length in 0..longest {
            let cut = &whole[..length];
            let refused = match parse {
                true => SigningKey::parse(cut).is_err(),
                false => VerifyingKeys::parse(&format!("1={cut}")).is_err(),
            };
            assert!(refused, "{length} of {longest} characters");
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_key_readers_panic(text in "[ -~\n]{0,200}", base64 in "[A-Za-z0-9+/]{0,400}") {
        for text in [&text, &base64] {
            prop_assert!(SigningKey::parse(text).is_err());
            let entry = format!("1={text}");
            prop_assert!(VerifyingKeys::parse(&entry).is_err());
        }
    }
}
