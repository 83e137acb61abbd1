//! Asking for a capture once more.

use super::replies::Draft;
use crate::Sweep;
use domain::operator::{CaptureRetry, Outcome, Reply, capture_retry};
use domain::plan::{CaptureOrder, capture_order};
use domain::{CaptureRequest, Event, Payment};
use pop::provider::Provider;
use store::{AdvanceError, Input, Queues, Store, advance};

impl<S: Store, Q: Queues, P: Provider> Sweep<S, Q, P> {
    pub(super) async fn retry_capture(
        &self,
        row: &Payment,
        dry_run: bool,
        draft: Draft,
    ) -> Result<Reply, AdvanceError> {
        let now = (self.clock)();
        match capture_retry(row, now, &self.ports.policy) {
            CaptureRetry::Ask(order) if dry_run => {
                Ok(draft.would_do("capture", &same_again(&order), now))
            }
            CaptureRetry::Ask(order) => self.capture_now(row, &order, draft).await,
            CaptureRetry::Inquire if dry_run => {
                let words = "POP spoke of this capture last, or something is in doubt: POP would be asked where the payment stands, and no capture would be asked for";
                Ok(draft.would_do("inquire", words, now))
            }
            CaptureRetry::Inquire => self.inquire_for(row, draft).await,
            CaptureRetry::Another(request) if dry_run => {
                let words = "the capture before failed for good: another one of the same amount would be asked for, under a new id";
                let words = format!("{words} (number {})", request.number);
                Ok(draft.would_do("another_capture", &words, now))
            }
            CaptureRetry::Another(request) => self.another(row, request, draft).await,
            CaptureRetry::Captured => {
                let words = "the payment is captured: there is nothing to ask for";
                Ok(draft.reply(Outcome::NothingToDo, "captured", words, now))
            }
            CaptureRetry::Refused(refusal) => {
                let words = refusal.to_string();
                Ok(draft.reply(Outcome::Refused, refusal.code(), &words, now))
            }
        }
    }

    async fn capture_now(
        &self,
        row: &Payment,
        order: &CaptureOrder,
        mut draft: Draft,
    ) -> Result<Reply, AdvanceError> {
        if !self.has_time(draft.deadline) {
            return Ok(draft.no_time((self.clock)()));
        }
        let asked = self.capture(order).await;
        let after = self.work_in(&row.id, asked, &mut draft).await?;
        let words = format!("capture {} was asked for", order.request_id);
        Ok(draft.done(&after, "capture_asked", &words, (self.clock)()))
    }

    /// Commits the further capture as the merchant's own call does, then asks for it.
    async fn another(
        &self,
        row: &Payment,
        request: CaptureRequest,
        draft: Draft,
    ) -> Result<Reply, AdvanceError> {
        let input = Input::of(Event::CaptureAsked(request));
        let advanced = advance(&self.ports, &row.id, &input, (self.clock)()).await?;
        match capture_order(&advanced.payment, (self.clock)()) {
            Some(order) => self.capture_now(&advanced.payment, &order, draft).await,
            None => {
                let words = "the payment changed meanwhile: look at it again";
                Ok(draft.reply(Outcome::Refused, "row_changed", words, (self.clock)()))
            }
        }
    }
}

fn same_again(order: &CaptureOrder) -> String {
    format!(
        "capture {} of {} would be asked for, with the same id: POP does it once, however often it is asked",
        order.request_id,
        order.amount.display()
    )
}
