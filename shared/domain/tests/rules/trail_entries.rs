//! What each entry of a trail says, and what it does when the trail is decided again.

use crate::common::book::{Book, message};
use crate::common::said::{
    SILENCES, capture_notified, captured, inquired, notified, our_capture, pay, payment_id,
};
use crate::common::states::{AUTOMATIC, MANUAL, ON_REQUEST, created, done, order};
use crate::common::wishes::{
    TOKEN, cancel_answered, capture_asked, facts_with_card, refund_answered, refund_asked,
    refund_id, refund_inquired, refund_notified,
};
use crate::common::{at, policy};
use domain::evidence::{Call, Decided, Entry, LocalStep, Said, Terms, Trail};
use domain::message::{Answer, NoAnswer};
use domain::replay::differences;
use domain::{
    CancelBy, Decision, Event, NewPayment, Payment, PaymentRequestId, ReviewReason, decide,
};

/// Authorised, and not captured until the merchant says so.
fn authorized() -> (Book, Payment) {
    let happens = [
        Event::PayStarted { save_card: false },
        notified("S SUCCESS"),
    ];
    Book::of(&created(ON_REQUEST), &happens)
}

#[test]
fn only_answers_about_a_capture_or_a_refund_are_about_one_of_several() {
    let capture = our_capture();
    let silent = SILENCES[0];
    let about_one = [
        (captured("S SUCCESS"), capture.as_str()),
        (captured("F PROCESS_FAIL"), capture.as_str()),
        (
            Event::CaptureAnswered(capture.clone(), Answer::None(silent)),
            capture.as_str(),
        ),
        (refund_answered("U REFUND_IN_PROCESS"), "REFUND_1"),
        (
            Event::RefundAnswered(refund_id("R7"), Answer::None(silent)),
            "R7",
        ),
        (refund_inquired("S SUCCESS", "SUCCESS"), "REFUND_1"),
        (
            Event::RefundInquired(refund_id("R7"), Answer::None(silent)),
            "R7",
        ),
    ];
    for (event, about) in about_one {
        assert_eq!(event.about().as_deref(), Some(about), "{event:?}");
    }
    // The others are about the payment, or name what they are about themselves.
    for event in [
        Event::PayStarted { save_card: true },
        pay("S SUCCESS"),
        inquired("SUCCESS", &[]),
        notified("S SUCCESS"),
        capture_asked(1, None),
        capture_notified(&capture, "S SUCCESS"),
        Event::CancelAsked(CancelBy::Buyer),
        cancel_answered("S SUCCESS"),
        refund_asked("REFUND_1", None),
        refund_notified("S SUCCESS", "SUCCESS"),
        Event::PaymentIdTaken,
        Event::TimePassed,
    ] {
        assert_eq!(event.about(), None, "{event:?}");
    }
}

#[test]
fn an_entry_gives_its_message_and_what_that_answers_and_a_step_of_ours_neither() {
    let said = |about: Option<&str>| {
        Entry::Signed(Said {
            message: message(7),
            about: about.map(str::to_owned),
            kept: false,
        })
    };
    let decided = Decided {
        version: 1,
        at: at(0),
        terms: Terms::of(&policy()),
    };
    let cases = [
        (said(Some("C1")), Some(message(7)), Some("C1")),
        (said(None), Some(message(7)), None),
        (Entry::Local(LocalStep::TimePassed), None, None),
    ];
    for (entry, message, about) in cases {
        let entry = Trail::default().append(entry, at(0), decided);
        assert_eq!(entry.message(), message.as_ref(), "{entry:?}");
        assert_eq!(entry.about(), about, "{entry:?}");
    }
}

/// Another attempt turned out to hold the order, found out while this event was committed.
fn held_while(event: &Event, (mut book, row): (Book, Payment)) -> (Book, Payment) {
    let by = PaymentRequestId::new("PAY_0").unwrap();
    let held = Payment {
        order_held_by: Some(by.clone()),
        ..row
    };
    let Decision::Commit(transition) = decide(&held, event, at(9), &policy()) else {
        panic!("{event:?} changes nothing")
    };
    let version = transition.next.version;
    let entry = Entry::Local(LocalStep::OrderHeld { by });
    book.note(entry, version, at(9), &policy());
    let entry = book.entry_of(event);
    book.note(entry, version, at(9), &policy());
    (book, transition.next)
}

/// Every call to POP, for whose answer nobody can vouch.
fn silences(why: NoAnswer) -> [Event; 6] {
    [
        Event::PayAnswered(Answer::None(why)),
        Event::Inquired(Answer::None(why)),
        Event::CaptureAnswered(our_capture(), Answer::None(why)),
        Event::CancelAnswered(Answer::None(why)),
        Event::RefundAnswered(refund_id("REFUND_1"), Answer::None(why)),
        Event::RefundInquired(refund_id("REFUND_1"), Answer::None(why)),
    ]
}

#[test]
fn a_call_without_an_answer_is_decided_again_since_the_order_may_be_found_held_with_it() {
    for why in SILENCES {
        for event in silences(why) {
            let (book, row) = held_while(&event, authorized());
            assert_eq!(row.cancel.as_ref().unwrap().by, CancelBy::OrderRule);
            let rebuilt = book.replay().unwrap();
            assert_eq!(differences(&rebuilt, &row), [], "{event:?}");
        }
    }
}

#[test]
fn an_order_that_arrives_again_is_not_the_order_even_if_its_coming_is_written_down() {
    let mut other = order(AUTOMATIC);
    other.order.description = "Tea".into();
    let event = Event::OrderArrived(NewPayment {
        id: done().id,
        ..other
    });
    let (book, row) = held_while(&event, authorized());
    let digest = row.order.as_ref().unwrap().digest();
    let rebuilt = book.replay().unwrap();
    assert_eq!(rebuilt.order_digest, Some(digest));
    assert_eq!(differences(&rebuilt, &row), []);
}

#[test]
fn a_message_that_was_only_kept_is_not_acted_on_and_need_not_be_readable() {
    let (book, row) = authorized();
    let before = book.replay().unwrap();
    let declined = inquired("FAIL DO_NOT_HONOR", &[]);
    for (kept, readable) in [(true, true), (true, false), (false, true)] {
        let mut book = Book {
            trail: book.trail.clone(),
            entries: book.entries.clone(),
            said: book.said.clone(),
        };
        let entry = book.entry_of(&declined);
        let Entry::Signed(said) = entry else {
            panic!("POP's word is a message")
        };
        if !readable {
            book.said.pop();
        }
        let entry = Entry::Signed(Said { kept, ..said });
        book.note(entry, row.version + 1, at(9), &policy());
        let mut rebuilt = book.replay().unwrap();
        assert_eq!(rebuilt.payment.version, row.version + 1, "it was a commit");
        rebuilt.payment.version = before.payment.version;
        assert_eq!(rebuilt == before, kept, "kept {kept}, readable {readable}");
    }
}

#[test]
fn an_id_that_belongs_to_another_payment_is_let_go_of_if_this_commit_had_bound_it() {
    for unbound in [true, false] {
        let (mut book, row) = authorized();
        assert_eq!(row.payment_id, Some(payment_id()));
        let entry = Entry::Local(LocalStep::PaymentIdTaken { unbound });
        book.note(entry, row.version, at(2), &policy());
        let rebuilt = book.replay().unwrap().payment;
        let reason = rebuilt.review.map(|review| review.reason);
        assert_eq!(reason, Some(ReviewReason::PaymentIdTaken));
        assert_eq!(rebuilt.payment_id.is_none(), unbound);
    }
}

/// Authorised, with a card that was stored and a message to be sent.
fn with_card() -> (Book, Payment) {
    let happens = [
        Event::PayStarted { save_card: true },
        crate::common::said::notified_with("S SUCCESS", facts_with_card()),
    ];
    Book::of(&created(ON_REQUEST), &happens)
}

/// A field, a change of it behind the trail, and what is shown of the field before and after.
type Shown<'a> = (&'a str, fn(&mut Payment), &'a str, &'a str);

#[test]
fn a_difference_says_what_is_there_and_what_is_not_without_showing_it() {
    let (book, row) = with_card();
    let rebuilt = book.replay().unwrap();
    assert_eq!(differences(&rebuilt, &row), []);
    let due = row.due_at.map_or("none", |_| "there");
    let id = row.outbox[0].id.clone();
    let cases: [Shown<'_>; 4] = [
        (
            "buyer",
            |row| row.order.as_mut().unwrap().buyer = None,
            "there",
            "none",
        ),
        (
            "people",
            |row| row.order.as_mut().unwrap().shipping = order(MANUAL).order.shipping,
            "none",
            "there",
        ),
        ("due_at", |row| row.due_at = None, due, "none"),
        ("outbox", |row| row.outbox[0].sequence += 1, "none", &id),
    ];
    for (field, change, was, is) in cases {
        let mut changed = row.clone();
        change(&mut changed);
        let found = differences(&rebuilt, &changed);
        let [found] = found.as_slice() else {
            panic!("{field}: {found:?}")
        };
        let shown = (found.field, found.rebuilt.as_str(), found.stored.as_str());
        assert_eq!(shown, (field, was, is));
        assert!(!format!("{found:?}").contains(TOKEN));
    }
}

#[test]
fn a_call_has_one_word_in_logs_and_in_the_trail() {
    for call in [
        Call::Pay,
        Call::Inquiry,
        Call::Capture,
        Call::Cancel,
        Call::Refund,
        Call::RefundInquiry,
    ] {
        assert_eq!(serde_json::to_value(call).unwrap(), call.as_str());
    }
}
