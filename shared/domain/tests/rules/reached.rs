//! The random lives reach what the rules about them are about; lives that show nothing would let every rule pass.

use crate::common::life::{Life, Moment, life};
use domain::{CancelState, CaptureState, Decision, Payment, RefundState, SaveCard, Status};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;

fn see(seen: &mut BTreeSet<&'static str>, moment: &Moment) {
    let payment = moment.after();
    seen.insert(payment.status.as_str());
    seen.extend(payment.review.as_ref().map(|review| review.reason.code()));
    seen.extend(payment.doubt.as_ref().map(|_| "doubt"));
    seen.extend(payment.resumed_at.map(|_| "resumed"));
    seen.extend(payment.closed_at().map(|_| "closed"));
    let reopened = moment.before.closed_at().is_some() && payment.review.is_none();
    seen.extend(reopened.then_some("reopened"));
    seen.extend(payment.captures.iter().map(|c| capture_word(&c.state)));
    seen.extend(payment.cancel.as_ref().map(|c| cancel_word(&c.state)));
    for refund in &payment.refunds {
        seen.insert(refund_word(&refund.state));
        seen.extend(refund.contested.then_some("refund_contested"));
    }
    seen.extend(payment.retried_as.as_ref().map(|_| "retried"));
    seen.insert(match payment.save_card {
        SaveCard::No => "card_not_wanted",
        SaveCard::Wanted => "card_wanted",
        SaveCard::Saved(_) => "card_saved",
        SaveCard::NotGiven => "card_not_given",
    });
    if let Decision::Commit(transition) = &moment.decision {
        seen.extend(transition.keep_card.as_ref().map(|_| "card_kept"));
    }
    seen.extend(combinations(payment));
}

/// What matters in combination.
fn combinations(payment: &Payment) -> impl Iterator<Item = &'static str> {
    let part = payment.captured_minor() > 0 && payment.captured_minor() < payment.amount.minor();
    let held = payment.order_held_by.is_some();
    let captured = payment.status == Status::Captured;
    let back = payment.refunded_minor();
    [
        (part && !captured, "part_taken"),
        (part && captured, "part_and_closed"),
        (payment.captures.len() > 2, "three_captures"),
        (part && payment.open_capture().is_some(), "second_part_open"),
        (!captured && !payment.refunds.is_empty(), "refund_of_a_part"),
        (payment.refunds.len() > 2, "three_refunds"),
        (
            back > 0 && back < payment.captured_minor(),
            "given_back_in_part",
        ),
        (back > 0 && back == payment.captured_minor(), "given_back"),
        (held && payment.is_cancelling(), "second_attempt_cancelled"),
        (
            held && captured && !payment.refunds.is_empty(),
            "second_attempt_given_back",
        ),
        (
            payment.is_cancelling() && payment.review.is_some(),
            "review_while_cancelling",
        ),
        (
            payment.is_cancelling() && payment.doubt.is_some(),
            "doubt_while_cancelling",
        ),
    ]
    .into_iter()
    .filter_map(|(is, word)| is.then_some(word))
}

fn capture_word(state: &CaptureState) -> &'static str {
    match state {
        CaptureState::Requested => "requested",
        CaptureState::InProcess => "in_process",
        CaptureState::Doubtful { .. } => "doubtful",
        CaptureState::Succeeded => "succeeded",
        CaptureState::Failed { .. } => "failed",
        CaptureState::Lapsed => "lapsed",
    }
}

fn cancel_word(state: &CancelState) -> &'static str {
    match state {
        CancelState::Requested => "cancel_requested",
        CancelState::Refused { .. } => "cancel_refused",
        CancelState::Done => "cancel_done",
    }
}

fn refund_word(state: &RefundState) -> &'static str {
    match state {
        RefundState::Requested => "refund_requested",
        RefundState::InProcess => "refund_in_process",
        RefundState::Doubtful { .. } => "refund_doubtful",
        RefundState::Succeeded => "refund_succeeded",
        RefundState::Failed { .. } => "refund_failed",
    }
}

#[test]
fn the_lives_reach_every_state_and_every_kind_of_review() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..4_000 {
        let life: Life = life().new_tree(&mut runner).unwrap().current();
        for moment in life.moments() {
            see(&mut seen, &moment);
        }
    }
    let want = [
        "CREATED PENDING AUTHORIZED CAPTURED DECLINED CANCELLED EXPIRED CAPTURE_FAILED",
        "amount_mismatch payment_id_mismatch payment_id_taken wrong_payment contradiction",
        "foreign_capture second_capture capture_refused capture_never_came pending_too_long vanished",
        "refund_unclear doubt requested in_process doubtful succeeded failed lapsed",
        "cancel_requested cancel_refused cancel_done retried",
        "refund_requested refund_in_process refund_doubtful refund_succeeded refund_failed",
        "refund_contested card_not_wanted card_wanted card_saved card_not_given card_kept",
        "part_taken part_and_closed three_captures second_part_open refund_of_a_part three_refunds",
        "given_back_in_part given_back second_attempt_cancelled second_attempt_given_back",
        "review_while_cancelling doubt_while_cancelling resumed closed reopened",
        "order_paid_twice",
    ];
    let want: BTreeSet<_> = want.iter().flat_map(|words| words.split(' ')).collect();
    let missing: Vec<_> = want.difference(&seen).collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
}
