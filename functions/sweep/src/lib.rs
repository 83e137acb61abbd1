//! The one healer: looks at every row whose time has come, and does what it needs.
//!
//! With every queue message and every notification lost, this function alone still brings each payment to its end. Its
//! cost follows the number of unresolved payments, since it reads the index of due rows and never the table.

mod calls;
mod operator;
mod pace;
mod part;
mod report;
mod rows;
mod settings;

use calls::Asked;
use domain::evidence::Call;
use domain::plan::{Step, next_step};
use domain::standing::outcomes;
use domain::{Payment, PaymentRequestId, Seconds, Time};
use futures_util::{FutureExt, StreamExt};
use pop::provider::Provider;
use report::{Look, Looked};
use rows::Found;
use runtime::{log_failure, logs};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use store::{AdvanceError, Input, Ports, Queues, Store, StoreError, advance, deliver};
use tracing::Instrument;

pub use pace::Pace;
pub use part::{NoPart, Part};
pub use report::Report;
pub use settings::Settings;

/// No row is begun with less time left: a call to POP may take ten seconds and its commit a few more.
const TIME_FOR_ONE: Seconds = Seconds(15);

/// How many rows one read of the index asks for.
const PAGE: u16 = 100;

/// The sweep function.
#[derive(Debug)]
pub struct Sweep<S, Q, P> {
    /// Table, queues and rules.
    pub ports: Ports<S, Q>,
    /// POP.
    pub provider: P,
    /// The time.
    pub clock: fn() -> Time,
    /// How many shards the index has.
    pub shards: u16,
    /// How many rows are under way at once.
    pub concurrency: usize,
    /// Bounds the calls to POP.
    pub pace: Pace,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Advance(#[from] AdvanceError),
    #[error("the handler panicked")]
    Panicked,
}

impl Failure {
    fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "table_unavailable",
            Self::Advance(_) => "not_committed",
            Self::Panicked => "panicked",
        }
    }

    fn mends_itself(&self) -> bool {
        match self {
            Self::Store(error) => error.mends_itself(),
            Self::Advance(error) => error.mends_itself(),
            Self::Panicked => false,
        }
    }
}

impl<S: Store, Q: Queues, P: Provider> Sweep<S, Q, P> {
    /// Works through all due rows, in each shard the oldest due time first, until none is left or `deadline` comes near.
    pub async fn run(&self, deadline: Time) -> Report {
        self.run_part(Part::WHOLE, deadline).await
    }

    /// As [`Sweep::run`], for this part of the shards alone.
    pub async fn run_part(&self, part: Part, deadline: Time) -> Report {
        let mut report = Report::default();
        let begun = (self.clock)();
        let shards = part.shards(self.shards, begun);
        let mut looks = pin!(
            self.rows(shards, deadline)
                .map(|found| self.look(found, deadline))
                .buffer_unordered(self.concurrency)
        );
        while let Some(looked) = looks.next().await {
            report.count(looked);
        }
        report.log((self.clock)().millis() - begun.millis());
        report
    }

    async fn look(&self, found: Found, deadline: Time) -> Looked {
        let (id, overdue) = match found {
            Found::Row(id, overdue) => (id, overdue),
            Found::NoTime => return Looked::NoTime,
            Found::Unreadable(shard, error) => {
                log_failure!(
                    error.mends_itself(),
                    error.code = "shard_unreadable",
                    sweep.shard = shard,
                    "a shard could not be read; the next run tries again: {error}"
                );
                return Looked::Unreadable;
            }
        };
        if !self.has_time(deadline) {
            return Looked::Left(overdue);
        }
        let flow = logs::flow();
        flow.in_scope(|| logs::about(&id));
        let row = self.row(&id).instrument(flow.clone());
        let look = AssertUnwindSafe(row).catch_unwind().await;
        match look.unwrap_or(Err(Failure::Panicked)) {
            Ok(look) => Looked::Done(look, overdue),
            Err(error) => {
                flow.in_scope(|| {
                    log_failure!(
                        error.mends_itself(),
                        error.code = error.code(),
                        "a due payment could not be worked on; the next run tries again: {error}"
                    );
                });
                Looked::Failed(overdue)
            }
        }
    }

    /// Does what one row needs: sends what was not sent, then the next step.
    async fn row(&self, id: &PaymentRequestId) -> Result<Look, Failure> {
        let now = (self.clock)();
        let Some(payment) = self.ports.store.load(id).await? else {
            return Ok(Look::default());
        };
        if payment.due_at.is_none_or(|due| due > now) {
            return Ok(Look::default()); // the index was behind the row
        }
        let mut look = Look::before(&payment, now);
        let payment = deliver(&self.ports, payment, now).await;
        let known = outcomes(&payment);
        let asked = match next_step(&payment, now, &self.ports.policy) {
            Step::Inquire => Some(self.inquire(id).await),
            Step::Capture(order) => Some(self.capture(&order).await),
            Step::Cancel(_) => Some(self.cancel(id).await),
            Step::Refund(order) => Some(self.refund(&order).await),
            Step::InquireRefund(refund) => Some(self.inquire_refund(&refund).await),
            Step::LookAtTime => Some(Asked::nobody()),
            // Still due although nothing is to be done: let the rules set the time anew.
            Step::Wait if payment.due_at.is_some_and(|due| due <= now) => Some(Asked::nobody()),
            Step::Wait => None,
        };
        let after = match asked {
            Some(asked) => {
                look.call = asked.call;
                self.apply(id, asked).await?
            }
            None => payment,
        };
        look.after(known, &after, (self.clock)(), &self.ports.policy);
        Ok(look)
    }

    async fn apply(&self, id: &PaymentRequestId, asked: Asked) -> Result<Payment, AdvanceError> {
        let (event, message) = (asked.event, asked.message);
        let advanced = advance(&self.ports, id, &Input { event, message }, (self.clock)()).await?;
        tracing::info!(
            sweep.step = asked.call.map_or("time", Call::as_str),
            payment.status = advanced.payment.status.as_str(),
            payment.review = advanced.payment.review_code(),
            payment.due_at = advanced.payment.due_at.map(tracing::field::display),
            "a due payment was looked at"
        );
        Ok(advanced.payment)
    }
}

impl<S, Q, P> Sweep<S, Q, P> {
    fn has_time(&self, deadline: Time) -> bool {
        (self.clock)() + TIME_FOR_ONE <= deadline
    }
}
