//! Orders of an operator, who invokes the function by hand: carried out by the same rules, on the same rows, as
//! everything else here.

mod calls;
mod captures;
mod replies;
mod reviews;

use crate::Sweep;
use crate::calls::Asked;
use calls::made;
use domain::message::{Answer, ResultStatus};
use domain::operator::{Order, Outcome, Reply, Wanted};
use domain::plan::{Step, next_step};
use domain::{Event, Payment, PaymentRequestId, Refund, RefundState, Time};
use futures_util::FutureExt;
use pop::provider::Provider;
use replies::{Draft, failed};
use runtime::logs;
use std::panic::AssertUnwindSafe;
use store::{AdvanceError, Queues, Store};
use tracing::Instrument;

/// How many refunds one order asks about at most; the sweep goes on with the others.
const MOST_REFUNDS: usize = 5;

/// What POP knows nothing of, with the time behind it: ids of merchants are not made like this.
const NOBODY: &str = "POPCTL-CHECK-";

impl<S: Store, Q: Queues, P: Provider> Sweep<S, Q, P> {
    /// Carries out an order, read or not readable, before `deadline`. Never fails: what went wrong stands in the reply.
    pub async fn operate(&self, order: Result<Order, serde_json::Error>, deadline: Time) -> Reply {
        let order = match order {
            Ok(order) => order,
            Err(error) => {
                let words = format!("the order cannot be read: {error}");
                return failed(Outcome::Refused, "invalid_order", &words, (self.clock)());
            }
        };
        let flow = logs::flow();
        if let Some(id) = order.what.payment() {
            flow.in_scope(|| logs::about(id));
        }
        let work = self.carry_out(&order, deadline).instrument(flow.clone());
        let reply = AssertUnwindSafe(work).catch_unwind().await;
        let reply = reply.unwrap_or_else(|_| {
            let words = "a fault of the function's: its log has the place".to_owned();
            failed(Outcome::Failed, "internal_error", &words, (self.clock)())
        });
        flow.in_scope(|| {
            tracing::info!(
                operator.order = order.what.word(),
                operator.by = order.by.as_str(),
                operator.dry_run = order.dry_run,
                operator.outcome = ?reply.outcome,
                operator.code = reply.code,
                "an operator's order was carried out or refused"
            );
        });
        reply
    }

    async fn carry_out(&self, order: &Order, deadline: Time) -> Reply {
        let Some(id) = order.what.payment() else {
            return self.check(order.dry_run, deadline).await;
        };
        let row = match self.ports.store.load(id).await {
            Ok(Some(row)) => row,
            Ok(None) => {
                let words = format!("there is no payment {id} in this deployment's table");
                return failed(Outcome::Refused, "no_such_payment", &words, (self.clock)());
            }
            Err(error) => return unavailable(&error.into(), (self.clock)()),
        };
        let draft = Draft::of(&row, deadline);
        let done = match &order.what {
            Wanted::Inquire(_) => self.ask_now(&row, order.dry_run, draft).await,
            Wanted::RetryCapture(_) => self.retry_capture(&row, order.dry_run, draft).await,
            Wanted::Resolve(_, resolution) => {
                self.resolve(&row, resolution, order.dry_run, draft).await
            }
            Wanted::Check => return self.check(order.dry_run, deadline).await,
        };
        done.unwrap_or_else(|error| unavailable(&error, (self.clock)()))
    }

    /// Asks POP where the payment and its open refunds stand.
    async fn ask_now(
        &self,
        row: &Payment,
        dry_run: bool,
        draft: Draft,
    ) -> Result<Reply, AdvanceError> {
        if dry_run {
            let words = match row.review {
                Some(_) => {
                    "POP would be asked; while the payment is in review or closed, its answer is kept as evidence and not acted on"
                }
                None => "POP would be asked, and its answer worked in by the rules",
            };
            return Ok(draft.would_do("inquire", words, (self.clock)()));
        }
        self.inquire_for(row, draft).await
    }

    /// As far as the time reaches.
    async fn inquire_for(&self, row: &Payment, mut draft: Draft) -> Result<Reply, AdvanceError> {
        let mut now = row.clone();
        if !self.has_time(draft.deadline) {
            return Ok(draft.no_time((self.clock)()));
        }
        let asked = self.inquire(&row.id).await;
        now = self.work_in(&now.id, asked, &mut draft).await?;
        let waiting = |refund: &&Refund| refund.is_open() && refund.state != RefundState::Requested;
        let refunds: Vec<_> = row
            .refunds
            .iter()
            .filter(waiting)
            .take(MOST_REFUNDS)
            .collect();
        for refund in refunds {
            if self.has_time(draft.deadline) {
                let asked = self.inquire_refund(&refund.request_id).await;
                now = self.work_in(&now.id, asked, &mut draft).await?;
            }
        }
        Ok(draft.done(&now, "inquired", "POP was asked", (self.clock)()))
    }

    /// Commits what came of a call, and notes it for the reply.
    async fn work_in(
        &self,
        id: &PaymentRequestId,
        asked: Asked,
        draft: &mut Draft,
    ) -> Result<Payment, AdvanceError> {
        draft.calls.extend(made(&asked));
        self.apply(id, asked).await
    }

    /// The step that the rules have for the payment now, at once instead of with the next sweep. The reply says what
    /// came of it.
    async fn step_now(&self, payment: Payment, draft: &mut Draft) -> Result<Payment, AdvanceError> {
        if !self.has_time(draft.deadline) {
            return Ok(payment); // the sweep does it
        }
        let asked = match next_step(&payment, (self.clock)(), &self.ports.policy) {
            Step::Inquire => self.inquire(&payment.id).await,
            Step::Cancel(id) => self.cancel(&id).await,
            _ => return Ok(payment),
        };
        self.work_in(&payment.id, asked, draft).await
    }

    /// Asks POP about a payment that cannot be there. What it says is signed with its key, and it says so only if it
    /// took our signature.
    async fn check(&self, dry_run: bool, deadline: Time) -> Reply {
        let now = (self.clock)();
        let mut draft = Draft::empty(deadline);
        if dry_run {
            let words = "POP would be asked about a payment that cannot be there";
            return draft.would_do("check", words, now);
        }
        let Ok(nobody) = PaymentRequestId::new(format!("{NOBODY}{}", now.millis())) else {
            return failed(Outcome::Failed, "internal_error", "", now);
        };
        if !self.has_time(deadline) {
            return draft.no_time(now);
        }
        let asked = self.inquire(&nobody).await;
        draft.calls.extend(made(&asked));
        let Event::Inquired(answer) = &asked.event else {
            return draft.no_time(now);
        };
        let (outcome, code, words) = match answer {
            Answer::Verified(outcome, _) if outcome.status == ResultStatus::Failure => (
                Outcome::Done,
                "keys_match",
                "POP took our signature, and its own holds",
            ),
            Answer::Verified(..) => (
                Outcome::Done,
                "keys_match_answer_odd",
                "POP took our signature and its own holds; but it says to know a payment that was never made",
            ),
            Answer::None(_) => (
                Outcome::Unanswered,
                "no_answer",
                "POP gave no answer that can be believed: it is not reached, does not take our key, or signs with a key that POP_PUBLIC_KEYS does not have",
            ),
        };
        draft.reply(outcome, code, words, (self.clock)())
    }
}

fn unavailable(error: &AdvanceError, now: Time) -> Reply {
    let code = match error {
        AdvanceError::Contended => "contended",
        AdvanceError::Store(_) => "table_unavailable",
        AdvanceError::NotFound => "no_such_payment",
        AdvanceError::RefundIdTaken | AdvanceError::Unsigned => "internal_error",
    };
    let words = format!("{error}; nothing is known to have changed: look at it and try again");
    failed(Outcome::Failed, code, &words, now)
}
