//! A provider that knows one payment's truth, and answers as badly as luck has it.

use super::said::{
    automatic_capture, capture_id, capture_notified, facts, notified, outcome, shown, status,
};
use domain::message::{
    Answer, CaptureReport, InquiryReport, NoAnswer, Outcome, PaymentFacts, ReportedCapture,
    ReportedStatus,
};
use domain::plan::CaptureOrder;
use domain::{Event, Seconds, Time};

/// What really becomes of a payment; times in seconds after the call to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    /// Authorised; POP's own capture ends later, well or not.
    Automatic {
        authorized: i64,
        captured: i64,
        fails: bool,
    },
    /// Authorised; our capture takes so long once it is asked for, and ends well or not.
    Manual {
        authorized: i64,
        takes: i64,
        fails: bool,
    },
    /// Authorised, and cancelled before anybody captures.
    AuthorizationGone { authorized: i64, gone: i64 },
    /// Refused.
    Declined { after: i64 },
    /// The call to pay never reached POP.
    NeverArrived,
    /// The buyer never finished; POP closes the payment.
    Closed { after: i64 },
}

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    Fine,
    /// The call never arrived.
    LostOnTheWay(NoAnswer),
    /// It was carried out, and the answer was lost.
    LostOnTheWayBack(NoAnswer),
    /// `U`, not carried out.
    Unsettled,
    /// It was carried out, and our function was killed before it could commit.
    Killed,
}

/// The provider.
#[derive(Debug)]
pub(crate) struct Provider {
    truth: Truth,
    paid_at: Time,
    capture: Option<(CaptureOrder, Time)>,
    /// Captures carried out.
    pub(crate) captures_made: u32,
}

impl Provider {
    pub(crate) fn new(truth: Truth, paid_at: Time) -> Self {
        Self {
            truth,
            paid_at,
            capture: None,
            captures_made: 0,
        }
    }

    fn is_past(&self, seconds: i64, now: Time) -> bool {
        now >= self.paid_at + Seconds(seconds)
    }

    /// The answer to an inquiry at `now`.
    pub(crate) fn inquire(&self, now: Time) -> (Outcome, InquiryReport) {
        let (word, code) = self.payment(now);
        let report = InquiryReport {
            facts: self.facts(),
            status: status(word),
            code: code.to_owned(),
            captures: self.captures(now),
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

    fn facts(&self) -> PaymentFacts {
        facts()
    }

    fn payment(&self, now: Time) -> (&'static str, &'static str) {
        let waiting = ("PROCESSING", "PAYMENT_IN_PROCESS");
        match self.truth {
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
                    limit if now >= limit && self.captures_made == 0 => ("CANCELLED", ""),
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

    fn captures(&self, now: Time) -> Vec<ReportedCapture> {
        let word = |done: bool, fails| match (done, fails) {
            (false, _) => "PROCESSING PAYMENT_IN_PROCESS",
            (true, false) => "SUCCESS SUCCESS",
            (true, true) => "FAIL PROCESS_FAIL",
        };
        match (self.truth, &self.capture) {
            (
                Truth::Automatic {
                    authorized,
                    captured,
                    fails,
                },
                _,
            ) if self.is_past(authorized, now) => {
                let word = word(self.is_past(captured, now), fails);
                vec![shown(&automatic_capture(), word)]
            }
            (Truth::Manual { fails, .. }, Some((order, done_at))) => {
                vec![shown(&order.request_id, word(now >= *done_at, fails))]
            }
            _ => Vec::new(),
        }
    }

    /// Carries out our capture, or says again what became of it.
    pub(crate) fn capture(&mut self, order: &CaptureOrder, now: Time) -> (Outcome, CaptureReport) {
        let report = CaptureReport {
            request_id: Some(order.request_id.clone()),
            capture_id: Some(capture_id("CAP_1")),
            payment_id: Some(order.payment_id.clone()),
            amount: domain::message::AmountSeen::Is(order.amount),
        };
        let Truth::Manual { takes, fails, .. } = self.truth else {
            return (outcome("F AUTH_CANCELLED"), report);
        };
        if self.capture.is_none() {
            self.capture = Some((order.clone(), now + Seconds(takes)));
            self.captures_made += 1;
        }
        let (first, done_at) = self.capture.as_ref().expect("asked for above");
        let result = match (first == order, now >= *done_at, fails) {
            (false, ..) => "F REPEAT_REQ_INCONSISTENT",
            (_, false, _) => "U CAPTURE_IN_PROCESS",
            (_, _, true) => "F PROCESS_FAIL",
            (_, _, false) => "S SUCCESS",
        };
        (outcome(result), report)
    }

    /// What POP has sent out by `now`, with the time of each.
    pub(crate) fn notifications(&self, now: Time) -> Vec<(Time, Event)> {
        let after = |seconds| self.paid_at + Seconds(seconds);
        let result = |fails| if fails { "F PROCESS_FAIL" } else { "S SUCCESS" };
        let mut sent = match self.truth {
            Truth::Automatic {
                authorized,
                captured,
                fails,
            } => vec![
                (after(authorized), notified("S SUCCESS")),
                (
                    after(captured),
                    capture_notified(&automatic_capture(), result(fails)),
                ),
            ],
            Truth::Manual { authorized, .. } | Truth::AuthorizationGone { authorized, .. } => {
                vec![(after(authorized), notified("S SUCCESS"))]
            }
            Truth::Declined { after: s } => vec![(after(s), notified("F DO_NOT_HONOR"))],
            Truth::Closed { after: s } => vec![(after(s), notified("F ORDER_IS_CLOSED"))],
            Truth::NeverArrived => Vec::new(),
        };
        if let (Truth::Manual { fails, .. }, Some((order, done_at))) = (self.truth, &self.capture) {
            sent.push((*done_at, capture_notified(&order.request_id, result(fails))));
        }
        sent.retain(|(time, _)| *time <= now);
        sent
    }
}

/// An answer as luck has it; `None` when our function did not live to hear it.
pub(crate) fn under<T>(
    fault: Fault,
    blank: T,
    ask: impl FnOnce() -> (Outcome, T),
) -> Option<Answer<T>> {
    match fault {
        Fault::LostOnTheWay(why) => Some(Answer::None(why)),
        Fault::Unsettled => Some(Answer::Verified(outcome("U UNKNOWN_EXCEPTION"), blank)),
        Fault::Fine => {
            let (outcome, report) = ask();
            Some(Answer::Verified(outcome, report))
        }
        Fault::LostOnTheWayBack(why) => {
            let _carried_out = ask();
            Some(Answer::None(why))
        }
        Fault::Killed => {
            let _carried_out = ask();
            None
        }
    }
}
