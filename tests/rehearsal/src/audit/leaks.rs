//! Looks for card data and secrets where they must never be: logs, rows, queue bodies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Bytes between the word cvv and its value, at most: quotes, colons, blanks, an escape or two.
const CVV_GAP: usize = 8;
/// Below this length a piece of base64 would turn up by chance.
const BASE64_PIECE: usize = 16;

/// What is looked for.
///
/// A card number counts as digits in a row, in groups of four with blanks or dashes, or inside base64 (a request body as
/// API Gateway hands it over) at each of the three alignments. A security code of three digits would turn up by chance
/// in times and ids, so it counts only where the word cvv or cvc stands right before it. A secret counts as it is.
pub(crate) struct Needles {
    exact: Vec<Vec<u8>>,
    cvvs: Vec<String>,
}

impl Needles {
    pub(crate) fn new<'a>(
        card_numbers: impl IntoIterator<Item = &'a str>,
        cvvs: &[&str],
        secrets: &[&str],
    ) -> Self {
        let mut exact: Vec<Vec<u8>> = secrets
            .iter()
            .map(|secret| secret.as_bytes().to_vec())
            .collect();
        for number in card_numbers {
            exact.push(number.as_bytes().to_vec());
            for separator in [" ", "-"] {
                exact.push(grouped(number, separator).into_bytes());
            }
            exact.extend(inside_base64(number.as_bytes()));
        }
        Self {
            exact,
            cvvs: cvvs.iter().map(|&cvv| cvv.to_owned()).collect(),
        }
    }

    /// How often any of them stands in `hay`.
    pub(crate) fn count_in(&self, hay: &[u8]) -> u64 {
        let exact: u64 = self
            .exact
            .iter()
            .map(|needle| occurrences(hay, needle))
            .sum();
        exact + self.cvvs_in(hay)
    }

    /// Security codes right after the word: `"cvv":"907"`, `cvv=907`, `\"cvv\": 907`.
    fn cvvs_in(&self, hay: &[u8]) -> u64 {
        let words = hay.windows(3).enumerate().filter(|(_, word)| {
            word.eq_ignore_ascii_case(b"cvv") || word.eq_ignore_ascii_case(b"cvc")
        });
        let found = words.filter(|(place, _)| {
            let after = hay.get(place + 3..).unwrap_or_default();
            let gap = after
                .iter()
                .take(CVV_GAP)
                .take_while(|byte| !byte.is_ascii_alphanumeric())
                .count();
            let value = after.get(gap..).unwrap_or_default();
            self.cvvs.iter().any(|cvv| {
                value.starts_with(cvv.as_bytes())
                    && !value.get(cvv.len()).is_some_and(u8::is_ascii_digit)
            })
        });
        found.count() as u64
    }
}

fn grouped(number: &str, separator: &str) -> String {
    let groups: Vec<&str> = (0..number.len())
        .step_by(4)
        .filter_map(|start| number.get(start..(start + 4).min(number.len())))
        .collect();
    groups.join(separator)
}

/// The base64 letters that depend on `text` alone, for each place of it in a group of three bytes.
fn inside_base64(text: &[u8]) -> Vec<Vec<u8>> {
    (0..3)
        .filter_map(|shift| {
            let whole = BASE64.encode([vec![0; shift], text.to_vec()].concat());
            // Letters that also hold bits of what stands before or after are left out.
            let first = (shift * 8).div_ceil(6);
            let last = (shift + text.len()) * 8 / 6;
            whole
                .as_bytes()
                .get(first..last)
                .filter(|piece| piece.len() >= BASE64_PIECE)
                .map(<[u8]>::to_vec)
        })
        .collect()
}

fn occurrences(hay: &[u8], needle: &[u8]) -> u64 {
    let Some((&first, rest)) = needle.split_first() else {
        return 0;
    };
    let candidates = hay.iter().enumerate().filter(|(_, byte)| **byte == first);
    candidates
        .filter(|(place, _)| {
            hay.get(place + 1..)
                .is_some_and(|after| after.starts_with(rest))
        })
        .count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "4054695723100768";

    fn needles() -> Needles {
        Needles::new([NUMBER], &["907", "4729"], &["sk_secret"])
    }

    #[test]
    fn card_numbers_are_found_in_every_dress() {
        for leak in [
            "x4054695723100768x".to_owned(),
            "4054 6957 2310 0768".to_owned(),
            "4054-6957-2310-0768".to_owned(),
            "key sk_secret!".to_owned(),
            BASE64.encode(format!("{{\"cardNo\":\"{NUMBER}\"}}")),
            BASE64.encode(format!("{{ \"cardNo\":\"{NUMBER}\"}}")),
            BASE64.encode(format!("{{  \"cardNo\":\"{NUMBER}\"}}")),
        ] {
            assert_eq!(needles().count_in(leak.as_bytes()), 1, "{leak}");
        }
        assert_eq!(
            needles().count_in(b"405469******0768 and 4054695723100769"),
            0
        );
    }

    #[test]
    fn security_codes_count_next_to_their_word_only() {
        for leak in [
            "\"cvv\":\"907\"",
            "cvv=907",
            "CVC: 4729",
            "\\\"cvv\\\": \\\"907\\\"",
        ] {
            assert_eq!(needles().count_in(leak.as_bytes()), 1, "{leak}");
        }
        for innocent in [
            "907",
            "\"cvv\":\"***\"",
            "\"cvvResultRaw\":\"Y\", 907",
            "cvv=9071",
            "at 1795907472907",
        ] {
            assert_eq!(needles().count_in(innocent.as_bytes()), 0, "{innocent}");
        }
    }
}
