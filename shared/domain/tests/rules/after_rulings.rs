//! What follows once a person decided about a payment in review: limits, further tries, and POP's next word.

use crate::common::said::{
    automatic_capture, facts, inquired, misfits, notified_with, our_capture, pay, pay_with,
    request_id, shown,
};
use crate::common::states::{
    AUTOMATIC, MANUAL, authorized, declined, done_by_pop, doubted, in_review, known, orphan,
    paid_twice, pending, refunding, then,
};
use crate::common::wishes::{refund_answered, refund_inquired, refund_refused, resolved};
use crate::common::{at, policy};
use domain::plan::{Step, next_step};
use domain::{
    CaptureState, Decision, Event, Payment, RefundRequestId, RefundState, ReviewReason, Ruling,
    Status, decide,
};

#[test]
fn a_limit_that_had_passed_counts_anew_for_a_day() {
    let window = policy().confirm_window;
    let over = policy().pending_limit.0 + 100;
    let waiting = inquired("PROCESSING", &[]);
    let late = then(known(MANUAL), over, &waiting);
    assert_eq!(
        late.review.as_ref().unwrap().reason,
        ReviewReason::PendingTooLong
    );
    let resumed = then(late, over + 10, &resolved(Ruling::GoOn));
    let still = then(resumed, over + window.0, &waiting);
    assert_eq!(still.review, None, "POP has a day more");
    let again = then(still, over + 10 + window.0, &waiting);
    assert_eq!(again.review.unwrap().reason, ReviewReason::PendingTooLong);

    let limit = policy().capture_window.0 + window.0 + 100;
    let silent = then(authorized(AUTOMATIC), limit, &inquired("SUCCESS", &[]));
    assert_eq!(
        silent.review.as_ref().unwrap().reason,
        ReviewReason::CaptureNeverCame
    );
    let resumed = then(silent, limit + 10, &resolved(Ruling::GoOn));
    let still = then(resumed, limit + window.0, &inquired("SUCCESS", &[]));
    assert_eq!(still.review, None);
    let again = then(still, limit + 10 + window.0, &inquired("SUCCESS", &[]));
    assert_eq!(again.review.unwrap().reason, ReviewReason::CaptureNeverCame);

    let limit = policy().refund_limit.0 + 100;
    let slow = then(refunding(), 60, &refund_answered("U REFUND_IN_PROCESS"));
    let slow = then(slow, limit, &refund_inquired("S SUCCESS", "PROCESSING"));
    assert_eq!(
        slow.review.as_ref().unwrap().reason,
        ReviewReason::RefundUnclear
    );
    let resumed = then(slow, limit + 10, &resolved(Ruling::GoOn));
    let resumed = then(
        resumed,
        limit + 20,
        &inquired("SUCCESS", &[shown(&our_capture(), "SUCCESS SUCCESS")]),
    );
    let still = then(
        resumed,
        limit + window.0,
        &refund_inquired("S SUCCESS", "PROCESSING"),
    );
    assert_eq!(still.review, None);
    let again = then(
        still,
        limit + 10 + window.0,
        &refund_inquired("S SUCCESS", "PROCESSING"),
    );
    assert_eq!(again.review.unwrap().reason, ReviewReason::RefundUnclear);
}

#[test]
fn a_cancellation_past_its_limit_is_asked_for_once_a_person_says_so() {
    let over = policy().pending_limit.0 + 100;
    let late = then(known(MANUAL), over, &inquired("PROCESSING", &[]));
    let ruled = then(late, over + 10, &resolved(Ruling::Cancel));
    let soon = at(over + 60);
    assert!(matches!(
        next_step(&ruled, soon, &policy()),
        Step::Cancel(_)
    ));
    let after_a_day = soon + policy().confirm_window;
    assert_eq!(next_step(&ruled, after_a_day, &policy()), Step::Inquire);
}

#[test]
fn what_was_taken_twice_is_wanted_back_under_a_new_id_each_time_and_never_more_of_it() {
    let mut payment = paid_twice();
    for attempt in 2..5 {
        let second = 100 * i64::from(attempt);
        payment = then(payment, second, &resolved(Ruling::GoOn));
        let shown = [shown(&our_capture(), "SUCCESS SUCCESS")];
        payment = then(payment, second + 1, &inquired("SUCCESS", &shown));
        let refund = payment.refunds.last().unwrap().clone();
        assert_eq!(
            refund.request_id,
            RefundRequestId::of_orphan(&request_id(), attempt)
        );
        assert_eq!(refund.state, RefundState::Requested);
        assert_eq!(payment.refundable_minor(), 0);
        let failed = refund_refused(&payment, &refund.request_id);
        payment = then(payment, second + 2, &failed);
        assert_eq!(
            payment.review.as_ref().unwrap().reason,
            ReviewReason::OrderPaidTwice
        );
    }
    let ids: std::collections::BTreeSet<_> = payment
        .refunds
        .iter()
        .map(|r| r.request_id.clone())
        .collect();
    assert_eq!(ids.len(), payment.refunds.len());
}

#[test]
fn a_payment_without_an_order_or_a_status_of_ours_can_be_decided_about_too() {
    let unpaid = in_review(orphan());
    let on = then(unpaid, 60, &resolved(Ruling::GoOn));
    assert!(on.review.is_none() && on.doubt.is_some());
    let contradicted = then(doubted(declined()), 960, &inquired("SUCCESS", &[]));
    assert_eq!(
        contradicted.review.as_ref().unwrap().reason,
        ReviewReason::Contradiction
    );
    let on = then(contradicted.clone(), 970, &resolved(Ruling::GoOn));
    let agreed = then(on.clone(), 980, &inquired("FAIL DO_NOT_HONOR", &[]));
    assert!(agreed.review.is_none() && !agreed.is_unresolved());
    let again = then(on, 980, &inquired("SUCCESS", &[]));
    assert_eq!(
        again.review.as_ref().unwrap().reason,
        ReviewReason::Contradiction
    );
    assert_eq!(again.status, Status::Declined);
    let closed = then(contradicted, 970, &resolved(Ruling::Close));
    assert_eq!((closed.status, closed.due_at), (Status::Declined, None));
}

#[test]
fn a_message_that_cannot_be_sent_is_all_that_is_outstanding_of_a_closed_payment() {
    let before = in_review(pay_started());
    let Decision::Commit(decided) = decide(&before, &resolved(Ruling::Close), at(60), &policy())
    else {
        panic!("it is closed")
    };
    assert!(decided.next.is_unresolved());
    assert_eq!(decided.next.due_at, Some(at(60) + policy().resend_after));
    let late = decided.next.due_at.unwrap();
    assert_eq!(next_step(&decided.next, late, &policy()), Step::Wait);
    let looked = then(decided.next, 95, &Event::TimePassed);
    assert!(!looked.is_unresolved());
}

fn pay_started() -> Payment {
    then(
        pending(MANUAL),
        2,
        &pay_with("U PAYMENT_IN_PROCESS", facts()),
    )
}

#[test]
fn a_capture_by_pop_after_a_message_that_did_not_fit_is_found_by_going_on() {
    let misfit = misfits().remove(0).0;
    let reviewed = then(done_by_pop(), 50, &notified_with("S SUCCESS", misfit));
    let on = then(reviewed, 60, &resolved(Ruling::GoOn));
    let shown = [shown(&automatic_capture(), "SUCCESS SUCCESS")];
    let agreed = then(on, 70, &inquired("SUCCESS", &shown));
    assert_eq!(agreed.captures[0].state, CaptureState::Succeeded);
    assert!(!agreed.is_unresolved());
    let late = then(agreed, 80, &pay("S SUCCESS"));
    assert_eq!(late.status, Status::Captured);
}
