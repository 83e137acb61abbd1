//! Some seeds, with every change; `cargo reconcile-check` runs many.
#![allow(missing_docs, clippy::unwrap_used)]

use reconcile_check::seeds::{Seeds, run};
use simulator::reports::Discrepancy;

#[test]
fn reports_of_the_books_agree_and_every_discrepancy_is_found() {
    let mut seeds = Seeds::default();
    (1..=12).for_each(|seed| seeds.add(run(seed)));
    assert!(seeds.holds(), "{:#?}", seeds.wrong);
    for kind in Discrepancy::ALL {
        let word = serde_json::to_value(kind).unwrap();
        let tries = seeds.kinds.get(word.as_str().unwrap());
        assert!(
            tries.is_some_and(|tries| tries.seeded > 0),
            "{kind:?} was never seeded"
        );
    }
}
