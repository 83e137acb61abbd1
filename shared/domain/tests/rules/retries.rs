//! Another try at the same order after one that ended without money.

use crate::common::said::{inquired, notified, pay, pay_redirect, request_id};
use crate::common::states::{
    MANUAL, TIME_TO_PAY, after, all, authorized, cancelling, cancelling_by, created, declined,
    doubted, in_review, known, pending, sent, then,
};
use crate::common::table::{check, row};
use crate::common::wishes::cancel_answered;
use crate::common::{at, policy};
use domain::order::OrderDetails;
use domain::plan::{Step, next_step};
use domain::{
    CancelBy, Event, MAX_ATTEMPTS, MAX_ID_LENGTH, Payment, PaymentRequestId, Seconds, Status,
};
use std::collections::BTreeSet;

fn has_people(payment: &Payment) -> bool {
    payment.order.as_ref().is_some_and(OrderDetails::has_people)
}

/// Left by the buyer during 3-D Secure, and cancelled at POP.
fn left() -> Payment {
    let leaving = cancelling_by(known(MANUAL), CancelBy::Buyer);
    then(leaving, 60, &cancel_answered("S SUCCESS"))
}

fn second() -> PaymentRequestId {
    request_id().attempt(2)
}

#[test]
fn only_what_ended_without_money_in_the_buyers_hands_is_tried_again() {
    let by_merchant = then(cancelling(known(MANUAL)), 60, &cancel_answered("S SUCCESS"));
    let mut cases: Vec<_> = all()
        .into_iter()
        .map(|(name, payment)| (name, payment, name == "declined"))
        .collect();
    cases.extend([
        ("left by the buyer", left(), true),
        (
            "left before pay",
            then(created(MANUAL), 50, &Event::CancelAsked(CancelBy::Buyer)),
            true,
        ),
        (
            "being left",
            cancelling_by(known(MANUAL), CancelBy::Buyer),
            false,
        ),
        ("cancelled by the merchant", by_merchant, false),
        ("refused, in review", in_review(declined()), false),
        ("refused, in doubt", doubted(declined()), false),
    ]);
    for (name, payment, want) in cases {
        assert_eq!(payment.is_retryable(), want, "{name}");
        assert_eq!(
            payment.next_attempt(at(70), &policy()).is_some(),
            want,
            "{name}"
        );
    }
}

#[test]
fn the_next_attempt_is_the_same_wish_under_a_new_id() {
    let next = declined().next_attempt(at(100), &policy()).unwrap();
    assert_eq!(next.id, second());
    assert_eq!(
        (next.attempt, next.first_attempt.clone()),
        (2, Some(request_id()))
    );
    assert_eq!((next.version, next.status), (1, Status::Created));
    assert_eq!(next.order, created(MANUAL).order, "people and all");
    assert_eq!(next.amount, declined().amount);
    assert_eq!(next.capture_on, declined().capture_on);
    assert_eq!(
        (next.created_at, next.expires_at),
        (at(100), at(100) + TIME_TO_PAY)
    );
    assert_eq!(next.due_at, Some(next.expires_at));
    assert!(next.payment_id.is_none() && next.pay.is_none() && next.cancel.is_none());
    let again = declined().next_attempt(at(100), &policy());
    assert_eq!(again, Some(next), "a double click makes one attempt");
}

/// Pending, and the buyer was sent on to 3-D Secure.
fn at_redirect() -> Payment {
    then(pending(MANUAL), 2, &pay_redirect())
}

#[test]
fn a_payment_is_given_up_only_while_it_waits_for_the_buyer_at_a_redirect() {
    let redirect = at_redirect().redirect;
    assert!(redirect.is_some());
    let back = then(at_redirect(), 3, &notified("S SUCCESS"));
    let mut cases = all();
    cases.extend([("authorized after a redirect", back)]);
    for (name, payment) in cases {
        assert!(!payment.can_be_given_up(), "{name}");
        let waits = payment.status == Status::Pending;
        let redirected = Payment {
            redirect: redirect.clone(),
            ..payment
        };
        assert_eq!(redirected.can_be_given_up(), waits, "{name}, redirected");
    }
}

#[test]
fn the_last_attempt_is_not_given_up_for_another() {
    for attempt in 1..=MAX_ATTEMPTS + 1 {
        let payment = Payment {
            attempt,
            ..at_redirect()
        };
        let another = attempt < MAX_ATTEMPTS;
        assert_eq!(payment.can_be_given_up(), another, "attempt {attempt}");
    }
}

/// While one revision of the functions follows another, each reads what the other wrote.
#[test]
fn a_row_of_an_earlier_revision_is_read_and_what_a_later_one_added_is_passed_over() {
    let written = created(MANUAL);
    let mut row = serde_json::to_value(&written).unwrap();
    let fields = row.as_object_mut().unwrap();
    for came_later in [
        "attempt",
        "cancel",
        "first_attempt",
        "order_held_by",
        "refunds",
        "resumed_at",
        "retried_as",
        "save_card",
    ] {
        fields.remove(came_later);
    }
    fields.insert("comes_later".to_owned(), true.into());
    let read: Payment = serde_json::from_value(row).unwrap();
    assert_eq!(read, written);
}

#[test]
fn attempts_are_numbered_from_the_first_and_limited() {
    let mut payment = declined();
    let mut ids = BTreeSet::from([payment.id.clone()]);
    for attempt in 2..=MAX_ATTEMPTS {
        let next = payment.next_attempt(at(70), &policy()).unwrap();
        assert_eq!(next.attempt, attempt);
        assert_eq!(next.id, request_id().attempt(attempt));
        assert_eq!(next.first_attempt, Some(request_id()));
        assert!(ids.insert(next.id.clone()), "{} again", next.id);
        let paying = after(&next, &Event::PayStarted { save_card: false }, at(71));
        payment = sent(&after(&paying, &refused(&next.id), at(72)), at(72));
        assert_eq!(payment.status, Status::Declined);
    }
    assert!(!payment.is_retryable());
    assert_eq!(payment.next_attempt(at(73), &policy()), None);
    assert!(!has_people(&payment), "nobody needs them after the last");
    assert_eq!(payment.due_at, None);
}

fn refused(id: &PaymentRequestId) -> Event {
    let facts = domain::message::PaymentFacts {
        request_id: Some(id.clone()),
        ..crate::common::said::facts()
    };
    crate::common::said::pay_with("F DO_NOT_HONOR", facts)
}

#[test]
fn attempt_ids_fit_whatever_the_first_is() {
    for first in ["p", &"p".repeat(60), &"p".repeat(64), &"p".repeat(61)] {
        let first = PaymentRequestId::new(first).unwrap();
        let ids: BTreeSet<_> = (2..=MAX_ATTEMPTS).map(|n| first.attempt(n)).collect();
        assert_eq!(ids.len(), MAX_ATTEMPTS as usize - 1);
        for id in ids {
            assert!(id.as_str().chars().count() <= MAX_ID_LENGTH, "{id}");
            assert_ne!(id, first);
        }
    }
}

#[test]
fn people_are_kept_while_the_buyer_may_try_again_and_then_forgotten() {
    for payment in [declined(), left()] {
        assert!(has_people(&payment));
        assert_eq!(payment.due_at, Some(payment.expires_at));
        let step = next_step(&payment, payment.expires_at, &policy());
        assert_eq!(step, Step::LookAtTime);
        let early = after(
            &payment,
            &Event::TimePassed,
            payment.expires_at - Seconds(1),
        );
        assert!(has_people(&early));
        let forgotten = after(&payment, &Event::TimePassed, payment.expires_at);
        assert!(!has_people(&forgotten));
        assert_eq!(forgotten.due_at, None);
        assert_eq!(forgotten.status, payment.status);
    }
    let late = after(
        &known(MANUAL),
        &notified("F DO_NOT_HONOR"),
        at(TIME_TO_PAY.0),
    );
    assert!(!has_people(&late), "too late to try again");
    let merchant = then(cancelling(known(MANUAL)), 60, &cancel_answered("S SUCCESS"));
    assert!(!has_people(&merchant));
    assert!(!has_people(&authorized(MANUAL)));
    assert!(has_people(&pending(MANUAL)));
}

#[test]
fn a_review_does_not_keep_people_for_longer() {
    let reviewed = in_review(declined());
    assert!(has_people(&reviewed));
    let later = after(&reviewed, &Event::TimePassed, reviewed.due_at.unwrap());
    assert!(!has_people(&later));
    assert_eq!(later.review, reviewed.review);
    assert!(later.due_at.is_some());
}

#[test]
fn an_attempt_is_followed_once() {
    let retried = then(declined(), 70, &Event::Retried(second()));
    assert_eq!(retried.retried_as, Some(second()));
    assert!(!has_people(&retried), "the next attempt has them now");
    assert_eq!(retried.due_at, None);
    let not = "ignored: NotRetryable";
    check(vec![
        row(
            "first",
            declined(),
            Event::Retried(second()),
            "DECLINED moved -> settled",
        ),
        row(
            "left by the buyer",
            left(),
            Event::Retried(second()),
            "CANCELLED cancel=done moved -> settled",
        ),
        row(
            "again",
            retried.clone(),
            Event::Retried(second()),
            "ignored: Known",
        ),
        row(
            "by another",
            retried,
            Event::Retried(request_id().attempt(3)),
            not,
        ),
        row("pending", pending(MANUAL), Event::Retried(second()), not),
        row("paid", authorized(MANUAL), Event::Retried(second()), not),
        row(
            "in review",
            in_review(declined()),
            Event::Retried(second()),
            not,
        ),
        row(
            "in doubt",
            doubted(declined()),
            Event::Retried(second()),
            not,
        ),
    ]);
}

#[test]
fn an_attempt_that_was_doubted_may_be_tried_again_once_pop_confirms_its_end() {
    let doubted = then(declined(), 100, &notified("S SUCCESS"));
    assert!(doubted.doubt.is_some() && has_people(&doubted));
    let confirmed = then(doubted, 120, &inquired("FAIL DO_NOT_HONOR", &[]));
    assert!(confirmed.is_retryable() && has_people(&confirmed));
    let late = then(declined(), 100, &pay("S SUCCESS"));
    assert!(!late.is_retryable());
}
