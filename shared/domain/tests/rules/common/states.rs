//! Payments in each state, brought there by the events that bring them there in life; their messages are sent.

use super::said::{
    automatic_capture, capture_notified, captured, inquired, misfits, notified, notified_with,
    our_capture, pay, pay_with, request_id,
};
use super::wishes::{cancel_answered, refund_asked, refund_refused};
use super::{START, amount, at, policy};
use domain::message::PaymentFacts;
use domain::order::{Buyer, Name, OrderDetails, Shipping};
use domain::{
    CancelBy, CaptureMode, CaptureOn, Decision, Event, NewPayment, OrderId, Payment,
    PaymentRequestId, Policy, RefundRequestId, ReviewReason, Seconds, Status, Time, decide,
};

/// How long the buyer may take.
pub(crate) const TIME_TO_PAY: Seconds = Seconds(840);

pub(crate) const MANUAL: (CaptureMode, CaptureOn) = (CaptureMode::Manual, CaptureOn::Authorized);
pub(crate) const ON_REQUEST: (CaptureMode, CaptureOn) = (CaptureMode::Manual, CaptureOn::Request);
pub(crate) const AFTER_A_DAY: (CaptureMode, CaptureOn) =
    (CaptureMode::Manual, CaptureOn::After(Seconds::days(1)));
pub(crate) const AUTOMATIC: (CaptureMode, CaptureOn) =
    (CaptureMode::Automatic, CaptureOn::Authorized);

pub(crate) fn order(mode: (CaptureMode, CaptureOn)) -> NewPayment {
    let name = Name {
        full_name: Some("Tom Jay".into()),
        ..Name::default()
    };
    NewPayment {
        id: request_id(),
        order: OrderDetails {
            order_id: OrderId::new("ORDER_1").unwrap(),
            description: "Coffee".into(),
            redirect_url: "https://shop.example/back".into(),
            goods: Vec::new(),
            shipping: Some(Shipping {
                shipping_name: Some(name.clone()),
                ..Shipping::default()
            }),
            buyer: Some(Buyer {
                reference_buyer_id: Some("buyer-1".into()),
                buyer_name: Some(name),
                ..Buyer::default()
            }),
            settlement_currency: None,
            is_3ds_authentication: None,
            enable_authentication_upgrade: None,
            metadata: None,
            merchant_account_id: None,
            user_region: None,
            merchant_region: None,
        },
        amount: amount(),
        capture_mode: mode.0,
        capture_on: mode.1,
        expires_in: TIME_TO_PAY,
    }
}

/// The row after `event`, whether it changed or not.
pub(crate) fn after(payment: &Payment, event: &Event, now: Time) -> Payment {
    after_under(payment, event, now, &policy())
}

/// As [`after`], under this policy.
pub(crate) fn after_under(payment: &Payment, event: &Event, now: Time, policy: &Policy) -> Payment {
    match decide(payment, event, now, policy) {
        Decision::Commit(transition) => transition.next,
        Decision::Ignore(_) => payment.clone(),
    }
}

/// The row once everything in its outbox is sent.
pub(crate) fn sent(payment: &Payment, now: Time) -> Payment {
    let ids = payment.outbox.iter().map(|m| m.id.clone()).collect();
    after(payment, &Event::Sent(ids), now)
}

pub(crate) fn then(payment: Payment, seconds: i64, event: &Event) -> Payment {
    let now = at(seconds);
    sent(&after(&payment, event, now), now)
}

pub(crate) fn created(mode: (CaptureMode, CaptureOn)) -> Payment {
    Payment::create(order(mode), START, &policy())
}

/// Pay was called at second 1; nothing is known of it.
pub(crate) fn pending(mode: (CaptureMode, CaptureOn)) -> Payment {
    then(created(mode), 1, &Event::PayStarted { save_card: false })
}

/// Pending, and POP said that it has the payment.
pub(crate) fn known(mode: (CaptureMode, CaptureOn)) -> Payment {
    then(pending(mode), 2, &pay("U PAYMENT_IN_PROCESS"))
}

/// Authorised at second 3, until day 7 and second 3. Manual and at once: the capture is decided, not yet asked for.
pub(crate) fn authorized(mode: (CaptureMode, CaptureOn)) -> Payment {
    then(pending(mode), 3, &pay("S SUCCESS"))
}

/// Authorised as the provider tells it in these facts.
pub(crate) fn authorized_with(mode: (CaptureMode, CaptureOn), facts: PaymentFacts) -> Payment {
    then(pending(mode), 3, &pay_with("S SUCCESS", facts))
}

pub(crate) fn in_process() -> Payment {
    then(authorized(MANUAL), 4, &captured("U CAPTURE_IN_PROCESS"))
}

pub(crate) fn doubtful() -> Payment {
    then(authorized(MANUAL), 4, &captured("F ORDER_STATUS_INVALID"))
}

pub(crate) fn done() -> Payment {
    then(authorized(MANUAL), 5, &captured("S SUCCESS"))
}

pub(crate) fn done_by_pop() -> Payment {
    let notice = capture_notified(&automatic_capture(), "S SUCCESS");
    then(authorized(AUTOMATIC), 5, &notice)
}

pub(crate) fn capture_failed() -> Payment {
    then(authorized(MANUAL), 5, &captured("F PROCESS_FAIL"))
}

pub(crate) fn declined() -> Payment {
    then(known(MANUAL), 3, &pay("F DO_NOT_HONOR"))
}

pub(crate) fn cancelled() -> Payment {
    then(authorized(MANUAL), 5, &inquired("CANCELLED", &[]))
}

/// Never paid: its time ran out before pay was called.
pub(crate) fn expired() -> Payment {
    then(created(MANUAL), TIME_TO_PAY.0, &Event::TimePassed)
}

/// Told of by POP before the merchant created it.
pub(crate) fn orphan() -> Payment {
    let Event::PaymentNotified(notification) = notified("S SUCCESS") else {
        unreachable!("notified() makes a notification");
    };
    let born = domain::decide::from_notification(&notification, at(3), &policy()).unwrap();
    sent(&born.next, at(3))
}

/// The same payment after a message, in minute 15, that contradicts it; by then nobody tries again.
pub(crate) fn doubted(payment: Payment) -> Payment {
    let payment = match payment.status.is_final() {
        true => then(payment, TIME_TO_PAY.0, &Event::TimePassed),
        false => payment,
    };
    let contradiction = match payment.status {
        Status::Declined | Status::Expired => notified("S SUCCESS"),
        Status::Cancelled => capture_notified(&our_capture(), "S SUCCESS"),
        _ => notified("F ORDER_IS_CLOSED"),
    };
    let doubted = then(payment, 900, &contradiction);
    assert!(doubted.doubt.is_some());
    doubted
}

/// The same payment after somebody, at second 50, wants it cancelled.
pub(crate) fn cancelling_by(payment: Payment, by: CancelBy) -> Payment {
    let cancelling = then(payment, 50, &Event::CancelAsked(by));
    assert!(cancelling.is_cancelling());
    cancelling
}

/// The same payment after the merchant, at second 50, wants it cancelled.
pub(crate) fn cancelling(payment: Payment) -> Payment {
    cancelling_by(payment, CancelBy::Merchant)
}

/// The same payment after POP refused, at second 55, to cancel it, and an inquiry showed it authorised.
pub(crate) fn cancel_refused(payment: Payment) -> Payment {
    let refused = then(cancelling(payment), 55, &cancel_answered("F ACCESS_DENIED"));
    let refused = then(refused, 56, &inquired("SUCCESS", &[]));
    assert!(refused.doubt.is_none() && !refused.is_cancelling());
    refused
}

/// Captured, and wanted back in full since second 50.
pub(crate) fn refunding() -> Payment {
    then(done(), 50, &refund_asked("REFUND_1", None))
}

/// The same payment, which a person must look at since second 50.
pub(crate) fn in_review(payment: Payment) -> Payment {
    let misfit = misfits().remove(0).0;
    let reviewed = then(payment, 50, &notified_with("S SUCCESS", misfit));
    assert!(reviewed.review.is_some());
    reviewed
}

/// The same payment, of an order that another attempt holds.
pub(crate) fn held_by_another(payment: Payment) -> Payment {
    Payment {
        order_held_by: Some(PaymentRequestId::new("PAY_0").unwrap()),
        ..payment
    }
}

/// Every state by name.
pub(crate) fn all() -> Vec<(&'static str, Payment)> {
    vec![
        ("created", created(MANUAL)),
        ("pending", pending(MANUAL)),
        ("known to POP", known(MANUAL)),
        ("authorized, automatic", authorized(AUTOMATIC)),
        ("authorized, capture wanted", authorized(MANUAL)),
        ("authorized, on request", authorized(ON_REQUEST)),
        ("authorized, after a day", authorized(AFTER_A_DAY)),
        ("capture in process", in_process()),
        ("capture doubtful", doubtful()),
        ("captured", done()),
        ("captured by POP", done_by_pop()),
        ("capture failed", capture_failed()),
        ("declined", declined()),
        ("cancelled", cancelled()),
        ("expired", expired()),
        ("without an order", orphan()),
    ]
}

/// The second payment of an order, whose money POP refused to give back.
pub(crate) fn paid_twice() -> Payment {
    let second = then(held_by_another(done()), 50, &Event::Retried(request_id()));
    let second = match second.refunds.is_empty() {
        // Anything that is decided on it wants its money back.
        true => then(second, 51, &refund_asked("REFUND_1", Some(1))),
        false => second,
    };

    let refused = refund_refused(&second, &RefundRequestId::of_orphan(&request_id(), 1));
    let reviewed = then(second, 52, &refused);
    let reason = &reviewed.review.as_ref().unwrap().reason;
    assert_eq!(*reason, ReviewReason::OrderPaidTwice);
    reviewed
}
