//! Events as chance draws them: mostly possible ones, some wrong or hostile.

use super::life::refund_names;
use super::said::{
    SILENCES, automatic_capture, capture_id, facts, misfits, our_capture, outcome, payment_id,
    payment_notification, request_id, status,
};
use super::states::{AFTER_A_DAY, AUTOMATIC, MANUAL, ON_REQUEST, order};
use super::wishes::{capture_number, resolved, tokenized};
use super::{START, amount, at, euros, policy};
use domain::decide::from_notification;
use domain::message::{
    AmountSeen, Answer, CancelReport, CaptureNotification, CaptureReport, InquiryReport, NoAnswer,
    Outcome, PayReport, PaymentFacts, PaymentNotification, Redirect, ReportedCapture,
};
use domain::{
    CancelBy, CaptureMode, CaptureOn, CaptureRequest, CaptureRequestId, Event, Money, NewPayment,
    Payment, PaymentId, RefundRequest, Ruling, Seconds,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

pub(crate) fn mode() -> impl Strategy<Value = (CaptureMode, CaptureOn)> {
    select(vec![MANUAL, ON_REQUEST, ON_REQUEST, AFTER_A_DAY, AUTOMATIC])
}

/// A payment that POP told of first.
pub(crate) fn orphan() -> impl Strategy<Value = (Payment, PaymentNotification)> {
    let result = select(vec!["S SUCCESS", "F DO_NOT_HONOR", "U PAYMENT_IN_PROCESS"]);
    (any::<bool>(), result).prop_map(|(is_final, result)| {
        let notification = payment_notification(is_final, result, facts());
        let made = from_notification(&notification, at(0), &policy());
        (made.unwrap().next, notification)
    })
}

pub(crate) fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => any::<bool>().prop_map(|save_card| Event::PayStarted { save_card }),
        2 => pay_answered(),
        4 => inquired(),
        2 => payment_notified(),
        4 => capture_asked(),
        2 => capture_answered(),
        2 => capture_notified(),
        2 => cancel_asked(),
        2 => cancel_answered(),
        4 => refund_asked(),
        1 => Just(Event::Retried(request_id().attempt(2))),
        1 => order_arrived(),
        2 => ruling(),
        3 => Just(Event::TimePassed),
        1 => option::weighted(0.1, Just(Event::PaymentIdTaken))
            .prop_map(|taken| taken.unwrap_or(Event::TimePassed)),
    ]
}

/// What the merchant's server and the buyer ask for.
pub(crate) fn wish() -> impl Strategy<Value = Event> {
    prop_oneof![
        16 => capture_asked(),
        16 => refund_asked(),
        1 => cancel_asked(),
        1 => Just(Event::Retried(request_id().attempt(2))),
        1 => ruling(),
    ]
}

pub(crate) fn uncertain_event() -> impl Strategy<Value = Event> {
    let unsettled = prop_oneof![code("U"), code("X")];
    let answered = (unsettled.clone(), some_facts()).prop_map(|(outcome, facts)| {
        let redirect = None;
        Event::PayAnswered(Answer::Verified(outcome, PayReport { facts, redirect }))
    });
    let captured = (unsettled.clone(), capture_report()).prop_map(|(outcome, report)| {
        Event::CaptureAnswered(our_capture(), Answer::Verified(outcome, report))
    });
    let notified = (unsettled.clone(), some_facts()).prop_map(|(outcome, facts)| {
        let mut notification = payment_notification(true, "U X", facts);
        notification.outcome = outcome;
        Event::PaymentNotified(notification)
    });
    let refused = prop_oneof![unsettled.clone(), code("F")]
        .prop_filter("believed after a while", |o| o.code != "ORDER_NOT_EXIST");
    let inquired = (refused, inquiry_report())
        .prop_map(|(outcome, report)| Event::Inquired(Answer::Verified(outcome, report)));
    let cancelled = (unsettled.clone(), Just(CancelReport::default()))
        .prop_map(|(outcome, report)| Event::CancelAnswered(Answer::Verified(outcome, report)));
    let in_process =
        (some_facts(), select(vec!["PROCESSING", "PENDING", "?"])).prop_map(|(facts, word)| {
            let captures = Vec::new();
            let (status, code) = (status(word), String::new());
            let report = InquiryReport {
                facts,
                status,
                code,
                captures,
            };
            Event::Inquired(Answer::Verified(outcome("S SUCCESS"), report))
        });
    prop_oneof![
        answered,
        captured,
        notified,
        inquired,
        in_process,
        cancelled,
        cancel_asked(),
        silence().prop_map(|why| Event::PayAnswered(Answer::None(why))),
        silence().prop_map(|why| Event::Inquired(Answer::None(why))),
        silence().prop_map(|why| Event::CaptureAnswered(our_capture(), Answer::None(why))),
        Just(Event::PaymentNotified(payment_notification(
            false,
            "S SUCCESS",
            facts()
        ))),
        Just(Event::PayStarted { save_card: false }),
        Just(Event::CaptureAsked(CaptureRequest::full())),
        Just(Event::TimePassed),
    ]
}

fn silence() -> impl Strategy<Value = NoAnswer> {
    select(SILENCES.to_vec())
}

/// Nothing a quarter of the time.
fn answer<T: Clone + std::fmt::Debug + 'static>(
    said: impl Strategy<Value = (Outcome, T)> + 'static,
) -> impl Strategy<Value = Answer<T>> {
    prop_oneof![
        1 => silence().prop_map(Answer::None),
        3 => said.prop_map(|(outcome, report)| Answer::Verified(outcome, report)),
    ]
}

pub(crate) fn code(status: &'static str) -> impl Strategy<Value = Outcome> + Clone {
    let codes = vec![
        "SUCCESS",
        "PAYMENT_IN_PROCESS",
        "CAPTURE_IN_PROCESS",
        "UNKNOWN_EXCEPTION",
        "DO_NOT_HONOR",
        "ORDER_IS_CLOSED",
        "ORDER_IS_CANCELED",
        "ORDER_NOT_EXIST",
        "ORDER_STATUS_INVALID",
        "INVALID_SIGNATURE",
        "SYSTEM_ERROR",
        "PROCESS_FAIL",
        "AUTH_EXPIRED",
        "REFUND_IN_PROCESS",
        "REFUND_NOT_EXIST",
        "REPEAT_REQ_INCONSISTENT",
        "MULTI_CAPTURE_NOT_SUPPORTED",
        "USER_AMOUNT_EXCEED_LIMIT",
        "ACCESS_DENIED",
        "NOBODY_KNOWS",
    ];
    select(codes).prop_map(move |code| outcome(&format!("{status} {code}")))
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        6 => Just(outcome("S SUCCESS")),
        3 => code("F"),
        2 => code("U"),
        1 => code("X"),
        1 => code("S"),
    ]
}

fn some_facts() -> impl Strategy<Value = PaymentFacts> {
    let limit = option::weighted(0.2, (0_i64..900_000).prop_map(|s| START + Seconds(s)));
    let card = option::weighted(0.3, Just(tokenized("TOKEN")));
    (limit, any::<bool>(), any::<bool>(), card).prop_map(
        |(auth_expires_at, named, priced, card)| {
            let right = facts();
            PaymentFacts {
                payment_id: right.payment_id.filter(|_| named),
                amount: if named || priced {
                    right.amount
                } else {
                    AmountSeen::Absent
                },
                auth_expires_at,
                stored_card: card,
                ..facts()
            }
        },
    )
}

/// Facts that fit, and now and then some that do not.
fn any_facts() -> impl Strategy<Value = PaymentFacts> {
    let wrong: Vec<_> = misfits().into_iter().map(|(facts, _)| facts).collect();
    prop_oneof![30 => some_facts(), 1 => select(wrong)]
}

fn pay_answered() -> impl Strategy<Value = Event> {
    let redirect = Redirect {
        method: "POST".into(),
        url: "https://issuer.example/3ds".into(),
        parameters: Some("{}".into()),
    };
    let report = (any_facts(), option::of(Just(redirect)))
        .prop_map(|(facts, redirect)| PayReport { facts, redirect });
    answer((any_outcome(), report)).prop_map(Event::PayAnswered)
}

fn payment_notified() -> impl Strategy<Value = Event> {
    (any_outcome(), any_facts(), prop::bool::weighted(0.8)).prop_map(
        |(outcome, facts, is_final)| {
            let mut notification = payment_notification(is_final, "S SUCCESS", facts);
            notification.outcome = outcome;
            Event::PaymentNotified(notification)
        },
    )
}

fn any_amount() -> impl Strategy<Value = AmountSeen> {
    prop_oneof![
        30 => Just(AmountSeen::Is(amount())),
        1 => Just(AmountSeen::Is(euros(8_001))),
        1 => Just(AmountSeen::Absent),
        1 => Just(AmountSeen::Unreadable),
    ]
}

fn capture_name() -> impl Strategy<Value = CaptureRequestId> {
    let foreign = CaptureRequestId::new("FOREIGN").unwrap();
    prop_oneof![
        8 => Just(our_capture()),
        1 => Just(capture_number(2)),
        3 => Just(automatic_capture()),
        1 => Just(foreign),
    ]
}

fn capture_report() -> impl Strategy<Value = CaptureReport> {
    let pop_id = prop_oneof![
        8 => Just(Some(capture_id("CAP_1"))),
        1 => Just(Some(capture_id("CAP_2"))),
        1 => Just(None),
    ];
    let payment =
        prop_oneof![30 => Just(payment_id()), 1 => Just(PaymentId::new("OTHER").unwrap())];
    (
        option::weighted(0.95, capture_name()),
        pop_id,
        payment,
        any_amount(),
    )
        .prop_map(
            |(request_id, capture_id, payment_id, amount)| CaptureReport {
                request_id,
                capture_id,
                payment_id: Some(payment_id),
                amount,
            },
        )
}

fn capture_answered() -> impl Strategy<Value = Event> {
    let answer = answer((any_outcome(), capture_report()));
    (capture_name(), answer).prop_map(|(id, answer)| Event::CaptureAnswered(id, answer))
}

fn capture_notified() -> impl Strategy<Value = Event> {
    (any_outcome(), capture_report()).prop_map(|(outcome, capture)| {
        Event::CaptureNotified(CaptureNotification {
            payment_id: capture.payment_id.clone().unwrap(),
            outcome,
            capture,
        })
    })
}

fn inquiry_report() -> impl Strategy<Value = InquiryReport> {
    let words = vec![
        "SUCCESS",
        "SUCCESS",
        "FAIL",
        "CANCELLED",
        "PROCESSING",
        "PENDING",
        "?",
    ];
    let capture =
        (capture_report(), select(words.clone()), code("F")).prop_map(|(report, word, result)| {
            ReportedCapture {
                request_id: report.request_id,
                capture_id: report.capture_id,
                amount: report.amount,
                status: status(word),
                code: result.code,
            }
        });
    let captures = prop_oneof![
        2 => Just(Vec::new()),
        1 => prop::collection::vec(capture, 1..3),
    ];
    (any_facts(), select(words), code("F"), captures).prop_map(|(facts, word, result, captures)| {
        InquiryReport {
            facts,
            status: status(word),
            code: result.code,
            captures,
        }
    })
}

fn inquired() -> impl Strategy<Value = Event> {
    let result = prop_oneof![
        4 => Just(outcome("S SUCCESS")),
        1 => Just(outcome("F ORDER_NOT_EXIST")),
        1 => any_outcome(),
    ];
    answer((result, inquiry_report())).prop_map(Event::Inquired)
}

fn order_arrived() -> impl Strategy<Value = Event> {
    (mode(), prop::bool::weighted(0.9)).prop_map(|(mode, right)| {
        let amount = if right { amount() } else { euros(8_001) };
        Event::OrderArrived(NewPayment {
            amount,
            ..order(mode)
        })
    })
}

/// A part, the whole, or all that is left.
fn some_amount() -> impl Strategy<Value = Option<Money>> {
    let cents = select(vec![8_000, 5_000, 3_000, 2_000, 1_000, 9_000]);
    option::weighted(0.7, cents.prop_map(euros))
}

fn capture_asked() -> impl Strategy<Value = Event> {
    let number = prop_oneof![2 => Just(1_u32), 2 => Just(2), 2 => Just(3), 1 => Just(4)];
    (number, some_amount(), prop::bool::weighted(0.2)).prop_map(|(number, amount, last)| {
        Event::CaptureAsked(CaptureRequest {
            number,
            amount,
            last,
        })
    })
}

fn cancel_asked() -> impl Strategy<Value = Event> {
    select(vec![CancelBy::Merchant, CancelBy::Buyer]).prop_map(Event::CancelAsked)
}

fn cancel_answered() -> impl Strategy<Value = Event> {
    let right = CancelReport {
        request_id: Some(request_id()),
        payment_id: Some(payment_id()),
    };
    let wrong = CancelReport {
        payment_id: Some(PaymentId::new("OTHER").unwrap()),
        ..right.clone()
    };
    let report =
        prop_oneof![30 => Just(right), 10 => Just(CancelReport::default()), 1 => Just(wrong)];
    answer((any_outcome(), report)).prop_map(Event::CancelAnswered)
}

fn ruling() -> impl Strategy<Value = Event> {
    select(Ruling::ALL.to_vec()).prop_map(resolved)
}

fn refund_asked() -> impl Strategy<Value = Event> {
    (select(refund_names()), some_amount()).prop_map(|(request_id, amount)| {
        Event::RefundAsked(RefundRequest {
            request_id,
            amount,
            reason: None,
        })
    })
}
