//! Cancelling: who may, what POP's answers mean, and what overtakes it (docs/provider.md, "Cancel").

use crate::common::said::{
    SILENCES, automatic_capture, capture_notified, inquired, notified, our_capture, pay,
    payment_id, request_id, shown,
};
use crate::common::states::{
    AFTER_A_DAY, AUTOMATIC, MANUAL, ON_REQUEST, TIME_TO_PAY, after, all, authorized,
    cancel_refused, cancelling, cancelling_by, capture_failed, created, declined, done, doubted,
    expired, in_review, known, orphan, pending, then,
};
use crate::common::table::{Row, check, row};
use crate::common::wishes::{cancel_answered, cancel_answered_with, capture_asked};
use crate::common::{at, policy};
use domain::codes::{CancelFailure, cancel_failure};
use domain::message::{Answer, CancelReport};
use domain::plan::{Step, capture_order, next_step};
use domain::{CancelBy, Event, Payment, PaymentId, PaymentRequestId, Seconds};

#[test]
fn what_is_not_paid_out_can_be_cancelled() {
    let wanted = |status: &str| format!("{status} cancel=requested moved -> cancel");
    let not = "ignored: NotCancellable".to_owned();
    let rows = all().into_iter().map(|(name, before)| {
        let want = match name {
            "created" => "CANCELLED +cancelled cancel=done moved -> settled".to_owned(),
            "pending" | "known to POP" => wanted("PENDING"),
            "authorized, automatic"
            | "authorized, on request"
            | "authorized, after a day"
            | "without an order" => wanted("AUTHORIZED"),
            "cancelled" => "ignored: Known".to_owned(),
            _ => not.clone(),
        };
        row(name, before, Event::CancelAsked(CancelBy::Merchant), &want)
    });
    check(rows.collect());
}

#[test]
fn the_buyer_leaves_only_what_is_not_paid() {
    let ask = || Event::CancelAsked(CancelBy::Buyer);
    let not = "ignored: NotCancellable";
    check(vec![
        row(
            "before pay was called, to try again",
            created(MANUAL),
            ask(),
            "CANCELLED +cancelled cancel=done moved -> look",
        ),
        row(
            "during 3-D Secure",
            known(MANUAL),
            ask(),
            "PENDING cancel=requested moved -> cancel",
        ),
        row("paid meanwhile", authorized(AUTOMATIC), ask(), not),
        row("refused", declined(), ask(), not),
    ]);
}

#[test]
fn a_wish_to_cancel_is_written_once_and_may_come_again_after_a_refusal() {
    let ask = || Event::CancelAsked(CancelBy::Merchant);
    check(vec![
        row(
            "again",
            cancelling(pending(MANUAL)),
            ask(),
            "ignored: Known",
        ),
        row(
            "after a refusal",
            cancel_refused(authorized(ON_REQUEST)),
            ask(),
            "AUTHORIZED cancel=requested moved -> cancel",
        ),
        row(
            "in review",
            in_review(authorized(ON_REQUEST)),
            ask(),
            "ignored: NotCancellable",
        ),
        row(
            "in doubt: what is true comes first",
            doubted(authorized(ON_REQUEST)),
            ask(),
            "AUTHORIZED cancel=requested doubt moved -> inquire",
        )
        .at(at(1_000)),
    ]);
}

/// Each code of a refused cancellation, and what it means.
const CODES: [(&str, CancelFailure); 14] = [
    ("ORDER_IS_CANCELED", CancelFailure::AlreadyCancelled),
    ("ORDER_IS_CANCELLED", CancelFailure::AlreadyCancelled),
    ("AUTH_CANCELLED", CancelFailure::AlreadyCancelled),
    ("ORDER_NOT_EXIST", CancelFailure::Unknown),
    ("SYSTEM_ERROR", CancelFailure::NotProcessed),
    ("INVALID_SIGNATURE", CancelFailure::NotProcessed),
    ("KEY_NOT_FOUND", CancelFailure::NotProcessed),
    ("INVALID_CLIENT", CancelFailure::NotProcessed),
    ("ACCESS_DENIED", CancelFailure::Refused),
    ("CANCEL_WINDOW_EXCEED", CancelFailure::Refused),
    ("ORDER_STATUS_INVALID", CancelFailure::Refused),
    ("PROCESS_FAIL", CancelFailure::Refused),
    ("PARAM_ILLEGAL", CancelFailure::Refused),
    ("A_CODE_OF_NEXT_YEAR", CancelFailure::Refused),
];

#[test]
fn each_code_of_a_refused_cancellation_is_sorted() {
    for (code, want) in CODES {
        assert_eq!(cancel_failure(code), want, "{code}");
    }
}

/// The rows of one answer, for a payment that is not known to POP, known to it, and authorised.
fn in_each_state(answer: &Event, name: &str, want: impl Fn(&str) -> String) -> Vec<Row> {
    let states = [
        ("PENDING", pending(MANUAL)),
        ("PENDING", known(MANUAL)),
        ("AUTHORIZED", authorized(ON_REQUEST)),
        ("AUTHORIZED", authorized(AUTOMATIC)),
    ];
    let rows = states.into_iter().map(|(status, before)| {
        let name = format!("{name}, {status}");
        row(&name, cancelling(before), answer.clone(), &want(status))
    });
    rows.collect()
}

#[test]
fn each_answer_to_a_cancel_leads_where_the_contract_says() {
    let over = |_: &str| "CANCELLED +cancelled cancel=done moved -> settled".to_owned();
    let again = |status: &str| format!("{status} cancel=requested -> cancel");
    let mut rows = in_each_state(&cancel_answered("S SUCCESS"), "success", over);
    for unsettled in [
        "U UNKNOWN_EXCEPTION",
        "U REQUEST_TRAFFIC_EXCEED_LIMIT",
        "U A_NEW_CODE",
        "X SUCCESS",
    ] {
        rows.extend(in_each_state(&cancel_answered(unsettled), unsettled, again));
    }
    for why in SILENCES {
        let silence = Event::CancelAnswered(Answer::None(why));
        rows.extend(in_each_state(&silence, &why.to_string(), again));
    }
    for (code, kind) in CODES {
        let refused = |status: &str| {
            format!("{status} +cancel_failed cancel=refused({code}) doubt moved -> inquire")
        };
        let answer = cancel_answered(&format!("F {code}"));
        match kind {
            CancelFailure::AlreadyCancelled => rows.extend(in_each_state(&answer, code, over)),
            CancelFailure::NotProcessed => rows.extend(in_each_state(&answer, code, again)),
            CancelFailure::Refused => rows.extend(in_each_state(&answer, code, refused)),
            CancelFailure::Unknown => {} // depends on the time, below
        }
    }
    check(rows);
}

#[test]
fn a_cancel_that_pop_does_not_know_is_over_only_after_a_while() {
    let not_exist = || cancel_answered_with("F ORDER_NOT_EXIST", CancelReport::default());
    let grace = 1 + policy().not_exist_grace.0;
    let refused = |status: &str| {
        format!("{status} +cancel_failed cancel=refused(ORDER_NOT_EXIST) doubt moved -> inquire")
    };
    check(vec![
        row(
            "the call to pay may be under way",
            cancelling(pending(MANUAL)),
            not_exist(),
            "PENDING cancel=requested -> cancel",
        )
        .at(at(grace - 1)),
        row(
            "it never arrived",
            cancelling(pending(MANUAL)),
            not_exist(),
            "CANCELLED +cancelled cancel=done moved -> settled",
        )
        .at(at(grace)),
        row(
            "POP knew it before",
            cancelling(known(MANUAL)),
            not_exist(),
            &refused("PENDING"),
        ),
        row(
            "POP authorised it before",
            cancelling(authorized(ON_REQUEST)),
            not_exist(),
            &refused("AUTHORIZED"),
        )
        .at(at(grace)),
    ]);
}

#[test]
fn an_answer_that_nobody_waits_for_is_held_against_the_row() {
    let states = [
        ("PENDING", pending(MANUAL)),
        ("AUTHORIZED", authorized(ON_REQUEST)),
        ("CAPTURED", done()),
        ("DECLINED", declined()),
        ("EXPIRED", expired()),
    ];
    let mut rows = Vec::new();
    for (name, before) in states {
        for result in [
            "F ACCESS_DENIED",
            "F ORDER_NOT_EXIST",
            "U UNKNOWN_EXCEPTION",
        ] {
            let answer = cancel_answered(result);
            rows.push(row(name, before.clone(), answer, "ignored: Known"));
        }
    }
    let success = || cancel_answered("S SUCCESS");
    let over = "CANCELLED +cancelled moved -> settled";
    rows.extend([
        row("pending", known(MANUAL), success(), over),
        row("authorised", authorized(AUTOMATIC), success(), over),
        row("refused", declined(), success(), "ignored: Known"),
        row("expired", expired(), success(), "ignored: Known"),
        row(
            "captured",
            done(),
            success(),
            "CAPTURED capture=succeeded doubt moved -> inquire",
        ),
        row(
            "its capture failed",
            capture_failed(),
            success(),
            "CAPTURE_FAILED capture=failed(PROCESS_FAIL) doubt moved -> inquire",
        ),
    ]);
    check(rows);
}

#[test]
fn an_answer_about_another_payment_goes_to_review() {
    let with = |request: &str, payment: Option<PaymentId>| CancelReport {
        request_id: Some(PaymentRequestId::new(request).unwrap()),
        payment_id: payment,
    };
    let other = || PaymentId::new("OTHER").unwrap();
    let own = request_id();
    let rows = ["S SUCCESS", "F ACCESS_DENIED", "U UNKNOWN_EXCEPTION"].map(|result| {
        [
            (with("PAY_2", Some(payment_id())), "wrong_payment"),
            (with(own.as_str(), Some(other())), "payment_id_mismatch"),
        ]
        .map(|(report, reason)| {
            row(
                result,
                cancelling(authorized(ON_REQUEST)),
                cancel_answered_with(result, report),
                &format!("AUTHORIZED +needs_review cancel=requested review={reason} moved -> look"),
            )
        })
    });
    check(rows.into_iter().flatten().collect());
}

#[test]
fn what_pop_says_of_the_payment_overtakes_a_cancellation() {
    let notice = |result| capture_notified(&automatic_capture(), result);
    let theirs = [shown(&automatic_capture(), "SUCCESS SUCCESS")];
    check(vec![
        row(
            "authorised meanwhile: nothing is captured, and it is still cancelled",
            cancelling(pending(MANUAL)),
            notified("S SUCCESS"),
            "AUTHORIZED +authorized cancel=requested moved -> cancel",
        ),
        row(
            "authorised by the answer to pay",
            cancelling(pending(AFTER_A_DAY)),
            pay("S SUCCESS"),
            "AUTHORIZED +authorized cancel=requested moved -> cancel",
        ),
        row(
            "refused meanwhile",
            cancelling(pending(MANUAL)),
            notified("F DO_NOT_HONOR"),
            "DECLINED +declined cancel=done moved -> look",
        ),
        row(
            "closed meanwhile",
            cancelling(pending(MANUAL)),
            notified("F ORDER_IS_CLOSED"),
            "EXPIRED +expired cancel=done moved -> settled",
        ),
        row(
            "captured meanwhile",
            cancelling(authorized(AUTOMATIC)),
            notice("S SUCCESS"),
            "CAPTURED +cancel_failed +captured capture=succeeded cancel=refused(ALREADY_CAPTURED) \
             moved -> settled",
        ),
        row(
            "authorised and captured meanwhile",
            cancelling(known(AUTOMATIC)),
            inquired("SUCCESS", &theirs),
            "CAPTURED +authorized +cancel_failed +captured capture=succeeded \
             cancel=refused(ALREADY_CAPTURED) moved -> settled",
        ),
        row(
            "the capture failed for good",
            cancelling(authorized(AUTOMATIC)),
            notice("F PROCESS_FAIL"),
            "CAPTURE_FAILED +cancel_failed +capture_failed capture=failed(PROCESS_FAIL) \
             cancel=refused(PROCESS_FAIL) moved -> settled",
        ),
        row(
            "the capture failed in a way that settles nothing",
            cancelling(authorized(AUTOMATIC)),
            notice("F SYSTEM_ERROR"),
            "AUTHORIZED capture=doubtful(SYSTEM_ERROR) cancel=requested moved -> cancel",
        ),
        row(
            "the capture failed because it is cancelled",
            cancelling(authorized(AUTOMATIC)),
            notice("F AUTH_CANCELLED"),
            "CANCELLED +cancelled capture=lapsed cancel=done moved -> settled",
        ),
    ]);
}

#[test]
fn what_an_inquiry_shows_cancelled_is_cancelled_as_asked_whatever_the_hour() {
    let late = at(TIME_TO_PAY.0 + 60);
    let after_limit = authorized(ON_REQUEST).capture_by.unwrap() + Seconds(60);
    let over = "CANCELLED +cancelled cancel=done moved -> settled";
    check(vec![
        row(
            "in time",
            cancelling(known(MANUAL)),
            inquired("CANCELLED", &[]),
            over,
        ),
        row(
            "after the time to pay",
            cancelling(known(MANUAL)),
            inquired("CANCELLED", &[]),
            over,
        )
        .at(late),
        row(
            "after the limit of the capture",
            cancelling(authorized(ON_REQUEST)),
            inquired("CANCELLED", &[]),
            over,
        )
        .at(after_limit),
    ]);
}

#[test]
fn the_end_says_who_wanted_it() {
    for (by, code) in [
        (CancelBy::Merchant, "CANCELLED_BY_MERCHANT"),
        (CancelBy::Buyer, "CANCELLED_BY_BUYER"),
    ] {
        let at_once = after(&created(MANUAL), &Event::CancelAsked(by), at(60));
        let by_pop = after(
            &cancelling_by(pending(MANUAL), by),
            &cancel_answered("S SUCCESS"),
            at(60),
        );
        for ended in [at_once, by_pop] {
            assert_eq!(ended.end_code.as_deref(), Some(code));
            assert_eq!(ended.cancel.as_ref().map(|cancel| cancel.by), Some(by));
        }
    }
}

#[test]
fn what_was_cancelled_and_is_told_of_otherwise_is_asked_about() {
    let over = |payment| then(cancelling(payment), 60, &cancel_answered("S SUCCESS"));
    let doubt = "CANCELLED cancel=done doubt moved -> inquire";
    let capture = || capture_notified(&our_capture(), "S SUCCESS");
    let doubted = || then(over(known(AUTOMATIC)), 61, &notified("S SUCCESS"));
    let ours = [shown(&automatic_capture(), "SUCCESS SUCCESS")];
    let review = |reason: &str| {
        format!("CANCELLED +needs_review cancel=done doubt review={reason} moved -> look")
    };
    check(vec![
        row(
            "a late word of its authorisation",
            over(authorized(ON_REQUEST)),
            notified("S SUCCESS"),
            "ignored: Known",
        ),
        row(
            "never authorised as far as we knew",
            over(known(MANUAL)),
            notified("S SUCCESS"),
            doubt,
        ),
        row(
            "captured by POP",
            over(authorized(AUTOMATIC)),
            capture_notified(&automatic_capture(), "S SUCCESS"),
            doubt,
        ),
        row(
            "captured, and not by us",
            over(authorized(ON_REQUEST)),
            capture(),
            "CANCELLED +needs_review cancel=done review=foreign_capture moved -> look",
        ),
        row(
            "the inquiry agrees",
            doubted(),
            inquired("CANCELLED", &[]),
            "CANCELLED cancel=done moved -> settled",
        ),
        row(
            "the inquiry shows it authorised",
            doubted(),
            inquired("SUCCESS", &[]),
            &review("contradiction"),
        ),
        row(
            "the inquiry shows it captured",
            doubted(),
            inquired("SUCCESS", &ours),
            &review("contradiction"),
        ),
    ]);
}

#[test]
fn in_review_an_answer_is_kept_and_not_acted_on() {
    let reviewed = in_review(cancelling(authorized(ON_REQUEST)));
    let same = "AUTHORIZED cancel=requested review=amount_mismatch moved -> look";
    let silence = Event::CancelAnswered(Answer::None(SILENCES[0]));
    check(vec![
        row(
            "success",
            reviewed.clone(),
            cancel_answered("S SUCCESS"),
            same,
        ),
        row(
            "refusal",
            reviewed.clone(),
            cancel_answered("F ACCESS_DENIED"),
            same,
        ),
        row(
            "silence",
            reviewed,
            silence,
            "AUTHORIZED cancel=requested review=amount_mismatch -> look",
        ),
    ]);
}

#[test]
fn nothing_is_captured_while_a_cancellation_is_open_or_after_its_refusal_unless_asked() {
    let ask = || capture_asked(1, None);
    let guard = authorized(AFTER_A_DAY).capture_by.unwrap() - policy().capture_margin;
    let refused = || cancel_refused(authorized(AFTER_A_DAY));
    let captures = |payment: &Payment, now| {
        let wanted = matches!(next_step(payment, now, &policy()), Step::Capture(_));
        wanted || capture_order(payment, now).is_some()
    };
    let open = cancelling(authorized(AFTER_A_DAY));
    assert!(!captures(&open, guard) && !captures(&refused(), guard));
    check(vec![
        row(
            "asked while it is open",
            open.clone(),
            ask(),
            "ignored: NothingToCapture",
        ),
        row(
            "its time while it is open",
            open,
            Event::TimePassed,
            "AUTHORIZED cancel=requested -> cancel",
        )
        .at(guard),
        row(
            "its time after a refusal: the merchant is warned",
            refused(),
            Event::TimePassed,
            "AUTHORIZED +capture_due cancel=refused(ACCESS_DENIED) moved -> inquire",
        )
        .at(guard),
        row(
            "asked after a refusal",
            refused(),
            ask(),
            "AUTHORIZED +hint capture=requested cancel=refused(ACCESS_DENIED) moved -> capture",
        ),
        row(
            "authorised after a refusal",
            then(
                cancelling(known(MANUAL)),
                55,
                &cancel_answered("F ACCESS_DENIED"),
            ),
            notified("S SUCCESS"),
            "AUTHORIZED +authorized cancel=refused(ACCESS_DENIED) doubt moved -> inquire",
        ),
    ]);
}

#[test]
fn a_cancellation_that_pop_never_settles_ends_with_the_payment() {
    let authorized = cancelling(authorized(ON_REQUEST));
    let pending = cancelling(known(MANUAL));
    let limit = authorized.capture_by.unwrap();
    let too_long = at(1) + policy().pending_limit;
    for (payment, limit) in [(&authorized, limit), (&pending, too_long)] {
        let before = next_step(payment, limit - Seconds(1), &policy());
        assert_eq!(before, Step::Cancel(request_id()));
        assert_eq!(next_step(payment, limit, &policy()), Step::Inquire);
    }
    check(vec![
        row(
            "authorised and nothing said of its end",
            authorized,
            inquired("SUCCESS", &[]),
            "AUTHORIZED +needs_review cancel=requested review=capture_never_came moved -> look",
        )
        .at(limit + policy().confirm_window),
        row(
            "pending for ever",
            pending,
            inquired("PROCESSING", &[]),
            "PENDING +needs_review cancel=requested review=pending_too_long moved -> look",
        )
        .at(too_long),
    ]);
}

#[test]
fn a_row_without_an_order_can_be_cancelled_too() {
    let over = then(cancelling(orphan()), 60, &cancel_answered("S SUCCESS"));
    assert_eq!(over.status, domain::Status::Cancelled);
    assert_eq!(over.due_at, None);
}
