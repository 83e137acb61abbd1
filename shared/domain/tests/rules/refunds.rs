//! Refunds: what may be asked for, how it is asked of POP, and what is told of it (docs/provider.md, "Refund").

use crate::common::said::{SILENCES, outcome, payment_id};
use crate::common::states::{
    ON_REQUEST, after, all, authorized, done, in_review, refunding, sent, then,
};
use crate::common::table::{check, new_messages, row};
use crate::common::wishes::{
    part_captured, refund_answered, refund_answered_with, refund_asked, refund_id, refund_notified,
    refund_report,
};
use crate::common::{amount, at, euros, policy, several};
use domain::message::{AmountSeen, Answer, RefundReport, ReportedStatus};
use domain::outbox::{OrderEventKind, OutboxContent, Transfer};
use domain::plan::{RefundOrder, Step, next_step};
use domain::{Event, Money, Payment, RefundId, RefundRequest, Seconds};

const WANTED: &str = "CAPTURED capture=succeeded refund=requested moved -> refund";

#[test]
fn only_what_is_captured_can_be_refunded() {
    let rows = all().into_iter().map(|(name, before)| {
        let want = match name {
            "captured" | "captured by POP" => WANTED,
            _ => "ignored: NotRefundable",
        };
        row(name, before, refund_asked("REFUND_1", None), want)
    });
    check(rows.collect());
    let reviewed = in_review(done());
    let not = "ignored: NotRefundable";
    check(vec![row(
        "in review",
        reviewed,
        refund_asked("REFUND_1", None),
        not,
    )]);
}

#[test]
fn at_most_what_is_left_is_refunded_in_the_payments_currency() {
    let dollars = Event::RefundAsked(RefundRequest {
        request_id: refund_id("REFUND_1"),
        amount: Some(Money::from_wire("1", "USD").unwrap()),
        reason: None,
    });
    let two_parts = then(
        then(done(), 50, &refund_asked("REFUND_1", Some(3_000))),
        51,
        &refund_asked("REFUND_2", Some(3_000)),
    );
    let all_of_it = then(two_parts.clone(), 52, &refund_asked("REFUND_3", None));
    assert_eq!(all_of_it.refunds[2].amount, euros(2_000), "the rest");
    let too_large = "ignored: RefundTooLarge";
    let third = "CAPTURED capture=succeeded refund=requested refund=requested refund=requested moved -> refund";
    check(vec![
        row("all", done(), refund_asked("REFUND_1", Some(8_000)), WANTED),
        row("a part", done(), refund_asked("REFUND_1", Some(1)), WANTED),
        row(
            "more",
            done(),
            refund_asked("REFUND_1", Some(8_001)),
            too_large,
        ),
        row("another currency", done(), dollars, too_large),
        row(
            "the rest",
            two_parts.clone(),
            refund_asked("REFUND_3", Some(2_000)),
            third,
        ),
        row(
            "more than the rest",
            two_parts,
            refund_asked("REFUND_3", Some(2_001)),
            too_large,
        ),
        row(
            "nothing is left",
            all_of_it.clone(),
            refund_asked("REFUND_4", Some(1)),
            too_large,
        ),
        row(
            "the rest of nothing",
            all_of_it,
            refund_asked("REFUND_4", None),
            too_large,
        ),
    ]);
}

#[test]
fn the_same_id_is_the_same_refund_or_an_error() {
    let differs = "ignored: RefundDiffers";
    let dollars = Event::RefundAsked(RefundRequest {
        request_id: refund_id("REFUND_1"),
        amount: Some(Money::from_wire("8000", "USD").unwrap()),
        reason: None,
    });
    let over = then(refunding(), 60, &refund_answered("S SUCCESS"));
    check(vec![
        row(
            "same",
            refunding(),
            refund_asked("REFUND_1", Some(8_000)),
            "ignored: Known",
        ),
        row(
            "no amount",
            refunding(),
            refund_asked("REFUND_1", None),
            "ignored: Known",
        ),
        row(
            "it is over",
            over,
            refund_asked("REFUND_1", Some(8_000)),
            "ignored: Known",
        ),
        row(
            "less",
            refunding(),
            refund_asked("REFUND_1", Some(7_999)),
            differs,
        ),
        row("dollars", refunding(), dollars, differs),
        row(
            "in review",
            in_review(refunding()),
            refund_asked("REFUND_1", None),
            "ignored: Known",
        ),
    ]);
}

#[test]
fn what_failed_can_be_asked_for_again_unless_pop_says_otherwise_too() {
    let failed = then(refunding(), 60, &refund_answered("F REFUND_WINDOW_EXCEED"));
    let contested = then(failed.clone(), 70, &refund_notified("S SUCCESS", "SUCCESS"));
    check(vec![
        row(
            "failed",
            failed,
            refund_asked("REFUND_2", Some(8_000)),
            "CAPTURED capture=succeeded refund=failed(REFUND_WINDOW_EXCEED) refund=requested moved -> refund",
        ),
        row(
            "failed, and then not",
            contested,
            refund_asked("REFUND_2", Some(8_000)),
            "ignored: RefundTooLarge",
        ),
    ]);
}

#[test]
fn a_part_that_is_captured_can_be_refunded_while_the_rest_is_open() {
    let part = part_taken();
    let both =
        |status: &str| format!("{status} capture=succeeded refund=requested moved -> refund");
    let too_large = "ignored: RefundTooLarge";
    check(vec![
        row(
            "that part",
            part.clone(),
            refund_asked("REFUND_1", Some(3_000)),
            &both("AUTHORIZED"),
        ),
        row(
            "all of it",
            part.clone(),
            refund_asked("REFUND_1", None),
            &both("AUTHORIZED"),
        ),
        row(
            "more",
            part,
            refund_asked("REFUND_1", Some(3_001)),
            too_large,
        ),
    ]);
}

/// 30.00 of 80.00 captured.
fn part_taken() -> Payment {
    use crate::common::states::after_under;
    let asked = crate::common::wishes::capture_asked(1, Some(3_000));
    let wanted = after_under(&authorized(ON_REQUEST), &asked, at(10), &several());
    let taken = part_captured(1, 3_000, "S SUCCESS");
    sent(&after_under(&wanted, &taken, at(11), &several()), at(11))
}

#[test]
fn the_events_say_how_much_is_given_back() {
    let asked = then(done(), 50, &refund_asked("REFUND_0", Some(3_000)));
    let asked = then(asked, 51, &refund_asked("REFUND_1", None));
    let report = RefundReport {
        amount: AmountSeen::Is(euros(5_000)),
        ..refund_report(ReportedStatus::Other)
    };
    let first = RefundReport {
        request_id: Some(refund_id("REFUND_0")),
        refund_id: None,
        amount: AmountSeen::Is(euros(3_000)),
        ..report.clone()
    };
    let first = Event::RefundAnswered(
        refund_id("REFUND_0"),
        Answer::Verified(outcome("S SUCCESS"), first),
    );
    let one = then(asked, 60, &first);
    let both = after(
        &one,
        &refund_answered_with("S SUCCESS", report.clone()),
        at(61),
    );
    let failed = after(
        &one,
        &refund_answered_with("F PROCESS_FAIL", report),
        at(61),
    );
    for (next, kind, code, total) in [
        (&both, OrderEventKind::Refunded, None, 8_000),
        (
            &failed,
            OrderEventKind::RefundFailed,
            Some("PROCESS_FAIL"),
            3_000,
        ),
    ] {
        let told: Vec<_> = new_messages(&one, next).collect();
        let [message] = told.as_slice() else {
            panic!("one event: {told:?}")
        };
        let OutboxContent::OrderEvent(event) = &message.content else {
            panic!("an order event")
        };
        assert_eq!((event.kind, event.code.as_deref()), (kind, code));
        let refund = Transfer::Refund {
            request_id: refund_id("REFUND_1"),
            refund_id: Some(RefundId::new("RF_1").unwrap()),
            amount: euros(5_000),
            total: Some(euros(total)),
        };
        assert_eq!(event.transfer.as_ref(), Some(&refund));
    }
}

#[test]
fn every_retry_of_a_refund_carries_the_same_id_and_amount() {
    let order = RefundOrder {
        request_id: refund_id("REFUND_1"),
        payment_id: payment_id(),
        amount: amount(),
        reason: Some("returned".into()),
    };
    let mut payment = refunding();
    for seconds in 60..90 {
        let step = next_step(&payment, at(seconds), &policy());
        assert_eq!(step, Step::Refund(order.clone()));
        let why = SILENCES[usize::try_from(seconds).unwrap() % SILENCES.len()];
        let silence = Event::RefundAnswered(refund_id("REFUND_1"), Answer::None(why));
        payment = after(&payment, &silence, at(seconds));
    }
}

#[test]
fn of_several_refunds_none_waits_for_the_end_of_another() {
    let mut payment = then(done(), 50, &refund_asked("REFUND_1", Some(1_000)));
    payment = then(payment, 51, &refund_notified_in_process());
    payment = then(payment, 52, &refund_asked("REFUND_2", Some(1_000)));
    payment = then(payment, 53, &refund_asked("REFUND_3", Some(1_000)));
    let mut steps = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let due = payment.due_at.unwrap();
        let (name, silence) = match next_step(&payment, due, &policy()) {
            Step::Refund(order) => {
                let id = order.request_id.clone();
                (
                    format!("refund {id}"),
                    Event::RefundAnswered(id, Answer::None(SILENCES[0])),
                )
            }
            Step::InquireRefund(id) => (
                format!("inquire {id}"),
                Event::RefundInquired(id, Answer::None(SILENCES[0])),
            ),
            other => panic!("{other:?}"),
        };
        steps.insert(name);
        payment = after(&payment, &silence, due);
    }
    let want = ["inquire REFUND_1", "refund REFUND_2", "refund REFUND_3"];
    assert!(steps.iter().eq(want), "{steps:?}");
}

#[test]
fn a_young_refund_does_not_wait_as_long_as_an_old_one() {
    let old = then(done(), 50, &refund_asked("REFUND_1", Some(1_000)));
    let old = then(old, 51, &refund_notified_in_process());
    let later = at(50) + Seconds::days(10);
    let wait = |payment: &Payment| payment.due_at.unwrap().since(later);
    let waiting = after(&old, &refund_notified_in_process(), later);
    assert!(wait(&waiting) > Seconds(3_000));
    let young = sent(
        &after(&waiting, &refund_asked("REFUND_2", None), later),
        later,
    );
    assert!(wait(&young) < Seconds(30));
}

fn refund_notified_in_process() -> Event {
    use crate::common::wishes::refund_notified_with;
    let report = RefundReport {
        amount: AmountSeen::Is(euros(1_000)),
        ..refund_report(ReportedStatus::Processing)
    };
    refund_notified_with(outcome("S SUCCESS"), report)
}

#[test]
fn a_refund_without_pops_id_of_the_payment_waits_for_it() {
    let nameless = Payment {
        payment_id: None,
        ..refunding()
    };
    let due = nameless.due_at.unwrap();
    assert_eq!(next_step(&nameless, due, &policy()), Step::Inquire);
    let named = after(
        &nameless,
        &crate::common::said::inquired("SUCCESS", &[]),
        due,
    );
    assert!(matches!(next_step(&named, due, &policy()), Step::Refund(_)));
    let mut nobody = crate::common::said::facts();
    nobody.payment_id = None;
    let unnamed = crate::common::said::inquired_with("SUCCESS", &[], nobody);
    let limit = at(50) + policy().refund_limit;
    let waiting = after(&nameless, &unnamed, limit - Seconds(1));
    assert_eq!(waiting.review, None);
    let review = after(&nameless, &unnamed, limit).review.unwrap();
    assert_eq!(review.reason.code(), "refund_unclear");
}
