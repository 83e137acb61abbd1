//! The settings that hold keys.

use crate::Target;
use flows::events;
use pop::keys::{SigningKey, VerifyingKeys};

pub(super) const TARGET: Target = Target {
    name: "keys",
    about: "public keys by version, and a private key, as operators paste them",
    holds: "whatever is taken shows no part of itself, and neither does an error",
    longest: 17 * 1024,
    json: false,
    head: 0,
    seeds,
    run,
};

fn seeds() -> Vec<Vec<u8>> {
    let folder = events::folder().join("keys");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let pem: Vec<_> = files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| e == "pem"))
        .collect();
    let mut seeds: Vec<Vec<u8>> = pem
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect();
    let (provider, stranger) = (
        events::public_key("provider-public.pem"),
        events::public_key("stranger-public.pem"),
    );
    seeds.push(format!("1={provider}").into_bytes());
    seeds.push(format!("1={provider}, 2 ={stranger},").into_bytes());
    seeds.push(
        events::key("merchant-private.pem")
            .replace('\n', "\\n")
            .into_bytes(),
    );
    seeds
}

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match VerifyingKeys::parse(text) {
        Ok(keys) => {
            let shown = format!("{keys:?}");
            assert!(shown.len() < 512, "the versions alone are shown: {shown}");
            assert!(
                VerifyingKeys::parse(&format!(" {text} ,")).is_ok(),
                "blanks around entries change nothing"
            );
        }
        Err(error) => hides(text, &error.to_string()),
    }
    match SigningKey::parse(text) {
        Ok(key) => assert_eq!(format!("{key:?}"), "SigningKey(***)"),
        Err(error) => hides(text, &error.to_string()),
    }
}

/// No twelve letters of a key stand in the error. Words of ours have blanks between them.
fn hides(text: &str, error: &str) {
    assert!(error.len() < 200);
    let in_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    for piece in error.as_bytes().windows(12) {
        let of_key = piece.iter().all(|byte| in_base64(*byte));
        let repeated = of_key && text.as_bytes().windows(12).any(|other| other == piece);
        assert!(!repeated, "the error repeats the key");
    }
}
