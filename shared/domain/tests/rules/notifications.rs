//! Notifications: doubled, late, out of order, contradicting (docs/provider.md, "Notifications").

use crate::common::said::{
    automatic_capture, capture_id, capture_notified, capture_notified_with, capture_report, facts,
    facts_until, misfits, notified, notified_pending, notified_with, our_capture, outcome,
    payment_notification,
};
use crate::common::states::{
    AUTOMATIC, MANUAL, ON_REQUEST, after, all, authorized, cancelled, capture_failed, created,
    declined, done, done_by_pop, doubted, expired, in_process, known, orphan, pending, sent,
};
use crate::common::table::{account, check, row};
use crate::common::{at, policy};
use domain::decide::{Ignored, from_notification};
use domain::message::{
    Acquirer, AmountSeen, CaptureNotification, CaptureReport, CardResult, PaymentFacts,
};
use domain::{CaptureMode, CaptureRequestId, Decision, Event, Payment, PaymentId, Status, decide};

#[test]
fn each_payment_notification_leads_where_the_contract_says() {
    let silent = PaymentFacts {
        amount: AmountSeen::Absent,
        ..facts()
    };
    check(vec![
        row(
            "authorised; POP captures",
            pending(AUTOMATIC),
            notified("S SUCCESS"),
            "AUTHORIZED +authorized moved -> inquire",
        ),
        row(
            "authorised; we capture",
            pending(MANUAL),
            notified("S SUCCESS"),
            "AUTHORIZED +authorized +hint capture=requested moved -> capture",
        ),
        row(
            "the first we hear of a call to pay",
            created(MANUAL),
            notified("S SUCCESS"),
            "AUTHORIZED +authorized +hint capture=requested moved -> capture",
        ),
        row(
            "refused",
            pending(MANUAL),
            notified("F DO_NOT_HONOR"),
            "DECLINED +declined moved -> look",
        ),
        row(
            "never paid",
            known(MANUAL),
            notified("F ORDER_IS_CLOSED"),
            "EXPIRED +expired moved -> settled",
        ),
        row(
            "PAYMENT_PENDING with S is not paid",
            pending(MANUAL),
            notified_pending("S SUCCESS"),
            "PENDING moved -> inquire",
        ),
        row(
            "PAYMENT_PENDING again",
            known(MANUAL),
            notified_pending("S SUCCESS"),
            "ignored: Known",
        ),
        row(
            "PAYMENT_PENDING with F is not refused",
            known(MANUAL),
            notified_pending("F PROCESS_FAIL"),
            "ignored: Known",
        ),
        row(
            "PAYMENT_PENDING after the result",
            authorized(MANUAL),
            notified_pending("S SUCCESS"),
            "ignored: Known",
        ),
        row(
            "a final kind with U says too little",
            known(MANUAL),
            notified("U PAYMENT_IN_PROCESS"),
            "PENDING moved -> inquire",
        ),
        row(
            "a final kind with a status that we do not know",
            known(MANUAL),
            notified("X SUCCESS"),
            "PENDING moved -> inquire",
        ),
        row(
            "the same about a payment that is over",
            done(),
            notified("U PAYMENT_IN_PROCESS"),
            "ignored: Known",
        ),
        row(
            "success without an amount is not believed",
            known(MANUAL),
            notified_with("S SUCCESS", silent),
            "PENDING moved -> inquire",
        ),
    ]);
}

#[test]
fn each_capture_notification_leads_where_the_contract_says() {
    let ours = |result| capture_notified(&our_capture(), result);
    let theirs = |result| capture_notified(&automatic_capture(), result);
    let captured = "CAPTURED +captured capture=succeeded moved -> settled";
    check(vec![
        row(
            "ours, asked for",
            authorized(MANUAL),
            ours("S SUCCESS"),
            captured,
        ),
        row(
            "ours, in process",
            in_process(),
            ours("S SUCCESS"),
            captured,
        ),
        row(
            "POP's",
            authorized(AUTOMATIC),
            theirs("S SUCCESS"),
            captured,
        ),
        row("mode unknown", orphan(), theirs("S SUCCESS"), captured),
        row(
            "before the payment's own notification",
            known(AUTOMATIC),
            theirs("S SUCCESS"),
            "CAPTURED +authorized +captured capture=succeeded moved -> settled",
        ),
        row(
            "ours, refused for good",
            in_process(),
            ours("F PROCESS_FAIL"),
            "CAPTURE_FAILED +capture_failed capture=failed(PROCESS_FAIL) moved -> settled",
        ),
        row(
            "POP's, refused for good",
            authorized(AUTOMATIC),
            theirs("F RISK_REJECT"),
            "CAPTURE_FAILED +capture_failed capture=failed(RISK_REJECT) moved -> settled",
        ),
        row(
            "refused before we hear of an authorisation: ask",
            known(AUTOMATIC),
            theirs("F PROCESS_FAIL"),
            "PENDING moved -> inquire",
        ),
        row(
            "in process",
            authorized(MANUAL),
            ours("U CAPTURE_IN_PROCESS"),
            "AUTHORIZED capture=in_process moved -> inquire",
        ),
        row(
            "in process again",
            in_process(),
            ours("U CAPTURE_IN_PROCESS"),
            "AUTHORIZED capture=in_process -> inquire",
        ),
        row(
            "POP's is in process: nothing new",
            authorized(AUTOMATIC),
            theirs("U CAPTURE_IN_PROCESS"),
            "ignored: Known",
        ),
    ]);
}

#[test]
fn pop_has_one_capture_of_its_own_whatever_it_names_it() {
    let named = |request: &str, pop: &str, result: &str| {
        let mut report = capture_report(&CaptureRequestId::new(request).unwrap());
        report.capture_id = Some(capture_id(pop));
        capture_notified_with(result, report)
    };
    let unclear = named("FIRST", "CAP_1", "F ORDER_STATUS_INVALID");
    let doubtful = || sent(&after(&authorized(AUTOMATIC), &unclear, at(30)), at(30));
    check(vec![
        row(
            "a refusal that settles nothing",
            authorized(AUTOMATIC),
            unclear.clone(),
            "AUTHORIZED capture=doubtful(ORDER_STATUS_INVALID) moved -> inquire",
        ),
        row(
            "another refusal, under another name",
            doubtful(),
            named("SECOND", "CAP_2", "F AUTH_NOT_FOUND"),
            "AUTHORIZED capture=doubtful(AUTH_NOT_FOUND) moved -> inquire",
        ),
        row(
            "it failed, under another name",
            doubtful(),
            named("SECOND", "CAP_2", "F PROCESS_FAIL"),
            "CAPTURE_FAILED +capture_failed capture=failed(PROCESS_FAIL) moved -> settled",
        ),
        row(
            "it succeeded, under another name",
            doubtful(),
            named("SECOND", "CAP_2", "S SUCCESS"),
            "CAPTURED +captured capture=lapsed capture=succeeded moved -> settled",
        ),
        row(
            "it succeeded, under another name of ours alone",
            doubtful(),
            half_named(Some("SECOND"), None),
            "CAPTURED +captured capture=lapsed capture=succeeded moved -> settled",
        ),
        row(
            "it succeeded, under another name of POP's alone",
            doubtful(),
            half_named(None, Some("CAP_2")),
            "CAPTURED +captured capture=lapsed capture=succeeded moved -> settled",
        ),
    ]);
}

/// A capture that succeeded, by the names that there are.
fn half_named(request: Option<&str>, pop: Option<&str>) -> Event {
    let mut report = capture_report(&automatic_capture());
    report.request_id = request.map(|id| CaptureRequestId::new(id).unwrap());
    report.capture_id = pop.map(capture_id);
    capture_notified_with("S SUCCESS", report)
}

#[test]
fn a_capture_told_without_a_name_is_the_one_that_pop_makes() {
    let named = half_named;
    let without_pops = || {
        let told = after(&authorized(AUTOMATIC), &named(Some("FIRST"), None), at(30));
        sent(&told, at(30))
    };
    let nameless = || {
        sent(
            &after(&authorized(AUTOMATIC), &named(None, None), at(30)),
            at(30),
        )
    };
    let learned = after(&nameless(), &named(Some("PAY_1"), Some("CAP_1")), at(40));
    let known = "ignored: Known";
    check(vec![
        row("again", nameless(), named(None, None), known),
        row(
            "with its names at last",
            nameless(),
            named(Some("PAY_1"), Some("CAP_1")),
            "CAPTURED capture=succeeded moved -> settled",
        ),
        row(
            "again with them",
            learned.clone(),
            named(Some("PAY_1"), Some("CAP_1")),
            known,
        ),
        row("again without", learned.clone(), named(None, None), known),
        row(
            "another one",
            learned,
            named(Some("SECOND"), Some("CAP_2")),
            "CAPTURED +needs_review capture=succeeded review=second_capture moved -> look",
        ),
        row(
            "another one, beside one that POP did not name",
            without_pops(),
            named(Some("SECOND"), Some("CAP_2")),
            "CAPTURED +needs_review capture=succeeded review=second_capture moved -> look",
        ),
        row(
            "without a name ours cannot be told from another",
            authorized(MANUAL),
            named(None, None),
            "AUTHORIZED +needs_review capture=requested review=foreign_capture moved -> look",
        ),
    ]);
}

#[test]
fn a_repeated_notification_changes_nothing() {
    let repeats = [
        ("authorized", pending(MANUAL), notified("S SUCCESS")),
        ("declined", pending(MANUAL), notified("F DO_NOT_HONOR")),
        ("closed", known(MANUAL), notified("F ORDER_IS_CLOSED")),
        ("pending", pending(MANUAL), notified_pending("S SUCCESS")),
        (
            "captured",
            authorized(MANUAL),
            capture_notified(&our_capture(), "S SUCCESS"),
        ),
        (
            "captured by POP",
            known(AUTOMATIC),
            capture_notified(&automatic_capture(), "S SUCCESS"),
        ),
        (
            "capture failed",
            authorized(MANUAL),
            capture_notified(&our_capture(), "F PROCESS_FAIL"),
        ),
    ];
    let rows = repeats.map(|(name, before, event)| {
        let once = after(&before, &event, at(60));
        assert_ne!(once, before, "{name}: the first one must do something");
        row(name, once, event, "ignored: Known").at(at(180))
    });
    check(rows.into());
}

#[test]
fn each_fact_is_news_once() {
    let with_acquirer = |change: fn(&mut Acquirer)| {
        let mut facts = facts();
        change(facts.acquirer.insert(Acquirer::default()));
        facts
    };
    let with_card = |change: fn(&mut CardResult)| {
        let mut facts = facts();
        change(&mut facts.card);
        facts
    };
    let all = [
        with_card(|card| card.avs_result_raw = Some("A".into())),
        with_card(|card| card.cvv_result_raw = Some("M".into())),
        with_card(|card| card.network_transaction_id = Some("NTI".into())),
        with_card(|card| card.eci = Some("05".into())),
        with_card(|card| card.three_ds_version = Some("2.2.0".into())),
        with_card(|card| card.ds_transaction_id = Some("DS".into())),
        with_acquirer(|acquirer| acquirer.name = Some("BANK".into())),
        with_acquirer(|acquirer| acquirer.reference_request_id = Some("REF".into())),
        with_acquirer(|acquirer| acquirer.transaction_id = Some("TX".into())),
        facts_until(at(9_000)),
    ];
    for facts in all {
        let told = notified_with("S SUCCESS", facts.clone());
        let Decision::Commit(first) = decide(&authorized(ON_REQUEST), &told, at(60), &policy())
        else {
            panic!("no news: {facts:?}");
        };
        assert!(first.moved, "{facts:?}");
        assert_eq!(first.next.card, facts.card);
        assert_eq!(first.next.acquirer, facts.acquirer.unwrap_or_default());
        let again = decide(&first.next, &told, at(61), &policy());
        assert_eq!(again, Decision::Ignore(Ignored::Known));
    }
}

#[test]
fn out_of_order_the_payment_is_the_same() {
    let paid = notified("S SUCCESS");
    let captured = capture_notified(&automatic_capture(), "S SUCCESS");
    let told_of = |first: &domain::Event, second: &domain::Event| {
        let one = after(&known(AUTOMATIC), first, at(60));
        sent(&after(&one, second, at(61)), at(62))
    };
    let (right, wrong) = (told_of(&paid, &captured), told_of(&captured, &paid));
    for payment in [right, wrong] {
        assert_eq!(payment.status, Status::Captured);
        assert_eq!(payment.captured_minor(), payment.amount.minor());
        assert_eq!(payment.due_at, None);
    }
}

#[test]
fn a_contradiction_is_doubted_and_not_believed() {
    let foreign = CaptureRequestId::new("FOREIGN").unwrap();
    let mut other = capture_report(&foreign);
    other.capture_id = Some(capture_id("CAP_2"));
    let late_capture = capture_notified(&automatic_capture(), "S SUCCESS");
    check(vec![
        row(
            "failure after success",
            authorized(ON_REQUEST),
            notified("F ORDER_IS_CLOSED"),
            "AUTHORIZED doubt moved -> inquire",
        ),
        row(
            "success after failure",
            declined(),
            notified("S SUCCESS"),
            "DECLINED doubt moved -> inquire",
        ),
        row(
            "success after the end",
            expired(),
            notified("S SUCCESS"),
            "EXPIRED doubt moved -> inquire",
        ),
        row(
            "success, told late, of what was authorised and then cancelled",
            cancelled(),
            notified("S SUCCESS"),
            "ignored: Known",
        ),
        row(
            "a capture of what was cancelled",
            cancelled(),
            capture_notified(&our_capture(), "S SUCCESS"),
            "CANCELLED capture=lapsed doubt moved -> inquire",
        ),
        row(
            "another kind of end is no contradiction",
            declined(),
            notified("F ORDER_IS_CLOSED"),
            "ignored: Known",
        ),
        row(
            "cancelled after the capture",
            done(),
            notified("F ORDER_IS_CANCELED"),
            "CAPTURED capture=succeeded doubt moved -> inquire",
        ),
        row(
            "the capture failed after it succeeded",
            done(),
            capture_notified(&our_capture(), "F PROCESS_FAIL"),
            "CAPTURED capture=succeeded doubt moved -> inquire",
        ),
        row(
            "the capture succeeded after it failed",
            capture_failed(),
            capture_notified(&our_capture(), "S SUCCESS"),
            "CAPTURE_FAILED capture=failed(PROCESS_FAIL) doubt moved -> inquire",
        ),
        row(
            "a capture of a payment that was refused, and no capture is noted",
            after(&pending(AUTOMATIC), &notified("F DO_NOT_HONOR"), at(5)),
            late_capture,
            "DECLINED doubt moved -> inquire",
        ),
        row(
            "a failed capture of a payment that was refused fits",
            declined(),
            capture_notified(&our_capture(), "F AUTH_CANCELLED"),
            "ignored: Known",
        ),
        row(
            "a capture that we did not ask for",
            authorized(ON_REQUEST),
            capture_notified(&foreign, "S SUCCESS"),
            "AUTHORIZED +needs_review review=foreign_capture moved -> look",
        ),
        row(
            "one more than we asked for",
            done(),
            capture_notified_with("S SUCCESS", other.clone()),
            "CAPTURED +needs_review capture=succeeded review=foreign_capture moved -> look",
        ),
        row(
            "POP captured twice",
            done_by_pop(),
            capture_notified_with("S SUCCESS", other),
            "CAPTURED +needs_review capture=succeeded review=second_capture moved -> look",
        ),
        row(
            "our one capture under two ids of POP's",
            done(),
            capture_notified_with("S SUCCESS", {
                let mut report = capture_report(&our_capture());
                report.capture_id = Some(capture_id("CAP_2"));
                report
            }),
            "CAPTURED +needs_review capture=succeeded review=second_capture moved -> look",
        ),
        row(
            "a failed capture that is not ours is kept",
            authorized(ON_REQUEST),
            capture_notified(&foreign, "F PROCESS_FAIL"),
            "AUTHORIZED moved -> look",
        ),
    ]);
}

#[test]
fn a_notification_that_does_not_fit_goes_to_review() {
    let mut rows = Vec::new();
    for (facts, reason) in misfits() {
        let name = format!("{facts:?}");
        let review = |rest: &str, capture: &str| {
            format!("{rest} +needs_review{capture} review={reason} moved -> look")
        };
        for result in ["S SUCCESS", "F DO_NOT_HONOR"] {
            let event = notified_with(result, facts.clone());
            rows.push(row(
                &name,
                known(MANUAL),
                event.clone(),
                &review("PENDING", ""),
            ));
            rows.push(row(
                &name,
                done(),
                event,
                &review("CAPTURED", " capture=succeeded"),
            ));
        }
    }
    check(rows);
}

#[test]
fn a_capture_of_another_amount_goes_to_review() {
    let amounts = [
        AmountSeen::Is(crate::common::euros(7_999)),
        AmountSeen::Is(crate::common::euros(16_000)),
        AmountSeen::Is(domain::Money::from_wire("8000", "USD").unwrap()),
        AmountSeen::Unreadable,
    ];
    let rows = amounts.iter().flat_map(|seen| {
        let report = |id| {
            let mut report = capture_report(id);
            report.amount = *seen;
            capture_notified_with("S SUCCESS", report)
        };
        let name = format!("{seen:?}");
        [
            row(
                &name,
                authorized(MANUAL),
                report(&our_capture()),
                "AUTHORIZED +needs_review capture=requested review=amount_mismatch moved -> look",
            ),
            row(
                &name,
                authorized(AUTOMATIC),
                report(&automatic_capture()),
                "AUTHORIZED +needs_review review=amount_mismatch moved -> look",
            ),
            row(
                &name,
                done(),
                report(&our_capture()),
                "CAPTURED +needs_review capture=succeeded review=amount_mismatch moved -> look",
            ),
        ]
    });
    check(rows.collect());
}

#[test]
fn a_capture_without_an_amount_is_asked_about() {
    let silent = |id| {
        let mut report = capture_report(id);
        report.amount = AmountSeen::Absent;
        capture_notified_with("S SUCCESS", report)
    };
    check(vec![
        row(
            "ours",
            authorized(MANUAL),
            silent(&our_capture()),
            "AUTHORIZED capture=requested doubt moved -> inquire",
        ),
        row(
            "POP's",
            authorized(AUTOMATIC),
            silent(&automatic_capture()),
            "AUTHORIZED doubt moved -> inquire",
        ),
        row(
            "known already",
            done(),
            silent(&our_capture()),
            "ignored: Known",
        ),
    ]);
}

#[test]
fn a_capture_of_another_payment_goes_to_review() {
    let mut report = capture_report(&our_capture());
    report.payment_id = Some(PaymentId::new("OTHER").unwrap());
    check(vec![row(
        "bound to another id",
        authorized(MANUAL),
        capture_notified_with("S SUCCESS", report),
        "AUTHORIZED +needs_review capture=requested review=payment_id_mismatch moved -> look",
    )]);
    // The id under which it was told counts, whatever its details leave out.
    let other = PaymentId::new("OTHER").unwrap();
    let capture = CaptureReport {
        payment_id: None,
        ..capture_report(&our_capture())
    };
    let notification = CaptureNotification {
        payment_id: other,
        outcome: outcome("S SUCCESS"),
        capture,
    };
    check(vec![row(
        "told under another id",
        authorized(MANUAL),
        Event::CaptureNotified(notification),
        "AUTHORIZED +needs_review capture=requested review=payment_id_mismatch moved -> look",
    )]);
}

#[test]
fn in_review_every_message_is_kept_and_none_is_acted_on() {
    let misfit = misfits().remove(0).0;
    for (name, before) in all() {
        let reviewed = after(&before, &notified_with("S SUCCESS", misfit.clone()), at(60));
        assert!(reviewed.review.is_some(), "{name}");
        let status = reviewed.status.as_str();
        for event in [
            notified("S SUCCESS"),
            notified("F DO_NOT_HONOR"),
            capture_notified(&our_capture(), "S SUCCESS"),
            crate::common::said::inquired("CANCELLED", &[]),
            crate::common::said::pay("F DO_NOT_HONOR"),
            crate::common::said::captured("S SUCCESS"),
        ] {
            let decision = domain::decide(&reviewed, &event, at(70), &policy());
            let got = account(&reviewed, &decision, at(70));
            assert!(
                got.starts_with(status) && !got.contains('+'),
                "{name}: {got}"
            );
            assert!(got.ends_with("moved -> look"), "{name}: {got}");
        }
    }
}

#[test]
fn a_payment_that_we_do_not_know_is_kept_as_pop_tells_it() {
    let told = |is_final, result| {
        let notification = payment_notification(is_final, result, facts());
        let born = from_notification(&notification, at(60), &policy()).unwrap();
        assert_eq!(born.next.version, 1);
        assert_eq!(born.next.capture_mode, CaptureMode::Unknown);
        assert!(born.moved, "its notification is evidence");
        let nothing = Payment {
            outbox: Vec::new(),
            ..born.next.clone()
        };
        account(&nothing, &Decision::Commit(born), at(60))
    };
    for (is_final, result, want) in [
        (true, "S SUCCESS", "AUTHORIZED +authorized moved -> inquire"),
        (
            true,
            "F DO_NOT_HONOR",
            "DECLINED +declined moved -> settled",
        ),
        (
            true,
            "F ORDER_IS_CLOSED",
            "EXPIRED +expired moved -> settled",
        ),
        (true, "U WHATEVER", "PENDING moved -> inquire"),
        (false, "S SUCCESS", "PENDING moved -> inquire"),
    ] {
        assert_eq!(told(is_final, result), want, "{result}");
    }
}

#[test]
fn a_payment_that_we_do_not_know_needs_an_amount() {
    for amount in [AmountSeen::Absent, AmountSeen::Unreadable] {
        let facts = PaymentFacts { amount, ..facts() };
        let notification = payment_notification(true, "S SUCCESS", facts);
        assert_eq!(from_notification(&notification, at(60), &policy()), None);
    }
}

#[test]
fn doubt_is_raised_once_and_keeps_its_age() {
    let doubted = doubted(declined());
    let since = doubted.doubt.as_ref().unwrap().since;
    let again = after(&doubted, &notified("S SUCCESS"), at(5_000));
    assert_eq!(again.doubt.unwrap().since, since);
}
