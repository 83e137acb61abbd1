//! What was written where, and the search through it.

use crate::values::{Secret, Sign, secrets};
use leaks::{Needles, Wanted};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Where something was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A line of a log, at the finest level.
    Log,
    /// A row, as stored, of a payment that may still be paid.
    OpenRow,
    /// A row, as stored, of a payment that is authorised or over.
    Row,
    /// A signed message in the evidence.
    Evidence,
    /// A step in the evidence that no message tells of.
    LocalStep,
    /// A signed message that was kept without a payment.
    Kept,
    /// What is shown of a stored card.
    StoredCard,
    /// The body of a queue message.
    Queue,
    /// An answer over HTTP: status, headers and body.
    Answer,
    /// An answer that lists stored cards.
    CardList,
    /// An answer that tells the merchant's server of a new payment or attempt.
    NewPayment,
    /// What `Debug` or `Display` prints of a value.
    Shown,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Log,
        Self::OpenRow,
        Self::Row,
        Self::Evidence,
        Self::LocalStep,
        Self::Kept,
        Self::StoredCard,
        Self::Queue,
        Self::Answer,
        Self::CardList,
        Self::NewPayment,
        Self::Shown,
    ];

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Log => "log lines, at level trace",
            Self::OpenRow => "rows of payments that can still be paid",
            Self::Row => "rows of payments that are authorised or over",
            Self::Evidence => "evidence: signed messages",
            Self::LocalStep => "evidence: steps of our own",
            Self::Kept => "messages kept without a payment",
            Self::StoredCard => "stored cards, without their token",
            Self::Queue => "queue messages",
            Self::Answer => "HTTP answers",
            Self::CardList => "HTTP answers that list stored cards",
            Self::NewPayment => "HTTP answers that tell of a new payment",
            Self::Shown => "values and errors, printed",
        }
    }
}

/// Something that was written.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Where.
    pub place: Place,
    /// What it is, for people.
    pub what: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A secret in a place where it does not belong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leak {
    /// The secret's name.
    pub secret: String,
    /// In which shape.
    pub form: &'static str,
    /// Where.
    pub place: Place,
    /// In what.
    pub what: String,
}

/// What may stand where.
pub struct Rules(Vec<(Needles, &'static [Place])>);

impl Rules {
    /// For these card numbers, all other values and keys, and what was learned on the way.
    pub(crate) fn new(card_numbers: &[&str], learned: Vec<Secret>) -> Self {
        let mut all = secrets(card_numbers);
        all.extend(learned);
        let mut wanted: BTreeMap<&'static [Place], Wanted> = BTreeMap::new();
        for secret in all {
            let group = wanted.entry(secret.allowed).or_default();
            let before = std::mem::take(group);
            *group = match secret.sign {
                Sign::Text(text) => before.text(&secret.name, &text),
                Sign::After(words, value) => before.near(&secret.name, words, value),
                Sign::Key(pem) => before.key(&secret.name, &pem),
            };
        }
        let ready = |(allowed, wanted): (_, Wanted)| (wanted.needles(), allowed);
        Self(wanted.into_iter().map(ready).collect())
    }

    /// The leaks in one piece.
    #[must_use]
    pub fn leaks_in(&self, piece: &Piece) -> Vec<Leak> {
        let rules = self.0.iter();
        let forbidden = rules.filter(|(_, allowed)| !allowed.contains(&piece.place));
        let hits = forbidden.flat_map(|(needles, _)| needles.find(&piece.bytes));
        hits.map(|hit| Leak {
            secret: hit.secret,
            form: hit.form,
            place: piece.place,
            what: piece.what.clone(),
        })
        .collect()
    }

    /// In how many shapes the secrets are looked for.
    #[must_use]
    pub fn forms(&self) -> usize {
        self.0.iter().map(|(needles, _)| needles.forms()).sum()
    }
}

/// The result of a search.
#[derive(Debug, Default)]
pub struct Scan {
    /// By place: how many pieces, and how many bytes.
    pub searched: BTreeMap<Place, (u64, u64)>,
    /// What was found.
    pub leaks: Vec<Leak>,
}

impl Scan {
    /// Searches all pieces.
    pub fn search(&mut self, rules: &Rules, pieces: &[Piece]) {
        for piece in pieces {
            let (count, bytes) = self.searched.entry(piece.place).or_default();
            *count += 1;
            *bytes += piece.bytes.len() as u64;
            self.leaks.extend(rules.leaks_in(piece));
        }
    }

    /// Takes in another search's result.
    pub fn add(&mut self, other: Self) {
        for (place, (count, bytes)) in other.searched {
            let sum = self.searched.entry(place).or_default();
            sum.0 += count;
            sum.1 += bytes;
        }
        self.leaks.extend(other.leaks);
    }
}

/// Puts each secret into each place, in an otherwise innocent text: how many were planted where they do not belong, and
/// those of them that the search misses. Where a secret belongs it must not be reported; if it is, that is returned as
/// missed too.
#[must_use]
pub fn planted(card_numbers: &[&str]) -> (u64, Vec<String>) {
    let rules = Rules::new(card_numbers, Vec::new());
    let (mut planted, mut missed) = (0, Vec::new());
    for secret in secrets(card_numbers) {
        let leak = match &secret.sign {
            Sign::Text(text) => format!("{{\"some\":\"{text}\"}}"),
            Sign::After(words, value) => format!("{{\"{}\":\"{value}\"}}", words[0]),
            Sign::Key(pem) => pem.lines().nth(15).unwrap().to_owned(),
        };
        for place in Place::ALL {
            let piece = Piece {
                place,
                what: "planted".into(),
                bytes: format!("an innocent text, then {leak}, and more").into_bytes(),
            };
            let found: BTreeSet<String> = rules
                .leaks_in(&piece)
                .into_iter()
                .map(|leak| leak.secret)
                .collect();
            let belongs = secret.allowed.contains(&place);
            planted += u64::from(!belongs);
            if found.contains(&secret.name) == belongs {
                missed.push(format!("{} in {}", secret.name, place.words()));
            }
        }
    }
    (planted, missed)
}
