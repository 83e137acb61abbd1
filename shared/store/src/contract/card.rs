//! Stored cards. They do not expire, so that each case forgets what it stored.

use super::{Fixture, Verdict, ensure, next};
use crate::samples::{self, NOW, row_only};
use crate::{Commit, MAX_CARDS, Store};
use domain::stored_card::{CardFace, StoredCard};
use domain::{BuyerId, Payment, Seconds};
use std::cmp::Reverse;

fn storing(next: Payment, card: &StoredCard) -> Commit {
    Commit {
        card: Some(card.clone()),
        ..row_only(next)
    }
}

/// The cards themselves are not shown: they hold tokens.
async fn has<S: Store>(f: &Fixture<S>, buyer: &BuyerId, want: &[&StoredCard]) -> Verdict {
    let cards = f.store.cards(buyer).await?;
    let names: Vec<_> = cards.iter().map(|card| card.id.as_str()).collect();
    ensure(
        cards.iter().eq(want.iter().copied()),
        format!("{buyer} has {names:?}, or one of them was changed"),
    )
}

async fn forget<S: Store>(f: &Fixture<S>, cards: &[StoredCard]) -> Verdict {
    for card in cards {
        f.store.forget_card(&card.buyer, &card.id).await?;
    }
    Ok(())
}

pub(super) async fn a_card_is_read_as_it_was_stored<S: Store>(f: &Fixture<S>) -> Verdict {
    let buyer = f.buyer("reads");
    has(f, &buyer, &[]).await?;
    let full = samples::stored_card(buyer.as_str(), "full");
    let bare = StoredCard {
        face: CardFace::default(),
        network_transaction_id: None,
        saved_at: NOW - Seconds(1),
        ..samples::stored_card(buyer.as_str(), "bare")
    };
    ensure(
        f.store.card(&buyer, &full.id).await?.is_none(),
        "a card that nobody stored",
    )?;
    let payment = f.payment("card-reads");
    f.store.commit(&storing(payment.clone(), &full)).await?;
    let row = next(&payment, "2");
    f.store.commit(&storing(row.clone(), &bare)).await?;
    for card in [&full, &bare] {
        ensure(
            f.store.card(&buyer, &card.id).await?.as_ref() == Some(card),
            "the card is not what was stored",
        )?;
    }
    has(f, &buyer, &[&full, &bare]).await?;
    ensure(
        f.store.load(&payment.id).await? == Some(row),
        "the row did not move",
    )?;
    forget(f, &[full, bare]).await
}

pub(super) async fn a_card_stored_again_is_written_over<S: Store>(f: &Fixture<S>) -> Verdict {
    let first = samples::stored_card(f.buyer("again").as_str(), "again");
    let mut second = first.clone();
    second.face.expiry_year = Some("34".into());
    second.network_transaction_id = None;
    second.saved_at = NOW + Seconds(5);
    second.saved_by = f.id("card-second");
    f.store
        .commit(&storing(f.payment("card-first"), &first))
        .await?;
    f.store
        .commit(&storing(f.payment("card-second"), &second))
        .await?;
    has(f, &first.buyer, &[&second]).await?;
    forget(f, &[first]).await
}

pub(super) async fn the_newest_cards_come_first_and_the_list_has_an_end<S: Store>(
    f: &Fixture<S>,
) -> Verdict {
    let buyer = f.buyer("many");
    let mut cards = Vec::new();
    let mut row = f.payment("card-many");
    for n in 0..i64::try_from(MAX_CARDS + 3).unwrap_or(i64::MAX) {
        let mut card = samples::stored_card(buyer.as_str(), &n.to_string());
        card.saved_at = NOW + Seconds(n * 7 % 23);
        f.store.commit(&storing(row.clone(), &card)).await?;
        row = next(&row, &n.to_string());
        cards.push(card);
    }
    cards.sort_by_key(|card| Reverse(card.saved_at));
    let newest: Vec<_> = cards.iter().take(MAX_CARDS).collect();
    has(f, &buyer, &newest).await?;
    // One that is not listed is still there, and comes up when another is gone.
    let hidden = &cards[MAX_CARDS];
    ensure(
        f.store.card(&buyer, &hidden.id).await?.as_ref() == Some(hidden),
        "a card beyond the list is lost",
    )?;
    f.store.forget_card(&buyer, &cards[0].id).await?;
    let newest: Vec<_> = cards.iter().skip(1).take(MAX_CARDS).collect();
    has(f, &buyer, &newest).await?;
    forget(f, &cards).await?;
    has(f, &buyer, &[]).await
}

pub(super) async fn buyers_are_apart<S: Store>(f: &Fixture<S>) -> Verdict {
    let mut cards = Vec::new();
    for (n, name) in ["a", "A", "a#CARD#", "a#", "%61"].iter().enumerate() {
        let card = samples::stored_card(f.buyer(name).as_str(), "same");
        let payment = f.payment(&format!("card-apart-{n}"));
        f.store.commit(&storing(payment, &card)).await?;
        cards.push(card);
    }
    for card in &cards {
        has(f, &card.buyer, &[card]).await?;
        let others = cards.iter().filter(|other| other.id != card.id);
        for other in others {
            ensure(
                f.store.card(&card.buyer, &other.id).await?.is_none(),
                "another buyer's card",
            )?;
        }
    }
    forget(f, &cards[..1]).await?;
    for card in &cards[1..] {
        has(f, &card.buyer, &[card]).await?;
    }
    forget(f, &cards).await
}

pub(super) async fn a_forgotten_card_is_gone<S: Store>(f: &Fixture<S>) -> Verdict {
    let card = samples::stored_card(f.buyer("forgets").as_str(), "1");
    let stays = samples::stored_card(f.buyer("forgets").as_str(), "2");
    f.store.forget_card(&card.buyer, &card.id).await?; // not there yet
    let payment = f.payment("card-forgotten");
    f.store.commit(&storing(payment.clone(), &card)).await?;
    let row = next(&payment, "2");
    f.store.commit(&storing(row.clone(), &stays)).await?;
    for _ in 0..2 {
        f.store.forget_card(&card.buyer, &card.id).await?;
        has(f, &card.buyer, &[&stays]).await?;
        ensure(
            f.store.card(&card.buyer, &card.id).await?.is_none(),
            "it is still there",
        )?;
    }
    // The buyer may store it again.
    f.store.commit(&storing(next(&row, "again"), &card)).await?;
    ensure(
        f.store.card(&card.buyer, &card.id).await?.as_ref() == Some(&card),
        "not stored again",
    )?;
    forget(f, &[card, stays]).await
}
