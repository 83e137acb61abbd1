//! What those who watch over all payments see of each.

use crate::common::said::{automatic_capture, capture_notified, captured, notified};
use crate::common::states::{
    AFTER_A_DAY, AUTOMATIC, MANUAL, ON_REQUEST, after_under, all, authorized, cancel_refused,
    cancelled, cancelling, capture_failed, created, declined, done, doubted, expired,
    held_by_another, in_process, in_review, pending, refunding, then,
};
use crate::common::wishes::{capture_asked, part_captured, refund_answered, refund_notified};
use crate::common::{at, policy, several};
use domain::standing::{is_near_deadline, outcomes, unknown_since};
use domain::{Payment, Policy, SaveCard, Seconds};

/// Pay was called at second 1: until when it can be captured.
const LIMIT: Seconds = Seconds(7 * 86_400 + 1);

#[test]
fn an_outcome_is_unknown_since_it_was_asked_for() {
    let refund_in_process = then(refunding(), 51, &refund_answered("U REFUND_IN_PROCESS"));
    let mut waits_for_card = done();
    waits_for_card.save_card = SaveCard::Wanted;
    let late = then(pending(MANUAL), 500, &notified("S SUCCESS"));
    let rows: Vec<(&str, Payment, Option<i64>)> = vec![
        ("created: the buyer's turn", created(MANUAL), None),
        ("pending", pending(MANUAL), Some(1)),
        ("capture wanted", authorized(MANUAL), Some(3)),
        ("capture in process", in_process(), Some(3)),
        (
            "captured by POP, which did not say so yet",
            authorized(AUTOMATIC),
            Some(3),
        ),
        ("the merchant's turn", authorized(ON_REQUEST), None),
        ("waits for its day", authorized(AFTER_A_DAY), None),
        ("authorised late, capture wanted", late, Some(500)),
        ("captured", done(), None),
        ("declined", declined(), None),
        ("doubt", doubted(done()), Some(900)),
        ("cancelling", cancelling(authorized(ON_REQUEST)), Some(50)),
        (
            "cancelling, pay not answered",
            cancelling(pending(MANUAL)),
            Some(1),
        ),
        (
            "cancel refused",
            cancel_refused(authorized(ON_REQUEST)),
            None,
        ),
        ("refund not answered", refunding(), Some(50)),
        ("refund in process at POP", refund_in_process, None),
        ("card's token not shown", waits_for_card, Some(5)),
        (
            "in review: a person's turn",
            in_review(pending(MANUAL)),
            None,
        ),
    ];
    for (name, payment, want) in rows {
        let since = unknown_since(&payment, at(1_000));
        assert_eq!(since, want.map(at), "{name}: {payment:#?}");
    }
}

#[test]
fn past_the_limit_the_end_of_a_manual_payment_is_unknown() {
    let payment = authorized(ON_REQUEST);
    assert_eq!(unknown_since(&payment, at(LIMIT.0 - 1)), None);
    assert_eq!(unknown_since(&payment, at(LIMIT.0)), Some(at(LIMIT.0)));
}

#[test]
fn whatever_is_settled_is_known() {
    for (name, payment) in all() {
        if !payment.is_unresolved() {
            assert_eq!(unknown_since(&payment, at(2_000)), None, "{name}");
        }
    }
}

#[test]
fn money_is_near_its_deadline_within_the_margin() {
    let margin = Policy::default().capture_margin;
    let asked = capture_asked(1, Some(1_000));
    let asked = after_under(&authorized(ON_REQUEST), &asked, at(10), &several());
    let taken = part_captured(1, 1_000, "S SUCCESS");
    let part_taken = after_under(&asked, &taken, at(11), &several());
    let rows: Vec<(&str, Payment, bool)> = vec![
        ("capture wanted", authorized(MANUAL), true),
        ("capture in process", in_process(), true),
        ("on request", authorized(ON_REQUEST), true),
        (
            "after a day, which never came",
            authorized(AFTER_A_DAY),
            true,
        ),
        ("in review", in_review(authorized(MANUAL)), true),
        (
            "cancel refused",
            cancel_refused(authorized(ON_REQUEST)),
            true,
        ),
        ("automatic", authorized(AUTOMATIC), false),
        ("captured", done(), false),
        ("a part captured, the rest left", part_taken, false),
        ("capture failed for good", capture_failed(), false),
        ("pending", pending(MANUAL), false),
        ("being cancelled", cancelling(authorized(ON_REQUEST)), false),
        (
            "given up for another attempt",
            held_by_another(authorized(MANUAL)),
            false,
        ),
    ];
    for (name, payment, want) in rows {
        let near = |second: i64| is_near_deadline(&payment, at(second), &policy());
        let guard = LIMIT.0 - margin.0;
        assert!(!near(guard - 1), "{name}: before the margin");
        assert_eq!(near(guard), want, "{name}: within the margin");
        assert_eq!(near(LIMIT.0 + 1), want, "{name}: past the limit");
    }
}

#[test]
fn outcomes_are_counted_as_pop_tells_them() {
    let rows: Vec<(&str, Payment, usize)> = vec![
        ("created", created(MANUAL), 0),
        ("pending", pending(MANUAL), 0),
        ("authorised", authorized(ON_REQUEST), 1),
        ("declined", declined(), 1),
        ("capture in process", in_process(), 1),
        ("captured", done(), 2),
        (
            "captured by POP",
            then(
                authorized(AUTOMATIC),
                5,
                &capture_notified(&automatic_capture(), "S SUCCESS"),
            ),
            2,
        ),
        ("capture failed", capture_failed(), 2),
        (
            "capture failed, not for good",
            then(authorized(MANUAL), 4, &captured("U UNKNOWN_EXCEPTION")),
            1,
        ),
        ("refund asked for", refunding(), 2),
        (
            "refunded",
            then(refunding(), 60, &refund_notified("S SUCCESS", "SUCCESS")),
            3,
        ),
        (
            "refund refused",
            then(refunding(), 60, &refund_answered("F REFUND_AMOUNT_EXCEED")),
            3,
        ),
        ("closed by itself", expired(), 0),
        ("cancelled", cancelled(), 0),
    ];
    for (name, payment, want) in rows {
        assert_eq!(outcomes(&payment), want, "{name}: {payment:#?}");
    }
}
