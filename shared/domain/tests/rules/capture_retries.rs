//! Asking for a capture once more, in every state.

use crate::common::said::our_capture;
use crate::common::states::{
    AUTOMATIC, MANUAL, ON_REQUEST, authorized, cancelling, capture_failed, created, declined, done,
    doubted, doubtful, expired, held_by_another, in_process, in_review, orphan, pending, then,
};
use crate::common::wishes::{
    capture_asked, capture_number, last_capture_asked, part_captured, resolved,
};
use crate::common::{amount, at, euros, policy, several};
use domain::operator::{CaptureRetry, Refusal, capture_retry};
use domain::{CaptureRequest, Decision, Event, Payment, Ruling, Seconds, decide};

fn refused(refusal: Refusal) -> CaptureRetry {
    CaptureRetry::Refused(refusal)
}

#[test]
fn the_same_capture_is_asked_for_with_the_same_id_as_long_as_its_outcome_is_unknown() {
    let once = authorized(MANUAL);
    let silent = domain::message::Answer::None(domain::message::NoAnswer::TimedOut);
    let lost = then(
        once.clone(),
        10,
        &Event::CaptureAnswered(our_capture(), silent),
    );
    for payment in [once, lost] {
        let CaptureRetry::Ask(order) = capture_retry(&payment, at(60), &policy()) else {
            panic!("it is asked for")
        };
        assert_eq!((order.request_id, order.amount), (our_capture(), amount()));
    }
}

#[test]
fn where_pop_spoke_last_it_is_asked_first() {
    let late = at(0) + Seconds::days(8);
    for (payment, now) in [
        (in_process(), at(60)),
        (doubtful(), at(60)),
        (doubted(authorized(MANUAL)), at(960)),
        // Past the limit nothing is captured any more.
        (authorized(MANUAL), late),
    ] {
        let retry = capture_retry(&payment, now, &policy());
        assert_eq!(retry, CaptureRetry::Inquire, "{payment:?}");
    }
}

#[test]
fn what_may_not_be_captured_is_refused_with_the_reason() {
    let closed = then(in_review(authorized(MANUAL)), 55, &resolved(Ruling::Close));
    for (payment, refusal) in [
        (in_review(authorized(MANUAL)), Refusal::InReview),
        (in_review(done()), Refusal::InReview),
        (closed, Refusal::Closed),
        (authorized(AUTOMATIC), Refusal::NotOurs),
        (orphan(), Refusal::ModeUnknown),
        (authorized(ON_REQUEST), Refusal::NeverAsked),
        (cancelling(authorized(ON_REQUEST)), Refusal::Cancelling),
        (held_by_another(authorized(ON_REQUEST)), Refusal::OrderPaid),
        (capture_failed(), Refusal::Failed),
        (created(MANUAL), Refusal::NotAuthorized),
        (pending(MANUAL), Refusal::NotAuthorized),
        (declined(), Refusal::NotAuthorized),
        (expired(), Refusal::NotAuthorized),
    ] {
        let retry = capture_retry(&payment, at(60), &policy());
        assert_eq!(retry, refused(refusal), "{:?}", payment.status);
        assert!(!refusal.code().is_empty() && !refusal.to_string().is_empty());
    }
    assert_eq!(
        capture_retry(&done(), at(60), &policy()),
        CaptureRetry::Captured
    );
    let late = at(0) + Seconds::days(8);
    let retry = capture_retry(&authorized(ON_REQUEST), late, &policy());
    assert_eq!(retry, refused(Refusal::TooLate));
}

/// What the operator's order does is what the merchant's own call does.
#[test]
fn another_id_is_taken_only_after_the_one_before_failed_and_where_parts_are_allowed() {
    let part = |payment: Payment, second, event: &Event| {
        let Decision::Commit(next) = decide(&payment, event, at(second), &several()) else {
            panic!("{event:?} changes nothing")
        };
        next.next
    };
    let one = part(authorized(ON_REQUEST), 10, &capture_asked(1, Some(3_000)));
    let one = part(one, 11, &part_captured(1, 3_000, "S SUCCESS"));
    let retry = capture_retry(&one, at(12), &several());
    assert_eq!(retry, refused(Refusal::PartCaptured));
    let two = part(one, 20, &last_capture_asked(2, 2_000));
    assert!(
        matches!(capture_retry(&two, at(21), &several()), CaptureRetry::Ask(order)
        if order.request_id == capture_number(2) && order.amount == euros(2_000))
    );
    let failed = part(two, 22, &part_captured(2, 2_000, "F PROCESS_FAIL"));
    let want = CaptureRequest {
        number: 3,
        amount: Some(euros(2_000)),
        last: true,
    };
    let retry = capture_retry(&failed, at(23), &several());
    assert_eq!(retry, CaptureRetry::Another(want));
    let again = part(failed.clone(), 24, &Event::CaptureAsked(want));
    assert!(
        matches!(capture_retry(&again, at(25), &several()), CaptureRetry::Ask(order)
        if order.request_id == capture_number(3))
    );
    assert_eq!(
        capture_retry(&failed, at(23), &policy()),
        refused(Refusal::Failed)
    );
}
