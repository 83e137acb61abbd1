//! A genuine notification with some of its parts replaced.

use super::samples;
use crate::Target;
use crate::world::KEYS;
use arbitrary::{Result, Unstructured};
use flows::events::{CLIENT_ID, NOTIFY_PATH, SENT_AT_MS};
use http::{HeaderMap, HeaderName, HeaderValue};
use pop::verify::{NotificationHeaders, verify_notification};
use std::sync::LazyLock;

pub(super) const TARGET: Target = Target {
    name: "notification",
    about: "a genuine notification with any of path, query, client id, time, signature, body and headers replaced",
    holds: "it is believed only where all that is signed is as it was",
    longest: 4096,
    json: false,
    head: 0,
    seeds,
    run,
};

struct Genuine {
    signature: String,
    body: Vec<u8>,
}

static GENUINE: LazyLock<Vec<Genuine>> = LazyLock::new(|| {
    let genuine = samples::genuine().into_iter();
    let genuine = genuine.map(|(headers, body)| Genuine {
        signature: headers["signature"].as_str().unwrap().to_owned(),
        body: body.into_bytes(),
    });
    genuine.collect()
});

/// Which part the input replaces.
const PARTS: u8 = 8;

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (sample, genuine) in GENUINE.iter().enumerate() {
        let sample = u8::try_from(sample).unwrap();
        let texts: [&[u8]; 8] = [
            NOTIFY_PATH.as_bytes(),
            b"a=1",
            CLIENT_ID.as_bytes(),
            SENT_AT_MS.as_bytes(),
            genuine.signature.as_bytes(),
            &genuine.body,
            b"signature",
            b"x-forwarded-for",
        ];
        for (part, text) in texts.into_iter().enumerate() {
            // The input is taken from behind for lengths: text, then what is replaced, then which sample.
            let part = 1_u8 << part;
            seeds.push(
                [
                    &[sample, part],
                    &u16::try_from(text.len()).unwrap().to_le_bytes()[..],
                    text,
                ]
                .concat(),
            );
        }
    }
    seeds
}

fn piece<'a>(input: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    let length = usize::from(input.arbitrary::<u16>()?);
    input.bytes(length.min(input.len()))
}

fn run(data: &[u8]) {
    let _ = tried(&mut Unstructured::new(data));
}

fn tried(input: &mut Unstructured<'_>) -> Result<()> {
    let genuine = &GENUINE[usize::from(input.arbitrary::<u8>()?) % GENUINE.len()];
    let replaced: u8 = input.arbitrary()?;
    let mut parts: [Option<&[u8]>; PARTS as usize] = [None; PARTS as usize];
    for (place, part) in parts.iter_mut().enumerate() {
        if replaced & 1 << place != 0 {
            *part = Some(piece(input)?);
        }
    }
    let text = |place: usize| parts[place].map(String::from_utf8_lossy);
    let (path, query) = (text(0).unwrap_or(NOTIFY_PATH.into()), text(1));
    let mut headers = HeaderMap::new();
    let given = [
        ("client-id", CLIENT_ID, 2),
        ("request-time", SENT_AT_MS, 3),
        ("signature", &genuine.signature, 4),
    ];
    for (name, value, place) in given {
        if let Ok(value) = HeaderValue::from_bytes(parts[place].unwrap_or(value.as_bytes())) {
            headers.append(name, value);
        }
    }
    // A header more, under any name.
    if let (Some(name), Some(value)) = (parts[6], parts[7])
        && let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
    {
        headers.append(name, value);
    }
    let body = parts[5].unwrap_or(&genuine.body);
    let seen = NotificationHeaders::from_map(&headers);
    let verified = verify_notification(&KEYS, CLIENT_ID, &path, query.as_deref(), &seen, body);
    let value = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    let same = path == NOTIFY_PATH
        && value("client-id") == Some(CLIENT_ID.as_bytes())
        && value("request-time") == Some(SENT_AT_MS.as_bytes())
        && GENUINE.iter().any(|genuine| genuine.body == body);
    match verified {
        Ok(verified) => {
            assert!(same, "believed, though not what was signed");
            assert_eq!(verified.message().body, body);
            assert_eq!(verified.message().path, NOTIFY_PATH);
        }
        Err(error) => assert!(!error.code().is_empty() && error.to_string().len() < 200),
    }
    Ok(())
}
