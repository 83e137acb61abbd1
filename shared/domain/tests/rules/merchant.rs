//! What the merchant asks for, and what time does: creating, paying, capturing, the guard before the limit, expiry,
//! adopting an order, and clearing what was sent.

use crate::common::said::{capture_notified, inquired, our_capture};
use crate::common::states::{
    AFTER_A_DAY, AUTOMATIC, MANUAL, ON_REQUEST, TIME_TO_PAY, after, all, authorized, created,
    declined, done, doubted, in_process, in_review, order, orphan, pending, sent,
};
use crate::common::table::{check, row};
use crate::common::{START, at, euros, policy};
use domain::plan::{Step, next_step};
use domain::{CaptureMode, CaptureRequest, Decision, Event, NewPayment, Seconds, Status, decide};

#[test]
fn pay_is_called_once_and_in_time() {
    let start = || Event::PayStarted { save_card: false };
    check(vec![
        row(
            "first",
            created(MANUAL),
            start(),
            "PENDING moved -> inquire",
        ),
        row(
            "the last second",
            created(MANUAL),
            start(),
            "PENDING moved -> inquire",
        )
        .at(at(TIME_TO_PAY.0 - 1)),
        row("too late", created(MANUAL), start(), "ignored: PayTooLate").at(at(TIME_TO_PAY.0)),
        row("again", pending(MANUAL), start(), "ignored: AlreadyStarted"),
        row(
            "paid",
            authorized(MANUAL),
            start(),
            "ignored: AlreadyStarted",
        ),
        row("over", declined(), start(), "ignored: AlreadyStarted"),
        row("POP has it", orphan(), start(), "ignored: AlreadyStarted"),
        row(
            "in review",
            in_review(created(MANUAL)),
            start(),
            "ignored: AlreadyStarted",
        ),
    ]);
}

#[test]
fn the_merchant_captures_once_and_only_what_may_be_captured() {
    let ask = || Event::CaptureAsked(CaptureRequest::full());
    let nothing = "ignored: NothingToCapture";
    let known = "ignored: Known";
    let limit = authorized(ON_REQUEST).capture_by.unwrap();
    check(vec![
        row(
            "asked for",
            authorized(ON_REQUEST),
            ask(),
            "AUTHORIZED +hint capture=requested moved -> capture",
        ),
        row(
            "before its delay is over",
            authorized(AFTER_A_DAY),
            ask(),
            "AUTHORIZED +hint capture=requested moved -> capture",
        ),
        row("already decided", authorized(MANUAL), ask(), known),
        row("under way", in_process(), ask(), known),
        row("done", done(), ask(), known),
        row("POP captures", authorized(AUTOMATIC), ask(), nothing),
        row("mode unknown", orphan(), ask(), nothing),
        row("not authorised", pending(ON_REQUEST), ask(), nothing),
        row("refused", declined(), ask(), nothing),
        row(
            "in review",
            in_review(authorized(ON_REQUEST)),
            ask(),
            nothing,
        ),
        row("too late", authorized(ON_REQUEST), ask(), nothing).at(limit),
    ]);
}

#[test]
fn time_expires_captures_or_warns() {
    let look = || Event::TimePassed;
    let guard = authorized(ON_REQUEST).capture_by.unwrap() - policy().capture_margin;
    let limit = authorized(ON_REQUEST).capture_by.unwrap();
    let day = at(3) + Seconds::days(1);
    let warned = after(&authorized(ON_REQUEST), &look(), guard);
    check(vec![
        row("not yet", created(MANUAL), look(), "ignored: NotDue"),
        row(
            "never paid",
            created(MANUAL),
            look(),
            "EXPIRED +expired moved -> settled",
        )
        .at(at(TIME_TO_PAY.0)),
        row(
            "before its delay is over",
            authorized(AFTER_A_DAY),
            look(),
            "ignored: NotDue",
        )
        .at(day - Seconds(1)),
        row(
            "its delay is over",
            authorized(AFTER_A_DAY),
            look(),
            "AUTHORIZED +hint capture=requested moved -> capture",
        )
        .at(day),
        row(
            "long before its limit",
            authorized(ON_REQUEST),
            look(),
            "ignored: NotDue",
        )
        .at(guard - Seconds(1)),
        row(
            "nobody asked, and the limit is near",
            authorized(ON_REQUEST),
            look(),
            "AUTHORIZED +capture_due moved -> inquire",
        )
        .at(guard),
        row(
            "warned already",
            sent(&warned, guard),
            look(),
            "ignored: NotDue",
        )
        .at(guard + Seconds(60)),
        row(
            "past its limit nothing is captured: ask for the end",
            authorized(AFTER_A_DAY),
            look(),
            "AUTHORIZED -> inquire",
        )
        .at(limit),
        row(
            "past its limit nobody is warned",
            authorized(ON_REQUEST),
            look(),
            "AUTHORIZED -> inquire",
        )
        .at(limit),
    ]);
}

#[test]
fn a_delay_longer_than_the_authorisation_is_cut_to_the_guard() {
    let mode = (
        CaptureMode::Manual,
        domain::CaptureOn::After(Seconds::days(30)),
    );
    let payment = authorized(mode);
    let guard = payment.capture_by.unwrap() - policy().capture_margin;
    assert_eq!(payment.due_at, Some(guard));
    let forced = after(&payment, &Event::TimePassed, guard);
    assert_eq!(forced.captures.len(), 1);
}

#[test]
fn time_alone_never_ends_what_pop_may_have() {
    for (name, before) in all() {
        if before.status == Status::Created {
            continue;
        }
        let much_later = at(0) + Seconds::days(400);
        let next = after(&before, &Event::TimePassed, much_later);
        assert_eq!(next.status, before.status, "{name}");
        assert_eq!(next.captures, before.captures, "{name}");
    }
}

#[test]
fn a_due_row_is_never_left_due() {
    for (name, before) in all() {
        let reviewed = in_review(before.clone());
        for payment in [before, reviewed] {
            let Some(due) = payment.due_at else { continue };
            let now = due + Seconds(1);
            let next = after(&payment, &Event::TimePassed, now);
            let due = next.due_at;
            assert!(due.is_none_or(|due| due > now), "{name}: {due:?} at {now}");
        }
    }
}

fn told_of(mode: (CaptureMode, domain::CaptureOn)) -> Event {
    Event::OrderArrived(order(mode))
}

#[test]
fn an_order_that_comes_after_pop_is_adopted() {
    let mismatch = NewPayment {
        amount: euros(8_001),
        ..order(MANUAL)
    };
    let captured = after(
        &orphan(),
        &capture_notified(&crate::common::said::automatic_capture(), "S SUCCESS"),
        at(30),
    );
    check(vec![
        row(
            "POP captures",
            orphan(),
            told_of(AUTOMATIC),
            "AUTHORIZED moved -> inquire",
        ),
        row(
            "we capture at once",
            orphan(),
            told_of(MANUAL),
            "AUTHORIZED +hint capture=requested moved -> capture",
        ),
        row(
            "the merchant will ask",
            orphan(),
            told_of(ON_REQUEST),
            "AUTHORIZED moved -> look",
        ),
        row(
            "over already",
            sent(&captured, at(31)),
            told_of(AUTOMATIC),
            "CAPTURED capture=succeeded moved -> settled",
        ),
        row(
            "another amount",
            orphan(),
            Event::OrderArrived(mismatch),
            "AUTHORIZED +needs_review review=amount_mismatch moved -> look",
        ),
        row(
            "in review nothing is captured",
            in_review(orphan()),
            told_of(MANUAL),
            "AUTHORIZED review=amount_mismatch moved -> look",
        ),
        row(
            "past its limit nothing is captured",
            orphan(),
            told_of(MANUAL),
            "AUTHORIZED moved -> inquire",
        )
        .at(orphan().capture_by.unwrap()),
        row(
            "created before",
            created(MANUAL),
            told_of(MANUAL),
            "ignored: AlreadyCreated",
        ),
    ]);
}

#[test]
fn an_adopted_payment_has_its_time_to_pay_from_then_on() {
    let adopted = after(&orphan(), &told_of(AUTOMATIC), at(60));
    assert_eq!(adopted.expires_at, at(60) + TIME_TO_PAY);
}

#[test]
fn an_adopted_order_forgets_people_that_nobody_needs_any_more() {
    let adopted = after(&orphan(), &told_of(AUTOMATIC), at(60)).order.unwrap();
    assert_eq!(adopted.shipping, None);
    let buyer = adopted.buyer.unwrap();
    assert_eq!(buyer.reference_buyer_id.as_deref(), Some("buyer-1"));
    assert_eq!(buyer.buyer_name, None);
}

#[test]
fn creating_again_is_the_same_only_with_the_same_wish() {
    let payment = created(MANUAL);
    assert!(payment.is_same_as(&order(MANUAL)));
    assert!(!payment.is_same_as(&order(AUTOMATIC)));
    assert!(!payment.is_same_as(&order(ON_REQUEST)));
    let dearer = NewPayment {
        amount: euros(8_001),
        ..order(MANUAL)
    };
    assert!(!payment.is_same_as(&dearer));
    let mut other = order(MANUAL);
    other.order.order_id = domain::OrderId::new("ORDER_2").unwrap();
    assert!(!payment.is_same_as(&other));
    assert!(!orphan().is_same_as(&order(MANUAL)));
}

#[test]
fn a_taken_payment_id_goes_to_review() {
    check(vec![row(
        "another payment has it",
        authorized(MANUAL),
        Event::PaymentIdTaken,
        "AUTHORIZED +needs_review capture=requested review=payment_id_taken moved -> look",
    )]);
}

#[test]
fn the_outbox_is_cleared_of_what_was_sent_and_of_nothing_else() {
    let payment = after(
        &pending(MANUAL),
        &crate::common::said::notified("S SUCCESS"),
        at(60),
    );
    let ids: Vec<_> = payment.outbox.iter().map(|m| m.id.clone()).collect();
    assert_eq!(ids.len(), 2);
    let one = after(&payment, &Event::Sent(vec![ids[0].clone()]), at(61));
    assert_eq!(one.outbox, payment.outbox[1..]);
    assert!(sent(&one, at(62)).outbox.is_empty());
    let foreign = Event::Sent(vec!["PAY_9:1:0".into()]);
    let decision = decide(&payment, &foreign, at(61), &policy());
    assert!(matches!(decision, Decision::Ignore(_)));
}

#[test]
fn what_was_not_sent_keeps_a_final_row_due() {
    let refused = crate::common::said::notified("F DO_NOT_HONOR");
    let unsent = after(&pending(MANUAL), &refused, at(60));
    assert!(unsent.status.is_final());
    assert_eq!(unsent.due_at, Some(at(60) + policy().resend_after));
    let sent = sent(&unsent, at(61));
    assert_eq!(sent.due_at, Some(sent.expires_at), "people to be forgotten");
    assert_eq!(
        after(&sent, &Event::TimePassed, sent.expires_at).due_at,
        None
    );
}

#[test]
fn a_new_payment_is_due_when_its_time_to_pay_is_over() {
    let payment = created(MANUAL);
    assert_eq!(payment.version, 1);
    let over = START + TIME_TO_PAY;
    assert_eq!(payment.due_at, Some(over));
    let step = |now| next_step(&payment, now, &policy());
    assert_eq!(step(over - Seconds(1)), Step::Wait);
    assert_eq!(step(over), Step::LookAtTime);
}

#[test]
fn in_doubt_a_wish_to_capture_waits() {
    let doubted = doubted(authorized(ON_REQUEST));
    check(vec![
        row(
            "asked for in doubt",
            doubted.clone(),
            Event::CaptureAsked(CaptureRequest::full()),
            "AUTHORIZED +hint capture=requested doubt moved -> inquire",
        )
        .at(at(1_000)),
        row(
            "cleared",
            after(
                &doubted,
                &Event::CaptureAsked(CaptureRequest::full()),
                at(1_000),
            ),
            inquired("SUCCESS", &[]),
            "AUTHORIZED capture=requested moved -> capture",
        )
        .at(at(1_100)),
        row(
            "or it was captured long ago",
            after(
                &doubted,
                &Event::CaptureAsked(CaptureRequest::full()),
                at(1_000),
            ),
            capture_notified(&our_capture(), "S SUCCESS"),
            "CAPTURED +captured capture=succeeded moved -> settled",
        )
        .at(at(1_100)),
    ]);
}
