//! Cards that a buyer let the merchant keep: POP's token in place of the number (docs/provider.md, "Stored cards").
//!
//! The token stands in the stored-card item and in the evidence, and nowhere else: it cannot be serialised or printed,
//! and the row holds our own name for the card only.

use crate::{BuyerId, PaymentRequestId, StoredCardId, Time};
use std::fmt;
use zeroize::Zeroizing;

/// The longest token that POP gives.
const MAX_TOKEN: usize = 2048;

/// POP's token for a card (`cardToken`, sent as `paymentMethodId`). Who has it and our signing key can charge the card.
#[derive(Clone, PartialEq, Eq)]
pub struct CardToken(Zeroizing<String>);

impl CardToken {
    /// Takes the text as POP gave it; `None` for one that is empty, too long, or not printable ASCII.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = Zeroizing::new(text.into());
        let plausible =
            (1..=MAX_TOKEN).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        plausible.then_some(Self(text))
    }

    /// The token, for the stored-card item and the request to pay and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CardToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardToken(***)")
    }
}

/// A card that POP stored, as its messages show it (`paymentResultInfo`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizedCard {
    /// The token.
    pub token: CardToken,
    /// What the buyer knows it by.
    pub face: CardFace,
}

/// What may be shown of a stored card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CardFace {
    /// `VISA`, `MASTERCARD`, as POP writes it.
    pub brand: Option<String>,
    /// The last four digits.
    pub last_four: Option<String>,
    /// Month of expiry, two digits.
    pub expiry_month: Option<String>,
    /// Year of expiry, two digits.
    pub expiry_year: Option<String>,
}

/// A buyer's stored card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCard {
    /// Our name for it.
    pub id: StoredCardId,
    /// Whose it is.
    pub buyer: BuyerId,
    /// POP's token.
    pub token: CardToken,
    /// What may be shown.
    pub face: CardFace,
    /// The scheme's id of the payment at which the buyer consented: payments that the merchant starts must name it.
    pub network_transaction_id: Option<String>,
    /// When it was stored.
    pub saved_at: Time,
    /// The payment at which the buyer consented.
    pub saved_by: PaymentRequestId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_checked_and_never_shown() {
        let token = CardToken::new("ALIPAYab+/cd==").unwrap();
        assert_eq!(format!("{token:?}"), "CardToken(***)");
        for bad in ["", "a b", "a\nb", &"x".repeat(2049)] {
            assert!(CardToken::new(bad).is_none());
        }
    }

    #[test]
    fn the_same_card_of_a_buyer_has_one_name() {
        let buyer = |id: &str| BuyerId::new(id).unwrap();
        let token = |text: &str| CardToken::new(text).unwrap();
        let name = StoredCardId::derive(&buyer("b1"), &token("t1"));
        assert_eq!(name, StoredCardId::derive(&buyer("b1"), &token("t1")));
        assert_ne!(name, StoredCardId::derive(&buyer("b2"), &token("t1")));
        assert_ne!(name, StoredCardId::derive(&buyer("b1"), &token("t2")));
        assert_ne!(
            StoredCardId::derive(&buyer("b"), &token("1t")),
            StoredCardId::derive(&buyer("b1"), &token("t"))
        );
    }
}
