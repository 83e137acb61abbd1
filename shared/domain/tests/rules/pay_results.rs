//! What becomes of a payment by the answer to pay (docs/provider.md, "Pay" and "Result codes").

use crate::common::said::{
    SILENCES, facts, facts_until, inquired, misfits, notified, outcome, pay, pay_redirect, pay_with,
};
use crate::common::states::{
    AFTER_A_DAY, AUTOMATIC, MANUAL, ON_REQUEST, after, authorized, authorized_with, capture_failed,
    created, declined, done, expired, known, orphan, pending,
};
use crate::common::table::{Row, check, row};
use crate::common::{at, policy};
use domain::codes::{Advice, PayFailure, pay_failure};
use domain::message::{AmountSeen, Answer, CardResult, NoAnswer, PayReport, PaymentFacts};
use domain::{Event, Seconds, Status};

#[test]
fn each_pay_result_leads_where_the_contract_says() {
    check(vec![
        row(
            "authorised; POP captures",
            pending(AUTOMATIC),
            pay("S SUCCESS"),
            "AUTHORIZED +authorized moved -> inquire",
        ),
        row(
            "authorised; we capture at once",
            pending(MANUAL),
            pay("S SUCCESS"),
            "AUTHORIZED +authorized +hint capture=requested moved -> capture",
        ),
        row(
            "authorised; the merchant will ask",
            pending(ON_REQUEST),
            pay("S SUCCESS"),
            "AUTHORIZED +authorized moved -> look",
        ),
        row(
            "authorised; we capture after a day",
            pending(AFTER_A_DAY),
            pay("S SUCCESS"),
            "AUTHORIZED +authorized moved -> look",
        ),
        row(
            "in process",
            pending(MANUAL),
            pay("U PAYMENT_IN_PROCESS"),
            "PENDING moved -> inquire",
        ),
        row(
            "in process, and nothing new in it",
            known(MANUAL),
            pay("U PAYMENT_IN_PROCESS"),
            "PENDING -> inquire",
        ),
        row(
            "in process; the buyer must go to the issuer",
            pending(MANUAL),
            pay_redirect(),
            "PENDING moved -> inquire",
        ),
        row(
            "unknown",
            pending(MANUAL),
            pay("U UNKNOWN_EXCEPTION"),
            "PENDING -> inquire",
        ),
        row(
            "too many requests",
            pending(MANUAL),
            pay("U REQUEST_TRAFFIC_EXCEED_LIMIT"),
            "PENDING -> inquire",
        ),
        row(
            "a U code that we do not know",
            pending(MANUAL),
            pay("U SOMETHING_NEW"),
            "PENDING -> inquire",
        ),
        row(
            "a result status that we do not know",
            pending(MANUAL),
            pay("X SUCCESS"),
            "PENDING -> inquire",
        ),
        row(
            "success without an amount is not believed",
            pending(MANUAL),
            pay_with("S SUCCESS", without_amount()),
            "PENDING moved -> inquire",
        ),
    ]);
}

fn without_amount() -> PaymentFacts {
    PaymentFacts {
        amount: AmountSeen::Absent,
        ..facts()
    }
}

#[test]
fn no_answer_is_unknown_whatever_its_cause() {
    let silent = |why: &NoAnswer| Event::PayAnswered(Answer::None(*why));
    let rows = SILENCES.iter().flat_map(|why| {
        let name = why.to_string();
        let silence = silent(why);
        [
            row(
                &name,
                pending(MANUAL),
                silence.clone(),
                "PENDING -> inquire",
            ),
            row(&name, known(MANUAL), silence.clone(), "PENDING -> inquire"),
            row(&name, authorized(MANUAL), silence.clone(), "ignored: Known"),
            row(&name, done(), silence.clone(), "ignored: Known"),
            row(&name, declined(), silence, "ignored: Known"),
        ]
    });
    check(rows.collect());
}

/// Each code of a failed pay, with what the buyer is told.
const DECLINES: [(&str, Advice); 42] = [
    ("ACCESS_DENIED", Advice::TryAgain),
    ("AUTHENTICATION_REQUIRED", Advice::Authenticate),
    ("CARD_EXPIRED", Advice::TryAgain),
    ("INVALID_EXPIRATION_DATE", Advice::TryAgain),
    ("CARD_NOT_SUPPORTED", Advice::OtherCard),
    ("SELECTED_CARD_BRAND_NOT_AVAILABLE", Advice::OtherCard),
    ("INVALID_CARD_NUMBER", Advice::TryAgain),
    ("INVALID_CARD", Advice::TryAgain),
    ("INVALID_CVV", Advice::TryAgain),
    ("DO_NOT_HONOR", Advice::TryAgain),
    ("ISSUER_REJECTS_TRANSACTION", Advice::TryAgain),
    ("USER_BALANCE_NOT_ENOUGH", Advice::TryAgain),
    ("USER_AMOUNT_EXCEED_LIMIT", Advice::TryAgain),
    ("USER_STATUS_ABNORMAL", Advice::OtherCard),
    ("USER_KYC_NOT_QUALIFIED", Advice::OtherCard),
    ("USER_NOT_EXIST", Advice::OtherCard),
    ("USER_PAYMENT_VERIFICATION_FAILED", Advice::TryAgain),
    ("VERIFY_UNMATCHED", Advice::TryAgain),
    ("VERIFY_TIMES_EXCEED_LIMIT", Advice::TryAgain),
    ("FRAUD_REJECT", Advice::OtherCard),
    ("RISK_REJECT", Advice::OtherCard),
    ("SUSPECTED_CARD", Advice::OtherCard),
    ("PAYMENT_PROHIBITED", Advice::AskMerchant),
    ("REGULATION_RESTRICTION", Advice::AskMerchant),
    ("PROCESS_FAIL", Advice::TryAgain),
    ("PARAM_ILLEGAL", Advice::AskMerchant),
    ("INVALID_PAYMENT_METHOD_META_DATA", Advice::TryAgain),
    ("PAYMENT_AMOUNT_EXCEED_LIMIT", Advice::AskMerchant),
    ("PAYMENT_COUNT_EXCEED_LIMIT", Advice::AskMerchant),
    ("CURRENCY_NOT_SUPPORT", Advice::AskMerchant),
    ("SETTLE_CONTRACT_NOT_MATCH", Advice::AskMerchant),
    ("INVALID_CONTRACT", Advice::AskMerchant),
    ("NO_PAY_OPTIONS", Advice::AskMerchant),
    ("PAYMENT_NOT_QUALIFIED", Advice::AskMerchant),
    ("MERCHANT_NOT_REGISTERED", Advice::AskMerchant),
    ("INVALID_MERCHANT_STATUS", Advice::AskMerchant),
    ("MERCHANT_KYB_NOT_QUALIFIED", Advice::AskMerchant),
    ("INVALID_API", Advice::AskMerchant),
    ("INVALID_ACCESS_TOKEN", Advice::AskMerchant),
    ("EXPIRED_CODE", Advice::TryAgain),
    ("INVALID_PAYMENT_CODE", Advice::TryAgain),
    ("A_CODE_OF_NEXT_YEAR", Advice::TryAgain),
];

/// Codes of a failed call that settle nothing about the payment.
const NOT_SETTLED: [(&str, PayFailure); 9] = [
    ("REPEAT_REQ_INCONSISTENT", PayFailure::Ask),
    ("SYSTEM_ERROR", PayFailure::Ask),
    ("INVALID_SIGNATURE", PayFailure::NotProcessed),
    ("SIGNATURE_INVALID", PayFailure::NotProcessed),
    ("KEY_NOT_FOUND", PayFailure::NotProcessed),
    ("NO_INTERFACE_DEF", PayFailure::NotProcessed),
    ("MEDIA_TYPE_NOT_ACCEPTABLE", PayFailure::NotProcessed),
    ("METHOD_NOT_SUPPORTED", PayFailure::NotProcessed),
    ("INVALID_CLIENT", PayFailure::NotProcessed),
];

/// Codes of a payment that ended without a refusal.
const ENDS: [(&str, PayFailure, &str); 3] = [
    ("ORDER_IS_CLOSED", PayFailure::Closed, "EXPIRED +expired"),
    (
        "ORDER_IS_CANCELED",
        PayFailure::Cancelled,
        "CANCELLED +cancelled",
    ),
    (
        "ORDER_IS_CANCELLED",
        PayFailure::Cancelled,
        "CANCELLED +cancelled",
    ),
];

/// A code in the answer to pay, in notifyPayment and as the reason of an inquiry's FAIL.
fn by_every_way(code: &str, message: &str, inquiry: &str) -> [Row; 3] {
    let failure = format!("F {code}");
    let failed = format!("FAIL {code}");
    [
        row(code, pending(MANUAL), pay(&failure), message),
        row(code, known(MANUAL), notified(&failure), message),
        row(code, known(MANUAL), inquired(&failed, &[]), inquiry),
    ]
}

#[test]
fn each_code_of_a_refusal_declines_the_payment() {
    let want = "DECLINED +declined moved -> look";
    let rows = DECLINES
        .iter()
        .flat_map(|(code, _)| by_every_way(code, want, want));
    check(rows.collect());
}

#[test]
fn each_code_of_an_end_ends_the_payment() {
    let rows = ENDS.iter().flat_map(|(code, _, end)| {
        let want = format!("{end} moved -> settled");
        by_every_way(code, &want, &want)
    });
    check(rows.collect());
}

#[test]
fn codes_that_settle_nothing_leave_it_pending_until_an_inquiry_shows_the_failure() {
    let rows = NOT_SETTLED.iter().flat_map(|(code, _)| {
        by_every_way(
            code,
            "PENDING -> inquire",
            "DECLINED +declined moved -> look",
        )
    });
    check(rows.collect());
}

#[test]
fn each_code_says_what_the_buyer_can_do() {
    for (code, advice) in DECLINES {
        assert_eq!(pay_failure(code), PayFailure::Declined(advice), "{code}");
    }
    for (code, want) in NOT_SETTLED {
        assert_eq!(pay_failure(code), want, "{code}");
    }
    for (code, want, _) in ENDS {
        assert_eq!(pay_failure(code), want, "{code}");
    }
}

#[test]
fn the_answer_to_pay_may_come_late_or_against_what_is_known() {
    let success = || pay("S SUCCESS");
    let refused = || pay("F DO_NOT_HONOR");
    let doubt = "doubt moved -> inquire";
    check(vec![
        row("known", authorized(MANUAL), success(), "ignored: Known"),
        row("over", done(), success(), "ignored: Known"),
        row("over, badly", capture_failed(), success(), "ignored: Known"),
        row("refused already", declined(), refused(), "ignored: Known"),
        row("expired already", expired(), refused(), "ignored: Known"),
        row(
            "refused after success",
            authorized(ON_REQUEST),
            refused(),
            &format!("AUTHORIZED {doubt}"),
        ),
        row(
            "refused after the capture",
            done(),
            refused(),
            &format!("CAPTURED capture=succeeded {doubt}"),
        ),
        row(
            "success after a refusal",
            declined(),
            success(),
            &format!("DECLINED {doubt}"),
        ),
        row(
            "a gateway's refusal says nothing about what is known",
            authorized(ON_REQUEST),
            pay("F INVALID_SIGNATURE"),
            "ignored: Known",
        ),
        row(
            "pay was never called, as far as we know",
            created(MANUAL),
            refused(),
            "DECLINED +declined moved -> look",
        ),
    ]);
}

#[test]
fn an_answer_that_does_not_fit_goes_to_review() {
    let mut rows = Vec::new();
    for (facts, reason) in misfits() {
        let before = || authorized(ON_REQUEST);
        let review = |rest: &str| format!("{rest} +needs_review review={reason} moved -> look");
        let name = format!("{facts:?}");
        let answer = |result| pay_with(result, facts.clone());
        rows.push(row(
            &name,
            known(MANUAL),
            answer("S SUCCESS"),
            &review("PENDING"),
        ));
        rows.push(row(
            &name,
            known(MANUAL),
            answer("U PAYMENT_IN_PROCESS"),
            &review("PENDING"),
        ));
        rows.push(row(
            &name,
            before(),
            answer("S SUCCESS"),
            &review("AUTHORIZED"),
        ));
    }
    check(rows);
}

#[test]
fn a_success_is_written_down_with_its_facts() {
    let card = CardResult {
        avs_result_raw: Some("A".into()),
        cvv_result_raw: Some("Y".into()),
        network_transaction_id: Some("NT1".into()),
        ..CardResult::default()
    };
    let limit = at(0) + Seconds::days(5);
    let facts = PaymentFacts {
        card: card.clone(),
        ..facts_until(limit)
    };
    let payment = after(&pending(ON_REQUEST), &pay_with("S SUCCESS", facts), at(60));
    assert_eq!(payment.payment_id, Some(crate::common::said::payment_id()));
    assert_eq!(payment.card, card);
    assert_eq!(payment.authorized_at, Some(at(60)));
    assert_eq!(payment.capture_by, Some(limit));
    let order = payment.order.unwrap();
    assert_eq!(
        order.shipping, None,
        "nobody's address is kept longer than needed"
    );
    assert_eq!(order.buyer.unwrap().buyer_name, None);
}

#[test]
fn without_a_limit_of_its_own_an_authorisation_lasts_the_usual_window() {
    let payment = authorized(ON_REQUEST);
    let called_at = payment.pay.as_ref().unwrap().first_at;
    assert!(called_at < payment.authorized_at.unwrap());
    assert_eq!(
        payment.capture_by,
        Some(called_at + policy().capture_window),
        "counted from the earliest it can have been"
    );
}

#[test]
fn a_later_message_corrects_the_limit_while_it_matters() {
    let limit = at(0) + Seconds::days(5);
    let corrected = |before| after(&before, &pay_with("S SUCCESS", facts_until(limit)), at(70));
    assert_eq!(corrected(authorized(ON_REQUEST)).capture_by, Some(limit));
    let other = at(0) + Seconds::days(3);
    let before = authorized_with(ON_REQUEST, facts_until(other));
    assert_eq!(before.capture_by, Some(other));
    assert_eq!(corrected(before).capture_by, Some(limit));
    let captured = done();
    assert_eq!(corrected(captured.clone()).capture_by, captured.capture_by);
}

#[test]
fn an_authorisation_that_is_heard_of_after_its_limit_is_not_captured() {
    let past = pay_with("S SUCCESS", facts_until(at(59)));
    check(vec![row(
        "over before we heard of it",
        pending(MANUAL),
        past,
        "AUTHORIZED +authorized moved -> inquire",
    )]);
}

#[test]
fn the_buyer_is_sent_on_only_while_the_payment_is_pending() {
    let sent_on = after(&pending(MANUAL), &pay_redirect(), at(60));
    assert_eq!(
        sent_on.redirect.as_ref().unwrap().url,
        "https://issuer.example/3ds"
    );
    let later = after(&sent_on, &notified("S SUCCESS"), at(90));
    assert_eq!(later.status, Status::Authorized);
    assert_eq!(later.redirect, None);
    let Event::PayAnswered(Answer::Verified(_, report)) = pay_redirect() else {
        unreachable!("pay_redirect() makes a verified answer");
    };
    let late = Event::PayAnswered(Answer::Verified(
        outcome("U PAYMENT_IN_PROCESS"),
        PayReport {
            facts: facts(),
            ..report
        },
    ));
    assert_eq!(after(&later, &late, at(95)), later);
}

#[test]
fn a_payment_that_pop_told_of_first_is_never_captured_by_us() {
    check(vec![row(
        "the answer that we had lost",
        orphan(),
        pay("S SUCCESS"),
        "ignored: Known",
    )]);
    assert!(orphan().captures.is_empty());
}
