//! Looks for card data, card tokens and secrets where they must never be: logs, rows, queue bodies, answers.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use crate::records::Table;

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

    /// Looks for card tokens: as they are, encoded for an address, and inside base64.
    pub(crate) fn of_tokens<'a>(tokens: impl IntoIterator<Item = &'a String>) -> Self {
        let mut exact = Vec::new();
        for token in tokens {
            exact.push(token.as_bytes().to_vec());
            exact.push(in_address(token).into_bytes());
            exact.extend(inside_base64(token.as_bytes()));
        }
        Self {
            exact,
            cvvs: Vec::new(),
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

/// Every card token that the provider gave out: those of the stored cards and those in its signed messages.
pub(crate) fn tokens_of(table: &Table) -> BTreeSet<String> {
    let stored = table.cards.iter().map(|card| card.token.clone());
    let messages = table.payments.values().flat_map(|record| &record.evidence);
    let told = messages.filter_map(|entry| {
        let body: Value = serde_json::from_slice(&entry.message.body).ok()?;
        let token = body["paymentResultInfo"]["cardToken"].as_str()?;
        Some(token.to_owned())
    });
    stored.chain(told).collect()
}

/// Percent-encoded as a part of an address.
fn in_address(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
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
    fn tokens_are_found_in_every_dress() {
        let token = "ALIPAYab+/cd0123456789efghij==".to_owned();
        let needles = Needles::of_tokens([&token]);
        for leak in [
            format!("\"cardToken\":\"{token}\""),
            "/cards/ALIPAYab%2B%2Fcd0123456789efghij%3D%3D".to_owned(),
            BASE64.encode(format!("x{token}y")),
        ] {
            assert_eq!(needles.count_in(leak.as_bytes()), 1, "{leak}");
        }
        assert_eq!(needles.count_in(b"ALIPAYab+/cd9999456789efghij=="), 0);
    }

    #[test]
    fn tokens_are_learned_from_cards_and_messages() {
        use crate::records::{CardItem, Record};
        use domain::evidence::{MessageKind, SignedMessage, Trail};
        let message = SignedMessage {
            kind: MessageKind::NotifyPayment,
            path: "/notify".to_owned(),
            client_id: "C".to_owned(),
            time: "1".to_owned(),
            signature: "s".to_owned(),
            key_version: "1".to_owned(),
            body: br#"{"paymentResultInfo":{"cardToken":"ALIPAYtold"}}"#.to_vec(),
        };
        let mut table = Table::default();
        let record: &mut Record = table.payments.entry("P1".to_owned()).or_default();
        let entry = Trail::default().append(message, domain::Time::from_millis(1));
        record.evidence.push(entry);
        table.cards.push(CardItem {
            buyer: "B1".to_owned(),
            id: "card_1".to_owned(),
            saved_by: "P2".to_owned(),
            token: "ALIPAYstored".to_owned(),
        });
        let tokens: Vec<String> = tokens_of(&table).into_iter().collect();
        assert_eq!(tokens, ["ALIPAYstored", "ALIPAYtold"]);
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
