//! The search finds what is planted, and nothing that can hold a secret prints it.
#![allow(missing_docs, clippy::unwrap_used)]

use secrets::{Figures, everything_shown, planted};

#[test]
fn every_secret_is_found_in_every_place_where_it_does_not_belong() {
    let (planted, missed) = planted(&["4054695723100768", "5162774114974622"]);
    assert!(planted > 200, "{planted}");
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn values_and_errors_print_no_secret() {
    let mut figures = Figures::default();
    figures.try_the_search();
    assert!(figures.holds(), "{:#?}", figures.leaks);
}

#[test]
fn what_holds_a_card_prints_no_digits_at_all() {
    let pieces = everything_shown();
    let cards: Vec<_> = pieces
        .iter()
        .filter(|piece| piece.what.starts_with("card: "))
        .collect();
    assert!(cards.len() > 10);
    for piece in cards {
        let text = String::from_utf8(piece.bytes.clone()).unwrap();
        assert!(
            !text.contains(|c: char| c.is_ascii_digit()),
            "{}: {text}",
            piece.what
        );
    }
}
