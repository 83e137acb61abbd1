//! What is believed and what is not.

use crate::support::{
    CLIENT, OTHER_PKCS8, OTHER_SPKI, PATH, PROVIDER_PKCS8, PROVIDER_SPKI, TIME, header,
    provider_keys, sample, verified, verified_answer,
};
use domain::evidence::MessageKind;
use http::{HeaderMap, HeaderValue};
use pop::keys::VerifyingKeys;
use pop::signature::{HeaderError, SignatureHeader};
use pop::verify::{
    AnswerHeaders, MAX_ANSWER, MAX_NOTIFICATION, NotificationHeaders, VerifyError, verify_answer,
    verify_notification,
};
use proptest::prelude::*;

const BODY: &[u8] = sample!("notify_payment_success_caav_typo");

fn check(client: &str, time: &str, signature: &str, body: &[u8]) -> Result<String, VerifyError> {
    let headers = NotificationHeaders::new(client, time, signature);
    verify_notification(&provider_keys(), CLIENT, PATH, None, &headers, body)
        .map(|verified| verified.message().key_version.clone())
}

/// The signature without what stands around it, percent-encoded.
fn encoded() -> String {
    let header = header(PROVIDER_PKCS8, PATH, CLIENT, TIME, BODY);
    header.split_once("signature=").unwrap().1.to_owned()
}

fn raw() -> String {
    encoded()
        .replace("%2B", "+")
        .replace("%2F", "/")
        .replace("%3D", "=")
}

#[test]
fn every_spelling_of_the_header_that_occurs_is_read() {
    let (encoded, raw) = (encoded(), raw());
    let lower = encoded
        .replace("%2B", "%2b")
        .replace("%2F", "%2f")
        .replace("%3D", "%3d");
    for signature in [&encoded, &raw, &lower] {
        for header in [
            format!("algorithm=RSA256,keyVersion=1,signature={signature}"),
            format!("algorithm=RSA256, keyVersion=1, signature={signature}"),
            format!("  algorithm = RSA256 ,\tkeyVersion = 1 , signature = {signature}  "),
            format!("signature={signature},algorithm=RSA256"),
            format!("keyVersion=9,signature={signature},algorithm=RSA256,added=later"),
        ] {
            assert_eq!(
                check(CLIENT, TIME, &header, BODY),
                Ok("1".into()),
                "{header}"
            );
        }
    }
}

#[test]
fn every_refusal_has_its_code() {
    let (encoded, lower_case) = (encoded(), CLIENT.to_lowercase());
    let good = format!("algorithm=RSA256,keyVersion=1,signature={encoded}");
    let long = "x".repeat(5000);
    let half = format!("algorithm=RSA256,signature={}", &raw()[..256]);
    let forged = header(OTHER_PKCS8, PATH, CLIENT, TIME, BODY);
    let elsewhere = header(PROVIDER_PKCS8, "/other", CLIENT, TIME, BODY);
    let other_client = header(PROVIDER_PKCS8, PATH, "5Y1", TIME, BODY);
    let url_safe = raw().replace('+', "-").replace('/', "_");
    let too_large = [b"{".as_slice(), &vec![b' '; MAX_NOTIFICATION]].concat();
    let cases: Vec<(&str, &str, &str, String, &[u8])> = vec![
        ("missing_signature", CLIENT, TIME, String::new(), BODY),
        ("missing_client_id", "", TIME, good.clone(), BODY),
        ("missing_time", CLIENT, "", good.clone(), BODY),
        ("malformed_header", &long, TIME, good.clone(), BODY),
        ("malformed_header", CLIENT, &long, good.clone(), BODY),
        (
            "malformed_header",
            CLIENT,
            TIME,
            format!("{good}{long}"),
            BODY,
        ),
        ("malformed_time", CLIENT, "1685 599", good.clone(), BODY),
        ("malformed_time", CLIENT, "1685.{", good.clone(), BODY),
        ("malformed_body", CLIENT, TIME, good.clone(), b""),
        ("malformed_body", CLIENT, TIME, good.clone(), b"[]"),
        ("body_too_long", CLIENT, TIME, good.clone(), &too_large),
        ("wrong_client", "5Y1", TIME, other_client, BODY),
        ("wrong_client", &lower_case, TIME, good.clone(), BODY),
        ("malformed_signature", CLIENT, TIME, encoded.clone(), BODY),
        (
            "malformed_signature",
            CLIENT,
            TIME,
            "algorithm=RSA256,signature=".into(),
            BODY,
        ),
        (
            "malformed_signature",
            CLIENT,
            TIME,
            format!("signature={encoded}"),
            BODY,
        ),
        (
            "malformed_signature",
            CLIENT,
            TIME,
            format!("{good},signature={encoded}"),
            BODY,
        ),
        (
            "malformed_signature",
            CLIENT,
            TIME,
            format!("{good},algorithm=RSA256"),
            BODY,
        ),
        (
            "malformed_signature",
            CLIENT,
            TIME,
            format!("{good},keyVersion=1"),
            BODY,
        ),
        (
            "malformed_signature",
            CLIENT,
            TIME,
            format!("{good},"),
            BODY,
        ),
        (
            "malformed_signature",
            CLIENT,
            TIME,
            "algorithm=RSA256,signature=%%%".into(),
            BODY,
        ),
        (
            "malformed_signature",
            CLIENT,
            TIME,
            format!("algorithm=RSA256,signature={url_safe}"),
            BODY,
        ),
        (
            "unsupported_algorithm",
            CLIENT,
            TIME,
            good.replace("RSA256", "none"),
            BODY,
        ),
        (
            "unsupported_algorithm",
            CLIENT,
            TIME,
            good.replace("RSA256", "rsa256"),
            BODY,
        ),
        ("bad_signature", CLIENT, TIME, half, BODY),
        ("bad_signature", CLIENT, TIME, forged, BODY),
        ("bad_signature", CLIENT, TIME, elsewhere, BODY),
        ("bad_signature", CLIENT, "1685599933872", good.clone(), BODY),
        ("bad_signature", CLIENT, TIME, good.clone(), b"{}"),
        (
            "bad_signature",
            CLIENT,
            TIME,
            "algorithm=RSA256,signature=AAAA".into(),
            BODY,
        ),
    ];
    for (code, client, time, signature, body) in cases {
        let error = check(client, time, &signature, body).unwrap_err();
        assert_eq!(error.code(), code, "{signature:.60}");
        assert!(!error.to_string().is_empty());
    }
    assert!(check(CLIENT, TIME, &good, BODY).is_ok());
}

#[test]
fn headers_are_taken_from_a_map_once_each_and_as_text() {
    let good = header(PROVIDER_PKCS8, PATH, CLIENT, TIME, BODY);
    let mut map = HeaderMap::new();
    map.insert("Client-Id", CLIENT.parse().unwrap());
    map.insert("request-time", TIME.parse().unwrap());
    map.insert("SIGNATURE", good.parse().unwrap());
    let check = |map: &HeaderMap| {
        let headers = NotificationHeaders::from_map(map);
        verify_notification(&provider_keys(), CLIENT, PATH, None, &headers, BODY)
            .map(drop)
            .map_err(VerifyError::code)
    };
    assert_eq!(check(&map), Ok(()));
    for name in ["client-id", "request-time", "signature"] {
        let mut twice = map.clone();
        twice.append(name, map[name].clone());
        assert_eq!(check(&twice), Err("duplicate_header"), "{name}");
        let mut binary = map.clone();
        binary.insert(name, HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(check(&binary), Err("malformed_header"), "{name}");
        let mut missing = map.clone();
        missing.remove(name);
        assert!(
            check(&missing).unwrap_err().starts_with("missing_"),
            "{name}"
        );
    }
    let mut response_time = map.clone();
    let time = response_time.remove("request-time").unwrap();
    response_time.insert("response-time", time);
    assert_eq!(
        check(&response_time),
        Err("missing_time"),
        "an answer's header is no notification's"
    );
}

#[test]
fn the_named_key_is_tried_first_and_then_the_others() {
    let provider_second = format!("1={OTHER_SPKI},2={PROVIDER_SPKI}");
    let both = VerifyingKeys::parse(&provider_second).unwrap();
    let signature = encoded();
    for (named, want) in [
        ("keyVersion=1,", "2"),
        ("keyVersion=2,", "2"),
        ("keyVersion=3,", "2"),
        ("", "2"),
    ] {
        let header = format!("algorithm=RSA256,{named}signature={signature}");
        let headers = NotificationHeaders::new(CLIENT, TIME, &header);
        let verified = verify_notification(&both, CLIENT, PATH, None, &headers, BODY).unwrap();
        assert_eq!(verified.message().key_version, want, "{named}");
    }
    let twice = format!("1={PROVIDER_SPKI},2={PROVIDER_SPKI}");
    let twice = VerifyingKeys::parse(&twice).unwrap();
    let header = format!("algorithm=RSA256,keyVersion=2,signature={signature}");
    let headers = NotificationHeaders::new(CLIENT, TIME, &header);
    let verified = verify_notification(&twice, CLIENT, PATH, None, &headers, BODY).unwrap();
    assert_eq!(
        verified.message().key_version,
        "2",
        "the named one comes first"
    );
    let others = VerifyingKeys::parse(&format!("1={OTHER_SPKI}")).unwrap();
    let refused = verify_notification(&others, CLIENT, PATH, None, &headers, BODY);
    assert_eq!(refused.unwrap_err(), VerifyError::BadSignature);
}

#[test]
fn the_path_is_signed_with_or_without_its_query() {
    for (signed, query, want) in [
        ("/notify", None, Some("/notify")),
        ("/notify", Some("a=1"), Some("/notify")),
        ("/notify?a=1", Some("a=1"), Some("/notify?a=1")),
        ("/notify?a=1", Some("a=2"), None),
        ("/notify?a=1", None, None),
        ("/notify/", None, None),
        ("/prod/notify", None, None),
        ("/", None, None),
    ] {
        let signature = header(PROVIDER_PKCS8, signed, CLIENT, TIME, BODY);
        let headers = NotificationHeaders::new(CLIENT, TIME, &signature);
        let verified =
            verify_notification(&provider_keys(), CLIENT, "/notify", query, &headers, BODY);
        let path = verified.map(|v| v.into_message().path);
        let want = want.map(str::to_owned).ok_or(VerifyError::BadSignature);
        assert_eq!(path, want, "{signed} {query:?}");
    }
}

#[test]
fn every_way_to_write_the_time_is_signed_as_it_stands() {
    for time in [
        "1685599933871",
        "2019-01-01T01:01:01Z",
        "2019-05-28T12:12:12+08:00",
        "2019-05-28T12:12:12+0800",
        "2026-03-30T01:02:03.123456789Z",
    ] {
        let signature = header(PROVIDER_PKCS8, PATH, CLIENT, time, BODY);
        assert!(check(CLIENT, time, &signature, BODY).is_ok(), "{time}");
    }
    assert_eq!(
        verified(BODY).sent_at().map(|t| t.millis()),
        Some(1_685_599_933_871)
    );
}

#[test]
fn the_point_between_time_and_body_cannot_be_moved() {
    // All of these make the same signed bytes as the good message.
    let time = "2026-03-30T01:02:03.5Z";
    let body = br#"{"notifyType":"X","a":"1.5"}"#;
    let signature = header(PROVIDER_PKCS8, PATH, CLIENT, time, body);
    assert!(check(CLIENT, time, &signature, body).is_ok());
    let shifted = r#"2026-03-30T01:02:03.5Z.{"notifyType":"X","a":"1"#;
    assert!(check(CLIENT, shifted, &signature, br#"5"}"#).is_err());
    let body = [b"5Z.".as_slice(), body].concat();
    assert!(check(CLIENT, "2026-03-30T01:02:03", &signature, &body).is_err());
}

#[test]
fn an_answer_belongs_to_its_call_and_to_us() {
    let body = sample!("pay_response_success");
    let (path, time) = (pop::request::PAY_PATH, "2019-04-04T12:08:56+05:30");
    let check = |client: &str, path: &str, signature: &str, body: &[u8]| {
        let headers = AnswerHeaders::new(client, time, signature);
        let kind = MessageKind::PayResponse;
        verify_answer(&provider_keys(), CLIENT, path, kind, &headers, body)
            .map(|answer| answer.into_message().path)
            .map_err(VerifyError::code)
    };
    let good = header(PROVIDER_PKCS8, path, CLIENT, time, body);
    assert_eq!(check(CLIENT, path, &good, body), Ok(path.to_owned()));
    assert_eq!(
        check(CLIENT, pop::request::CAPTURE_PATH, &good, body),
        Err("bad_signature")
    );
    assert_eq!(check("5Y1", path, &good, body), Err("wrong_client"));
    assert_eq!(check(CLIENT, path, "", body), Err("missing_signature"));
    let large = [b"{".as_slice(), &vec![b' '; MAX_ANSWER]].concat();
    assert_eq!(check(CLIENT, path, &good, &large), Err("body_too_long"));
    let answer = verified_answer(MessageKind::PayResponse, body);
    assert_eq!(
        format!("{answer:?}"),
        "VerifiedAnswer(SignedMessage(pay_response, 473 bytes))"
    );
}

#[test]
fn header_errors_are_told_apart() {
    assert_eq!(SignatureHeader::parse(""), Err(HeaderError::Malformed));
    assert_eq!(
        SignatureHeader::parse("algorithm=HS256,signature=AAAA"),
        Err(HeaderError::Algorithm)
    );
    let read =
        SignatureHeader::parse("algorithm=RSA256, keyVersion=1, signature=%2B%2F%2B%2F").unwrap();
    assert_eq!(read.key_version.as_deref(), Some("1"));
    assert_eq!(read.signature, [0xfb, 0xff, 0xbf]);
}

#[test]
fn a_header_is_read_up_to_its_longest() {
    const LONGEST: usize = 4096;
    let padded = |length: usize| {
        let part = "algorithm=RSA256,signature=AAAA,added=";
        format!("{part}{}", "x".repeat(length - part.len()))
    };
    assert!(SignatureHeader::parse(&padded(LONGEST)).is_ok());
    for length in [LONGEST + 1, LONGEST + 2, 2 * LONGEST] {
        let error = SignatureHeader::parse(&padded(length)).unwrap_err();
        assert_eq!(error, HeaderError::Malformed, "{length}");
    }
}

#[test]
fn a_body_is_believed_up_to_its_longest() {
    for (length, want) in [
        (MAX_NOTIFICATION, Ok("1".to_owned())),
        (MAX_NOTIFICATION + 1, Err(VerifyError::BodyTooLong)),
    ] {
        let body = format!("{{}}{}", " ".repeat(length - 2));
        let signature = header(PROVIDER_PKCS8, PATH, CLIENT, TIME, body.as_bytes());
        assert_eq!(
            check(CLIENT, TIME, &signature, body.as_bytes()),
            want,
            "{length}"
        );
    }
}

proptest! {
    #[test]
    fn any_header_is_answered_without_panic(header in "\\PC{0,300}", time in "\\PC{0,50}", client in "\\PC{0,50}") {
        prop_assert!(check(&client, &time, &header, BODY).is_err());
        let _either = SignatureHeader::parse(&header);
    }

    #[test]
    fn what_is_signed_is_read_back(bytes in prop::collection::vec(any::<u8>(), 1..300), blanks in " {0,3}") {
        use base64::Engine;
        let base64 = base64::engine::general_purpose::STANDARD.encode(&bytes);
        let percent: String = base64.bytes().map(|b| format!("%{b:02x}")).collect();
        for value in [base64, percent] {
            let header = format!("{blanks}algorithm=RSA256,{blanks}keyVersion=1,{blanks}signature={value}");
            prop_assert_eq!(SignatureHeader::parse(&header).unwrap().signature, bytes.clone());
        }
    }

    #[test]
    fn any_signed_object_is_kept_to_the_byte(text in "\\PC{0,200}") {
        let body = format!("{{{text}");
        let verified = verified(body.as_bytes());
        prop_assert_eq!(&verified.message().body, body.as_bytes());
        let _either = pop::notification::read(&verified);
    }
}
