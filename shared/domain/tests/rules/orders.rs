//! One order is paid once: what a second attempt authorises is cancelled, and what it takes is given back.

use crate::common::said::{
    automatic_capture, capture_notified, inquired, notified, our_capture, pay, request_id, shown,
};
use crate::common::states::{
    AUTOMATIC, MANUAL, ON_REQUEST, after, authorized, cancelled, capture_failed, created, declined,
    done, expired, held_by_another, in_review, known, order, orphan, pending, refunding, sent,
    then,
};
use crate::common::table::{check, new_messages, row};
use crate::common::wishes::{cancel_answered, capture_asked, refund_answered, refund_asked};
use crate::common::{amount, at, policy};
use domain::outbox::{OrderEventKind, OutboxContent};
use domain::plan::{Step, next_step};
use domain::{CancelBy, Event, ORDER_ALREADY_PAID, Payment, RefundRequestId, RefundState, Seconds};

/// Authorised for an order that another attempt holds.
fn second(mode: (domain::CaptureMode, domain::CaptureOn)) -> Payment {
    then(held_by_another(pending(mode)), 3, &pay("S SUCCESS"))
}

/// Captured by POP for an order that another attempt holds.
fn second_captured() -> Payment {
    let notice = capture_notified(&automatic_capture(), "S SUCCESS");
    then(held_by_another(known(AUTOMATIC)), 5, &notice)
}

#[test]
fn the_attempt_with_the_money_holds_the_order() {
    let part_given_back = then(
        then(done(), 50, &refund_asked("REFUND_1", Some(3_000))),
        51,
        &crate::common::wishes::refund_notified("F PROCESS_FAIL", "FAIL"),
    );
    let given_back = then(refunding(), 60, &refund_answered("S SUCCESS"));
    for (name, payment, holds) in [
        ("created", created(MANUAL), false),
        ("pending", pending(MANUAL), false),
        ("authorised", authorized(MANUAL), true),
        ("captured", done(), true),
        ("wanted back", refunding(), true),
        ("not given back", part_given_back, true),
        ("given back", given_back, false),
        ("capture failed", capture_failed(), false),
        ("declined", declined(), false),
        ("cancelled", cancelled(), false),
        ("expired", expired(), false),
        ("without an order", orphan(), false),
        (
            "another holds it",
            held_by_another(authorized(MANUAL)),
            false,
        ),
        ("another holds it", held_by_another(done()), false),
    ] {
        assert_eq!(payment.holds_order(), holds, "{name}");
    }
}

#[test]
fn a_part_that_is_given_back_leaves_the_order_held_while_more_may_be_captured() {
    let part = crate::part_ends::part();
    let asked = then(part, 50, &refund_asked("REFUND_1", None));
    let report = domain::message::RefundReport {
        amount: domain::message::AmountSeen::Is(crate::common::euros(3_000)),
        ..crate::common::wishes::refund_report(domain::message::ReportedStatus::Other)
    };
    let success = crate::common::wishes::refund_answered_with("S SUCCESS", report);
    let given_back = then(asked, 51, &success);
    assert_eq!(given_back.refunded_minor(), given_back.captured_minor());
    assert!(given_back.holds_order());
    let limit = given_back.capture_by.unwrap();
    let closed = after(&given_back, &Event::TimePassed, limit);
    assert!(!closed.holds_order(), "nothing more can be captured");
}

#[test]
fn a_second_authorisation_is_cancelled_and_never_captured_by_us() {
    let wanted = "AUTHORIZED +authorized cancel=requested moved -> cancel";
    let held = |mode| held_by_another(known(mode));
    check(vec![
        row(
            "by the answer to pay",
            held(MANUAL),
            pay("S SUCCESS"),
            wanted,
        ),
        row(
            "by a notification",
            held(ON_REQUEST),
            notified("S SUCCESS"),
            wanted,
        ),
        row(
            "by an inquiry",
            held(AUTOMATIC),
            inquired("SUCCESS", &[]),
            wanted,
        ),
        row(
            "when the order arrives",
            held_by_another(orphan()),
            Event::OrderArrived(order(MANUAL)),
            "AUTHORIZED cancel=requested moved -> cancel",
        ),
        row(
            "the merchant asks",
            second(ON_REQUEST),
            capture_asked(1, None),
            "ignored: NothingToCapture",
        ),
        row(
            "cancelled",
            second(MANUAL),
            cancel_answered("S SUCCESS"),
            "CANCELLED +cancelled cancel=done moved -> settled",
        ),
    ]);
    let cancel = second(MANUAL).cancel.unwrap();
    assert_eq!(cancel.by, CancelBy::OrderRule);
}

#[test]
fn what_a_second_attempt_takes_is_given_back_in_full() {
    let notice = || capture_notified(&automatic_capture(), "S SUCCESS");
    let shown = [shown(&automatic_capture(), "SUCCESS SUCCESS")];
    check(vec![
        row(
            "captured before it could be cancelled",
            second(AUTOMATIC),
            notice(),
            "CAPTURED +cancel_failed +captured capture=succeeded \
             cancel=refused(ALREADY_CAPTURED) refund=requested moved -> refund",
        ),
        row(
            "authorised and captured at once",
            held_by_another(known(AUTOMATIC)),
            inquired("SUCCESS", &shown),
            "CAPTURED +authorized +captured capture=succeeded refund=requested moved -> refund",
        ),
        row(
            "given back",
            second_captured(),
            orphan_refund("S SUCCESS"),
            "CAPTURED +refunded capture=succeeded refund=succeeded moved -> settled",
        ),
        row(
            "not given back: it is told, and a person must look",
            second_captured(),
            orphan_refund("F REFUND_WINDOW_EXCEED"),
            "CAPTURED +refund_failed +needs_review capture=succeeded refund=failed(REFUND_WINDOW_EXCEED) \
             review=order_paid_twice moved -> look",
        ),
    ]);
    let refund = second_captured().refunds.remove(0);
    assert_eq!(
        refund.request_id,
        RefundRequestId::of_orphan(&request_id(), 1)
    );
    assert_eq!(
        (refund.amount, refund.state),
        (amount(), RefundState::Requested)
    );
}

fn orphan_refund(result: &str) -> Event {
    use domain::message::{Answer, ReportedStatus};
    let id = RefundRequestId::of_orphan(&request_id(), 1);
    let mut report = crate::common::wishes::refund_report(ReportedStatus::Other);
    report.request_id = Some(id.clone());
    Event::RefundAnswered(
        id,
        Answer::Verified(crate::common::said::outcome(result), report),
    )
}

#[test]
fn what_the_merchant_gave_back_before_is_not_given_back_twice() {
    let asked = then(done(), 50, &refund_asked("REFUND_1", Some(3_000)));
    let next = after(&held_by_another(asked), &Event::PaymentIdTaken, at(60));
    assert!(next.review.is_some(), "in review nothing is decided");
    assert_eq!(next.refunds.len(), 1);
    let asked = then(done(), 50, &refund_asked("REFUND_1", Some(3_000)));
    let failed = crate::common::wishes::refund_asked("REFUND_2", Some(1_000));
    let next = after(&held_by_another(asked), &failed, at(60));
    let amounts: Vec<_> = next.refunds.iter().map(|r| r.amount.minor()).collect();
    assert_eq!(amounts, [3_000, 1_000, 4_000], "all that is left");
}

#[test]
fn everything_told_of_a_second_attempt_says_so() {
    let rows = [
        (held_by_another(known(MANUAL)), pay("S SUCCESS")),
        (second(MANUAL), cancel_answered("S SUCCESS")),
        (second(MANUAL), cancel_answered("F ACCESS_DENIED")),
        (
            second(AUTOMATIC),
            capture_notified(&automatic_capture(), "S SUCCESS"),
        ),
        (second_captured(), orphan_refund("S SUCCESS")),
        (second_captured(), orphan_refund("F PROCESS_FAIL")),
    ];
    for (before, event) in rows {
        let next = after(&before, &event, at(60));
        let mut told = 0;
        for message in new_messages(&before, &next) {
            if let OutboxContent::OrderEvent(order_event) = &message.content {
                let code = match order_event.kind {
                    OrderEventKind::NeedsReview => "order_paid_twice",
                    _ => ORDER_ALREADY_PAID,
                };
                assert_eq!(order_event.code.as_deref(), Some(code), "{event:?}");
                told += 1;
            }
        }
        assert!(told > 0, "{event:?}");
    }
    let over = after(&second(MANUAL), &cancel_answered("S SUCCESS"), at(60));
    assert_eq!(over.end_code.as_deref(), Some(ORDER_ALREADY_PAID));
}

#[test]
fn a_review_says_its_own_reason_even_of_a_second_attempt() {
    let reviewed = in_review(second(MANUAL));
    let reason = reviewed.review.unwrap().reason;
    assert_eq!(reason.code(), "amount_mismatch");
    let next = after(&second(MANUAL), &Event::PaymentIdTaken, at(60));
    let before = second(MANUAL);
    let message = new_messages(&before, &next).next().unwrap();
    let OutboxContent::OrderEvent(event) = &message.content else {
        panic!("an order event")
    };
    assert_eq!(event.code.as_deref(), Some("payment_id_taken"));
}

#[test]
fn a_second_authorisation_that_pop_does_not_cancel_runs_out() {
    let refused = then(
        second(ON_REQUEST),
        55,
        &cancel_answered("F CANCEL_WINDOW_EXCEED"),
    );
    let refused = then(refused, 56, &inquired("SUCCESS", &[]));
    let limit = refused.capture_by.unwrap();
    assert_eq!(
        refused.due_at,
        Some(limit),
        "nothing to do or to warn of before"
    );
    assert_eq!(next_step(&refused, limit, &policy()), Step::Inquire);
    check(vec![
        row(
            "nothing is tried again by itself",
            refused.clone(),
            inquired("SUCCESS", &[]),
            "AUTHORIZED cancel=refused(CANCEL_WINDOW_EXCEED) -> inquire",
        ),
        row(
            "it ran out",
            refused.clone(),
            inquired("CANCELLED", &[]),
            "EXPIRED +expired cancel=refused(CANCEL_WINDOW_EXCEED) moved -> settled",
        )
        .at(limit + Seconds(60)),
        row(
            "the merchant wants it all the same",
            refused.clone(),
            capture_asked(1, None),
            "ignored: NothingToCapture",
        ),
        row(
            "the merchant tries once more",
            refused,
            Event::CancelAsked(CancelBy::Merchant),
            "AUTHORIZED cancel=requested moved -> cancel",
        ),
    ]);
}

#[test]
fn a_second_attempt_that_fails_changes_nothing() {
    check(vec![
        row(
            "refused",
            held_by_another(known(MANUAL)),
            pay("F DO_NOT_HONOR"),
            "DECLINED +declined moved -> look",
        ),
        row(
            "a foreign capture of it goes to review",
            second(ON_REQUEST),
            capture_notified(&our_capture(), "S SUCCESS"),
            "AUTHORIZED +needs_review cancel=requested review=foreign_capture moved -> look",
        ),
    ]);
    let late = sent(&second(MANUAL), at(60));
    assert_eq!(late.captures, Vec::new());
}
