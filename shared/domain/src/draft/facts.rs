//! What messages say of a payment, held against the row and taken in.

use super::Draft;
use crate::message::{AmountSeen, PaymentFacts};
use crate::{ReviewReason, Status};

impl Draft<'_> {
    /// Holds a message's facts against the row. False: it does not fit, and the payment went to review.
    pub(crate) fn fits(&mut self, facts: &PaymentFacts) -> bool {
        let payment = &self.payment;
        let bound = payment.payment_id.as_ref();
        let misfit = if facts
            .request_id
            .as_ref()
            .is_some_and(|id| *id != payment.id)
        {
            Some(ReviewReason::WrongPayment)
        } else if facts
            .payment_id
            .as_ref()
            .is_some_and(|id| bound.is_some_and(|b| b != id))
        {
            Some(ReviewReason::PaymentIdMismatch)
        } else {
            amount_misfit(facts.amount, payment.amount)
        };
        match misfit {
            Some(reason) => {
                self.review(reason);
                false
            }
            None => true,
        }
    }

    /// Takes in what is new among a fitting message's facts.
    pub(crate) fn learn(&mut self, facts: &PaymentFacts) {
        if facts.stored_card.is_some() {
            self.shown_card.clone_from(&facts.stored_card);
        }
        let payment = &mut self.payment;
        let mut new = fill(&mut payment.payment_id, &facts.payment_id);
        new |= fill(&mut payment.card.avs_result_raw, &facts.card.avs_result_raw);
        new |= fill(&mut payment.card.cvv_result_raw, &facts.card.cvv_result_raw);
        new |= fill(
            &mut payment.card.network_transaction_id,
            &facts.card.network_transaction_id,
        );
        new |= fill(&mut payment.card.eci, &facts.card.eci);
        new |= fill(
            &mut payment.card.three_ds_version,
            &facts.card.three_ds_version,
        );
        new |= fill(
            &mut payment.card.ds_transaction_id,
            &facts.card.ds_transaction_id,
        );
        if let Some(acquirer) = &facts.acquirer {
            new |= fill(&mut payment.acquirer.name, &acquirer.name);
            new |= fill(
                &mut payment.acquirer.reference_request_id,
                &acquirer.reference_request_id,
            );
            new |= fill(
                &mut payment.acquirer.transaction_id,
                &acquirer.transaction_id,
            );
        }
        let limit = facts.auth_expires_at;
        if payment.status == Status::Authorized && limit.is_some() && limit != payment.capture_by {
            payment.capture_by = limit;
            new = true;
        }
        if let Some(pay) = &mut payment.pay
            && !pay.known_to_provider
        {
            pay.known_to_provider = true;
            new = true;
        }
        if new {
            self.learned();
        }
    }
}

/// Why an amount does not fit; one that is missing says nothing.
pub(crate) fn amount_misfit(seen: AmountSeen, want: crate::Money) -> Option<ReviewReason> {
    match seen {
        AmountSeen::Absent => None,
        AmountSeen::Is(amount) if amount == want => None,
        _ => Some(ReviewReason::AmountMismatch { seen }),
    }
}

fn fill<T: Clone>(place: &mut Option<T>, value: &Option<T>) -> bool {
    let new = place.is_none() && value.is_some();
    if new {
        place.clone_from(value);
    }
    new
}
