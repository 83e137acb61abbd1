//! What the order system must have been told of a payment, from its row. (That the row is right is held against the
//! provider's books elsewhere.)

use std::collections::BTreeMap;

use domain::{CancelState, CaptureState, Payment, RefundState, Status};

use crate::scenario::Plan;

/// One thing to be told: the event's type, and the capture's or refund's id if it is about one.
pub(crate) type Fact = (String, String);

/// What the events of a payment must say.
pub(crate) struct Expected<'a> {
    pub(crate) id: &'a str,
    pub(crate) order_id: &'a str,
    pub(crate) currency: &'a str,
    pub(crate) minor: u64,
    /// Each must have been told at least once, and nothing else; with the amount of a capture or refund.
    pub(crate) facts: BTreeMap<Fact, Option<u64>>,
    /// The code that the end of the payment must carry.
    pub(crate) end_code: Option<&'static str>,
}

impl<'a> Expected<'a> {
    /// What the order system must have been told of a payment with this row.
    pub(crate) fn of(plan: &'a Plan, payment: &'a Payment) -> Self {
        Self {
            id: payment.id.as_str(),
            order_id: &plan.order_id,
            currency: plan.currency,
            minor: plan.minor,
            facts: facts(payment),
            end_code: payment
                .order_held_by
                .as_ref()
                .map(|_| domain::ORDER_ALREADY_PAID),
        }
    }
}

fn facts(payment: &Payment) -> BTreeMap<Fact, Option<u64>> {
    let mut facts = BTreeMap::new();
    let mut must = |event: &str, id: &str, minor: Option<u64>| {
        facts.insert((event.to_owned(), id.to_owned()), minor);
    };
    if payment.authorized_at.is_some() {
        must("payment.authorized", "", None);
    }
    match payment.status {
        Status::Declined => must("payment.declined", "", None),
        Status::Cancelled => must("payment.cancelled", "", None),
        Status::Expired => must("payment.expired", "", None),
        Status::Captured if was_closed(payment) => must("payment.capture_closed", "", None),
        _ => {}
    }
    for capture in &payment.captures {
        let event = match capture.state {
            CaptureState::Succeeded => "payment.captured",
            CaptureState::Failed { .. } => "payment.capture_failed",
            _ => continue,
        };
        let id = capture.request_id.as_str();
        must(event, id, Some(capture.amount.minor()));
    }
    for refund in &payment.refunds {
        let event = match refund.state {
            RefundState::Succeeded => "payment.refunded",
            RefundState::Failed { .. } => "payment.refund_failed",
            _ => continue,
        };
        let id = refund.request_id.as_str();
        must(event, id, Some(refund.amount.minor()));
    }
    let refused = |cancel: &domain::Cancel| matches!(cancel.state, CancelState::Refused { .. });
    if payment.cancel.as_ref().is_some_and(refused) {
        must("payment.cancel_failed", "", None);
    }
    facts
}

/// Whether what was not captured was given up, not left by the last capture.
fn was_closed(payment: &Payment) -> bool {
    let mut captures = payment.captures.iter();
    let by_last = captures.any(|capture| capture.last && capture.state == CaptureState::Succeeded);
    payment.captured_minor() < payment.amount.minor() && !by_last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::testing::{captured_row, plan, row, row_refund};
    use domain::Time;

    fn told_of(payment: &Payment) -> Vec<String> {
        let plan = plan();
        let facts = Expected::of(&plan, payment).facts;
        facts.into_keys().map(|(event, _)| event).collect()
    }

    #[test]
    fn each_end_has_its_event() {
        for (status, event) in [
            (Status::Declined, "payment.declined"),
            (Status::Cancelled, "payment.cancelled"),
            (Status::Expired, "payment.expired"),
        ] {
            assert_eq!(told_of(&row(status)), [event]);
            let mut payment = row(status);
            payment.authorized_at = Some(Time::from_millis(1));
            assert_eq!(
                told_of(&payment).len(),
                2,
                "{event} after payment.authorized"
            );
        }
        assert!(told_of(&row(Status::Pending)).is_empty());
    }

    #[test]
    fn captures_refunds_and_refused_cancellations_are_told_each() {
        let mut payment = captured_row();
        payment.refunds = vec![
            row_refund("F1", 40, RefundState::Succeeded),
            row_refund(
                "F2",
                40,
                RefundState::Failed {
                    code: "X".to_owned(),
                },
            ),
            row_refund("F3", 20, RefundState::InProcess),
        ];
        payment.cancel = Some(domain::Cancel {
            by: domain::CancelBy::Merchant,
            state: CancelState::Refused {
                code: "X".to_owned(),
            },
            requested_at: Time::from_millis(1),
        });
        assert_eq!(
            told_of(&payment),
            [
                "payment.cancel_failed",
                "payment.captured",
                "payment.refund_failed",
                "payment.refunded"
            ]
        );
    }

    #[test]
    fn a_rest_that_was_given_up_is_told_and_one_that_was_left_is_not() {
        let mut payment = captured_row();
        payment.captures[0].amount = domain::Money::new(40, payment.amount.currency()).unwrap();
        payment.captures[0].last = false;
        assert_eq!(
            told_of(&payment),
            ["payment.capture_closed", "payment.captured"]
        );
        payment.captures[0].last = true;
        assert_eq!(told_of(&payment), ["payment.captured"]);
    }
}
