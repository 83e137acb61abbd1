//! The one healer: looks at every row whose time has come, and does what it needs.
//!
//! With every queue message and every notification lost, this function alone still brings each payment to its end. Its
//! cost follows the number of unresolved payments, since it reads the index of due rows and never the table.

mod operator;
mod pace;
mod part;
mod report;
mod rows;
mod settings;

use domain::evidence::SignedMessage;
use domain::message::{Answer, NoAnswer};
use domain::plan::{CaptureOrder, RefundOrder, Step, next_step};
use domain::{Event, Payment, PaymentRequestId, RefundRequestId, Seconds, Time};
use futures_util::{FutureExt, StreamExt};
use pop::provider::{Exchange, Provider};
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
        let after = match next_step(&payment, now, &self.ports.policy) {
            Step::Inquire => {
                look.inquired = true;
                look.asked = true;
                self.inquire(&payment).await?
            }
            Step::Capture(order) => {
                look.captured = true;
                self.capture(&payment, order).await?
            }
            Step::Cancel(_) => {
                look.cancelled = true;
                self.cancel(&payment).await?
            }
            Step::Refund(order) => {
                look.refunded = true;
                self.refund(&payment, order).await?
            }
            Step::InquireRefund(refund) => {
                look.refunded = true;
                look.asked = true;
                self.inquire_refund(&payment, refund).await?
            }
            Step::LookAtTime => self.apply(id, Event::TimePassed, None).await?,
            // Still due although nothing is to be done: let the rules set the time anew.
            Step::Wait if payment.due_at.is_some_and(|due| due <= now) => {
                self.apply(id, Event::TimePassed, None).await?
            }
            Step::Wait => payment.clone(),
        };
        look.after(&payment, &after, (self.clock)(), &self.ports.policy);
        Ok(look)
    }

    async fn inquire(&self, payment: &Payment) -> Result<Payment, AdvanceError> {
        let exchange = self.ask(|| self.provider.inquire(&payment.id)).await;
        let event = Event::Inquired(exchange.answer);
        self.apply(&payment.id, event, exchange.message).await
    }

    async fn capture(
        &self,
        payment: &Payment,
        order: CaptureOrder,
    ) -> Result<Payment, AdvanceError> {
        let exchange = self.ask(|| self.provider.capture(&order)).await;
        let event = Event::CaptureAnswered(order.request_id, exchange.answer);
        self.apply(&payment.id, event, exchange.message).await
    }

    async fn cancel(&self, payment: &Payment) -> Result<Payment, AdvanceError> {
        let exchange = self.ask(|| self.provider.cancel(&payment.id)).await;
        let event = Event::CancelAnswered(exchange.answer);
        self.apply(&payment.id, event, exchange.message).await
    }

    async fn refund(&self, payment: &Payment, order: RefundOrder) -> Result<Payment, AdvanceError> {
        let exchange = self.ask(|| self.provider.refund(&order)).await;
        let event = Event::RefundAnswered(order.request_id, exchange.answer);
        self.apply(&payment.id, event, exchange.message).await
    }

    async fn inquire_refund(
        &self,
        payment: &Payment,
        refund: RefundRequestId,
    ) -> Result<Payment, AdvanceError> {
        let exchange = self.ask(|| self.provider.inquire_refund(&refund)).await;
        let event = Event::RefundInquired(refund, exchange.answer);
        self.apply(&payment.id, event, exchange.message).await
    }

    async fn apply(
        &self,
        id: &PaymentRequestId,
        event: Event,
        message: Option<SignedMessage>,
    ) -> Result<Payment, AdvanceError> {
        let step = step_of(&event);
        let advanced = advance(&self.ports, id, &Input { event, message }, (self.clock)()).await?;
        tracing::info!(
            sweep.step = step,
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

    /// Calls POP, and at once a second time when the answer got lost: most losses are of the moment, and the next run
    /// is a minute away. Not after a time-out, which has used up the time for one row. Both calls carry the same ids.
    async fn ask<T, F: Future<Output = Exchange<T>>>(&self, call: impl Fn() -> F) -> Exchange<T> {
        self.pace.turn().await;
        let exchange = call().await;
        match exchange.answer {
            Answer::None(reason) if reason != NoAnswer::TimedOut => {
                self.pace.turn().await;
                call().await
            }
            _ => exchange,
        }
    }
}

/// What was done, in a word for the log.
fn step_of(event: &Event) -> &'static str {
    match event {
        Event::Inquired(_) => "inquiry",
        Event::CaptureAnswered(..) => "capture",
        Event::CancelAnswered(_) => "cancel",
        Event::RefundAnswered(..) => "refund",
        Event::RefundInquired(..) => "refund_inquiry",
        _ => "time",
    }
}
