//! What a person decides about a payment in review, for every state and every reason.

use crate::common::said::{
    automatic_capture, captured, inquired, misfits, notified, our_capture, request_id,
};
use crate::common::states::{
    AUTOMATIC, MANUAL, ON_REQUEST, all, authorized, cancelling, created, declined, done, doubtful,
    held_by_another, in_process, in_review, known, paid_twice, pending, refunding, then,
};
use crate::common::table::{check, row};
use crate::common::wishes::{cancel_answered, capture_asked, refund_asked, resolved};
use crate::common::{at, policy};
use domain::outbox::{OrderEventKind, OutboxContent};
use domain::plan::{Step, next_step};
use domain::{
    CancelBy, Decision, Event, Ignored, Payment, Review, ReviewReason, Ruling, Status, decide,
};

/// The same payment, in review for this reason.
fn because(payment: Payment, reason: ReviewReason) -> Payment {
    let review = Review {
        reason,
        since: at(50),
        closed_at: None,
    };
    Payment {
        review: Some(review),
        ..payment
    }
}

fn capture_refused() -> Payment {
    let refused = then(doubtful(), 50, &inquired("SUCCESS", &[]));
    assert_eq!(
        refused.review.as_ref().unwrap().reason.code(),
        "capture_refused"
    );
    refused
}

fn closed(payment: Payment) -> Payment {
    let closed = then(in_review(payment), 55, &resolved(Ruling::Close));
    assert_eq!(closed.closed_at(), Some(at(55)));
    closed
}

#[test]
fn to_go_on_is_to_ask_pop_first() {
    let go_on = || resolved(Ruling::GoOn);
    check(vec![
        row(
            "pending",
            in_review(pending(MANUAL)),
            go_on(),
            "PENDING +review_resolved doubt moved -> inquire",
        ),
        row(
            "authorised, with a capture that was decided",
            in_review(authorized(MANUAL)),
            go_on(),
            "AUTHORIZED +review_resolved capture=requested doubt moved -> inquire",
        ),
        row(
            "a capture is in process",
            in_review(in_process()),
            go_on(),
            "AUTHORIZED +review_resolved capture=in_process doubt moved -> inquire",
        ),
        row(
            "captured",
            in_review(done()),
            go_on(),
            "CAPTURED +review_resolved capture=succeeded doubt moved -> inquire",
        ),
        row(
            "being cancelled",
            in_review(cancelling(authorized(ON_REQUEST))),
            go_on(),
            "AUTHORIZED +review_resolved cancel=requested doubt moved -> inquire",
        ),
        row(
            "with a refund under way",
            in_review(refunding()),
            go_on(),
            "CAPTURED +review_resolved capture=succeeded refund=requested doubt moved -> inquire",
        ),
        row(
            "a capture that POP refused is asked for again, with its id, once POP was asked",
            capture_refused(),
            go_on(),
            "AUTHORIZED +review_resolved capture=requested doubt moved -> inquire",
        ),
        row(
            "what an order paid twice took is wanted back once more",
            paid_twice(),
            go_on(),
            "CAPTURED +review_resolved capture=succeeded refund=failed(MERCHANT_BALANCE_NOT_ENOUGH) \
             refund=requested doubt moved -> inquire",
        ),
        row(
            "one that was closed by mistake",
            closed(authorized(ON_REQUEST)),
            go_on(),
            "AUTHORIZED +review_resolved doubt moved -> inquire",
        ),
    ]);
}

#[test]
fn after_it_went_on_pops_word_decides() {
    let on = |payment| then(payment, 60, &resolved(Ruling::GoOn));
    check(vec![
        row(
            "the wrong message was the only one",
            on(in_review(authorized(MANUAL))),
            inquired("SUCCESS", &[]),
            "AUTHORIZED capture=requested moved -> capture",
        )
        .at(at(70)),
        row(
            "POP says the same again: a person must look again, and is told",
            on(in_review(authorized(MANUAL))),
            crate::common::said::inquired_with("SUCCESS", &[], misfits().remove(0).0),
            "AUTHORIZED +needs_review capture=requested doubt review=amount_mismatch moved -> look",
        )
        .at(at(70)),
        row(
            "it was paid meanwhile",
            on(in_review(pending(MANUAL))),
            inquired("SUCCESS", &[]),
            "AUTHORIZED +authorized +hint capture=requested moved -> capture",
        )
        .at(at(70)),
        row(
            "a capture that nobody asked for is still there",
            on(because(
                authorized(ON_REQUEST),
                ReviewReason::ForeignCapture,
            )),
            inquired(
                "SUCCESS",
                &[crate::common::said::shown(
                    &automatic_capture(),
                    "SUCCESS SUCCESS",
                )],
            ),
            "AUTHORIZED +needs_review doubt review=foreign_capture moved -> look",
        )
        .at(at(70)),
        row(
            "the refused capture is shown by now",
            on(capture_refused()),
            inquired(
                "SUCCESS",
                &[crate::common::said::shown(
                    &our_capture(),
                    "SUCCESS SUCCESS",
                )],
            ),
            "CAPTURED +captured capture=succeeded moved -> settled",
        )
        .at(at(70)),
        row(
            "the refused capture is not shown: it is asked for again",
            on(capture_refused()),
            inquired("SUCCESS", &[]),
            "AUTHORIZED capture=requested moved -> capture",
        )
        .at(at(70)),
    ]);
    // And POP is believed when it refuses again.
    let again = then(on(capture_refused()), 70, &inquired("SUCCESS", &[]));
    let again = then(again, 80, &captured("F ORDER_STATUS_INVALID"));
    let again = then(again, 90, &inquired("SUCCESS", &[]));
    assert_eq!(again.review.unwrap().reason.code(), "capture_refused");
    assert_eq!(again.captures.len(), 1, "one capture, with one id");
}

#[test]
fn to_cancel_is_to_ask_pop_to_cancel() {
    let cancel = || resolved(Ruling::Cancel);
    check(vec![
        row(
            "never paid: it ends here",
            in_review(created(MANUAL)),
            cancel(),
            "CANCELLED +review_resolved +cancelled cancel=done moved -> settled",
        ),
        row(
            "pending",
            in_review(known(MANUAL)),
            cancel(),
            "PENDING +review_resolved cancel=requested moved -> cancel",
        ),
        row(
            "authorised",
            in_review(authorized(AUTOMATIC)),
            cancel(),
            "AUTHORIZED +review_resolved cancel=requested moved -> cancel",
        ),
        row(
            "POP refused the capture",
            capture_refused(),
            cancel(),
            "AUTHORIZED +review_resolved capture=doubtful(ORDER_STATUS_INVALID) cancel=requested moved -> cancel",
        ),
        row(
            "it was being cancelled already",
            in_review(cancelling(authorized(ON_REQUEST))),
            cancel(),
            "AUTHORIZED +review_resolved cancel=requested moved -> cancel",
        ),
    ]);
}

#[test]
fn nothing_is_cancelled_that_took_money_or_may_have() {
    let cancel = || resolved(Ruling::Cancel);
    check(vec![
        row(
            "nobody knows what became of a capture",
            in_review(authorized(MANUAL)),
            cancel(),
            "ignored: NotCancellable",
        ),
        row(
            "a capture is in process",
            in_review(in_process()),
            cancel(),
            "ignored: NotCancellable",
        ),
        row(
            "captured",
            in_review(done()),
            cancel(),
            "ignored: NotCancellable",
        ),
        row(
            "declined",
            in_review(declined()),
            cancel(),
            "ignored: NotCancellable",
        ),
    ]);
}

#[test]
fn pop_decides_what_comes_of_a_cancellation_that_a_person_wanted() {
    let ruled = then(capture_refused(), 60, &resolved(Ruling::Cancel));
    assert_eq!(ruled.cancel.as_ref().unwrap().by, CancelBy::Merchant);
    check(vec![
        row(
            "POP cancels it",
            ruled.clone(),
            cancel_answered("S SUCCESS"),
            "CANCELLED +cancelled capture=lapsed cancel=done moved -> settled",
        )
        .at(at(70)),
        row(
            "POP refuses, and is asked what it holds",
            ruled,
            cancel_answered("F ORDER_STATUS_INVALID"),
            "AUTHORIZED +cancel_failed capture=doubtful(ORDER_STATUS_INVALID) \
             cancel=refused(ORDER_STATUS_INVALID) doubt moved -> inquire",
        )
        .at(at(70)),
    ]);
}

#[test]
fn to_close_is_to_leave_everything_as_pop_last_said() {
    let close = || resolved(Ruling::Close);
    check(vec![
        row(
            "pending",
            in_review(pending(MANUAL)),
            close(),
            "PENDING +review_resolved review=amount_mismatch moved -> settled",
        ),
        row(
            "authorised, with a capture that was decided",
            in_review(authorized(MANUAL)),
            close(),
            "AUTHORIZED +review_resolved capture=requested review=amount_mismatch moved -> settled",
        ),
        row(
            "captured, with a refund under way",
            in_review(refunding()),
            close(),
            "CAPTURED +review_resolved capture=succeeded refund=requested review=amount_mismatch moved -> settled",
        ),
        row("twice", closed(pending(MANUAL)), close(), "ignored: Known"),
    ]);
}

#[test]
fn nothing_moves_a_payment_that_was_closed_and_pops_word_is_kept() {
    for (name, payment) in all() {
        let closed = closed(payment);
        assert_eq!(closed.due_at, None, "{name}");
        assert!(!closed.is_unresolved() && !closed.is_in_review(), "{name}");
        assert_eq!(next_step(&closed, at(90), &policy()), Step::Wait, "{name}");
        assert!(
            !closed.is_retryable() && !closed.can_be_given_up(),
            "{name}"
        );
        assert!(!closed.keeps_people_for_retry(), "{name}");
        for event in [
            notified("S SUCCESS"),
            notified("F DO_NOT_HONOR"),
            inquired("CANCELLED", &[]),
            captured("S SUCCESS"),
            cancel_answered("S SUCCESS"),
        ] {
            let Decision::Commit(kept) = decide(&closed, &event, at(90), &policy()) else {
                panic!("{name}: {event:?} is kept")
            };
            assert!(kept.moved, "{name}");
            assert_eq!(kept.next.due_at, None, "{name}: {event:?}");
            let same = Payment {
                version: closed.version,
                ..kept.next
            };
            assert_eq!(same, closed, "{name}: {event:?}");
        }
        for wish in [
            capture_asked(1, None),
            refund_asked("REFUND_9", None),
            Event::CancelAsked(CancelBy::Merchant),
            Event::Retried(request_id().attempt(2)),
            Event::PayStarted { save_card: false },
        ] {
            let decision = decide(&closed, &wish, at(90), &policy());
            assert!(matches!(decision, Decision::Ignore(_)), "{name}: {wish:?}");
        }
    }
}

#[test]
fn only_a_payment_in_review_can_be_decided_about() {
    for (name, payment) in all() {
        for ruling in Ruling::ALL {
            let decision = decide(&payment, &resolved(ruling), at(90), &policy());
            assert_eq!(decision, Decision::Ignore(Ignored::NotInReview), "{name}");
        }
    }
}

#[test]
fn no_ruling_changes_a_final_status_a_capture_or_what_was_given_back() {
    for (name, payment) in all() {
        for ruling in Ruling::ALL {
            let before = in_review(payment.clone());
            let after = then(before.clone(), 60, &resolved(ruling));
            let never_paid = ruling == Ruling::Cancel && before.status == Status::Created;
            assert!(
                never_paid || after.status == before.status,
                "{name} {ruling:?}"
            );
            assert_eq!(after.captures, before.captures, "{name} {ruling:?}");
            assert_eq!(after.refunds, before.refunds, "{name} {ruling:?}");
            assert_eq!(after.amount, before.amount);
        }
    }
}

#[test]
fn the_merchant_is_told_what_was_decided_even_of_a_second_attempt() {
    for payment in [authorized(ON_REQUEST), held_by_another(done())] {
        for (ruling, code) in [(Ruling::GoOn, "go_on"), (Ruling::Close, "close")] {
            let before = in_review(payment.clone());
            let Decision::Commit(decided) = decide(&before, &resolved(ruling), at(60), &policy())
            else {
                panic!("{ruling:?} is decided")
            };
            let OutboxContent::OrderEvent(event) = &decided.next.outbox[0].content else {
                panic!("an order event")
            };
            assert_eq!(event.kind, OrderEventKind::ReviewResolved);
            assert_eq!(event.kind.event_type(), "payment.review_resolved");
            assert_eq!(event.code.as_deref(), Some(code));
        }
    }
}
