//! What POP's answers to the call for a refund mean (docs/provider.md, "Refund").

use crate::common::said::{SILENCES, outcome};
use crate::common::states::{ON_REQUEST, authorized, done, refunding};
use crate::common::table::{check, row};
use crate::common::wishes::{
    refund_answered, refund_answered_with, refund_id, refund_notified, refund_report,
};
use crate::common::{at, euros, policy};
use domain::codes::{RefundFailure, refund_failure};
use domain::message::{AmountSeen, Answer, RefundReport, ReportedStatus};
use domain::{Event, Money, PaymentId, RefundRequestId, RefundState, Seconds};

/// Each code of a refused refund, and what it means.
const CODES: [(&str, RefundFailure); 14] = [
    ("REPEAT_REQ_INCONSISTENT", RefundFailure::Ask),
    ("SYSTEM_ERROR", RefundFailure::Ask),
    ("INVALID_SIGNATURE", RefundFailure::NotProcessed),
    ("SIGNATURE_INVALID", RefundFailure::NotProcessed),
    ("KEY_NOT_FOUND", RefundFailure::NotProcessed),
    ("INVALID_CLIENT", RefundFailure::NotProcessed),
    ("REFUND_AMOUNT_EXCEED", RefundFailure::Failed),
    ("REFUND_WINDOW_EXCEED", RefundFailure::Failed),
    ("ORDER_NOT_EXIST", RefundFailure::Failed),
    ("ORDER_STATUS_INVALID", RefundFailure::Failed),
    ("PROCESS_FAIL", RefundFailure::Failed),
    ("ACCESS_DENIED", RefundFailure::Failed),
    ("PARAM_ILLEGAL", RefundFailure::Failed),
    ("A_CODE_OF_NEXT_YEAR", RefundFailure::Failed),
];

#[test]
fn each_code_of_a_refused_refund_leads_where_the_contract_says() {
    let rows = CODES.map(|(code, kind)| {
        assert_eq!(refund_failure(code), kind, "{code}");
        let want = match kind {
            RefundFailure::Ask => {
                format!(
                    "CAPTURED capture=succeeded refund=doubtful({code}) moved -> inquire_refund"
                )
            }
            RefundFailure::NotProcessed => {
                "CAPTURED capture=succeeded refund=requested -> refund".to_owned()
            }
            RefundFailure::Failed => format!(
                "CAPTURED +refund_failed capture=succeeded refund=failed({code}) moved -> settled"
            ),
        };
        row(
            code,
            refunding(),
            refund_answered(&format!("F {code}")),
            &want,
        )
    });
    // The first answer to name the refund's own id at POP is evidence, whatever else it says.
    let rows = rows.map(|row| row.named_before());
    check(rows.into());
}

#[test]
fn each_answer_to_a_refund_leads_where_the_contract_says() {
    let again = "CAPTURED capture=succeeded refund=requested -> refund";
    let done = "CAPTURED +refunded capture=succeeded refund=succeeded moved -> settled";
    let in_process = "CAPTURED capture=succeeded refund=in_process moved -> inquire_refund";
    let unpriced = RefundReport {
        amount: AmountSeen::Absent,
        ..refund_report(ReportedStatus::Other)
    };
    let unpriced = refund_answered_with("S SUCCESS", unpriced);
    let rows = [
        ("success", refund_answered("S SUCCESS"), done),
        ("success of no amount", unpriced, in_process),
        (
            "in process",
            refund_answered("U REFUND_IN_PROCESS"),
            in_process,
        ),
        ("unknown", refund_answered("U UNKNOWN_EXCEPTION"), again),
        (
            "too often",
            refund_answered("U REQUEST_TRAFFIC_EXCEED_LIMIT"),
            again,
        ),
        ("a new status", refund_answered("X SUCCESS"), again),
    ];
    let rows = rows.map(|(name, event, want)| row(name, refunding(), event, want).named_before());
    let silences = SILENCES.map(|why| {
        let silence = Event::RefundAnswered(refund_id("REFUND_1"), Answer::None(why));
        row(&why.to_string(), refunding(), silence, again)
    });
    check(rows.into_iter().chain(silences).collect());
}

#[test]
fn an_answer_about_a_refund_that_nobody_asked_for_is_not_acted_on() {
    let unknown = "ignored: Known";
    let answer = || Answer::Verified(outcome("S SUCCESS"), refund_report(ReportedStatus::Success));
    let other = || RefundRequestId::new("REFUND_9").unwrap();
    check(vec![
        row(
            "answer",
            done(),
            Event::RefundAnswered(other(), answer()),
            unknown,
        ),
        row(
            "inquiry",
            done(),
            Event::RefundInquired(other(), answer()),
            unknown,
        ),
        row(
            "notification",
            done(),
            refund_notified("S SUCCESS", "SUCCESS"),
            unknown,
        ),
        row(
            "not even authorised",
            authorized(ON_REQUEST),
            refund_notified("S SUCCESS", "SUCCESS"),
            unknown,
        ),
    ]);
}

#[test]
fn an_answer_that_does_not_fit_goes_to_review() {
    let with = |change: fn(&mut RefundReport)| {
        let mut report = refund_report(ReportedStatus::Success);
        change(&mut report);
        report
    };
    let misfits = [
        (
            with(|r| r.request_id = Some(refund_id("REFUND_2"))),
            "wrong_payment",
        ),
        (
            with(|r| r.payment_id = Some(PaymentId::new("OTHER").unwrap())),
            "payment_id_mismatch",
        ),
        (
            with(|r| r.amount = AmountSeen::Is(euros(7_999))),
            "amount_mismatch",
        ),
        (
            with(|r| r.amount = AmountSeen::Is(Money::from_wire("8000", "USD").unwrap())),
            "amount_mismatch",
        ),
        (
            with(|r| r.amount = AmountSeen::Unreadable),
            "amount_mismatch",
        ),
    ];
    let mut rows = Vec::new();
    for (report, reason) in misfits {
        let want = format!(
            "CAPTURED +needs_review capture=succeeded refund=requested review={reason} moved -> look"
        );
        for result in ["S SUCCESS", "F PROCESS_FAIL", "U REFUND_IN_PROCESS"] {
            use crate::common::wishes::{refund_inquired_with, refund_notified_with};
            for event in [
                refund_answered_with(result, report.clone()),
                refund_inquired_with(result, report.clone()),
                refund_notified_with(outcome(result), report.clone()),
            ] {
                rows.push(row(reason, refunding(), event, &want));
            }
        }
    }
    check(rows);
}

#[test]
fn a_refund_that_pop_answers_and_never_settles_goes_to_a_person() {
    let limit = at(50) + policy().refund_limit;
    let again = "CAPTURED capture=succeeded refund=requested -> refund";
    let review = "CAPTURED +needs_review capture=succeeded refund=requested \
                  review=refund_unclear moved -> look";
    let mut rows = Vec::new();
    for result in ["U UNKNOWN_EXCEPTION", "F INVALID_SIGNATURE", "X SUCCESS"] {
        let answer = || refund_answered(result);
        let early = row(result, refunding(), answer(), again).named_before();
        rows.push(early.at(limit - Seconds(1)));
        rows.push(
            row(result, refunding(), answer(), review)
                .named_before()
                .at(limit),
        );
    }
    let silence = Event::RefundAnswered(refund_id("REFUND_1"), Answer::None(SILENCES[0]));
    rows.push(row("silence says nothing", refunding(), silence, again).at(limit));
    check(rows);
    let state = &refunding().refunds[0].state;
    assert_eq!(*state, RefundState::Requested);
}
