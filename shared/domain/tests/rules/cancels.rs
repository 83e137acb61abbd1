//! Cancelling: who may, what POP's answers mean, and what overtakes it (docs/provider.md, "Cancel").

use crate::common::said::{SILENCES, facts_until, payment_id, request_id};
use crate::common::states::{
    AUTOMATIC, MANUAL, ON_REQUEST, after, all, authorized, authorized_with, cancel_refused,
    cancelling, cancelling_by, capture_failed, created, declined, done, doubted, expired,
    in_review, known, orphan, pending, then,
};
use crate::common::table::{Row, check, row};
use crate::common::wishes::{cancel_answered, cancel_answered_with};
use crate::common::{START, at, policy};
use domain::codes::{CancelFailure, cancel_failure};
use domain::message::{Answer, CancelReport};
use domain::plan::{Step, next_step};
use domain::{CancelBy, Event, PaymentId, PaymentRequestId, Seconds};

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

#[test]
fn a_cancel_is_asked_for_until_pop_ends_the_payment_by_itself() {
    let day = |days: i64| START + Seconds::days(days);
    let until = |limit| authorized_with(ON_REQUEST, facts_until(limit));
    let pending_limit = at(1) + policy().pending_limit;
    for (name, payment, limit) in [
        ("pending", pending(MANUAL), pending_limit),
        ("for a day", until(day(1)), day(1)),
        ("for a month", until(day(30)), day(30)),
    ] {
        let payment = cancelling(payment);
        let step = |now| next_step(&payment, now, &policy());
        let cancel = Step::Cancel(payment.id.clone());
        assert_eq!(step(limit - Seconds(1)), cancel, "{name}");
        assert_eq!(step(limit), Step::Inquire, "{name}");
    }
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
fn a_row_without_an_order_can_be_cancelled_too() {
    let over = then(cancelling(orphan()), 60, &cancel_answered("S SUCCESS"));
    assert_eq!(over.status, domain::Status::Cancelled);
    assert_eq!(over.due_at, None);
}
