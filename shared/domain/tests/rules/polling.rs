//! When a row is looked at next: what puts it off, and what must not, such as a page or a server that polls while a
//! step of the sweep is due.

use super::common::said::{SILENCES, inquired, outcome, payment_id, request_id};
use super::common::states::{
    MANUAL, ON_REQUEST, TIME_TO_PAY, after, authorized, cancelling, done, doubted, known, pending,
    then,
};
use super::common::wishes::{capture_number, refund_asked, refund_id, refund_report};
use super::common::{at, euros, policy};
use super::part_ends::second_asked;
use domain::message::{AmountSeen, Answer, RefundReport, ReportedStatus};
use domain::plan::{CaptureOrder, RefundOrder, Step, next_step};
use domain::{Event, Payment, Seconds, Status};

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

/// Rows with several things to do, of which one has its turn.
fn of_many_steps() -> Vec<(&'static str, Payment)> {
    let refund = |id| refund_asked(id, Some(1_000));
    let both = || {
        then(
            then(done(), 50, &refund("REFUND_1")),
            51,
            &refund("REFUND_2"),
        )
    };
    let in_process = |id, payment| {
        let report = RefundReport {
            request_id: Some(refund_id(id)),
            amount: AmountSeen::Is(euros(1_000)),
            ..refund_report(ReportedStatus::Processing)
        };
        let answer = Answer::Verified(outcome("U REFUND_IN_PROCESS"), report);
        then(payment, 52, &Event::RefundAnswered(refund_id(id), answer))
    };
    vec![
        (
            "a capture and a refund",
            then(second_asked(), 50, &refund("REFUND_1")),
        ),
        ("two refunds to be asked for", both()),
        (
            "two refunds to be asked about",
            in_process("REFUND_1", in_process("REFUND_2", both())),
        ),
        (
            "a doubt before a cancellation",
            doubted(cancelling(authorized(ON_REQUEST))),
        ),
    ]
}

/// What is not answered, each as the step that asks for it.
fn silences() -> Vec<(Step, Event)> {
    let silence = SILENCES[0];
    let mut events = vec![(
        Step::Cancel(request_id()),
        Event::CancelAnswered(Answer::None(silence)),
    )];
    let capture = CaptureOrder {
        request_id: capture_number(2),
        payment_id: payment_id(),
        amount: euros(2_000),
    };
    events.push((
        Step::Capture(capture),
        Event::CaptureAnswered(capture_number(2), Answer::None(silence)),
    ));
    for id in ["REFUND_1", "REFUND_2"] {
        let order = RefundOrder {
            request_id: refund_id(id),
            payment_id: payment_id(),
            amount: euros(1_000),
            reason: Some("returned".into()),
        };
        events.extend([
            (
                Step::Refund(order),
                Event::RefundAnswered(refund_id(id), Answer::None(silence)),
            ),
            (
                Step::InquireRefund(refund_id(id)),
                Event::RefundInquired(refund_id(id), Answer::None(silence)),
            ),
        ]);
    }
    events
}

#[test]
fn a_call_in_vain_puts_off_only_its_own_step() {
    let mut kept = Vec::new();
    for (name, payment) in of_many_steps() {
        let now = payment.due_at.unwrap() + Seconds(10);
        for turn in 0..2 {
            let payment = Payment {
                version: payment.version + turn,
                ..payment.clone()
            };
            let due = next_step(&payment, now, &policy());
            for (step, event) in silences() {
                let next = after(&payment, &event, now);
                if next.version == payment.version {
                    continue; // nobody waits for it
                }
                if step == due {
                    assert!(next.due_at.unwrap() > now, "{name}: {step:?}");
                } else {
                    assert_eq!(next.due_at, payment.due_at, "{name}: {step:?}, not {due:?}");
                    kept.push(std::mem::discriminant(&step));
                }
            }
        }
    }
    for (step, _) in silences() {
        assert!(kept.contains(&std::mem::discriminant(&step)), "{step:?}");
    }
}

#[test]
fn a_pending_payment_is_asked_about_as_soon_as_its_time_to_pay_is_over() {
    let silence = Event::Inquired(Answer::None(SILENCES[0]));
    let over = TIME_TO_PAY.0 + 5; // POP closes it meanwhile
    let look = |second| {
        after(&pending(MANUAL), &silence, at(second))
            .due_at
            .unwrap()
    };
    assert_eq!(look(over - 10), at(over));
    assert_eq!(look(over - 1), at(over));
    assert!(look(over) > at(over + 20));
}

#[test]
fn past_its_limit_an_authorisation_is_asked_about_as_something_new() {
    let payment = authorized(ON_REQUEST);
    let limit = payment.capture_by.unwrap();
    let silence = Event::Inquired(Answer::None(SILENCES[0]));
    for seconds in [0, 1, 60] {
        let now = limit + Seconds(seconds);
        let due = after(&payment, &silence, now).due_at.unwrap();
        let soon = now + Seconds(17)..=now + Seconds(23);
        assert!(soon.contains(&due), "{seconds}: {due}");
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
