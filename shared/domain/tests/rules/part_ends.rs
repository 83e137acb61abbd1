//! How captures in parts end: well, badly, against what is known, and with the limit of the authorisation.

use crate::common::said::{
    automatic_capture, capture_id, capture_notified_with, capture_report, inquired, shown,
};
use crate::common::states::{ON_REQUEST, after_under, authorized, sent};
use crate::common::table::{check, check_several, row};
use crate::common::wishes::{
    capture_asked, capture_number, last_capture_asked, part_captured, part_report, part_shown,
};
use crate::common::{at, policy, several};
use domain::message::{AmountSeen, CaptureReport, ReportedCapture};
use domain::plan::{Step, next_step};
use domain::{Event, Payment, Seconds};

/// The same payment after these events, a second apart from second 10, under a contract that allows parts.
pub(crate) fn lived(payment: Payment, events: &[Event]) -> Payment {
    let mut payment = payment;
    for (event, seconds) in events.iter().zip(10..) {
        let next = after_under(&payment, event, at(seconds), &several());
        assert_ne!(next.version, payment.version, "{event:?}");
        payment = sent(&next, at(seconds));
    }
    payment
}

pub(crate) fn on_request(events: &[Event]) -> Payment {
    lived(authorized(ON_REQUEST), events)
}

/// 30.00 of 80.00 captured.
pub(crate) fn part() -> Payment {
    on_request(&[
        capture_asked(1, Some(3_000)),
        part_captured(1, 3_000, "S SUCCESS"),
    ])
}

/// 30.00 captured, and 20.00 more asked for.
pub(crate) fn second_asked() -> Payment {
    lived(part(), &[capture_asked(2, Some(2_000))])
}

/// The capture of 30.00 failed, for a reason for which a smaller one may do.
pub(crate) fn too_much() -> Payment {
    let failure = part_captured(1, 3_000, "F USER_AMOUNT_EXCEED_LIMIT");
    on_request(&[capture_asked(1, Some(3_000)), failure])
}

#[test]
fn what_is_left_at_the_limit_is_gone() {
    let limit = part().capture_by.unwrap();
    let closed = "CAPTURED +capture_closed capture=succeeded moved -> settled";
    let lapsed = "CAPTURED +capture_closed capture=succeeded capture=lapsed moved -> settled";
    assert_eq!(part().due_at, Some(limit));
    assert_eq!(next_step(&part(), limit, &policy()), Step::LookAtTime);
    check_several(vec![
        row("at its limit", part(), Event::TimePassed, closed).at(limit),
        row("before", part(), Event::TimePassed, "ignored: NotDue").at(limit - Seconds(1)),
        row("POP cancels it", part(), inquired("CANCELLED", &[]), closed),
        row(
            "POP cancels it, with a part under way",
            second_asked(),
            inquired("CANCELLED", &[]),
            lapsed,
        ),
        row(
            "the authorisation is gone, says the next part",
            second_asked(),
            part_captured(2, 2_000, "F AUTH_EXPIRED"),
            lapsed,
        ),
        row(
            "in doubt what is true comes first",
            lived(part(), &[part_captured(1, 3_000, "F PROCESS_FAIL")]),
            Event::TimePassed,
            "AUTHORIZED capture=succeeded doubt -> inquire",
        )
        .at(limit),
        row(
            "one under way is waited for",
            second_asked(),
            inquired("SUCCESS", &[part_shown(1, 3_000, "SUCCESS")]),
            "AUTHORIZED capture=succeeded capture=requested -> inquire",
        )
        .at(limit),
    ]);
}

#[test]
fn a_part_that_fails_after_a_success_leaves_the_rest_open() {
    let failed = |code: &str| {
        format!("AUTHORIZED +capture_failed capture=succeeded capture=failed({code}) moved -> look")
    };
    let fails = |code: &str| part_captured(2, 2_000, &format!("F {code}"));
    let after_failure = lived(second_asked(), &[fails("PROCESS_FAIL")]);
    check_several(vec![
        row(
            "for good",
            second_asked(),
            fails("PROCESS_FAIL"),
            &failed("PROCESS_FAIL"),
        ),
        row(
            "too many",
            second_asked(),
            fails("PAYMENT_COUNT_EXCEED_LIMIT"),
            &failed("PAYMENT_COUNT_EXCEED_LIMIT"),
        ),
        row(
            "told again",
            after_failure.clone(),
            fails("PROCESS_FAIL"),
            "ignored: Known",
        ),
        row(
            "shown again",
            after_failure.clone(),
            inquired(
                "SUCCESS",
                &[
                    part_shown(1, 3_000, "SUCCESS"),
                    part_shown(2, 2_000, "FAIL PROCESS_FAIL"),
                ],
            ),
            "AUTHORIZED capture=succeeded capture=failed(PROCESS_FAIL) -> look",
        ),
        row(
            "another part may follow",
            after_failure,
            capture_asked(3, Some(1_000)),
            "AUTHORIZED +hint capture=succeeded capture=failed(PROCESS_FAIL) capture=requested moved -> capture",
        ),
        row(
            "the contract allows one only: the rest is gone",
            second_asked(),
            fails("MULTI_CAPTURE_NOT_SUPPORTED"),
            "CAPTURED +capture_failed +capture_closed capture=succeeded \
             capture=failed(MULTI_CAPTURE_NOT_SUPPORTED) moved -> settled",
        ),
        row(
            "it settles nothing",
            second_asked(),
            fails("ORDER_STATUS_INVALID"),
            "AUTHORIZED capture=succeeded capture=doubtful(ORDER_STATUS_INVALID) moved -> inquire",
        ),
    ]);
}

#[test]
fn a_first_part_that_is_too_much_may_be_followed_by_a_smaller_one() {
    let asked = || on_request(&[capture_asked(1, Some(3_000))]);
    let fails = |code: &str| part_captured(1, 3_000, &format!("F {code}"));
    for code in [
        "CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT",
        "USER_AMOUNT_EXCEED_LIMIT",
    ] {
        let open = format!("AUTHORIZED +capture_failed capture=failed({code}) moved -> inquire");
        let over =
            format!("CAPTURE_FAILED +capture_failed capture=failed({code}) moved -> settled");
        check_several(vec![row(code, asked(), fails(code), &open)]);
        check(vec![row(
            "without such a contract",
            asked(),
            fails(code),
            &over,
        )]);
    }
    check_several(vec![
        row(
            "for good",
            asked(),
            fails("PROCESS_FAIL"),
            "CAPTURE_FAILED +capture_failed capture=failed(PROCESS_FAIL) moved -> settled",
        ),
        row(
            "a smaller one",
            too_much(),
            capture_asked(2, Some(2_000)),
            "AUTHORIZED +hint capture=failed(USER_AMOUNT_EXCEED_LIMIT) capture=requested moved -> capture",
        ),
        row(
            "told again",
            too_much(),
            fails("USER_AMOUNT_EXCEED_LIMIT"),
            "ignored: Known",
        ),
        row(
            "told again after a smaller one",
            lived(
                too_much(),
                &[
                    last_capture_asked(2, 2_000),
                    part_captured(2, 2_000, "S SUCCESS"),
                ],
            ),
            fails("USER_AMOUNT_EXCEED_LIMIT"),
            "ignored: Known",
        ),
        row(
            "nobody asks, and it ends",
            too_much(),
            inquired("CANCELLED", &[]),
            "EXPIRED +expired capture=failed(USER_AMOUNT_EXCEED_LIMIT) moved -> settled",
        )
        .at(too_much().capture_by.unwrap()),
    ]);
}

#[test]
fn a_word_against_how_a_part_ended_is_asked_about() {
    let failure = || part_captured(1, 3_000, "F PROCESS_FAIL");
    let success = || part_captured(1, 3_000, "S SUCCESS");
    let good = || part_shown(1, 3_000, "SUCCESS");
    let bad = || part_shown(1, 3_000, "FAIL PROCESS_FAIL");
    let taken = lived(part(), &[failure()]);
    let missed = lived(too_much(), &[success()]);
    let failed = "capture=failed(USER_AMOUNT_EXCEED_LIMIT)";
    check_several(vec![
        row(
            "taken, then failed",
            part(),
            failure(),
            "AUTHORIZED capture=succeeded doubt moved -> inquire",
        ),
        row(
            "it was taken",
            taken.clone(),
            inquired("SUCCESS", &[good()]),
            "AUTHORIZED capture=succeeded moved -> look",
        ),
        row(
            "the same, after a try that failed",
            taken.clone(),
            inquired("SUCCESS", &[bad(), good()]),
            "AUTHORIZED capture=succeeded moved -> look",
        ),
        row(
            "it failed",
            taken,
            inquired("SUCCESS", &[bad()]),
            "AUTHORIZED +needs_review capture=succeeded review=contradiction moved -> look",
        ),
        row(
            "failed, then taken",
            too_much(),
            success(),
            &format!("AUTHORIZED {failed} doubt moved -> inquire"),
        ),
        row(
            "it failed",
            missed.clone(),
            inquired("SUCCESS", &[bad()]),
            &format!("AUTHORIZED {failed} moved -> inquire"),
        ),
        row(
            "it was taken: more than is left could be taken",
            missed,
            inquired("SUCCESS", &[good()]),
            &format!("AUTHORIZED +needs_review {failed} doubt review=contradiction moved -> look"),
        ),
    ]);
}

#[test]
fn an_inquiry_shows_each_part() {
    let first = || part_shown(1, 3_000, "SUCCESS");
    let second = |word| part_shown(2, 2_000, word);
    let show = |parts: &[ReportedCapture]| inquired("SUCCESS", parts);
    let foreign = ReportedCapture {
        request_id: Some(automatic_capture()),
        capture_id: Some(capture_id("CAP_9")),
        ..shown(&automatic_capture(), "SUCCESS")
    };
    let waiting = "AUTHORIZED capture=succeeded capture=requested -> capture";
    check_several(vec![
        row(
            "the second is not there: ask for it",
            second_asked(),
            show(&[first()]),
            waiting,
        ),
        row(
            "the second is under way",
            second_asked(),
            show(&[first(), second("PROCESSING")]),
            "AUTHORIZED capture=succeeded capture=in_process moved -> inquire",
        ),
        row(
            "both are taken",
            second_asked(),
            show(&[second("SUCCESS"), first()]),
            "AUTHORIZED +captured capture=succeeded capture=succeeded moved -> look",
        ),
        row(
            "the second failed",
            second_asked(),
            show(&[first(), second("FAIL PROCESS_FAIL")]),
            "AUTHORIZED +capture_failed capture=succeeded capture=failed(PROCESS_FAIL) moved -> look",
        ),
        row(
            "one that nobody asked for",
            part(),
            show(&[first(), foreign]),
            "AUTHORIZED +needs_review capture=succeeded review=foreign_capture moved -> look",
        ),
        row(
            "the first twice under other ids",
            part(),
            show(&[
                first(),
                ReportedCapture {
                    capture_id: Some(capture_id("CAP_9")),
                    ..first()
                },
            ]),
            "AUTHORIZED +needs_review capture=succeeded review=second_capture moved -> look",
        ),
        row(
            "a try at the first that failed, under another id of POP's",
            part(),
            show(&[
                first(),
                ReportedCapture {
                    capture_id: Some(capture_id("CAP_9")),
                    ..part_shown(1, 3_000, "FAIL PROCESS_FAIL")
                },
            ]),
            "AUTHORIZED capture=succeeded -> look",
        ),
        row(
            "a try at the first that failed, under another id of ours",
            part(),
            show(&[
                first(),
                ReportedCapture {
                    request_id: Some(capture_number(9)),
                    ..part_shown(1, 3_000, "FAIL PROCESS_FAIL")
                },
            ]),
            "AUTHORIZED capture=succeeded -> look",
        ),
        row(
            "a doubt is settled though a part is taken",
            lived(part(), &[part_captured(1, 3_000, "F PROCESS_FAIL")]),
            show(&[first()]),
            "AUTHORIZED capture=succeeded moved -> look",
        ),
    ]);
}

#[test]
fn a_notification_names_its_part_by_our_id_before_pops() {
    let mixed = CaptureReport {
        capture_id: Some(capture_id("CAP_1")),
        ..part_report(2, 2_000)
    };
    let notice = capture_notified_with("S SUCCESS", mixed);
    let taken = "AUTHORIZED +captured capture=succeeded capture=succeeded moved -> look";
    let unnamed = CaptureReport {
        request_id: None,
        ..part_report(1, 3_000)
    };
    check_several(vec![
        row("ours", second_asked(), notice, taken),
        row(
            "POP's alone",
            second_asked(),
            capture_notified_with("S SUCCESS", unnamed),
            "ignored: Known",
        ),
    ]);
}

#[test]
fn a_part_without_an_amount_is_asked_about() {
    let silent = CaptureReport {
        amount: AmountSeen::Absent,
        ..capture_report(&capture_number(2))
    };
    check_several(vec![row(
        "no amount",
        second_asked(),
        capture_notified_with("S SUCCESS", silent),
        "AUTHORIZED capture=succeeded capture=requested doubt moved -> inquire",
    )]);
}
