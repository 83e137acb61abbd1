//! The tournament, small: ours is clean, the unchanged model is clean, and every policy does the harm that it is there
//! to show. Without the latter the models would run no risk, and ours would be clean by accident.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use simulation::tournament::{ENTRANTS, Score, run};

fn sum(name: &str, seeds: impl IntoIterator<Item = u64>) -> Score {
    let entrant = ENTRANTS
        .iter()
        .find(|entrant| entrant.name == name)
        .unwrap();
    let mut sum = Score::default();
    for seed in seeds {
        sum.add(&run(entrant, seed));
    }
    sum
}

#[test]
fn ours_and_the_unchanged_model_are_clean() {
    for name in ["ours", "sound"] {
        let mut sum = sum(name, 1..=40);
        assert!(sum.payments > 50 && sum.waits_ms.len() > 40, "{name}");
        sum.waits_ms.clear();
        assert!(sum.is_clean(), "{name}: {sum:?}");
    }
}
