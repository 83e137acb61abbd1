//! What a due row asks for, in every life: never twice at the same moment for nothing, and never nothing for ever.

use crate::common::life::life;
use crate::common::said::{SILENCES, outcome};
use crate::common::states::{after_under, sent};
use crate::properties::essence;
use domain::message::{
    Answer, CancelReport, CaptureReport, InquiryReport, PaymentFacts, RefundReport, ReportedStatus,
};
use domain::plan::{Step, next_step};
use domain::{Event, Payment, Policy, Time};
use proptest::prelude::*;

/// The answer to what a row asks for that helps least.
#[derive(Debug, Clone, Copy)]
enum Answered {
    Nothing,
    Unsettled,
}

impl Answered {
    fn with<T>(self, blank: T) -> Answer<T> {
        match self {
            Self::Nothing => Answer::None(SILENCES[0]),
            Self::Unsettled => Answer::Verified(outcome("U UNKNOWN_EXCEPTION"), blank),
        }
    }

    fn event(self, step: Step) -> Event {
        let refund = RefundReport {
            request_id: None,
            refund_id: None,
            payment_id: None,
            amount: Default::default(),
            status: ReportedStatus::Other,
        };
        let inquiry = InquiryReport {
            facts: PaymentFacts::default(),
            status: ReportedStatus::Other,
            code: String::new(),
            captures: Vec::new(),
        };
        match step {
            Step::Wait | Step::LookAtTime => Event::TimePassed,
            Step::Inquire => Event::Inquired(self.with(inquiry)),
            Step::Capture(order) => {
                Event::CaptureAnswered(order.request_id, self.with(CaptureReport::default()))
            }
            Step::Cancel(_) => Event::CancelAnswered(self.with(CancelReport::default())),
            Step::Refund(order) => Event::RefundAnswered(order.request_id, self.with(refund)),
            Step::InquireRefund(id) => Event::RefundInquired(id, self.with(refund)),
        }
    }
}

/// The row after somebody looked at it at its due time, sent what waited and did what it asks for.
fn looked_at(payment: &Payment, now: Time, policy: &Policy, answered: Answered) -> Payment {
    let payment = sent(payment, now);
    let event = answered.event(next_step(&payment, now, policy));
    sent(&after_under(&payment, &event, now, policy), now)
}

proptest! {
    #[test]
    fn a_look_at_a_due_row_changes_it_or_puts_it_off(life in life()) {
        for moment in life.moments() {
            let payment = moment.after();
            let Some(due) = payment.due_at else { continue };
            let now = due.max(moment.now);
            for answered in [Answered::Nothing, Answered::Unsettled] {
                let before = sent(payment, now);
                if before.due_at.is_none_or(|due| due > now) {
                    continue;
                }
                let next = looked_at(payment, now, &moment.policy, answered);
                let later = next.due_at.is_none_or(|due| due > now);
                let changed = essence(&next) != essence(&before);
                prop_assert!(later || changed, "{answered:?}: {before:?}");
            }
        }
    }

    #[test]
    fn a_row_is_never_due_at_one_moment_for_ever(life in life()) {
        let Some(last) = life.moments().pop() else { return Ok(()) };
        for answered in [Answered::Nothing, Answered::Unsettled] {
            let mut payment = last.after().clone();
            let Some(now) = payment.due_at.map(|due| due.max(last.now)) else { continue };
            let mut looks = 0;
            while payment.due_at.is_some_and(|due| due <= now) {
                payment = looked_at(&payment, now, &last.policy, answered);
                looks += 1;
                prop_assert!(looks < 5, "{payment:?}");
            }
        }
    }

    #[test]
    fn every_open_refund_has_its_turn(life in life()) {
        let Some(last) = life.moments().pop() else { return Ok(()) };
        let mut payment = last.after().clone();
        let open = |payment: &Payment| payment.refunds.iter().filter(|r| r.is_open()).count();
        let wanted = open(&payment);
        let clear = payment.review.is_none() && payment.doubt.is_none();
        if wanted == 0 || !clear || payment.payment_id.is_none() {
            return Ok(());
        }
        let mut asked = std::collections::BTreeSet::new();
        for _ in 0..3 * (wanted + 2) {
            let now = payment.due_at.unwrap().max(last.now);
            if now >= last.now + last.policy.refund_limit {
                return Ok(());
            }
            payment = sent(&payment, now);
            match next_step(&payment, now, &last.policy) {
                Step::Refund(order) => asked.insert(order.request_id),
                Step::InquireRefund(id) => asked.insert(id),
                _ => false,
            };
            payment = looked_at(&payment, now, &last.policy, Answered::Nothing);
        }
        prop_assert_eq!(asked.len(), wanted, "{:?}", payment);
    }
}
