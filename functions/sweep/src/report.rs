//! What one run did and saw: for its line of the log, and for the metrics on which alarms stand.

use domain::evidence::Call;
use domain::standing::{is_near_deadline, outcomes, unknown_since};
use domain::{Payment, Policy, Seconds, Time};
use runtime::metrics::Metric;
use serde::Serialize;

/// What one run did, and what it saw of the rows that it looked at. Rows that are not due are not looked at, so that
/// nothing in here counts them.
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
    /// Outcomes that POP had not told and that were found by asking.
    pub found_by_inquiry: u32,
    /// Age in seconds of the oldest outcome that is still not known.
    pub oldest_unresolved_seconds: i64,
    /// Rows whose authorisation ends soon and whose money is not captured.
    pub near_deadline: u32,
    /// Age in seconds of the oldest message that was found not sent.
    pub oldest_unsent_seconds: i64,
}

/// What was done about one row, and how it stands.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Look {
    /// The call that was made.
    pub(crate) call: Option<Call>,
    settled: bool,
    in_review: bool,
    near_deadline: bool,
    found: u32,
    unknown_for: Option<Seconds>,
    unsent_for: Option<Seconds>,
}

/// What became of one thing that the index gave; of a row, also how long it had been due.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Looked {
    Done(Look, Seconds),
    Failed(Seconds),
    /// Its turn did not come: there was no time left.
    Left(Seconds),
    Unreadable,
    NoTime,
}

impl Look {
    /// What is seen of a row before anything is done.
    pub(crate) fn before(payment: &Payment, now: Time) -> Self {
        let unsent = payment.outbox.iter().map(|message| message.at).min();
        Self {
            in_review: payment.is_in_review(),
            unsent_for: age(unsent, now),
            ..Self::default()
        }
    }

    /// What is seen of it afterwards, once the call is noted. `known`: outcomes that were known before the call.
    pub(crate) fn after(&mut self, known: usize, after: &Payment, now: Time, policy: &Policy) {
        self.settled = !after.is_unresolved();
        self.near_deadline = is_near_deadline(after, now, policy);
        self.unknown_for = age(unknown_since(after, now), now);
        // POP was asked where something stands: what is new is what it had not told.
        if matches!(self.call, Some(Call::Inquiry | Call::RefundInquiry)) {
            let found = outcomes(after).saturating_sub(known);
            self.found = u32::try_from(found).unwrap_or(u32::MAX);
        }
    }
}

impl Report {
    /// What the metrics are told of this run: nothing if nothing was due and all went well, so that a stack in which
    /// nothing happens has no metrics to pay for. Otherwise all of it, zeros too, so that an alarm sees what is over.
    #[must_use]
    pub fn metrics(&self) -> Vec<(Metric, u64)> {
        if self.due == 0 && self.failed == 0 && !self.stopped_early {
            return Vec::new();
        }
        let unresolved = self.due.saturating_sub(self.settled);
        let seconds = |seconds: i64| u64::try_from(seconds).unwrap_or(0);
        vec![
            (Metric::Unresolved, unresolved.into()),
            (
                Metric::OldestUnresolvedSeconds,
                seconds(self.oldest_unresolved_seconds),
            ),
            (Metric::CapturesNearDeadline, self.near_deadline.into()),
            (Metric::PaymentsInReview, self.in_review.into()),
            (
                Metric::OutboxAgeSeconds,
                seconds(self.oldest_unsent_seconds),
            ),
            (Metric::OverdueSeconds, seconds(self.most_overdue_seconds)),
            (Metric::FoundByInquiry, self.found_by_inquiry.into()),
            (Metric::FailedRows, self.failed.into()),
            (Metric::StoppedEarly, self.stopped_early.into()),
        ]
    }

    /// One line for each run, with its counts as fields.
    pub(crate) fn log(&self, duration_ms: i64) {
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

    pub(crate) fn count(&mut self, looked: Looked) {
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
        match look.call {
            Some(Call::Inquiry) => self.inquiries += 1,
            Some(Call::Capture) => self.captures += 1,
            Some(Call::Cancel) => self.cancels += 1,
            Some(Call::Refund | Call::RefundInquiry) => self.refunds += 1,
            Some(Call::Pay) | None => {}
        }
        self.settled += u32::from(look.settled);
        self.in_review += u32::from(look.in_review);
        self.near_deadline += u32::from(look.near_deadline);
        self.found_by_inquiry += look.found;
        self.oldest_unresolved_seconds = older(self.oldest_unresolved_seconds, look.unknown_for);
        self.oldest_unsent_seconds = older(self.oldest_unsent_seconds, look.unsent_for);
    }
}

fn age(since: Option<Time>, now: Time) -> Option<Seconds> {
    since.map(|since| now.since(since))
}

fn older(oldest_seconds: i64, age: Option<Seconds>) -> i64 {
    age.map_or(oldest_seconds, |age| oldest_seconds.max(age.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_finds_nothing_has_no_metrics() {
        assert_eq!(Report::default().metrics(), []);
    }

    #[test]
    fn any_other_run_has_all_of_them_zeros_too() {
        let due = Looked::Done(Look::default(), Seconds(7));
        for looked in [
            due,
            Looked::Failed(Seconds(1)),
            Looked::Left(Seconds(1)),
            Looked::Unreadable,
            Looked::NoTime,
        ] {
            let mut report = Report::default();
            report.count(looked);
            let metrics = report.metrics();
            assert_eq!(metrics.len(), 9, "{looked:?}");
            let of = |wanted| metrics.iter().find(|(metric, _)| *metric == wanted);
            let stopped = matches!(looked, Looked::Left(_) | Looked::NoTime);
            let failed = matches!(looked, Looked::Failed(_) | Looked::Unreadable);
            assert_eq!(of(Metric::StoppedEarly).unwrap().1, u64::from(stopped));
            assert_eq!(of(Metric::FailedRows).unwrap().1, u64::from(failed));
            assert_eq!(of(Metric::PaymentsInReview).unwrap().1, 0);
        }
    }

    #[test]
    fn the_oldest_is_told_and_the_rest_is_added_up() {
        let look = |seconds: i64| Look {
            unknown_for: Some(Seconds(seconds)),
            unsent_for: Some(Seconds(seconds / 2)),
            near_deadline: true,
            found: 2,
            settled: seconds == 40,
            ..Look::default()
        };
        let mut report = Report::default();
        for seconds in [10, 90, 40] {
            report.count(Looked::Done(look(seconds), Seconds(seconds + 1)));
        }
        report.count(Looked::Done(Look::default(), Seconds(0)));
        let want = [
            (Metric::Unresolved, 3),
            (Metric::OldestUnresolvedSeconds, 90),
            (Metric::CapturesNearDeadline, 3),
            (Metric::PaymentsInReview, 0),
            (Metric::OutboxAgeSeconds, 45),
            (Metric::OverdueSeconds, 91),
            (Metric::FoundByInquiry, 6),
            (Metric::FailedRows, 0),
            (Metric::StoppedEarly, 0),
        ];
        assert_eq!(report.metrics(), want);
    }
}
