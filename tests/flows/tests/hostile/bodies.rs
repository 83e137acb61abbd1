//! Bodies that nobody should send.

/// A notification that the payment succeeded, with this JSON as its amount.
pub(crate) fn about(payment: &str, amount: &str) -> String {
    format!(
        "{{\"notifyType\":\"PAYMENT_RESULT\",\"result\":{{\"resultStatus\":\"S\",\"resultCode\":\"SUCCESS\",\
         \"resultMessage\":\"success\"}},\"paymentRequestId\":\"{payment}\",\
         \"paymentId\":\"20260102194010800100188010200000001\",\"paymentAmount\":{amount}}}"
    )
}

/// An amount of euros with this JSON as its value.
pub(crate) fn amount_of(value: &str) -> String {
    format!("{{\"currency\":\"EUR\",\"value\":{value}}}")
}

/// Amounts that are not 300.00 EUR, however much they try to be.
pub(crate) const AMOUNTS: [&str; 36] = [
    r#"{"currency":"EUR","value":300.00}"#,
    r#"{"currency":"EUR","value":30000.0}"#,
    r#"{"currency":"EUR","value":3e4}"#,
    r#"{"currency":"EUR","value":-30000}"#,
    r#"{"currency":"EUR","value":1e400}"#,
    r#"{"currency":"EUR","value":-1e400}"#,
    r#"{"currency":"EUR","value":18446744073709551616}"#,
    r#"{"currency":"EUR","value":18446744073709581616}"#,
    r#"{"currency":"EUR","value":"-30000"}"#,
    r#"{"currency":"EUR","value":"+30000"}"#,
    r#"{"currency":"EUR","value":" 30000"}"#,
    r#"{"currency":"EUR","value":"30000 "}"#,
    r#"{"currency":"EUR","value":"30,000"}"#,
    r#"{"currency":"EUR","value":"300.00"}"#,
    r#"{"currency":"EUR","value":"3e4"}"#,
    r#"{"currency":"EUR","value":"0x7530"}"#,
    r#"{"currency":"EUR","value":"30000\u0000"}"#,
    r#"{"currency":"EUR","value":"\uff13\uff10\uff10\uff10\uff10"}"#,
    r#"{"currency":"EUR","value":"9999999999999999"}"#,
    r#"{"currency":"EUR","value":"00000000000030000"}"#,
    r#"{"currency":"EUR","value":"0"}"#,
    r#"{"currency":"EUR","value":"1"}"#,
    r#"{"currency":"EUR","value":["30000"]}"#,
    r#"{"currency":"EUR","value":{"value":"30000"}}"#,
    r#"{"currency":"EUR","value":true}"#,
    r#"{"currency":"EUR","value":null}"#,
    r#"{"currency":"eur","value":"30000"}"#,
    r#"{"currency":"USD","value":"30000"}"#,
    r#"{"currency":"EUR ","value":"30000"}"#,
    r#"{"currency":"\u0415UR","value":"30000"}"#,
    r#"{"currency":["EUR"],"value":"30000"}"#,
    r#"{"currency":"EUR","value":"30000","value":"1"}"#,
    r#"{"currency":"EUR","value":"1","v\u0061lue":"30000"}"#,
    r#"{"Currency":"EUR","Value":"30000"}"#,
    r#""30000 EUR""#,
    r#"30000"#,
];

/// Bodies that are odd as a whole. None of them says that the payment succeeded in a way that may be believed.
pub(crate) fn odd_bodies() -> Vec<(&'static str, Vec<u8>)> {
    let good = about("EVENT_AUTOMATIC", r#"{"currency":"EUR","value":"30000"}"#);
    let with = |extra: &str| good.replacen('{', &format!("{{{extra},"), 1).into_bytes();
    let after = |tail: &[u8]| [good.as_bytes(), tail].concat();
    let nested = |open: &str, close: &str, depth: usize| {
        with(&format!(
            "\"deep\":{}1{}",
            open.repeat(depth),
            close.repeat(depth)
        ))
    };
    let mut bodies = vec![
        ("arrays, 10,000 deep", nested("[", "]", 10_000)),
        ("objects, 10,000 deep", nested("{\"a\":", "}", 10_000)),
        (
            "arrays, 100,000 deep and never closed",
            with(&format!("\"deep\":{}", "[".repeat(100_000))),
        ),
        ("only opening braces", b"{\"a\":".repeat(40_000)),
        ("a key twice", with("\"paymentRequestId\":\"EVENT_MANUAL\"")),
        (
            "a key twice, escaped",
            with("\"p\\u0061ymentRequestId\":\"EVENT_MANUAL\""),
        ),
        (
            "a key twice, deep inside",
            with("\"x\":{\"y\":[{\"z\":1,\"z\":2}]}"),
        ),
        (
            "the result twice",
            with("\"result\":{\"resultStatus\":\"F\"}"),
        ),
        (
            "30,000 objects",
            with(&format!("\"x\":[{}{{}}]", "{\"\":0},".repeat(30_000))),
        ),
        (
            "80,000 numbers",
            with(&format!("\"x\":[{}0]", "0,".repeat(80_000))),
        ),
        (
            "20,000 keys",
            with(
                &(0..20_000)
                    .map(|n| format!("\"k{n}\":0"))
                    .collect::<Vec<_>>()
                    .join(","),
            ),
        ),
        (
            "a number of 100,000 digits",
            with(&format!("\"n\":{}", "9".repeat(100_000))),
        ),
        (
            "an amount with a fraction of 100,000 digits",
            about(
                "EVENT_AUTOMATIC",
                &amount_of(&format!("30000.{}", "0".repeat(100_000))),
            )
            .into_bytes(),
        ),
        (
            "an exponent of 100,000 digits",
            with(&format!("\"n\":1e{}", "9".repeat(100_000))),
        ),
        ("1e400", with("\"n\":1e400")),
        ("a lone high surrogate", with("\"t\":\"\\ud800\"")),
        ("a lone low surrogate", with("\"t\":\"\\udc00\"")),
        (
            "surrogates the wrong way round",
            with("\"t\":\"\\udc00\\ud800\""),
        ),
        ("an escape cut short", with("\"t\":\"\\u12\"")),
        ("a raw line feed in a text", with("\"t\":\"a\nb\"")),
        ("a raw NUL in a text", with("\"t\":\"a\0b\"")),
        ("a comment", with("/* x */ \"t\":1")),
        ("a comma too many", with("\"t\":[1,]")),
        ("NaN", with("\"n\":NaN")),
        ("Infinity", with("\"n\":-Infinity")),
        ("single quotes", good.replace('"', "'").into_bytes()),
        ("a second document behind", after(b"{}")),
        ("a NUL behind", after(b"\0")),
        ("an array behind", after(b"[]")),
        (
            "cut in the middle",
            good.as_bytes()[..good.len() / 2].to_vec(),
        ),
        (
            "no closing brace",
            good.as_bytes()[..good.len() - 1].to_vec(),
        ),
        ("nothing but a brace", b"{".to_vec()),
        ("an empty object", b"{}".to_vec()),
        ("braces and nothing", b"{{{{}}}}".to_vec()),
        (
            "UTF-16",
            good.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        (
            "a byte order mark",
            [b"\xef\xbb\xbf", good.as_bytes()].concat(),
        ),
        ("an array of it", format!("[{good}]").into_bytes()),
        ("a text of it", format!("{good:?}").into_bytes()),
        (
            "a form",
            b"notifyType=PAYMENT_RESULT&paymentRequestId=EVENT_AUTOMATIC".to_vec(),
        ),
        (
            "XML",
            b"<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/passwd\">]><x>&y;</x>".to_vec(),
        ),
        (
            "a card page's request",
            b"{\"card\":{\"cardNo\":\"4054695723100768\"}}".to_vec(),
        ),
        ("no amount", about("EVENT_AUTOMATIC", "null").into_bytes()),
        (
            "an id with a blank",
            about(
                "EVENT AUTOMATIC",
                "{\"currency\":\"EUR\",\"value\":\"30000\"}",
            )
            .into_bytes(),
        ),
        (
            "an id with a line feed",
            about(
                "EVENT_AUTOMATIC\\n",
                "{\"currency\":\"EUR\",\"value\":\"30000\"}",
            )
            .into_bytes(),
        ),
        (
            "an id of a key",
            about(
                "PAY#EVENT_AUTOMATIC",
                "{\"currency\":\"EUR\",\"value\":\"1\"}",
            )
            .into_bytes(),
        ),
        (
            "the kind in small letters",
            good.replace("PAYMENT_RESULT", "payment_result")
                .into_bytes(),
        ),
        (
            "the kind in an array",
            good.replace("\"PAYMENT_RESULT\"", "[\"PAYMENT_RESULT\"]")
                .into_bytes(),
        ),
        (
            "the status in small letters",
            good.replace("\"S\"", "\"s\"").into_bytes(),
        ),
        (
            "the status with a blank",
            good.replace("\"S\"", "\"S \"").into_bytes(),
        ),
        (
            "the status in an array",
            good.replace("\"S\"", "[\"S\"]").into_bytes(),
        ),
        (
            "the result in an array",
            good.replace("\"result\":{", "\"result\":[{")
                .replace("success\"},", "success\"}],")
                .into_bytes(),
        ),
        (
            "the result's fields outside",
            good.replace("\"result\":{", "\"resultat\":{").into_bytes(),
        ),
        (
            "pending that says success",
            good.replace("PAYMENT_RESULT", "PAYMENT_PENDING")
                .into_bytes(),
        ),
    ];
    for (what, bytes) in [
        ("an overlong encoding", b"\xc0\xaf".as_slice()),
        ("half a character", b"\xe2\x82"),
        ("a surrogate in UTF-8", b"\xed\xa0\x80"),
        ("bytes beyond Unicode", b"\xf7\xbf\xbf\xbf"),
        ("Latin-1", b"\xe9"),
    ] {
        let body = with("\"t\":\"?\"");
        let place = body.iter().position(|byte| *byte == b'?').unwrap();
        bodies.push((what, [&body[..place], bytes, &body[place + 1..]].concat()));
    }
    bodies
}
