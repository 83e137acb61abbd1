//! Ten thousand notifications with one byte changed: none is believed, none makes us panic.

use crate::support::{CLIENT, PATH, PROVIDER_PKCS8, TIME, header, provider_keys, sample};
use http::{HeaderMap, HeaderValue};
use pop::verify::{NotificationHeaders, verify_notification};

const MUTATIONS: usize = 10_000;

/// SplitMix64: the same numbers in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }

    fn change_one_byte(&mut self, bytes: &mut [u8]) {
        let place = self.below(bytes.len());
        let shift = 1 + self.below(255);
        bytes[place] = bytes[place].wrapping_add(u8::try_from(shift).unwrap());
    }
}

#[derive(Clone)]
struct Message {
    path: Vec<u8>,
    client: Vec<u8>,
    time: Vec<u8>,
    signature: Vec<u8>,
    body: Vec<u8>,
}

impl Message {
    /// `signature` with blanks and lower-case hexadecimal, as another sender would write it.
    fn good(other_style: bool) -> Self {
        let body = sample!("notify_payment_success_caav_typo").to_vec();
        let mut signature = header(PROVIDER_PKCS8, PATH, CLIENT, TIME, &body);
        if other_style {
            signature = signature
                .replace(',', ", ")
                .replace("%2F", "%2f")
                .replace("%2B", "+");
        }
        let [path, client, time, signature] =
            [PATH, CLIENT, TIME, &signature].map(|text| text.as_bytes().to_vec());
        Self {
            path,
            client,
            time,
            signature,
            body,
        }
    }

    fn part(&mut self, part: usize) -> &mut Vec<u8> {
        match part {
            0 => &mut self.path,
            1 => &mut self.client,
            2 => &mut self.time,
            3 => &mut self.signature,
            _ => &mut self.body,
        }
    }
}

/// `None` where even HTTP refuses to carry it.
fn accepted(keys: &pop::keys::VerifyingKeys, message: &Message) -> Option<bool> {
    let mut headers = HeaderMap::new();
    headers.insert("client-id", HeaderValue::from_bytes(&message.client).ok()?);
    headers.insert("request-time", HeaderValue::from_bytes(&message.time).ok()?);
    headers.insert(
        "signature",
        HeaderValue::from_bytes(&message.signature).ok()?,
    );
    let headers = NotificationHeaders::from_map(&headers);
    let path = std::str::from_utf8(&message.path).ok()?;
    Some(verify_notification(keys, CLIENT, path, None, &headers, &message.body).is_ok())
}

/// A second, slow reader of the header: algorithm and signature, by the rules and not by our code. Two headers that
/// read alike carry the same signature, whichever way they are written.
fn meaning(header: &[u8]) -> Option<Vec<u8>> {
    if !header
        .iter()
        .all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
    {
        return None;
    }
    let (mut algorithms, mut signatures) = (Vec::new(), Vec::new());
    let mut versions = 0;
    for part in header.split(|byte| *byte == b',') {
        let at = part.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (part[..at].trim_ascii(), part[at + 1..].trim_ascii());
        match name {
            b"algorithm" => algorithms.push(value),
            b"signature" => signatures.push(value),
            b"keyVersion" => versions += 1,
            _ => {}
        }
    }
    if algorithms != [b"RSA256"] || signatures.len() != 1 || versions > 1 {
        return None;
    }
    from_base64(&from_percent(signatures[0]))
}

fn from_percent(mut text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    while let Some((&first, rest)) = text.split_first() {
        let digits = rest.get(..2).and_then(|two| {
            let high = char::from(two[0]).to_digit(16)?;
            u8::try_from(high * 16 + char::from(two[1]).to_digit(16)?).ok()
        });
        match (first, digits) {
            (b'%', Some(byte)) => (plain.push(byte), text = &rest[2..]).1,
            _ => (plain.push(first), text = rest).1,
        }
    }
    plain
}

fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let digits = text[..text.len() - padding.min(2)].iter();
    let digits: Vec<usize> = digits
        .map(|d| ALPHABET.iter().position(|a| a == d))
        .collect::<Option<_>>()?;
    let bits: Vec<bool> = digits
        .iter()
        .flat_map(|d| (0..6).rev().map(move |n| d >> n & 1 == 1))
        .collect();
    let (bytes, rest) = bits.as_chunks::<8>();
    let byte = |bits: &[bool; 8]| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    rest.iter()
        .all(|bit| !bit)
        .then(|| bytes.iter().map(byte).collect())
}

#[test]
fn ten_thousand_changes_of_one_byte_are_told() {
    let keys = provider_keys();
    let originals = [Message::good(false), Message::good(true)];
    assert!(
        originals.iter().all(|m| accepted(&keys, m) == Some(true)),
        "the originals are good"
    );
    let original = meaning(&originals[0].signature);
    assert!(original.is_some() && original == meaning(&originals[1].signature));

    let mut random = Random(20_260_330);
    let (mut refused, mut not_http, mut same_meaning) = (0, 0, 0);
    let mut by_part = [0; 5];
    for n in 0..MUTATIONS {
        let mut message = originals[n % 2].clone();
        let part = n / 2 % 5;
        random.change_one_byte(message.part(part));
        by_part[part] += 1;
        // Only where the header still says the very same signature by the very same algorithm, nothing that is
        // signed was changed: a hint (the key's version), a blank, or the case of a hexadecimal digit was.
        let same = part == 3 && meaning(&message.signature) == original;
        match accepted(&keys, &message) {
            None => not_http += 1,
            Some(accepted) => {
                let header = String::from_utf8_lossy(&message.signature);
                assert_eq!(accepted, same, "change {n} in part {part}: {header}");
                if accepted {
                    same_meaning += 1
                } else {
                    refused += 1
                }
            }
        }
    }
    println!(
        "{MUTATIONS} changes (path, client id, time, signature, body: {by_part:?}): {refused} refused, {not_http} \
         not even HTTP, 0 believed; {same_meaning} left the signature as it was"
    );
    assert_eq!(refused + not_http + same_meaning, MUTATIONS);
    assert!(
        same_meaning < MUTATIONS / 50,
        "{same_meaning} changes changed nothing"
    );
}
