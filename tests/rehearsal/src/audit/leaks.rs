//! What must never stand in logs, rows, queue bodies and answers: card data, card tokens and secrets.

use std::collections::BTreeSet;

use leaks::{Needles, Wanted};
use serde_json::Value;

use crate::records::Table;
use crate::secrets::Secrets;

/// Card numbers, security codes, and the keys of the run.
pub(crate) fn card_needles<'a>(
    card_numbers: impl IntoIterator<Item = &'a str>,
    cvvs: &[&str],
    secrets: &[&Secrets],
) -> Needles {
    let mut wanted = Wanted::default();
    for secrets in secrets {
        wanted = wanted.key("private key", secrets.private_key());
        for secret in secrets.texts() {
            wanted = wanted.text("secret", secret);
        }
    }
    for number in card_numbers {
        wanted = wanted.text("card number", number);
    }
    for cvv in cvvs {
        wanted = wanted.near("security code", &["cvv", "cvc"], cvv);
    }
    wanted.needles()
}

/// Card tokens.
pub(crate) fn token_needles<'a>(tokens: impl IntoIterator<Item = &'a String>) -> Needles {
    let wanted = tokens.into_iter().fold(Wanted::default(), |wanted, token| {
        wanted.text("card token", token)
    });
    wanted.needles()
}

/// Every card token that the provider gave out: those of the stored cards and those in its signed messages.
pub(crate) fn tokens_of(table: &Table) -> BTreeSet<String> {
    let stored = table.cards.iter().map(|card| card.token.clone());
    let messages = table.payments.values().flat_map(|record| &record.evidence);
    let told = messages.filter_map(|entry| {
        let body: Value = serde_json::from_slice(&entry.message()?.body).ok()?;
        let token = body["paymentResultInfo"]["cardToken"].as_str()?;
        Some(token.to_owned())
    });
    stored.chain(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secrets_of_a_run_are_looked_for() {
        let secrets = Secrets::generate().unwrap();
        let needles = card_needles(["4054695723100768"], &["907"], &[&secrets]);
        let [api_key, token_key] = secrets.texts();
        for leak in [
            "4054 6957 2310 0768",
            "\"cvv\":\"907\"",
            api_key,
            token_key,
            secrets.private_key(),
        ] {
            assert!(needles.count_in(leak.as_bytes()) > 0, "{leak}");
        }
        assert_eq!(needles.count_in(b"405469******0768"), 0);
        let token = "ALIPAYab+/cd0123456789efghij==".to_owned();
        let tokens = token_needles([&token]);
        assert_eq!(tokens.count_in(format!("\"{token}\"").as_bytes()), 1);
    }

    #[test]
    fn tokens_are_learned_from_cards_and_messages() {
        use crate::records::{CardItem, Record};
        use domain::evidence::{MessageKind, SignedMessage};
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
        record
            .evidence
            .push(crate::audit::testing::entry(message, 1));
        table.cards.push(CardItem {
            buyer: "B1".to_owned(),
            id: "card_1".to_owned(),
            saved_by: "P2".to_owned(),
            token: "ALIPAYstored".to_owned(),
        });
        let tokens: Vec<String> = tokens_of(&table).into_iter().collect();
        assert_eq!(tokens, ["ALIPAYstored", "ALIPAYtold"]);
    }
}
