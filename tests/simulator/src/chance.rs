//! Chance that can be repeated: every draw is a hash of the seed and of what is drawn for, so the order in which
//! things happen changes no draw.

use graviola::hashing::{Hash as _, Sha256};

/// Source of all draws of one simulator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance {
    seed: u64,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A number that depends on the seed and these words alone.
    pub(crate) fn number(&self, words: &[&str]) -> u64 {
        let mut input = self.seed.to_le_bytes().to_vec();
        for word in words {
            input.extend_from_slice(&(word.len() as u64).to_le_bytes());
            input.extend_from_slice(word.as_bytes());
        }
        let digest = Sha256::hash(&input);
        digest
            .as_ref()
            .iter()
            .take(8)
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// A share between 0 (included) and 1 (excluded).
    pub(crate) fn share(&self, words: &[&str]) -> f64 {
        // 53 bits: what a double holds exactly.
        (self.number(words) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Whether something of this probability happens.
    pub(crate) fn happens(&self, probability: f64, words: &[&str]) -> bool {
        probability > 0.0 && self.share(words) < probability
    }

    /// A number from `range.0` to `range.1`, both included.
    pub(crate) fn between(&self, range: (i64, i64), words: &[&str]) -> i64 {
        let width = range.1.saturating_sub(range.0).max(0) as u64 + 1;
        range.0 + (self.number(words) % width) as i64
    }
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(Sha256::hash(bytes).as_ref());
    hash
}

/// SHA-256 in lower-case hex.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    sha256(bytes)
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_seed_and_words_alone() {
        let (one, two) = (Chance::new(1), Chance::new(2));
        assert_eq!(one.number(&["a", "b"]), Chance::new(1).number(&["a", "b"]));
        assert_ne!(one.number(&["a", "b"]), two.number(&["a", "b"]));
        assert_ne!(one.number(&["a", "b"]), one.number(&["ab"]));
        assert_eq!(
            sha256_hex(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn shares_are_spread_evenly() {
        let chance = Chance::new(7);
        let hits = (0..2000)
            .filter(|n| chance.happens(0.2, &["x", &n.to_string()]))
            .count();
        assert!((320..480).contains(&hits), "{hits}");
        assert!(!chance.happens(0.0, &["x"]));
        assert!(chance.happens(1.0, &["x"]));
        assert!((0..200).all(|n| (3..=5).contains(&chance.between((3, 5), &[&n.to_string()]))));
    }
}
