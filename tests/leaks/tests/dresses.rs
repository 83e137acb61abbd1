//! Each secret is found in each dress, and nothing else is.
#![allow(missing_docs, clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use leaks::{Needles, Wanted};

const NUMBER: &str = "4054695723100768";
const TOKEN: &str = "ALIPAYab+/cd0123456789efghij==";
const KEY: &str = include_str!("../../../events/keys/merchant-private.pem");

fn needles() -> Needles {
    Wanted::default()
        .text("card number", NUMBER)
        .text("card token", TOKEN)
        .near("security code", &["cvv", "cvc"], "907")
        .key("private key", KEY)
        .needles()
}

fn found(hay: impl AsRef<[u8]>) -> Vec<(String, u64)> {
    let hits = needles().find(hay.as_ref());
    hits.into_iter()
        .map(|hit| (hit.secret, hit.count))
        .collect()
}

#[test]
fn a_card_number_is_found_in_every_dress() {
    let body = |gap: &str| format!("{{{gap}\"cardNo\":\"{NUMBER}\"}}");
    let spelled = |spell: fn(char) -> String| NUMBER.chars().map(spell).collect::<String>();
    for leak in [
        format!("x{NUMBER}x"),
        "4054 6957 2310 0768".into(),
        "4054-6957-2310-0768".into(),
        "405469 5723100 768".into(),
        "4054%206957%202310%200768".into(),
        "4054+6957+2310+0768".into(),
        spelled(|c| format!("%{:02X}", u32::from(c))),
        spelled(|c| format!("\\u{:04x}", u32::from(c))),
        spelled(|c| format!("{:02x}", u32::from(c))),
        format!("{:?}", NUMBER.as_bytes()),
        format!("{:#?}", NUMBER.as_bytes()),
        serde_like_list(NUMBER),
        STANDARD.encode(body("")),
        STANDARD.encode(body(" ")),
        STANDARD.encode(body("  ")),
        URL_SAFE_NO_PAD.encode(body("")),
    ] {
        assert_eq!(found(&leak), [("card number".into(), 1)], "{leak}");
    }
    for innocent in ["405469******0768", "4054695723100769", "0768"] {
        assert_eq!(found(innocent), [], "{innocent}");
    }
}

fn serde_like_list(text: &str) -> String {
    let numbers: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
    numbers.join(",")
}

#[test]
fn a_token_is_found_in_every_dress() {
    for leak in [
        format!("\"cardToken\":\"{TOKEN}\""),
        "/cards/ALIPAYab%2B%2Fcd0123456789efghij%3D%3D".into(),
        STANDARD.encode(format!("x{TOKEN}y")),
        URL_SAFE_NO_PAD.encode(format!("x{TOKEN}y")),
    ] {
        assert_eq!(found(&leak), [("card token".into(), 1)], "{leak}");
    }
    assert_eq!(found("ALIPAYab+/cd9999456789efghij=="), []);
}

#[test]
fn a_security_code_counts_next_to_its_word_only() {
    for leak in [
        "\"cvv\":\"907\"",
        "cvv=907",
        "CVC: 907,",
        "\\\"cvv\\\": \\\"907\\\"",
        "%22cvv%22%3A%22907%22",
    ] {
        let hay = if leak.starts_with('%') {
            &leak[3..]
        } else {
            leak
        };
        assert_eq!(found(hay), [("security code".into(), 1)], "{leak}");
    }
    let body = STANDARD.encode(r#"{"expiryMonth":"12","cvv":"907"}"#);
    assert_eq!(found(body), [("security code".into(), 1)]);
    for innocent in [
        "907",
        "\"cvv\":\"***\"",
        "\"cvvResultRaw\":\"Y\", 907",
        "cvv=9071",
        "at 1795907472907",
    ] {
        assert_eq!(found(innocent), [], "{innocent}");
    }
}

#[test]
fn pieces_of_a_key_are_found_in_every_dress() {
    let lines: Vec<&str> = KEY.lines().filter(|line| !line.starts_with("--")).collect();
    let der = STANDARD.decode(lines.concat()).unwrap();
    let piece = &der[700..736];
    let hex: String = piece.iter().map(|byte| format!("{byte:02x}")).collect();
    let in_order = |part: &[u8]| [b"no text: ".as_slice(), part].concat();
    for leak in [
        KEY.as_bytes().to_vec(),
        lines[15].into(),
        format!("\"{}\"", lines[14..16].join("\\n")).into_bytes(),
        in_order(piece),
        hex.clone().into_bytes(),
        hex.to_uppercase().into_bytes(),
        format!("{piece:?}").into_bytes(),
        STANDARD.encode(in_order(piece)).into_bytes(),
    ] {
        let names: Vec<String> = found(&leak).into_iter().map(|(name, _)| name).collect();
        assert!(
            names.contains(&"private key".to_owned()),
            "{}",
            String::from_utf8_lossy(&leak)
        );
    }
    let public = include_str!("../../../events/keys/merchant-public.pem");
    assert_eq!(found(public), [], "the public half may be seen");
}
