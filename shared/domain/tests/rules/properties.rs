//! Rules that hold in every life of a payment, whatever happens to it and in whatever order.

use crate::common::life::{Life, Moment, life, uncertain_life};
use crate::common::said::our_capture;
use crate::common::{amount, policy};
use domain::outbox::{OrderEventKind, OutboxContent, OutboxMessage};
use domain::plan::{Step, next_step};
use domain::{CaptureMode, CaptureState, Decision, Event, Payment, Status, decide};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;

/// What the event added to the outbox.
fn told(moment: &Moment) -> Vec<&OutboxMessage> {
    let before = &moment.before.outbox;
    let added = moment.after().outbox.iter();
    added.filter(|message| !before.contains(message)).collect()
}

fn kinds(messages: &[&OutboxMessage]) -> Vec<OrderEventKind> {
    let kind = |message: &&OutboxMessage| match &message.content {
        OutboxContent::OrderEvent(event) => Some(event.kind),
        OutboxContent::CaptureHint => None,
    };
    messages.iter().filter_map(kind).collect()
}

/// The event that tells of a status; none for those that are told of by nobody.
fn kind_of(status: Status) -> Option<OrderEventKind> {
    match status {
        Status::Created | Status::Pending => None,
        Status::Authorized => Some(OrderEventKind::Authorized),
        Status::Captured => Some(OrderEventKind::Captured),
        Status::Declined => Some(OrderEventKind::Declined),
        Status::Cancelled => Some(OrderEventKind::Cancelled),
        Status::Expired => Some(OrderEventKind::Expired),
        Status::CaptureFailed => Some(OrderEventKind::CaptureFailed),
    }
}

/// The row without what every commit changes.
fn essence(payment: &Payment) -> Payment {
    Payment {
        version: 0,
        due_at: None,
        ..payment.clone()
    }
}

proptest! {
    #[test]
    fn a_final_status_never_changes(life in life()) {
        for moment in life.moments() {
            if moment.before.status.is_final() {
                prop_assert_eq!(moment.after().status, moment.before.status, "{:?}", moment.event);
            }
        }
    }

    #[test]
    fn a_status_never_goes_back(life in life()) {
        let rank = |status: Status| match status {
            Status::Created => 0,
            Status::Pending => 1,
            Status::Authorized => 2,
            _ => 3,
        };
        for moment in life.moments() {
            prop_assert!(rank(moment.before.status) <= rank(moment.after().status));
        }
    }

    #[test]
    fn never_more_is_captured_than_authorised_and_never_twice(life in life()) {
        for moment in life.moments() {
            let payment = moment.after();
            let succeeded = payment.captures.iter().filter(|c| c.state == CaptureState::Succeeded);
            prop_assert!(succeeded.count() <= 1);
            prop_assert!(payment.captured_minor() <= payment.amount.minor());
            let is_captured = payment.status == Status::Captured;
            prop_assert_eq!(is_captured, payment.captured_minor() == amount().minor());
        }
    }

    #[test]
    fn at_most_one_capture_is_open_and_only_while_authorised(life in life()) {
        for moment in life.moments() {
            let payment = moment.after();
            let open = payment.captures.iter().filter(|c| c.is_open()).count();
            prop_assert!(open <= usize::from(payment.status == Status::Authorized));
        }
    }

    #[test]
    fn a_row_is_due_exactly_as_long_as_anything_is_outstanding(life in life()) {
        for moment in life.moments() {
            let payment = moment.after();
            let settled = payment.status.is_final()
                && payment.outbox.is_empty()
                && payment.review.is_none()
                && payment.doubt.is_none();
            prop_assert_eq!(payment.due_at.is_none(), settled);
        }
    }

    #[test]
    fn a_commit_is_due_in_the_future_and_before_long(life in life()) {
        for moment in life.moments() {
            let Decision::Commit(transition) = &moment.decision else { continue };
            if let Some(due) = transition.next.due_at {
                prop_assert!(due >= moment.now);
                let clock = transition.next.capture_by.unwrap_or(moment.now).max(moment.now);
                prop_assert!(due <= clock + policy().capture_window, "{due}");
            }
        }
    }

    #[test]
    fn every_commit_is_one_version_up(life in life()) {
        for moment in life.moments() {
            if let Decision::Commit(transition) = &moment.decision {
                prop_assert_eq!(transition.next.version, moment.before.version + 1);
            }
        }
    }

    #[test]
    fn ids_and_amounts_once_committed_stay(life in life()) {
        for moment in life.moments() {
            let (before, after) = (&moment.before, moment.after());
            prop_assert_eq!(&after.id, &before.id);
            prop_assert_eq!(after.amount, before.amount);
            if before.payment_id.is_some() {
                prop_assert_eq!(&after.payment_id, &before.payment_id);
            }
            prop_assert!(after.captures.len() >= before.captures.len());
            for (old, new) in before.captures.iter().zip(&after.captures) {
                prop_assert_eq!(&new.request_id, &old.request_id);
                prop_assert_eq!(new.amount, old.amount);
                prop_assert_eq!(new.requested_at, old.requested_at);
            }
        }
    }

    #[test]
    fn a_capture_is_asked_for_only_when_it_is_ours_clear_and_in_time(life in life()) {
        for moment in life.moments() {
            let payment = moment.after();
            let Step::Capture(order) = next_step(payment, moment.now, &policy()) else { continue };
            prop_assert_eq!(payment.status, Status::Authorized);
            prop_assert_eq!(payment.capture_mode, CaptureMode::Manual);
            prop_assert!(payment.review.is_none() && payment.doubt.is_none());
            prop_assert!(payment.capture_by.is_some_and(|limit| moment.now < limit));
            prop_assert_eq!(order.request_id, our_capture());
            prop_assert_eq!(order.amount, amount());
        }
    }

    #[test]
    fn the_ids_of_messages_are_unique_for_life(life in life()) {
        let mut ids: BTreeSet<String> = life.born.outbox.iter().map(|m| m.id.clone()).collect();
        for moment in life.moments() {
            for message in told(&moment) {
                prop_assert!(ids.insert(message.id.clone()), "{} again", message.id);
                prop_assert_eq!(message.sequence, moment.after().version);
            }
        }
    }

    #[test]
    fn a_message_leaves_the_outbox_only_when_it_was_sent(life in life()) {
        for moment in life.moments() {
            let gone = moment.before.outbox.iter().filter(|m| !moment.after().outbox.contains(m));
            for message in gone {
                let sent = matches!(&moment.event, Event::Sent(ids) if ids.contains(&message.id));
                prop_assert!(sent, "{} was never sent", message.id);
            }
        }
    }

    #[test]
    fn every_status_that_matters_is_told_exactly_once(life in life()) {
        for moment in life.moments() {
            let kinds = kinds(&told(&moment));
            let (before, after) = (moment.before.status, moment.after().status);
            let mut want = Vec::new();
            if before != after {
                // One message can tell of both at once.
                let both = matches!(before, Status::Created | Status::Pending)
                    && matches!(after, Status::Captured | Status::CaptureFailed);
                want.extend(both.then_some(OrderEventKind::Authorized));
                want.extend(kind_of(after));
            }
            let skips_authorized = moment.after().authorized_at != moment.before.authorized_at
                && matches!(after, Status::Cancelled | Status::Declined | Status::Expired);
            if skips_authorized {
                want.insert(0, OrderEventKind::Authorized);
            }
            let statuses: Vec<_> = kinds
                .into_iter()
                .filter(|kind| {
                    !matches!(kind, OrderEventKind::NeedsReview | OrderEventKind::CaptureDue)
                })
                .collect();
            prop_assert_eq!(statuses, want, "{:?} to {:?}", before, after);
        }
    }

    #[test]
    fn a_review_is_told_once_and_stops_everything(life in life()) {
        for moment in life.moments() {
            let (before, after) = (&moment.before, moment.after());
            let kinds = kinds(&told(&moment));
            let told = kinds.iter().filter(|kind| **kind == OrderEventKind::NeedsReview).count();
            prop_assert_eq!(told == 1, before.review.is_none() && after.review.is_some());
            prop_assert!(told <= 1);
            if before.review.is_some() {
                prop_assert_eq!(&after.review, &before.review);
                prop_assert_eq!(after.status, before.status);
                prop_assert_eq!(&after.captures, &before.captures);
            }
        }
    }

    #[test]
    fn the_same_message_twice_in_a_row_changes_nothing_more(life in life()) {
        for moment in life.moments() {
            let once = moment.after();
            let twice = decide(once, &moment.event, moment.now, &policy());
            match twice {
                Decision::Ignore(_) => {}
                Decision::Commit(transition) => {
                    prop_assert_eq!(essence(&transition.next), essence(once), "{:?}", moment.event);
                    let asked = matches!(moment.event, Event::Inquired(_));
                    let moved_on = once.status != moment.before.status;
                    prop_assert!(once.review.is_some() || asked || !moved_on, "{:?}", moment.event);
                }
            }
        }
    }

    #[test]
    fn what_is_not_evidence_changes_nothing_but_due_time_and_outbox(life in life()) {
        for moment in life.moments() {
            let Decision::Commit(transition) = &moment.decision else { continue };
            if transition.moved {
                continue;
            }
            let unchanged = Payment {
                outbox: moment.before.outbox.clone(),
                asked_at: moment.before.asked_at,
                ..essence(&transition.next)
            };
            prop_assert_eq!(unchanged, essence(&moment.before), "{:?}", moment.event);
        }
    }

    #[test]
    fn the_same_inputs_decide_the_same(life in life()) {
        for moment in life.moments() {
            let again = decide(&moment.before, &moment.event, moment.now, &policy());
            prop_assert_eq!(again, moment.decision);
        }
    }

    #[test]
    fn a_row_survives_its_way_through_json(life in life()) {
        for moment in life.moments() {
            let text = serde_json::to_string(moment.after()).unwrap();
            let back: Payment = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&back, moment.after());
        }
    }

    #[test]
    fn addresses_are_forgotten_once_the_payment_is_authorised_or_over(life in life()) {
        for moment in life.moments() {
            let payment = moment.after();
            let needed = matches!(payment.status, Status::Created | Status::Pending);
            if let Some(order) = payment.order.as_ref().filter(|_| !needed) {
                prop_assert_eq!(&order.shipping, &None);
                let name = order.buyer.as_ref().and_then(|buyer| buyer.buyer_name.as_ref());
                prop_assert_eq!(name, None);
            }
        }
    }

    #[test]
    fn nothing_uncertain_makes_a_payment_final(life in uncertain_life()) {
        for moment in life.moments() {
            prop_assert_eq!(moment.after().status, life.born.status, "{:?}", moment.event);
        }
    }
}

/// Lives that show nothing would let every rule above pass.
#[test]
fn the_lives_reach_every_status_and_every_kind_of_review() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..2_000 {
        let life: Life = life().new_tree(&mut runner).unwrap().current();
        for moment in life.moments() {
            let payment = moment.after();
            seen.insert(payment.status.as_str());
            seen.extend(payment.review.as_ref().map(|review| review.reason.code()));
            seen.extend(payment.doubt.as_ref().map(|_| "doubt"));
            for capture in &payment.captures {
                seen.insert(match capture.state {
                    CaptureState::Requested => "requested",
                    CaptureState::InProcess => "in_process",
                    CaptureState::Doubtful { .. } => "doubtful",
                    CaptureState::Succeeded => "succeeded",
                    CaptureState::Failed { .. } => "failed",
                    CaptureState::Lapsed => "lapsed",
                });
            }
        }
    }
    let want = [
        "CREATED PENDING AUTHORIZED CAPTURED DECLINED CANCELLED EXPIRED CAPTURE_FAILED",
        "amount_mismatch payment_id_mismatch payment_id_taken wrong_payment contradiction",
        "foreign_capture second_capture capture_refused capture_never_came pending_too_long vanished",
        "doubt requested in_process doubtful succeeded failed lapsed",
    ];
    let want: BTreeSet<_> = want.iter().flat_map(|words| words.split(' ')).collect();
    let missing: Vec<_> = want.difference(&seen).collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
}
