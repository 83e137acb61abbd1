//! What a person decides about a payment in review. Each ruling lets POP's word decide, or stops everything; none takes
//! money, and none changes a final status.

use super::{Ignored, cancel};
use crate::draft::Draft;
use crate::outbox::OrderEventKind;
use crate::{CaptureState, Doubt, Resolution, Review, ReviewReason, Ruling};

pub(super) fn resolved(draft: &mut Draft<'_>, resolution: &Resolution) -> Ignored {
    let Some(review) = draft.payment.review.clone() else {
        return Ignored::NotInReview;
    };
    match resolution.ruling {
        Ruling::Close if review.closed_at.is_some() => return Ignored::Known,
        Ruling::Cancel if !cancel::may_be_ruled(&draft.payment) => return Ignored::NotCancellable,
        _ => {}
    }
    draft.tell(
        OrderEventKind::ReviewResolved,
        Some(resolution.ruling.code()),
    );
    match resolution.ruling {
        Ruling::GoOn => go_on(draft, &review),
        Ruling::Cancel => {
            end_review(draft);
            cancel::ruled(draft);
        }
        Ruling::Close => close(draft, review),
    }
    Ignored::Known
}

fn end_review(draft: &mut Draft<'_>) {
    draft.learned();
    draft.payment.review = None;
    draft.payment.doubt = None;
    draft.payment.resumed_at = Some(draft.now);
}

/// The mark goes, and POP is asked before anything else happens. What brought the payment here is tried once more where
/// only another try can show whether it is still so.
fn go_on(draft: &mut Draft<'_>, review: &Review) {
    end_review(draft);
    draft.payment.doubt = Some(Doubt { since: draft.now });
    match review.reason {
        // With the same id: POP does it once, however often it is asked.
        ReviewReason::CaptureRefused { .. } => ask_captures_again(draft),
        // With another id: that the one before failed for good is known.
        ReviewReason::OrderPaidTwice => draft.give_back_again(),
        _ => {}
    }
}

fn ask_captures_again(draft: &mut Draft<'_>) {
    for capture in &mut draft.payment.captures {
        if matches!(capture.state, CaptureState::Doubtful { .. }) {
            capture.state = CaptureState::Requested;
        }
    }
}

/// Nothing is outstanding any more and nothing moves: the review stays, as one that is closed.
fn close(draft: &mut Draft<'_>, review: Review) {
    draft.learned();
    draft.payment.review = Some(Review {
        closed_at: Some(draft.now),
        ..review
    });
    draft.payment.doubt = None;
    draft.payment.redirect = None;
    draft.forget_people();
}
