//! What overtakes a cancellation, what is heard after it, and what it stops.

use crate::common::said::{
    SILENCES, automatic_capture, capture_notified, inquired, inquiry_refused, notified,
    our_capture, pay, request_id, shown,
};
use crate::common::states::{
    AFTER_A_DAY, AUTOMATIC, MANUAL, ON_REQUEST, TIME_TO_PAY, after, authorized, cancel_refused,
    cancelling, in_review, known, pending, sent, then,
};
use crate::common::table::{check, row};
use crate::common::wishes::{cancel_answered, capture_asked};
use crate::common::{at, policy};
use domain::message::Answer;
use domain::plan::{Step, capture_order, next_step};
use domain::{Event, Payment, Seconds, Status};

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
            "the capture failed for good: it is still cancelled",
            cancelling(authorized(AUTOMATIC)),
            notice("F PROCESS_FAIL"),
            "AUTHORIZED +capture_failed capture=failed(PROCESS_FAIL) cancel=requested moved -> cancel",
        ),
        row(
            "the capture failed for good, and then it was cancelled",
            then(
                cancelling(authorized(AUTOMATIC)),
                30,
                &notice("F PROCESS_FAIL"),
            ),
            cancel_answered("S SUCCESS"),
            "CANCELLED +cancelled capture=failed(PROCESS_FAIL) cancel=done moved -> settled",
        ),
        row(
            "the capture failed for good, and then the cancellation was refused",
            then(
                cancelling(authorized(AUTOMATIC)),
                30,
                &notice("F PROCESS_FAIL"),
            ),
            cancel_answered("F CANCEL_WINDOW_EXCEED"),
            "CAPTURE_FAILED +cancel_failed capture=failed(PROCESS_FAIL) cancel=refused(CANCEL_WINDOW_EXCEED) doubt \
             moved -> inquire",
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
fn pop_refuses_to_cancel_what_it_never_got_and_one_question_settles_both() {
    let refused = then(
        cancelling(pending(MANUAL)),
        55,
        &cancel_answered("F ACCESS_DENIED"),
    );
    assert!(refused.doubt.is_some(), "it was not said why");
    let asked = at(1) + policy().not_exist_grace;
    let answer = inquiry_refused("F ORDER_NOT_EXIST");
    let ended = sent(&after(&refused, &answer, asked), asked);
    assert_eq!((ended.status, ended.doubt), (Status::Expired, None));
    assert_eq!(ended.due_at, None, "nobody is asked again");
}
