//! The shapes in which a text may leak.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Below this length a piece of base64 would turn up by chance: eight letters are 48 bits.
const SHORTEST_PIECE: usize = 8;

/// A shape: what it is called in reports, and its bytes.
pub(crate) type Form = (&'static str, Vec<u8>);

/// All shapes of a text. Groups with blanks, hyphens or line breaks between them are not among them: see [`squeezed`].
pub(crate) fn all(text: &[u8]) -> Vec<Form> {
    let mut forms = vec![("as it is", text.to_vec())];
    forms.extend(written(text));
    forms
}

/// All shapes but the text itself.
pub(crate) fn written(text: &[u8]) -> Vec<Form> {
    let spelled =
        |spell: fn(u8) -> String| text.iter().map(|byte| spell(*byte)).collect::<String>();
    let mut forms = vec![
        ("percent-encoded", spelled(in_address).into_bytes()),
        (
            "percent-encoded throughout",
            spelled(|byte| format!("%{byte:02X}")).into_bytes(),
        ),
        (
            "hexadecimal",
            spelled(|byte| format!("{byte:02x}")).into_bytes(),
        ),
        (
            "hexadecimal",
            spelled(|byte| format!("{byte:02X}")).into_bytes(),
        ),
        (
            "escaped for JSON",
            spelled(|byte| format!("\\u{byte:04x}")).into_bytes(),
        ),
        ("a list of numbers", numbers(text).into_bytes()),
    ];
    for engine in [STANDARD, URL_SAFE] {
        let encode = |bytes: &[u8]| engine.encode(bytes);
        forms.extend(inside_base64(text, encode).map(|piece| ("base64", piece)));
    }
    forms
}

/// The shapes of a piece of a key: bytes that are no text.
pub(crate) fn of_bytes(bytes: &[u8]) -> Vec<Form> {
    let keep = ["hexadecimal", "a list of numbers", "base64"];
    let mut forms = written(bytes);
    forms.retain(|(name, _)| keep.contains(name));
    forms.push(("raw bytes", bytes.to_vec()));
    forms
}

/// The bytes without blanks, line breaks and what else stands between groups of digits or lines of base64.
pub(crate) fn squeezed(hay: &[u8]) -> Vec<u8> {
    let between = |byte: u8| byte.is_ascii_whitespace() || b"-._+".contains(&byte);
    let mut rest = hay;
    let mut kept = Vec::with_capacity(hay.len());
    while let Some((&first, after)) = rest.split_first() {
        rest = match rest {
            [b'\\', b'n' | b'r' | b't', after @ ..] | [b'%', b'2', b'0', after @ ..] => after,
            _ => {
                if !between(first) {
                    kept.push(first);
                }
                after
            }
        };
    }
    kept
}

fn in_address(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// As `Debug` and JSON write bytes, without blanks.
fn numbers(text: &[u8]) -> String {
    let numbers: Vec<String> = text.iter().map(u8::to_string).collect();
    numbers.join(",")
}

/// The base64 letters that depend on `text` alone, for each place of it in a group of three bytes.
fn inside_base64(text: &[u8], encode: impl Fn(&[u8]) -> String) -> impl Iterator<Item = Vec<u8>> {
    (0..3).filter_map(move |shift| {
        let whole = encode(&[vec![0; shift], text.to_vec()].concat());
        // Letters that also hold bits of what stands before or after are left out.
        let first = (shift * 8).div_ceil(6);
        let last = (shift + text.len()) * 8 / 6;
        let piece = whole.as_bytes().get(first..last)?;
        (piece.len() >= SHORTEST_PIECE).then(|| piece.to_vec())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_close_up_and_the_rest_stays() {
        assert_eq!(squeezed(b"4054 6957-2310\n0768, 1"), b"4054695723100768,1");
        assert_eq!(
            squeezed(br#"{"a":"4054\n6957%2023"}"#),
            br#"{"a":"4054695723"}"#
        );
    }

    #[test]
    fn a_short_text_has_no_shape_in_base64() {
        let base64 = |text: &[u8]| {
            all(text)
                .iter()
                .filter(|(name, _)| *name == "base64")
                .count()
        };
        assert_eq!(base64(b"7351"), 0);
        assert_eq!(base64(b"4054695723100768"), 6);
    }
}
