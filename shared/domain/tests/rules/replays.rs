//! The row follows from its trail, whatever happens to the payment.

use crate::common::book::Book;
use crate::common::life::life;
use crate::common::policy;
use crate::common::states::{AUTOMATIC, MANUAL, created, order};
use domain::evidence::{Creation, Entry, Evidence, LocalStep, is_whole};
use domain::message::{Answer, NoAnswer, Redirect};
use domain::replay::{ReplayError, differences, replay, replay_next};
use domain::{
    CancelBy, CaptureRequest, CaptureRequestId, Decision, Event, Money, Payment, PaymentId, Policy,
    RefundRequest, RefundRequestId, ReviewReason, Ruling, Seconds, Status,
};
use proptest::prelude::*;

proptest! {
    #[test]
    fn at_every_version_the_row_is_what_its_trail_makes_of_it(life in life()) {
        let mut book = Book::born(&life);
        let mut rebuilt = replay(&book.entries, &|message, _| book.read(message)).unwrap();
        prop_assert_eq!(differences(&rebuilt, &life.born), []);
        let mut held_by = life.born.order_held_by.clone();
        for moment in life.moments() {
            let known = book.entries.len();
            book.take(&moment, held_by != moment.before.order_held_by);
            held_by.clone_from(&moment.after().order_held_by);
            for entry in &book.entries[known..] {
                let next = replay_next(Some(rebuilt), entry, &|message, _| book.read(message));
                rebuilt = next.unwrap();
            }
            prop_assert_eq!(differences(&rebuilt, moment.after()), [], "{:?}", moment.event);
        }
        prop_assert!(is_whole(&book.trail, &book.entries));
        prop_assert_eq!(book.replay(), Ok(rebuilt));
    }

    #[test]
    fn what_moves_a_payment_can_be_written_down(life in life()) {
        for moment in life.moments() {
            let Decision::Commit(transition) = &moment.decision else { continue };
            let step = LocalStep::of(&moment.event);
            prop_assert_eq!(step.is_none(), moment.event.is_providers_word()
                || matches!(moment.event, Event::Sent(_)));
            if transition.moved {
                prop_assert!(!matches!(moment.event, Event::Sent(_)));
            }
            if let Some(step) = step {
                let text = step.to_json();
                prop_assert_eq!(LocalStep::from_json(&text), Some(step));
                for personal in ["Tom", "Jay", "buyer-1"] {
                    prop_assert!(!text.contains(personal), "{}", text);
                }
            }
        }
    }

    #[test]
    fn a_trail_without_one_of_its_entries_is_not_whole(life in life()) {
        let mut book = Book::born(&life);
        for moment in life.moments() {
            book.take(&moment, false);
        }
        for place in 0..book.entries.len() {
            let mut entries = book.entries.clone();
            entries.remove(place);
            prop_assert!(!is_whole(&book.trail, &entries));
        }
    }
}

/// Every kind of step, so that none can be stored in a way that cannot be read.
fn steps() -> Vec<LocalStep> {
    let capture = CaptureRequestId::new("C1").unwrap();
    let refund = RefundRequestId::new("R1").unwrap();
    let amount = created(MANUAL).amount;
    let asked = RefundRequest {
        request_id: refund.clone(),
        amount: Some(amount),
        reason: Some("too small".into()),
    };
    let events = [
        Event::PayStarted { save_card: true },
        Event::CaptureAsked(CaptureRequest::full()),
        Event::CaptureAsked(CaptureRequest {
            number: 2,
            amount: Some(amount),
            last: true,
        }),
        Event::CancelAsked(CancelBy::Buyer),
        Event::RefundAsked(asked),
        Event::Retried(created(MANUAL).id.attempt(2)),
        Event::OrderArrived(order(AUTOMATIC)),
        Event::PaymentIdTaken,
        crate::common::wishes::resolved(Ruling::Close),
        Event::TimePassed,
        Event::PayAnswered(Answer::None(NoAnswer::TimedOut)),
        Event::Inquired(Answer::None(NoAnswer::TooLong)),
        Event::CaptureAnswered(capture, silent()),
        Event::CancelAnswered(Answer::None(NoAnswer::Connection)),
        Event::RefundAnswered(refund.clone(), silent()),
        Event::RefundInquired(refund, silent()),
    ];
    let mut steps: Vec<_> = events.iter().map(|e| LocalStep::of(e).unwrap()).collect();
    let mut second = created(crate::common::states::AFTER_A_DAY);
    second.attempt = 2;
    second.first_attempt = Some(second.id.clone());
    steps.extend([
        LocalStep::Created(Creation::of(&created(MANUAL)).unwrap()),
        LocalStep::Created(Creation::of(&second).unwrap()),
        LocalStep::OrderHeld { by: second.id },
        LocalStep::PaymentIdTaken { unbound: true },
    ]);
    steps
}

fn silent<T>() -> Answer<T> {
    Answer::None(NoAnswer::HttpStatus(503))
}

#[test]
fn every_step_is_read_as_it_was_written_and_from_nothing_else() {
    for step in steps() {
        let text = step.to_json();
        assert_eq!(LocalStep::from_json(&text).as_ref(), Some(&step), "{text}");
        assert!(text.contains(&format!("\"step\":\"{}\"", step.as_str())));
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            assert_ne!(LocalStep::from_json(&changed).as_ref(), Some(&step));
        }
        assert_eq!(LocalStep::from_json(&text.replace("{\"", "{ \"")), None);
    }
}

/// A payment that is taken, captured, and partly refunded by now, with its book.
fn rich() -> (Book, Payment) {
    use crate::common::said::{captured, notified};
    let refund = RefundRequest {
        request_id: RefundRequestId::new("R1").unwrap(),
        amount: None,
        reason: Some("returned".into()),
    };
    let happens = [
        Event::PayStarted { save_card: false },
        notified("S SUCCESS"),
        captured("S SUCCESS"),
        Event::RefundAsked(refund),
    ];
    let (book, row) = Book::of(&created(MANUAL), &happens);
    assert_eq!(row.status, Status::Captured);
    (book, row)
}

type Tamper = (&'static str, fn(&mut Payment));

/// One change of each field that a trail answers for.
fn tampers() -> Vec<Tamper> {
    let mut all: Vec<Tamper> = vec![
        ("id", |p| p.id = p.id.attempt(7)),
        ("payment_id", |p| {
            p.payment_id = PaymentId::new("OTHER").ok()
        }),
        ("attempt", |p| p.attempt += 1),
        ("first_attempt", |p| p.first_attempt = Some(p.id.clone())),
        ("retried_as", |p| p.retried_as = Some(p.id.attempt(2))),
        ("order_held_by", |p| p.order_held_by = Some(p.id.clone())),
        ("order_id", |p| {
            p.order.as_mut().unwrap().order_id = domain::OrderId::new("ORDER_2").unwrap();
        }),
        ("order", |p| p.order.as_mut().unwrap().description.push('!')),
        ("order", |p| p.order = None),
        ("buyer", |p| p.order.as_mut().unwrap().buyer = None),
        ("people", |p| {
            p.order.as_mut().unwrap().shipping = Some(domain::order::Shipping::default());
        }),
        ("status", |p| p.status = Status::Cancelled),
        ("status_since", |p| {
            p.status_since = p.status_since + Seconds(1)
        }),
        ("created_at", |p| p.created_at = p.created_at + Seconds(1)),
        ("expires_at", |p| p.expires_at = p.expires_at + Seconds(1)),
        ("pay", |p| p.pay = None),
        ("end_code", |p| p.end_code = Some("X".into())),
    ];
    all.extend(further_tampers());
    all
}

fn further_tampers() -> Vec<Tamper> {
    vec![
        ("review", |p| {
            p.review = Some(domain::Review {
                closed_at: None,
                reason: ReviewReason::Vanished,
                since: p.created_at,
            });
        }),
        ("doubt", |p| {
            p.doubt = Some(domain::Doubt {
                since: p.created_at,
            })
        }),
        ("redirect", |p| {
            p.redirect = Some(Redirect {
                method: "GET".into(),
                url: "https://issuer.example/".into(),
                parameters: None,
            });
        }),
        ("cancel", |p| {
            p.cancel = Some(domain::Cancel {
                by: CancelBy::Merchant,
                state: domain::CancelState::Done,
                requested_at: p.created_at,
            });
        }),
        ("deadline_told", |p| p.deadline_told = true),
        ("amount", |p| {
            p.amount = Money::new(p.amount.minor() + 1, p.amount.currency()).unwrap();
        }),
        ("capture_mode", |p| {
            p.capture_mode = domain::CaptureMode::Automatic
        }),
        ("capture_on", |p| p.capture_on = domain::CaptureOn::Request),
        ("authorized_at", |p| p.authorized_at = None),
        ("capture_by", |p| p.capture_by = Some(p.created_at)),
        ("captures", |p| p.captures.clear()),
        ("captures", |p| p.captures[0].capture_id = None),
        ("refunds", |p| p.refunds[0].reason = None),
        ("refunds", |p| {
            p.refunds[0].state = domain::RefundState::Succeeded
        }),
        ("card", |p| p.card.eci = Some("05".into())),
        ("acquirer", |p| p.acquirer.name = Some("Bank".into())),
        ("save_card", |p| p.save_card = domain::SaveCard::NotGiven),
        ("version", |p| p.version -= 1),
        ("outbox", |p| p.outbox[0].sequence += 1),
        ("due_at", |p| p.due_at = None),
    ]
}

#[test]
fn every_field_that_was_changed_behind_the_trail_is_named() {
    let (book, row) = rich();
    let rebuilt = book.replay().unwrap();
    assert_eq!(differences(&rebuilt, &row), []);
    for (field, tamper) in tampers() {
        let mut changed = row.clone();
        tamper(&mut changed);
        let found = differences(&rebuilt, &changed);
        assert!(found.iter().any(|d| d.field == field), "{field}: {found:?}");
        let shown = format!("{found:?}");
        assert!(!shown.contains("Tom") && !shown.contains("returned") && !shown.contains("issuer"));
    }
}

#[test]
fn what_may_differ_is_no_difference() {
    let (book, row) = rich();
    let rebuilt = book.replay().unwrap();
    let mut later = row;
    later.version += 3;
    later.asked_at = Some(later.created_at + Seconds(500));
    later.due_at = Some(later.created_at + Seconds(9));
    later.outbox.clear();
    assert_eq!(differences(&rebuilt, &later), []);
}

#[test]
fn a_question_that_the_row_forgot_is_a_difference() {
    let (book, row) = rich();
    let mut rebuilt = book.replay().unwrap();
    rebuilt.payment.asked_at = Some(row.created_at);
    let found = differences(&rebuilt, &row);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].field, "asked_at");
}

#[test]
fn a_trail_that_tells_no_life_is_refused() {
    let (book, _) = rich();
    let reads = |entries: &[Evidence]| replay(entries, &|message, _| book.read(message));
    assert_eq!(reads(&[]), Err(ReplayError::Empty));
    // Pay cannot be the beginning, nor can what is no notification of a payment.
    let with_version_1 = |entry: &Evidence| {
        let mut entry = entry.clone();
        entry.decided.version = 1;
        entry
    };
    let pay = with_version_1(&book.entries[1]);
    assert_eq!(reads(&[pay]), Err(ReplayError::NoBeginning(2)));
    let capture = with_version_1(&book.entries[3]);
    assert_eq!(reads(&[capture]), Err(ReplayError::NoBeginning(4)));
    assert_eq!(reads(&book.entries[1..]), Err(ReplayError::OutOfOrder(2)));
    let twice = [book.entries[0].clone(), book.entries[0].clone()];
    assert_eq!(reads(&twice), Err(ReplayError::BegunTwice(1)));
    let mut back = book.entries.clone();
    back[3].decided.version = 2;
    assert_eq!(reads(&back), Err(ReplayError::OutOfOrder(4)));
    let blind = replay(&book.entries, &|_, _| None);
    assert_eq!(blind, Err(ReplayError::Unreadable(3)));
    assert_eq!(ReplayError::Unreadable(3).sequence(), Some(3));
    assert_eq!(ReplayError::Empty.sequence(), None);
}

#[test]
fn an_entry_is_decided_again_under_the_terms_of_its_time() {
    let strict = Policy {
        capture_window: Seconds(3_600),
        ..policy()
    };
    let born = created(MANUAL);
    let mut book = Book::default();
    let entry = Entry::Local(LocalStep::Created(Creation::of(&born).unwrap()));
    book.note(entry, 1, born.created_at, &strict);
    let event = crate::common::said::notified("S SUCCESS");
    let entry = book.entry_of(&event);
    book.note(entry, 2, crate::common::at(9), &strict);
    let row = book.replay().unwrap().payment;
    assert_eq!(row.capture_by, Some(crate::common::at(9) + Seconds(3_600)));
}
