//! A provider that knows one payment's truth, and answers as badly as luck has it.

use super::luck::{Habits, Truth};
use super::said::{
    automatic_capture, capture_id, capture_notified, capture_notified_with, facts, notified,
    notified_with, outcome, payment_id, request_id, shown, status,
};
use super::wishes::facts_with_card;
use domain::message::{
    AmountSeen, CancelReport, CaptureReport, InquiryReport, Outcome, PaymentFacts,
    RefundNotification, RefundReport, ReportedCapture, ReportedStatus,
};
use domain::plan::{CaptureOrder, RefundOrder};
use domain::{Event, RefundId, RefundRequestId, Seconds, Time};

/// Something that was asked for, and when it is done.
#[derive(Debug, Clone)]
struct Task<T> {
    order: T,
    done_at: Time,
}

/// The provider.
#[derive(Debug)]
pub(crate) struct Provider {
    truth: Truth,
    habits: Habits,
    paid_at: Time,
    captures: Vec<Task<CaptureOrder>>,
    refunds: Vec<Task<RefundOrder>>,
    cancelled_at: Option<Time>,
}

impl Provider {
    pub(crate) fn new(truth: Truth, habits: Habits, paid_at: Time) -> Self {
        Self {
            truth,
            habits,
            paid_at,
            captures: Vec::new(),
            refunds: Vec::new(),
            cancelled_at: None,
        }
    }

    /// Our captures that it carried out, well or not.
    pub(crate) fn captures_made(&self) -> usize {
        self.captures.len()
    }

    /// Whether it cancelled the payment because we asked.
    pub(crate) fn cancelled(&self) -> bool {
        self.cancelled_at.is_some()
    }

    /// Minor units taken by `now`.
    pub(crate) fn taken(&self, now: Time) -> u64 {
        match self.truth {
            Truth::Automatic {
                captured,
                fails: false,
                ..
            } if !self.cancelled() && self.is_past(captured, now) => super::amount().minor(),
            Truth::Manual { fails: false, .. } => {
                let done = self.captures.iter().filter(|task| now >= task.done_at);
                done.map(|task| task.order.amount.minor()).sum()
            }
            _ => 0,
        }
    }

    /// Minor units given back by `now`.
    pub(crate) fn given_back(&self, now: Time) -> u64 {
        let done = self.refunds.iter().filter(|task| now >= task.done_at);
        let given = done.filter(|_| !self.habits.refund_fails);
        given.map(|task| task.order.amount.minor()).sum()
    }

    fn is_past(&self, seconds: i64, now: Time) -> bool {
        now >= self.paid_at + Seconds(seconds)
    }

    fn facts(&self) -> PaymentFacts {
        if self.habits.stores_card {
            facts_with_card()
        } else {
            facts()
        }
    }

    /// The answer to an inquiry at `now`.
    pub(crate) fn inquire(&self, now: Time) -> (Outcome, InquiryReport) {
        let (word, code) = self.payment(now);
        let authorized = word == "SUCCESS";
        let report = InquiryReport {
            facts: if authorized { self.facts() } else { facts() },
            status: status(word),
            code: code.to_owned(),
            captures: self.shown_captures(now),
        };
        if self.truth == Truth::NeverArrived {
            let nothing = InquiryReport {
                facts: PaymentFacts::default(),
                status: ReportedStatus::Other,
                ..report
            };
            return (outcome("F ORDER_NOT_EXIST"), nothing);
        }
        (outcome("S SUCCESS"), report)
    }

    fn payment(&self, now: Time) -> (&'static str, &'static str) {
        let waiting = ("PROCESSING", "PAYMENT_IN_PROCESS");
        match self.truth {
            _ if self.cancelled() => ("CANCELLED", "ORDER_IS_CANCELED"),
            Truth::Automatic { authorized, .. } if self.is_past(authorized, now) => {
                ("SUCCESS", "SUCCESS")
            }
            Truth::AuthorizationGone { gone, .. } if self.is_past(gone, now) => {
                ("CANCELLED", "ORDER_IS_CANCELED")
            }
            Truth::Manual { authorized, .. } | Truth::AuthorizationGone { authorized, .. }
                if self.is_past(authorized, now) =>
            {
                match self.limit(authorized) {
                    limit if now >= limit && self.captures.is_empty() => ("CANCELLED", ""),
                    _ => ("SUCCESS", "SUCCESS"),
                }
            }
            Truth::Declined { after } if self.is_past(after, now) => ("FAIL", "DO_NOT_HONOR"),
            Truth::Closed { after } if self.is_past(after, now) => ("FAIL", "ORDER_IS_CLOSED"),
            _ => waiting,
        }
    }

    /// An authorisation that nobody captured is cancelled then.
    fn limit(&self, authorized: i64) -> Time {
        self.paid_at + Seconds(authorized) + Seconds::days(7)
    }

    fn shown_captures(&self, now: Time) -> Vec<ReportedCapture> {
        let word = |done: bool, fails| match (done, fails) {
            (false, _) => "PROCESSING PAYMENT_IN_PROCESS",
            (true, false) => "SUCCESS SUCCESS",
            (true, true) => "FAIL PROCESS_FAIL",
        };
        match self.truth {
            Truth::Automatic {
                authorized,
                captured,
                fails,
            } if !self.cancelled() && self.is_past(authorized, now) => {
                let word = word(self.is_past(captured, now), fails);
                vec![shown(&automatic_capture(), word)]
            }
            Truth::Manual { fails, .. } => {
                let tasks = self.captures.iter();
                let entries = tasks.map(|task| ReportedCapture {
                    capture_id: Self::report(&task.order).capture_id,
                    amount: AmountSeen::Is(task.order.amount),
                    ..shown(&task.order.request_id, word(now >= task.done_at, fails))
                });
                entries.collect()
            }
            _ => Vec::new(),
        }
    }

    fn report(order: &CaptureOrder) -> CaptureReport {
        let name = format!("CAP_{}", &order.request_id.as_str()[..2]);
        CaptureReport {
            request_id: Some(order.request_id.clone()),
            capture_id: Some(capture_id(&name)),
            payment_id: Some(order.payment_id.clone()),
            amount: AmountSeen::Is(order.amount),
        }
    }

    /// Carries out our capture, or says again what became of it.
    pub(crate) fn capture(&mut self, order: &CaptureOrder, now: Time) -> (Outcome, CaptureReport) {
        let report = Self::report(order);
        let Truth::Manual { takes, fails, .. } = self.truth else {
            return (outcome("F AUTH_CANCELLED"), report);
        };
        if self.cancelled() {
            return (outcome("F AUTH_CANCELLED"), report);
        }
        let known = |task: &&Task<CaptureOrder>| task.order.request_id == order.request_id;
        if self.captures.iter().find(known).is_none() {
            let asked: u64 = self
                .captures
                .iter()
                .map(|task| task.order.amount.minor())
                .sum();
            if asked + order.amount.minor() > super::amount().minor() {
                return (outcome("F CAPTURE_AMOUNT_EXCEED_AUTH_LIMIT"), report);
            }
            self.captures.push(Task {
                order: order.clone(),
                done_at: now + Seconds(takes),
            });
        }
        let task = self.captures.iter().find(known).expect("asked for above");
        let result = match (task.order == *order, now >= task.done_at, fails) {
            (false, ..) => "F REPEAT_REQ_INCONSISTENT",
            (_, false, _) => "U CAPTURE_IN_PROCESS",
            (_, _, true) => "F PROCESS_FAIL",
            (_, _, false) => "S SUCCESS",
        };
        (outcome(result), report)
    }

    /// Cancels, unless money is being taken or the payment is over.
    pub(crate) fn cancel(&mut self, now: Time) -> (Outcome, CancelReport) {
        let report = CancelReport {
            request_id: Some(request_id()),
            payment_id: Some(payment_id()),
        };
        let taking = match self.truth {
            Truth::Automatic { authorized, .. } => self.is_past(authorized, now),
            _ => !self.captures.is_empty(),
        };
        let result = match self.payment(now).0 {
            _ if self.truth == Truth::NeverArrived => {
                return (outcome("F ORDER_NOT_EXIST"), CancelReport::default());
            }
            _ if self.cancelled() => "S SUCCESS",
            _ if taking => "F ORDER_STATUS_INVALID",
            "CANCELLED" => "F ORDER_IS_CANCELED",
            "FAIL" => "F ORDER_STATUS_INVALID",
            _ => {
                self.cancelled_at = Some(now);
                "S SUCCESS"
            }
        };
        (outcome(result), report)
    }

    fn refund_report(&self, order: &RefundOrder, now: Time) -> RefundReport {
        let task = self
            .refunds
            .iter()
            .find(|task| task.order.request_id == order.request_id);
        let word = match task {
            None => "",
            Some(task) if now < task.done_at => "PROCESSING",
            Some(_) if self.habits.refund_fails => "FAIL",
            Some(_) => "SUCCESS",
        };
        RefundReport {
            request_id: Some(order.request_id.clone()),
            refund_id: task.map(|_| RefundId::new(format!("RF-{}", order.request_id)).unwrap()),
            payment_id: Some(order.payment_id.clone()),
            amount: AmountSeen::Is(order.amount),
            status: status(word),
        }
    }

    /// Gives money back, at most what is taken, or says again what became of it.
    pub(crate) fn refund(&mut self, order: &RefundOrder, now: Time) -> (Outcome, RefundReport) {
        let asked = self.refunds.iter().any(|task| task.order == *order);
        let going: u64 = self
            .refunds
            .iter()
            .map(|task| task.order.amount.minor())
            .sum();
        let spoken_for = if self.habits.refund_fails { 0 } else { going };
        if !asked && order.amount.minor() + spoken_for > self.taken(now) {
            return (
                outcome("F REFUND_AMOUNT_EXCEED"),
                self.refund_report(order, now),
            );
        }
        if !asked {
            self.refunds.push(Task {
                order: order.clone(),
                done_at: now + Seconds(self.habits.refund_takes),
            });
        }
        let report = self.refund_report(order, now);
        let result = match report.status {
            ReportedStatus::Success => "S SUCCESS",
            ReportedStatus::Fail => "F PROCESS_FAIL",
            _ => "U REFUND_IN_PROCESS",
        };
        (outcome(result), report)
    }

    /// The answer to an inquiry about a refund.
    pub(crate) fn inquire_refund(
        &self,
        id: &RefundRequestId,
        now: Time,
    ) -> (Outcome, RefundReport) {
        let task = self
            .refunds
            .iter()
            .find(|task| task.order.request_id == *id);
        match task {
            Some(task) => (outcome("S SUCCESS"), self.refund_report(&task.order, now)),
            None => (outcome("F REFUND_NOT_EXIST"), blank_refund()),
        }
    }

    /// What POP has sent out by `now`, with a name and the time of each.
    pub(crate) fn notifications(&self, now: Time) -> Vec<(usize, Time, Event)> {
        let mut sent = self.payment_notifications();
        if let Some(end) = self.cancelled_at {
            sent.retain(|(_, time, _)| *time < end);
        }
        if let Truth::Manual { fails, .. } = self.truth {
            let result = if fails { "F PROCESS_FAIL" } else { "S SUCCESS" };
            let tasks = self.captures.iter().enumerate();
            sent.extend(tasks.map(|(at, task)| {
                let notice = capture_notified_with(result, Self::report(&task.order));
                (10 + at, task.done_at, notice)
            }));
        }
        let tasks = self.refunds.iter().enumerate();
        sent.extend(tasks.map(|(at, task)| {
            let refund = self.refund_report(&task.order, task.done_at);
            let result = if self.habits.refund_fails {
                "F PROCESS_FAIL"
            } else {
                "S SUCCESS"
            };
            let notice = RefundNotification {
                request_id: task.order.request_id.clone(),
                outcome: outcome(result),
                refund,
            };
            (100 + at, task.done_at, Event::RefundNotified(notice))
        }));
        sent.retain(|(_, time, _)| *time <= now);
        sent
    }

    fn payment_notifications(&self) -> Vec<(usize, Time, Event)> {
        let after = |seconds| self.paid_at + Seconds(seconds);
        let success = || notified_with("S SUCCESS", self.facts());
        match self.truth {
            Truth::Automatic {
                authorized,
                captured,
                fails,
            } => {
                let result = if fails { "F PROCESS_FAIL" } else { "S SUCCESS" };
                vec![
                    (0, after(authorized), success()),
                    (
                        1,
                        after(captured),
                        capture_notified(&automatic_capture(), result),
                    ),
                ]
            }
            Truth::Manual { authorized, .. } | Truth::AuthorizationGone { authorized, .. } => {
                vec![(0, after(authorized), success())]
            }
            Truth::Declined { after: s } => vec![(0, after(s), notified("F DO_NOT_HONOR"))],
            Truth::Closed { after: s } => vec![(0, after(s), notified("F ORDER_IS_CLOSED"))],
            Truth::NeverArrived => Vec::new(),
        }
    }
}

/// A report that says nothing.
pub(crate) fn blank_refund() -> RefundReport {
    RefundReport {
        request_id: None,
        refund_id: None,
        payment_id: None,
        amount: AmountSeen::Absent,
        status: ReportedStatus::Other,
    }
}
