//! Cards on file: what is kept of a card, and the tokens that stand for it. A token is made from a keyed hash of the
//! card's number; neither the number nor the token itself is kept.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use graviola::hashing::hmac::Hmac;
use graviola::hashing::{Hash as _, Sha256};

use crate::cards::Behaviour;

/// Every token begins with this word.
const TOKEN_START: &str = "ALIPAY";

/// Bytes whose base64 is `+/+/`: a token is never safe in a URL as it stands, so that nobody can forget to encode it.
const AWKWARD: [u8; 3] = [0xfb, 0xff, 0xbf];

/// Where [`AWKWARD`] stands among a token's 64 bytes; a multiple of three, so that its letters are whole.
const AWKWARD_AT: usize = 30;

/// A keyed hash that stands for a card's number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The token of the card: the same card of the same merchant has the same one.
    pub(crate) fn token(self) -> String {
        let filling = Sha256::hash(&self.0);
        let mut bytes = self.0[..AWKWARD_AT].to_vec();
        bytes.extend_from_slice(&AWKWARD);
        bytes.extend_from_slice(&self.0[AWKWARD_AT..]);
        bytes.extend_from_slice(&filling.as_ref()[..29]);
        format!("{TOKEN_START}{}", BASE64.encode(bytes))
    }

    /// The card that a token stands for; `None` when it cannot be one of ours.
    pub(crate) fn of_token(token: &str) -> Option<Self> {
        let bytes = BASE64.decode(token.strip_prefix(TOKEN_START)?).ok()?;
        let (front, rest) = bytes.split_at_checked(AWKWARD_AT)?;
        let back = rest.get(AWKWARD.len()..AWKWARD.len() + 2)?;
        let fingerprint = Self([front, back].concat().try_into().ok()?);
        (fingerprint.token() == token).then_some(fingerprint)
    }
}

/// Makes fingerprints. Without the key a number cannot be guessed from its hash.
pub(crate) struct Fingerprints {
    key: [u8; 32],
}

impl Fingerprints {
    /// `secret` is the provider's, `merchant` tells merchants apart.
    pub(crate) fn new(secret: &str, merchant: &str) -> Self {
        let mut mac = Hmac::<Sha256>::new(secret);
        mac.update("cards on file of ");
        mac.update(merchant);
        let mut key = [0; 32];
        key.copy_from_slice(mac.finish().as_ref());
        Self { key }
    }

    /// The fingerprint of a card's number, or of anything else that must be compared but not kept.
    pub(crate) fn of(&self, text: &str) -> Fingerprint {
        let mut mac = Hmac::<Sha256>::new(self.key);
        mac.update(text);
        let mut hash = [0; 32];
        hash.copy_from_slice(mac.finish().as_ref());
        Fingerprint(hash)
    }
}

/// What is kept of a card.
#[derive(Clone)]
pub(crate) struct Card {
    pub(crate) behaviour: Behaviour,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) brand: &'static str,
    pub(crate) funding: &'static str,
    pub(crate) last_four: String,
    pub(crate) expiry_month: String,
    pub(crate) expiry_year: String,
}

impl Card {
    /// The number as answers show it.
    pub(crate) fn masked(&self) -> String {
        format!("************{}", self.last_four)
    }
}

struct OnFile {
    card: Card,
    /// The buyer agreed to store it: its token is good.
    stored: bool,
    /// Ids that the card network gave to its authorisations.
    network_ids: HashSet<String>,
}

/// All cards that were authorised.
#[derive(Default)]
pub(crate) struct Vault {
    cards: HashMap<Fingerprint, OnFile>,
}

impl Vault {
    /// After an authorisation: the card is known, and stored if the buyer agreed.
    pub(crate) fn remember(&mut self, card: &Card, network_id: String, store: bool) {
        let entry = self
            .cards
            .entry(card.fingerprint)
            .or_insert_with(|| OnFile {
                card: card.clone(),
                stored: false,
                network_ids: HashSet::new(),
            });
        entry.card = card.clone();
        entry.stored |= store;
        entry.network_ids.insert(network_id);
    }

    /// The card behind a token, if it was stored.
    pub(crate) fn stored(&self, fingerprint: Fingerprint) -> Option<&Card> {
        self.cards
            .get(&fingerprint)
            .filter(|entry| entry.stored)
            .map(|entry| &entry.card)
    }

    /// Whether the card network gave this id to an authorisation of the card.
    pub(crate) fn knows_network_id(&self, fingerprint: Fingerprint, network_id: &str) -> bool {
        self.cards
            .get(&fingerprint)
            .is_some_and(|entry| entry.network_ids.contains(network_id))
    }

    /// How many cards are stored.
    pub(crate) fn stored_cards(&self) -> u64 {
        self.cards.values().filter(|entry| entry.stored).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_back_to_its_card_and_is_awkward_to_carry() {
        let fingerprints = Fingerprints::new("secret", "C");
        for n in 0..50 {
            let fingerprint = fingerprints.of(&format!("411734780615{n:04}"));
            let token = fingerprint.token();
            assert!(Fingerprint::of_token(&token) == Some(fingerprint));
            assert!(token.starts_with("ALIPAY") && token.len() == 94, "{token}");
            assert!(
                token.contains('+') && token.contains('/') && token.ends_with("=="),
                "{token}"
            );
        }
    }

    #[test]
    fn what_was_tampered_with_is_no_token() {
        let token = Fingerprints::new("secret", "C")
            .of("4117347806156383")
            .token();
        for wrong in [
            "",
            "ALIPAY",
            "token",
            &token[6..],
            &token.replace('+', " "),
            &token[..90],
            &format!("{token}="),
        ] {
            assert!(Fingerprint::of_token(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn fingerprints_differ_by_card_merchant_and_secret() {
        let one = Fingerprints::new("secret", "C").of("4117347806156383");
        assert!(one == Fingerprints::new("secret", "C").of("4117347806156383"));
        assert!(one != Fingerprints::new("secret", "D").of("4117347806156383"));
        assert!(one != Fingerprints::new("other", "C").of("4117347806156383"));
        assert!(one != Fingerprints::new("secret", "C").of("4112273146798764"));
    }
}
