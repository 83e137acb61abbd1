//! A person's decision about a payment in review.

use super::replies::Draft;
use crate::Sweep;
use domain::operator::{Outcome, Reply};
use domain::{Decision, Event, Ignored, Payment, Resolution, Ruling, decide};
use pop::provider::Provider;
use store::{AdvanceError, Input, Queues, Store, advance};

impl<S: Store, Q: Queues, P: Provider> Sweep<S, Q, P> {
    pub(super) async fn resolve(
        &self,
        row: &Payment,
        resolution: &Resolution,
        dry_run: bool,
        mut draft: Draft,
    ) -> Result<Reply, AdvanceError> {
        let now = (self.clock)();
        let event = Event::Resolved(resolution.clone());
        if dry_run {
            return Ok(match decide(row, &event, now, &self.ports.policy) {
                Decision::Commit(_) => draft.would_do(
                    resolution.ruling.code(),
                    &what_follows(row, resolution.ruling),
                    now,
                ),
                Decision::Ignore(ignored) => refused(draft, ignored, row, now),
            });
        }
        let advanced = advance(&self.ports, &row.id, &Input::of(event), now).await?;
        if let Some(ignored) = advanced.ignored {
            return Ok(refused(draft, ignored, &advanced.payment, now));
        }
        // POP is asked at once: whoever decided wants to see what comes of it.
        let after = self.step_now(advanced.payment, &mut draft).await?;
        let words = format!("decided: {}", resolution.ruling.code());
        Ok(draft.done(&after, "resolved", &words, (self.clock)()))
    }
}

fn refused(draft: Draft, ignored: Ignored, row: &Payment, now: domain::Time) -> Reply {
    let (outcome, code, words) = match ignored {
        Ignored::Known => (
            Outcome::NothingToDo,
            "closed_already",
            "a person closed it before",
        ),
        Ignored::NotCancellable if row.status.is_final() => (
            Outcome::Refused,
            "not_cancellable",
            "the status is final: what is captured is refunded, not cancelled; close it once it is settled outside",
        ),
        Ignored::NotCancellable => (
            Outcome::Refused,
            "not_cancellable",
            "money is captured, or what became of a capture is not known: let it go on first, and refund what is captured",
        ),
        _ => (
            Outcome::Refused,
            "not_in_review",
            "the payment is not in review: there is nothing to decide",
        ),
    };
    draft.reply(outcome, code, words, now)
}

/// What a ruling would begin, before it is given.
fn what_follows(row: &Payment, ruling: Ruling) -> String {
    match ruling {
        Ruling::GoOn => "the review ends, POP is asked where the payment stands, and the rules go on from its word; if it says the same again, the payment comes back to review".to_owned(),
        Ruling::Cancel if row.pay.is_none() => "the review ends and the payment is cancelled; POP was never asked for it".to_owned(),
        Ruling::Cancel => "the review ends and POP is asked to cancel the payment; if POP refuses, it is asked what it holds".to_owned(),
        Ruling::Close => format!(
            "the payment stays {} as POP last said, nothing is outstanding any more, and nothing moves: captures, refunds and notifications are no longer acted on. Take it back with go_on",
            row.status.as_str()
        ),
    }
}
