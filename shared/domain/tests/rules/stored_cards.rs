//! Cards that the buyer lets the merchant keep (docs/provider.md, "Stored cards").

use crate::common::said::{
    SILENCES, automatic_capture, capture_notified, facts, inquired, inquired_with, notified,
    notified_with, pay, pay_with, shown,
};
use crate::common::states::{
    AUTOMATIC, MANUAL, ON_REQUEST, created, held_by_another, in_review, order, orphan, pending,
    then,
};
use crate::common::table::{check, row};
use crate::common::wishes::{TOKEN, facts_with_card, tokenized};
use crate::common::{START, at, policy};
use domain::decide::Transition;
use domain::message::{AmountSeen, PaymentFacts};
use domain::plan::{Step, next_step};
use domain::stored_card::CardToken;
use domain::{
    BuyerId, CaptureMode, CaptureOn, CaptureRequestId, Decision, Event, Payment, SaveCard,
    StoredCardId, decide,
};

/// Pay was called, and the buyer agreed that the card is stored.
fn agreed(mode: (CaptureMode, CaptureOn)) -> Payment {
    then(created(mode), 1, &Event::PayStarted { save_card: true })
}

/// A capture that nobody asked for.
fn foreign_capture() -> CaptureRequestId {
    CaptureRequestId::new("OTHER").unwrap()
}

fn committed(payment: &Payment, event: &Event) -> Transition {
    match decide(payment, event, at(60), &policy()) {
        Decision::Commit(transition) => transition,
        Decision::Ignore(reason) => panic!("{reason:?}"),
    }
}

/// The ways in which POP's token reaches us.
fn tokens() -> [(&'static str, Event); 3] {
    [
        (
            "the answer to pay",
            pay_with("S SUCCESS", facts_with_card()),
        ),
        (
            "notifyPayment",
            notified_with("S SUCCESS", facts_with_card()),
        ),
        (
            "an inquiry",
            inquired_with("SUCCESS", &[], facts_with_card()),
        ),
    ]
}

#[test]
fn a_card_is_stored_in_the_commit_that_hears_of_its_token() {
    for (name, event) in tokens() {
        let transition = committed(&agreed(ON_REQUEST), &event);
        let card = transition.keep_card.expect(name);
        let buyer = BuyerId::new("buyer-1").unwrap();
        let id = StoredCardId::derive(&buyer, &CardToken::new(TOKEN).unwrap());
        assert_eq!(
            transition.next.save_card,
            SaveCard::Saved(id.clone()),
            "{name}"
        );
        assert_eq!((card.id, card.buyer), (id, buyer));
        assert_eq!(card.token.expose(), TOKEN);
        assert_eq!(card.face, tokenized(TOKEN).face);
        assert_eq!(card.network_transaction_id.as_deref(), Some("NTI_1"));
        assert_eq!(
            (card.saved_at, card.saved_by),
            (at(60), transition.next.id.clone())
        );
        assert!(transition.moved, "its message is evidence");
        let again = decide(&transition.next, &event, at(61), &policy());
        let keeps = matches!(
            again,
            Decision::Commit(Transition {
                keep_card: Some(_),
                ..
            })
        );
        assert!(!keeps, "{name}: stored once");
    }
}

#[test]
fn without_consent_no_card_is_stored() {
    for (name, event) in tokens() {
        let transition = committed(&pending(ON_REQUEST), &event);
        assert_eq!(transition.keep_card, None, "{name}");
        assert_eq!(transition.next.save_card, SaveCard::No, "{name}");
    }
    let unknown = Event::OrderArrived(order(MANUAL));
    let adopted = then(orphan(), 30, &unknown);
    let late = decide(&adopted, &tokens()[1].1, at(60), &policy());
    assert!(!matches!(
        late,
        Decision::Commit(Transition {
            keep_card: Some(_),
            ..
        })
    ));
}

#[test]
fn a_buyer_without_an_id_has_no_stored_cards() {
    let mut new = order(MANUAL);
    new.order.buyer = None;
    let nobody = Payment::create(new, START, &policy());
    let paying = committed(&nobody, &Event::PayStarted { save_card: true });
    assert_eq!(paying.next.save_card, SaveCard::No);
}

#[test]
fn a_token_is_nowhere_in_the_row_or_in_print() {
    for (name, event) in tokens() {
        let transition = committed(&agreed(MANUAL), &event);
        let json = serde_json::to_string(&transition.next).unwrap();
        for text in [json, format!("{transition:?}"), format!("{event:?}")] {
            assert!(!text.contains("ALIPAYtoken"), "{name}: {text}");
            assert!(!text.contains("of==the"), "{name}: {text}");
        }
        for message in &transition.next.outbox {
            assert!(!message.body(&transition.next.id).contains("ALIPAYtoken"));
        }
    }
    let text = serde_json::to_string(&facts_with_card()).unwrap();
    assert!(!text.contains("ALIPAY"), "{text}");
}

#[test]
fn a_token_that_has_not_come_is_asked_for_once_and_then_not_waited_for() {
    let saved = "AUTHORIZED +authorized card=saved moved -> look";
    let wanted = "AUTHORIZED +authorized card=wanted moved -> inquire";
    let waiting = || then(agreed(ON_REQUEST), 3, &pay("S SUCCESS"));
    let gave_none = || then(waiting(), 20, &inquired("SUCCESS", &[]));
    let with_card = |event: fn(&str, PaymentFacts) -> Event| event("S SUCCESS", facts_with_card());
    check(vec![
        row(
            "not in the answer",
            agreed(ON_REQUEST),
            pay("S SUCCESS"),
            wanted,
        ),
        row(
            "in the answer",
            agreed(ON_REQUEST),
            with_card(pay_with),
            saved,
        ),
        row(
            "in an answer that names no amount, and so authorises nothing",
            agreed(ON_REQUEST),
            pay_with(
                "S SUCCESS",
                PaymentFacts {
                    amount: AmountSeen::Absent,
                    ..facts_with_card()
                },
            ),
            "PENDING card=wanted moved -> inquire",
        ),
        row(
            "in an inquiry that sends it to review",
            waiting(),
            inquired_with(
                "SUCCESS",
                &[shown(&foreign_capture(), "SUCCESS SUCCESS")],
                facts_with_card(),
            ),
            "AUTHORIZED +needs_review card=wanted review=foreign_capture moved -> look",
        ),
        row(
            "not in the inquiry",
            waiting(),
            inquired("SUCCESS", &[]),
            "AUTHORIZED card=not_given moved -> look",
        ),
        row(
            "in the inquiry",
            waiting(),
            inquired_with("SUCCESS", &[], facts_with_card()),
            "AUTHORIZED card=saved moved -> look",
        ),
        row(
            "no answer to the inquiry",
            waiting(),
            Event::Inquired(domain::message::Answer::None(SILENCES[0])),
            "AUTHORIZED card=wanted -> inquire",
        ),
        row(
            "POP does not say",
            waiting(),
            inquired("PROCESSING", &[]),
            "AUTHORIZED card=wanted -> inquire",
        ),
        row(
            "POP does not say for a day",
            waiting(),
            inquired("PROCESSING", &[]),
            "AUTHORIZED card=not_given moved -> look",
        )
        .at(at(3) + policy().confirm_window),
        row(
            "later after all",
            gave_none(),
            with_card(notified_with),
            "AUTHORIZED card=saved moved -> look",
        ),
    ]);
}

#[test]
fn waiting_for_a_token_puts_off_no_warning() {
    let waiting = then(agreed(ON_REQUEST), 3, &pay("S SUCCESS"));
    let guard = waiting.capture_by.unwrap() - policy().capture_margin;
    assert_eq!(next_step(&waiting, guard, &policy()), Step::LookAtTime);
    check(vec![
        row(
            "warned",
            waiting,
            Event::TimePassed,
            "AUTHORIZED +capture_due card=wanted moved -> inquire",
        )
        .at(guard),
    ]);
}

#[test]
fn a_token_is_waited_for_after_the_capture_too() {
    let notice = capture_notified(&automatic_capture(), "S SUCCESS");
    let captured = then(agreed(AUTOMATIC), 5, &notified("S SUCCESS"));
    let captured = then(captured, 6, &notice);
    assert!(captured.is_unresolved());
    let due = captured.due_at.unwrap();
    assert_eq!(next_step(&captured, due, &policy()), Step::Inquire);
    let theirs = [shown(&automatic_capture(), "SUCCESS SUCCESS")];
    let known = |card: &str| format!("CAPTURED capture=succeeded card={card} moved -> settled");
    check(vec![
        row(
            "a notification",
            captured.clone(),
            notified_with("S SUCCESS", facts_with_card()),
            &known("saved"),
        ),
        row(
            "an inquiry",
            captured.clone(),
            inquired_with("SUCCESS", &theirs, facts_with_card()),
            &known("saved"),
        ),
        row(
            "an inquiry without it",
            captured,
            inquired("SUCCESS", &theirs),
            &known("not_given"),
        ),
    ]);
}

#[test]
fn no_card_is_stored_of_a_payment_that_ended_without_money() {
    check(vec![
        row(
            "refused",
            agreed(MANUAL),
            pay_with("F DO_NOT_HONOR", facts_with_card()),
            "DECLINED +declined moved -> look",
        ),
        row(
            "expired",
            agreed(MANUAL),
            inquired_with("FAIL ORDER_IS_CLOSED", &[], facts_with_card()),
            "EXPIRED +expired moved -> settled",
        ),
    ]);
    let expired = then(agreed(MANUAL), 50, &notified("F ORDER_IS_CLOSED"));
    let late = committed(&expired, &notified_with("S SUCCESS", facts_with_card()));
    assert_eq!(late.keep_card, None);
    assert!(late.next.doubt.is_some());
}

#[test]
fn what_is_stored_stays_stored_when_the_authorisation_ends() {
    let saved = then(
        agreed(ON_REQUEST),
        3,
        &pay_with("S SUCCESS", facts_with_card()),
    );
    let over = then(saved.clone(), 50, &inquired("CANCELLED", &[]));
    assert_eq!(over.save_card, saved.save_card);
    assert!(matches!(over.save_card, SaveCard::Saved(_)));
    let never = then(agreed(ON_REQUEST), 50, &notified("F ORDER_IS_CLOSED"));
    assert_eq!((never.save_card, never.due_at), (SaveCard::No, None));
}

#[test]
fn in_review_no_card_is_stored() {
    let reviewed = in_review(agreed(MANUAL));
    let next = committed(&reviewed, &notified_with("S SUCCESS", facts_with_card()));
    assert_eq!(next.keep_card, None);
    assert_eq!(next.next.save_card, SaveCard::Wanted);
}

#[test]
fn the_card_of_a_second_attempt_is_stored_and_the_attempt_cancelled() {
    let second = held_by_another(agreed(MANUAL));
    let next = committed(&second, &pay_with("S SUCCESS", facts_with_card()));
    assert!(next.keep_card.is_some() && next.next.is_cancelling());
    assert_eq!(facts().stored_card, None);
}
