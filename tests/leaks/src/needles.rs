//! What is looked for, and where it was found.

use crate::dress::{self, Form};
use crate::near::Near;
use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, HashMap};

/// Bytes of a private key in PKCS#8 or PKCS#1 before its first secret number, at least: what stands there is public.
const PUBLIC_PART: usize = 300;
/// Bytes of one piece of a key. A leak of twice as many holds a whole piece.
const KEY_PIECE: usize = 18;

/// The secrets to look for; [`Wanted::needles`] makes them ready.
#[derive(Default)]
pub struct Wanted {
    names: Vec<String>,
    patterns: HashMap<Vec<u8>, Pattern>,
    near: Vec<(usize, Near)>,
}

#[derive(Clone, Copy)]
struct Pattern {
    secret: usize,
    form: &'static str,
}

impl Wanted {
    /// A text that cannot turn up by chance (eight bytes or more): a card number, a name, a token. In every shape; the
    /// digits of a number also in groups.
    #[must_use]
    pub fn text(mut self, name: &str, text: &str) -> Self {
        let secret = self.named(name);
        self.add(secret, dress::all(text.as_bytes()));
        self
    }

    /// A short value, such as a security code: where it stands right after one of `words`, as in `"cvv":"907"`.
    #[must_use]
    pub fn near(mut self, name: &str, words: &[&str], value: &str) -> Self {
        let secret = self.named(name);
        self.near.push((secret, Near::new(words, value)));
        for word in words {
            let field = format!("{word}\":\"{value}\"");
            self.add(secret, dress::written(field.as_bytes()));
        }
        self
    }

    /// A private key in PEM or bare base64: any piece of it of 36 bytes or more, in any shape.
    #[must_use]
    pub fn key(mut self, name: &str, pem: &str) -> Self {
        let secret = self.named(name);
        let base64: String = pem
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .map(str::trim)
            .collect();
        let der = STANDARD.decode(base64).expect("a key in base64");
        for piece in der
            .get(PUBLIC_PART..)
            .unwrap_or_default()
            .chunks_exact(KEY_PIECE)
        {
            self.add(secret, dress::of_bytes(piece));
        }
        self
    }

    /// Makes the search.
    #[must_use]
    pub fn needles(self) -> Needles {
        let (bytes, patterns): (Vec<_>, Vec<_>) = self.patterns.into_iter().unzip();
        Needles {
            search: AhoCorasick::new(&bytes).expect("a few thousand short patterns"),
            patterns,
            names: self.names,
            near: self.near,
        }
    }

    fn named(&mut self, name: &str) -> usize {
        let place = self.names.iter().position(|known| known == name);
        place.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    fn add(&mut self, secret: usize, forms: Vec<Form>) {
        for (form, bytes) in forms {
            let pattern = Pattern { secret, form };
            self.patterns.entry(bytes).or_insert(pattern);
        }
    }
}

/// The secrets, ready to be looked for.
pub struct Needles {
    search: AhoCorasick,
    patterns: Vec<Pattern>,
    names: Vec<String>,
    near: Vec<(usize, Near)>,
}

/// A secret that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its name; never the secret itself.
    pub secret: String,
    /// In which shape.
    pub form: &'static str,
    /// How often.
    pub count: u64,
}

impl Needles {
    /// How many secrets are looked for.
    #[must_use]
    pub fn secrets(&self) -> usize {
        self.names.len()
    }

    /// In how many shapes.
    #[must_use]
    pub fn forms(&self) -> usize {
        self.patterns.len() + self.near.len()
    }

    /// What stands in `hay`.
    #[must_use]
    pub fn find(&self, hay: &[u8]) -> Vec<Hit> {
        let mut counts = self.counts(hay);
        // Once more with groups closed up; what stood there in one piece already is not counted twice.
        for (pattern, count) in self.counts(&dress::squeezed(hay)) {
            let known = counts.entry(pattern).or_default();
            *known = count.max(*known);
        }
        let mut hits: BTreeMap<(usize, &'static str), u64> = BTreeMap::new();
        for (pattern, count) in counts {
            let Pattern { secret, form } = self.patterns[pattern];
            *hits.entry((secret, form)).or_default() += count;
        }
        for (secret, near) in &self.near {
            let count = near.count_in(hay);
            if count > 0 {
                *hits.entry((*secret, "after its word")).or_default() += count;
            }
        }
        let hit = |((secret, form), count): ((usize, &'static str), u64)| Hit {
            secret: self.names[secret].clone(),
            form,
            count,
        };
        hits.into_iter().map(hit).collect()
    }

    /// How often any of them stands in `hay`.
    #[must_use]
    pub fn count_in(&self, hay: &[u8]) -> u64 {
        self.find(hay).iter().map(|hit| hit.count).sum()
    }

    fn counts(&self, hay: &[u8]) -> HashMap<usize, u64> {
        let mut counts = HashMap::new();
        for found in self.search.find_overlapping_iter(hay) {
            *counts.entry(found.pattern().as_usize()).or_default() += 1;
        }
        counts
    }
}
