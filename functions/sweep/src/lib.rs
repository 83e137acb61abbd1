//! The one healer: looks at every row whose time has come, and does what it needs.
//!
//! With every queue message and every notification lost, this function alone still brings each payment to its end. Its
//! cost follows the number of unresolved payments, since it reads the index of due rows and never the table.

mod operator;
mod pace;
mod part;
mod rows;
mod settings;

use domain::evidence::SignedMessage;
use domain::message::{Answer, NoAnswer};
use domain::plan::{CaptureOrder, RefundOrder, Step, next_step};
use domain::{Event, Payment, PaymentRequestId, RefundRequestId, Seconds, Time};
use futures_util::{FutureExt, StreamExt};
use pop::provider::{Exchange, Provider};
use rows::Found;
use runtime::{log_failure, logs};
use serde::Serialize;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use store::{AdvanceError, Input, Ports, Queues, Store, StoreError, advance, deliver};
use tracing::Instrument;

pub use pace::Pace;
pub use part::{NoPart, Part};
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

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Rows that were due.
    pub due: u32,
    /// Rows whose turn came in this run.
    pub looked_at: u32,
    /// Inquiries made.
    pub inquiries: u32,
    /// Captures asked for.
    pub captures: u32,
    /// Cancellations asked for.
    pub cancels: u32,
    /// Refunds asked for or asked about.
    pub refunds: u32,
    /// Rows that came to an end.
    pub settled: u32,
    /// Rows in review.
    pub in_review: u32,
    /// Rows that could not be worked on; they stay due.
    pub failed: u32,
    /// Whether the run stopped for lack of time; the next one goes on.
    pub stopped_early: bool,
    /// Age in seconds of the oldest due time seen.
    pub most_overdue_seconds: i64,
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

/// What was done about one row.
#[derive(Debug, Clone, Copy, Default)]
struct Look {
    inquired: bool,
    captured: bool,
    cancelled: bool,
    refunded: bool,
    settled: bool,
    in_review: bool,
}

/// What became of one thing that the index gave; of a row, also how long it had been due.
#[derive(Debug, Clone, Copy)]
enum Looked {
    Done(Look, Seconds),
    Failed(Seconds),
    /// Its turn did not come: there was no time left.
    Left(Seconds),
    Unreadable,
    NoTime,
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
        let payment = deliver(&self.ports, payment, now).await;
        let mut look = Look {
            in_review: payment.is_in_review(),
            ..Look::default()
        };
        let after = match next_step(&payment, now, &self.ports.policy) {
            Step::Inquire => {
                look.inquired = true;
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
                self.inquire_refund(&payment, refund).await?
            }
            Step::LookAtTime => self.apply(id, Event::TimePassed, None).await?,
            // Still due although nothing is to be done: let the rules set the time anew.
            Step::Wait if payment.due_at.is_some_and(|due| due <= now) => {
                self.apply(id, Event::TimePassed, None).await?
            }
            Step::Wait => payment,
        };
        look.settled = !after.is_unresolved();
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

impl Report {
    /// One line for each run, with its counts as fields.
    fn log(&self, duration_ms: i64) {
        tracing::info!(
            sweep.due = self.due,
            sweep.looked_at = self.looked_at,
            sweep.inquiries = self.inquiries,
            sweep.captures = self.captures,
            sweep.cancels = self.cancels,
            sweep.refunds = self.refunds,
            sweep.settled = self.settled,
            sweep.in_review = self.in_review,
            sweep.failed = self.failed,
            sweep.stopped_early = self.stopped_early,
            sweep.most_overdue_seconds = self.most_overdue_seconds,
            sweep.duration_ms = duration_ms,
            "swept"
        );
    }

    fn count(&mut self, looked: Looked) {
        match looked {
            Looked::Done(look, overdue) => {
                self.saw(overdue);
                self.add(look);
            }
            Looked::Failed(overdue) => {
                self.saw(overdue);
                self.failed += 1;
            }
            Looked::Left(overdue) => {
                self.saw(overdue);
                self.stopped_early = true;
            }
            Looked::Unreadable => self.failed += 1,
            Looked::NoTime => self.stopped_early = true,
        }
    }

    fn saw(&mut self, overdue: Seconds) {
        self.due += 1;
        self.most_overdue_seconds = self.most_overdue_seconds.max(overdue.0);
    }

    fn add(&mut self, look: Look) {
        self.looked_at += 1;
        self.inquiries += u32::from(look.inquired);
        self.captures += u32::from(look.captured);
        self.cancels += u32::from(look.cancelled);
        self.refunds += u32::from(look.refunded);
        self.settled += u32::from(look.settled);
        self.in_review += u32::from(look.in_review);
    }
}
