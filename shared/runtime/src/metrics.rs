//! Metrics: lines on standard output in CloudWatch's embedded metric format, which CloudWatch reads out of the log. No
//! call is made for them.
//!
//! They are few, since CloudWatch bills each by the hour in which it has a value, and have one dimension, the stack.
//! What there is nothing to say about is not written: a good notification writes no metric, and a sweep that finds
//! nothing due writes none either. No metric and no dimension ever names a payment, an order or a person.

mod collected;
mod measured;

pub use collected::Metrics;
pub use measured::Measured;

/// The namespace of all metrics.
pub const NAMESPACE: &str = "PopPayments";

/// The only dimension: the name of the stack.
pub const DIMENSION: &str = "Stack";

/// What is measured. `docs/operations.md` says what each counts, and `template.yaml` has the alarms on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Payments that the sweep looked at in one run and that are still unresolved after it.
    Unresolved,
    /// Age in seconds of the oldest outcome that is not known, among the payments of one run.
    OldestUnresolvedSeconds,
    /// Payments of one run whose authorisation ends within the capture margin and whose money is not captured.
    CapturesNearDeadline,
    /// Payments that went into review, and in the sweep those that still are.
    PaymentsInReview,
    /// Age in seconds of the oldest message that a run of the sweep found not sent.
    OutboxAgeSeconds,
    /// Seconds by which the most overdue payment of one run was late.
    OverdueSeconds,
    /// Outcomes that a run of the sweep found by asking POP, which had not told them.
    FoundByInquiry,
    /// Payments, or parts of the index, that a run of the sweep could not work on.
    FailedRows,
    /// 1 for a run of the sweep that ended for lack of time.
    StoppedEarly,
    /// Milliseconds until POP answered a call, or until its time was over.
    PopLatency,
    /// Calls to POP without a verified answer.
    PopErrors,
    /// Notifications refused because their signature, or what belongs to it, does not hold.
    SignatureFailures,
    /// Notifications answered with 500: POP sends them again.
    NotCommitted,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Unresolved,
        Self::OldestUnresolvedSeconds,
        Self::CapturesNearDeadline,
        Self::PaymentsInReview,
        Self::OutboxAgeSeconds,
        Self::OverdueSeconds,
        Self::FoundByInquiry,
        Self::FailedRows,
        Self::StoppedEarly,
        Self::PopLatency,
        Self::PopErrors,
        Self::SignatureFailures,
        Self::NotCommitted,
    ];

    /// Its name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unresolved => "Unresolved",
            Self::OldestUnresolvedSeconds => "OldestUnresolvedSeconds",
            Self::CapturesNearDeadline => "CapturesNearDeadline",
            Self::PaymentsInReview => "PaymentsInReview",
            Self::OutboxAgeSeconds => "OutboxAgeSeconds",
            Self::OverdueSeconds => "OverdueSeconds",
            Self::FoundByInquiry => "FoundByInquiry",
            Self::FailedRows => "FailedRows",
            Self::StoppedEarly => "StoppedEarly",
            Self::PopLatency => "PopLatency",
            Self::PopErrors => "PopErrors",
            Self::SignatureFailures => "SignatureFailures",
            Self::NotCommitted => "NotCommitted",
        }
    }

    /// Its unit, by CloudWatch's name.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::OldestUnresolvedSeconds | Self::OutboxAgeSeconds | Self::OverdueSeconds => {
                "Seconds"
            }
            Self::PopLatency => "Milliseconds",
            _ => "Count",
        }
    }
}
