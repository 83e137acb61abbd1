//! Looks that nobody waited for: a page or a server that polls while a step of the sweep is due.

use super::common::said::inquired;
use super::common::states::{MANUAL, after, authorized, cancelling, known, pending, then};
use super::common::{at, policy};
use domain::plan::{Step, next_step};
use domain::{Payment, Status};

/// Polls every two seconds until the row is due; gives it as it then stands, and the time.
fn polled(mut payment: Payment, says: &str) -> (Payment, i64) {
    let due = payment.due_at.unwrap();
    let mut second = 62;
    while at(second) < due {
        payment = after(&payment, &inquired(says, &[]), at(second));
        assert!(payment.due_at.unwrap() <= due, "put off at second {second}");
        second += 2;
        assert!(second < 600, "it never came due");
    }
    (payment, second)
}

#[test]
fn polling_does_not_put_off_the_capture_that_was_lost() {
    let payment = authorized(MANUAL);
    assert!(matches!(
        next_step(&payment, payment.due_at.unwrap(), &policy()),
        Step::Capture(_)
    ));
    let (payment, second) = polled(payment, "SUCCESS");
    assert_eq!(payment.status, Status::Authorized);
    let step = next_step(&payment, at(second), &policy());
    assert!(matches!(step, Step::Capture(_)), "{step:?}");
}

#[test]
fn polling_does_not_put_off_a_cancellation() {
    let (payment, second) = polled(cancelling(known(MANUAL)), "PROCESSING");
    let step = next_step(&payment, at(second), &policy());
    assert!(matches!(step, Step::Cancel(_)), "{step:?}");
}

#[test]
fn polling_does_not_put_off_what_is_overdue() {
    // The sweep comes once a minute: what is due waits for it, and pages go on polling.
    for (payment, says) in [
        (authorized(MANUAL), "SUCCESS"),
        (cancelling(known(MANUAL)), "PROCESSING"),
    ] {
        let (mut payment, second) = polled(payment, says);
        let due = payment.due_at;
        for later in 0..30 {
            payment = after(&payment, &inquired(says, &[]), at(second + 2 * later));
            assert_eq!(
                payment.due_at, due,
                "put off {later} looks after it came due"
            );
        }
    }
}

#[test]
fn the_look_that_was_due_sets_the_next_one() {
    let payment = pending(MANUAL);
    let due = payment.due_at.unwrap();
    let seconds = due.since(at(0)).0 + 1;
    let looked = then(payment, seconds, &inquired("PROCESSING", &[]));
    assert!(looked.due_at.unwrap() > at(seconds));
}
