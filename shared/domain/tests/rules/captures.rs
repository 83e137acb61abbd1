//! What becomes of our capture by POP's answer to it (docs/provider.md, "Capture").

use crate::common::said::{
    SILENCES, capture_id, capture_notified, capture_report, captured, captured_with, inquired,
    our_capture, shown,
};
use crate::common::states::{
    AFTER_A_DAY, AUTOMATIC, MANUAL, ON_REQUEST, after, authorized, capture_failed, done, doubted,
    doubtful, in_process, orphan, pending,
};
use crate::common::table::{check, row};
use crate::common::{at, euros, policy};
use domain::codes::{CaptureFailure, capture_failure};
use domain::message::{AmountSeen, Answer, CaptureReport};
use domain::plan::{CaptureOrder, capture_order};
use domain::{
    CaptureMode, CaptureRequestId, CaptureState, Event, Payment, PaymentId, Seconds, Status,
};

#[test]
fn each_capture_result_leads_where_the_contract_says() {
    check(vec![
        row(
            "captured",
            authorized(MANUAL),
            captured("S SUCCESS"),
            "CAPTURED +captured capture=succeeded moved -> settled",
        ),
        row(
            "captured, after it was in process",
            in_process(),
            captured("S SUCCESS"),
            "CAPTURED +captured capture=succeeded moved -> settled",
        ),
        row(
            "captured, after a refusal that we doubted",
            doubtful(),
            captured("S SUCCESS"),
            "CAPTURED +captured capture=succeeded moved -> settled",
        ),
        row(
            "in process: wait, or find it by asking",
            authorized(MANUAL),
            captured("U CAPTURE_IN_PROCESS"),
            "AUTHORIZED capture=in_process moved -> inquire",
        ),
        row(
            "in process, by the other name",
            authorized(MANUAL),
            captured("U PAYMENT_IN_PROCESS"),
            "AUTHORIZED capture=in_process moved -> inquire",
        ),
        row(
            "unknown: the same capture again",
            authorized(MANUAL),
            captured("U UNKNOWN_EXCEPTION"),
            "AUTHORIZED capture=requested -> capture",
        ),
        row(
            "too many requests",
            authorized(MANUAL),
            captured("U REQUEST_TRAFFIC_EXCEED_LIMIT"),
            "AUTHORIZED capture=requested -> capture",
        ),
        row(
            "a status that we do not know",
            authorized(MANUAL),
            captured("X SUCCESS"),
            "AUTHORIZED capture=requested -> capture",
        ),
        row(
            "an unknown one after it was in process",
            in_process(),
            captured("U UNKNOWN_EXCEPTION"),
            "AUTHORIZED capture=in_process -> inquire",
        ),
        row(
            "success without an amount",
            authorized(MANUAL),
            captured_with("S SUCCESS", without_amount()),
            "AUTHORIZED capture=requested doubt moved -> inquire",
        ),
        row("again", done(), captured("S SUCCESS"), "ignored: Known"),
        row(
            "failed again",
            capture_failed(),
            captured("F PROCESS_FAIL"),
            "ignored: Known",
        ),
        row(
            "late",
            done(),
            captured("U UNKNOWN_EXCEPTION"),
            "ignored: Known",
        ),
    ]);
}

fn without_amount() -> CaptureReport {
    CaptureReport {
        amount: AmountSeen::Absent,
        ..capture_report(&our_capture())
    }
}

#[test]
fn without_an_answer_the_same_capture_is_asked_for_again() {
    let rows = SILENCES.iter().flat_map(|why| {
        let name = why.to_string();
        let silence = Event::CaptureAnswered(our_capture(), Answer::None(*why));
        [
            row(
                &name,
                authorized(MANUAL),
                silence.clone(),
                "AUTHORIZED capture=requested -> capture",
            ),
            row(
                &name,
                in_process(),
                silence.clone(),
                "AUTHORIZED capture=in_process -> inquire",
            ),
            row(&name, done(), silence, "ignored: Known"),
        ]
    });
    check(rows.collect());
}

/// Each code of a failed capture, and the kind of end it is.
const CODES: [(&str, CaptureFailure); 27] = [
    ("AUTH_CANCELLED", CaptureFailure::AuthorizationCancelled),
    ("ORDER_IS_CANCELED", CaptureFailure::AuthorizationCancelled),
    ("ORDER_IS_CANCELLED", CaptureFailure::AuthorizationCancelled),
    ("AUTH_EXPIRED", CaptureFailure::AuthorizationExpired),
    ("AUTH_NOT_FOUND", CaptureFailure::Ask),
    ("SYSTEM_ERROR", CaptureFailure::Ask),
    ("ORDER_STATUS_INVALID", CaptureFailure::Ask),
    ("REPEAT_REQ_INCONSISTENT", CaptureFailure::Ask),
    ("INVALID_SIGNATURE", CaptureFailure::Ask),
    ("SIGNATURE_INVALID", CaptureFailure::Ask),
    ("KEY_NOT_FOUND", CaptureFailure::Ask),
    ("INVALID_CLIENT", CaptureFailure::Ask),
    ("CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT", CaptureFailure::Failed),
    ("MULTI_CAPTURE_NOT_SUPPORTED", CaptureFailure::Failed),
    ("PAYMENT_COUNT_EXCEED_LIMIT", CaptureFailure::Failed),
    ("PROCESS_FAIL", CaptureFailure::Failed),
    ("RISK_REJECT", CaptureFailure::Failed),
    ("USER_AMOUNT_EXCEED_LIMIT", CaptureFailure::Failed),
    ("USER_BALANCE_NOT_ENOUGH", CaptureFailure::Failed),
    ("USER_NOT_EXIST", CaptureFailure::Failed),
    ("USER_STATUS_ABNORMAL", CaptureFailure::Failed),
    ("CURRENCY_NOT_SUPPORT", CaptureFailure::Failed),
    ("INVALID_CONTRACT", CaptureFailure::Failed),
    ("NO_PAY_OPTIONS", CaptureFailure::Failed),
    ("ACCESS_DENIED", CaptureFailure::Failed),
    ("PARAM_ILLEGAL", CaptureFailure::Failed),
    ("A_CODE_OF_NEXT_YEAR", CaptureFailure::Failed),
];

#[test]
fn each_code_of_a_failed_capture_leads_where_the_contract_says() {
    let rows = CODES.iter().flat_map(|(code, kind)| {
        let (message, inquiry) = match kind {
            CaptureFailure::AuthorizationCancelled => {
                let end = "CANCELLED +cancelled capture=lapsed moved -> settled".to_owned();
                (end.clone(), end)
            }
            CaptureFailure::AuthorizationExpired => {
                let end = "EXPIRED +expired capture=lapsed moved -> settled".to_owned();
                (end.clone(), end)
            }
            CaptureFailure::Failed => {
                let end = format!(
                    "CAPTURE_FAILED +capture_failed capture=failed({code}) moved -> settled"
                );
                (end.clone(), end)
            }
            CaptureFailure::Ask => (
                format!("AUTHORIZED capture=doubtful({code}) moved -> inquire"),
                "AUTHORIZED +needs_review capture=requested review=capture_refused moved -> look"
                    .to_owned(),
            ),
        };
        let failure = format!("F {code}");
        let entry = shown(&our_capture(), &format!("FAIL {code}"));
        [
            row(code, authorized(MANUAL), captured(&failure), &message),
            row(
                code,
                authorized(MANUAL),
                capture_notified(&our_capture(), &failure),
                &message,
            ),
            row(
                code,
                authorized(MANUAL),
                inquired("SUCCESS", &[entry]),
                &inquiry,
            ),
        ]
    });
    check(rows.collect());
}

#[test]
fn each_code_of_a_failed_capture_is_sorted() {
    for (code, want) in CODES {
        assert_eq!(capture_failure(code), want, "{code}");
    }
}

#[test]
fn a_refusal_that_settles_nothing_is_explained_by_an_inquiry() {
    let ours = |capture| [shown(&our_capture(), capture)];
    check(vec![
        row(
            "it was captured",
            doubtful(),
            inquired("SUCCESS", &ours("SUCCESS SUCCESS")),
            "CAPTURED +captured capture=succeeded moved -> settled",
        ),
        row(
            "it is in process",
            doubtful(),
            inquired("SUCCESS", &ours("PROCESSING PAYMENT_IN_PROCESS")),
            "AUTHORIZED capture=in_process moved -> inquire",
        ),
        row(
            "it failed",
            doubtful(),
            inquired("SUCCESS", &ours("FAIL PROCESS_FAIL")),
            "CAPTURE_FAILED +capture_failed capture=failed(PROCESS_FAIL) moved -> settled",
        ),
        row(
            "the authorisation is gone",
            doubtful(),
            inquired("CANCELLED", &[]),
            "CANCELLED +cancelled capture=lapsed moved -> settled",
        ),
        row(
            "POP shows an authorised payment without captures: a person must look",
            doubtful(),
            inquired("SUCCESS", &[]),
            "AUTHORIZED +needs_review capture=doubtful(ORDER_STATUS_INVALID) \
             review=capture_refused moved -> look",
        ),
        row(
            "POP is not done with the payment: ask again",
            doubtful(),
            inquired("PROCESSING", &[]),
            "AUTHORIZED capture=doubtful(ORDER_STATUS_INVALID) -> inquire",
        ),
        row(
            "no answer",
            doubtful(),
            Event::Inquired(Answer::None(SILENCES[0])),
            "AUTHORIZED capture=doubtful(ORDER_STATUS_INVALID) -> inquire",
        ),
    ]);
}

#[test]
fn an_answer_about_something_else_goes_to_review() {
    let with = |change: fn(&mut CaptureReport)| {
        let mut report = capture_report(&our_capture());
        change(&mut report);
        captured_with("S SUCCESS", report)
    };
    let review = |reason: &str| {
        format!("AUTHORIZED +needs_review capture=requested review={reason} moved -> look")
    };
    check(vec![
        row(
            "another capture's id",
            authorized(MANUAL),
            with(|r| r.request_id = Some(CaptureRequestId::new("OTHER").unwrap())),
            &review("wrong_payment"),
        ),
        row(
            "another payment's id",
            authorized(MANUAL),
            with(|r| r.payment_id = Some(PaymentId::new("OTHER").unwrap())),
            &review("payment_id_mismatch"),
        ),
        row(
            "less",
            authorized(MANUAL),
            with(|r| r.amount = AmountSeen::Is(euros(7_999))),
            &review("amount_mismatch"),
        ),
        row(
            "more",
            authorized(MANUAL),
            with(|r| r.amount = AmountSeen::Is(euros(80_000))),
            &review("amount_mismatch"),
        ),
        row(
            "unreadable",
            authorized(MANUAL),
            with(|r| r.amount = AmountSeen::Unreadable),
            &review("amount_mismatch"),
        ),
    ]);
}

#[test]
fn an_answer_that_names_no_ids_is_about_the_capture_that_was_asked_for() {
    let report = CaptureReport {
        request_id: None,
        payment_id: None,
        capture_id: Some(capture_id("CAP_9")),
        amount: AmountSeen::Is(crate::common::amount()),
    };
    let payment = after(
        &authorized(MANUAL),
        &captured_with("S SUCCESS", report),
        at(60),
    );
    assert_eq!(payment.captures[0].state, CaptureState::Succeeded);
    assert_eq!(payment.captures[0].capture_id, Some(capture_id("CAP_9")));
}

#[test]
fn every_retry_of_a_capture_carries_the_same_id_and_amount() {
    let order = CaptureOrder {
        request_id: our_capture(),
        payment_id: crate::common::said::payment_id(),
        amount: crate::common::amount(),
    };
    let mut payment = authorized(MANUAL);
    for seconds in 10..40 {
        assert_eq!(capture_order(&payment, at(seconds)), Some(order.clone()));
        let why = SILENCES[usize::try_from(seconds).unwrap() % SILENCES.len()];
        let silence = Event::CaptureAnswered(our_capture(), Answer::None(why));
        payment = after(&payment, &silence, at(seconds));
    }
}

#[test]
fn nothing_is_captured_by_us_unless_it_is_ours_clear_and_in_time() {
    let misfit = crate::common::said::misfits().remove(0).0;
    let in_review = after(
        &authorized(MANUAL),
        &crate::common::said::notified_with("S SUCCESS", misfit),
        at(60),
    );
    let limit = authorized(MANUAL).capture_by.unwrap();
    let soon = at(60);
    let with = |change: fn(&mut Payment)| {
        let mut payment = authorized(MANUAL);
        change(&mut payment);
        payment
    };
    let cases: [(&str, Payment, _, bool); 16] = [
        ("wanted", authorized(MANUAL), soon, true),
        (
            "the last moment",
            authorized(MANUAL),
            limit - Seconds(1),
            true,
        ),
        ("at the limit", authorized(MANUAL), limit, false),
        ("after it", authorized(MANUAL), limit + Seconds(1), false),
        ("not asked for", authorized(ON_REQUEST), soon, false),
        ("not yet", authorized(AFTER_A_DAY), soon, false),
        ("POP's", authorized(AUTOMATIC), soon, false),
        ("mode unknown", orphan(), soon, false),
        ("not authorised", pending(MANUAL), soon, false),
        ("in process", in_process(), soon, false),
        ("refused", doubtful(), soon, false),
        ("in review", in_review, soon, false),
        ("in doubt", doubted(authorized(MANUAL)), at(901), false),
        // No row should ever say so; if one does, no money is taken.
        (
            "asked for, and POP's to make",
            with(|p| p.capture_mode = CaptureMode::Automatic),
            soon,
            false,
        ),
        (
            "asked for, and over",
            with(|p| p.status = Status::Cancelled),
            soon,
            false,
        ),
        (
            "without POP's id",
            with(|p| p.payment_id = None),
            soon,
            false,
        ),
    ];
    for (name, payment, now, want) in cases {
        assert_eq!(capture_order(&payment, now).is_some(), want, "{name}");
        let step = domain::plan::next_step(&payment, now, &policy());
        let captures = matches!(step, domain::plan::Step::Capture(_));
        assert_eq!(captures, want, "{name}");
    }
}
