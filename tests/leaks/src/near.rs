//! Short values that would turn up by chance, such as security codes: they count only right after a word that says what
//! they are.

use aho_corasick::AhoCorasick;

/// Bytes between the word and its value, at most: quotes, colons, blanks, an escape or two.
const GAP: usize = 8;

/// A value and the words it may stand after, in any case of letters.
pub(crate) struct Near {
    words: AhoCorasick,
    value: Vec<u8>,
}

impl Near {
    pub(crate) fn new(words: &[&str], value: &str) -> Self {
        let words = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(words)
            .expect("a few short words");
        Self {
            words,
            value: value.as_bytes().to_vec(),
        }
    }

    /// How often: `"cvv":"907"`, `cvv=907`, `\"cvv\": 907`.
    pub(crate) fn count_in(&self, hay: &[u8]) -> u64 {
        let found = self.words.find_iter(hay).filter(|word| {
            let after = hay.get(word.end()..).unwrap_or_default();
            let gap = after
                .iter()
                .take(GAP)
                .take_while(|byte| !byte.is_ascii_alphanumeric())
                .count();
            let value = after.get(gap..).unwrap_or_default();
            value
                .strip_prefix(self.value.as_slice())
                .is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
        });
        found.count() as u64
    }
}
