//! What is taken, given back and told of it, in every life of a payment.

use crate::common::life::{Moment, kinds, life, told, uncertain_life};
use domain::outbox::{OrderEventKind, OutboxContent, Transfer};
use domain::plan::{Step, capture_order, next_step};
use domain::{
    CancelState, Capture, CaptureMode, CaptureState, Event, Payment, Refund, RefundState, Status,
};
use proptest::prelude::*;

fn succeeded(capture: &Capture) -> bool {
    capture.state == CaptureState::Succeeded
}

fn failed(capture: &Capture) -> bool {
    matches!(capture.state, CaptureState::Failed { .. })
}

/// The captures that came to be as `is` says with this event.
fn newly(moment: &Moment, is: fn(&Capture) -> bool) -> Vec<&Capture> {
    let was = |at: usize| moment.before.captures.get(at).is_some_and(is);
    let after = moment.after().captures.iter().enumerate();
    let new = after.filter(|(at, capture)| is(capture) && !was(*at));
    new.map(|(_, capture)| capture).collect()
}

/// The refunds that were settled with this event.
fn settled(moment: &Moment) -> Vec<&Refund> {
    let was = |at: usize| {
        moment
            .before
            .refunds
            .get(at)
            .is_some_and(Refund::is_settled)
    };
    let after = moment.after().refunds.iter().enumerate();
    let new = after.filter(|(at, refund)| refund.is_settled() && !was(*at));
    new.map(|(_, refund)| refund).collect()
}

fn cancel_state(payment: &Payment) -> Option<&CancelState> {
    payment.cancel.as_ref().map(|cancel| &cancel.state)
}

/// What the merchant must hear of the difference between the rows, except reviews and warnings.
fn due_news(moment: &Moment) -> Vec<OrderEventKind> {
    use OrderEventKind::*;
    let (before, after) = (&moment.before, moment.after());
    let mut news = Vec::new();
    if before.authorized_at != after.authorized_at {
        news.push(Authorized);
    }
    let refused = |payment| matches!(cancel_state(payment), Some(CancelState::Refused { .. }));
    if !refused(before) && refused(after) {
        news.push(CancelFailed);
    }
    let taken = newly(moment, succeeded);
    news.extend(taken.iter().map(|_| Captured));
    news.extend(newly(moment, failed).iter().map(|_| CaptureFailed));
    if before.status != after.status {
        let whole = after.captured_minor() == after.amount.minor();
        let closes = !whole && !taken.iter().any(|capture| capture.last);
        match after.status {
            Status::Captured => news.extend(closes.then_some(CaptureClosed)),
            Status::Declined => news.push(Declined),
            Status::Cancelled => news.push(Cancelled),
            Status::Expired => news.push(Expired),
            Status::CaptureFailed | Status::Created | Status::Pending | Status::Authorized => {}
        }
    }
    for refund in settled(moment) {
        news.push(match refund.state {
            RefundState::Succeeded => Refunded,
            _ => RefundFailed,
        });
    }
    news
}

fn sorted(mut kinds: Vec<OrderEventKind>) -> Vec<&'static str> {
    kinds.retain(|kind| {
        !matches!(
            kind,
            OrderEventKind::NeedsReview
                | OrderEventKind::ReviewResolved
                | OrderEventKind::CaptureDue
        )
    });
    let mut words: Vec<_> = kinds.into_iter().map(OrderEventKind::event_type).collect();
    words.sort_unstable();
    words
}

proptest! {
    #[test]
    fn never_more_is_captured_than_authorised(life in life()) {
        for moment in life.moments() {
            let payment = moment.after();
            let taken = payment.captured_minor();
            prop_assert!(taken <= payment.amount.minor());
            let open: u64 = payment.captures.iter().filter(|c| c.is_open()).map(|c| c.amount.minor()).sum();
            prop_assert!(taken + open <= payment.amount.minor(), "what is asked for fits what is left");
            if !life.policy.several_captures {
                prop_assert!(payment.captures.iter().filter(|c| succeeded(c)).count() <= 1);
                prop_assert_eq!(payment.status == Status::Captured, taken == payment.amount.minor());
            }
            match payment.status {
                Status::Captured => prop_assert!(taken > 0),
                Status::Authorized => prop_assert!(taken < payment.amount.minor()),
                _ => prop_assert_eq!(taken, 0),
            }
        }
    }

    #[test]
    fn what_a_capture_took_or_how_it_failed_stays(life in life()) {
        for moment in life.moments() {
            for (old, new) in moment.before.captures.iter().zip(&moment.after().captures) {
                let over = succeeded(old) || failed(old) || old.state == CaptureState::Lapsed;
                prop_assert!(!over || new.state == old.state, "{:?}", moment.event);
            }
        }
    }

    #[test]
    fn never_more_is_given_back_than_captured(life in life()) {
        for moment in life.moments() {
            let payment = moment.after();
            let going = payment.refunds.iter().filter(|r| !matches!(r.state, RefundState::Failed { .. }));
            let going: u64 = going.map(|refund| refund.amount.minor()).sum();
            prop_assert!(going <= payment.captured_minor());
            prop_assert!(payment.refunded_minor() <= going);
        }
    }

    #[test]
    fn how_a_refund_ended_stays(life in life()) {
        for moment in life.moments() {
            for (old, new) in moment.before.refunds.iter().zip(&moment.after().refunds) {
                prop_assert!(!old.is_settled() || new.state == old.state, "{:?}", moment.event);
            }
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
    fn a_capture_is_asked_for_only_when_it_is_ours_clear_and_in_time(life in life()) {
        for moment in life.moments() {
            let payment = moment.after();
            let Some(order) = capture_order(payment, moment.now) else { continue };
            prop_assert_eq!(payment.status, Status::Authorized);
            prop_assert_eq!(payment.capture_mode, CaptureMode::Manual);
            prop_assert!(payment.review.is_none() && payment.doubt.is_none());
            prop_assert!(payment.capture_by.is_some_and(|limit| moment.now < limit));
            prop_assert!(!payment.is_cancelling() && payment.order_held_by.is_none());
            let own = payment.captures.iter().find(|c| c.request_id == order.request_id);
            prop_assert!(own.is_some_and(|c| c.is_open() && c.amount == order.amount));
            prop_assert!(payment.captured_minor() + order.amount.minor() <= payment.amount.minor());
        }
    }

    #[test]
    fn nothing_is_captured_by_itself_after_a_wish_to_cancel(life in life()) {
        for moment in life.moments() {
            let began = moment.after().captures.len() > moment.before.captures.len();
            let ours = moment.after().capture_mode == CaptureMode::Manual;
            if began && ours && moment.before.cancel.is_some() {
                prop_assert!(matches!(moment.event, Event::CaptureAsked(_)), "{:?}", moment.event);
            }
        }
    }

    #[test]
    fn a_cancellation_is_open_only_while_there_is_something_to_cancel(life in life()) {
        for moment in life.moments() {
            let payment = moment.after();
            if payment.is_cancelling() {
                prop_assert!(matches!(payment.status, Status::Pending | Status::Authorized));
                prop_assert_eq!(payment.captured_minor(), 0);
                let step = next_step(payment, moment.now, &moment.policy);
                prop_assert!(!matches!(step, Step::Capture(_)));
            }
        }
    }

    #[test]
    fn a_second_attempt_is_never_captured_by_us_and_what_it_took_is_wanted_back(life in life()) {
        for moment in life.moments() {
            let payment = moment.after();
            if payment.order_held_by.is_none() || payment.review.is_some() {
                continue;
            }
            prop_assert!(!payment.holds_order());
            match payment.status {
                Status::Authorized => prop_assert!(payment.cancel.is_some() || !payment.takes_nothing()),
                Status::Captured => {
                    // All of it was asked for at once: what is left is what failed since.
                    let asked: u64 = payment.refunds.iter().map(|r| r.amount.minor()).sum();
                    prop_assert!(asked >= payment.captured_minor());
                }
                _ => {}
            }
        }
    }

    #[test]
    fn every_change_that_matters_is_told_exactly_once(life in life()) {
        for moment in life.moments() {
            let kinds = kinds(&told(&moment));
            let first = kinds.iter().position(|kind| *kind == OrderEventKind::Authorized);
            prop_assert!(first.is_none_or(|at| at == 0), "authorised first: {kinds:?}");
            prop_assert_eq!(sorted(kinds), sorted(due_news(&moment)), "{:?}", moment.event);
        }
    }

    #[test]
    fn what_is_told_of_money_names_the_capture_or_refund_and_the_total(life in life()) {
        for moment in life.moments() {
            let mut ends: Vec<_> = newly(&moment, succeeded).iter().map(|c| c.request_id.to_string()).collect();
            ends.extend(newly(&moment, failed).iter().map(|c| c.request_id.to_string()));
            ends.extend(settled(&moment).iter().map(|r| r.request_id.to_string()));
            let mut named = Vec::new();
            for message in told(&moment) {
                let OutboxContent::OrderEvent(event) = &message.content else { continue };
                match &event.transfer {
                    Some(Transfer::Capture { request_id, total, .. }) => {
                        named.push(request_id.to_string());
                        let total = total.map_or(0, |total| total.minor());
                        prop_assert!(total <= moment.after().captured_minor());
                    }
                    Some(Transfer::Refund { request_id, total, .. }) => {
                        named.push(request_id.to_string());
                        let total = total.map_or(0, |total| total.minor());
                        prop_assert_eq!(total, moment.after().refunded_minor());
                    }
                    None => {}
                }
            }
            ends.sort();
            named.sort();
            prop_assert_eq!(named, ends);
        }
    }

    #[test]
    fn nothing_uncertain_ends_a_payment_a_cancellation_or_a_refund(life in uncertain_life()) {
        for moment in life.moments() {
            let payment = moment.after();
            prop_assert_eq!(payment.status, life.born.status, "{:?}", moment.event);
            prop_assert!(!payment.refunds.iter().any(Refund::is_settled), "{:?}", moment.event);
            let open = matches!(cancel_state(payment), None | Some(CancelState::Requested));
            prop_assert!(open, "{:?}", moment.event);
        }
    }
}
