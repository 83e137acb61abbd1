//! The tournament, small: ours is clean, the unchanged model is clean, and every policy does the harm that it is there
//! to show. Without the latter the models would run no risk, and ours would be clean by accident.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use simulation::tournament::{ENTRANTS, Score, run};

/// Of one entrant over some seeds.
fn sum(name: &str, seeds: impl IntoIterator<Item = u64>) -> Score {
    let mut entrants = ENTRANTS.iter();
    let entrant = entrants.find(|entrant| entrant.name == name).unwrap();
    let mut sum = Score::default();
    for seed in seeds {
        sum.add(&run(entrant, seed));
    }
    sum
}

#[test]
fn ours_and_the_unchanged_model_are_clean() {
    for name in ["ours", "sound"] {
        let mut sum = sum(name, 1..=50);
        assert!(sum.payments > 70 && sum.waits_ms.len() > 50, "{name}");
        sum.waits_ms.clear();
        assert!(sum.is_clean(), "{name}: {sum:?}");
    }
}

#[test]
fn a_capture_id_that_does_not_outlive_the_try_takes_money_twice() {
    for name in ["attempt-id", "record-removed", "lease"] {
        let sum = sum(name, 1..=50);
        assert!(sum.doubled > 0 && sum.wrong > 0, "{name}");
        assert!(sum.stopped_by_provider > 0, "{name}");
    }
}

#[test]
fn polls_that_end_leave_payments_behind_or_call_them_failed() {
    assert!(sum("failed-after-6", 1..=50).false_failures > 0);
    assert!(sum("unheard-after-6", 1..=50).never_settled > 0);
    assert!(sum("no-polling", 1..=50).never_settled > 5);
    // Seven polls in five days seldom all fail.
    assert!(sum("stopped-after-7", [328]).never_settled > 0);
}

#[test]
fn what_is_acknowledged_or_written_before_its_message_is_sent_is_lost() {
    assert!(sum("acknowledge-first", 1..=50).letters_lost > 0);
    assert!(sum("no-outbox", 1..=50).events_lost > 0);
}

#[test]
fn silence_taken_as_a_failure_is_wrong() {
    assert!(sum("silence-is-failure", [117, 170]).false_failures > 0);
}

#[test]
fn a_seed_gives_the_same_score_each_time() {
    for entrant in &ENTRANTS {
        assert_eq!(run(entrant, 22), run(entrant, 22), "{}", entrant.name);
    }
}
