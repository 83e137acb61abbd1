//! How a refund ends: by notifyRefund, by an inquiry about it, and what happens to words against its end.

use crate::common::said::{SILENCES, inquired, our_capture, outcome, shown};
use crate::common::states::{after, in_review, refunding, then};
use crate::common::table::{Row, check, row};
use crate::common::wishes::{
    refund_answered, refund_answered_with, refund_id, refund_inquired, refund_inquired_with,
    refund_notified, refund_notified_with, refund_report,
};
use crate::common::{at, policy};
use domain::message::{AmountSeen, Answer, RefundReport, ReportedStatus};
use domain::{Event, Payment, Seconds};

const IN_PROCESS: &str = "CAPTURED capture=succeeded refund=in_process moved -> inquire_refund";
const SUCCEEDED: &str = "CAPTURED +refunded capture=succeeded refund=succeeded moved -> settled";
const STATUSES: [&str; 6] = ["SUCCESS", "FAIL", "CANCELLED", "PROCESSING", "PENDING", ""];

fn named(payment: Payment) -> Payment {
    then(payment, 55, &refund_answered("U UNKNOWN_EXCEPTION"))
}

fn requested() -> Payment {
    named(refunding())
}

fn in_process() -> Payment {
    then(refunding(), 55, &refund_answered("U REFUND_IN_PROCESS"))
}

fn doubtful() -> Payment {
    then(
        refunding(),
        55,
        &refund_answered("F REPEAT_REQ_INCONSISTENT"),
    )
}

fn succeeded() -> Payment {
    then(refunding(), 55, &refund_answered("S SUCCESS"))
}

fn failed() -> Payment {
    then(refunding(), 55, &refund_answered("F PROCESS_FAIL"))
}

/// Succeeded, and told to have failed.
fn success_contested() -> Payment {
    then(succeeded(), 57, &refund_notified("F PROCESS_FAIL", "FAIL"))
}

/// Failed, and told to have succeeded.
fn failure_contested() -> Payment {
    then(failed(), 57, &refund_notified("S SUCCESS", "SUCCESS"))
}

fn ended_badly(code: &str) -> String {
    format!("CAPTURED +refund_failed capture=succeeded refund=failed({code}) moved -> settled")
}

#[test]
fn each_refund_notification_leads_where_the_contract_says() {
    let mut rows = Vec::new();
    for status in STATUSES {
        for result in ["S SUCCESS", "F RISK_REJECT", "U UNKNOWN_EXCEPTION"] {
            let want = match (status, &result[..1]) {
                ("SUCCESS", "S") => SUCCEEDED.to_owned(),
                ("FAIL" | "CANCELLED" | "", "F") => ended_badly("RISK_REJECT"),
                // The status is the refund's own; the code of a result that is no failure is no reason.
                ("FAIL" | "CANCELLED", _) => ended_badly("REFUND_FAILED"),
                // Nothing that settles it: ask.
                _ => IN_PROCESS.to_owned(),
            };
            let name = format!("{status:?} with {result}");
            let event = || refund_notified(result, status);
            rows.push(row(&name, requested(), event(), &want));
            rows.push(row(&name, doubtful(), event(), &want));
        }
    }
    check(rows);
}

#[test]
fn a_refund_notification_after_the_end_agrees_or_is_asked_about() {
    let mut rows = Vec::new();
    let known = "ignored: Known";
    for status in STATUSES {
        for result in ["S SUCCESS", "F PROCESS_FAIL", "U UNKNOWN_EXCEPTION"] {
            let word = match (status, &result[..1]) {
                ("SUCCESS", "S") => "good",
                ("FAIL" | "CANCELLED", _) | ("", "F") => "bad",
                ("PROCESSING" | "PENDING", _) | ("", "S") => "late",
                _ => "unclear",
            };
            let against = |state: &str| {
                format!("CAPTURED capture=succeeded refund={state}! moved -> inquire_refund")
            };
            let name = format!("{status:?} with {result}");
            let event = || refund_notified(result, status);
            let of_success = match word {
                "good" | "late" => known.to_owned(),
                _ => against("succeeded"),
            };
            let of_failure = match word {
                "bad" | "late" => known.to_owned(),
                _ => against("failed(PROCESS_FAIL)"),
            };
            rows.push(row(&name, succeeded(), event(), &of_success));
            rows.push(row(&name, failed(), event(), &of_failure));
        }
    }
    check(rows);
}

#[test]
fn an_answer_after_the_end_agrees_or_is_asked_about() {
    let known = "ignored: Known";
    let against =
        |state: &str| format!("CAPTURED capture=succeeded refund={state}! moved -> inquire_refund");
    check(vec![
        row(
            "success again",
            succeeded(),
            refund_answered("S SUCCESS"),
            known,
        ),
        row(
            "failure again",
            failed(),
            refund_answered("F PROCESS_FAIL"),
            known,
        ),
        row(
            "late",
            succeeded(),
            refund_answered("U REFUND_IN_PROCESS"),
            known,
        ),
        row(
            "unsettled",
            failed(),
            refund_answered("F SYSTEM_ERROR"),
            known,
        ),
        row(
            "unsettled",
            succeeded(),
            refund_answered("F INVALID_SIGNATURE"),
            known,
        ),
        row(
            "success, then failure",
            succeeded(),
            refund_answered("F PROCESS_FAIL"),
            &against("succeeded"),
        ),
        row(
            "failure, then success",
            failed(),
            refund_answered("S SUCCESS"),
            &against("failed(PROCESS_FAIL)"),
        ),
        row(
            "success, of no amount",
            succeeded(),
            refund_answered_with("S SUCCESS", unpriced(ReportedStatus::Other)),
            known,
        ),
        row(
            "failure, then success of no amount",
            failed(),
            refund_answered_with("S SUCCESS", unpriced(ReportedStatus::Other)),
            &against("failed(PROCESS_FAIL)"),
        ),
        row(
            "an inquiry that came late",
            succeeded(),
            refund_inquired("S SUCCESS", "SUCCESS"),
            known,
        ),
        row(
            "success again, while it is contested: only an inquiry ends that",
            success_contested(),
            refund_answered("S SUCCESS"),
            known,
        ),
        row(
            "unsettled, while it is contested: how it ended stays",
            success_contested(),
            refund_answered("F SYSTEM_ERROR"),
            "CAPTURED capture=succeeded refund=succeeded! -> inquire_refund",
        ),
    ]);
}

/// What an inquiry makes of a refund whose end is not known.
fn asked_about(name: &str, before: fn() -> Payment, still: &str) -> Vec<Row> {
    let still = format!("CAPTURED capture=succeeded refund={still} -> inquire_refund");
    let not_settled = match name {
        "in process" => still.clone(),
        _ => IN_PROCESS.to_owned(),
    };
    let again = "CAPTURED capture=succeeded refund=requested moved -> refund".to_owned();
    let silence = Event::RefundInquired(refund_id("REFUND_1"), Answer::None(SILENCES[0]));
    let answers = [
        (
            refund_inquired("S SUCCESS", "SUCCESS"),
            SUCCEEDED.to_owned(),
        ),
        (
            refund_inquired("S SUCCESS", "FAIL"),
            ended_badly("REFUND_FAILED"),
        ),
        (
            refund_inquired("S SUCCESS", "CANCELLED"),
            ended_badly("REFUND_FAILED"),
        ),
        (
            refund_inquired("S SUCCESS", "PROCESSING"),
            not_settled.clone(),
        ),
        (refund_inquired("S SUCCESS", "PENDING"), not_settled),
        (refund_inquired("S SUCCESS", "A_NEW_WORD"), still.clone()),
        (refund_inquired("F ORDER_NOT_EXIST", ""), again.clone()),
        (refund_inquired("F REFUND_NOT_EXIST", ""), again),
        (refund_inquired("F PARAM_ILLEGAL", "FAIL"), still.clone()),
        (
            refund_inquired("U UNKNOWN_EXCEPTION", "SUCCESS"),
            still.clone(),
        ),
        (silence, still),
    ];
    let rows = answers.into_iter().map(|(event, want)| {
        let name = format!("{name}: {event:?}");
        row(&name, before(), event, &want)
    });
    rows.collect()
}

#[test]
fn an_inquiry_about_a_refund_finds_its_end() {
    let mut rows = asked_about("in process", in_process, "in_process");
    rows.extend(asked_about(
        "doubtful",
        doubtful,
        "doubtful(REPEAT_REQ_INCONSISTENT)",
    ));
    check(rows);
}

fn unpriced(status: ReportedStatus) -> RefundReport {
    RefundReport {
        amount: AmountSeen::Absent,
        ..refund_report(status)
    }
}

#[test]
fn success_without_an_amount_is_believed_of_an_inquiry_alone() {
    let report = || unpriced(ReportedStatus::Success);
    let inquiry = refund_inquired_with("S SUCCESS", report());
    let notice = refund_notified_with(outcome("S SUCCESS"), report());
    let answer = refund_answered_with("S SUCCESS", report());
    check(vec![
        row("an inquiry", in_process(), inquiry, SUCCEEDED),
        row("a notification", requested(), notice, IN_PROCESS),
        row("an answer", requested(), answer, IN_PROCESS),
    ]);
}

#[test]
fn a_contested_end_is_confirmed_or_a_person_must_look() {
    let good = || refund_inquired("S SUCCESS", "SUCCESS");
    let bad = || refund_inquired("S SUCCESS", "FAIL");
    let unknown = || refund_inquired("F REFUND_NOT_EXIST", "");
    let review = |state: &str, reason: &str| {
        format!(
            "CAPTURED +needs_review capture=succeeded refund={state}! review={reason} moved -> look"
        )
    };
    let failed = "failed(PROCESS_FAIL)";
    let settled =
        |state: &str| format!("CAPTURED capture=succeeded refund={state} moved -> settled");
    let waiting =
        |state: &str| format!("CAPTURED capture=succeeded refund={state}! -> inquire_refund");
    check(vec![
        row(
            "it succeeded",
            success_contested(),
            good(),
            &settled("succeeded"),
        ),
        row(
            "it failed after all",
            success_contested(),
            bad(),
            &review("succeeded", "contradiction"),
        ),
        row(
            "it is gone",
            success_contested(),
            unknown(),
            &review("succeeded", "vanished"),
        ),
        row("it failed", failure_contested(), bad(), &settled(failed)),
        row(
            "it was never there",
            failure_contested(),
            unknown(),
            &settled(failed),
        ),
        row(
            "it succeeded after all",
            failure_contested(),
            good(),
            &review(failed, "contradiction"),
        ),
        row(
            "not settled",
            success_contested(),
            refund_inquired("S SUCCESS", "PROCESSING"),
            &waiting("succeeded"),
        ),
        row(
            "no answer",
            failure_contested(),
            Event::RefundInquired(refund_id("REFUND_1"), Answer::None(SILENCES[0])),
            &waiting(failed),
        ),
    ]);
}

#[test]
fn a_refund_that_does_not_end_within_its_limit_goes_to_a_person() {
    let long = at(50) + policy().refund_limit;
    let short = at(50) + policy().confirm_window;
    let review = |state: &str| {
        format!(
            "CAPTURED +needs_review capture=succeeded refund={state} review=refund_unclear moved -> look"
        )
    };
    let waiting =
        |state: &str| format!("CAPTURED capture=succeeded refund={state} -> inquire_refund");
    let processing = || refund_inquired("S SUCCESS", "PROCESSING");
    let refused = || refund_inquired("F PARAM_ILLEGAL", "");
    let doubt = "doubtful(REPEAT_REQ_INCONSISTENT)";
    check(vec![
        row(
            "in process",
            in_process(),
            processing(),
            &waiting("in_process"),
        )
        .at(long - Seconds(1)),
        row(
            "in process too long",
            in_process(),
            processing(),
            &review("in_process"),
        )
        .at(long),
        row("not explained", doubtful(), refused(), &waiting(doubt)).at(short - Seconds(1)),
        row(
            "not explained for a day",
            doubtful(),
            refused(),
            &review(doubt),
        )
        .at(short),
        row(
            "explained: in process",
            doubtful(),
            processing(),
            IN_PROCESS,
        )
        .at(short),
    ]);
}

#[test]
fn in_review_a_word_about_a_refund_is_kept_and_not_acted_on() {
    let same = "CAPTURED capture=succeeded refund=requested review=amount_mismatch moved -> look";
    for event in [
        refund_answered("S SUCCESS"),
        refund_notified("S SUCCESS", "SUCCESS"),
        refund_inquired("S SUCCESS", "FAIL"),
    ] {
        check(vec![row("kept", in_review(refunding()), event, same)]);
    }
}

#[test]
fn a_refunded_payment_stays_captured_and_gives_its_order_free() {
    let whole = succeeded();
    assert!(!whole.holds_order());
    assert!(refunding().holds_order(), "as long as it is not given back");
    assert!(failed().holds_order());
    let seen = after(
        &whole,
        &inquired("SUCCESS", &[shown(&our_capture(), "SUCCESS SUCCESS")]),
        at(60),
    );
    assert_eq!(seen.status, domain::Status::Captured);
    assert_eq!(seen.due_at, None);
}
