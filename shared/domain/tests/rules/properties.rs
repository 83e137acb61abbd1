//! Rules that hold in every life of a payment, whatever happens to it and in whatever order.

use crate::common::life::{kinds, life, told};
use crate::common::policy;
use domain::order::OrderDetails;
use domain::outbox::OrderEventKind;
use domain::plan::{Step, next_step};
use domain::{CancelBy, Decision, Event, Payment, Ruling, SaveCard, Status, decide};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The row without what every commit changes.
pub(crate) fn essence(payment: &Payment) -> Payment {
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
    fn a_row_is_due_exactly_as_long_as_anything_is_outstanding(life in life()) {
        for moment in life.moments() {
            let payment = moment.after();
            let refunds = payment.refunds.iter().any(|r| !r.is_settled() || r.contested);
            let people = payment.order.as_ref().is_some_and(OrderDetails::has_people);
            let card = payment.save_card == SaveCard::Wanted && payment.status == Status::Captured;
            let closed = payment.review.as_ref().is_some_and(|review| review.closed_at.is_some());
            let over = payment.status.is_final()
                && payment.review.is_none()
                && payment.doubt.is_none()
                && !(refunds || people || card);
            let settled = payment.outbox.is_empty() && (closed || over);
            prop_assert_eq!(payment.due_at.is_none(), settled);
            prop_assert_eq!(payment.is_unresolved(), !settled);
        }
    }

    #[test]
    fn a_commit_is_due_in_the_future_and_before_long(life in life()) {
        for moment in life.moments() {
            let Decision::Commit(transition) = &moment.decision else { continue };
            if let Some(due) = transition.next.due_at {
                // A look in vain at something else leaves what is overdue as it is.
                prop_assert!(due >= moment.now || Some(due) == moment.before.due_at);
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
                prop_assert_eq!(new.last, old.last);
            }
            prop_assert!(after.refunds.len() >= before.refunds.len());
            for (old, new) in before.refunds.iter().zip(&after.refunds) {
                prop_assert_eq!(&new.request_id, &old.request_id);
                prop_assert_eq!(new.amount, old.amount);
                prop_assert_eq!(new.requested_at, old.requested_at);
                prop_assert!(old.refund_id.is_none() || new.refund_id == old.refund_id);
            }
            prop_assert!(before.retried_as.is_none() || after.retried_as == before.retried_as);
            prop_assert!(before.order_held_by.is_none() || after.order_held_by == before.order_held_by);
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
    fn a_review_is_told_once_and_stops_everything(life in life()) {
        for moment in life.moments() {
            let (before, after) = (&moment.before, moment.after());
            let kinds = kinds(&told(&moment));
            let told = kinds.iter().filter(|kind| **kind == OrderEventKind::NeedsReview).count();
            prop_assert_eq!(told == 1, before.review.is_none() && after.review.is_some());
            prop_assert!(told <= 1);
            let ruled = matches!(moment.event, Event::Resolved(_));
            if before.review.is_some() && !ruled {
                prop_assert_eq!(&after.review, &before.review);
                prop_assert_eq!(after.status, before.status);
                prop_assert_eq!(&after.captures, &before.captures);
                prop_assert_eq!(&after.refunds, &before.refunds);
                prop_assert_eq!(&after.cancel, &before.cancel);
                prop_assert_eq!(&after.save_card, &before.save_card);
            }
        }
    }

    #[test]
    fn a_review_ends_by_a_persons_word_alone_which_is_told_and_moves_no_money(life in life()) {
        for moment in life.moments() {
            let (before, after) = (&moment.before, moment.after());
            let kinds = kinds(&told(&moment));
            let told = kinds.contains(&OrderEventKind::ReviewResolved);
            let Event::Resolved(resolution) = &moment.event else {
                prop_assert!(!told);
                prop_assert!(before.review.is_none() || after.review.is_some());
                continue;
            };
            let changed = matches!(moment.decision, Decision::Commit(_));
            prop_assert_eq!(told, changed);
            prop_assert!(!changed || before.review.is_some());
            prop_assert_eq!(before.captured_minor(), after.captured_minor());
            prop_assert_eq!(before.refunded_minor(), after.refunded_minor());
            prop_assert_eq!(before.captures.len(), after.captures.len());
            prop_assert!(before.status == after.status || before.status == Status::Created);
            if changed && resolution.ruling == Ruling::GoOn {
                prop_assert_eq!(next_step(after, moment.now, &moment.policy), Step::Inquire);
            }
        }
    }

    #[test]
    fn the_same_message_twice_in_a_row_changes_nothing_more(life in life()) {
        for moment in life.moments() {
            let once = moment.after();
            let twice = decide(once, &moment.event, moment.now, &moment.policy);
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
            let again = decide(&moment.before, &moment.event, moment.now, &moment.policy);
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
    fn people_are_kept_only_while_they_may_be_needed(life in life()) {
        for moment in life.moments() {
            let payment = moment.after();
            let left = payment.cancel.as_ref().is_some_and(|cancel| cancel.by == CancelBy::Buyer);
            let needed = match payment.status {
                Status::Created | Status::Pending | Status::Declined => true,
                Status::Cancelled => left,
                _ => false,
            };
            let has_people = payment.order.as_ref().is_some_and(OrderDetails::has_people);
            prop_assert!(needed || !has_people);
            let over = payment.status.is_final() && moment.now >= payment.expires_at;
            if over && moment.event == Event::TimePassed {
                prop_assert!(!has_people, "forgotten at the first look after the time to pay");
            }
        }
    }

    #[test]
    fn a_card_is_stored_with_consent_once_and_never_seen_in_the_row(life in life()) {
        let mut agreed = false;
        for moment in life.moments() {
            let started = moment.before.pay.is_none() && moment.after().pay.is_some();
            agreed |= started && moment.event == Event::PayStarted { save_card: true };
            let Decision::Commit(transition) = &moment.decision else { continue };
            let before = &moment.before.save_card;
            let saves = !matches!(before, SaveCard::Saved(_))
                && matches!(transition.next.save_card, SaveCard::Saved(_));
            prop_assert_eq!(transition.keep_card.is_some(), saves);
            prop_assert!(agreed || !saves);
            prop_assert!(!saves || transition.moved);
            prop_assert!(!serde_json::to_string(&transition.next).unwrap().contains("TOKEN"));
            let printed = format!("{transition:?}");
            prop_assert!(!printed.contains("TOKEN"));
        }
    }

}
