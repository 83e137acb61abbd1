//! The model's row and what messages do to it. Pure.

use super::super::ledger::View;
use super::super::policy::Polling;
use super::queue::Message;
use domain::message::{InquiryReport, Outcome, ReportedStatus, ResultStatus};
use domain::{PaymentId, PaymentRequestId, Seconds, Time};

/// How long the provider's word that it knows no such payment is not believed after pay was called.
const GRACE: Seconds = Seconds(900);
/// How long an authorisation can be captured.
const CAPTURE_WINDOW: Seconds = Seconds::days(7);
/// When messages that may not have been sent are sent again.
const RESEND_AFTER: Seconds = Seconds(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Created,
    Pending,
    Authorized,
    Captured,
    CaptureFailed,
    Failed,
}

/// The one capture of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Capture {
    pub(super) minor: u64,
    /// Under which id it is being worked on, where the row keeps that.
    pub(super) id: Option<String>,
    /// Until when somebody works on it, where the policy has leases.
    pub(super) leased_until: Option<Time>,
    /// The provider said that it is at it.
    pub(super) in_process: bool,
}

impl Capture {
    pub(super) fn of(minor: u64) -> Self {
        Self {
            minor,
            id: None,
            leased_until: None,
            in_process: false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) minor: u64,
    pub(super) is_automatic: bool,
    /// The merchant will ask for the capture.
    pub(super) on_request: bool,
    pub(super) status: Status,
    pub(super) since: Time,
    pub(super) expires_at: Time,
    pub(super) paid_at: Option<Time>,
    pub(super) payment_id: Option<PaymentId>,
    pub(super) capture: Option<Capture>,
    pub(super) captured: u64,
    pub(super) polls: usize,
    pub(super) outbox: Vec<Message>,
    /// When the periodic job looks at the payment.
    pub(super) poll_at: Option<Time>,
    /// When it looks at the outbox.
    pub(super) send_at: Option<Time>,
}

impl Row {
    pub(super) fn new(
        id: &str,
        minor: u64,
        is_automatic: bool,
        on_request: bool,
        expires_at: Time,
    ) -> Self {
        Self {
            id: id.to_owned(),
            version: 0,
            minor,
            is_automatic,
            on_request,
            status: Status::Created,
            since: expires_at,
            expires_at,
            paid_at: None,
            payment_id: None,
            capture: None,
            captured: 0,
            polls: 0,
            outbox: Vec::new(),
            poll_at: None,
            send_at: None,
        }
    }

    pub(super) fn request_id(&self) -> PaymentRequestId {
        PaymentRequestId::new(self.id.clone()).expect("an id of the plan")
    }

    pub(super) fn due_at(&self) -> Option<Time> {
        self.poll_at.into_iter().chain(self.send_at).min()
    }

    pub(super) fn view(&self) -> View {
        match self.status {
            Status::Created | Status::Pending | Status::Authorized => View::Open,
            Status::Captured => View::Captured(self.captured),
            Status::CaptureFailed => View::CaptureFailed,
            Status::Failed => View::Failed,
        }
    }

    fn enter(&mut self, status: Status, now: Time) {
        (self.status, self.since, self.polls) = (status, now, 0);
        if let Some(ending) = self.view().ending() {
            self.outbox.push(Message::Event(self.id.clone(), ending));
        }
    }

    /// The provider's id of the payment was seen.
    pub(super) fn learn(&mut self, id: Option<&PaymentId>) {
        if self.payment_id.is_none() {
            self.payment_id = id.cloned();
        }
    }

    /// Pay is about to be called.
    pub(super) fn pay_begins(&mut self, now: Time) {
        self.paid_at = Some(now);
        self.enter(Status::Pending, now);
    }

    /// The provider authorised it.
    pub(super) fn authorized(&mut self, now: Time) {
        if !matches!(self.status, Status::Created | Status::Pending) {
            return;
        }
        self.enter(Status::Authorized, now);
        if !self.is_automatic && !self.on_request {
            self.plan_capture(self.minor, now);
        }
    }

    /// A capture is to be made.
    pub(super) fn plan_capture(&mut self, minor: u64, now: Time) {
        if self.status == Status::Authorized && self.capture.is_none() {
            (self.since, self.polls) = (now, 0);
            self.capture = Some(Capture::of(minor));
            self.outbox.push(Message::Capture(self.id.clone()));
        }
    }

    /// The provider refused it, closed it, or does not know it.
    pub(super) fn failed(&mut self, now: Time) {
        if self.view() == View::Open {
            self.enter(Status::Failed, now);
        }
    }

    /// The provider took the money; an authorisation that was not heard of is implied.
    pub(super) fn captured(&mut self, minor: u64, now: Time) {
        if self.view() == View::Open {
            self.captured = minor;
            self.enter(Status::Captured, now);
        }
    }

    /// The provider refused the capture for good.
    pub(super) fn capture_failed(&mut self, now: Time) {
        if self.view() == View::Open {
            self.enter(Status::CaptureFailed, now);
        }
    }

    /// An inquiry was answered.
    pub(super) fn told(&mut self, outcome: &Outcome, report: &InquiryReport, now: Time) {
        match outcome.status {
            ResultStatus::Success => {}
            ResultStatus::Failure if outcome.code == "ORDER_NOT_EXIST" => {
                let late = self.paid_at.is_some_and(|at| now >= at + GRACE);
                if late && self.payment_id.is_none() {
                    self.failed(now);
                }
                return;
            }
            _ => return, // says nothing about the payment
        }
        self.learn(report.facts.payment_id.as_ref());
        match report.status {
            ReportedStatus::Fail | ReportedStatus::Cancelled => self.failed(now),
            ReportedStatus::Success => {
                self.authorized(now);
                self.told_of_captures(report, now);
            }
            _ => {}
        }
    }

    fn told_of_captures(&mut self, report: &InquiryReport, now: Time) {
        let of = |status| report.captures.iter().filter(move |c| c.status == status);
        let taken: u64 = of(ReportedStatus::Success)
            .filter_map(|capture| match capture.amount {
                domain::message::AmountSeen::Is(money) => Some(money.minor()),
                _ => None,
            })
            .sum();
        let refused = of(ReportedStatus::Fail).count();
        if taken > 0 {
            self.captured(taken, now);
        } else if refused > 0 && refused == report.captures.len() {
            self.capture_failed(now);
        }
    }

    /// The periodic job asked, whatever came of it.
    pub(super) fn polled(&mut self, polling: Polling, now: Time) {
        self.polls += 1;
        let is_unheard = self.payment_id.is_none();
        if self.status == Status::Pending && polling.gives_up(self.polls, is_unheard) {
            self.failed(now);
        }
    }

    /// Plans the periodic job's next look, from now on.
    pub(super) fn plan(&mut self, now: Time, polling: Polling) {
        let is_pending = self.status == Status::Pending && self.payment_id.is_some();
        let next = |since: Time, polls| {
            let wait = polling.wait(polls, now.since(since), is_pending)?;
            Some(now + wait)
        };
        let window_ends = self.since + CAPTURE_WINDOW;
        let waits_for_merchant = self.on_request && self.capture.is_none();
        self.poll_at = match self.status {
            Status::Created => Some(self.expires_at.max(now)),
            Status::Authorized if waits_for_merchant && now < window_ends => Some(window_ends),
            Status::Authorized if waits_for_merchant => next(window_ends, self.polls),
            Status::Pending | Status::Authorized => next(self.since, self.polls),
            Status::Captured | Status::CaptureFailed | Status::Failed => None,
        };
        self.send_at = (!self.outbox.is_empty()).then(|| now + RESEND_AFTER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tournament::policy::GivesUp;

    fn at(seconds: i64) -> Time {
        Time::from_millis(seconds * 1000)
    }

    fn row() -> Row {
        let mut row = Row::new("P0", 1000, false, false, at(600));
        row.pay_begins(at(0));
        row
    }

    #[test]
    fn an_authorisation_is_captured_once_and_told() {
        let mut row = row();
        row.authorized(at(1));
        row.authorized(at(2));
        assert_eq!(row.capture, Some(Capture::of(1000)));
        row.captured(1000, at(3));
        row.failed(at(4));
        row.capture_failed(at(4));
        assert_eq!((row.view(), row.since), (View::Captured(1000), at(3)));
        let told: Vec<_> = row.outbox.iter().map(Message::ending).collect();
        assert_eq!(told, [None, View::Captured(1000).ending()]);
    }

    #[test]
    fn what_is_final_is_not_planned_and_what_is_open_is() {
        let mut row = row();
        row.plan(at(0), Polling::Forever);
        assert_eq!(row.due_at(), Some(at(20)));
        row.plan(at(400), Polling::Forever);
        assert_eq!(row.due_at(), Some(at(500)));
        row.failed(at(400));
        row.plan(at(400), Polling::Forever);
        assert_eq!((row.poll_at, row.send_at), (None, Some(at(430))));
        row.outbox.clear();
        row.plan(at(400), Polling::Forever);
        assert_eq!(row.due_at(), None);
    }

    #[test]
    fn a_list_of_polls_gives_up_only_what_nobody_has_heard_of() {
        const LIST: Polling = Polling::Listed {
            waits: &[Seconds(1), Seconds(1)],
            pending: None,
            gives_up: GivesUp::Unheard,
        };
        let (mut heard, mut unheard) = (row(), row());
        heard.learn(Some(&PaymentId::new("1").unwrap()));
        for time in 1..=2 {
            heard.polled(LIST, at(time));
            unheard.polled(LIST, at(time));
        }
        assert_eq!(
            (heard.status, unheard.status),
            (Status::Pending, Status::Failed)
        );
        heard.plan(at(3), LIST);
        assert_eq!(heard.poll_at, None, "left as it is");
    }
}
