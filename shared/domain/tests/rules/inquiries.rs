//! What becomes of a payment by an inquiry: its status, its captures, and the limits (docs/provider.md, "Inquiry").

use crate::common::said::{
    SILENCES, automatic_capture, capture_id, inquired, inquired_with, inquiry_refused, misfits,
    our_capture, shown,
};
use crate::common::states::{
    AUTOMATIC, MANUAL, ON_REQUEST, TIME_TO_PAY, after, all, authorized, cancelled, capture_failed,
    created, declined, done, done_by_pop, doubted, expired, in_process, known, orphan, pending,
};
use crate::common::table::{account, check, row};
use crate::common::{at, euros, policy};
use domain::message::{AmountSeen, Answer, PaymentFacts, ReportedCapture};
use domain::{CaptureRequestId, Event, Seconds, Status, Time};

#[test]
fn each_payment_status_leads_where_the_contract_says() {
    let over = at(TIME_TO_PAY.0);
    let soon = at(60);
    let unsettled = "PENDING -> inquire";
    let rows: [(&str, Time, &str); 9] = [
        (
            "SUCCESS",
            soon,
            "AUTHORIZED +authorized +hint capture=requested moved -> capture",
        ),
        (
            "FAIL DO_NOT_HONOR",
            soon,
            "DECLINED +declined moved -> look",
        ),
        (
            "FAIL ORDER_IS_CLOSED",
            soon,
            "EXPIRED +expired moved -> settled",
        ),
        ("FAIL", soon, "DECLINED +declined moved -> look"),
        ("CANCELLED", soon, "CANCELLED +cancelled moved -> settled"),
        ("CANCELLED", over, "EXPIRED +expired moved -> settled"),
        ("PROCESSING", soon, unsettled),
        ("PENDING", soon, unsettled),
        ("A_NEW_WORD", soon, unsettled),
    ];
    check(
        rows.iter()
            .map(|(word, now, want)| row(word, known(MANUAL), inquired(word, &[]), want).at(*now))
            .collect(),
    );
}

#[test]
fn the_first_word_of_pop_is_evidence_even_if_nothing_is_settled() {
    check(vec![row(
        "processing",
        pending(MANUAL),
        inquired("PROCESSING", &[]),
        "PENDING moved -> inquire",
    )]);
}

#[test]
fn success_without_an_amount_is_not_believed() {
    let facts = PaymentFacts {
        amount: AmountSeen::Absent,
        ..crate::common::said::facts()
    };
    check(vec![row(
        "no amount",
        known(MANUAL),
        inquired_with("SUCCESS", &[], facts),
        "PENDING moved -> inquire",
    )]);
}

#[test]
fn an_inquiry_that_is_refused_or_unanswered_says_nothing() {
    let mut words: Vec<(String, Event)> = [
        "F PARAM_ILLEGAL",
        "F INVALID_SIGNATURE",
        "F ORDER_IS_CLOSED",
    ]
    .iter()
    .chain(&["U UNKNOWN_EXCEPTION", "U ORDER_NOT_EXIST", "X SUCCESS"])
    .map(|result| ((*result).to_owned(), inquiry_refused(result)))
    .collect();
    let silence = SILENCES.map(|why| (why.to_string(), Event::Inquired(Answer::None(why))));
    words.extend(silence);
    for (name, event) in words {
        for (state, before) in all() {
            let much_later = at(0) + Seconds::days(400);
            let next = after(&before, &event, much_later);
            let (status, review) = (next.status, next.review);
            assert_eq!((status, review), (before.status, None), "{name}, {state}");
            assert_eq!(next.captures, before.captures, "{name}, {state}");
            assert_eq!(next.outbox, before.outbox, "{name}, {state}");
        }
    }
}

#[test]
fn a_payment_that_pop_does_not_know_is_expired_after_a_while() {
    let grace = 1 + policy().not_exist_grace.0;
    let not_exist = || inquiry_refused("F ORDER_NOT_EXIST");
    let vanished = |status: &str| format!("{status} +needs_review review=vanished moved -> look");
    check(vec![
        row(
            "too early: the call to pay may be under way",
            pending(MANUAL),
            not_exist(),
            "PENDING -> inquire",
        )
        .at(at(grace - 1)),
        row(
            "it never arrived",
            pending(MANUAL),
            not_exist(),
            "EXPIRED +expired moved -> settled",
        )
        .at(at(grace)),
        row(
            "POP knew it before",
            known(MANUAL),
            not_exist(),
            &vanished("PENDING"),
        )
        .at(at(grace)),
        row(
            "POP authorised it before",
            authorized(ON_REQUEST),
            not_exist(),
            &vanished("AUTHORIZED"),
        )
        .at(at(grace)),
        row(
            "pay was never called",
            created(MANUAL),
            not_exist(),
            "CREATED -> look",
        )
        .at(at(grace)),
        row(
            "it failed, and that was doubted",
            doubted(declined()),
            not_exist(),
            "DECLINED moved -> settled",
        )
        .at(at(grace)),
        row(
            "it expired before pay was called, and that was doubted",
            doubted(expired()),
            not_exist(),
            "EXPIRED moved -> settled",
        )
        .at(at(grace)),
    ]);
}

#[test]
fn captures_shown_by_an_inquiry_count() {
    let ours = |capture| shown(&our_capture(), capture);
    let theirs = |capture| shown(&automatic_capture(), capture);
    let captured = "CAPTURED +captured capture=succeeded moved -> settled";
    let success = |entries: &[ReportedCapture]| inquired("SUCCESS", entries);
    check(vec![
        row(
            "success is authorised, not captured",
            authorized(AUTOMATIC),
            success(&[]),
            "AUTHORIZED -> inquire",
        ),
        row(
            "POP captured",
            authorized(AUTOMATIC),
            success(&[theirs("SUCCESS SUCCESS")]),
            captured,
        ),
        row(
            "POP authorised and captured",
            known(AUTOMATIC),
            success(&[theirs("SUCCESS SUCCESS")]),
            "CAPTURED +authorized +captured capture=succeeded moved -> settled",
        ),
        row(
            "mode unknown",
            orphan(),
            success(&[theirs("SUCCESS SUCCESS")]),
            captured,
        ),
        row(
            "POP's capture failed",
            authorized(AUTOMATIC),
            success(&[theirs("FAIL PROCESS_FAIL")]),
            "CAPTURE_FAILED +capture_failed capture=failed(PROCESS_FAIL) moved -> settled",
        ),
        row(
            "POP's capture is under way",
            authorized(AUTOMATIC),
            success(&[theirs("PROCESSING PAYMENT_IN_PROCESS")]),
            "AUTHORIZED -> inquire",
        ),
        row(
            "ours succeeded, and we had heard nothing",
            authorized(MANUAL),
            success(&[ours("SUCCESS SUCCESS")]),
            captured,
        ),
        row(
            "ours succeeded",
            in_process(),
            success(&[ours("SUCCESS SUCCESS")]),
            captured,
        ),
        row(
            "ours is under way, whatever its code",
            authorized(MANUAL),
            success(&[ours("PROCESSING")]),
            "AUTHORIZED capture=in_process moved -> inquire",
        ),
        row(
            "ours is still under way",
            in_process(),
            success(&[ours("PENDING PAYMENT_IN_PROCESS")]),
            "AUTHORIZED capture=in_process -> inquire",
        ),
        row(
            "ours is not shown",
            in_process(),
            success(&[]),
            "AUTHORIZED capture=in_process -> inquire",
        ),
        row(
            "ours failed",
            in_process(),
            success(&[ours("FAIL PROCESS_FAIL")]),
            "CAPTURE_FAILED +capture_failed capture=failed(PROCESS_FAIL) moved -> settled",
        ),
        row(
            "ours has a status that we do not know",
            in_process(),
            success(&[ours("A_NEW_WORD")]),
            "AUTHORIZED capture=in_process -> inquire",
        ),
    ]);
}

#[test]
fn of_several_captures_one_that_succeeded_outweighs_one_that_failed() {
    let second = |capture| ReportedCapture {
        request_id: Some(CaptureRequestId::new("SECOND").unwrap()),
        capture_id: Some(capture_id("CAP_2")),
        ..shown(&our_capture(), capture)
    };
    let theirs = |capture| shown(&automatic_capture(), capture);
    let ours = |capture| shown(&our_capture(), capture);
    let captured = "CAPTURED +captured capture=succeeded moved -> settled";
    let (failed, good) = ("FAIL PROCESS_FAIL", "SUCCESS SUCCESS");
    let success = |entries: [ReportedCapture; 2]| inquired("SUCCESS", &entries);
    check(vec![
        row(
            "failed, then tried again by POP",
            authorized(AUTOMATIC),
            success([theirs(failed), second(good)]),
            captured,
        ),
        row(
            "the other way round",
            authorized(AUTOMATIC),
            success([second(good), theirs(failed)]),
            captured,
        ),
        row(
            "ours is good, another failed",
            authorized(MANUAL),
            success([second(failed), ours(good)]),
            captured,
        ),
        row(
            "twice captured",
            authorized(AUTOMATIC),
            success([theirs(good), second(good)]),
            "CAPTURED +captured +needs_review capture=succeeded review=second_capture moved -> look",
        ),
        row(
            "one that does not fit: nothing of the rest is acted on",
            known(AUTOMATIC),
            success([
                ReportedCapture {
                    amount: AmountSeen::Is(euros(7_000)),
                    ..second(good)
                },
                theirs(good),
            ]),
            "AUTHORIZED +authorized +needs_review review=amount_mismatch moved -> look",
        ),
        row(
            "the same one shown twice",
            authorized(AUTOMATIC),
            success([theirs(good), theirs(good)]),
            captured,
        ),
        row(
            "it outweighs the payment's own status too",
            authorized(MANUAL),
            inquired("FAIL DO_NOT_HONOR", &[ours(good)]),
            captured,
        ),
        row(
            "a refusal that needs a person outweighs it as well",
            authorized(MANUAL),
            inquired("CANCELLED", &[ours("FAIL SYSTEM_ERROR")]),
            "AUTHORIZED +needs_review capture=requested review=capture_refused moved -> look",
        ),
        row(
            "one that we did not ask for",
            authorized(ON_REQUEST),
            success([ours(good), second(good)]),
            "AUTHORIZED +needs_review review=foreign_capture moved -> look",
        ),
    ]);
}

#[test]
fn a_capture_that_cannot_be_believed_leaves_the_rest_of_the_answer_open() {
    let silent = || ReportedCapture {
        amount: AmountSeen::Absent,
        ..shown(&our_capture(), "SUCCESS SUCCESS")
    };
    let failed = shown(&our_capture(), "FAIL PROCESS_FAIL");
    let waiting = "AUTHORIZED capture=requested doubt moved -> inquire";
    check(vec![
        row(
            "of a payment that failed",
            known(AUTOMATIC),
            inquired("FAIL DO_NOT_HONOR", &[silent()]),
            "PENDING doubt moved -> inquire",
        ),
        row(
            "of a payment that was cancelled",
            authorized(MANUAL),
            inquired("CANCELLED", &[silent()]),
            waiting,
        ),
        row(
            "of one that is authorised: it is not captured once more",
            authorized(MANUAL),
            inquired("SUCCESS", &[silent()]),
            waiting,
        ),
        row(
            "beside one that failed",
            authorized(MANUAL),
            inquired("SUCCESS", &[failed, silent()]),
            waiting,
        ),
        row(
            "not for ever",
            authorized(MANUAL),
            inquired("SUCCESS", &[silent()]),
            "AUTHORIZED +needs_review capture=requested doubt review=capture_never_came \
             moved -> look",
        )
        .at(authorized(MANUAL).capture_by.unwrap() + policy().confirm_window),
    ]);
}

#[test]
fn an_authorisation_that_ends_is_cancelled_or_after_its_limit_expired() {
    let limit = authorized(MANUAL).capture_by.unwrap();
    let gone = || inquired("CANCELLED", &[]);
    check(vec![
        row(
            "before its limit",
            authorized(ON_REQUEST),
            gone(),
            "CANCELLED +cancelled moved -> settled",
        ),
        row(
            "after it",
            authorized(ON_REQUEST),
            gone(),
            "EXPIRED +expired moved -> settled",
        )
        .at(limit),
        row(
            "with a capture wanted",
            authorized(MANUAL),
            gone(),
            "EXPIRED +expired capture=lapsed moved -> settled",
        )
        .at(limit + Seconds(1)),
        row(
            "failed after it was authorised: a person must look",
            authorized(ON_REQUEST),
            inquired("FAIL PROCESS_FAIL", &[]),
            "AUTHORIZED +needs_review review=contradiction moved -> look",
        ),
    ]);
}

#[test]
fn an_inquiry_settles_a_doubt_or_a_person_must() {
    let good = || [shown(&our_capture(), "SUCCESS SUCCESS")];
    let refused = || doubted(declined());
    let captured = || doubted(done());
    let failed = || doubted(capture_failed());
    let waiting = || doubted(authorized(ON_REQUEST));
    let review =
        |status: &str| format!("{status} +needs_review doubt review=contradiction moved -> look");
    let settled = "DECLINED moved -> settled";
    check(
        vec![
            row("it failed", refused(), inquired("FAIL X", &[]), settled),
            row("it is over", refused(), inquired("CANCELLED", &[]), settled),
            row(
                "it was cancelled",
                doubted(cancelled()),
                inquired("CANCELLED", &[]),
                "CANCELLED capture=lapsed moved -> settled",
            ),
            row(
                "its capture failed since the authorisation is gone",
                doubted(cancelled()),
                inquired(
                    "SUCCESS",
                    &[shown(&our_capture(), "FAIL AUTH_CANCELLED")],
                ),
                "CANCELLED capture=lapsed moved -> settled",
            ),
            row(
                "its capture failed for another reason",
                doubted(cancelled()),
                inquired("SUCCESS", &[shown(&our_capture(), "FAIL PROCESS_FAIL")]),
                "CANCELLED +needs_review capture=lapsed doubt review=contradiction moved -> look",
            ),
            row(
                "its capture is not over, whatever its code",
                doubted(cancelled()),
                inquired(
                    "SUCCESS",
                    &[shown(&our_capture(), "PROCESSING AUTH_CANCELLED")],
                ),
                "CANCELLED +needs_review capture=lapsed doubt review=contradiction moved -> look",
            ),
            row(
                "it failed, and yet a capture of no amount is shown",
                refused(),
                inquired(
                    "FAIL X",
                    &[ReportedCapture {
                        amount: AmountSeen::Absent,
                        ..shown(&our_capture(), "SUCCESS SUCCESS")
                    }],
                ),
                &review("DECLINED"),
            ),
            row(
                "it is authorised, and nothing is said of the capture",
                doubted(cancelled()),
                inquired("SUCCESS", &[]),
                "CANCELLED +needs_review capture=lapsed doubt review=contradiction moved -> look",
            ),
            row(
                "it succeeded",
                refused(),
                inquired("SUCCESS", &[]),
                &review("DECLINED"),
            ),
            row(
                "it was even captured",
                refused(),
                inquired("SUCCESS", &good()),
                "DECLINED +needs_review doubt review=foreign_capture moved -> look",
            ),
            row(
                "POP is not sure",
                refused(),
                inquired("PROCESSING", &[]),
                "DECLINED doubt -> inquire",
            ),
            row(
                "the capture stands",
                captured(),
                inquired("SUCCESS", &good()),
                "CAPTURED capture=succeeded moved -> settled",
            ),
            row(
                "the capture is not shown: ask again",
                captured(),
                inquired("SUCCESS", &[]),
                "CAPTURED capture=succeeded doubt -> inquire",
            ),
            row(
                "the capture is gone",
                captured(),
                inquired("CANCELLED", &[]),
                "CAPTURED +needs_review capture=succeeded doubt review=contradiction moved -> look",
            ),
            row(
                "the failed capture is not shown",
                failed(),
                inquired("SUCCESS", &[]),
                "CAPTURE_FAILED capture=failed(PROCESS_FAIL) moved -> settled",
            ),
            row(
                "the failed capture succeeded",
                failed(),
                inquired("SUCCESS", &good()),
                "CAPTURE_FAILED +needs_review capture=failed(PROCESS_FAIL) doubt review=contradiction moved -> look",
            ),
            row(
                "the authorisation stands",
                waiting(),
                inquired("SUCCESS", &[]),
                "AUTHORIZED moved -> look",
            ),
            row(
                "POP does not know",
                waiting(),
                inquired("PENDING", &[]),
                "AUTHORIZED doubt -> inquire",
            ),
        ]
        .into_iter()
        .map(|row| row.at(at(1_000)))
        .collect(),
    );
}

#[test]
fn a_final_payment_is_held_against_amount_and_number_of_captures() {
    let good = shown(&our_capture(), "SUCCESS SUCCESS");
    let less = ReportedCapture {
        amount: AmountSeen::Is(euros(7_000)),
        ..good.clone()
    };
    let second = ReportedCapture {
        request_id: Some(CaptureRequestId::new("SECOND").unwrap()),
        capture_id: Some(capture_id("CAP_2")),
        ..good.clone()
    };
    let theirs = shown(&automatic_capture(), "SUCCESS SUCCESS");
    let review = |reason: &str| {
        format!("CAPTURED +needs_review capture=succeeded review={reason} moved -> look")
    };
    check(vec![
        row(
            "less",
            done(),
            inquired("SUCCESS", &[less]),
            &review("amount_mismatch"),
        ),
        row(
            "twice, one of them not ours",
            done(),
            inquired("SUCCESS", &[good, second.clone()]),
            &review("foreign_capture"),
        ),
        row(
            "twice by POP",
            done_by_pop(),
            inquired("SUCCESS", &[theirs, second]),
            &review("second_capture"),
        ),
    ]);
}

#[test]
fn a_contradiction_that_an_inquiry_does_not_settle_goes_to_a_person() {
    let before = doubted(declined());
    let since = before.doubt.as_ref().unwrap().since;
    let limit = since + policy().confirm_window;
    check(vec![
        row(
            "not yet",
            before.clone(),
            inquired("PROCESSING", &[]),
            "DECLINED doubt -> inquire",
        )
        .at(limit - Seconds(1)),
        row(
            "now",
            before,
            inquired("PROCESSING", &[]),
            "DECLINED +needs_review doubt review=contradiction moved -> look",
        )
        .at(limit),
    ]);
}

#[test]
fn what_does_not_end_within_its_limit_goes_to_a_person() {
    let begun = at(1);
    let pending_limit = begun + policy().pending_limit;
    let capture_by = authorized(MANUAL).capture_by.unwrap();
    let confirm = capture_by + policy().confirm_window;
    let mut rows = Vec::new();
    for word in ["PROCESSING", "PENDING", "A_NEW_WORD"] {
        let event = || inquired(word, &[]);
        let early = row("pending", known(MANUAL), event(), "PENDING -> inquire");
        rows.push(early.at(pending_limit - Seconds(1)));
        let review = "PENDING +needs_review review=pending_too_long moved -> look";
        rows.push(row("pending too long", known(MANUAL), event(), review).at(pending_limit));
    }
    for word in ["SUCCESS", "PROCESSING", "PENDING", "A_NEW_WORD"] {
        let event = || inquired(word, &[]);
        let early = row(
            word,
            authorized(AUTOMATIC),
            event(),
            "AUTHORIZED -> inquire",
        );
        rows.push(early.at(confirm - Seconds(1)));
        let review = "AUTHORIZED +needs_review review=capture_never_came moved -> look";
        rows.push(row(word, authorized(AUTOMATIC), event(), review).at(confirm));
        let ours =
            "AUTHORIZED +needs_review capture=requested review=capture_never_came moved -> look";
        rows.push(row(word, authorized(MANUAL), event(), ours).at(confirm));
    }
    check(rows);
}

#[test]
fn an_answer_about_another_payment_goes_to_review() {
    let mut rows = Vec::new();
    for (facts, reason) in misfits() {
        for word in ["SUCCESS", "FAIL DO_NOT_HONOR", "PROCESSING"] {
            let name = format!("{word} {facts:?}");
            let event = inquired_with(word, &[], facts.clone());
            let want = format!("PENDING +needs_review review={reason} moved -> look");
            rows.push(row(&name, known(MANUAL), event, &want));
        }
    }
    check(rows);
}

#[test]
fn an_inquiry_is_remembered_so_that_nobody_asks_twice_at_once() {
    let asked = after(&known(MANUAL), &inquired("PROCESSING", &[]), at(60));
    assert_eq!(asked.asked_at, Some(at(60)));
    let unanswered = Event::Inquired(Answer::None(SILENCES[0]));
    assert_eq!(after(&asked, &unanswered, at(90)).asked_at, Some(at(60)));
}

#[test]
fn an_earlier_answer_that_is_worked_in_later_does_not_turn_the_clock_back() {
    let asked = after(&known(MANUAL), &inquired("PROCESSING", &[]), at(60));
    let overtaken = after(&asked, &inquired("PROCESSING", &[]), at(58));
    assert_eq!(overtaken.asked_at, Some(at(60)));
}

#[test]
fn a_settled_payment_may_be_inquired_about_without_harm() {
    let good = [shown(&our_capture(), "SUCCESS SUCCESS")];
    let cases = [
        (done(), inquired("SUCCESS", &good)),
        (declined(), inquired("FAIL DO_NOT_HONOR", &[])),
        (cancelled(), inquired("CANCELLED", &[])),
    ];
    for (before, event) in cases {
        let decision = domain::decide(&before, &event, at(60), &policy());
        let got = account(&before, &decision, at(60));
        let kept_for_another_try = before.status == Status::Declined;
        let to_do = if kept_for_another_try {
            "-> look"
        } else {
            "-> settled"
        };
        assert!(got.ends_with(to_do) && !got.contains('+'), "{got}");
        assert_ne!(before.status, Status::Authorized);
    }
}
